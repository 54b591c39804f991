import Contracts
import ProfileAggregatorCore
import Testing

/// What becomes of identifiers when a data steward says that a link is wrong.
struct SplitTests {
  private let ann = Identifier("customer", "42")
  private let bob = Identifier("customer", "43")
  private let tablet = Identifier("cookie", "tablet")
  private let phoneApp = Identifier("device", "app")

  private func verdict(_ entries: [IdentityMapEntry], _ identifier: Identifier) -> String? {
    entries.first { $0.identifier == identifier }.map {
      "\($0.verdict.isAccepted ? "yes" : "no"): \($0.verdict.reason)"
    }
  }

  @Test func theIdentifierGoesBackToItsOwnProfile() throws {
    var court = Court()
    court.claim(ann, tablet)
    let entries = try court.split(tablet, from: ann)
    #expect(court.profile(tablet) == mint.profile(tablet) && court.profile(ann) == mint.profile(ann))
    #expect(entries.map(\.identifier) == [ann, tablet])
    #expect(entries.map(\.version) == [0, 2])
    #expect(entries.allSatisfy { $0.verdict.isAccepted && $0.verdict.reason == "split" })
    #expect(entries.allSatisfy { $0.verdict.claim == "split-2" })
    let parting = try #require(entries[1].partings?.first)
    #expect(parting.identifier == ann && parting.by == "ann" && parting.reason == "not the same person")
    #expect(entries[0].partings?.map(\.identifier) == [tablet])
  }

  @Test func aLaterClaimOfTheTwoIsRefused() throws {
    var court = Court()
    court.claim(ann, tablet)
    try court.split(tablet)
    let entries = court.claim(ann, login, tablet)
    #expect(verdict(entries, tablet) == "no: split-by-steward")
    #expect(!court.areTogether(ann, tablet))
    // Of the others it speaks as ever.
    #expect(verdict(entries, login) == "yes: linked" && court.areTogether(ann, login))
    #expect(verdict(court.claim(tablet, ann), ann) == "no: split-by-steward")
  }

  @Test func whoWasJoinedOnlyThroughItPartsWithIt() throws {
    var court = Court()
    court.claim(tablet, cookie)
    court.claim(ann, tablet)
    court.claim(ann, login)
    let entries = try court.split(tablet, from: ann)
    #expect(Set(entries.map(\.identifier)) == [ann, tablet, cookie])
    #expect(court.areTogether(tablet, cookie) && !court.areTogether(ann, cookie) && court.areTogether(ann, login))
    // Of two that are equally strong the earliest claimed, as it was before.
    #expect(court.profile(cookie) == mint.profile(tablet))
    #expect(entries.last?.identifier == tablet)
    // The login was not touched.
    #expect(court.index[login]?.version == 1 && court.index[login]?.verdict.reason == "linked")
  }

  @Test func aClaimThatWasRefusedBecauseOfTheWrongLinkIsAccepted() throws {
    var court = Court()
    court.claim(ann, login)
    #expect(verdict(court.claim(bob, login), login) == "no: belongs-to-another-person")
    let entries = try court.split(login, from: ann)
    #expect(court.profile(login) == mint.profile(bob))
    #expect(verdict(entries, login) == "yes: split")
    #expect(entries.last?.version == 2)
  }

  @Test func whatFollowedFromARefusalIsJudgedAgainToo() throws {
    var court = Court()
    let dora = Identifier("login", "dora@example.org")
    // The app is another's for Bob only because it had been seen on the tablet; for Dora it would be in either world.
    court.claim(ann, tablet)
    court.claim(tablet, phoneApp)
    #expect(verdict(court.claim(bob, phoneApp), phoneApp) == "yes: shared-device")
    court.claim(dora, phoneApp)
    #expect(court.profile(phoneApp) == mint.profile(dora))
    try court.split(tablet, from: ann)
    #expect(court.profile(tablet) == mint.profile(bob) && court.profile(phoneApp) == mint.profile(dora))
    #expect(court.profiles(phoneApp) == [mint.profile(bob), mint.profile(bob), mint.profile(dora)])
  }

  @Test func whoLosesHisPlaceByItMayJoinAThird() throws {
    var court = Court()
    let carl = Identifier("customer", "44")
    let card = Identifier("loyalty", "L1")
    let second = Identifier("loyalty", "L2")
    court.claim(ann, card)
    court.claim(bob, card)
    court.claim(bob, second)
    #expect(verdict(court.claim(carl, second), second) == "no: two-persons")
    // The first card was Bob's before the second was: so that was never his, and is Carl's, whom nobody has named with Ann.
    try court.split(card, from: ann)
    #expect(court.profile(card) == mint.profile(bob))
    #expect(court.profile(second) == mint.profile(carl))
  }

  @Test func withoutSayingFromWhomItPartsFromAllThatAClaimHasJoinedItTo() throws {
    var court = Court()
    court.claim(ann, login, tablet)
    court.claim(login, tablet)
    court.claim(tablet, cookie)
    let entries = try court.split(tablet)
    #expect(court.profile(tablet) == mint.profile(tablet) && court.profile(cookie) == mint.profile(cookie))
    #expect(court.areTogether(ann, login))
    #expect(Set(entries.last?.partings?.map(\.identifier) ?? []) == [ann, login, cookie])
  }

  @Test func whatOtherClaimsJoinStaysJoinedAndTheVerdictSaysSo() throws {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(ann, login)
    court.claim(login, tablet)
    let entries = try court.split(tablet, from: ann)
    #expect(court.areTogether(ann, tablet))
    #expect(verdict(entries, tablet) == "yes: split-still-linked-by-others")
    #expect(entries.last?.version == 1)
    try court.split(tablet, from: login)
    #expect(court.profile(tablet) == mint.profile(tablet))
  }

  @Test func anotherLinkMayJoinThemAgainAndBeSplitAgain() throws {
    var court = Court()
    court.claim(ann, tablet)
    try court.split(tablet, from: ann)
    court.claim(cookie, tablet)
    court.claim(ann, cookie)
    #expect(court.profile(tablet) == mint.profile(ann))
    #expect(court.index[tablet]?.version == 4)
    try court.split(cookie, from: ann)
    #expect(court.areTogether(cookie, tablet) && !court.areTogether(ann, tablet))
  }

  @Test func theEarliestClaimThatIsLeftBreaksTies() throws {
    var court = Court()
    let late = Identifier("cookie", "late")
    court.claim(cookie, tablet)
    court.claim(late, phone)
    court.claim(late, tablet)
    #expect(court.profile(late) == mint.profile(cookie))
    // The first claim on the tablet was the wrong one, so the other cookie was claimed before it.
    try court.split(tablet, from: cookie)
    #expect(court.profile(tablet) == mint.profile(late) && court.profile(cookie) == mint.profile(cookie))
    #expect(court.index[tablet]?.firstClaim == 3)
  }

  @Test func whatCantBeSplitIsRefused() throws {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(bob, login)
    let unknown = #expect(throws: Refusal.self) { try court.split(cookie) }
    #expect(unknown?.stage == "identity" && unknown?.reason == "no claim has named \(cookie)")
    let other = #expect(throws: Refusal.self) { try court.split(tablet, from: cookie) }
    #expect(other?.reason == "no claim has named \(cookie)")
    #expect(throws: Refusal.self) { try court.split(tablet, from: tablet) }
    let entries = try court.split(tablet, from: bob)
    #expect(verdict(entries, tablet) == "no: not-linked" && entries.count == 1)
    #expect(court.areTogether(ann, tablet))
    try court.split(tablet)
    #expect(verdict(try court.split(tablet, from: ann), tablet) == "no: already-split")
    #expect(verdict(try court.split(tablet), tablet) == "no: not-linked")
    #expect(court.index[tablet]?.partings?.count == 1)
  }

  @Test func ofManyTheEarliestClaimsAreRememberedAndWhatHoldsTogetherAlways() throws {
    var court = Court()
    for number in 0..<200 { court.claim(Identifier("login", "n\(number)"), phoneApp) }
    let kept = try #require(court.index[phoneApp]?.claims)
    #expect(kept.map(\.number) == Array(1...128))
    try court.split(phoneApp, from: Identifier("login", "n0"))
    #expect(court.profiles(phoneApp).first == mint.profile(Identifier("login", "n1")))
    #expect(court.profile(phoneApp) == mint.profile(phoneApp, generation: DeviceGeneration.nobodys))

    var family = Court()
    for number in 0..<150 { family.claim(Identifier("customer", "n\(number)"), login) }
    for number in 1..<60 { family.claim(login, Identifier("cookie", "n\(number)")) }
    let claims = try #require(family.index[login]?.claims)
    #expect(claims.count == 128 && claims.suffix(59).map(\.number) == Array(151...209))
  }

  @Test func aClaimThatSaysNothingNewIsNotRemembered() {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(tablet, ann)
    court.claim(ann, login, tablet)
    court.claim(ann, login)
    #expect(court.index[tablet]?.claims?.map(\.number) == [1])
    #expect(court.index[login]?.claims?.map(\.number) == [3, 4])
  }

  /// Entries from before claims were remembered have only the identifiers that were named together.
  @Test func entriesOfAnEarlierVersionAreSplitByWhatTheyHave() throws {
    var court = Court()
    court.claim(tablet, cookie)
    court.claim(ann, tablet)
    court.claim(bob, tablet)
    var old = IdentityIndex()
    for identifier in [ann, bob, tablet, cookie] {
      var entry = try #require(court.index[identifier])
      entry.claims = nil
      old.take(entry)
    }
    court.index = old
    #expect(court.claim(ann, login).count == 2)
    #expect(court.index[ann]?.claims?.map(\.number) == [2, 4])
    try court.split(tablet, from: ann)
    #expect([tablet, cookie].map(court.profile) == [mint.profile(bob), mint.profile(bob)])
    #expect(court.areTogether(ann, login))
  }
}
