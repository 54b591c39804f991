// What an event may say of persons and organisations: who acts for whom, and who speaks for an organisation in a contact.

extension Interaction {
  /// Checks what a relation and a contact with an actor need beyond the form of each field.
  func checkParties(_ type: EventType, _ namespaces: Namespaces) throws(Refusal) {
    switch type {
    case .relationRecorded: try checkRelation(namespaces)
    case .contactStarted:
      guard let actor else { return }
      try Self.check(actor, "actor", isOrganisation: false, namespaces)
      try checkIdentifiers(areOrganisations: true, namespaces)
    default: break
    }
  }

  private func checkRelation(_ namespaces: Namespaces) throws(Refusal) {
    guard (person == nil) != (organisation == nil) else {
      throw Refusal(
        stage: "schema", field: "organisation",
        reason: "takes either the organisation that he acts for or, of an organisation, the person who does")
    }
    if let organisation { try Self.check(organisation, "organisation", isOrganisation: true, namespaces) }
    if let person { try Self.check(person, "person", isOrganisation: false, namespaces) }
    try checkIdentifiers(areOrganisations: organisation == nil, namespaces)
    if let since, Timestamps.milliseconds(since) == nil {
      throw Refusal(stage: "schema", field: "since", reason: "takes an RFC 3339 time; is \(since)")
    }
  }

  /// All of the same side: an event has one key, and what a key names must be who it is about.
  private func checkIdentifiers(areOrganisations: Bool, _ namespaces: Namespaces) throws(Refusal) {
    for (index, identifier) in identifiers.enumerated() {
      guard (namespaces[identifier.namespace]?.kind == .organisation) != areOrganisations else { continue }
      throw Refusal(
        stage: "identity", field: "identifiers[\(index)].namespace",
        reason: areOrganisations
          ? "takes the organisation's alone: \(identifier.namespace) names none"
          : "takes the person's alone: \(identifier.namespace) names an organisation")
    }
    guard areOrganisations || identifiers.contains(where: { namespaces.isPerson($0) }) else {
      throw Refusal(
        stage: "identity", field: "identifiers", reason: "needs one that names a person: a device or an address doesn't"
      )
    }
  }

  private static func check(
    _ identifier: Identifier, _ field: String, isOrganisation: Bool, _ namespaces: Namespaces
  ) throws(Refusal) {
    let isRight =
      isOrganisation
      ? namespaces[identifier.namespace]?.kind == .organisation : namespaces.isPerson(identifier)
    guard !isRight else { return }
    throw Refusal(
      stage: "identity", field: "\(field).namespace",
      reason: "\(identifier.namespace) names no \(isOrganisation ? "organisation" : "person")")
  }

  /// The relation that it says, as its own side keeps it; nil where it says none. `source` is who says it.
  public func relation(atMs: Int64, source: String) -> Relation? {
    guard let other = organisation ?? person, let role else { return nil }
    return Relation(
      other: other, isOrganisation: organisation != nil, role: role,
      sinceMs: since.flatMap { Timestamps.milliseconds($0) } ?? atMs, endedMs: ended == true ? atMs : nil, atMs: atMs,
      source: source)
  }

  /// The same said to the other side, by the identifier that this one was recorded under; with since when, as this side
  /// keeps it, or the two might take it for different times.
  public func relationMirrored(of own: Identifier, sinceMs: Int64, saidBy source: String) -> Interaction? {
    guard let other = organisation ?? person else { return nil }
    var mirrored = Interaction(identifiers: [other])
    if organisation == nil { mirrored.organisation = own } else { mirrored.person = own }
    mirrored.role = role
    mirrored.since = Timestamps.text(sinceMs)
    mirrored.ended = ended
    mirrored.saidBy = source
    return mirrored
  }
}

extension Namespaces {
  fileprivate func isPerson(_ identifier: Identifier) -> Bool {
    switch self[identifier.namespace]?.kind {
    case .person, .login: true
    case .device, .contact, .organisation, nil: false
    }
  }
}
