import Contracts
import Journeys
import MessageLog
import Streams
import TestKit
import Testing

@Suite("A channel event goes in, a ranked list comes back, an accepted action becomes a lead")
struct JourneyTests {
  let cookie = Identifier("cookie", "jan-laptop")
  let customer = Identifier("customer", "4711")

  private func accept(_ journey: Journey, _ proposition: String, _ identifiers: [Identifier]) throws {
    let list = try #require(try journey.list())
    try journey.say(.nbaAccepted, identifiers) {
      $0.list = list.id
      $0.proposition = proposition
    }
  }

  @Test func aContactGetsTheWholePortfolioRankedByExpectedValue() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [cookie])
    let list = try #require(try journey.list())
    #expect(list.items.map(\.proposition) == ["mortgage", "savings"])
    #expect(list.items.map(\.rank) == [1, 2])
    #expect(list.considered == 3)
    #expect(list.dropped.first { $0.stage == .eligibility }?.count == 1)
    #expect(list.items[0].expectedValueMinor > list.items[1].expectedValueMinor)
    // Of a stranger nothing is known that speaks for one or the other: only what it is worth.
    #expect(list.items.allSatisfy { $0.reasons.isEmpty && $0.evidenceCount == 0 })
    #expect(journey.mint.listing(list.id, contact: "c1")?.version == list.version)
  }

  @Test func theListFollowsThePictureWithinTheContact() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [cookie])
    let first = try #require(try journey.list())
    try journey.say(.customerRecorded, [cookie], contact: nil) { $0.attributes = [NamedValue("age", .number(61))] }
    let second = try #require(try journey.list())
    #expect(second.items.map(\.proposition) == ["mortgage", "pension", "savings"])
    #expect(second.version > first.version)
    try journey.say(.contactEnded, [cookie])
    try journey.say(.pageViewed, [cookie], contact: nil) { $0.page = "/" }
    #expect(try journey.list()?.version == second.version)
  }

  /// Whose the latest list is.
  private func listed(_ journey: Journey) -> String? {
    journey.driver.records(of: Topics.nbaLists).last?.key.map { String(decoding: $0, as: UTF8.self) }
  }

  /// On another's device, in the visit under way: the list is made for who is there now, and never again for the one before.
  @Test func whoLogsInInAVisitGetsHisListInIt() throws {
    let other = Identifier("customer", "4712")
    let journey = try Journey()
    for (person, age) in [(customer, 61.0), (other, 30)] {
      try journey.say(.customerRecorded, [person], contact: nil) { $0.attributes = [NamedValue("age", .number(age))] }
    }
    try journey.say(.identityAsserted, [customer, cookie], contact: nil)
    try journey.say(.contactStarted, [cookie])
    let hers = try #require(try journey.list())
    #expect(listed(journey) == journey.mint.profile(customer))
    #expect(hers.items.map(\.proposition) == ["mortgage", "pension", "savings"])
    try journey.say(.identityAsserted, [other, cookie])
    let his = try #require(try journey.list())
    #expect(listed(journey) == journey.mint.profile(other) && his.version > hers.version)
    #expect(his.items.map(\.proposition) == ["mortgage", "savings"])
    let lists = journey.driver.records(of: Topics.nbaLists).count
    try journey.say(.customerRecorded, [customer], contact: nil) { $0.attributes = [NamedValue("age", .number(40))] }
    #expect(journey.driver.records(of: Topics.nbaLists).count == lists)
    try accept(journey, "savings", [cookie])
    #expect(journey.leads(other).map(\.proposition) == ["savings"] && journey.leads(customer).isEmpty)
  }

  /// The call centre's system knows no more than the number.
  @Test func aCallFromANumberIsHisWhoIsTheOnlyOneThatHasIt() throws {
    let phone = Identifier("phone", "+49301234567")
    let other = Identifier("customer", "4712")
    let journey = try Journey()
    try journey.say(.customerRecorded, [customer, phone], contact: nil) {
      $0.attributes = [NamedValue("age", .number(61))]
    }
    try journey.say(.contactStarted, [phone], contact: "call")
    let list = try #require(try journey.list("call"))
    #expect(listed(journey) == journey.mint.profile(customer))
    #expect(list.items.map(\.proposition) == ["mortgage", "pension", "savings"])
    try journey.say(.nbaAccepted, [phone], contact: "call") {
      $0.list = list.id
      $0.proposition = "pension"
    }
    #expect(journey.leads(customer).map(\.proposition) == ["pension"] && journey.leads(phone).isEmpty)
    #expect(journey.profile(phone) == nil)
    // Once another one has it too nobody knows who called: what was said by the number alone is neither's.
    try journey.say(.identityAsserted, [other, phone], contact: nil)
    #expect(listed(journey) == journey.mint.profile(phone))
    #expect(try journey.list("call")?.items.map(\.proposition).contains("pension") == false)
    #expect(journey.leads(customer).isEmpty && journey.leads(other).isEmpty)
    #expect(journey.leads(phone).map(\.proposition) == ["pension"])
    for person in [customer, other] {
      #expect(journey.profile(person)?.identifiers == [person] && journey.profile(person)?.leads.isEmpty == true)
    }
  }

  @Test func showingAListMakesNoNewOne() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [cookie])
    let list = try #require(try journey.list())
    for rank in 1...2 {
      try journey.say(.nbaPresented, [cookie]) {
        $0.list = list.id
        $0.proposition = list.items[rank - 1].proposition
        $0.rank = Int64(rank)
      }
    }
    #expect(try journey.list()?.version == list.version)
  }

  /// What he has said under any of his identifiers.
  @Test func whoHasRefusedAChannelIsAskedForHisTasksInAnother() throws {
    let journey = try Journey()
    func channels() throws -> [String] {
      try journey.driver.records(of: Topics.contactTasks)
        .map { try JSONCoding.decode(ContactTask.self, from: $0.value ?? []) }.map(\.channel)
    }
    try journey.say(.consentWithdrawn, [customer], contact: nil) { $0.purpose = "phone" }
    try journey.say(.identityAsserted, [customer, cookie], contact: nil)
    try journey.say(.contactStarted, [cookie])
    try accept(journey, "mortgage", [cookie])
    #expect(try channels() == ["web"])
    try journey.say(.consentWithdrawn, [cookie], contact: nil) { $0.purpose = "web" }
    try accept(journey, "savings", [cookie])
    #expect(try channels() == ["web"])
    #expect(journey.leads(customer).map(\.isTaskWithheld) == [nil, true])
    try journey.say(.consentGiven, [customer], contact: nil) { $0.purpose = "phone" }
    #expect(try channels() == ["web", "call-centre"])
    #expect(journey.leads(customer).map(\.isTaskWithheld) == [nil, nil])
    for group in ConsumerGroup.allCases { #expect(journey.deadLetters(group) == []) }
  }

  @Test func anAcceptedActionBecomesALeadThatIsLedToNetRevenue() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [customer, cookie])
    try accept(journey, "mortgage", [customer, cookie])
    #expect(journey.leads(customer).map(\.status) == [.open])
    #expect(journey.profile(customer)?.leads.map(\.proposition) == ["mortgage"])
    #expect(try journey.list()?.items.map(\.proposition) == ["savings"])
    #expect(journey.driver.records(of: Topics.contactTasks).count == 1)
    try journey.say(.formSubmitted, [customer]) { $0.form = "mortgage-form" }
    #expect(journey.leads(customer).map(\.step) == [1])
    try journey.say(.orderPlaced, [customer], contact: nil) {
      $0.order = "o1"
      $0.product = "mortgage"
      $0.amountMinor = 123_400
      $0.currency = "EUR"
    }
    let lead = try #require(journey.leads(customer).first)
    #expect(lead.status == .won)
    #expect(lead.netRevenueMinor == 123_400)
    #expect(journey.profile(customer)?.leads.first?.status == "won")
  }

  @Test func theSameAcceptanceTwiceIsOneLead() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [customer])
    for id in ["a", "a", "b"] {
      let list = try #require(try journey.list())
      try journey.say(.nbaAccepted, [customer], id: id) {
        $0.list = list.id
        $0.proposition = "mortgage"
      }
    }
    #expect(journey.leads(customer).count == 1)
  }

  /// What was done anonymously stays known when the visitor turns out to be a customer: interests, the contact under
  /// way with its list, and the lead that he opened before he said who he is.
  @Test func anAnonymousVisitorWhoLogsInKeepsEverything() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [cookie])
    try journey.say(.pageViewed, [cookie]) {
      $0.page = "/mortgages"
      $0.category = "mortgage"
    }
    try accept(journey, "savings", [cookie])
    let before = try #require(try journey.list())
    #expect(before.items.first?.reasons == ["Looked into this once, last less than a day ago"])
    try journey.say(.identityAsserted, [customer, cookie])
    let view = try #require(journey.profile(customer))
    #expect(Set(view.identifiers.map(\.key)) == [customer.key, cookie.key])
    #expect(view.interests.map(\.category) == ["mortgage"])
    #expect(journey.leads(customer).map(\.proposition) == ["savings"])
    #expect(view.leads.map(\.proposition) == ["savings"])
    #expect(journey.leads(cookie).isEmpty)
    #expect(journey.profile(cookie)?.identifiers.isEmpty ?? true)
    try journey.say(.customerRecorded, [customer], contact: nil) { $0.attributes = [NamedValue("age", .number(70))] }
    let after = try #require(try journey.list())
    #expect(after.version > before.version)
    #expect(after.items.map(\.proposition) == ["mortgage", "pension"])
    // Afterwards the cookie alone is the customer.
    try journey.say(.productViewed, [cookie]) { $0.product = "fund" }
    #expect(journey.profile(customer)?.count("product.viewed") == 1)
  }

  @Test func aContactThatNobodyEndsIsGivenUp() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [cookie])
    try journey.driver.advance(ms: 31 * 60_000)
    #expect(journey.profile(cookie)?.contacts.contains { !$0.isEnded } == false)
  }

  @Test func responsesTeachTheModel() throws {
    let journey = try Journey()
    for n in 1...30 {
      let someone = Identifier("customer", "m\(n)")
      try journey.say(.contactStarted, [someone], contact: "t\(n)")
      let list = try #require(try journey.list("t\(n)"))
      try journey.say(.nbaRejected, [someone], contact: "t\(n)") {
        $0.list = list.id
        $0.proposition = "mortgage"
      }
      try journey.say(.contactEnded, [someone], contact: "t\(n)")
    }
    #expect(journey.driver.records(of: Topics.nbaEvidence).count == 30)
    try journey.say(.contactStarted, [cookie], contact: "after")
    let item = try #require(try journey.list("after")?.items.first { $0.proposition == "mortgage" })
    #expect(item.probability < 0.06)
  }

  @Test func badInputBecomesOneDeadLetterEachAndTheRestGoesOn() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [cookie])
    let list = try #require(try journey.list())
    try journey.say(.nbaAccepted, [cookie]) {
      $0.list = list.id.replacing("0", with: "1")
      $0.proposition = "mortgage"
    }
    try journey.say(.pageViewed, [Identifier("passport", "x")], contact: nil) { $0.page = "/" }
    try journey.say(.pageViewed, [cookie])
    var future = Envelope(id: "future", source: "test", type: EventType.pageViewed.rawValue, timeMs: 4_000_000_000_000)
    future.correlationId = "c1"
    try journey.driver.publish(
      Topics.channelInteractions, key: cookie.key, future,
      Array(#"{"identifiers":[{"namespace":"cookie","value":"jan-laptop"}],"channel":"web","page":"/"}"#.utf8))
    try journey.driver.settle()
    #expect(journey.deadLetters(.facets).count == 4)
    #expect(journey.leads(cookie).isEmpty)
    try journey.say(.pageViewed, [cookie]) { $0.page = "/" }
    #expect(journey.profile(cookie)?.count("page.viewed") == 1)
  }
}
