import Contracts
import LeadManager
import LeadManagerCore
import MessageLog
import TestKit
import Testing

/// Who has said no to a channel is asked for no task in it.
@Suite struct RefusedChannelTests {
  /// A call, and then another.
  private static func advice() -> Proposition {
    var proposition = simple("advice", .offer)
    proposition.steps = ["first", "second"].map { name in
      SalesStep(
        name: name, summary: name, completedBy: StepTrigger(event: "task.done"),
        task: StepTask(channel: "call-centre", instruction: "Call him."))
    }
    return proposition
  }

  private func scenario(refused purposes: [String], given: [String] = []) throws -> Scenario {
    let scenario = Scenario([Self.advice(), card()])
    try scenario.when("p1", consents(refused: purposes, given: given), atMs: 10)
    return scenario
  }

  private func consents(refused: [String], given: [String] = []) -> LeadInput {
    .consents(
      refused.map { Consent(purpose: $0, isGiven: false, atMs: 1) }
        + given.map { Consent(purpose: $0, isGiven: true, atMs: 1) })
  }

  private func fail(_ task: String, _ scenario: Scenario, atMs: Int64) throws -> [LeadOutput] {
    try scenario.when("p1", .event(scenario.event(.taskFailed, atMs: atMs) { $0.task = task }), atMs: atMs)
  }

  @Test(arguments: [
    ([], ["call-centre", "web", "call-centre"]),
    (["phone"], ["web", "web", "web"]),
    (["web"], ["call-centre", "call-centre", "call-centre"]),
    // What is not about a channel of the task's.
    (["email", "topic:sales", "personal-offers"], ["call-centre", "web", "call-centre"]),
  ])
  func aTaskGoesThroughTheChannelsThatHeHasNotRefused(refused: [String], channels: [String]) throws {
    let scenario = try scenario(refused: refused, given: ["newsletter"])
    var asked = try scenario.accept("advice").tasks
    #expect(scenario.lead("advice")?.isTaskWithheld == nil)
    while asked.count < channels.count {
      asked += try fail(try #require(asked.last?.id), scenario, atMs: 1_000 + Int64(asked.count)).tasks
    }
    #expect(asked.map(\.channel) == channels)
    #expect(Set(asked.map(\.id)).count == channels.count)
  }

  @Test func whereHeHasRefusedEveryWayNobodyIsAskedUntilHeSaysOtherwise() throws {
    let scenario = try scenario(refused: ["phone", "web"])
    let opened = try scenario.accept("advice")
    #expect(opened.kinds == ["opened"])
    guard case .event(_, let said)? = opened.first else { return }
    #expect(said.lead.isTaskWithheld == true && scenario.lead("advice")?.isTaskWithheld == true)
    // The same again is nothing new, nor is what is about something else.
    #expect(try scenario.when("p1", consents(refused: ["web", "phone"]), atMs: 2_000).isEmpty)
    #expect(try scenario.when("p1", consents(refused: ["web", "phone", "email"]), atMs: 2_000).isEmpty)
    let asked = try scenario.when("p1", consents(refused: ["web"], given: ["phone"]), atMs: 3_000)
    #expect(asked.kinds == ["task"] && asked.tasks.first?.channel == "call-centre")
    #expect(scenario.lead("advice")?.isTaskWithheld == nil)
    #expect(try scenario.when("p1", consents(refused: []), atMs: 4_000).isEmpty, "it is under way")
    // It is answered like any other.
    let task = try #require(asked.tasks.first?.id)
    let done = try scenario.when(
      "p1", .event(scenario.event(.taskDone, atMs: 5_000) { $0.task = task }), atMs: 5_000)
    #expect(done.kinds == ["advanced", "task"])
  }

  @Test func whatIsUnderWayWhenHeRefusesStaysUnderWayAndIsNotAskedAgainThere() throws {
    let scenario = try scenario(refused: [])
    let asked = try scenario.accept("advice").tasks
    #expect(try scenario.when("p1", consents(refused: ["phone"]), atMs: 2_000).isEmpty)
    #expect(scenario.lead("advice")?.isTaskWithheld == nil)
    // Who carries it out looks once more.
    #expect(try fail(asked[0].id, scenario, atMs: 3_000).tasks.map(\.channel) == ["web"])
    try scenario.when("p1", consents(refused: ["phone", "web"]), atMs: 4_000)
    #expect(try fail("\(asked[0].id).1", scenario, atMs: 5_000).tasks.isEmpty)
    #expect(scenario.lead("advice")?.isTaskWithheld == true)
  }

  @Test func staffWhoEndALeadOrAStepAreNotHeldBack() throws {
    let scenario = try scenario(refused: ["phone", "web"])
    try scenario.accept("advice")
    let lead = try #require(scenario.lead("advice"))
    var step = LeadCommand(lead: lead.id, by: "Ann")
    step.step = "first"
    #expect(try scenario.when("p1", .command(.completeStep, step, id: "c/1"), atMs: 2_000).kinds == ["advanced"])
    let win = LeadCommand(lead: lead.id, by: "Ann")
    #expect(try scenario.when("p1", .command(.win, win, id: "c/2"), atMs: 3_000).kinds == ["won"])
    #expect(scenario.lead("advice")?.isTaskWithheld == nil)
    #expect(try scenario.when("p1", consents(refused: []), atMs: 4_000).isEmpty, "it is over")
  }

  /// It is no marketing: he waits for the answer.
  @Test(arguments: [EventType.complaintFiled, .questionAsked])
  func whatHeAskedOrComplainedOfIsAnsweredAllTheSame(type: EventType) throws {
    let scenario = try scenario(refused: ["phone", "web"])
    let opened = try scenario.when(
      "p1", .event(scenario.event(type, atMs: 1_000) { $0.text = "Where is it?" }), atMs: 1_000)
    #expect(opened.tasks.map(\.channel) == ["call-centre"])
  }

  @Test func aLeadThatWasHeldBackGoesOnWhereItsCustomerTurnsOutToHaveAgreed() throws {
    let scenario = try scenario(refused: ["phone", "web"])
    try scenario.accept("advice")
    let facet = FacetReference(facet: "cookie:a#0", version: 2, seq: 9)
    try scenario.when("p1", .facetLeft(facet, to: "p2"), atMs: 2_000)
    let said = try scenario.when("p2", .facetReceived(facet), atMs: 2_000)
    #expect(said.isEmpty)
    let next = try #require(scenario.underWay.first)
    let received = try scenario.when("p2", .command(next.type, next.command, id: "c/1"), atMs: 3_000)
    #expect(received.kinds == ["received", "task"])
    #expect(scenario.lead("advice", of: "p2")?.isTaskWithheld == nil)
  }

  @Test func whatHeRefusesIsKeptWithoutALeadAndNoLongerThanHeDoes() throws {
    let scenario = try scenario(refused: ["phone", "topic:sales"])
    #expect(scenario.states["p1"]?.refusedPurposes == ["phone"] && scenario.states["p1"]?.nextDueMs == nil)
    // Of him no more is kept than of somebody of whom nothing is known.
    let rejection = scenario.event(.nbaRejected, atMs: 2_000) { ($0.list, $0.proposition) = ("l", "card") }
    #expect(try scenario.when("p1", .event(rejection), atMs: 2_000).isEmpty)
    #expect(scenario.states["p1"]?.recent == [])
    try scenario.when("p1", consents(refused: ["topic:sales"]), atMs: 3_000)
    #expect(scenario.states["p1"] == nil)
    try scenario.when("p1", consents(refused: []), atMs: 3_000)
    #expect(scenario.states["p1"] == nil)
  }

  @Test func theProcessorReadsThemFromTheirTopic() throws {
    let driver = try TopologyDriver()
    try driver.add(LeadManager.leads(secret: "test"))
    func say(_ consents: [Consent]?, _ id: String) throws {
      let envelope = Envelope(
        id: id, source: "trias/profile-aggregator", type: ConsentState.type, timeMs: driver.clock.nowMs)
      let state = consents.map { ConsentState(profile: "p1", consents: $0) }
      try driver.publish(Topics.consentState, key: "p1", envelope, state?.json)
      try driver.settle()
    }
    func refused() -> [String]? {
      driver.state(.leads, "p1", as: LeadManagerState.self)?.leads.refusedPurposes
    }
    let email = Consent(purpose: "email", isGiven: true, atMs: 1)
    try say([Consent(purpose: "phone", isGiven: false, atMs: 1), email], "1")
    #expect(refused() == ["phone"])
    try say([Consent(purpose: "phone", isGiven: true, atMs: 2)], "2")
    #expect(driver.state(.leads, "p1", as: LeadManagerState.self) == nil)
    try say([Consent(purpose: "email", isGiven: false, atMs: 3)], "3")
    #expect(refused() == ["email"])
    try say(nil, "4")
    #expect(driver.state(.leads, "p1", as: LeadManagerState.self) == nil)
    try driver.publish(
      Topics.consentState, key: "p1",
      Envelope(id: "5", source: "x", type: ConsentState.type, timeMs: driver.clock.nowMs), Array("{".utf8))
    try driver.settle()
    #expect(driver.records(of: ConsumerGroup.leads.deadLetter).count == 1)
  }
}
