import Contracts

/// An event that has passed all checks and may be published.
public struct ChannelEvent: Sendable, Equatable {
  public let type: EventType
  public let envelope: Envelope
  public let interaction: Interaction
  /// The rule of the filter because of which it will not be published; nil: a customer's.
  public internal(set) var filteredBy: String?

  /// The record's key: the strongest identifier.
  public var key: String { interaction.identifiers[0].key }
}

/// What an event is checked against. The same checks for every adapter, so that what one of them accepts never ends as a
/// dead letter.
public struct EventChecks: Sendable {
  public var namespaces: Namespaces
  public var ids: IdMint
  /// Clocks of browsers differ; beyond that a time is a mistake, and would hold back everything of its customer.
  public var futureMaxMs: Int64

  public init(ids: IdMint, namespaces: Namespaces = .standard, futureMaxMs: Int64 = 300_000) {
    self.ids = ids
    self.namespaces = namespaces
    self.futureMaxMs = futureMaxMs
  }

  /// - Parameters:
  ///   - source: who vouches for it; a client never chooses this itself.
  ///   - kinds: of which type the catalogue in force declares attributes.
  public func check(
    _ event: IncomingEvent, source: String, channel: String? = nil, replyTo: String? = nil,
    kinds: DeclaredKinds = .none, nowMs: Int64, newId: () -> String
  ) throws(Refusal) -> ChannelEvent {
    guard let type = event.eventType, type.topic != nil else {
      throw Refusal(stage: "schema", field: "type", reason: "there is no event type \(event.type)")
    }
    let timeMs = try time(event.time, nowMs)
    let id = event.id ?? newId()
    guard (1...Envelope.attributeBytesMax).contains(id.utf8.count) else {
      throw Refusal(stage: "envelope", field: "id", reason: "takes 1 to \(Envelope.attributeBytesMax) bytes")
    }
    var data = event.interaction
    if type.topic == Topics.channelInteractions { data.channel = data.channel ?? channel }
    // In the client's order, so that what is wrong is named by the place where he put it.
    data = try checked(data, type, kinds)
    data.identifiers = strongestFirst(data.identifiers)
    if type.outcome != nil { try list(of: data) }

    var envelope = Envelope(id: id, source: source, type: type.rawValue, timeMs: timeMs)
    envelope.correlationId = data.contact
    envelope.sequence = event.sequence
    envelope.traceparent = event.traceparent.flatMap(Traceparent.valid)
    if type == .contactStarted { envelope.replyTo = replyTo }
    return ChannelEvent(type: type, envelope: envelope, interaction: data)
  }

  /// By the very check that the topic's readers make, on the bytes that they will get.
  private func checked(
    _ data: Interaction, _ type: EventType, _ kinds: DeclaredKinds
  ) throws(Refusal) -> Interaction {
    do {
      let read = try Interaction.decode(type: type, data: data.json, namespaces: namespaces)
      try kinds.check(read.attributes)
      return read
    } catch {
      // Where in those bytes it was says nothing to a client, who sent others.
      let reason = error.reason.split(separator: " (at byte ")[0]
      throw Refusal(stage: error.stage, field: "data" + (error.field.map { ".\($0)" } ?? ""), reason: String(reason))
    }
  }

  /// Known namespaces by their strength, whatever order they came in; Swift's sort is stable.
  func strongestFirst(_ identifiers: [Identifier]) -> [Identifier] {
    identifiers.sorted {
      namespaces[$0.namespace]?.strength ?? .max < namespaces[$1.namespace]?.strength ?? .max
    }
  }

  private func time(_ text: String?, _ nowMs: Int64) throws(Refusal) -> Int64 {
    guard let text else { return nowMs }
    guard let timeMs = Timestamps.milliseconds(text) else {
      throw Refusal(stage: "time", field: "time", reason: "takes an RFC 3339 time")
    }
    guard timeMs <= nowMs + futureMaxMs else {
      throw Refusal(stage: "time", field: "time", reason: "lies more than \(futureMaxMs / 1000) s in the future")
    }
    guard timeMs >= Envelope.timeMsMin else {
      throw Refusal(stage: "time", field: "time", reason: "lies before 1970-01-02: a clock that was never set")
    }
    return timeMs
  }

  private func list(of data: Interaction) throws(Refusal) {
    guard let id = data.list, let contact = data.contact, let list = ids.listing(id, contact: contact) else {
      throw Refusal(stage: "list", field: "data.list", reason: "there was no such list for this contact")
    }
    guard let proposition = data.proposition, list.has(proposition) else {
      throw Refusal(stage: "list", field: "data.proposition", reason: "was not on that list")
    }
  }
}
