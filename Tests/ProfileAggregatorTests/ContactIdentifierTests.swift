import Contracts
import ProfileAggregatorCore
import Testing

/// Telephone numbers and addresses: they join nobody, and find the only one who has them.
struct ContactIdentifierTests {
  private let ann = Identifier("customer", "ann")
  private let bob = Identifier("customer", "bob")
  private let address = Identifier("address", "Main Street 1")

  private func verdict(_ entries: [IdentityMapEntry], _ identifier: Identifier) -> String? {
    entries.first { $0.identifier == identifier }.map {
      "\($0.verdict.isAccepted ? "yes" : "no"): \($0.verdict.reason)"
    }
  }

  @Test func contactIdentifiersNeverMergeAndFindTheOnlyOneWhoHasThem() {
    var court = Court()
    let entries = court.claim(ann, phone, cookie)
    #expect(verdict(entries, phone) == "yes: only-one-has-it" && entries.count == 3)
    #expect(court.profile(phone) == mint.profile(ann) && court.index[phone]?.version == 1)
    let others = court.claim(bob, phone)
    #expect(verdict(others, phone) == "no: several-have-it")
    #expect(verdict(others, bob) == "no: contact-identifiers-never-merge")
    #expect(court.profile(phone) == mint.profile(phone) && court.index[phone]?.version == 2)
    #expect(court.profile(ann) == mint.profile(ann) && court.profile(bob) == mint.profile(bob))
    // Where nobody is named with it, nobody has it.
    #expect(
      verdict(court.claim(address, Identifier("email", "x@example.org")), address)
        == "no: contact-identifiers-never-merge")
    #expect(court.profile(address) == mint.profile(address))
  }

  @Test func twoWhoHaveItAndTurnOutToBeOneAreFoundAgain() {
    var court = Court()
    court.claim(cookie, phone)
    #expect(court.profile(phone) == mint.profile(cookie))
    court.claim(ann, phone)
    #expect(court.profile(phone) == mint.profile(phone))
    let entries = court.claim(ann, cookie)
    #expect(court.profile(phone) == mint.profile(ann))
    #expect(verdict(entries, phone) == "yes: only-one-has-it")
    #expect(entries.first { $0.identifier == phone }?.verdict.claim == "e3")
  }

  @Test func itFollowsWhoHasIt() {
    var court = Court()
    court.claim(login, phone)
    court.claim(ann, login)
    #expect(court.profile(phone) == mint.profile(ann) && court.index[phone]?.version == 2)
    // It is no member: it counts for nothing when profiles are joined.
    #expect(Set(court.index.members(of: mint.profile(ann)).map(\.identifier)) == [ann, login])
  }

  @Test func aSplitTakesItAlongAsIfTheLinkHadNeverBeenMade() throws {
    var court = Court()
    court.claim(login, phone)
    court.claim(ann, phone)
    court.claim(ann, login)
    #expect(court.profile(phone) == mint.profile(ann))
    try court.split(login, from: ann)
    #expect(court.profile(phone) == mint.profile(phone))
    #expect(verdict(court.said, phone) != nil && court.index[phone]?.verdict.reason == "several-have-it")
  }

  @Test func aStewardMaySayThatItIsNotHis() throws {
    var court = Court()
    court.claim(ann, phone)
    court.claim(bob, phone)
    let entries = try court.split(phone, from: bob)
    #expect(verdict(entries, phone) == "yes: split" && entries.last?.identifier == phone)
    #expect(court.profile(phone) == mint.profile(ann))
    // Nor does his next claim give it to him.
    court.claim(bob, phone)
    #expect(court.profile(phone) == mint.profile(ann))
    try court.split(phone)
    #expect(court.profile(phone) == mint.profile(phone))
    // It was a mistake.
    #expect(verdict(try court.decide(.samePerson, phone, ann), phone) == "yes: same-person")
    #expect(court.profile(phone) == mint.profile(ann) && court.index[ann]?.partings == nil)
    // That she has it he can't say: that is for claims.
    #expect(verdict(try court.decide(.samePerson, phone, ann), phone) == "no: contact-identifiers-never-merge")
  }

  @Test func whoHasItOnASharedDeviceIsWhoseThatWasThen() {
    var court = Court()
    court.claim([ann, cookie], atMs: startMs + 100)
    court.claim([bob, cookie], atMs: startMs + 200)
    court.claim([cookie, phone], atMs: startMs + 300)
    court.claim([cookie, address], atMs: startMs + 150)
    #expect(court.profile(phone) == mint.profile(bob) && court.profile(address) == mint.profile(ann))
    court.claim([ann, cookie], atMs: startMs + 400)
    #expect(court.profile(phone) == mint.profile(bob))
  }

  @Test func howManyOnePersonHasAndHowManyHaveOneIsBounded() throws {
    var court = Court()
    for number in 0..<20 { court.claim(ann, Identifier("phone", "\(number)")) }
    #expect(court.profile(Identifier("phone", "15")) == mint.profile(ann))
    #expect(court.index[Identifier("phone", "16")]?.verdict.reason == "too-many-identifiers")
    #expect(court.profile(Identifier("phone", "16")) == mint.profile(Identifier("phone", "16")))
    for number in 0..<100 { court.claim(Identifier("cookie", "n\(number)"), phone) }
    #expect(court.index[phone]?.carriers?.count == ContactCarrier.countMax)
    // Though one has it whoever of them is known: others that have it are not.
    for number in 0..<63 { court.claim(bob, Identifier("cookie", "n\(number)")) }
    try court.split(phone, from: Identifier("cookie", "n63"))
    #expect(court.profile(phone) == mint.profile(phone))
    #expect(verdict(court.claim(bob, phone), phone) == "no: several-have-it")
  }

  @Test func ofADeviceThatIsNamedWithItOverAndOverOneTimeOfEachIsKept() {
    var court = Court()
    court.claim(ann, cookie)
    for _ in 0..<20 { court.claim(cookie, phone) }
    #expect(court.index[phone]?.carriers?.count == ContactCarrier.timesMax)
    #expect(court.profile(phone) == mint.profile(ann))
    court.claim(bob, cookie)
    #expect(verdict(court.claim(cookie, phone), phone) == "no: several-have-it")
    #expect(court.index[phone]?.carriers?.count == ContactCarrier.timesMax)
  }

  @Test func theClaimsOfAllWhoHadADeviceInBetweenStayWithThem() throws {
    var court = Court()
    let carl = Identifier("customer", "carl")
    court.claim(ann, cookie)
    court.claim(bob, cookie)
    court.claim(ann, cookie)
    court.claim(cookie, phone)
    court.claim(bob, cookie)
    court.claim(ann, cookie)
    #expect(court.profile(phone) == mint.profile(ann))
    // Judged again, it is still she who was logged in when the number was said.
    court.claim(carl, cookie)
    try court.split(cookie, from: carl)
    #expect(court.profile(phone) == mint.profile(ann))
    // And without her it is his who was logged in before.
    try court.split(cookie, from: ann)
    #expect(court.profile(phone) == mint.profile(bob))
  }

  /// Else it would find the next one, with all that the first one has done under it.
  @Test func whoWasNamedWithItBeforeThatWasNotedHasItToo() {
    var court = Court()
    court.index.take(
      IdentityMapEntry(
        identifier: phone, profile: mint.profile(phone), version: 0, judged: [ann],
        verdict: Verdict(claim: "old", isAccepted: false, reason: "contact-identifiers-never-merge", atMs: startMs),
        firstClaim: 0, lastClaim: 0))
    #expect(verdict(court.claim(bob, phone), phone) == "no: several-have-it")
    #expect(court.profile(phone) == mint.profile(phone))
    court.claim(ann, address)
    #expect(court.profile(address) == mint.profile(ann))
  }

  @Test func whatNobodysDeviceCarriesIsNobodys() {
    var court = Court()
    for number in 0...DeviceGeneration.personsMax { court.claim(Identifier("customer", "\(number)"), cookie) }
    let entries = court.claim(cookie, phone)
    #expect(court.index[cookie]?.isNobodys == true)
    #expect(verdict(entries, phone) == "no: contact-identifiers-never-merge")
    #expect(court.profile(phone) == mint.profile(phone))
  }

  // MARK: Through all three processors

  @Test func whoIsNamedWithItOnADeviceThatWasAnothersHasItToo() throws {
    let suite = try Suite()
    try suite.send(
      Event("e1", .identityAsserted, by: [ann, cookie]), Event("e2", .pageViewed, at: 1_000, by: [cookie, phone]))
    #expect(CustomerView(try #require(suite.profile(of: ann)).profile).identifiers.contains(phone))
    try suite.send(Event("e3", .identityAsserted, at: 2_000, by: [bob, cookie]))
    #expect(CustomerView(try #require(suite.profile(of: ann)).profile).identifiers.contains(phone))
    try suite.send(Event("e4", .pageViewed, at: 3_000, by: [cookie, phone]))
    for person in [ann, bob] {
      #expect(!CustomerView(try #require(suite.profile(of: person)).profile).identifiers.contains(phone))
    }
    // It isn't claimed over and over.
    let claims = suite.driver.records(of: Topics.identityClaims).count
    try suite.send(Event("e5", .pageViewed, at: 4_000, by: [cookie, phone]))
    #expect(suite.driver.records(of: Topics.identityClaims).count == claims)
  }

  @Test func aCallFromANumberThatOnlyOneHasIsHis() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .identityAsserted, by: [ann, phone]))
    try suite.send(
      Event("e2", .contactStarted, at: 1_000, by: [phone], contact: "k1").with { $0.channel = "call" },
      Event("e3", .questionAsked, at: 2_000, by: [phone], contact: "k1").with {
        $0.channel = "call"
        $0.text = "Where is my card?"
      })
    let view = CustomerView(try #require(suite.profile(of: ann)).profile)
    #expect(view.identifiers == [ann, phone] && view.contact("k1")?.contact.channel == "call")
    #expect(suite.profile(of: phone) == nil)
    // A second one has it too: what was done under it is neither's.
    try suite.send(Event("e4", .identityAsserted, at: 3_000, by: [bob, phone]))
    #expect(CustomerView(try #require(suite.profile(of: ann)).profile).identifiers == [ann])
    #expect(CustomerView(try #require(suite.profile(of: bob)).profile).identifiers == [bob])
    let own = CustomerView(try #require(suite.profile(of: phone)).profile)
    #expect(own.contact("k1") != nil && own.count("question.asked") == 1)
    // It was the same person after all: a login and a number.
    try suite.send(Event("e5", .identityAsserted, at: 4_000, by: [Identifier("loyalty", "b"), phone]))
    #expect(suite.profile(of: phone) != nil)
  }
}
