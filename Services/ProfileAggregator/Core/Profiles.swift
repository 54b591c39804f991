import Contracts

/// The profiles: each is the set of the facets that belong to it, as their owners tell on the timeline, and the leads
/// under way. A facet's events come in the order of its numbers; what is not above the known version and number was seen.
package enum Profiles {
  /// A record of the timeline. `place` is where it stands: applied once, it names what follows from it.
  package static func timeline(
    _ key: String, _ record: ProfileRecord?, _ envelope: Envelope, _ data: [UInt8]?,
    place: @autoclosure () -> String, now: Int64, definitions: CustomerDefinitions = .none
  ) throws(Refusal) -> Decision<ProfileRecord> {
    let type = EventType.named(envelope.type)
    // What it has said itself.
    if type == .segmentEntered || type == .segmentLeft { return .nothing }
    guard let reference = envelope.facet else {
      throw Refusal(stage: "facet", field: "ce_facet", reason: "an event on the timeline needs its facet")
    }
    switch type {
    case .facetReceived: return try received(key, record, reference, data, place, now: now)
    case .facetLeft: return try left(record, reference, data, place, now: now)
    default: return try applied(key, record, reference, type, envelope, data, place, now: now, definitions)
    }
  }

  private static func applied(
    _ key: String, _ record: ProfileRecord?, _ reference: FacetReference, _ type: EventType?, _ envelope: Envelope,
    _ data: [UInt8]?, _ place: () -> String, now: Int64, _ definitions: CustomerDefinitions
  ) throws(Refusal) -> Decision<ProfileRecord> {
    let event = try FacetEvent(type, envelope, data, namespaces: nil)
    var record = record ?? ProfileRecord(id: key, nowMs: now)
    let index: Int
    if let known = record.facetIndex(reference.facet) {
      let facet = record.profile.facets[known]
      guard (reference.version, reference.seq) > (facet.version, facet.seq) else { return .nothing }
      index = known
    } else {
      if let leftVersion = record.leftVersion(reference.facet), reference.version < leftVersion { return .nothing }
      index = record.insert(
        Facet(id: reference.facet, version: reference.version, seq: 0, body: FacetBody()))
    }
    record.profile.facets[index].version = reference.version
    record.profile.facets[index].seq = reference.seq
    record.profile.facets[index].body.apply(event, definitions)
    record.profile.nowMs = max(record.profile.nowMs, now)
    let saysConsent = event.type == .consentGiven || event.type == .consentWithdrawn
    return Decision(.set(record), saysConsent ? [consents(of: record, cause: envelope.id, place)] : [])
  }

  private static func received(
    _ key: String, _ record: ProfileRecord?, _ reference: FacetReference, _ data: [UInt8]?, _ place: () -> String,
    now: Int64
  ) throws(Refusal) -> Decision<ProfileRecord> {
    let move = try self.move(data)
    guard let body = move.body else {
      throw Refusal(stage: "schema", field: "body", reason: "is missing")
    }
    var record = record ?? ProfileRecord(id: key, nowMs: now)
    let before = record.consents
    if let index = record.facetIndex(reference.facet) {
      let facet = record.profile.facets[index]
      guard (reference.version, reference.seq) > (facet.version, facet.seq) else { return .nothing }
      record.profile.facets.remove(at: index)
    } else if let leftVersion = record.leftVersion(reference.facet), reference.version <= leftVersion {
      return .nothing
    }
    record.left.removeAll { $0.facet == reference.facet }
    _ = record.insert(
      Facet(id: reference.facet, version: reference.version, seq: reference.seq, body: body))
    record.profile.nowMs = max(record.profile.nowMs, now)
    return Decision(.set(record), consentsIfChanged(record, before, place))
  }

  private static func left(
    _ record: ProfileRecord?, _ reference: FacetReference, _ data: [UInt8]?, _ place: () -> String, now: Int64
  ) throws(Refusal) -> Decision<ProfileRecord> {
    _ = try move(data)
    guard var record else { return .nothing }
    let before = record.consents
    if let index = record.facetIndex(reference.facet) {
      guard reference.version > record.profile.facets[index].version else { return .nothing }
      record.profile.facets.remove(at: index)
    }
    record.noteLeft(reference.facet, version: reference.version)
    record.profile.nowMs = max(record.profile.nowMs, now)
    let emissions = consentsIfChanged(record, before, place)
    return Decision(record.isEmpty ? .delete : .set(record), emissions)
  }

  private static func move(_ data: [UInt8]?) throws(Refusal) -> FacetMove {
    guard let data else { throw Refusal(stage: "schema", reason: "the record has no data") }
    return try FacetMove(data: data)
  }

  // MARK: Consents

  private static func consentsIfChanged(
    _ record: ProfileRecord, _ before: [Consent], _ place: () -> String
  ) -> [Emission] {
    record.consents == before ? [] : [consents(of: record, cause: nil, place)]
  }

  /// All that the customer agreed to, or a tombstone where no word of it is left. Its id is not made of the time: two
  /// boxes of a form are ticked at one moment.
  private static func consents(of record: ProfileRecord, cause: String?, _ place: () -> String) -> Emission {
    let state = ConsentState(profile: record.profile.id, consents: record.consents)
    var envelope = Envelope(
      id: "consents:\(record.profile.id):\(place())", source: aggregatorSource, type: ConsentState.type,
      timeMs: record.profile.nowMs)
    envelope.causationId = cause
    return Emission(
      Topics.consentState, key: record.profile.id, envelope, state.consents.isEmpty ? nil : state.json)
  }
}

extension ProfileRecord {
  fileprivate func facetIndex(_ id: String) -> Int? { profile.facets.firstIndex { $0.id == id } }

  /// In the order of their ids, so that the same facets make the same bytes, however they came together.
  fileprivate mutating func insert(_ facet: Facet) -> Int {
    let index = profile.facets.firstIndex { facet.id < $0.id } ?? profile.facets.count
    profile.facets.insert(facet, at: index)
    return index
  }
}
