import Contracts

/// The facets: each event changes exactly one, that of the identifier it is keyed by, and goes on to the profile that the
/// facet belongs to. What it says about other identifiers becomes a claim.
package struct Facets: Sendable {
  let mint: IdMint
  let namespaces: Namespaces
  /// A contact is given up after so long a silence.
  let contactIdleMs: Int64

  package init(mint: IdMint, namespaces: Namespaces = .standard, contactIdleMs: Int64 = 30 * 60_000) {
    self.mint = mint
    self.namespaces = namespaces
    self.contactIdleMs = contactIdleMs
  }

  /// An event from a channel or a system of record, and the topic that it came on. `recordedMs` is the record's own time,
  /// negative where unknown.
  package func event(
    _ key: String, _ state: FacetState?, _ envelope: Envelope, _ data: [UInt8]?, on topic: String, recordedMs: Int64,
    now: Int64, definitions: CustomerDefinitions = .none
  ) throws(Refusal) -> Decision<FacetState> {
    try Self.checkTime(envelope.timeMs, recordedMs: recordedMs)
    let event = try FacetEvent(envelope, data, namespaces: namespaces)
    try checkTopic(event.type, topic)
    try definitions.kinds.check(event.interaction.attributes)
    var state = if let state { state } else { try unseen(key, event.interaction.identifiers) }
    guard event.interaction.identifiers.contains(state.identifier) else {
      throw Refusal(stage: "key", field: "identifiers", reason: "the record's key, \(key), is not among them")
    }
    try checkList(event)

    var emissions: [Emission] = []
    // A device was his who was logged in when it happened, whenever that is heard of.
    let current = state.generation
    if !state.others.isEmpty { state.turn(to: state.switches.generation(atMs: event.timeMs)) }
    if let displaced = state.body.displaced(by: event), displaced.endedMs == nil {
      emissions.append(abandon(displaced, &state, atMs: event.timeMs))
    }
    state.seq += 1
    state.body.apply(event, definitions)
    state.nowMs = max(state.nowMs, now)
    var forwarded = envelope
    forwarded.correlationId = event.interaction.contact ?? envelope.correlationId
    emissions.append(timeline(state, forwarded, data))
    let mirrored = event.type == .relationRecorded ? mirrored(state, event.interaction, envelope) : nil
    if !state.others.isEmpty {
      state.turn(to: current)
      emissions += handOver(&state, because: envelope.id)
    }
    state.nextDueMs = state.nextSilenceMs(idleMs: contactIdleMs)
    noteSeen(&state, event.interaction.identifiers, atMs: event.timeMs)
    if let claim = claim(&state, event.interaction.identifiers, envelope) { emissions.append(claim) }
    if let mirrored { emissions.append(mirrored) }
    return Decision(.set(state), emissions)
  }

  /// Time has come: contacts that were silent for too long are given up.
  package func tick(_ state: FacetState?, now: Int64) -> Decision<FacetState> {
    guard var state, let dueMs = state.nextDueMs, dueMs <= now else { return .nothing }
    var emissions: [Emission] = []
    for generation in state.generations {
      state.with(generation) { state in
        for contact in state.body.contacts where contact.endedMs == nil && contact.lastMs + contactIdleMs <= now {
          emissions.append(abandon(contact, &state, atMs: contact.lastMs + contactIdleMs))
        }
      }
    }
    if !state.others.isEmpty { emissions += handOver(&state, because: "tick") }
    state.nextDueMs = state.nextSilenceMs(idleMs: contactIdleMs)
    return Decision(.set(state), emissions)
  }

  // MARK: Checks

  static func checkTime(_ timeMs: Int64, recordedMs: Int64) throws(Refusal) {
    guard timeMs >= Envelope.timeMsMin else {
      throw Refusal(stage: "time", field: "ce_time", reason: "lies before 1970-01-02: a clock that was never set")
    }
    guard recordedMs < 0 || timeMs <= recordedMs + Envelope.aheadMsMax else {
      throw Refusal(
        stage: "time", field: "ce_time",
        reason: "\(Timestamps.text(timeMs)) lies more than 5 minutes after its record, \(Timestamps.text(recordedMs))")
    }
  }

  /// Who may write to which topic is the broker's to guard: an order is a fact only where systems of record write.
  private func checkTopic(_ type: EventType, _ topic: String) throws(Refusal) {
    guard let right = type.topic?.name, right != topic else { return }
    throw Refusal(
      stage: "type", field: "ce_type", reason: "\(type.rawValue) is taken on \(right) alone; this is \(topic)")
  }

  private func unseen(_ key: String, _ identifiers: [Identifier]) throws(Refusal) -> FacetState {
    guard let identifier = identifiers.first(where: { $0.key == key }) else {
      throw Refusal(stage: "key", field: "identifiers", reason: "the record's key, \(key), is not among them")
    }
    return FacetState(identifier: identifier, profile: mint.profile(identifier))
  }

  /// Only a list that this deployment made can have been answered, and only what was on it.
  private func checkList(_ event: FacetEvent) throws(Refusal) {
    guard event.type.outcome != nil, let list = event.interaction.list, let contact = event.interaction.contact else {
      return
    }
    guard let listing = mint.listing(list, contact: contact) else {
      throw Refusal(stage: "list", field: "list", reason: "no list of this deployment for that contact")
    }
    guard let proposition = event.interaction.proposition, listing.has(proposition) else {
      throw Refusal(stage: "list", field: "proposition", reason: "was not on that list")
    }
  }

  // MARK: What is said

  private func timeline(_ state: FacetState, _ envelope: Envelope, _ data: [UInt8]?) -> Emission {
    var envelope = envelope
    envelope.facet = FacetReference(facet: state.id, version: state.version, seq: state.seq)
    return Emission(Topics.profileTimeline, key: state.profile, envelope, data)
  }

  /// Ends a silent contact by an event with a number of its own, so that the profile follows as with any event.
  func abandon(_ contact: Contact, _ state: inout FacetState, atMs: Int64) -> Emission {
    var interaction = Interaction(identifiers: [state.identifier], channel: contact.channel, contact: contact.id)
    interaction.reason = Contact.abandoned
    var envelope = Envelope(
      id: "abandoned:\(contact.id):\(state.id):\(state.seq + 1)", source: aggregatorSource,
      type: EventType.contactEnded.rawValue, timeMs: atMs)
    envelope.correlationId = contact.id
    state.body.apply(FacetEvent(abandoning: interaction, atMs: atMs))
    state.seq += 1
    return timeline(state, envelope, interaction.json)
  }

  /// A relation is two facets' business. The other's owner hears of it as of any record, and by its source knows that this
  /// side has it already. This side is named by its strongest identifier that names somebody, whatever the record's key is.
  /// Where this side knows better, the other does too, or will.
  private func mirrored(_ state: FacetState, _ interaction: Interaction, _ envelope: Envelope) -> Emission? {
    guard envelope.source != aggregatorSource,
      let said = interaction.relation(atMs: envelope.timeMs, source: envelope.source),
      let own = namespaces.byStrength(interaction.identifiers).first(where: { namespaces.isKnown($0.namespace) })
    else { return nil }
    let kept = state.body.relation(like: said) ?? said
    guard kept.atMs == said.atMs, kept.isCurrent == said.isCurrent,
      let mirrored = interaction.relationMirrored(of: own, sinceMs: kept.sinceMs, saidBy: envelope.source)
    else { return nil }
    var told = Envelope(
      id: "mirrored:\(state.id):\(state.seq)", source: aggregatorSource, type: envelope.type, timeMs: envelope.timeMs)
    told.causationId = envelope.id
    return Emission(Topics.sourceRecords, key: mirrored.identifiers[0].key, told, mirrored.json)
  }

  /// The event's identifiers as one claim, if it names one that was not claimed before.
  private func claim(_ state: inout FacetState, _ identifiers: [Identifier], _ envelope: Envelope) -> Emission? {
    let others = identifiers.filter { $0 != state.identifier && !state.judged.contains($0) }
    guard !others.isEmpty else { return nil }
    state.noteJudged(others)
    let claim = IdentityClaim(
      id: envelope.id, source: envelope.source, atMs: envelope.timeMs,
      identifiers: namespaces.byStrength(identifiers))
    var said = Envelope(
      id: envelope.id, source: envelope.source, type: IdentityClaim.type, timeMs: envelope.timeMs)
    said.causationId = envelope.id
    return Emission(Topics.identityClaims, key: IdentityClaim.key, said, claim.json)
  }
}
