import Contracts

// Devices that several people log in on, one after the other. What is done on a device is his who logged in on it last:
// the first whom one knows by name has it as it is, with what was done on it before; for each further one it opens a
// generation, and whoever comes again has his own again. So a device never joins two people, and what the one does on it
// never shows with the other. A login counts from when it happened, not from when it was heard of.

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
    if index.areKeptApart(one.identifiers, [device]) { return (false, Judge.Reason.keptApart) }
    let owner = Judge.Party(index, judge, Member(device, generation: now))
    guard let other = owner.strongest else { return join(person, Member(device, generation: now), directly: named) }
    if one.members.count >= Judge.membersMax {
      refused.append(Refused(anchor: person.identifier, other: device, reason: Judge.Reason.tooMany))
      return (false, Judge.Reason.tooMany)
    }
    // Two on one device may be one person all the same; that is a data steward's to say.
    refused.append(
      Refused(
        anchor: one.strongest ?? person.identifier, other: other, reason: Judge.Reason.sharedDevice, via: device))
    return open(device, for: person.identifier, one.profile)
  }

  private mutating func open(_ device: Identifier, for person: Identifier, _ profile: String) -> (Bool, String) {
    var entry = known(device)
    let number = min(entry.numbers.max()! + 1, DeviceGeneration.nobodys)
    let isNobodys = number == DeviceGeneration.nobodys
    if !entry.numbers.contains(number) {
      entry.generations =
        (entry.generations ?? []) + [
          DeviceGeneration(
            number: number, profile: isNobodys ? judge.mint.profile(device, generation: number) : profile, version: 1,
            by: person, claim: self.number)
        ]
      entry.lastClaim = self.number
      index.take(entry)
    }
    turn(device, to: number)
    return isNobodys ? (false, Judge.Reason.sharedByTooMany) : (true, Judge.Reason.sharedDevice)
  }

  /// From the claim's time on it is that generation's.
  private mutating func turn(_ device: Identifier, to generation: Int) {
    var entry = known(device)
    guard entry.generation(atMs: claim.atMs) != generation else { return }
    var switches = entry.switches ?? []
    let place = switches.firstIndex { $0.atMs > claim.atMs } ?? switches.count
    switches.insert(DeviceSwitch(atMs: claim.atMs, generation: generation), at: place)
    entry.switches = Array(switches.suffix(DeviceSwitch.countMax))
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
      let isReopened = isAnothers(device, person, index)
      guard (entry.reopened?.contains(device) == true) != isReopened else { continue }
      var reopened = (entry.reopened ?? []).filter { $0 != device }
      if isReopened { reopened = Array((reopened + [device]).suffix(IdentityMapEntry.judgedMax)) }
      entry.reopened = reopened.isEmpty ? nil : reopened
      entry.lastClaim = number
      if let place = entries.firstIndex(where: { $0.identifier == person }) {
        entries[place] = entry
      } else {
        entries.append(entry)
      }
      index.take(entry)
    }
  }

  /// Those known by name who were seen on it.
  func seen(on entry: IdentityMapEntry) -> [Identifier] {
    let claims = (entry.claims ?? []) + (entry.logins ?? [])
    return entry.judged + (entry.generations ?? []).map(\.by) + claims.compactMap(\.identifiers.first)
  }

  /// He has a generation of it, and it is in another's.
  private func isAnothers(_ device: Identifier, _ person: Identifier, _ index: IdentityIndex) -> Bool {
    guard let entry = index[device], !entry.isNobodys else { return false }
    let profile = index.profile(of: person, mint)
    return entry.current != profile
      && entry.numbers.contains { entry.profile($0) == profile }
  }
}
