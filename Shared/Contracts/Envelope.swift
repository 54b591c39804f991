/// What stands around every event: CloudEvents 1.0 attributes and our extensions. `EnvelopeHeaders` in MessageLog
/// carries it as Kafka headers (`ce_…`, binary mode).
public struct Envelope: Sendable, Equatable {
  /// Unique within `source`.
  public var id: String
  public var source: String
  public var type: String
  public var timeMs: Int64
  /// One contact, from its start to net revenue.
  public var correlationId: String?
  /// The id of the event that this one follows from.
  public var causationId: String?
  /// Where the source numbers its events for a key, in order.
  public var sequence: Int64?
  public var traceparent: String?
  /// The adapter instance that waits for what comes of it.
  public var replyTo: String?
  /// On what the suite emits: the input record that it comes from.
  public var origin: Origin?
  /// On the timeline: the facet that it belongs to, and its number there.
  public var facet: FacetReference?

  public init(id: String, source: String, type: String, timeMs: Int64) {
    self.id = id
    self.source = source
    self.type = type
    self.timeMs = timeMs
  }
}

/// The input record that an output comes from, and the how-manieth output of it this is. Ordered within one topic and
/// partition, so that a reader can tell a repetition.
public struct Origin: Sendable, Hashable, CustomStringConvertible {
  public var topic: String
  public var partition: Int32
  public var offset: Int64
  public var ordinal: Int32

  public init(topic: String, partition: Int32, offset: Int64, ordinal: Int32) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
    self.ordinal = ordinal
  }

  /// `topic/partition/offset/ordinal`
  public var description: String { "\(topic)/\(partition)/\(offset)/\(ordinal)" }

  public init?(_ text: String) {
    var text = text
    guard let origin = text.withUTF8({ Origin(bytes: $0) }) else { return nil }
    self = origin
  }

  /// From the same text as bytes, as a header has it.
  package init?(bytes: UnsafeBufferPointer<UInt8>) {
    let slash = UInt8(ascii: "/")
    guard let first = bytes.firstIndex(of: slash), let second = bytes[(first + 1)...].firstIndex(of: slash),
      let third = bytes[(second + 1)...].firstIndex(of: slash)
    else { return nil }
    func number(_ range: Range<Int>) -> Int64? { DecimalText.number(UnsafeBufferPointer(rebasing: bytes[range])) }
    guard let topic = String(validUTF8: UnsafeBufferPointer(rebasing: bytes[..<first])),
      let partition = number((first + 1)..<second).flatMap({ Int32(exactly: $0) }),
      let offset = number((second + 1)..<third),
      let ordinal = number((third + 1)..<bytes.count).flatMap({ Int32(exactly: $0) })
    else { return nil }
    self.init(
      topic: topic, partition: partition, offset: offset, ordinal: ordinal)
  }
}

/// A facet by its id, with the version of its belonging and the number of its last event.
public struct FacetReference: Sendable, Hashable, Codable {
  public var facet: String
  public var version: Int64
  public var seq: Int64

  public init(facet: String, version: Int64, seq: Int64) {
    self.facet = facet
    self.version = version
    self.seq = seq
  }
}

extension Envelope {
  /// Ids, sources and types are kept and compared: longer ones are refused.
  public static let attributeBytesMax = 512

  /// Nothing happened before: such a time is a clock that was never set. The edges and the facets have the same bound, so
  /// that nothing which was accepted ends as a dead letter.
  public static let timeMsMin: Int64 = 86_400_000
  /// Clocks differ; an event may lie this far ahead of its record.
  package static let aheadMsMax: Int64 = 5 * 60_000
}
