import Contracts

// Undoing a link. Whatever the linker knows follows from claims in their order, so a link that is wrong is not taken back
// step by step: those whom it could concern are judged again, from what is remembered, in a world in which the two were
// never named together. Who was joined only through it parts, and who was refused because of it may now be joined.

extension Judge {
  /// More than this are not one person's affair any more, nor that of the few whom he was taken for.
  package static let rejudgedMax = 4_096

  /// One entry for the identifier, said last, one for each that it is parted from, and one for each that moves. A verdict
  /// of refusal where there is nothing to part. `number` is the command's place in the order of judging.
  package func split(
    _ command: StewardCommand, id: String, atMs: Int64, number: Int64, _ index: inout IdentityIndex
  ) throws(Refusal) -> [IdentityMapEntry] {
    try check(command, index)
    let identifier = command.identifier
    let verdict = { (isAccepted: Bool, reason: String) in
      Verdict(claim: id, isAccepted: isAccepted, reason: reason, atMs: atMs)
    }
    let others = partners(command, index)
    var partings: [Identifier: [Parting]] = [:]
    for (one, other) in others.flatMap({ [(identifier, $0), ($0, identifier)] }) {
      let parting = Parting(identifier: other, command: id, by: command.by, reason: command.reason, atMs: atMs)
      partings[one, default: index[one]?.partings ?? []].append(parting)
    }
    var entries: [IdentityMapEntry]
    if let objection = objection(command, others, partings, index) {
      entries = [entry(identifier, number, verdict(false, objection), index)]
    } else if let world = world(without: partings, from: [identifier] + others, index) {
      entries = world.moved(index, mint).filter { $0 != identifier && !others.contains($0) }.map {
        world.entry($0, self.entry($0, number, verdict(true, Reason.split), index), mint)
      }
      for one in others + [identifier] {
        let isTogether = (one == identifier ? others : [identifier]).contains {
          world.profile($0, mint) == world.profile(one, mint)
        }
        var entry = entry(one, number, verdict(true, isTogether ? Reason.stillLinked : Reason.split), index)
        entry.partings = partings[one]
        entry.firstClaim = world.firstClaim(one, entry, claims(of: one, index))
        entries.append(world.entry(one, entry, mint))
      }
    } else {
      entries = [entry(identifier, number, verdict(false, Reason.tooMany), index)]
    }
    for entry in entries { index.take(entry) }
    return entries
  }

  private func check(_ command: StewardCommand, _ index: IdentityIndex) throws(Refusal) {
    for (field, identifier) in [("identifier", command.identifier), ("from", command.from)] {
      guard let identifier, index[identifier] == nil else { continue }
      throw Refusal(stage: "identity", field: field, reason: "no claim has named \(identifier)")
    }
    guard command.identifier != command.from else {
      throw Refusal(stage: "identity", field: "from", reason: "nothing is parted from itself")
    }
  }

  /// Whom to part it from: whom the command names, if a claim has named the two together; else those with whom a claim has
  /// joined it directly.
  private func partners(_ command: StewardCommand, _ index: IdentityIndex) -> [Identifier] {
    let identifier = command.identifier
    if let from = command.from {
      let claims = claims(of: identifier, index) + claims(of: from, index)
      let isClaimed = claims.contains { $0.identifiers.contains(identifier) && $0.identifiers.contains(from) }
      return isClaimed && !index.areParted(identifier, from) ? [from] : []
    }
    let profile = index.profile(of: identifier, mint)
    var others: [Identifier] = []
    for claim in claims(of: identifier, index) {
      guard let anchor = claim.identifiers.first else { continue }
      for other in anchor == identifier ? claim.identifiers.dropFirst() : [anchor]
      where index.profile(of: other, mint) == profile && !index.areParted(identifier, other) && !others.contains(other)
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

  private func entry(
    _ identifier: Identifier, _ number: Int64, _ verdict: Verdict, _ index: IdentityIndex
  ) -> IdentityMapEntry {
    // Who is judged here is known.
    var entry = index[identifier]!
    entry.verdict = verdict
    entry.lastClaim = number
    return entry
  }

  // MARK: The world without

  /// As it would be with those parted from the beginning, as far as that may differ from how it is. Whose profile stays as
  /// it was has changed nothing for others either, for a profile only ever grows; so only around those that don't is it
  /// looked further. nil: there is no end to it.
  private func world(
    without partings: [Identifier: [Parting]], from identifiers: [Identifier], _ index: IdentityIndex
  ) -> WorldWithout? {
    var profiles: [String] = []
    for profile in identifiers.map({ index.profile(of: $0, mint) }) where !profiles.contains(profile) {
      profiles.append(profile)
    }
    while true {
      guard let circle = circle(around: profiles, index) else { return nil }
      let world = judgedAgain(circle, without: partings, index)
      let more = Set(
        world.moved(index, mint).flatMap { [index.profile(of: $0, mint), world.profile($0, mint)] }
      ).subtracting(profiles)
      if more.isEmpty { return world }
      profiles += more.sorted()
    }
  }

  /// The members of the profiles, and of all with whom a claim names one of them.
  private func circle(around profiles: [String], _ index: IdentityIndex) -> [Identifier]? {
    var circle: [Identifier] = []
    var seen: Set<Identifier> = []
    func add(_ profile: String) -> Bool {
      for member in index.members(of: profile) where seen.insert(member).inserted { circle.append(member) }
      return circle.count <= Self.rejudgedMax
    }
    for profile in profiles where !add(profile) { return nil }
    for claim in circle.flatMap({ claims(of: $0, index) }) {
      for identifier in claim.identifiers where !seen.contains(identifier) {
        if index[identifier] != nil, !add(index.profile(of: identifier, mint)) { return nil }
      }
    }
    return circle
  }

  private func judgedAgain(
    _ circle: [Identifier], without partings: [Identifier: [Parting]], _ index: IdentityIndex
  ) -> WorldWithout {
    var world = IdentityIndex()
    let nothing = Verdict(claim: "", isAccepted: true, reason: "", atMs: 0)
    for identifier in circle {
      world.take(
        IdentityMapEntry(
          identifier: identifier, profile: mint.profile(identifier), version: 0, judged: [], verdict: nothing,
          partings: partings[identifier] ?? index[identifier]?.partings))
    }
    let claims = Set(circle.flatMap { self.claims(of: $0, index) }).sorted {
      ($0.number, $0.identifiers.map(\.key).joined(separator: " "))
        < ($1.number, $1.identifiers.map(\.key).joined(separator: " "))
    }
    let known = Set(circle)
    for remembered in claims {
      let claim = IdentityClaim(id: "", source: "", atMs: 0, identifiers: remembered.identifiers)
      var session = Session(judge: self, claim: claim, number: remembered.number, circle: known)
      swap(&session.index, &world)
      session.run()
      swap(&session.index, &world)
      for entry in session.entries { world.take(entry) }
    }
    return WorldWithout(circle: circle, index: world)
  }
}

/// How it would be, for those who were judged again.
private struct WorldWithout {
  let circle: [Identifier]
  let index: IdentityIndex

  func profile(_ identifier: Identifier, _ mint: IdMint) -> String { index.profile(of: identifier, mint) }

  /// Those whose profile is not the one that they have, in one order.
  func moved(_ now: IdentityIndex, _ mint: IdMint) -> [Identifier] {
    circle.filter { now.profile(of: $0, mint) != profile($0, mint) }.sorted { $0.key < $1.key }
  }

  func entry(_ identifier: Identifier, _ entry: IdentityMapEntry, _ mint: IdMint) -> IdentityMapEntry {
    var entry = entry
    let profile = profile(identifier, mint)
    if entry.profile != profile { entry.version += 1 }
    entry.profile = profile
    return entry
  }

  /// The first claim that named it may be one that no longer speaks of it.
  func firstClaim(_ identifier: Identifier, _ entry: IdentityMapEntry, _ claims: [RememberedClaim]) -> Int64? {
    claims.contains { $0.number == entry.firstClaim } ? index[identifier]?.firstClaim : entry.firstClaim
  }
}
