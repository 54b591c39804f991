import Contracts
import MessageLog
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// The three processors together, on a log in memory.
struct JourneyTests {
  @Test func anEventBecomesAProfileThatShowsIt() throws {
    let suite = try Suite()
    var started = Event("e1", .contactStarted, by: [cookie], contact: "k1").with {
      $0.placement = "home"
      $0.intent = "question"
      $0.context = [NamedValue("vip", .bool(true))]
    }
    started.replyTo = "web-1"
    try suite.send(
      started,
      Event("e2", .pageViewed, at: 1_000, by: [cookie], contact: "k1").with { $0.category = "mortgage" },
      Event("e3", .nbaPresented, at: 2_000, by: [cookie], contact: "k1").responding(to: "home-loan"),
      Event("e4", .nbaAccepted, at: 3_000, by: [cookie], contact: "k1").responding(to: "home-loan"),
      Event("e5", .orderPlaced, at: 4_000, by: [cookie]))

    let view = CustomerView(try #require(suite.profile(of: cookie)).profile)
    #expect(view.identifiers == [cookie])
    #expect(view.firstSeenMs == startMs && view.lastSeenMs == startMs + 4_000)
    #expect(view.count("page.viewed", channel: "web") == 1)
    #expect(view.interest("mortgage")?.count == 1)
    #expect(view.offers.first?.accepted == 1 && view.offers.first?.presented == 1)
    #expect(view.orders == [OrderTotal(currency: "EUR", count: 1, amountMinor: 1_000, lastMs: startMs + 4_000)])
    let contact = try #require(view.contact("k1")?.contact)
    #expect(contact.endedMs == nil && contact.lastMs == startMs + 3_000)
    #expect(contact.placement == "home" && contact.intent == "question" && contact.replyTo == "web-1")
    #expect(contact.context["vip"] == .bool(true))
    #expect(contact.responses.map(\.outcome) == [.accepted])
  }

  @Test func theTimelineCarriesTheOriginalBytes() throws {
    let suite = try Suite()
    let event = Event("e1", .pageViewed, by: [cookie], contact: "k1")
    let data = Array(#" {"extra":[1,2],"#.utf8) + event.data.dropFirst()
    try suite.driver.publish(Topics.channelInteractions, key: event.key, event.envelope, data)
    try suite.driver.settle()
    let record = try #require(suite.driver.records(of: Topics.profileTimeline).first)
    #expect(record.value == data)
    #expect(record.key == Array(mint.profile(cookie).utf8))
    let envelope = try Envelope(record.headers)
    #expect(envelope.id == "e1" && envelope.source == "test/web" && envelope.type == EventType.pageViewed.rawValue)
    #expect(envelope.correlationId == "k1")
    #expect(envelope.facet == FacetReference(facet: "cookie:c1#0", version: 0, seq: 1))
  }

  @Test func theKnownCustomerKeepsEverythingDoneAnonymously() throws {
    let suite = try Suite()
    try suite.send(
      Event("e1", .contactStarted, by: [cookie], contact: "k1"),
      Event("e2", .pageViewed, at: 1_000, by: [cookie], contact: "k1").with { $0.category = "savings" },
      Event("e3", .nbaRejected, at: 2_000, by: [cookie], contact: "k1").responding(to: "card"),
      Event("e4", .customerRecorded, at: -9_000_000, by: [customer]))
    try suite.send(Event("e5", .pageViewed, at: 3_000, by: [customer, cookie], contact: "k1"))

    #expect(suite.profile(of: cookie) == nil)
    let record = try #require(suite.profile(of: customer))
    let view = CustomerView(record.profile)
    #expect(Set(view.identifiers) == [customer, cookie])
    #expect(view.firstSeenMs == startMs - 9_000_000)
    #expect(view.interest("savings")?.count == 1)
    #expect(view.offers.first?.rejected == 1)
    #expect(view.attribute("age") == .number(41))
    #expect(view.contacts.map(\.id) == ["k1"])
    #expect(view.contact("k1")?.facet == "cookie:c1#0")
    #expect(view.contact("k1")?.contact.lastMs == startMs + 3_000)
    // The cookie goes on, and its events arrive at the customer.
    try suite.send(Event("e6", .pageViewed, at: 4_000, by: [cookie], contact: "k1"))
    #expect(suite.profiles.count == 1)
    #expect(CustomerView(try #require(suite.profile(of: customer)).profile).count("page.viewed") == 3)
  }

  @Test func aContactThatChangesHandsEndsForBoth() throws {
    let suite = try Suite()
    try suite.send(
      Event("e1", .contactStarted, by: [cookie], contact: "k1"),
      Event("e2", .contactEnded, at: 1_000, by: [customer, cookie], contact: "k1"))
    let view = CustomerView(try #require(suite.profile(of: customer)).profile)
    #expect(view.contact("k1")?.isEnded == true)
    #expect(view.contact("k1")?.contact.endReason == "ended")
  }

  @Test func aSilentContactIsGivenUpAndComesBackWithItsNextEvent() throws {
    let suite = try Suite(contactIdleMs: 600_000, partitions: 1)
    try suite.send(
      Event("e1", .contactStarted, by: [cookie], contact: "k1"),
      Event("e2", .contactStarted, by: [customer, cookie], contact: "k2"))
    #expect(suite.facet(cookie)?.nextDueMs == startMs + 600_000)
    try suite.driver.advance(ms: 600_000)

    let ended = try suite.driver.records(of: Topics.profileTimeline).map { try Envelope($0.headers) }
      .filter { $0.type == EventType.contactEnded.rawValue }
    #expect(Set(ended.map(\.source)) == [aggregatorSource])
    #expect(ended.count == 2)
    #expect(ended.contains { $0.id.hasPrefix("abandoned:k1:cookie:c1#0") })
    // Both facets are one profile's, and one tick told of both.
    var view = CustomerView(try #require(suite.profile(of: customer)).profile)
    #expect(view.contact("k1")?.contact.endReason == "abandoned" && view.contact("k2")?.isEnded == true)
    #expect(view.contact("k1")?.contact.endedMs == startMs + 600_000)
    #expect(view.count("contact.ended") == 0)
    #expect(suite.facet(cookie)?.nextDueMs == nil)

    try suite.send(Event("e3", .pageViewed, at: 601_000, by: [cookie], contact: "k1"))
    view = CustomerView(try #require(suite.profile(of: customer)).profile)
    #expect(view.contact("k1")?.isEnded == false)
    #expect(suite.facet(cookie)?.nextDueMs == startMs + 1_201_000)
    try sameBodies(suite)
  }

  @Test func consentsOfAllIdentifiersAreOneState() throws {
    let suite = try Suite()
    try suite.send(
      Event("e1", .consentGiven, by: [cookie]), Event("e2", .consentWithdrawn, at: 5_000, by: [login]),
      Event("e3", .pageViewed, at: 6_000, by: [login, cookie]))
    let states = suite.driver.records(of: Topics.consentState)
    let last = try #require(states.last { $0.key == Array(mint.profile(login).utf8) }?.value)
    #expect(try ConsentState(json: last).consents == [Consent(purpose: "email", isGiven: false, atMs: startMs + 5_000)])
    // The cookie's own profile is gone, and so is what it had agreed to.
    #expect(states.last { $0.key == Array(mint.profile(cookie).utf8) }?.value == nil)
  }

  /// A form with two boxes sends both at one moment, and a customer's time stands still while a clock is behind it: what
  /// follows are two things all the same, and whoever knows them by their ids takes both.
  @Test(arguments: [0, -1_000]) func consentsThatChangeAtOneMomentHaveIdsOfTheirOwn(ms: Int) throws {
    let suite = try Suite()
    let second = Event("e2", .consentGiven, at: Int64(ms), by: [cookie]).with { $0.purpose = "phone" }
    try suite.send(Event("e1", .consentGiven, by: [cookie]), second)
    let states = suite.driver.records(of: Topics.consentState).filter { $0.headers.string("ce_id") != nil }
    #expect(states.count == 2)
    #expect(Set(states.map { $0.headers.string("ce_id") }).count == 2)
  }

  @Test func aChainOfMovesEndsInTheRightProfileOnce() throws {
    let suite = try Suite()
    let other = Identifier("cookie", "c2")
    // c2 → c1 (earliest claim) → login → customer, with events in flight at each step and nothing settled in between.
    for (number, identifiers) in [[cookie], [other], [cookie, other], [login, cookie], [customer, login]].enumerated() {
      for identifier in [other, cookie, login] {
        try suite.publish(
          Event("x\(number)-\(identifier.key)", .pageViewed, at: Int64(number * 1_000), by: [identifier]))
      }
      try suite.publish(Event("e\(number)", .pageViewed, at: Int64(number * 1_000 + 1), by: identifiers))
      _ = try suite.driver.turn(.facets)
      if number.isMultiple(of: 2) { _ = try suite.driver.turn(.linker) }
    }
    try suite.driver.settle()
    #expect(suite.profiles.keys.sorted() == [mint.profile(customer)])
    let view = CustomerView(try #require(suite.profile(of: customer)).profile)
    #expect(Set(view.identifiers) == [customer, login, cookie, other])
    #expect(view.count("page.viewed") == 20)
    try sameBodies(suite)
  }

  @Test func anOpenLeadShowsInTheProfileUntilItLeaves() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer]))
    let step = #"{"name":"appointment","summary":"","completedBy":{"event":"form.submitted"}}"#
    func lead(_ status: String, step number: Int, at ms: Int64) -> [UInt8] {
      Array(
        """
        {"lead":{"id":"l1","proposition":"home-loan","group":"loans","status":"\(status)","steps":[\(step)],
        "step":\(number),"openedMs":\(startMs),"changedMs":\(startMs + ms),"currency":"EUR","history":[]}}
        """.utf8)
    }
    func say(_ type: LeadEventType, _ data: [UInt8]) throws {
      let envelope = Envelope(id: type.rawValue, source: "trias/lead-manager", type: type.rawValue, timeMs: startMs + 9)
      try suite.driver.publish(Topics.leadEvents, key: mint.profile(customer), envelope, data)
      try suite.driver.settle()
    }
    try say(.opened, lead("open", step: 0, at: 0))
    #expect(suite.profile(of: customer)?.profile.leads.first?.step == "appointment")
    try say(.won, lead("won", step: 1, at: 5))
    #expect(suite.profile(of: customer)?.profile.leads.map(\.status) == ["won"])
    try say(.left, lead("won", step: 1, at: 5))
    #expect(suite.profile(of: customer)?.profile.leads.isEmpty == true)
    try say(.advanced, Array("{}".utf8))
    #expect(suite.deadLetters(.profiles).map(\.field) == ["lead"])
  }

  @Test func anAcceptanceThatSalesCouldNotTakeIsKnownToBeInVain() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer]))
    func refuse(_ what: String, _ proposition: String, at ms: Int64) throws {
      let refused = LeadEventType.refused.rawValue
      let envelope = Envelope(id: "r\(ms)", source: "trias/lead-manager", type: refused, timeMs: startMs + ms)
      var refusal = LeadRefusal(
        id: "r\(ms)", refused: what, eventId: "a\(ms)", atMs: startMs + ms, field: "proposition", reason: "none left")
      refusal.proposition = proposition
      try suite.driver.publish(
        Topics.leadEvents, key: mint.profile(customer), envelope, JSONCoding.encode(refusal))
      try suite.driver.settle()
    }
    func inVain() -> [RefusedAcceptance] { suite.profile(of: customer)?.profile.refusals ?? [] }
    try refuse("lead.win", "home-loan", at: 1)
    #expect(inVain().isEmpty, "what staff asked was no acceptance")
    try refuse("nba.accepted", "home-loan", at: 2)
    try refuse("nba.accepted", "home-loan", at: 2)
    #expect(inVain() == [RefusedAcceptance(proposition: "home-loan", atMs: startMs + 2)])
    for number in 0..<20 { try refuse("nba.accepted", "p\(number)", at: 10 + Int64(number)) }
    #expect(inVain().map(\.proposition) == (4..<20).map { "p\($0)" })
    let record = try #require(suite.profile(of: customer))
    #expect(try ProfileRecord(json: record.json) == record)
  }

  /// What a facet's owner knows and what the profile has of it are the same.
  func sameBodies(_ suite: Suite) throws {
    for (_, profile) in suite.profiles {
      for facet in profile.facets {
        let identifier = try #require(facet.identifier)
        let owner = try #require(suite.facet(identifier))
        #expect(facet.body == owner.body && facet.seq == owner.seq && facet.version == owner.version)
        #expect(owner.profile == profile.id)
      }
    }
  }
}
