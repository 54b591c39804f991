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
    let before = currents(of: claim.identifiers, index)
    let carriers = carriers(of: claim.identifiers, index)
    swap(&session.index, &index)
    session.run()
    swap(&session.index, &index)
    remember(claim, number: number, in: &session.entries, index)
    for entry in session.entries { index.take(entry) }
    reopen(claim, number: number, before, in: &session.entries, &index)
    var entries = listed(session, &index)
    find(claim, number: number, carriers, in: &entries, &index)
    return entries
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
    /// Of them no more is known than which profile they have: they only log in on devices.
    let strangers: Set<Identifier>
    var index = IdentityIndex()
    var entries: [IdentityMapEntry] = []
    /// Who was not joined, and why.
    var refused: [Refused] = []

    struct Refused {
      var anchor: Identifier
      var other: Identifier
      var reason: String
      /// What they have in common.
      var via: Identifier?
    }

    init(
      judge: Judge, claim: IdentityClaim, number: Int64, circle: Set<Identifier>? = nil,
      strangers: Set<Identifier> = [], steward: StewardWord? = nil
    ) {
      self.judge = judge
      self.claim = claim
      self.number = number
      self.circle = circle
      self.steward = steward
      self.strangers = strangers
    }

    private var linked: String { steward == nil ? Reason.linked : Reason.samePerson }

    private func isKnown(_ identifier: Identifier) -> Bool { circle?.contains(identifier) ?? true }

    private func meets(_ anchor: Identifier, _ other: Identifier) -> Bool {
      isKnown(other) && (isKnown(anchor) || (strangers.contains(anchor) && judge.kind(other) == .device))
    }

    mutating func run() {
      var named: [Identifier] = []
      for identifier in claim.identifiers where !named.contains(identifier) { named.append(identifier) }
      let all = judge.linkable(named)
      let parted = index.parted(all)
      let linkable = all.filter { !parted.contains($0) }
      var verdicts: [(Identifier, Bool, String)] = []
      if let anchor = linkable.first {
        for other in linkable.dropFirst() where meets(anchor, other) {
          let (isAccepted, reason) = meet(anchor, other, directly: linkable)
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
        // Who is named with a stronger one has not been judged with a device himself.
        let isBeside = identifier != linkable.first && judge.namespaces.isKnown(identifier.namespace)
        let judged = named.filter { $0 != identifier && !(isBeside && judge.kind($0) == .device) }
        say(identifier, isAccepted, reason, judged: judged, isNamed: !parted.contains(identifier))
      }
    }

    private mutating func meet(
      _ anchor: Identifier, _ other: Identifier, directly named: [Identifier]
    ) -> (Bool, String) {
      // A device that is named is meant as what it was then.
      let one = Member(anchor, generation: index[anchor]?.generation(atMs: claim.atMs) ?? 0)
      // A data steward who says that he is one person with it means whose it is, and of one that several have nobody.
      if steward != nil, let device = [anchor, other].first(where: { index[$0]?.isShared == true }) {
        refused.append(Refused(anchor: anchor, other: other, reason: Reason.sharedDevice, via: device))
        return (false, Reason.sharedDevice)
      }
      if steward == nil, judge.kind(other) == .device, judge.namespaces.isKnown(anchor.namespace) {
        return logIn(one, on: other, directly: named)
      }
      return join(one, Member(other, generation: index[other]?.generation(atMs: claim.atMs) ?? 0), directly: named)
    }

    /// Makes the profiles of the two one, if the rules allow it.
    mutating func join(_ anchor: Member, _ other: Member, directly named: [Identifier]) -> (Bool, String) {
      if [anchor.generation, other.generation].contains(DeviceGeneration.nobodys) {
        return (false, Reason.sharedByTooMany)
      }
      let one = Party(index, judge, anchor)
      let two = Party(index, judge, other)
      if one.profile == two.profile { return (true, Reason.alreadyLinked) }
      if let objection = objection(one, other.identifier, two, named) {
        refuse(one, anchor.identifier, two, other.identifier, objection)
        return (false, objection)
      }
      let (winner, loser) = one.precedes(two) ? (one, two) : (two, one)
      for member in loser.members { move(member, to: winner.profile) }
      return (true, linked)
    }

    /// Of devices it is those who have them that may be one.
    private mutating func refuse(
      _ one: Party, _ anchor: Identifier, _ two: Party, _ other: Identifier, _ reason: String
    ) {
      let areDevices = judge.kind(anchor) == .device && judge.kind(other) == .device
      if areDevices, let his = one.strongest, let theirs = two.strongest {
        refused.append(Refused(anchor: his, other: theirs, reason: reason, via: other))
      } else {
        refused.append(Refused(anchor: anchor, other: other, reason: reason))
      }
    }

    private func objection(
      _ one: Party, _ other: Identifier, _ two: Party, _ named: [Identifier]
    ) -> String? {
      if one.size + two.size > Judge.membersMax { return Reason.tooMany }
      if index.areKeptApart(one.identifiers, two.identifiers) { return Reason.keptApart }
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

    private mutating func move(_ member: Member, to profile: String) {
      var entry = known(member.identifier)
      if let place = entry.generations?.firstIndex(where: { $0.number == member.generation }) {
        entry.generations?[place].profile = profile
        entry.generations?[place].version += 1
      } else {
        entry.profile = profile
        entry.version += 1
      }
      entry.lift()
      entry.verdict = verdict(true, linked)
      entry.firstClaim = entry.firstClaim ?? number
      replace(entry)
      index.take(entries[entries.count - 1])
    }

    private mutating func say(
      _ identifier: Identifier, _ isAccepted: Bool, _ reason: String, judged: [Identifier], isNamed: Bool
    ) {
      var entry = known(identifier)
      for other in judged where !entry.judged.contains(other) { entry.judged.append(other) }
      let excess = entry.judged.count - IdentityMapEntry.judgedMax
      if excess > 0 { entry.judged.removeFirst(excess) }
      entry.verdict = verdict(isAccepted, reason)
      // Who is left out of a claim has not been named by it.
      entry.firstClaim = entry.firstClaim ?? (isNamed ? number : nil)
      replace(entry)
    }

    /// As it is, or as it would be were it named for the first time.
    func known(_ identifier: Identifier) -> IdentityMapEntry {
      index[identifier]
        ?? IdentityMapEntry(
          identifier: identifier, profile: judge.mint.profile(identifier), version: 0, judged: [],
          verdict: verdict(true, ""))
    }

    /// Said once per identifier: a later move or verdict of the same claim takes its place.
    private mutating func replace(_ entry: IdentityMapEntry) {
      entries.removeAll { $0.identifier == entry.identifier }
      entries.append(entry)
      entries[entries.count - 1].lastClaim = number
    }

    private func verdict(_ isAccepted: Bool, _ reason: String) -> Verdict {
      Verdict(claim: claim.id, isAccepted: isAccepted, reason: reason, atMs: claim.atMs)
    }
  }

  /// One of two profiles that a claim would join.
  struct Party {
    let profile: String
    let members: [Member]
    let identifiers: [Identifier]
    /// How many identifiers it has: a device in several of its generations is one.
    let size: Int
    let persons: [Identifier]
    /// The strongest person's or login's identifier that it has.
    let strongest: Identifier?
    private let strength: Int
    private let firstClaim: Int64

    init(_ index: IdentityIndex, _ judge: Judge, _ member: Member) {
      profile = index.profile(of: member, judge.mint)
      members = index.members(of: profile, with: member)
      identifiers = members.map(\.identifier)
      size = Set(identifiers).count
      persons = identifiers.filter { judge.kind($0) == .person }
      strongest = judge.namespaces.byStrength(identifiers.filter { judge.namespaces.isKnown($0.namespace) }).first
      let strength = identifiers.map { judge.namespaces.strength($0) }.min() ?? .max
      self.strength = strength
      firstClaim =
        identifiers.filter { judge.namespaces.strength($0) == strength }
        .map { index[$0]?.firstClaim ?? .max }.min() ?? .max
    }

    /// Somebody is known behind it by name.
    var isKnown: Bool { strongest != nil }

    /// Whose profile id stays: the strongest identifier's, and of equally strong ones that of the earliest claim.
    func precedes(_ other: Party) -> Bool { (strength, firstClaim) <= (other.strength, other.firstClaim) }
  }

  package enum Reason {
    package static let linked = "linked"
    package static let alreadyLinked = "already-linked"
    /// Another person's device, on which he is one more: it opens a generation for him.
    package static let sharedDevice = "shared-device"
    package static let sharedByTooMany = "shared-by-too-many"
    package static let twoPersons = "two-persons"
    package static let belongsToAnother = "belongs-to-another-person"
    package static let contactsNeverMerge = "contact-identifiers-never-merge"
    /// A contact identifier finds the only one who has it.
    package static let onlyOneHasIt = "only-one-has-it"
    package static let severalHaveIt = "several-have-it"
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
