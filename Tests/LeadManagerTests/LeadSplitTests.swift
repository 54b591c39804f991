import Contracts
import LeadManagerCore
import Testing

/// What becomes of leads when of two facets that were taken for one customer's one leaves again.
@Suite struct LeadSplitTests {
  private let own = "customer:7#0"
  private let wrong = "cookie:w#0"

  /// Both at `p1`, until the wrong one leaves for `p2`.
  private func split(_ scenario: Scenario, atMs: Int64 = 9_000) throws -> [LeadOutput] {
    let before = scenario.said.count
    try scenario.when("p1", .facetLeft(FacetReference(facet: wrong, version: 2, seq: 9), to: "p2"), atMs: atMs)
    try scenario.deliver(atMs: atMs)
    return Array(scenario.said.dropFirst(before))
  }

  private func form(_ scenario: Scenario, under facet: String, atMs: Int64) throws {
    let form = scenario.event(.formSubmitted, facet: facet, atMs: atMs) { $0.form = "mortgage" }
    try scenario.when("p1", .event(form), atMs: atMs)
  }

  private func order(_ scenario: Scenario, under facet: String, _ amountMinor: Int64, atMs: Int64) throws {
    let order = scenario.event(.orderPlaced, facet: facet, atMs: atMs) {
      ($0.product, $0.amountMinor) = ("card", amountMinor)
    }
    try scenario.when("p1", .event(order), atMs: atMs)
  }

  @Test func aStepThatTheOtherCompletedIsToBeDoneAgainAndSaidSo() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: own)
    try form(scenario, under: wrong, atMs: 2_000)
    #expect(scenario.lead("mortgage")?.step == 1)
    let said = try split(scenario)
    #expect(scenario.lead("mortgage")?.step == 0 && scenario.lead("mortgage")?.history == [])
    #expect(said.kinds == ["transfer", "revised"])
    try form(scenario, under: own, atMs: 10_000)
    #expect(scenario.lead("mortgage")?.step == 1)
  }

  @Test func hisOwnLaterStepsThatTheOthersHadMadeNeedlessCountAgain() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: own)
    try form(scenario, under: wrong, atMs: 2_000)
    try form(scenario, under: own, atMs: 3_000)
    let days = 30 * 24 * hourMs
    try scenario.when("p1", .tick, atMs: days)
    #expect(try split(scenario, atMs: days).kinds == ["transfer"])
    #expect(scenario.lead("mortgage")?.history.map(\.atMs) == [3_000])
  }

  @Test func anAcceptanceThatWasNotedOnTheOthersLeadOpensItsOwn() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: own)
    try scenario.accept("mortgage", contact: "c2", facet: wrong, atMs: 2_000)
    try form(scenario, under: wrong, atMs: 3_000)
    let said = try split(scenario)
    #expect(said.kinds == ["transfer", "revised", "opened", "advanced", "task"])
    #expect(scenario.lead("mortgage", of: "p2")?.id == mint.lead(contact: "c2", proposition: "mortgage"))
    #expect(scenario.lead("mortgage", of: "p2")?.step == 1)
    #expect(scenario.lead("mortgage")?.step == 0 && scenario.lead("mortgage")?.history == [])
  }

  @Test func theLeadThatGoesLeavesTheAcceptanceThatWasNotedOnIt() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", contact: "c2", facet: wrong)
    try scenario.accept("mortgage", facet: own, atMs: 2_000)
    let said = try split(scenario)
    #expect(said.kinds == ["left", "transfer", "opened", "received"])
    #expect(scenario.lead("mortgage")?.contact == "c1" && scenario.lead("mortgage", of: "p2")?.contact == "c2")
  }

  @Test func aSaleThatTheOtherPaidForIsOpenAgainAndHisIsWon() throws {
    let scenario = Scenario([card()])
    try scenario.accept("card", facet: own)
    try scenario.accept("card", contact: "c2", facet: wrong, atMs: 2_000)
    try order(scenario, under: wrong, 500, atMs: 3_000)
    #expect(scenario.lead("card")?.netRevenueMinor == 500)
    let said = try split(scenario)
    #expect(said.kinds == ["transfer", "revised", "opened", "won"])
    #expect(scenario.lead("card")?.status == .open && scenario.lead("card")?.netRevenueMinor == nil)
    #expect(scenario.lead("card", of: "p2")?.netRevenueMinor == 500)
  }

  /// Found by the fault simulation: the step that the other had completed, he had too, and more.
  @Test func aSaleThatComesOutOnlyByTheSplitIsSaidAsWon() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: wrong)
    try form(scenario, under: own, atMs: 2_000)
    try form(scenario, under: wrong, atMs: 3_000)
    let order = scenario.event(.orderPlaced, facet: wrong, atMs: 4_000) {
      ($0.category, $0.amountMinor) = ("mortgage", 9)
    }
    try scenario.when("p2", .event(order), atMs: 4_000)
    #expect(try split(scenario).kinds == ["left", "transfer", "received", "won", "revised"])
    #expect(scenario.lead("mortgage", of: "p2")?.history.map(\.atMs) == [3_000, 4_000])
  }

  @Test func anotherLeadThatWasOpenedOnlyBecauseTheOtherHadBoughtIsWithdrawn() throws {
    let scenario = Scenario([card()])
    try scenario.accept("card", facet: own)
    try order(scenario, under: wrong, 500, atMs: 2_000)
    try scenario.accept("card", contact: "c3", facet: own, atMs: 3_000)
    #expect(scenario.states["p1"]?.leads.map(\.status) == [.won, .open])
    #expect(try split(scenario).kinds == ["transfer", "withdrawn", "revised"])
    #expect(scenario.states["p1"]?.leads.map(\.contact) == ["c1"])
  }

  @Test func whatStaffHasDoneStaysDone() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: own)
    let id = mint.lead(contact: "c1", proposition: "mortgage")
    try scenario.when("p1", .command(.completeStep, LeadCommand(lead: id, by: "ann"), id: "w/1"), atMs: 2_000)
    try form(scenario, under: wrong, atMs: 3_000)
    #expect(try split(scenario).kinds == ["transfer"])
    #expect(scenario.lead("mortgage")?.step == 1 && scenario.lead("mortgage")?.history.last?.by == "ann")
    try scenario.when("p1", .command(.win, LeadCommand(lead: id, by: "ann"), id: "w/2"), atMs: 10_000)
    #expect(scenario.lead("mortgage")?.status == .won)
  }

  @Test func twoLeadsForTheSameOfOneCustomerStayTwoWhenHisIdentifiersMeet() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: own)
    try scenario.accept("mortgage", profile: "p2", contact: "c2", facet: wrong, atMs: 2_000)
    try scenario.when("p2", .facetLeft(FacetReference(facet: wrong, version: 2, seq: 9), to: "p1"), atMs: 3_000)
    try scenario.deliver(atMs: 3_000)
    #expect(scenario.states["p1"]?.leads.map(\.contact) == ["c1", "c2"])
    let late = scenario.event(.pageViewed, facet: own, atMs: 500)
    try scenario.when("p1", .event(late), atMs: 3_000)
    try scenario.accept("mortgage", contact: "c3", facet: own, atMs: 4_000)
    #expect(scenario.states["p1"]?.leads.map(\.contact) == ["c1", "c2"])
  }

  @Test func whatIsRememberedIsBoundedAndTheLeadsStay() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: own)
    for number in 0..<200 {
      try form(scenario, under: number == 0 ? wrong : own, atMs: 2_000 + Int64(number))
      try scenario.accept("mortgage", contact: "x\(number)", facet: own, atMs: 2_000 + Int64(number))
    }
    let state = try #require(scenario.states["p1"])
    #expect(state.marks?.count ?? 0 <= LeadState.marksMax + LeadState.leadsMax)
    #expect(state.leads.count == 1 && state.leads[0].step == 1)
    // Beyond the bound it stays as it was.
    _ = try split(scenario)
    #expect(scenario.lead("mortgage")?.step == 1)
  }

  @Test func aLeadOfAnEarlierBuildGoesOnFromWhereItStands() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage", facet: own)
    try form(scenario, under: wrong, atMs: 2_000)
    scenario.states["p1"]?.marks = nil
    #expect(try split(scenario).kinds == [])
    #expect(scenario.lead("mortgage")?.step == 1)
    let done = scenario.event(.taskDone, facet: own, atMs: 10_000) { $0.task = scenario.lead("mortgage")?.taskId }
    #expect(try scenario.when("p1", .event(done), atMs: 10_000).kinds == ["advanced"])
    try scenario.when("p1", .facetLeft(FacetReference(facet: own, version: 2, seq: 9), to: "p3"), atMs: 11_000)
    try scenario.deliver(atMs: 11_000)
    #expect(scenario.lead("mortgage", of: "p3")?.step == 2)
  }
}
