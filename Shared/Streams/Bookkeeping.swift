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
    /// Of the source and the topic: what a source says on two topics is read in any order, and numbered through them.
    var source: UInt64
    var sequence: Int64
  }

  enum Verdict: Sendable {
    case new
    /// Applied before a restart: this very record.
    case applied
    /// Another record that says the same.
    case duplicate
  }

  func judge(_ mark: Mark, _ policy: CommitPolicy) -> Verdict {
    if let seen = applied.first(where: { $0.topic == mark.topic }), mark.offset <= seen.offset,
      !policy.contains(.appliedIgnored)
    {
      return .applied
    }
    switch mark.event {
    case nil: return .new
    case .origin(let origin):
      guard let seen = origins.first(where: { $0.topic == origin.topic && $0.partition == origin.partition }),
        !policy.contains(.originsIgnored)
      else { return .new }
      return (origin.offset, origin.ordinal) <= (seen.offset, seen.ordinal) ? .duplicate : .new
    case .source(let source):
      guard let seen = sources.first(where: { $0.source == source.source }), !policy.contains(.sequencesIgnored) else {
        return .new
      }
      return source.sequence <= seen.sequence ? .duplicate : .new
    case .id(let id): return recent.contains(id) && !policy.contains(.recentIdsIgnored) ? .duplicate : .new
    }
  }

  mutating func note(_ mark: Mark, recentMax: Int, sourcesMax: Int) {
    if let index = applied.firstIndex(where: { $0.topic == mark.topic }) {
      applied[index].offset = max(applied[index].offset, mark.offset)
    } else {
      applied.append(Applied(topic: mark.topic, offset: mark.offset))
    }
    switch mark.event {
    case nil: break
    case .origin(let origin):
      if let index = origins.firstIndex(where: { $0.topic == origin.topic && $0.partition == origin.partition }) {
        origins[index] = origin
      } else {
        origins.append(origin)
      }
    case .source(let source):
      sources.removeAll { $0.source == source.source }
      sources.append(source)
      let excess = sources.count - sourcesMax
      if excess > 0 { sources.removeFirst(excess) }
    case .id(let id):
      // Room first: the array is shared with the table, and this way it is copied once.
      let excess = recent.count - recentMax + 1
      if excess > 0 { recent.removeFirst(min(excess, recent.count)) }
      recent.append(id)
    }
  }
}

extension Bookkeeping {
  /// What of a record is compared and remembered, hashed once for both.
  struct Mark {
    enum Event {
      case origin(OriginSeen)
      case source(SourceSeen)
      case id(UInt64)
    }

    let topic: UInt64
    let offset: Int64
    /// nil for a state of another owner, whose offset says all, and for a tick.
    let event: Event?

    /// `topic` is the hash of the record's topic.
    init(topic: UInt64, offset: Int64, _ envelope: Envelope?) {
      self.topic = topic
      self.offset = offset
      guard let envelope else {
        event = nil
        return
      }
      if let origin = envelope.origin {
        event = .origin(
          OriginSeen(
            topic: StableHash.of(origin.topic), partition: origin.partition, offset: origin.offset,
            ordinal: origin.ordinal))
      } else if let sequence = envelope.sequence {
        let source = StableHash.of(number: Int64(bitPattern: topic), after: StableHash.of(envelope.source))
        event = .source(SourceSeen(source: source, sequence: sequence))
      } else {
        event = .id(StableHash.of(envelope.source, envelope.id))
      }
    }
  }
}

extension Bookkeeping {
  var encodedBytes: Int { 16 + applied.count * 16 + origins.count * 24 + sources.count * 16 + recent.count * 8 }

  /// Four counts, then fixed-size items: a copy in, a copy out.
  func encode(to writer: inout HeaderWriter) {
    writer.write(fixed: Int32(applied.count))
    for item in applied {
      writer.write(fixed: item.topic)
      writer.write(fixed: item.offset)
    }
    writer.write(fixed: Int32(origins.count))
    for item in origins {
      writer.write(fixed: item.topic)
      writer.write(fixed: item.partition)
      writer.write(fixed: item.offset)
      writer.write(fixed: item.ordinal)
    }
    writer.write(fixed: Int32(sources.count))
    for item in sources {
      writer.write(fixed: item.source)
      writer.write(fixed: item.sequence)
    }
    writer.write(fixed: Int32(recent.count))
    for hash in recent { writer.write(fixed: hash) }
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
  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x0000_0100_0000_01b3

  static func of(_ text: String) -> UInt64 { add(text, to: seed) }

  static func of(_ first: String, _ second: String) -> UInt64 {
    // A byte that no UTF-8 text holds keeps ("ab","c") and ("a","bc") apart.
    add(second, to: (of(first) ^ 0xff) &* prime)
  }

  static func of(number: Int64, after hash: UInt64 = seed) -> UInt64 {
    Swift.withUnsafeBytes(of: number.littleEndian) { add($0, to: hash) }
  }

  static func of(bytes: [UInt8], after hash: UInt64) -> UInt64 { bytes.withUnsafeBytes { add($0, to: hash) } }

  private static func add(_ text: String, to seed: UInt64) -> UInt64 {
    var text = text
    return text.withUTF8 { add(UnsafeRawBufferPointer($0), to: seed) }
  }

  private static func add(_ bytes: UnsafeRawBufferPointer, to seed: UInt64) -> UInt64 {
    var hash = seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* prime }
    return hash
  }
}
