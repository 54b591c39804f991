import Contracts
import Testing

/// The data steward's list, from the entries of the map as any reader gets them.
@Suite struct StewardListTests {
  private let ann = Identifier("customer", "ann")
  private let bob = Identifier("customer", "bob")
  private let tablet = Identifier("cookie", "tablet")

  private func entry(
    _ identifier: Identifier, version: Int64 = 0, last: Int64, conflicts: [PossibleConflict]? = nil,
    partings: [Parting]? = nil, claims: [RememberedClaim]? = nil
  ) -> IdentityMapEntry {
    IdentityMapEntry(
      identifier: identifier, profile: "p", version: version, judged: [],
      verdict: Verdict(claim: "e", isAccepted: true, reason: "linked", atMs: 1), lastClaim: last, claims: claims,
      partings: partings, conflicts: conflicts)
  }

  private func conflict(_ with: Identifier, _ number: Int64, left: StewardWord? = nil) -> PossibleConflict {
    PossibleConflict(
      with: with,
      evidence: [
        ConflictEvidence(
          number: number, claim: "e\(number)", source: "s", atMs: number, identifiers: [with],
          reason: "belongs-to-another-person")
      ], left: left)
  }

  private func word(_ command: String, _ number: Int64) -> StewardWord {
    StewardWord(command: command, number: number, by: "bea", reason: "r", atMs: number)
  }

  private func told(_ entries: IdentityMapEntry..., max: Int = 5_000) throws -> StewardList {
    var list = StewardList(identifiersMax: max)
    for entry in entries { try list.take(key: Array(entry.identifier.key.utf8), value: entry.json) }
    return list
  }

  @Test func theLatestEntryOfAnIdentifierCountsAndTheLatestEvidenceComesFirst() throws {
    let list = try told(
      entry(tablet, last: 2, conflicts: [conflict(ann, 1), conflict(bob, 2)]), entry(ann, last: 5),
      entry(bob, last: 4, conflicts: [conflict(ann, 4)]))
    #expect(list.cases.map { $0.conflict.evidence[0].claim } == ["e4", "e2", "e1"])
    let after = try told(
      entry(tablet, last: 2, conflicts: [conflict(ann, 1)]), entry(tablet, last: 3),
      // Said once more, late.
      entry(bob, version: 1, last: 6), entry(bob, last: 5, conflicts: [conflict(ann, 5)]))
    #expect(after.cases.map(\.identifier) == [bob])
    var gone = try told(entry(tablet, last: 2, conflicts: [conflict(ann, 1)]))
    let revision = gone.revision
    try gone.take(key: Array(tablet.key.utf8), value: entry(tablet, last: 1, conflicts: [conflict(bob, 1)]).json)
    #expect(gone.cases.map(\.conflict.with) == [ann] && gone.revision == revision)
    try gone.take(key: Array(tablet.key.utf8), value: nil)
    #expect(gone.cases.isEmpty && gone.revision > revision)
  }

  @Test func whatIsLeftIsNoCaseUntilThereIsMoreEvidence() throws {
    let left = try told(entry(tablet, last: 3, conflicts: [conflict(ann, 2, left: word("w", 3))]))
    #expect(left.cases.isEmpty && left.decisions.map(\.kind) == [.leave])
    let more = try told(entry(tablet, last: 4, conflicts: [conflict(ann, 4, left: word("w", 3))]))
    #expect(more.cases.count == 1 && more.decisions.isEmpty)
  }

  @Test func ofTwoTheLastWordIsToldOnce() throws {
    let joined = RememberedClaim(number: 2, identifiers: [ann, bob], steward: word("w2", 2))
    func parted(_ other: Identifier) -> Parting {
      Parting(identifier: other, command: "w3", by: "bea", reason: "r", atMs: 3, apart: true)
    }
    let list = try told(
      entry(ann, last: 3, partings: [parted(bob)], claims: [joined]),
      entry(bob, last: 3, partings: [parted(ann)], claims: [joined]),
      entry(
        tablet, last: 5,
        partings: [Parting(identifier: ann, command: "w5", by: "bea", reason: "r", atMs: 5)]))
    #expect(list.decisions.map(\.kind) == [.split, .notSamePerson])
    #expect(list.decisions.map(\.command) == ["w5", "w3"] && list.decisions[0].with == ann)
    let one = try told(entry(ann, last: 2, claims: [joined]), entry(bob, last: 2, claims: [joined]))
    #expect(one.decisions.map(\.kind) == [.samePerson] && one.decisions[0].by == "bea")
  }

  @Test func itsMemoryIsBoundedAndTheLatestStay() throws {
    var list = StewardList(identifiersMax: 3)
    for number in 1...10 as ClosedRange<Int64> {
      let entry = entry(Identifier("cookie", "\(number)"), last: number, conflicts: [conflict(ann, number)])
      try list.take(key: Array(entry.identifier.key.utf8), value: entry.json)
    }
    #expect(list.cases.map(\.identifier.value) == ["10", "9", "8"] && list.forgotten == 7)
  }
}
