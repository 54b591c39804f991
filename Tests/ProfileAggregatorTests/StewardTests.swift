import Contracts
import ProfileAggregatorCore
import Testing

/// What becomes of two identifiers when a data steward says whether they are one person's.
struct StewardTests {
  private let ann = Identifier("customer", "42")
  private let anna = Identifier("customer", "43")
  private let bob = Identifier("customer", "44")
  private let tablet = Identifier("cookie", "tablet")

  private func verdict(_ entries: [IdentityMapEntry], _ identifier: Identifier) -> String? {
    entries.first { $0.identifier == identifier }.map {
      "\($0.verdict.isAccepted ? "yes" : "no"): \($0.verdict.reason)"
    }
  }

  // MARK: The same person

  @Test func twoPersonsBecomeOneOnlyOnHisWord() throws {
    var court = Court()
    court.claim(ann, cookie)
    court.claim(anna, login)
    #expect(verdict(court.claim(ann, anna), anna) == "no: two-persons")
    let entries = try court.decide(.samePerson, anna, ann)
    #expect(Set([ann, anna, cookie, login].map(court.profile)) == [mint.profile(ann)])
    #expect(entries.map(\.identifier).suffix(1) == [anna])
    #expect(verdict(entries, anna) == "yes: same-person" && verdict(entries, login) == "yes: same-person")
    #expect(entries.allSatisfy { $0.verdict.claim == "word-4" })
    let word = try #require(court.index[ann]?.claims?.last?.steward)
    #expect(
      word
        == StewardWord(
          command: "word-4", number: 4, by: "ann", reason: "has looked at both", atMs: startMs + 4))
    #expect(court.index[anna]?.claims?.last?.steward == word)
  }

  @Test func itHasItsPlaceInTheOrderOfTheClaims() throws {
    // Before it a login of Anna's is another's; after it, it is hers too.
    var before = Court()
    before.claim(anna, login)
    #expect(verdict(before.claim(ann, login), login) == "no: belongs-to-another-person")
    var after = Court()
    after.claim(anna, login)
    try after.decide(.samePerson, anna, ann)
    #expect(verdict(after.claim(ann, login), login) == "yes: already-linked")
    // A third stays a third.
    #expect(verdict(after.claim(bob, login), login) == "no: belongs-to-another-person")
  }

  @Test func splitItIsAsIfItHadNeverBeenSaid() throws {
    var court = Court()
    court.claim(ann, cookie)
    court.claim(anna, login)
    try court.decide(.samePerson, ann, anna)
    court.claim(anna, tablet)
    let entries = try court.split(anna, from: ann)
    #expect([anna, login, tablet].allSatisfy { court.profile($0) == mint.profile(anna) })
    #expect([ann, cookie].allSatisfy { court.profile($0) == mint.profile(ann) })
    #expect(verdict(entries, anna) == "yes: split")
  }

  @Test func aWordOnTwoWhomASplitHasPartedTakesThatBack() throws {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(tablet, cookie)
    try court.split(tablet, from: ann)
    #expect(verdict(court.claim(ann, tablet), tablet) == "no: split-by-steward")
    let entries = try court.decide(.samePerson, tablet, ann)
    #expect([ann, tablet, cookie].allSatisfy { court.profile($0) == mint.profile(ann) })
    #expect(court.index[ann]?.partings == nil && court.index[tablet]?.partings == nil)
    #expect(verdict(entries, tablet) == "yes: same-person" && verdict(entries, cookie) == "yes: same-person")
    try court.split(tablet, from: ann)
    #expect(court.profile(cookie) == mint.profile(tablet))
  }

  @Test func ofWhomNobodyHasSpokenOnlyTheWordIsRemembered() throws {
    var court = Court()
    try court.decide(.samePerson, ann, anna)
    #expect([ann, anna].allSatisfy { court.index[$0]?.claims?.map(\.steward?.command) == ["word-1"] })
    try court.decide(.notSamePerson, tablet, bob)
    #expect([tablet, bob].allSatisfy { court.index[$0]?.claims == [] })
  }

  @Test func whoIsOnePersonAlreadyStaysSoWhenAnotherLinkIsSplit() throws {
    var court = Court()
    court.claim(ann, tablet)
    #expect(verdict(try court.decide(.samePerson, ann, tablet), ann) == "yes: already-linked")
    #expect(verdict(try court.decide(.samePerson, ann, tablet), ann) == "yes: already-linked")
    #expect(court.index[tablet]?.claims?.filter { $0.steward != nil }.count == 1)
  }

  @Test func theBoundHoldsForHimTooAndNothingIsHalfDone() throws {
    var court = Court()
    for number in 0..<40 { court.claim(ann, Identifier("cookie", "a\(number)")) }
    for number in 0..<40 { court.claim(anna, Identifier("cookie", "b\(number)")) }
    let before = court.index[ann]
    let entries = try court.decide(.samePerson, anna, ann)
    #expect(entries.count == 1 && verdict(entries, anna) == "no: too-many-identifiers")
    #expect(!court.areTogether(ann, anna) && court.index[ann] == before)
    #expect(court.index[anna]?.claims?.contains { $0.steward != nil } == false)
    // Nor where it would take back that they are two.
    try court.decide(.notSamePerson, anna, ann)
    #expect(verdict(try court.decide(.samePerson, anna, ann), anna) == "no: too-many-identifiers")
    #expect(court.index[anna]?.partings?.count == 1)
  }

  @Test func ofAContactIdentifierNobodyIsMade() throws {
    var court = Court()
    for type in [StewardCommandType.samePerson, .notSamePerson] {
      #expect(verdict(try court.decide(type, ann, phone), ann) == "no: contact-identifiers-never-merge")
    }
  }

  // MARK: Not the same person

  @Test func theTwoPartAndNoClaimOfOthersJoinsThem() throws {
    var court = Court()
    court.claim(ann, tablet)
    let entries = try court.decide(.notSamePerson, tablet, ann)
    #expect(court.profile(tablet) == mint.profile(tablet))
    #expect(verdict(entries, tablet) == "yes: not-same-person" && entries.last?.identifier == tablet)
    #expect(entries.last?.partings?.map(\.apart) == [true])
    // After a split this joins them again.
    court.claim(cookie, tablet)
    #expect(verdict(court.claim(ann, cookie), cookie) == "no: kept-apart-by-steward")
    #expect(!court.areTogether(ann, tablet) && court.areTogether(cookie, tablet))
    #expect(verdict(court.claim(ann, tablet), tablet) == "no: split-by-steward")
  }

  @Test func whatJoinsThemByAnotherWayIsUndoneToo() throws {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(tablet, cookie)
    court.claim(ann, cookie)
    #expect(try court.split(tablet, from: ann).last?.verdict.reason == "split-still-linked-by-others")
    let entries = try court.decide(.notSamePerson, tablet, ann)
    #expect(!court.areTogether(tablet, ann) && court.areTogether(tablet, cookie))
    #expect(verdict(entries, tablet) == "yes: not-same-person" && verdict(entries, cookie) == "yes: not-same-person")
    #expect(court.index[ann]?.partings?.count == 1)
  }

  @Test func itCanBeSaidBeforeAnybodyHasNamedThem() throws {
    var court = Court()
    try court.decide(.notSamePerson, tablet, ann)
    #expect(court.index[tablet]?.version == 0 && court.index[tablet]?.firstClaim == nil)
    court.claim(ann, tablet)
    court.claim(cookie, tablet)
    court.claim(ann, cookie)
    #expect(!court.areTogether(ann, tablet))
    #expect(verdict(try court.decide(.notSamePerson, ann, tablet), ann) == "no: already-not-same-person")
    #expect(verdict(try court.split(ann, from: tablet), ann) == "no: already-split")
  }

  @Test func theLastWordOnTwoHolds() throws {
    var court = Court()
    court.claim(ann, login)
    try court.decide(.samePerson, ann, anna)
    try court.decide(.notSamePerson, ann, anna)
    #expect(!court.areTogether(ann, anna))
    try court.decide(.samePerson, ann, anna)
    #expect(court.areTogether(ann, anna) && court.index[ann]?.partings == nil)
  }

  @Test func oneWordThatWouldTakeBackAnotherIsRefused() throws {
    var court = Court()
    court.claim(ann, login)
    try court.decide(.notSamePerson, login, anna)
    // Ann's login is not Anna's, so Ann isn't Anna.
    let entries = try court.decide(.samePerson, ann, anna)
    #expect(verdict(entries, ann) == "no: kept-apart-by-steward" && !court.areTogether(ann, anna))
  }

  @Test func whatMakesNoSenseIsRefusedWithTheField() throws {
    var court = Court()
    court.claim(ann, tablet)
    let cases: [(StewardCommand, String, String)] = [
      (StewardCommand(identifier: ann, by: "a", reason: "b"), "schema", "with"),
      (StewardCommand(identifier: ann, from: tablet, with: tablet, by: "a", reason: "b"), "schema", "from"),
      (StewardCommand(identifier: ann, with: ann, by: "a", reason: "b"), "identity", "with"),
      (
        StewardCommand(identifier: Identifier("shoe", "1"), with: ann, by: "a", reason: "b"), "identity",
        "identifier.namespace"
      ),
      (
        StewardCommand(identifier: ann, with: Identifier("customer", ""), by: "a", reason: "b"), "identity",
        "with.value"
      ),
    ]
    for type in [StewardCommandType.samePerson, .notSamePerson, .leave] {
      for (command, stage, field) in cases {
        let refusal = #expect(throws: Refusal.self) {
          try court.judge.decide(type, command, id: "x", atMs: startMs, number: 2, &court.index)
        }
        #expect(refusal?.stage == stage && refusal?.field == field, "\(type) \(command)")
      }
    }
    let split = StewardCommand(identifier: ann, with: tablet, by: "a", reason: "b")
    let refusal = #expect(throws: Refusal.self) {
      try court.judge.decide(.split, split, id: "x", atMs: startMs, number: 2, &court.index)
    }
    #expect(refusal?.field == "with")
    #expect(court.areTogether(ann, tablet))
  }
}
