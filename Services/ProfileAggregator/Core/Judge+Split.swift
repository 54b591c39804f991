import Contracts

// Undoing a link. Whatever the linker knows follows from claims in their order, so a link that is wrong is not taken back
// step by step: those whom it could concern are judged again, from what is remembered, in a world in which the two were
// never named together. Who was joined only through it parts, and who was refused because of it may now be joined.

extension Judge {
  /// More than this are not one person's affair any more, nor that of the few whom he was taken for.
  package static let rejudgedMax = 4_096

  /// One entry for the identifier, said last, one for each that it is parted from, and one for each that moves. A verdict
  /// of refusal where there is nothing to part. `number` is the command's place in the order of judging.
  func split(
    _ command: StewardCommand, id: String, atMs: Int64, number: Int64, _ index: inout IdentityIndex
  ) throws(Refusal) -> [IdentityMapEntry] {
    try check(command, index)
    let word = StewardWord(command: id, number: number, by: command.by, reason: command.reason, atMs: atMs)
    let identifier = command.identifier
    let others = partners(command, index)
    let partings = parted(identifier, from: others, word, index)
    if let objection = objection(command, others, partings, index) {
      return refused(identifier, word, objection, &index)
    }
    if ([identifier] + others).contains(where: { kind($0) == .contact }) {
      return taken(identifier, from: others, partings, word, Reason.split, &index)
    }
    guard let world = world(without: partings, from: [identifier] + others, index) else {
      return refused(identifier, word, Reason.tooMany, &index)
    }
    return said(world, of: others + [identifier], partings, word, Reason.split, &index) { one in
      let isTogether = (one == identifier ? others : [identifier]).contains { world.areTogether(one, $0) }
      return isTogether ? Reason.stillLinked : Reason.split
    }
  }

  private func check(_ command: StewardCommand, _ index: IdentityIndex) throws(Refusal) {
    for case .some(let identifier) in [command.identifier, command.from] where index[identifier] == nil {
      throw Refusal(stage: "identity", reason: "no claim has named \(identifier)")
    }
    guard command.with == nil else {
      throw Refusal(stage: "schema", field: "with", reason: "a split takes `from`")
    }
    guard command.identifier != command.from else {
      throw Refusal(stage: "identity", reason: "nothing is parted from itself")
    }
  }

  /// Whom to part it from: whom the command names, if a claim has named the two together; else those with whom a claim has
  /// joined it directly.
  private func partners(_ command: StewardCommand, _ index: IdentityIndex) -> [Identifier] {
    let identifier = command.identifier
    if let from = command.from {
      let claims = claims(of: identifier, index) + claims(of: from, index)
      let isClaimed =
        claims.contains { $0.identifiers.contains(identifier) && $0.identifiers.contains(from) }
        || index.contacts(of: identifier).contains(from) || index.contacts(of: from).contains(identifier)
      return isClaimed && !index.areParted(identifier, from) ? [from] : []
    }
    var others: [Identifier] = []
    for carrier in index[identifier]?.carriers ?? []
    where !index.areParted(identifier, carrier.identifier) && !others.contains(carrier.identifier) {
      others.append(carrier.identifier)
    }
    for claim in claims(of: identifier, index) {
      guard let anchor = claim.identifiers.first else { continue }
      for other in anchor == identifier ? claim.identifiers.dropFirst() : [anchor]
      where index.areTogether(identifier, other, mint) && !index.areParted(identifier, other) && !others.contains(other)
      {
        others.append(other)
      }
    }
    return others
  }

  private func objection(
    _ command: StewardCommand, _ others: [Identifier], _ partings: [Identifier: [Parting]], _ index: IdentityIndex
  ) -> String? {
    if let from = command.from, index.areParted(command.identifier, from) { return Reason.alreadySplit }
    if others.isEmpty { return Reason.notLinked }
    // One that is dropped could be linked again, so there is an end.
    return partings.values.contains { $0.count > IdentityMapEntry.partingsMax } ? Reason.tooManySplits : nil
  }

  // MARK: What is said

  /// The partings of those who are parted by that word; an earlier one of the same two it takes the place of.
  func parted(
    _ identifier: Identifier, from others: [Identifier], _ word: StewardWord, apart: Bool? = nil,
    _ index: IdentityIndex
  ) -> [Identifier: [Parting]] {
    var partings: [Identifier: [Parting]] = [:]
    for (one, other) in others.flatMap({ [(identifier, $0), ($0, identifier)] }) {
      partings[one, default: index[one]?.partings ?? []].removeAll { $0.identifier == other }
      partings[one]!.append(
        Parting(
          identifier: other, command: word.command, by: word.by, reason: word.reason, atMs: word.atMs, apart: apart))
    }
    return partings
  }

  /// Nothing becomes of the command, and why.
  func refused(
    _ identifier: Identifier, _ word: StewardWord, _ reason: String, _ index: inout IdentityIndex
  ) -> [IdentityMapEntry] {
    let entry = entry(identifier, word, false, reason, index)
    index.take(entry)
    return [entry]
  }

  /// An entry for everybody who moves, and for those whom the command is about, the last of them last.
  func said(
    _ world: WorldWithout, of named: [Identifier], _ partings: [Identifier: [Parting]], _ word: StewardWord,
    _ reason: String, _ index: inout IdentityIndex, reasonFor: (Identifier) -> String
  ) -> [IdentityMapEntry] {
    var entries = world.moved.filter { !named.contains($0) }.map {
      world.entry($0, entry($0, word, true, reason, index))
    }
    for one in named {
      var entry = entry(one, word, true, reasonFor(one), index)
      if let partings = partings[one] { entry.partings = partings.isEmpty ? nil : partings }
      entry.firstClaim = world.firstClaim(one, entry, claims(of: one, index))
      entries.append(world.entry(one, entry))
    }
    for entry in entries { index.take(entry) }
    for entry in entries where entry.generations != nil {
      reopen(entry.identifier, for: seen(on: entry), number: word.number, in: &entries, &index)
    }
    return entries
  }

  func entry(
    _ identifier: Identifier, _ word: StewardWord, _ isAccepted: Bool, _ reason: String, _ index: IdentityIndex
  ) -> IdentityMapEntry {
    let verdict = Verdict(claim: word.command, isAccepted: isAccepted, reason: reason, atMs: word.atMs)
    // Of whom no claim has spoken yet there is nothing but what is said of him now.
    var entry =
      index[identifier]
      ?? IdentityMapEntry(
        identifier: identifier, profile: mint.profile(identifier), version: 0, judged: [], verdict: verdict,
        claims: [])
    entry.verdict = verdict
    entry.lastClaim = word.number
    return entry
  }

  // MARK: The world without

  /// As it would be with those parted from the beginning, as far as that may differ from how it is. Whose profile stays as
  /// it was has changed nothing for others either, for a profile only ever grows; so only around those that don't is it
  /// looked further. nil: there is no end to it.
  func world(
    without partings: [Identifier: [Parting]], from identifiers: [Identifier], adding claim: RememberedClaim? = nil,
    _ index: IdentityIndex
  ) -> WorldWithout? {
    var profiles: [String] = []
    for profile in identifiers.flatMap({ index.profiles(of: $0, mint) }) where !profiles.contains(profile) {
      profiles.append(profile)
    }
    while true {
      guard let circle = circle(around: profiles, index) else { return nil }
      let world = judgedAgain(circle, without: partings, adding: claim, index)
      let more = Set(world.moved.flatMap { index.profiles(of: $0, mint) + world.profiles(of: $0) })
        .subtracting(profiles)
      if more.isEmpty { return world }
      profiles += more.sorted()
    }
  }

  /// The members of the profiles, and of all with whom a claim names one of them.
  private func circle(around profiles: [String], _ index: IdentityIndex) -> [Identifier]? {
    var circle: [Identifier] = []
    var seen: Set<Identifier> = []
    func add(_ profile: String) -> Bool {
      for member in index.members(of: profile) where seen.insert(member.identifier).inserted {
        circle.append(member.identifier)
      }
      return circle.count <= Self.rejudgedMax
    }
    for profile in profiles where !add(profile) { return nil }
    for claim in circle.flatMap({ allClaims(of: $0, index) }) {
      for identifier in claim.identifiers where !seen.contains(identifier) {
        guard index[identifier] != nil else { continue }
        for profile in index.profiles(of: identifier, mint) where !add(profile) { return nil }
      }
    }
    return circle
  }

  private func judgedAgain(
    _ circle: [Identifier], without partings: [Identifier: [Parting]], adding claim: RememberedClaim?,
    _ index: IdentityIndex
  ) -> WorldWithout {
    var world = IdentityIndex()
    let nothing = Verdict(claim: "", isAccepted: true, reason: "", atMs: 0)
    for identifier in circle {
      world.take(
        IdentityMapEntry(
          identifier: identifier, profile: mint.profile(identifier), version: 0, judged: [], verdict: nothing,
          partings: partings[identifier] ?? index[identifier]?.partings))
    }
    let claims = Set(circle.flatMap { allClaims(of: $0, index) } + (claim.map { [$0] } ?? [])).sorted {
      ($0.number, $0.identifiers.map(\.key).joined(separator: " "))
        < ($1.number, $1.identifiers.map(\.key).joined(separator: " "))
    }
    let known = Set(circle)
    let strangers = strangers(claims, known, index)
    for stranger in strangers {
      var entry =
        index[stranger]
        ?? IdentityMapEntry(
          identifier: stranger, profile: mint.profile(stranger), version: 0, judged: [], verdict: nothing)
      (entry.lastClaim, entry.version) = (nil, 0)
      world.take(entry)
    }
    for remembered in claims {
      let atMs = remembered.atMs ?? 0
      let claim = IdentityClaim(id: "", source: "", atMs: atMs, identifiers: remembered.identifiers)
      var session = Session(
        judge: self, claim: claim, number: remembered.number, circle: known, strangers: strangers,
        steward: remembered.steward)
      swap(&session.index, &world)
      session.run()
      swap(&session.index, &world)
      for entry in session.entries { world.take(entry) }
    }
    return WorldWithout(mint: mint, circle: circle, now: index, index: world)
  }

  /// Those known by name who have logged in on a device of the circle and are not of it themselves.
  private func strangers(
    _ claims: [RememberedClaim], _ circle: Set<Identifier>, _ index: IdentityIndex
  ) -> Set<Identifier> {
    Set(
      claims.compactMap { claim in
        guard let anchor = claim.identifiers.first, namespaces.isKnown(anchor.namespace), !circle.contains(anchor)
        else { return nil }
        return claim.identifiers.contains { kind($0) == .device && circle.contains($0) } ? anchor : nil
      })
  }
}

/// How it would be, for those who were judged again.
struct WorldWithout {
  let mint: IdMint
  let circle: [Identifier]
  /// How it is.
  let now: IdentityIndex
  let index: IdentityIndex

  func areTogether(_ one: Identifier, _ other: Identifier) -> Bool { index.areTogether(one, other, mint) }

  /// Those whose profile is not the one that they have, in one order.
  var moved: [Identifier] {
    circle.filter { identifier in
      guard let entry = now[identifier] else { return false }
      let world = self.entry(identifier, entry)
      // Of a device, also in between: what was done then, and is heard of late, and who was named with a telephone then.
      let times = ((entry.switches ?? []) + (world.switches ?? [])).map(\.atMs)
      return entry.numbers.contains { entry.profile($0) != world.profile($0) }
        || times.contains { entry.profile(atMs: $0) != world.profile(atMs: $0) }
    }.sorted { $0.key < $1.key }
  }

  func profiles(of identifier: Identifier) -> [String] {
    now[identifier].map { entry(identifier, $0).profiles } ?? index.profiles(of: identifier, mint)
  }

  func entry(_ identifier: Identifier, _ entry: IdentityMapEntry) -> IdentityMapEntry {
    var entry = entry
    let profile = index.profile(of: Member(identifier), mint)
    if entry.profile != profile { entry.version += 1 }
    entry.profile = profile
    return entry.generations == nil && index[identifier]?.generations == nil ? entry : device(entry)
  }

  /// Each of its generations is his who would have had it. What was done when it was nobody's stays nobody's: it was done by
  /// several.
  private func device(_ entry: IdentityMapEntry) -> IdentityMapEntry {
    var entry = entry
    for login in missingLogins(entry) where !entry.isNobodys {
      var turns = turns(entry, claim: login.number, login.named[0])
      if turns.turn(to: login.named, atMs: login.atMs) { entry = turns.entry }
    }
    var turns = turns(entry, claim: entry.lastClaim ?? 0)
    turns.judgeAgain()
    if let other = index[entry.identifier] { turns.end(as: other) }
    return turns.entry
  }

  private func turns(_ entry: IdentityMapEntry, claim: Int64, _ name: Identifier? = nil) -> DeviceTurns {
    DeviceTurns(entry, claim: claim, name, isParted: { index.areParted($0, entry.identifier) }) { name in
      (index[name] == nil ? now : index).owner(name, on: entry.identifier, mint)
    }
  }

  /// Those of whom was refused it, and would not have been.
  private func missingLogins(_ entry: IdentityMapEntry) -> [(number: Int64, named: [Identifier], atMs: Int64)] {
    let device = entry.identifier
    return ((entry.claims ?? []) + (entry.logins ?? [])).sorted { $0.number < $1.number }.compactMap { login in
      guard let name = login.identifiers.first, name != device, let atMs = login.atMs, index[device]?.has(name) == true,
        now[device]?.has(name) != true
      else { return nil }
      return (login.number, Array(login.identifiers.prefix { $0 != device }), atMs)
    }
  }

  /// The first claim that named it may be one that no longer speaks of it, or one that does again.
  func firstClaim(_ identifier: Identifier, _ entry: IdentityMapEntry, _ claims: [RememberedClaim]) -> Int64? {
    let first = index[identifier]?.firstClaim
    guard let known = entry.firstClaim, !claims.contains(where: { $0.number == known }) else { return first }
    return min(known, first ?? known)
  }
}
