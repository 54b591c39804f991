import Contracts

// Who is in which segment. A segment is a predicate over the customer as he stands, so membership changes with whatever
// changes him, with the time, and with the catalogue; the profile says each change on its own timeline.

extension Profiles {
  /// The decision, with the segments that the customer is in after it. Of a profile that nothing is left of, all are left.
  /// `place` is where the record that is decided on stands: applied once, it names what follows from it.
  package static func segmented(
    _ decision: Decision<ProfileRecord>, before: ProfileRecord?, _ definitions: CustomerDefinitions,
    knownNamespaces: [String], cause: String?, place: @autoclosure () -> String, now: Int64
  ) -> Decision<ProfileRecord> {
    switch decision.change {
    case .none: return decision
    case .delete:
      guard var gone = before, gone.profile.segments?.isEmpty == false else { return decision }
      let left = gone.profile.segments ?? []
      let emissions = gone.change(to: [], definitions, cause: cause, place: place, atMs: now)
      return Decision(.delete, decision.emissions + emissions + gone.give(nil, before: left, place: place, atMs: now))
    case .set(var record):
      let emissions = record.segment(
        definitions, knownNamespaces: knownNamespaces, cause: cause, place: place, now: now)
      return Decision(.set(record), decision.emissions + emissions)
    }
  }

  /// Time went by, or the catalogue says otherwise than it did.
  package static func tick(
    _ record: ProfileRecord?, _ definitions: CustomerDefinitions, knownNamespaces: [String], now: Int64
  ) -> Decision<ProfileRecord> {
    guard var record, record.isOutdated(definitions) || record.nextDueMs.map({ $0 <= now }) == true else {
      return .nothing
    }
    let place = { "tick/\(now)/\(definitions.catalogVersion)" }
    let segments = record.profile.segments
    let emissions = record.segment(
      definitions, knownNamespaces: knownNamespaces, cause: nil, place: place, now: now)
    // It is a later customer only where something came of it.
    if record.profile.segments != segments { record.profile.nowMs = max(record.profile.nowMs, now) }
    return Decision(.set(record), emissions)
  }
}

extension ProfileRecord {
  /// Whether its segments were found by other definitions than these.
  package func isOutdated(_ definitions: CustomerDefinitions) -> Bool {
    definedBy != definitions.fingerprint && !(definedBy == nil && definitions.segments.isEmpty)
  }

  fileprivate mutating func segment(
    _ definitions: CustomerDefinitions, knownNamespaces: [String], cause: String?, place: () -> String, now: Int64
  ) -> [Emission] {
    guard !definitions.segments.isEmpty || definedBy != nil else { return [] }
    definedBy = definitions.segments.isEmpty ? nil : definitions.fingerprint
    let situation = Situation(
      CustomerView(profile), nowMs: now, knownNamespaces: knownNamespaces, definitions: definitions)
    nextDueMs = definitions.nextSegmentChangeMs(situation)
    let before = profile.segments ?? []
    let emissions = change(to: definitions.segments(situation), definitions, cause: cause, place: place, atMs: now)
    return emissions + give(situation.view, before: before, definitions, place: place, atMs: now)
  }

  fileprivate mutating func change(
    to segments: [String], _ definitions: CustomerDefinitions, cause: String?, place: () -> String, atMs: Int64
  ) -> [Emission] {
    let before = profile.segments ?? []
    profile.segments = segments.isEmpty ? nil : segments
    let left = before.filter { !segments.contains($0) }.map { (EventType.segmentLeft, $0) }
    let entered = segments.filter { !before.contains($0) }.map { (EventType.segmentEntered, $0) }
    return (left + entered).map { type, segment in
      // A number of its own would begin anew with a profile that was gone for a while.
      var envelope = Envelope(
        id: "segment:\(profile.id):\(place()):\(segment)", source: aggregatorSource, type: type.rawValue, timeMs: atMs)
      envelope.causationId = cause
      let change = SegmentChange(segment: segment, catalogVersion: definitions.catalogVersion)
      return Emission(Topics.profileTimeline, key: profile.id, envelope, change.json)
    }
  }
}
