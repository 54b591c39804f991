import Contracts

// Contact identifiers: telephone numbers, addresses. They join nobody, but where exactly one profile has one, it finds him:
// what happens under it is his. Who has it is whoever was named with it in a claim; a second one takes it from the first,
// and what is known under it goes back to a profile of its own until they turn out to be one. So where it belongs follows
// from who has it and from nothing that came before, and it goes along when they are joined, moved and parted.

extension Judge {
  /// Who has the contact identifiers among them. An entry from before that was noted says with whom it was judged.
  func carriers(of identifiers: [Identifier], _ index: IdentityIndex) -> [Identifier: [ContactCarrier]] {
    identifiers.reduce(into: [:]) { carriers, contact in
      guard kind(contact) == .contact, let entry = index[contact] else { return }
      carriers[contact] =
        entry.carriers ?? linkable(entry.judged).map { ContactCarrier($0, atMs: entry.verdict.atMs) }
    }
  }

  /// The claim's contact identifiers, and those of everybody whom it has moved.
  func find(
    _ claim: IdentityClaim, number: Int64, _ carriers: [Identifier: [ContactCarrier]],
    in entries: inout [IdentityMapEntry], _ index: inout IdentityIndex
  ) {
    let anchor = linkable(claim.identifiers).first
    var told: Set<Identifier> = []
    for contact in claim.identifiers where kind(contact) == .contact && told.insert(contact).inserted {
      guard var entry = index[contact] else { continue }
      entry.carriers = carriers[contact] ?? []
      var isTooMany = false
      if let anchor { isTooMany = !carry(ContactCarrier(anchor, atMs: claim.atMs), &entry, index) }
      let (isFound, reason) = isTooMany ? (false, Reason.tooMany) : finding(entry, index)
      entry.verdict = Verdict(claim: claim.id, isAccepted: isFound, reason: reason, atMs: claim.atMs)
      entry.lastClaim = number
      replace(entry, in: &entries, &index)
    }
    follow(number: number, because: (claim.id, claim.atMs), in: &entries, &index)
    reopenContacts(number: number, in: &entries, &index)
  }

  /// Contact identifiers go where those are who have them.
  func follow(
    number: Int64, because cause: (claim: String, atMs: Int64), in entries: inout [IdentityMapEntry],
    _ index: inout IdentityIndex
  ) {
    var contacts: [Identifier] = []
    for entry in entries {
      let carried = kind(entry.identifier) == .contact ? [entry.identifier] : index.contacts(of: entry.identifier)
      for contact in carried where !contacts.contains(contact) { contacts.append(contact) }
    }
    // In one order, whatever the index was built from.
    for contact in contacts.sorted(by: { $0.key < $1.key }) {
      guard var entry = index[contact] else { continue }
      let (isFound, reason) = finding(entry, index)
      let profile = isFound ? profiles(having: entry, index)[0] : mint.profile(contact)
      guard entry.profile != profile else { continue }
      entry.profile = profile
      entry.version += 1
      // What was said of it in this claim says why; else who has it now does.
      if entry.lastClaim != number {
        entry.verdict = Verdict(claim: cause.claim, isAccepted: isFound, reason: reason, atMs: cause.atMs)
      }
      entry.lastClaim = number
      replace(entry, in: &entries, &index)
    }
  }

  /// A device that is another's from now on hears which of its contact identifiers he wasn't named with yet: should he be,
  /// that is worth a claim, though it was judged before.
  func reopenContacts(number: Int64, in entries: inout [IdentityMapEntry], _ index: inout IdentityIndex) {
    for device in entries.map(\.identifier) where kind(device) == .device {
      let contacts = index.contacts(of: device)
      guard !contacts.isEmpty, var entry = index[device], entry.generations != nil else { continue }
      let now = entry.generation(atMs: .max)
      let others = contacts.filter { contact in
        let carriers = index[contact]?.carriers ?? []
        let own = carriers.filter { $0.identifier == device }
        // Where nothing more is noted nothing would come of it.
        guard carriers.count < ContactCarrier.countMax, own.count < ContactCarrier.timesMax else { return false }
        return !own.contains { entry.generation(atMs: $0.atMs) == now }
      }
      // In one order, whatever the index was built from.
      let reopened =
        entry.isNobodys || others.isEmpty ? nil : others.sorted { $0.key < $1.key }.map { Reopened(identifier: $0) }
      guard entry.reopened != reopened else { continue }
      entry.reopened = reopened
      entry.lastClaim = number
      replace(entry, in: &entries, &index)
    }
  }

  /// A data steward says of a contact identifier who doesn't have it. Nobody else is concerned, for it joins nobody.
  func taken(
    _ identifier: Identifier, from others: [Identifier], _ partings: [Identifier: [Parting]], _ word: StewardWord,
    _ reason: String, _ index: inout IdentityIndex
  ) -> [IdentityMapEntry] {
    var entries: [IdentityMapEntry] = []
    for one in others + [identifier] {
      var entry = entry(one, word, true, reason, index)
      entry.partings = partings[one]?.isEmpty == true ? nil : partings[one]
      replace(entry, in: &entries, &index)
    }
    follow(number: word.number, because: (word.command, word.atMs), in: &entries, &index)
    for one in others + [identifier]
    where reason == Reason.split
      && (one == identifier ? others : [identifier]).contains(where: { index.areTogether(one, $0, mint) })
    {
      guard var entry = index[one] else { continue }
      entry.verdict.reason = Reason.stillLinked
      replace(entry, in: &entries, &index)
    }
    return entries
  }

  /// Notes who has it; false: he has too many.
  private func carry(_ carrier: ContactCarrier, _ entry: inout IdentityMapEntry, _ index: IdentityIndex) -> Bool {
    var carriers = entry.carriers ?? []
    let own = carriers.filter { $0.identifier == carrier.identifier }
    // Who is the same person at any time has it whenever that was.
    if kind(carrier.identifier) == .device ? own.contains(carrier) : !own.isEmpty { return true }
    if own.isEmpty, index.contacts(of: carrier.identifier).count >= ContactCarrier.contactsMax { return false }
    if own.count >= ContactCarrier.timesMax {
      // Of those in one person's time one is enough.
      let profiles = own.map { index.profile(of: $0, mint) }
      guard !profiles.contains(index.profile(of: carrier, mint)),
        let spare = own.indices.last(where: { profiles[..<$0].contains(profiles[$0]) })
      else { return true }
      carriers.removeAll { $0 == own[spare] }
    }
    if carriers.count < ContactCarrier.countMax { entry.carriers = carriers + [carrier] }
    return true
  }

  private func finding(_ entry: IdentityMapEntry, _ index: IdentityIndex) -> (isFound: Bool, reason: String) {
    if entry.carriers?.count ?? 0 >= ContactCarrier.countMax { return (false, Reason.severalHaveIt) }
    return switch profiles(having: entry, index).count {
    case 0: (false, Reason.contactsNeverMerge)
    case 1: (true, Reason.onlyOneHasIt)
    default: (false, Reason.severalHaveIt)
    }
  }

  private func profiles(having entry: IdentityMapEntry, _ index: IdentityIndex) -> [String] {
    var profiles: [String] = []
    for carrier in entry.carriers ?? [] where !index.areParted(entry.identifier, carrier.identifier) {
      guard let profile = index.profile(of: carrier, mint), !profiles.contains(profile) else { continue }
      profiles.append(profile)
    }
    return profiles
  }

  func replace(
    _ entry: IdentityMapEntry, in entries: inout [IdentityMapEntry], _ index: inout IdentityIndex
  ) {
    if let place = entries.firstIndex(where: { $0.identifier == entry.identifier }) {
      entries[place] = entry
    } else {
      entries.append(entry)
    }
    index.take(entry)
  }
}
