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
    guard !new.isEmpty || covering.isEmpty else { return }
    let note = RememberedClaim(number: number, identifiers: named)
    for position in entries.indices
    where entries[position].identifier == anchor || new.contains(entries[position].identifier) {
      let entry = entries[position]
      entries[position].claims = bounded(claims(of: entry.identifier, index) + [note], of: entry, index)
    }
  }

  /// The claims that are remembered with an identifier, in their order.
  func claims(of identifier: Identifier, _ index: IdentityIndex) -> [RememberedClaim] {
    guard let entry = index[identifier] else { return [] }
    return entry.claims ?? guessed(entry, index)
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
      claim.identifiers.allSatisfy { $0 == entry.identifier || index.profile(of: $0, mint) != entry.profile }
    }
    var claims = claims
    claims.remove(at: joinsNobody ?? claims.count - 1)
    return claims
  }
}
