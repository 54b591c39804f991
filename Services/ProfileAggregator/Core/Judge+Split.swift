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
      entries = world.moved.filter { $0 != identifier && !others.contains($0) }.map {
        world.entry($0, self.entry($0, number, verdict(true, Reason.split), index))
      }
      for one in others + [identifier] {
        let isTogether = (one == identifier ? others : [identifier]).contains { world.areTogether(one, $0) }
        var entry = entry(one, number, verdict(true, isTogether ? Reason.stillLinked : Reason.split), index)
        entry.partings = partings[one]
        entry.firstClaim = world.firstClaim(one, entry, claims(of: one, index))
        entries.append(world.entry(one, entry))
      }
    } else {
      entries = [entry(identifier, number, verdict(false, Reason.tooMany), index)]
    }
    for entry in entries { index.take(entry) }
    for entry in entries where entry.generations != nil {
      reopen(entry.identifier, for: seen(on: entry), number: number, in: &entries, &index)
    }
    // The identifier's own is said last.
    entries.swapAt(entries.firstIndex { $0.identifier == identifier }!, entries.count - 1)
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
    var others: [Identifier] = []
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
    for profile in identifiers.flatMap({ index.profiles(of: $0, mint) }) where !profiles.contains(profile) {
      profiles.append(profile)
    }
    while true {
      guard let circle = circle(around: profiles, index) else { return nil }
      let world = judgedAgain(circle, without: partings, index)
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
    let claims = Set(circle.flatMap { allClaims(of: $0, index) }).sorted {
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
    var places: [Member: Int] = [:]
    for remembered in claims {
      let atMs = remembered.atMs ?? 0
      let claim = IdentityClaim(id: "", source: "", atMs: atMs, identifiers: remembered.identifiers)
      var session = Session(judge: self, claim: claim, number: remembered.number, circle: known, strangers: strangers)
      swap(&session.index, &world)
      session.run()
      swap(&session.index, &world)
      for entry in session.entries { world.take(entry) }
      for device in remembered.identifiers where known.contains(device) {
        guard let opened = index[device]?.generations?.first(where: { $0.claim == remembered.number }) else { continue }
        places[Member(device, generation: opened.number)] = world[device]?.generation(atMs: atMs)
      }
    }
    return WorldWithout(mint: mint, circle: circle, now: index, index: world, places: places)
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
private struct WorldWithout {
  let mint: IdMint
  let circle: [Identifier]
  /// How it is.
  let now: IdentityIndex
  let index: IdentityIndex
  /// For each generation that a device has: in which it would have been when that was opened.
  let places: [Member: Int]

  func areTogether(_ one: Identifier, _ other: Identifier) -> Bool { index.areTogether(one, other, mint) }

  /// Those whose profile is not the one that they have, in one order.
  var moved: [Identifier] {
    circle.filter { identifier in
      guard let entry = now[identifier] else { return false }
      let world = self.entry(identifier, entry)
      return entry.numbers.contains { entry.profile($0) != world.profile($0) }
        || entry.current != world.current
    }.sorted { $0.key < $1.key }
  }

  func profiles(of identifier: Identifier) -> [String] {
    let entry = now[identifier].map { self.entry(identifier, $0) }
    return entry?.numbers.map { entry!.profile($0)! } ?? index.profiles(of: identifier, mint)
  }

  func entry(_ identifier: Identifier, _ entry: IdentityMapEntry) -> IdentityMapEntry {
    var entry = entry
    let profile = index.profile(of: Member(identifier), mint)
    if entry.profile != profile { entry.version += 1 }
    entry.profile = profile
    return entry.generations == nil && index[identifier]?.generations == nil ? entry : device(entry)
  }

  /// What is known of a device in a generation goes where the device would have been when that was opened. In which it is
  /// follows the logins; where none that it has would be that, it gets one more.
  private func device(_ entry: IdentityMapEntry) -> IdentityMapEntry {
    var entry = entry
    let device = entry.identifier
    // What was done when it was nobody's stays nobody's: it was done by several.
    var numbers = [0: 0, DeviceGeneration.nobodys: DeviceGeneration.nobodys]
    for place in (entry.generations ?? []).indices where entry.generations![place].number != DeviceGeneration.nobodys {
      let generation = entry.generations![place]
      let counterpart = self.place(of: generation, device)
      if numbers[counterpart] == nil { numbers[counterpart] = generation.number }
      let profile = index.profile(of: Member(device, generation: counterpart), mint)
      guard generation.profile != profile else { continue }
      entry.generations![place].profile = profile
      entry.generations![place].version += 1
    }
    var switches: [DeviceSwitch] = []
    for change in index[device]?.switches ?? [] {
      var number = numbers[change.generation] ?? -1
      if !entry.numbers.contains(number) { number = add(change.generation, to: &entry) }
      numbers[change.generation] = number
      switches.append(DeviceSwitch(atMs: change.atMs, generation: number))
    }
    entry.switches = switches.isEmpty ? nil : switches
    return entry
  }

  private func place(of generation: DeviceGeneration, _ device: Identifier) -> Int {
    if let place = places[Member(device, generation: generation.number)] { return place }
    // The claim that opened it is forgotten; then whoever's login it was has it, if he would have any.
    let numbers = index[device]?.numbers ?? [0]
    let his = index.profile(of: generation.by, mint)
    return numbers.first { index.profile(of: Member(device, generation: $0), mint) == his } ?? 0
  }

  private func add(_ counterpart: Int, to entry: inout IdentityMapEntry) -> Int {
    guard var generation = index[entry.identifier]?.generations?.first(where: { $0.number == counterpart }) else {
      return 0
    }
    generation.number =
      counterpart == DeviceGeneration.nobodys
      ? counterpart : min(entry.numbers.max()! + 1, DeviceGeneration.nobodys)
    generation.version = 1
    if entry.numbers.contains(generation.number) { return generation.number }
    entry.generations = (entry.generations ?? []) + [generation]
    return generation.number
  }

  /// The first claim that named it may be one that no longer speaks of it.
  func firstClaim(_ identifier: Identifier, _ entry: IdentityMapEntry, _ claims: [RememberedClaim]) -> Int64? {
    claims.contains { $0.number == entry.firstClaim } ? index[identifier]?.firstClaim : entry.firstClaim
  }
}
