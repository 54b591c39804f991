import Contracts
import LeadManagerCore
import Testing

@Suite struct AdvancingTests {
  private func form(_ scenario: Scenario, _ name: String, atMs: Int64 = 2_000) -> TimelineEvent {
    scenario.event(.formSubmitted, facet: "customer:7#0", atMs: atMs) { $0.form = name }
  }

  @Test func stepsGoOnByEventsFromAnyChannelAndTheOrderIsTheNetRevenue() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    #expect(try scenario.when("p1", .event(form(scenario, "newsletter")), atMs: 2_000) == [])
    let asked = try scenario.when("p1", .event(form(scenario, "mortgage")), atMs: 2_000)
    #expect(asked.kinds == ["advanced", "task"])
    let task = try #require(asked.tasks.first)
    #expect(task.channel == "branch")
    let done = scenario.event(.taskDone, facet: "customer:7#0", atMs: 3_000) {
      $0.task = task.id
      $0.channel = "branch"
    }
    #expect(try scenario.when("p1", .event(done), atMs: 3_000).kinds == ["advanced"])
    let order = scenario.event(.orderPlaced, facet: "customer:7#0", atMs: 4_000) {
      $0.category = "mortgage"
      $0.amountMinor = 123_456
      $0.currency = "EUR"
    }
    #expect(try scenario.when("p1", .event(order), atMs: 4_000).kinds == ["won"])
    let lead = try #require(scenario.lead("mortgage"))
    #expect(lead.netRevenueMinor == 123_456)
    #expect(lead.currency == "EUR")
    #expect(lead.history.map(\.step) == ["apply", "advise", "sign"])
    #expect(lead.history.map(\.channel) == ["web", "branch", "web"])
  }

  /// Who agrees to be called has not agreed to personal offers.
  @Test func aStepThatAsksForAConsentTakesThatOneAndNoOther() throws {
    var question = simple("question", .question)
    question.steps = [
      SalesStep(
        name: "consent", summary: "He agrees.",
        completedBy: StepTrigger(event: "consent.given", purpose: "personal-offers"))
    ]
    let scenario = Scenario([question])
    try scenario.accept("question")
    func given(_ purpose: String, atMs: Int64) -> LeadInput {
      .event(scenario.event(.consentGiven, facet: "customer:7#0", atMs: atMs) { $0.purpose = purpose })
    }
    #expect(try scenario.when("p1", given("phone", atMs: 2_000), atMs: 2_000) == [])
    #expect(scenario.lead("question")?.status == .open)
    #expect(try scenario.when("p1", given("personal-offers", atMs: 3_000), atMs: 3_000).kinds.last == "won")
  }

  @Test func whoHasBoughtHasBoughtWhicheverStepIsUnderWay() throws {
    for stepsDone in 0...1 {
      let scenario = Scenario([mortgage()])
      try scenario.accept("mortgage")
      if stepsDone > 0 { try scenario.when("p1", .event(form(scenario, "mortgage")), atMs: 2_000) }
      let order = scenario.event(.orderPlaced, facet: "customer:7#0", atMs: 3_000) {
        $0.category = "mortgage"
        $0.amountMinor = 5
      }
      #expect(try scenario.when("p1", .event(order), atMs: 3_000).kinds == ["won"])
      #expect(scenario.lead("mortgage")?.history.last?.step == "sign")
      #expect(try scenario.when("p1", .event(form(scenario, "mortgage", atMs: 2_500)), atMs: 4_000) == [])
    }
  }

  @Test func anOrderThatSaysNothingOfThePropositionSkipsNoStep() throws {
    var loose = mortgage()
    loose.steps[2].completedBy = StepTrigger(event: "order.placed")
    let scenario = Scenario([loose])
    try scenario.accept("mortgage")
    let order = scenario.event(.orderPlaced, atMs: 2_000) { $0.amountMinor = 5 }
    #expect(try scenario.when("p1", .event(order), atMs: 2_000) == [])
    #expect(scenario.lead("mortgage")?.step == 0)
  }

  @Test func anOrderForAnotherPropositionCompletesNothing() throws {
    let scenario = Scenario([card()])
    try scenario.accept("card")
    let order = scenario.event(.orderPlaced, atMs: 2_000) {
      $0.product = "card"
      $0.proposition = "mortgage"
      $0.amountMinor = 1
    }
    #expect(try scenario.when("p1", .event(order), atMs: 2_000) == [])
  }

  @Test func withoutAnOrderOfItsOwnALeadIsWonForThePropositionsValue() throws {
    var loose = card()
    loose.steps[0].completedBy = StepTrigger(event: "order.placed")
    let scenario = Scenario([loose])
    try scenario.accept("card")
    let order = scenario.event(.orderPlaced, atMs: 2_000) { $0.amountMinor = 99 }
    try scenario.when("p1", .event(order), atMs: 2_000)
    #expect(scenario.lead("card")?.netRevenueMinor == 4_000)
  }

  @Test func anOrdersMoneyCountsForOneLead() throws {
    var second = card()
    second.id = "gold-card"
    let scenario = Scenario([card(), second])
    try scenario.accept("card")
    try scenario.accept("gold-card")
    let order = scenario.event(.orderPlaced, atMs: 2_000) {
      $0.product = "card"
      $0.amountMinor = 3_900
    }
    #expect(try scenario.when("p1", .event(order), atMs: 2_000).kinds == ["won"])
    #expect(try scenario.when("p1", .event(order), atMs: 2_000) == [])
    #expect(scenario.lead("gold-card")?.status == .open)
  }

  @Test func whatHappenedLongBeforeTheAcceptanceCompletesNothing() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", atMs: 10 * hourMs)
    #expect(try scenario.when("p1", .event(form(scenario, "mortgage", atMs: hourMs)), atMs: 10 * hourMs) == [])
  }

  @Test func anOverdueStepLosesTheLead() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    let dueMs = try #require(scenario.states["p1"]?.nextDueMs)
    #expect(try scenario.when("p1", .tick, atMs: dueMs - 1) == [])
    #expect(try scenario.when("p1", .tick, atMs: dueMs).kinds == ["lost"])
    #expect(scenario.lead("mortgage")?.lostReason == "overdue")
    #expect(try scenario.when("p1", .tick, atMs: dueMs) == [])
  }

  @Test func aRejectionAfterTheAcceptanceLosesTheLead() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    let rejection = scenario.event(.nbaRejected, atMs: 2_000) { $0.proposition = "mortgage" }
    #expect(try scenario.when("p1", .event(rejection), atMs: 2_000).kinds == ["lost"])
    #expect(scenario.lead("mortgage")?.lostReason == "rejected")
  }

  @Test func aRejectionFromBeforeTheAcceptanceOrOfSomethingElseDoesNot() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    let earlier = scenario.event(.nbaRejected, atMs: 500) { $0.proposition = "mortgage" }
    let other = scenario.event(.nbaRejected, atMs: 2_000) { $0.proposition = "card" }
    #expect(try scenario.when("p1", .event(earlier), atMs: 2_000) == [])
    #expect(try scenario.when("p1", .event(other), atMs: 2_000) == [])
    #expect(scenario.lead("mortgage")?.status == .open)
  }

  @Test func aFailedTaskIsAskedForInAnotherWayAndGivenUpAfterTheThird() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    try scenario.when("p1", .event(form(scenario, "mortgage")), atMs: 2_000)
    var channels: [String] = []
    for attempt in 1...Leads.taskAttemptsMax {
      let lead = try #require(scenario.lead("mortgage"))
      let failed = scenario.event(.taskFailed, atMs: 3_000) { $0.task = lead.taskId }
      let said = try scenario.when("p1", .event(failed), atMs: 3_000)
      #expect(try scenario.when("p1", .event(failed), atMs: 3_000) == [], "a repeated failure counts once")
      channels += said.tasks.map(\.channel)
      #expect(said.kinds == (attempt < Leads.taskAttemptsMax ? ["task"] : ["lost"]))
    }
    #expect(channels == ["web", "call-centre"])
    #expect(scenario.lead("mortgage")?.lostReason == "task-failed")
  }

  @Test func aTaskThatIsDoneAtItsSecondAttemptOrLateAtItsFirstCompletesTheStep() throws {
    for suffix in ["", ".1"] {
      let scenario = Scenario([mortgage()])
      try scenario.accept("mortgage")
      try scenario.when("p1", .event(form(scenario, "mortgage")), atMs: 2_000)
      let id = try #require(scenario.lead("mortgage")).taskId
      try scenario.when("p1", .event(scenario.event(.taskFailed, atMs: 3_000) { $0.task = id }), atMs: 3_000)
      let done = scenario.event(.taskDone, atMs: 4_000) { $0.task = id + suffix }
      #expect(try scenario.when("p1", .event(done), atMs: 4_000).kinds == ["advanced"])
    }
  }

  @Test func staffCompletesWinsAndLoses() throws {
    let scenario = Scenario([mortgage(), card()])
    try scenario.accept("mortgage")
    try scenario.accept("card")
    let mortgageId = mint.lead(contact: "c1", proposition: "mortgage")
    let complete = LeadInput.command(.completeStep, LeadCommand(lead: mortgageId, by: "ann"), id: "workbench/1")
    #expect(try scenario.when("p1", complete, atMs: 2_000).kinds == ["advanced", "task"])
    #expect(try scenario.when("p1", complete, atMs: 2_000) == [])
    let win = LeadCommand(lead: mortgageId, by: "ann", netRevenueMinor: 77)
    #expect(try scenario.when("p1", .command(.win, win, id: "workbench/2"), atMs: 3_000).kinds == ["won"])
    #expect(scenario.lead("mortgage")?.netRevenueMinor == 77)
    #expect(scenario.lead("mortgage")?.history.last?.by == "ann")
    let lose = LeadCommand(lead: mint.lead(contact: "c1", proposition: "card"), by: "ann", reason: "moved abroad")
    #expect(try scenario.when("p1", .command(.lose, lose, id: "workbench/3"), atMs: 3_000).kinds == ["lost"])
    #expect(scenario.lead("card")?.lostReason == "moved abroad")
    let late = try scenario.when("p1", .command(.win, lose, id: "workbench/4"), atMs: 3_000)
    #expect(late.refusals.map(\.reason) == ["the lead is lost already"])
  }

  @Test func aCommandOnAnUnknownLeadOrAnotherStepIsRefusedAndSaidSo() throws {
    let scenario = Scenario([mortgage()])
    let unknown = LeadCommand(lead: "l0", by: "ann")
    let said = try scenario.when("p1", .command(.win, unknown, id: "w/1"), atMs: 1_000)
    let refusal = try #require(said.refusals.first)
    #expect(said.count == 1 && scenario.states["p1"] == nil)
    #expect(refusal.refused == "lead.win" && refusal.eventId == "w/1" && refusal.lead == "l0" && refusal.by == "ann")
    #expect(refusal.reason == "the customer has no lead l0")
    try scenario.accept("mortgage")
    let before = scenario.states["p1"]?.leads
    var complete = LeadCommand(lead: mint.lead(contact: "c1", proposition: "mortgage"), by: "ann")
    complete.step = "sign"
    let refused = try scenario.when("p1", .command(.completeStep, complete, id: "w/2"), atMs: 1_000)
    #expect(refused.refusals.map(\.field) == ["step"] && refused.count == 1)
    #expect(scenario.states["p1"]?.leads == before)
  }

  private func won(_ proposition: Proposition, _ amountMinor: Int64, _ currency: String = "EUR") throws -> Lead? {
    let scenario = Scenario([proposition])
    try scenario.accept(proposition.id)
    let order = scenario.event(.orderPlaced, atMs: 2_000) {
      ($0.product, $0.amountMinor, $0.currency) = ("card", amountMinor, currency)
    }
    try scenario.when("p1", .event(order), atMs: 2_000)
    return scenario.lead(proposition.id)
  }

  @Test func netRevenueIsTheMarginOfTheOrderLessTheCosts() throws {
    var loan = card()
    (loan.marginPercent, loan.costMinor) = (1.25, 900)
    #expect(try won(loan, 20_000_000)?.netRevenueMinor == 249_100)
    loan.marginPercent = nil
    #expect(try won(loan, 20_000_000)?.netRevenueMinor == 19_999_100)
    #expect(try won(loan, 1_000_000_000_000_000)?.netRevenueMinor == 999_999_999_999_100)
  }

  @Test func anOrderInAnotherCurrencyWinsForWhatThePropositionIsWorth() throws {
    var dear = card()
    dear.costMinor = 500
    let lead = try won(dear, 77, "CHF")
    #expect(lead?.status == .won && lead?.netRevenueMinor == 3_500 && lead?.currency == "EUR")
    #expect(lead?.history.last?.amountMinor == 77 && lead?.history.last?.currency == "CHF")
  }

  @Test func aRefundCompletesNothing() throws {
    #expect(try won(card(), -5_000)?.status == .open)
    #expect(try won(card(), 0)?.status == .won)
  }
}
