import Contracts

// The data steward's list. Two who are not one person on the word of a claim, but may be, stand on it with the claims that
// say so, until they are joined, parted or left. It is part of the map, so it is as lasting and as old as that; each pair
// stands with whichever of the two has been named with more others, so that what is shared by many gathers its cases, and
// is bounded with them.

extension Judge {
  /// Puts on the list what was refused, and who shares no more than a telephone number or a device; takes off it what is
  /// settled by the claim.
  func listed(_ session: Session, _ index: inout IdentityIndex) -> [IdentityMapEntry] {
    let shared = sharing(session, index)
    let hasMoved = session.entries.contains {
      $0.verdict.isAccepted && [Reason.linked, Reason.sharedDevice].contains($0.verdict.reason)
    }
    guard hasMoved || !session.refused.isEmpty || !shared.isEmpty else { return session.entries }
    var changes = Changes(session.entries)
    if hasMoved { settle(&changes, number: session.number, &index) }
    for refused in session.refused
    where Self.isListed(refused.reason) && !index.areParted(refused.anchor, refused.other)
      && !isForbidden(refused.anchor, refused.other, index)
    {
      list(refused.anchor, refused.other, refused.reason, via: refused.via, session, &changes, &index)
    }
    for (anchor, other, contact) in shared {
      list(anchor, other, Reason.sharedContact, via: contact, session, &changes, &index)
    }
    return changes.entries
  }

  /// What a data steward's word has settled, off the list.
  func settled(
    _ entries: [IdentityMapEntry], number: Int64, _ index: inout IdentityIndex
  ) -> [IdentityMapEntry] {
    var changes = Changes(entries)
    settle(&changes, number: number, &index)
    return changes.entries
  }

  /// What a data steward has said himself he needn't be asked.
  private static func isListed(_ reason: String) -> Bool {
    [Reason.twoPersons, Reason.belongsToAnother, Reason.sharedDevice, Reason.tooMany].contains(reason)
  }

  /// Somebody known by name whom a claim names with a contact identifier that another was named with before.
  private func sharing(
    _ session: Session, _ index: IdentityIndex
  ) -> [(anchor: Identifier, other: Identifier, contact: Identifier)] {
    guard let anchor = linkable(session.claim.identifiers).first, isKnown(anchor) else { return [] }
    let profile = index.profile(of: anchor, mint)
    return session.claim.identifiers.filter { kind($0) == .contact }.compactMap { contact in
      let other = index[contact]?.judged.first { other in
        isKnown(other) && !session.claim.identifiers.contains(other) && index.profile(of: other, mint) != profile
          && !isForbidden(anchor, other, index)
      }
      return other.map { (strongest(of: anchor, index), strongest(of: $0, index), contact) }
    }
  }

  /// Of all that two have, their strongest stand for them, or the same would be asked of each.
  private func strongest(of identifier: Identifier, _ index: IdentityIndex) -> Identifier {
    let members = index.members(of: index.profile(of: identifier, mint), with: Member(identifier))
    return namespaces.byStrength(members.map(\.identifier))[0]
  }

  private func isKnown(_ identifier: Identifier) -> Bool {
    kind(identifier) == .person || kind(identifier) == .login
  }

  private func list(
    _ anchor: Identifier, _ other: Identifier, _ reason: String, via: Identifier?, _ session: Session,
    _ changes: inout Changes, _ index: inout IdentityIndex
  ) {
    // They would be taken off it again at once.
    guard !index.areParted(anchor, other) else { return }
    let holder = holder(anchor, other, index)
    let with = holder == anchor ? other : anchor
    let claim = session.claim
    let evidence = ConflictEvidence(
      number: session.number, claim: claim.id, source: claim.source, atMs: claim.atMs, identifiers: claim.identifiers,
      reason: reason, via: via)
    changes.change(holder, number: session.number, &index) { entry in
      var conflicts = entry.conflicts ?? []
      if let place = conflicts.firstIndex(where: { $0.with == with }) {
        conflicts[place].evidence.append(evidence)
        if conflicts[place].evidence.count > PossibleConflict.evidenceMax { conflicts[place].evidence.remove(at: 1) }
      } else {
        if conflicts.count == IdentityMapEntry.conflictsMax {
          guard let left = conflicts.firstIndex(where: { !$0.isOpen }) else { return false }
          conflicts.remove(at: left)
        }
        conflicts.append(PossibleConflict(with: with, evidence: [evidence]))
      }
      entry.conflicts = conflicts
      return true
    }
  }

  private func holder(_ anchor: Identifier, _ other: Identifier, _ index: IdentityIndex) -> Identifier {
    func holds(_ one: Identifier, _ with: Identifier) -> Bool {
      index[one]?.conflicts?.contains { $0.with == with } == true
    }
    if holds(anchor, other) { return anchor }
    if holds(other, anchor) { return other }
    return (index[anchor]?.judged.count ?? 0) > (index[other]?.judged.count ?? 0) ? anchor : other
  }

  /// Looks through the profiles of those who were spoken of, and who were seen on a device that was.
  private func settle(_ changes: inout Changes, number: Int64, _ index: inout IdentityIndex) {
    var looked: Set<String> = []
    let profiles = changes.entries.flatMap { entry in
      let people = entry.generations == nil ? [] : seen(on: entry)
      return entry.profiles + people.map { index.profile(of: $0, mint) }
    }
    for profile in profiles where looked.insert(profile).inserted {
      for member in index.members(of: profile).map(\.identifier) {
        guard let conflicts = index[member]?.conflicts else { continue }
        let open = conflicts.filter { !isSettled(member, $0, index) }
        guard open.count < conflicts.count else { continue }
        changes.change(member, number: number, &index) { entry in
          entry.conflicts = open.isEmpty ? nil : open
          return true
        }
      }
    }
  }

  private func isSettled(_ one: Identifier, _ conflict: PossibleConflict, _ index: IdentityIndex) -> Bool {
    if index.areTogether(one, conflict.with, mint) || index.areParted(one, conflict.with) { return true }
    // All that they had in common was a device that one of them has no more.
    return conflict.evidence.allSatisfy { evidence in
      guard evidence.reason == Reason.sharedDevice, let device = evidence.via else { return false }
      return ![one, conflict.with].allSatisfy { index.areTogether($0, device, mint) }
    }
  }

  private func isForbidden(_ one: Identifier, _ other: Identifier, _ index: IdentityIndex) -> Bool {
    let (mine, theirs) = (index.profile(of: one, mint), index.profile(of: other, mint))
    return index.areKeptApart(
      index.members(of: mine).map(\.identifier), index.members(of: theirs).map(\.identifier))
  }

  /// Entries that are said, with what else has changed before them.
  private struct Changes {
    var entries: [IdentityMapEntry]

    init(_ entries: [IdentityMapEntry]) { self.entries = entries }

    mutating func change(
      _ identifier: Identifier, number: Int64, _ index: inout IdentityIndex, _ body: (inout IdentityMapEntry) -> Bool
    ) {
      guard var entry = index[identifier], body(&entry) else { return }
      entry.lastClaim = number
      index.take(entry)
      if let place = entries.firstIndex(where: { $0.identifier == identifier }) {
        entries[place] = entry
      } else {
        entries.insert(entry, at: 0)
      }
    }
  }
}
