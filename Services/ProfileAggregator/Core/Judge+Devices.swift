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
    let his = ([now] + entry.numbers).first {
      index.profile(of: Member(device, generation: $0), judge.mint) == one.profile
    }
    if let his {
      turn(device, to: his)
      return (true, Judge.Reason.alreadyLinked)
    }
    if index.areKeptApart(one.identifiers, [device]) { return keep(device, from: person, Judge.Reason.keptApart) }
    if now == DeviceGeneration.nobodys, one.members.count < Judge.membersMax {
      return open(device, for: person, one.profile)
    }
    let owner = Judge.Party(index, judge, Member(device, generation: now))
    guard let other = owner.strongest else { return join(person, Member(device, generation: now), directly: named) }
    if one.members.count >= Judge.membersMax {
      refused.append(Refused(anchor: person.identifier, other: device, reason: Judge.Reason.tooMany))
      return keep(device, from: person, Judge.Reason.tooMany)
    }
    // Two on one device may be one person all the same; that is a data steward's to say.
    refused.append(
      Refused(
        anchor: one.strongest ?? person.identifier, other: other, reason: Judge.Reason.sharedDevice, via: device))
    return open(device, for: person, one.profile)
  }

  /// He may not have it. What he does on it is not the one's either who was logged in before.
  private mutating func keep(
    _ device: Identifier, from person: Member, _ reason: String, isForGood: Bool = false
  ) -> (Bool, String) {
    let now = Member(device, generation: known(device).generation(atMs: claim.atMs))
    guard isForGood || Judge.Party(index, judge, now).isKnown else { return (false, reason) }
    let nobodys = DeviceGeneration.nobodys
    add(nobodys, of: device, judge.mint.profile(device, generation: nobodys), by: person)
    turn(device, to: nobodys, isForGood: isForGood)
    return (false, reason)
  }

  private mutating func open(_ device: Identifier, for person: Member, _ profile: String) -> (Bool, String) {
    let used = known(device).numbers.filter { $0 != DeviceGeneration.nobodys }
    guard let number = (1..<DeviceGeneration.personsMax).first(where: { !used.contains($0) }) else {
      return keep(device, from: person, Judge.Reason.sharedByTooMany, isForGood: true)
    }
    add(number, of: device, profile, by: person)
    turn(device, to: number)
    return (true, Judge.Reason.sharedDevice)
  }

  private mutating func add(_ number: Int, of device: Identifier, _ profile: String, by person: Member) {
    var entry = known(device)
    guard !entry.numbers.contains(number) else { return }
    entry.generations =
      (entry.generations ?? []) + [
        DeviceGeneration(number: number, profile: profile, version: 1, by: person.identifier, claim: self.number)
      ]
    entry.lastClaim = self.number
    index.take(entry)
  }

  /// From the claim's time on it is that generation's.
  private mutating func turn(_ device: Identifier, to generation: Int, isForGood: Bool = false) {
    var entry = known(device)
    var switches = entry.switches ?? []
    let place = switches.firstIndex { $0.atMs > claim.atMs } ?? switches.count
    // Also for those who logged in later, and were heard of before.
    if isForGood { switches.removeSubrange(place...) }
    guard isForGood || entry.generation(atMs: claim.atMs) != generation else { return }
    switches.insert(DeviceSwitch(atMs: claim.atMs, generation: generation), at: place)
    entry.switches = DeviceSwitch.bounded(switches)
    entry.lift()
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
    guard entry.current != profile else { return nil }
    // Because of somebody who may not have it, and needn't say so again.
    let isNobodysNow = entry.generation(atMs: .max) == DeviceGeneration.nobodys
    if isNobodysNow, !entry.numbers.contains(where: { entry.profile($0) == profile }) { return nil }
    let his = switches.lastIndex { entry.profile($0.generation) == profile } ?? -1
    return switches[his + 1].atMs
  }
}
