import Contracts
import LeadManagerCore
import Testing

/// A lead of what there is only so much of opens when there is a unit for it.
@Suite struct ClaimTests {
  private static let limit = PropositionLimit(max: 20, per: .ever, of: .acceptances)

  private var limited: Proposition {
    var proposition = mortgage()
    proposition.limits = [Self.limit]
    return proposition
  }

  private func claim(_ said: [LeadOutput]) throws -> BudgetRequest {
    for case .claim(let request, _) in said { return request }
    throw Refusal(stage: "test", reason: "nothing was claimed: \(said.kinds)")
  }

  private func answer(_ request: BudgetRequest, _ isGranted: Bool) -> LeadInput {
    .answer(
      BudgetAnswer(
        proposition: request.proposition, contact: request.contact, lead: request.lead, askedMs: request.askedMs,
        isGranted: isGranted,
        reached: isGranted ? nil : Self.limit))
  }

  @Test func anAcceptanceClaimsAUnitAndOpensTheLeadWithIt() throws {
    let scenario = Scenario([limited])
    let said = try scenario.accept("mortgage")
    #expect(said.kinds == ["claim"] && scenario.lead("mortgage") == nil)
    let request = try claim(said)
    #expect(request.proposition == "mortgage" && request.profile == "p1" && request.contact == "c1")
    #expect(try scenario.when("p1", answer(request, true), atMs: 1_010).kinds == ["opened"])
    let lead = try #require(scenario.lead("mortgage"))
    #expect(lead.id == request.lead && lead.openedMs == 1_000)
    #expect(scenario.states["p1"]?.pending == nil)
    // What comes again opens and claims nothing.
    #expect(try scenario.when("p1", answer(request, true), atMs: 1_020) == [])
    #expect(try scenario.accept("mortgage") == [])
  }

  @Test func withoutAUnitTheAcceptanceIsRefusedWithTheReason() throws {
    let scenario = Scenario([limited])
    let request = try claim(scenario.accept("mortgage"))
    let said = try scenario.when("p1", answer(request, false), atMs: 1_010)
    let refusal = try #require(said.refusals.first)
    #expect(refusal.refused == "nba.accepted" && refusal.contact == "c1" && refusal.proposition == "mortgage")
    #expect(refusal.reason == "mortgage is limited, and all 20 that there are are taken")
    #expect(scenario.states["p1"] == nil)
  }

  @Test func everyAcceptanceThatWaitedIsToldOf() throws {
    let scenario = Scenario([limited])
    let request = try claim(scenario.accept("mortgage"))
    try scenario.accept("mortgage", contact: "c2", atMs: 1_005)
    let said = try scenario.when("p1", answer(request, false), atMs: 1_010)
    #expect(Set(said.refusals.map(\.eventId)).count == 2)
  }

  /// By its id the budget would take it for a repetition of the first.
  @Test func whoWasRefusedAndAcceptsAgainClaimsAgain() throws {
    let scenario = Scenario([limited])
    let ids = try (0..<2).map { _ in
      let said = try scenario.accept("mortgage")
      try scenario.when("p1", answer(claim(said), false), atMs: 1_010)
      guard case .claim(_, let id)? = said.first else { return "none" }
      return id
    }
    #expect(ids[0].hasPrefix("claim.") && ids[0] != ids[1])
  }

  @Test func whatNobodyAnswersIsClaimedAgain() throws {
    let scenario = Scenario([limited])
    let request = try claim(scenario.accept("mortgage"))
    let dueMs = try #require(scenario.states["p1"]?.nextDueMs)
    #expect(dueMs == 1_000 + Leads.claimAgainMs)
    let again = try claim(scenario.when("p1", .tick, atMs: dueMs))
    #expect(again.lead == request.lead && scenario.states["p1"]?.nextDueMs == dueMs + Leads.claimAgainMs)
    try scenario.when("p1", answer(again, true), atMs: dueMs + 1)
    #expect(scenario.lead("mortgage") != nil)
    #expect(try scenario.when("p1", answer(request, false), atMs: dueMs + 2) == [])
  }

  /// One instance may have both, and one tick for both.
  @Test func profilesThatWaitForOneLeadAskAgainUnderIdsOfTheirOwn() throws {
    let scenario = Scenario([limited])
    let ids = try ["p1", "p2"].map { profile in
      try scenario.accept("mortgage", profile: profile)
      let said = try scenario.when(profile, .tick, atMs: 1_000 + Leads.claimAgainMs)
      guard case .claim(_, let id)? = said.first else { return "none" }
      return id
    }
    #expect(ids[0].hasPrefix("claim.") && ids[0] != ids[1])
  }

  @Test func whatHappensMeanwhileIsNotMissed() throws {
    let scenario = Scenario([limited])
    let request = try claim(scenario.accept("mortgage"))
    let form = scenario.event(.formSubmitted, atMs: 1_005) { $0.form = "mortgage" }
    try scenario.when("p1", .event(form), atMs: 1_005)
    #expect(try scenario.when("p1", answer(request, true), atMs: 1_010).kinds == ["opened", "advanced", "task"])
    #expect(scenario.lead("mortgage")?.step == 1)
  }

  @Test func theSameAcceptedElsewhereMeanwhileIsNotedOnIt() throws {
    let scenario = Scenario([limited])
    let request = try claim(scenario.accept("mortgage"))
    #expect(try scenario.accept("mortgage", contact: "c2", atMs: 1_005) == [])
    #expect(try scenario.accept("mortgage", atMs: 1_006) == [])
    try scenario.when("p1", answer(request, true), atMs: 1_010)
    #expect(scenario.states["p1"]?.leads.count == 1)
    #expect(scenario.lead("mortgage")?.history.map(\.event) == ["nba.accepted"])
  }

  @Test func theLeadFollowsAFacetThatHasLeftWhileItWaited() throws {
    let scenario = Scenario([limited])
    let request = try claim(scenario.accept("mortgage"))
    let reference = FacetReference(facet: "cookie:a#0", version: 2, seq: 9)
    try scenario.when("p1", .facetLeft(reference, to: "p2"), atMs: 1_005)
    #expect(try scenario.when("p1", answer(request, true), atMs: 1_010).kinds == ["opened", "left", "transfer"])
    try scenario.deliver(atMs: 1_020)
    #expect(scenario.lead("mortgage", of: "p2") != nil && scenario.states["p1"]?.leads == [])
  }

  @Test func importedHistoryTakesNoUnits() throws {
    let scenario = Scenario([limited])
    let event = scenario.acceptance(of: "mortgage", version: 0)
    #expect(try scenario.when("p1", .event(event), atMs: 1_000).kinds == ["opened"])
  }

  @Test func whatIsLimitedByContactsOnlyIsNotClaimed() throws {
    var proposition = mortgage()
    proposition.limits = [PropositionLimit(max: 1, per: .day, of: .contacts)]
    let scenario = Scenario([proposition])
    #expect(try scenario.accept("mortgage").kinds == ["opened"])
  }

  @Test func aStateWithAPendingLeadComesBack() throws {
    let scenario = Scenario([limited])
    _ = try scenario.accept("mortgage")
    let state = try #require(scenario.states["p1"])
    #expect(try JSONCoding.decode(LeadState.self, from: JSONCoding.encode(state)) == state)
  }
}
