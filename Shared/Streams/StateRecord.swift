import Contracts
import MessageLog

// How a table's record looks on its topic. The value is the bare state, so that anybody can read it; what only the owner
// needs rides in headers: the epoch of the writer, the reducer's version, the bookkeeping and the outbox.

enum StateHeader {
  static let epoch = "trias_epoch"
  static let reducerVersion = "trias_reducer"
  static let bookkeeping = "trias_bookkeeping"
  static let outbox = "trias_outbox"
}

/// A record that an owner writes when it takes a partition over. Its offset is the owner's epoch. Readers of a state
/// topic skip it, and ignore state of an epoch below the highest they have seen.
package enum Takeover {
  package static let header = "trias_takeover"
  package static let key = "trias-takeover"

  package static func isTakeover(_ record: Record) -> Bool { record.headers.value(header) != nil }

  static func record(table: Topic, partition: Int32, instance: String) -> OutgoingRecord {
    var headers = Headers()
    headers.append(header, instance)
    return OutgoingRecord(
      topic: table.name, partition: partition, key: Array(key.utf8), value: Array("{}".utf8), headers: headers)
  }
}

/// An output that is recorded with the state before it is sent. `number` orders the outputs of one owner.
struct OutboxItem: Sendable, Equatable {
  var number: Int64
  var record: OutgoingRecord
}

enum Outbox {
  static func encode(_ items: [OutboxItem]) -> [UInt8] {
    var writer = BinaryWriter()
    writer.int32(Int32(items.count))
    for item in items {
      writer.int64(item.number)
      writer.counted(item.record.topic.utf8)
      writer.int32(item.record.partition)
      writer.counted(item.record.key)
      writer.counted(item.record.value)
      writer.counted(item.record.headers.bytes)
    }
    return writer.bytes
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
struct StateRecord<State: TableValue> {
  var key: String
  /// nil: the key was deleted, but what it has seen is still known.
  var state: State?
  var bookkeeping: Bookkeeping
  var outbox: [OutboxItem]
  var epoch: Int64

  static func encode(
    table: Topic, partition: Int32, key: String, state: State?, bookkeeping: Bookkeeping, outbox: [OutboxItem],
    epoch: Int64, reducerVersion: Int, nowMs: Int64, cause: String? = nil, number: Int64
  ) -> OutgoingRecord {
    var headers =
      table.isPublic
      ? stateEnvelope(
        table: table, partition: partition, epoch: epoch, nowMs: nowMs, cause: cause, number: number
      ).headers
      : Headers()
    headers.append(StateHeader.epoch, String(epoch))
    headers.append(StateHeader.reducerVersion, String(reducerVersion))
    headers.append(StateHeader.bookkeeping, bookkeeping.encoded)
    if !outbox.isEmpty { headers.append(StateHeader.outbox, Outbox.encode(outbox)) }
    return OutgoingRecord(
      topic: table.name, partition: partition, key: Array(key.utf8), value: state?.encode(), headers: headers)
  }

  /// `cause`: the last of the events that the state follows from, so that what is decided on it can say the same.
  private static func stateEnvelope(
    table: Topic, partition: Int32, epoch: Int64, nowMs: Int64, cause: String?, number: Int64
  ) -> Envelope {
    var envelope = Envelope(
      id: "\(table.name)/\(partition)/\(epoch)/\(number)", source: "trias/\(table.owner?.rawValue ?? "")",
      type: "trias.\(table.name)", timeMs: nowMs)
    envelope.causationId = cause
    return envelope
  }

  /// Throws `StreamsError.newerState` for a record that a newer version of this processor wrote.
  static func decode(_ record: Record, reducerVersion: Int) throws -> StateRecord {
    let headers = record.headers
    let version = headers.string(StateHeader.reducerVersion).flatMap { Int($0) } ?? 1
    if version > reducerVersion {
      throw StreamsError.newerState(topic: record.topic, found: version, supported: reducerVersion)
    }
    return StateRecord(
      key: String(decoding: record.key ?? [], as: UTF8.self), state: try record.value.map { try State.decode($0) },
      bookkeeping: try headers.value(StateHeader.bookkeeping).map { (bytes) throws(BinaryError) in
        try Bookkeeping(encoded: bytes)
      } ?? Bookkeeping(), outbox: try headers.value(StateHeader.outbox).map(Outbox.decode) ?? [],
      epoch: epoch(of: headers))
  }

  static func epoch(of headers: Headers) -> Int64 { headers.string(StateHeader.epoch).flatMap { Int64($0) } ?? 0 }
}

/// Why a partition or a processor cannot go on.
package enum StreamsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Another owner took the partition over.
  case fenced(TopicPartition)
  case newerState(topic: String, found: Int, supported: Int)
  /// The log no longer holds, or never held, what we were told to start from.
  case logLost(TopicPartition, String)
  case wiring(String)

  package var description: String {
    switch self {
    case .fenced(let partition): "\(partition): another instance has taken it over"
    case .newerState(let topic, let found, let supported):
      "\(topic): state of reducer version \(found) can't be read by version \(supported): deploy the newer one first"
    case .logLost(let partition, let why): "\(partition): \(why)"
    case .wiring(let why): why
    }
  }
}
