import Contracts
import LeadManagerCore
import Testing

@Suite struct MovingTests {
  private let facet = "cookie:a#0"

  private func reference(_ version: Int64) -> FacetReference { FacetReference(facet: facet, version: version, seq: 9) }

  @Test func aLeadGoesWithItsFacetAndKeepsIdAndHistory() throws {
    let scenario = Scenario([mortgage(), card()])
    try scenario.accept("mortgage")
    try scenario.accept("card", facet: "cookie:b#0")
    let id = try #require(scenario.lead("mortgage")).id
    let said = try scenario.when("p1", .facetLeft(reference(2), to: "p2"), atMs: 2_000)
    #expect(said.kinds == ["left", "transfer"])
    #expect(scenario.states["p1"]?.leads.map(\.proposition) == ["card"])
    try scenario.deliver(atMs: 2_000)
    #expect(scenario.lead("mortgage", of: "p2")?.id == id)
    #expect(scenario.underWay.isEmpty)
  }

  @Test func theEventThatSaysWhoTheCustomerIsCompletesTheStepOfTheLeadThatFollows() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    let form = scenario.event(.formSubmitted, facet: "customer:7#0", atMs: 2_000) { $0.form = "mortgage" }
    try scenario.when("p2", .event(form), atMs: 2_000)
    try scenario.when("p1", .facetLeft(reference(2), to: "p2"), atMs: 2_100)
    try scenario.deliver(atMs: 2_100)
    #expect(scenario.lead("mortgage", of: "p2")?.step == 1)
    #expect(scenario.lead("mortgage", of: "p2")?.history.first?.atMs == 2_000)
  }

  @Test func aLeadThatArrivesAfterItsFacetHasLeftAgainIsSentOn() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    try scenario.when("p1", .facetLeft(reference(2), to: "p2"), atMs: 2_000)
    try scenario.when("p2", .facetLeft(reference(3), to: "p3"), atMs: 2_000)
    try scenario.deliver(atMs: 2_000)
    #expect(scenario.lead("mortgage", of: "p3") != nil)
    #expect(scenario.states["p2"]?.leads == [])
  }

  @Test func aLeadThatComesBackBeforeItsFacetDoesStays() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    try scenario.when("p1", .facetLeft(reference(2), to: "p2"), atMs: 2_000)
    try scenario.when("p2", .facetLeft(reference(3), to: "p1"), atMs: 2_000)
    try scenario.deliver(atMs: 2_000)
    #expect(scenario.lead("mortgage", of: "p1") != nil)
    #expect(scenario.states["p1"]?.left.map(\.leads) == [[]])
  }

  /// Found by the fault simulation: a link that is made, split, and made by another way again.
  @Test func aLeadOnItsWayGoesToEveryPlaceWhereItsFacetWasAndMissesNothing() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    for (profile, version, to) in [("p1", 2, "p2"), ("p2", 3, "p1"), ("p1", 4, "p2")] as [(String, Int64, String)] {
      try scenario.when(profile, .facetLeft(reference(version), to: to), atMs: 2_000)
    }
    var form = scenario.event(.formSubmitted, atMs: 2_000) { $0.form = "mortgage" }
    form.facet.version = 4
    try scenario.when("p2", .event(form), atMs: 2_000)
    try scenario.when("p2", .facetLeft(reference(5), to: "p1"), atMs: 2_000)
    try scenario.deliver(atMs: 2_000)
    #expect(scenario.lead("mortgage", of: "p1")?.step == 1)
    #expect(scenario.states["p2"]?.leads == [])
  }

  /// Found by the fault simulation: what comes again of the time before the facet left.
  @Test func anAcceptanceThatComesAgainAfterItsFacetLeftOpensNothing() throws {
    let scenario = Scenario([mortgage()])
    let acceptance = scenario.acceptance(of: "mortgage")
    try scenario.when("p1", .event(acceptance), atMs: 1_000)
    try scenario.when("p1", .facetLeft(reference(2), to: "p2"), atMs: 2_000)
    try scenario.when("p1", .event(acceptance), atMs: 2_000)
    #expect(scenario.states["p1"]?.leads == [])
  }

  /// Found by the fault simulation: a profile that hears of the lead first, and of its facet's earlier moves later.
  @Test func aLeadThatHasOvertakenItsFacetsEarlierMovesStays() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    try scenario.when("p1", .facetLeft(reference(4), to: "p2"), atMs: 2_000)
    try scenario.deliver(atMs: 2_000)
    try scenario.when("p2", .facetLeft(reference(2), to: "p3"), atMs: 2_000)
    #expect(scenario.lead("mortgage", of: "p2") != nil && scenario.underWay.isEmpty)
    try scenario.when("p2", .facetLeft(reference(5), to: "p3"), atMs: 2_000)
    try scenario.deliver(atMs: 2_000)
    #expect(scenario.lead("mortgage", of: "p3") != nil)
  }

  @Test func aCommandOnALeadThatHasMovedFollowsIt() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    let command = LeadCommand(lead: try #require(scenario.lead("mortgage")).id, by: "ann", reason: "no answer")
    try scenario.when("p1", .facetLeft(reference(2), to: "p2"), atMs: 2_000)
    try scenario.when("p1", .command(.lose, command, id: "w/1"), atMs: 2_000)
    try scenario.deliver(atMs: 2_000)
    #expect(scenario.lead("mortgage", of: "p2")?.lostReason == "no answer")
  }

  @Test func whatIsKeptForLatecomersIsForgottenInTime() throws {
    let scenario = Scenario([mortgage()])
    let form = scenario.event(.formSubmitted, atMs: 2_000) { $0.form = "mortgage" }
    try scenario.when("p1", .event(form), atMs: 2_000)
    try scenario.when("p1", .facetLeft(reference(2), to: "p2"), atMs: 2_000)
    #expect(scenario.states["p1"]?.nextDueMs == 2_000 + Leads.recentMs)
    try scenario.when("p1", .tick, atMs: 2_000 + Leads.recentMs)
    #expect(scenario.states["p1"]?.recent == [])
    try scenario.when("p1", .tick, atMs: 2_000 + Leads.leftMs)
    #expect(scenario.states.isEmpty)
  }
}
