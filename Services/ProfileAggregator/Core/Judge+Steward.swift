import Contracts

// What a data steward says of two identifiers. His word stands in the order of the claims, where another has not taken it
// back, and the last word on two holds: that they are one person takes back that they aren't, and the other way round.
//
// A split says that a link is wrong, and nothing of the two: what others' claims join stays joined. "Not the same person"
// says that they are two, whatever joins them, and needs no link to be said of.

extension Judge {
  /// What becomes of a command: the entry of its identifier last. `number` is its place in the order of judging.
  package func decide(
    _ type: StewardCommandType, _ command: StewardCommand, id: String, atMs: Int64, number: Int64,
    _ index: inout IdentityIndex
  ) throws(Refusal) -> [IdentityMapEntry] {
    let word = StewardWord(command: id, number: number, by: command.by, reason: command.reason, atMs: atMs)
    var entries: [IdentityMapEntry]
    switch type {
    case .split: entries = try split(command, id: id, atMs: atMs, number: number, &index)
    case .samePerson: entries = samePerson(try pair(command, index), word, &index)
    case .notSamePerson: entries = notSamePerson(try pair(command, index), word, &index)
    case .leave: entries = leave(try pair(command, index), word, &index)
    }
    follow(number: number, because: (id, atMs), in: &entries, &index)
    reopenContacts(number: number, in: &entries, &index)
    // The one that the command is about is said last.
    if let last = entries.firstIndex(where: { $0.identifier == command.identifier }) {
      entries.append(entries.remove(at: last))
    }
    return settled(entries, number: number, &index)
  }

  /// The two, the one that the command is about first. No claim need have named them: one may know it before.
  private func pair(_ command: StewardCommand, _ index: IdentityIndex) throws(Refusal) -> [Identifier] {
    guard let with = command.with else { throw Refusal(stage: "schema", field: "with", reason: "is missing") }
    guard command.from == nil else {
      throw Refusal(stage: "schema", field: "from", reason: "is a split's; this takes `with`")
    }
    for (field, identifier) in [("identifier", command.identifier), ("with", with)] where index[identifier] == nil {
      guard kind(identifier) != nil else {
        throw Refusal(
          stage: "identity", field: "\(field).namespace", reason: "there is no namespace \(identifier.namespace)")
      }
      guard (1...Identifier.valueBytesMax).contains(identifier.value.utf8.count) else {
        throw Refusal(
          stage: "identity", field: "\(field).value", reason: "takes 1 to \(Identifier.valueBytesMax) bytes")
      }
    }
    guard command.identifier != with else {
      throw Refusal(stage: "identity", field: "with", reason: "is the same identifier")
    }
    return [command.identifier, with]
  }

  // MARK: The same person

  private func samePerson(
    _ pair: [Identifier], _ word: StewardWord, _ index: inout IdentityIndex
  ) -> [IdentityMapEntry] {
    let named = linkable(pair)
    guard named.count == 2 else {
      // That somebody doesn't have a telephone number is taken back; that he has it is for claims to say.
      guard named.count == 1, index.areParted(pair[0], pair[1]) else {
        return refused(pair[0], word, neverMerges(pair), &index)
      }
      return taken(pair[0], from: [pair[1]], withoutParting(pair, index), word, Reason.samePerson, &index)
    }
    let claim = RememberedClaim(number: word.number, identifiers: named, atMs: word.atMs, steward: word)
    do {
      var entries =
        try index.areParted(pair[0], pair[1])
        ? joinedAgain(pair, claim, word, &index) : joined(claim, word, &index)
      for one in named { entries = note(claim, with: one, in: entries, &index) }
      return entries
    } catch {
      return refused(pair[0], word, error.reason, &index)
    }
  }

  /// They can't be joined; nothing has happened.
  private struct Objection: Error {
    var reason: String
  }

  private func joined(
    _ claim: RememberedClaim, _ word: StewardWord, _ index: inout IdentityIndex
  ) throws(Objection) -> [IdentityMapEntry] {
    // Of whom nobody has spoken before nothing is to be guessed.
    let unknown = claim.identifiers.filter { index[$0] == nil }
    let session = judged(claim, word, &index)
    if let refused = session.refused.first { throw Objection(reason: refused.reason) }
    let entries = session.entries.map { entry in
      var entry = entry
      if unknown.contains(entry.identifier) { entry.claims = [] }
      return entry
    }
    for entry in entries { index.take(entry) }
    return entries
  }

  /// The parting of the two is taken back, as if it had never been said.
  private func joinedAgain(
    _ pair: [Identifier], _ claim: RememberedClaim, _ word: StewardWord, _ index: inout IdentityIndex
  ) throws(Objection) -> [IdentityMapEntry] {
    let partings = withoutParting(pair, index)
    guard let world = world(without: partings, from: pair, adding: claim, index) else {
      throw Objection(reason: Reason.tooMany)
    }
    guard world.areTogether(pair[0], pair[1]) else {
      if pair.contains(where: { world.index[$0]?.isShared == true }) { throw Objection(reason: Reason.sharedDevice) }
      let members = pair.map { world.index.members(of: world.index.profile(of: $0, mint)).map(\.identifier) }
      throw Objection(
        reason: world.index.areKeptApart(members[0], members[1]) ? Reason.keptApart : Reason.tooMany)
    }
    return said(world, of: pair, partings, word, Reason.samePerson, &index) { _ in Reason.samePerson }
  }

  private func withoutParting(_ pair: [Identifier], _ index: IdentityIndex) -> [Identifier: [Parting]] {
    [(pair[0], pair[1]), (pair[1], pair[0])].reduce(into: [:]) { partings, pair in
      partings[pair.0] = (index[pair.0]?.partings ?? []).filter { $0.identifier != pair.1 }
    }
  }

  private func judged(_ claim: RememberedClaim, _ word: StewardWord, _ index: inout IdentityIndex) -> Session {
    let told = IdentityClaim(id: word.command, source: "", atMs: word.atMs, identifiers: claim.identifiers)
    var session = Session(judge: self, claim: told, number: word.number, steward: word)
    swap(&session.index, &index)
    session.run()
    swap(&session.index, &index)
    return session
  }

  /// Written down with both, unless it has been said before.
  private func note(
    _ claim: RememberedClaim, with identifier: Identifier, in entries: [IdentityMapEntry], _ index: inout IdentityIndex
  ) -> [IdentityMapEntry] {
    let known = claims(of: identifier, index)
    guard !known.contains(where: { $0.steward != nil && Set($0.identifiers) == Set(claim.identifiers) }),
      let position = entries.firstIndex(where: { $0.identifier == identifier })
    else { return entries }
    var entries = entries
    entries[position].claims = bounded(known + [claim], of: entries[position], index)
    index.take(entries[position])
    return entries
  }

  // MARK: Not the same person, and neither

  private func notSamePerson(
    _ pair: [Identifier], _ word: StewardWord, _ index: inout IdentityIndex
  ) -> [IdentityMapEntry] {
    guard linkable(pair).count == 2 else { return refused(pair[0], word, neverMerges(pair), &index) }
    // Who of those that have it in turn is meant can be said of them; that it isn't his, by a split.
    guard !pair.contains(where: { index[$0]?.isShared == true }) else {
      return refused(pair[0], word, Reason.sharedDevice, &index)
    }
    guard index[pair[0]]?.partings?.contains(where: { $0.identifier == pair[1] && $0.apart == true }) != true else {
      return refused(pair[0], word, Reason.alreadyApart, &index)
    }
    let partings = parted(pair[0], from: [pair[1]], word, apart: true, index)
    guard partings.values.allSatisfy({ $0.count <= IdentityMapEntry.partingsMax }) else {
      return refused(pair[0], word, Reason.tooManySplits, &index)
    }
    guard let world = world(without: partings, from: pair, index) else {
      return refused(pair[0], word, Reason.tooMany, &index)
    }
    return said(world, of: pair.reversed(), partings, word, Reason.notSamePerson, &index) { _ in Reason.notSamePerson }
  }

  private func leave(
    _ pair: [Identifier], _ word: StewardWord, _ index: inout IdentityIndex
  ) -> [IdentityMapEntry] {
    var entries: [IdentityMapEntry] = []
    var isListed = false
    for (one, other) in [(pair[1], pair[0]), (pair[0], pair[1])] {
      var entry = entry(one, word, true, Reason.left, index)
      for place in (entry.conflicts ?? []).indices
      where entry.conflicts![place].with == other && entry.conflicts![place].isOpen {
        entry.conflicts![place].left = word
        isListed = true
      }
      entries.append(entry)
    }
    guard isListed else { return refused(pair[0], word, Reason.notListed, &index) }
    for entry in entries { index.take(entry) }
    return entries
  }
}
