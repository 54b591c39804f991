import Contracts

// What a profile gives to the groups of its segments: that there is one customer more, and what he is interested in. It
// says only what differs from what it has given before, and remembers that; so the sum of all that was ever said is what
// there is, in whatever way it came about.

extension ProfileRecord {
  /// `before` are the segments that it was in when it last gave, `profile.segments` those that it is in now. `view` is the
  /// customer as he is now; nil: nothing is left of him.
  mutating func give(
    _ view: CustomerView?, before: [String], _ definitions: CustomerDefinitions = .none, place: () -> String,
    atMs: Int64
  ) -> [Emission] {
    let after = profile.segments ?? []
    let gives = !after.isEmpty && view.map { !$0.refusesProfiling } ?? false
    // So it is with nearly every event, and then it costs next to nothing.
    if gives ? before == after && hasGiven(view?.interests ?? [], definitions.groupInterests) : given == nil {
      return []
    }
    let last = given
    given = gives ? view?.interests.map(\.category).filter(definitions.groupInterests.contains).sorted() ?? [] : nil
    return (before + after.filter { !before.contains($0) }).compactMap { segment in
      let lost = last.flatMap { before.contains(segment) ? $0 : nil }
      let gained = given.flatMap { after.contains(segment) ? $0 : nil }
      guard lost != gained else { return nil }
      let contribution = GroupContribution(
        customer: Self.mark(profile.id, segment), members: (gained == nil ? 0 : 1) - (lost == nil ? 0 : 1),
        gained: (gained ?? []).filter { lost?.contains($0) != true },
        lost: (lost ?? []).filter { gained?.contains($0) != true })
      // Neither cause nor profile: whose it is nobody need know.
      let envelope = Envelope(
        id: "contribution:\(Self.name(profile.id, place(), segment))", source: aggregatorSource,
        type: GroupContribution.type, timeMs: atMs)
      return Emission(Topics.groupContributions, key: segment, envelope, contribution.json)
    }
  }

  private func hasGiven(_ interests: [Interest], _ known: Set<String>) -> Bool {
    guard let given else { return false }
    var count = 0
    for interest in interests {
      if given.contains(interest.category) {
        count += 1
        if !known.contains(interest.category) { return false }
      } else if known.contains(interest.category) {
        return false
      }
    }
    return count == given.count
  }

  private static func mark(_ profile: String, _ segment: String) -> Int64 {
    digest(profile, segment).prefix(6).reduce(0) { $0 << 8 | Int64($1) }
  }

  private static func name(_ profile: String, _ place: String, _ segment: String) -> String {
    SHA256.hexadecimal(digest(profile, place, segment).prefix(16))
  }

  private static func digest(_ parts: String...) -> [UInt8] {
    SHA256.hash(Array(parts.joined(separator: "\u{1f}").utf8))
  }
}
