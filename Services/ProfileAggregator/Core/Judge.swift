import Contracts

/// Judges claims: which identifiers belong to one person. A function of what is known and what is claimed, and of nothing
/// else; what it decides is known at once.
package struct Judge: Sendable {
  let mint: IdMint
  let namespaces: Namespaces

  /// A profile with more is a shared device or a broken source, not a person.
  package static let membersMax = 64

  package init(mint: IdMint, namespaces: Namespaces = .standard) {
    self.mint = mint
    self.namespaces = namespaces
  }

  /// One entry for each identifier of the claim, and one for each that moves along. `number` is the claim's place in the
  /// order of judging.
  package func judge(_ claim: IdentityClaim, number: Int64, _ index: inout IdentityIndex) -> [IdentityMapEntry] {
    // Moved in and out, never copied: the index has an entry for every identifier there is.
    var session = Session(judge: self, claim: claim, number: number)
    swap(&session.index, &index)
    session.run()
    swap(&session.index, &index)
    remember(claim, number: number, in: &session.entries, index)
    for entry in session.entries { index.take(entry) }
    return listed(session, &index)
  }

  func kind(_ identifier: Identifier) -> NamespaceKind? { namespaces[identifier.namespace]?.kind }

  /// Those that a claim can join, each once, the strongest first.
  func linkable(_ identifiers: [Identifier]) -> [Identifier] {
    var named: [Identifier] = []
    for identifier in identifiers where !named.contains(identifier) {
      if let kind = kind(identifier), kind != .contact, kind != .organisation { named.append(identifier) }
    }
    return namespaces.byStrength(named)
  }

  /// Why one of these joins nobody.
  func neverMerges(_ identifiers: some Sequence<Identifier>) -> String {
    identifiers.contains { kind($0) == .organisation } ? Reason.organisationsNeverMerge : Reason.contactsNeverMerge
  }

  /// One claim on its way: verdicts build on each other.
  struct Session {
    let judge: Judge
    let claim: IdentityClaim
    let number: Int64
    /// Of whom something is known here; nil: of everybody. Who is not among them joins nobody.
    let circle: Set<Identifier>?
    /// Where a data steward says that they are one person: of the rules only the bounds hold, and what stewards have said.
    let steward: StewardWord?
    var index = IdentityIndex()
    var entries: [IdentityMapEntry] = []
    /// Who was not joined, and why.
    var refused: [Refused] = []

    struct Refused {
      var anchor: Identifier
      var other: Identifier
      var reason: String
    }

    init(
      judge: Judge, claim: IdentityClaim, number: Int64, circle: Set<Identifier>? = nil, steward: StewardWord? = nil
    ) {
      self.judge = judge
      self.claim = claim
      self.number = number
      self.circle = circle
      self.steward = steward
    }

    private var linked: String { steward == nil ? Reason.linked : Reason.samePerson }

    private func isKnown(_ identifier: Identifier) -> Bool { circle?.contains(identifier) ?? true }

    mutating func run() {
      var named: [Identifier] = []
      for identifier in claim.identifiers where !named.contains(identifier) { named.append(identifier) }
      let all = judge.linkable(named)
      let parted = index.parted(all)
      let linkable = all.filter { !parted.contains($0) }
      var verdicts: [(Identifier, Bool, String)] = []
      if let anchor = linkable.first {
        for other in linkable.dropFirst() where isKnown(anchor) && isKnown(other) {
          let (isAccepted, reason) = join(anchor, other, directly: linkable)
          verdicts.append((other, isAccepted, reason))
        }
        let accepted = verdicts.first { $0.1 && $0.2 == linked } ?? verdicts.first { $0.1 } ?? verdicts.first
        let alone = parted.isEmpty ? judge.neverMerges(named.filter { !all.contains($0) }) : Reason.splitBySteward
        verdicts.insert((anchor, accepted?.1 ?? false, accepted?.2 ?? alone), at: 0)
      }
      for identifier in parted { verdicts.append((identifier, false, Reason.splitBySteward)) }
      for identifier in named where !all.contains(identifier) {
        verdicts.append((identifier, false, judge.neverMerges([identifier])))
      }
      for (identifier, isAccepted, reason) in verdicts where isKnown(identifier) {
        say(
          identifier, isAccepted, reason, judged: named.filter { $0 != identifier },
          isNamed: !parted.contains(identifier))
      }
    }

    /// Makes the profiles of the two one, if the rules allow it.
    private mutating func join(
      _ anchor: Identifier, _ other: Identifier, directly named: [Identifier]
    ) -> (Bool, String) {
      let one = Party(index, judge, anchor)
      let two = Party(index, judge, other)
      if one.profile == two.profile { return (true, Reason.alreadyLinked) }
      if let objection = objection(anchor, one, other, two, named) {
        refused.append(Refused(anchor: anchor, other: other, reason: objection))
        return (false, objection)
      }
      let (winner, loser) = one.precedes(two) ? (one, two) : (two, one)
      for member in loser.members { move(member, to: winner.profile) }
      return (true, linked)
    }

    private func objection(
      _ anchor: Identifier, _ one: Party, _ other: Identifier, _ two: Party, _ named: [Identifier]
    ) -> String? {
      if one.members.count + two.members.count > Judge.membersMax { return Reason.tooMany }
      if index.areKeptApart(one.members, two.members) { return Reason.keptApart }
      if steward != nil { return nil }
      let kind = judge.kind(other)
      let theirs = kind == .person ? Reason.twoPersons : Reason.belongsToAnother
      // Two people each known by name become one only on the word of an event that names both, under two namespaces.
      let shared = Set(one.persons.map(\.namespace)).intersection(two.persons.map(\.namespace))
      if !shared.isEmpty { return theirs }
      let namesBoth = one.persons.contains(where: named.contains) && two.persons.contains(where: named.contains)
      if !one.persons.isEmpty, !two.persons.isEmpty, !namesBoth { return theirs }
      // A shared device joins no two people who logged in on it.
      if kind == .device, one.isKnown, two.isKnown { return Reason.belongsToAnother }
      return nil
    }

    private mutating func move(_ member: Identifier, to profile: String) {
      let known = index[member]
      let entry = IdentityMapEntry(
        identifier: member, profile: profile, version: (known?.version ?? 0) + 1, judged: known?.judged ?? [],
        verdict: verdict(true, linked), firstClaim: known?.firstClaim ?? number, lastClaim: number,
        claims: known?.claims, partings: known?.partings, conflicts: known?.conflicts)
      // Said once per identifier: a later move or verdict of the same claim takes its place.
      entries.removeAll { $0.identifier == member }
      entries.append(entry)
      index.take(entry)
    }

    private mutating func say(
      _ identifier: Identifier, _ isAccepted: Bool, _ reason: String, judged: [Identifier], isNamed: Bool
    ) {
      let known = index[identifier]
      var all = known?.judged ?? []
      for other in judged where !all.contains(other) { all.append(other) }
      if all.count > IdentityMapEntry.judgedMax { all.removeFirst(all.count - IdentityMapEntry.judgedMax) }
      let entry = IdentityMapEntry(
        identifier: identifier, profile: index.profile(of: identifier, judge.mint), version: known?.version ?? 0,
        judged: all, verdict: verdict(isAccepted, reason),
        // Who is left out of a claim has not been named by it.
        firstClaim: known?.firstClaim ?? (isNamed ? number : nil),
        lastClaim: number, claims: known?.claims, partings: known?.partings, conflicts: known?.conflicts)
      entries.removeAll { $0.identifier == identifier }
      entries.append(entry)
    }

    private func verdict(_ isAccepted: Bool, _ reason: String) -> Verdict {
      Verdict(claim: claim.id, isAccepted: isAccepted, reason: reason, atMs: claim.atMs)
    }
  }

  /// One of two profiles that a claim would join.
  private struct Party {
    let profile: String
    let members: [Identifier]
    let persons: [Identifier]
    /// Somebody is known behind it: it has a person's or a login's identifier.
    let isKnown: Bool
    private let strength: Int
    private let firstClaim: Int64

    init(_ index: IdentityIndex, _ judge: Judge, _ identifier: Identifier) {
      profile = index.profile(of: identifier, judge.mint)
      members = index.members(of: profile, with: identifier)
      persons = members.filter { judge.kind($0) == .person }
      isKnown = members.contains { judge.kind($0) == .person || judge.kind($0) == .login }
      let strength = members.map { judge.namespaces.strength($0) }.min() ?? .max
      self.strength = strength
      firstClaim =
        members.filter { judge.namespaces.strength($0) == strength }
        .map { index[$0]?.firstClaim ?? .max }.min() ?? .max
    }

    /// Whose profile id stays: the strongest identifier's, and of equally strong ones that of the earliest claim.
    func precedes(_ other: Party) -> Bool { (strength, firstClaim) <= (other.strength, other.firstClaim) }
  }

  package enum Reason {
    package static let linked = "linked"
    package static let alreadyLinked = "already-linked"
    package static let twoPersons = "two-persons"
    package static let belongsToAnother = "belongs-to-another-person"
    package static let contactsNeverMerge = "contact-identifiers-never-merge"
    package static let organisationsNeverMerge = "organisations-never-merge"
    package static let tooMany = "too-many-identifiers"
    /// A data steward has undone the link.
    package static let splitBySteward = "split-by-steward"
    /// Moved, or left where it is, by what was decided anew because of a split.
    package static let split = "split"
    /// Split, and still of one profile: other claims join the two.
    package static let stillLinked = "split-still-linked-by-others"
    package static let alreadySplit = "already-split"
    package static let notLinked = "not-linked"
    package static let tooManySplits = "too-many-splits"
    /// A data steward says that they are one person.
    package static let samePerson = "same-person"
    /// A data steward says that they are not.
    package static let notSamePerson = "not-same-person"
    package static let alreadyApart = "already-not-same-person"
    /// It would make those one person of whom a data steward has said that they are not.
    package static let keptApart = "kept-apart-by-steward"
    /// All that speaks for one person is a contact identifier that both have.
    package static let sharedContact = "shared-contact-identifier"
    /// Taken off the list undecided.
    package static let left = "left-by-steward"
    package static let notListed = "not-on-the-list"
  }
}
