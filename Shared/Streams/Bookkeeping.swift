import Contracts
import MessageLog

/// What a key remembers of the records it has seen, so that none counts twice: how far its owner's inputs are applied,
/// how far each origin has come, how far each numbering source has come, and the ids of the last few events of sources
/// that don't number theirs. Travels with the state, in the same record.
struct Bookkeeping: Sendable, Equatable {
  /// Per input topic the highest offset applied. The partition is the key's own.
  private(set) var applied: [Applied] = []
  private(set) var origins: [OriginSeen] = []
  private(set) var sources: [SourceSeen] = []
  /// Hashes of source and id, the oldest first.
  private(set) var recent: [UInt64] = []

  struct Applied: Sendable, Equatable {
    var topic: UInt64
    var offset: Int64
  }

  struct OriginSeen: Sendable, Equatable {
    var topic: UInt64
    var partition: Int32
    var offset: Int64
    var ordinal: Int32
  }

  struct SourceSeen: Sendable, Equatable {
    var source: UInt64
    var sequence: Int64
  }

  static let sourcesMax = 8

  enum Verdict: Sendable {
    case new
    /// Applied before a restart: this very record.
    case applied
    /// Another record that says the same.
    case duplicate
  }

  func judge(_ record: Record, _ envelope: Envelope?, _ policy: CommitPolicy) -> Verdict {
    let topic = StableHash.of(record.topic)
    if let seen = applied.first(where: { $0.topic == topic }), record.offset <= seen.offset,
      !policy.contains(.appliedIgnored)
    {
      return .applied
    }
    guard let envelope else { return .new }
    if let origin = envelope.origin {
      if policy.contains(.originsIgnored) { return .new }
      let topic = StableHash.of(origin.topic)
      if let seen = origins.first(where: { $0.topic == topic && $0.partition == origin.partition }),
        (origin.offset, origin.ordinal) <= (seen.offset, seen.ordinal)
      {
        return .duplicate
      }
    } else if let sequence = envelope.sequence {
      if policy.contains(.sequencesIgnored) { return .new }
      let source = StableHash.of(envelope.source)
      if let seen = sources.first(where: { $0.source == source }), sequence <= seen.sequence { return .duplicate }
    } else if !policy.contains(.recentIdsIgnored), recent.contains(StableHash.of(envelope.source, envelope.id)) {
      return .duplicate
    }
    return .new
  }

  mutating func note(_ record: Record, _ envelope: Envelope?, recentMax: Int) {
    noteApplied(topic: record.topic, offset: record.offset)
    guard let envelope else { return }
    if let origin = envelope.origin {
      let topic = StableHash.of(origin.topic)
      let seen = OriginSeen(topic: topic, partition: origin.partition, offset: origin.offset, ordinal: origin.ordinal)
      if let index = origins.firstIndex(where: { $0.topic == topic && $0.partition == origin.partition }) {
        origins[index] = seen
      } else {
        origins.append(seen)
      }
    } else if let sequence = envelope.sequence {
      let source = StableHash.of(envelope.source)
      sources.removeAll { $0.source == source }
      sources.append(SourceSeen(source: source, sequence: sequence))
      if sources.count > Self.sourcesMax { sources.removeFirst() }
    } else {
      recent.append(StableHash.of(envelope.source, envelope.id))
      if recent.count > recentMax { recent.removeFirst(recent.count - recentMax) }
    }
  }

  private mutating func noteApplied(topic: String, offset: Int64) {
    let topic = StableHash.of(topic)
    if let index = applied.firstIndex(where: { $0.topic == topic }) {
      applied[index].offset = max(applied[index].offset, offset)
    } else {
      applied.append(Applied(topic: topic, offset: offset))
    }
  }
}

extension Bookkeeping {
  /// Four counts, then fixed-size items: a copy in, a copy out.
  var encoded: [UInt8] {
    var writer = BinaryWriter()
    writer.int32(Int32(applied.count))
    for item in applied {
      writer.uint64(item.topic)
      writer.int64(item.offset)
    }
    writer.int32(Int32(origins.count))
    for item in origins {
      writer.uint64(item.topic)
      writer.int32(item.partition)
      writer.int64(item.offset)
      writer.int32(item.ordinal)
    }
    writer.int32(Int32(sources.count))
    for item in sources {
      writer.uint64(item.source)
      writer.int64(item.sequence)
    }
    writer.int32(Int32(recent.count))
    for hash in recent { writer.uint64(hash) }
    return writer.bytes
  }

  init(encoded bytes: [UInt8]) throws(BinaryError) {
    var reader = BinaryReader(bytes)
    applied = try reader.list { (reader) throws(BinaryError) in
      Applied(topic: try reader.uint64(), offset: try reader.int64())
    }
    origins = try reader.list { (reader) throws(BinaryError) in
      OriginSeen(
        topic: try reader.uint64(), partition: try reader.int32(), offset: try reader.int64(),
        ordinal: try reader.int32())
    }
    sources = try reader.list { (reader) throws(BinaryError) in
      SourceSeen(source: try reader.uint64(), sequence: try reader.int64())
    }
    recent = try reader.list { (reader) throws(BinaryError) in try reader.uint64() }
  }
}

/// FNV-1a, 64 bit: stable over processes and versions, unlike `Hasher`.
enum StableHash {
  static func of(_ text: String) -> UInt64 { add(text, to: 0xcbf2_9ce4_8422_2325) }

  static func of(_ first: String, _ second: String) -> UInt64 {
    // A byte that no UTF-8 text holds keeps ("ab","c") and ("a","bc") apart.
    add(second, to: (of(first) ^ 0xff) &* 0x0000_0100_0000_01b3)
  }

  private static func add(_ text: String, to seed: UInt64) -> UInt64 {
    var hash = seed
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return hash
  }
}
