import Contracts

// What of a claim is remembered: as much as it takes to judge again, should a link turn out to be wrong.

extension Judge {
  /// Writes the claim down with everybody for whom it says what no earlier one has said: who was joined by it, or refused,
  /// would be so by an earlier one that names some of the same and nobody else.
  func remember(_ claim: IdentityClaim, number: Int64, in entries: inout [IdentityMapEntry], _ index: IdentityIndex) {
    let named = linkable(claim.identifiers)
    guard let anchor = named.first else { return }
    // In the same order too: of two that are parted it would speak of the same one.
    let covering = claims(of: anchor, index).filter { earlier in
      earlier.identifiers.first == anchor && earlier.identifiers == named.filter(earlier.identifiers.contains)
    }
    let new = named.dropFirst().filter { other in !covering.contains { $0.identifiers.contains(other) } }
    let note = RememberedClaim(number: number, identifiers: named, atMs: claim.atMs)
    noteLogins(note, on: named.dropFirst().filter { !new.contains($0) }, in: &entries, index)
    guard !new.isEmpty || covering.isEmpty else { return }
    for position in entries.indices
    where entries[position].identifier == anchor || new.contains(entries[position].identifier) {
      let entry = entries[position]
      entries[position].claims = bounded(claims(of: entry.identifier, index) + [note], of: entry, index)
    }
  }

  /// Whose a device is, only the last login says: so of those that say nothing else the last is kept, of each by which
  /// the same would be said whoever is parted; and the last before somebody was named with a contact identifier on it.
  private func noteLogins(
    _ note: RememberedClaim, on others: [Identifier], in entries: inout [IdentityMapEntry], _ index: IdentityIndex
  ) {
    guard let anchor = note.identifiers.first, namespaces.isKnown(anchor.namespace) else { return }
    let parted = index.parted(note.identifiers)
    for device in others
    where kind(device) == .device && !parted.contains(device) && index[device]?.isNobodys != true {
      guard let place = entries.firstIndex(where: { $0.identifier == device }) else { continue }
      let carriers = index.contacts(of: device).flatMap { index[$0]?.carriers ?? [] }
      let times = carriers.filter { $0.identifier == device }.map(\.atMs)
      let stronger = Set(note.identifiers.prefix { $0 != device })
      let rest = (entries[place].logins ?? []).filter { login in
        login.identifiers.first != anchor || login.atMs ?? 0 > note.atMs ?? 0
          || times.contains { $0 >= login.atMs ?? 0 && $0 < note.atMs ?? 0 }
          || !stronger.isSubset(of: login.identifiers.prefix { $0 != device })
      }
      entries[place].logins = Array((rest + [note]).suffix(IdentityMapEntry.loginsMax))
    }
  }

  /// The claims that are remembered with an identifier, in their order.
  func claims(of identifier: Identifier, _ index: IdentityIndex) -> [RememberedClaim] {
    guard let entry = index[identifier] else { return [] }
    return entry.claims ?? guessed(entry, index)
  }

  /// And the logins that say nothing else.
  func allClaims(of identifier: Identifier, _ index: IdentityIndex) -> [RememberedClaim] {
    claims(of: identifier, index) + (index[identifier]?.logins ?? [])
  }

  /// What an entry from before claims were remembered says of them: whom it was judged with, and that this can't have been
  /// before both had been named.
  private func guessed(_ entry: IdentityMapEntry, _ index: IdentityIndex) -> [RememberedClaim] {
    entry.judged.compactMap { other -> RememberedClaim? in
      let both = linkable([entry.identifier, other])
      guard both.count == 2, let first = entry.firstClaim, let others = index[other]?.firstClaim else { return nil }
      return RememberedClaim(number: max(first, others), identifiers: both)
    }.sorted { $0.number < $1.number }
  }

  /// Beyond the bound the latest goes that has joined nobody: of claims on a shared device the earlier ones come first,
  /// however often one judges.
  func bounded(
    _ claims: [RememberedClaim], of entry: IdentityMapEntry, _ index: IdentityIndex
  ) -> [RememberedClaim] {
    guard claims.count > IdentityMapEntry.claimsMax else { return claims }
    let joinsNobody = claims.lastIndex { claim in
      claim.identifiers.allSatisfy { $0 == entry.identifier || !index.areTogether($0, entry.identifier, mint) }
    }
    var claims = claims
    claims.remove(at: joinsNobody ?? claims.count - 1)
    return claims
  }
}
