/// What stands around every event: CloudEvents 1.0 attributes and our extensions. `EnvelopeHeaders` in MessageLog
/// carries it as Kafka headers (`ce_…`, binary mode).
public struct Envelope: Sendable, Equatable {
  /// Unique within `source`.
  public var id: String {
    get { content.id }
    set { own().id = newValue }
  }
  public var source: String {
    get { content.source }
    set { own().source = newValue }
  }
  public var type: String {
    get { content.type }
    set { own().type = newValue }
  }
  public var timeMs: Int64 {
    get { content.timeMs }
    set { own().timeMs = newValue }
  }
  /// One contact, from its start to net revenue.
  public var correlationId: String? {
    get { content.correlationId }
    set { own().correlationId = newValue }
  }
  /// The id of the event that this one follows from.
  public var causationId: String? {
    get { content.causationId }
    set { own().causationId = newValue }
  }
  /// Where the source numbers its events for a key, in order.
  public var sequence: Int64? {
    get { content.sequence }
    set { own().sequence = newValue }
  }
  public var traceparent: String? {
    get { content.traceparent }
    set { own().traceparent = newValue }
  }
  /// The adapter instance that waits for what comes of it.
  public var replyTo: String? {
    get { content.replyTo }
    set { own().replyTo = newValue }
  }
  /// On what the suite emits: the input record that it comes from.
  public var origin: Origin? {
    get { content.origin }
    set { own().origin = newValue }
  }
  /// On the timeline: the facet that it belongs to, and its number there.
  public var facet: FacetReference? {
    get { content.facet }
    set { own().facet = newValue }
  }

  public init(id: String, source: String, type: String, timeMs: Int64) {
    content = Content(id: id, source: source, type: type, timeMs: timeMs)
  }

  public static func == (one: Envelope, other: Envelope) -> Bool {
    one.content === other.content || one.content.isEqual(to: other.content)
  }

  private var content: Content

  private mutating func own() -> Content {
    if !isKnownUniquelyReferenced(&content) { content = Content(content) }
    return content
  }
}

extension Envelope {
  /// An envelope goes with its event through every hand, and a copy would count a dozen references. So copies share their
  /// content until one of them is changed.
  private final class Content: @unchecked Sendable {
    // Unchecked: it is changed only by whoever is alone in holding it.
    var id: String
    var source: String
    var type: String
    var timeMs: Int64
    var correlationId: String?
    var causationId: String?
    var sequence: Int64?
    var traceparent: String?
    var replyTo: String?
    var origin: Origin?
    var facet: FacetReference?

    init(id: String, source: String, type: String, timeMs: Int64) {
      (self.id, self.source, self.type, self.timeMs) = (id, source, type, timeMs)
    }

    init(_ other: Content) {
      (id, source, type, timeMs) = (other.id, other.source, other.type, other.timeMs)
      (correlationId, causationId, sequence) = (other.correlationId, other.causationId, other.sequence)
      (traceparent, replyTo, origin, facet) = (other.traceparent, other.replyTo, other.origin, other.facet)
    }

    func isEqual(to other: Content) -> Bool {
      (id, source, type, timeMs) == (other.id, other.source, other.type, other.timeMs)
        && (correlationId, causationId, sequence) == (other.correlationId, other.causationId, other.sequence)
        && (traceparent, replyTo, origin, facet) == (other.traceparent, other.replyTo, other.origin, other.facet)
    }
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
