import Contracts

// Devices that several people log in on, one after the other. What is done on a device is his who logged in on it last:
// the first whom one knows by name has it as it is, with what was done on it before; for each further one it opens a
// generation, and whoever comes again has his own again. So a device never joins two people, and what the one does on it
// never shows with the other. A login counts from when it happened, not from when it was heard of: one that is heard of late
// takes the device only until the next, and who has lost it by that says so if he was seen on it since.

extension Judge.Session {
  /// Somebody known by name was seen on the device.
  mutating func logIn(_ person: Member, on device: Identifier, directly named: [Identifier]) -> (Bool, String) {
    let entry = known(device)
    if entry.isNobodys { return (false, Judge.Reason.sharedByTooMany) }
    let now = entry.generation(atMs: claim.atMs)
    let one = Judge.Party(index, judge, person)
    let isHis = entry.numbers.contains { index.profile(of: Member(device, generation: $0), judge.mint) == one.profile }
    if isHis { return turn(device, to: person, Judge.Reason.alreadyLinked) }
    if index.areKeptApart(one.identifiers, [device]) { return keep(device, from: person, Judge.Reason.keptApart) }
    if now == DeviceGeneration.nobodys, one.size < Judge.membersMax {
      return turn(device, to: person, Judge.Reason.sharedDevice)
    }
    let owner = Judge.Party(index, judge, Member(device, generation: now))
    guard let other = owner.strongest else {
      let joined = join(person, Member(device, generation: now), directly: named)
      return joined.0 ? turn(device, to: person, joined.1) : joined
    }
    if one.size >= Judge.membersMax {
      refused.append(Refused(anchor: person.identifier, other: device, reason: Judge.Reason.tooMany))
      return keep(device, from: person, Judge.Reason.tooMany)
    }
    // Two on one device may be one person all the same; that is a data steward's to say.
    refused.append(
      Refused(
        anchor: one.strongest ?? person.identifier, other: other, reason: Judge.Reason.sharedDevice, via: device))
    return turn(device, to: person, Judge.Reason.sharedDevice)
  }

  /// He may not have it. What he does on it is not the one's either who was logged in before.
  private mutating func keep(
    _ device: Identifier, from person: Member, _ reason: String, isForGood: Bool = false
  ) -> (Bool, String) {
    let now = Member(device, generation: known(device).generation(atMs: claim.atMs))
    guard isForGood || Judge.Party(index, judge, now).isKnown else { return (false, reason) }
    var turns = turns(of: device, and: person.identifier)
    turns.leave(
      to: judge.mint.profile(device, generation: DeviceGeneration.nobodys), by: person.identifier, atMs: claim.atMs,
      isForGood: isForGood)
    take(turns)
    return (false, reason)
  }

  /// From the claim's time on it is his.
  private mutating func turn(_ device: Identifier, to person: Member, _ reason: String) -> (Bool, String) {
    var turns = turns(of: device, and: person.identifier)
    let named = judge.linkable(claim.identifiers).prefix { $0 != device }
    guard turns.turn(to: Array(named), atMs: claim.atMs) else {
      return keep(device, from: person, Judge.Reason.sharedByTooMany, isForGood: true)
    }
    take(turns)
    return (true, reason)
  }

  private func turns(of device: Identifier, and name: Identifier) -> DeviceTurns {
    var entry = known(device)
    entry.names = entry.names ?? judge.namesGuessed(entry)
    let partings = Set((entry.partings ?? []).map(\.identifier))
    return DeviceTurns(entry, claim: number, name, isParted: partings.contains) {
      index.owner($0, on: device, judge.mint)
    }
  }

  private mutating func take(_ turns: DeviceTurns) {
    var entry = turns.entry
    guard entry != index[entry.identifier] else { return }
    entry.lastClaim = number
    index.take(entry)
  }
}

extension Judge {
  /// In which generation the devices among them are.
  func currents(of identifiers: [Identifier], _ index: IdentityIndex) -> [Identifier: Int] {
    identifiers.reduce(into: [:]) { currents, identifier in
      if kind(identifier) == .device { currents[identifier] = index[identifier]?.generation(atMs: .max) ?? 0 }
    }
  }

  /// Whose device has become another's hears that his next login on it is worth a claim, though it was judged before.
  func reopen(
    _ claim: IdentityClaim, number: Int64, _ before: [Identifier: Int], in entries: inout [IdentityMapEntry],
    _ index: inout IdentityIndex
  ) {
    for device in claim.identifiers where before[device] != nil {
      guard let entry = index[device], entry.generations != nil else { continue }
      let isTurned = entry.generation(atMs: .max) != before[device]
      let known = (isTurned ? seen(on: entry) : []) + claim.identifiers
      reopen(device, for: known, number: number, in: &entries, &index)
    }
  }

  func reopen(
    _ device: Identifier, for known: [Identifier], number: Int64, in entries: inout [IdentityMapEntry],
    _ index: inout IdentityIndex
  ) {
    var told: Set<Identifier> = []
    for person in known where namespaces.isKnown(person.namespace) && told.insert(person).inserted {
      guard var entry = index[person] else { continue }
      let lost = lostMs(device, person, index).map { Reopened(identifier: device, sinceMs: $0) }
      guard entry.reopened?.first(where: { $0.identifier == device }) != lost else { continue }
      var reopened = (entry.reopened ?? []).filter { $0.identifier != device }
      if let lost { reopened.append(lost) }
      for gone in reopened.dropLast(IdentityMapEntry.judgedMax) { entry.judged.removeAll { $0 == gone.identifier } }
      reopened = Array(reopened.suffix(IdentityMapEntry.judgedMax))
      entry.reopened = reopened.isEmpty ? nil : reopened
      entry.lastClaim = number
      replace(entry, in: &entries, &index)
    }
  }

  /// Those known by name who were seen on it.
  func seen(on entry: IdentityMapEntry) -> [Identifier] {
    let claims = (entry.claims ?? []) + (entry.logins ?? [])
    return entry.judged + (entry.generations ?? []).map(\.by) + claims.flatMap(\.identifiers)
  }

  /// Since when the device is another's; nil where it is his, or nobody's for good, or nothing would come of his claim.
  private func lostMs(_ device: Identifier, _ person: Identifier, _ index: IdentityIndex) -> Int64? {
    guard let entry = index[device], let switches = entry.switches, !switches.isEmpty, !entry.isNobodys,
      !index.areParted(person, device)
    else { return nil }
    let profile = index.profile(of: person, mint)
    guard entry.current != profile else { return lostMs(entry, person, index) }
    // Because of somebody who may not have it, and needn't say so again.
    let isNobodysNow = entry.generation(atMs: .max) == DeviceGeneration.nobodys
    if isNobodysNow, !entry.numbers.contains(where: { entry.profile($0) == profile }) { return nil }
    let his = switches.lastIndex { entry.profile($0.generation) == profile } ?? -1
    return switches[his + 1].atMs
  }

  /// Of an entry from before names were kept: the first one's, and those that its generations have.
  func namesGuessed(_ entry: IdentityMapEntry) -> [DeviceName]? {
    let first = (entry.claims ?? []).first { claim in
      claim.identifiers.contains(entry.identifier)
        && claim.identifiers.first.map { namespaces.isKnown($0.namespace) } == true
    }
    guard first != nil || entry.generations != nil else { return nil }
    var names = [DeviceName(first?.identifiers.first ?? entry.identifier, atMs: first?.atMs ?? 0)]
    for generation in entry.generations ?? [] where generation.number != DeviceGeneration.nobodys {
      guard !names.contains(where: { $0.identifier == generation.by }) else { continue }
      names.append(DeviceName(generation.by, atMs: 0))
    }
    return names
  }

  /// Since when the same person goes on under another name: should the two turn out not to be one, each has had his time.
  private func lostMs(_ entry: IdentityMapEntry, _ person: Identifier, _ index: IdentityIndex) -> Int64? {
    guard let switches = entry.switches, switches.count < DeviceSwitch.renamedMax, entry.has(person) else { return nil }
    let names = zip(switches, entry.orders(of: switches)).map { turn, order in
      turn.generation == DeviceGeneration.nobodys
        ? nil
        : order.lazy.map { entry.names![$0] }
          .first { !$0.all.contains { index.areParted($0, entry.identifier) } }?.identifier
    }
    guard names.last != person else { return nil }
    return switches[(names.lastIndex { $0 == person } ?? -1) + 1].atMs
  }
}
