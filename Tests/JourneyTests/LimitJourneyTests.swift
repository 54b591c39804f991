import Contracts
import Journeys
import MessageLog
import TestKit
import Testing

/// What there is only so much of, from the contact to the lead, over all customers.
struct LimitJourneyTests {
  private func suite(_ limits: [PropositionLimit]) throws -> Journey {
    var catalog = Journey.catalog
    catalog.propositions[0].limits = limits
    return try Journey(catalog: catalog)
  }

  private func has(_ suite: Journey, _ contact: String) throws -> Bool {
    try suite.list(contact)?.items.contains { $0.proposition == "mortgage" } ?? false
  }

  private func budget(_ suite: Journey) -> Budget? { suite.driver.state(.budgets, "mortgage", as: Budget.self) }

  @Test func soManyContactsAreOfferedItAndNoMore() throws {
    let suite = try suite([PropositionLimit(max: 3, per: .ever, of: .contacts)])
    for number in 1...8 {
      try suite.say(.contactStarted, [Identifier("cookie", "v\(number)")], contact: "c\(number)")
    }
    #expect(try (1...8).map { try has(suite, "c\($0)") } == (1...8).map { $0 <= 3 })
    for number in 1...8 { #expect(try suite.list("c\(number)")?.version == 1) }
    #expect(budget(suite)?.counts.map(\.taken) == [3])
    // Who has it on his list keeps it.
    try suite.say(.pageViewed, [Identifier("cookie", "v1")], contact: "c1") { $0.page = "/mortgage" }
    #expect(try has(suite, "c1"))
  }

  @Test func whatTheChannelEndsUnseenGoesToAnother() throws {
    let suite = try suite([PropositionLimit(max: 1, per: .ever, of: .contacts)])
    let (ann, bob) = (Identifier("cookie", "ann"), Identifier("cookie", "bob"))
    try suite.say(.contactStarted, [ann], contact: "a")
    try suite.say(.contactStarted, [bob], contact: "b")
    #expect(try has(suite, "a") && !has(suite, "b"))
    try suite.say(.contactEnded, [ann], contact: "a")
    try suite.driver.advance(ms: 600_000)
    #expect(budget(suite)?.counts.map(\.taken) == [0])
    // His contact that is still open asks again with the next thing he does.
    try suite.say(.pageViewed, [bob], contact: "b") { $0.page = "/mortgage" }
    #expect(try has(suite, "b"))
  }

  @Test func whatWasShownStaysTaken() throws {
    let suite = try suite([PropositionLimit(max: 1, per: .ever, of: .contacts)])
    let ann = Identifier("cookie", "ann")
    try suite.say(.contactStarted, [ann], contact: "a")
    let list = try #require(try suite.list("a"))
    try suite.say(.nbaPresented, [ann], contact: "a") { ($0.list, $0.proposition) = (list.id, "mortgage") }
    try suite.say(.contactEnded, [ann], contact: "a")
    try suite.driver.advance(ms: 3_600_000)
    #expect(budget(suite)?.counts.map(\.taken) == [1])
  }

  /// The contact's list comes from another profile then, which asks for the contact's unit and not for one of its own.
  @Test func whoLogsInMeanwhileTakesNoSecondUnit() throws {
    let suite = try suite([PropositionLimit(max: 1, per: .ever, of: .contacts)])
    let (tablet, ann) = (Identifier("cookie", "tablet"), Identifier("customer", "ann"))
    try suite.say(.customerRecorded, [ann], contact: nil) { $0.attributes = [NamedValue("age", .number(60))] }
    try suite.say(.contactStarted, [tablet], contact: "a")
    try suite.say(.identityAsserted, [ann, tablet], contact: nil)
    #expect(suite.profile(ann)?.contact("a")?.facet != nil)
    #expect(try has(suite, "a") && budget(suite)?.counts.map(\.taken) == [1])
  }

  @Test func soManyAcceptancesOpenLeadsAndNoMore() throws {
    let suite = try suite([PropositionLimit(max: 2, per: .ever, of: .acceptances)])
    let visitors = (1...4).map { Identifier("cookie", "v\($0)") }
    for (number, visitor) in visitors.enumerated() { try suite.say(.contactStarted, [visitor], contact: "c\(number)") }
    for (number, visitor) in visitors.enumerated() {
      let list = try #require(try suite.list("c\(number)"))
      #expect(list.version == 1 && list.items.contains { $0.proposition == "mortgage" })
      try suite.say(.nbaAccepted, [visitor], contact: "c\(number)") {
        ($0.list, $0.proposition) = (list.id, "mortgage")
      }
    }
    #expect(visitors.map { suite.leads($0).count } == [1, 1, 0, 0])
    let refused = try suite.driver.records(of: Topics.leadEvents).filter {
      try Envelope($0.headers).type == LeadEventType.refused.rawValue
    }
    #expect(refused.count == 2)
    // Now everybody knows.
    try suite.say(.contactStarted, [Identifier("cookie", "late")], contact: "late")
    #expect(try !has(suite, "late"))
    for group in ConsumerGroup.allCases { #expect(suite.deadLetters(group) == []) }
  }

  @Test func whoAcceptsAgainIsAnsweredAgain() throws {
    let suite = try suite([PropositionLimit(max: 0, per: .ever, of: .acceptances)])
    let ann = Identifier("cookie", "ann")
    var catalog = Journey.catalog
    try suite.say(.contactStarted, [ann], contact: "a")
    let list = suite.mint.list(contact: "a", version: 9, items: ["mortgage"])
    for refusals in 1...2 {
      try suite.say(.nbaAccepted, [ann], contact: "a") { ($0.list, $0.proposition) = (list, "mortgage") }
      #expect(suite.driver.records(of: Topics.leadEvents).count == refusals)
    }
    (catalog.version, catalog.propositions[0].limits) = (
      "2-more", [PropositionLimit(max: 1, per: .ever, of: .acceptances)]
    )
    try suite.apply(catalog)
    try suite.say(.nbaAccepted, [ann], contact: "a") { ($0.list, $0.proposition) = (list, "mortgage") }
    #expect(suite.leads(ann).count == 1)
  }

  /// A request from outside whose own time is years ahead begins no period and takes nobody there.
  @Test func theTimeOfARequestIsNotBelieved() throws {
    let suite = try suite([PropositionLimit(max: 1, per: .day, of: .contacts)])
    try suite.say(.contactStarted, [Identifier("cookie", "ann")], contact: "a")
    let request = BudgetRequest(proposition: "mortgage", profile: "p", contact: "c", askedMs: 1)
    let envelope = Envelope(
      id: String(repeating: "x", count: 512), source: "test", type: BudgetRequestType.reserve.rawValue,
      timeMs: Timestamps.milliseconds("2099-01-01T00:00:00Z")!)
    try suite.driver.publish(Topics.budgetRequests, key: "mortgage", envelope, JSONCoding.encode(request))
    try suite.driver.settle()
    #expect(budget(suite)?.counts.map(\.taken) == [1] && budget(suite)?.nowMs == suite.driver.clock.nowMs)
    let answers = suite.driver.records(of: Topics.budgetAnswers)
    for answer in answers { #expect(try Envelope(answer.headers).timeMs <= suite.driver.clock.nowMs) }
    #expect(answers.count == 2)
    for group in ConsumerGroup.allCases { #expect(suite.deadLetters(group) == []) }
  }

  @Test func requestsThatMakeNoSenseAreDeadLettersWithTheReason() throws {
    let suite = try suite([])
    let good = BudgetRequest(proposition: "mortgage", profile: "p", contact: "c", askedMs: 1)
    for (number, (type, value)) in [
      ("trias.budget.steal.v1", JSONCoding.encode(good)), ("trias.budget.claim.v1", JSONCoding.encode(good)),
      ("trias.budget.reserve.v1", Array("{".utf8)),
    ].enumerated() {
      let envelope = Envelope(id: "r\(number)", source: "test", type: type, timeMs: suite.driver.clock.nowMs)
      try suite.driver.publish(Topics.budgetRequests, key: "mortgage", envelope, value)
    }
    try suite.driver.settle()
    #expect(suite.deadLetters(.budgets).count == 3 && suite.deadLetters(.budgets)[1].contains("a claim has the lead"))
  }
}
