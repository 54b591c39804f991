import Contracts
import MessageLog

// How a table's record looks on its topic. The value is the bare state, so that anybody can read it; what only the owner
// needs rides in headers: the epoch of the writer, the reducer's version, the bookkeeping and the outbox.

enum StateHeader {
  static let epoch: StaticString = "trias_epoch"
  static let reducerVersion: StaticString = "trias_reducer"
  static let bookkeeping: StaticString = "trias_bookkeeping"
  static let outbox: StaticString = "trias_outbox"
}

/// A record that an owner writes when it takes a partition over. Its offset is the owner's epoch. Readers of a state
/// topic skip it, and ignore state of an epoch below the highest they have seen.
package enum Takeover {
  package static let header: StaticString = "trias_takeover"
  package static let key = "trias-takeover"

  package static func isTakeover(_ record: Record) -> Bool { record.headers.contains(header) }

  /// Where the owner answers questions about the table.
  static let addressHeader: StaticString = "trias_address"

  static func record(table: Topic, partition: Int32, instance: String, address: String?) -> OutgoingRecord {
    var headers = Headers()
    headers.append(header, instance)
    if let address { headers.append(addressHeader, address) }
    return OutgoingRecord(
      topic: table.name, partition: partition, key: Array(key.utf8), value: Array("{}".utf8), headers: headers)
  }
}

/// A record that an owner writes when he leaves a partition in order: all outputs of his states before it are out, so his
/// successor sends none of them again, whatever became of the last commit. No epoch begins with it. Readers of a state topic
/// skip it.
package enum Handover {
  package static let header: StaticString = "trias_handover"
  static let key = "trias-handover"

  package static func isHandover(_ record: Record) -> Bool { record.headers.contains(header) }

  static func record(table: Topic, partition: Int32, instance: String, epoch: Int64) -> OutgoingRecord {
    var headers = Headers()
    headers.append(header, instance)
    headers.append(StateHeader.epoch, number: epoch)
    return OutgoingRecord(
      topic: table.name, partition: partition, key: Array(key.utf8), value: Array("{}".utf8), headers: headers)
  }
}

/// An output that is recorded with the state before it is sent. `number` orders the outputs of one owner.
struct OutboxItem: Sendable, Equatable {
  var number: Int64
  var record: OutgoingRecord

  var bytes: Int { (record.value?.count ?? 0) + record.headers.bytes.count }
}

enum Outbox {
  static func encodedBytes(_ items: [OutboxItem]) -> Int {
    items.reduce(4) { $0 + 28 + $1.record.topic.utf8.count + ($1.record.key?.count ?? 0) + $1.bytes }
  }

  static func encode(_ items: [OutboxItem], to writer: inout HeaderWriter) {
    writer.write(fixed: Int32(items.count))
    for item in items {
      writer.write(fixed: item.number)
      writer.write(counted: item.record.topic)
      writer.write(fixed: item.record.partition)
      writer.write(counted: item.record.key)
      writer.write(counted: item.record.value)
      writer.write(counted: item.record.headers.bytes)
    }
  }

  static func decode(_ bytes: [UInt8]) throws(BinaryError) -> [OutboxItem] {
    var reader = BinaryReader(bytes)
    return try reader.list { (reader) throws(BinaryError) in
      let number = try reader.int64()
      let topic = String(decoding: try reader.counted() ?? [], as: UTF8.self)
      let partition = try reader.int32()
      let key = try reader.counted()
      let value = try reader.counted()
      let headers = Headers(encoded: try reader.counted() ?? [])
      return OutboxItem(
        number: number,
        record: OutgoingRecord(topic: topic, partition: partition, key: key, value: value, headers: headers))
    }
  }
}

/// What an owner reads back of a key.
struct StateRecord {
  var key: String
  /// nil: the key was deleted, but what it has seen is still known.
  var state: (any HeldState)?
  var bookkeeping: Bookkeeping
  var outbox: [OutboxItem]
  var epoch: Int64

  /// `versions`: from the reducer's version that it is written in up to the one that the state is of. `cause`: the
  /// last of the events that the state follows from, so that what is decided on it can say the same.
  static func encode(
    table: Topic, partition: Int32, key: String, state: (any HeldState)?, bookkeeping: Bookkeeping,
    outbox: [OutboxItem], epoch: Int64, versions: Range<Int>, nowMs: Int64, cause: String? = nil, number: Int64
  ) -> OutgoingRecord {
    let own = bookkeeping.encodedBytes + (outbox.isEmpty ? 0 : Outbox.encodedBytes(outbox))
    let headers = Headers(atMost: 384 + table.name.utf8.count * 2 + (cause?.utf8.count ?? 0) + own) { writer in
      if table.isPublic { envelope(of: table, partition, epoch, number, nowMs, cause, to: &writer) }
      writer.put(StateHeader.epoch, number: epoch)
      writer.put(StateHeader.reducerVersion, number: Int64(versions.lowerBound))
      writer.put(StateHeader.bookkeeping) { bookkeeping.encode(to: &$0) }
      if !outbox.isEmpty { writer.put(StateHeader.outbox) { Outbox.encode(outbox, to: &$0) } }
    }
    return OutgoingRecord(
      topic: table.name, partition: partition, key: Array(key.utf8), value: state?.encode(downTo: versions),
      headers: headers)
  }

  /// As `Envelope.headers` says it, without making an envelope of it first.
  private static func envelope(
    of table: Topic, _ partition: Int32, _ epoch: Int64, _ number: Int64, _ nowMs: Int64, _ cause: String?,
    to writer: inout HeaderWriter
  ) {
    writer.putEnvelope(
      id: { writer in
        writer.write(table.name)
        for number in [Int64(partition), epoch, number] {
          writer.write(UInt8(ascii: "/"))
          writer.write(decimal: number)
        }
      },
      source: { writer in
        writer.write("trias/")
        if let owner = table.owner { writer.write(owner.rawValue) }
      },
      type: { writer in
        writer.write("trias.")
        writer.write(table.name)
      }, timeMs: nowMs)
    if let cause { writer.put("ce_causationid", cause) }
  }

  /// Throws `StreamsError.newerState` for a record that a newer version of this processor wrote.
  static func decode(
    _ record: Record, reducerVersion: Int, _ decodeState: ([UInt8], _ upcastFrom: Range<Int>) throws -> any HeldState
  ) throws -> StateRecord {
    let headers = record.headers
    let version = Int(headers.number(StateHeader.reducerVersion) ?? 1)
    if version > reducerVersion {
      throw StreamsError.newerState(topic: record.topic, found: version, supported: reducerVersion)
    }
    return StateRecord(
      key: String(decoding: record.key ?? [], as: UTF8.self),
      state: try record.value.map { try decodeState($0, version..<reducerVersion) },
      bookkeeping: try headers.value(StateHeader.bookkeeping).map { (bytes) throws(BinaryError) in
        try Bookkeeping(encoded: bytes)
      } ?? Bookkeeping(), outbox: try headers.value(StateHeader.outbox).map(Outbox.decode) ?? [],
      epoch: epoch(of: headers))
  }

  /// Below every owner's where there is none: what came into a table's topic by another way is no state of it.
  static func epoch(of headers: Headers) -> Int64 { headers.number(StateHeader.epoch) ?? -1 }
}

/// Why a partition or a processor cannot go on.
package enum StreamsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Another owner took the partition over.
  case fenced(TopicPartition)
  case newerState(topic: String, found: Int, supported: Int)
  /// The log no longer holds, or never held, what we were told to start from.
  case logLost(TopicPartition, String)
  case unreadableState(TopicPartition, Int64, String)
  case wiring(String)

  package var description: String {
    switch self {
    case .fenced(let partition): "\(partition): another instance has taken it over"
    case .newerState(let topic, let found, let supported):
      "\(topic): state of reducer version \(found) can't be read by version \(supported): deploy the newer one first"
    case .logLost(let partition, let why): "\(partition): \(why)"
    case .unreadableState(let partition, let offset, let why):
      "\(partition): the state at offset \(offset) can't be read: \(why)"
    case .wiring(let why): why
    }
  }
}
