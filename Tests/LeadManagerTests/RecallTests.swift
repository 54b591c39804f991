import Contracts
import LeadManagerCore
import Testing

/// What `b` did while his lead was still at `a`'s profile, where a later deed of `a`'s had begun the step under way: it is
/// remembered where the lead comes to, and too early for that step. Once what is `a`'s is taken out it may count.
@Suite struct RecallTests {
  private let a = "customer:a#0"
  private let b = "cookie:b#0"
  private let splitMs: Int64 = 10_000
  private var lookedAtMs: Int64 { splitMs + Leads.partingMs }

  /// Two forms, and an order.
  private static func loan() -> Proposition {
    var proposition = simple("loan", .offer)
    proposition.steps = ["apply", "prove"].map { name in
      SalesStep(name: name, summary: name, completedBy: StepTrigger(event: "form.submitted", form: name))
    }
    proposition.steps.append(
      SalesStep(name: "sign", summary: "Signed.", completedBy: StepTrigger(event: "order.placed", product: "loan")))
    return proposition
  }

  private func event(
    _ scenario: Scenario, _ type: EventType, by facet: String, _ version: Int64, atMs: Int64,
    _ fill: (inout Interaction) -> Void
  ) -> LeadInput {
    var event = scenario.event(type, facet: facet, atMs: atMs, fill)
    event.facet.version = version
    return .event(event)
  }

  private func form(
    _ scenario: Scenario, _ form: String, by facet: String, _ version: Int64, atMs: Int64
  ) -> LeadInput {
    event(scenario, .formSubmitted, by: facet, version, atMs: atMs) { $0.form = form }
  }

  private func move(_ scenario: Scenario, _ facet: String, _ version: Int64, from: String, to: String) throws {
    let reference = FacetReference(facet: facet, version: version, seq: 9)
    try scenario.when(from, .facetLeft(reference, to: to), atMs: splitMs)
    try scenario.when(to, .facetReceived(reference), atMs: splitMs)
  }

  /// `b` came from `p2` to `a`'s profile, accepted and goes back, with `a`'s form on his lead; what is heard at `p2` then is
  /// heard before the lead comes. The channels' clock is ahead by so much.
  private func parting(aheadMs: Int64 = 0, hearing deeds: (Scenario) -> [LeadInput]) throws -> Scenario {
    let scenario = Scenario([Self.loan()])
    var acceptance = scenario.acceptance(of: "loan", contact: "cb", facet: b, atMs: 1_000 + aheadMs)
    acceptance.facet.version = 2
    try scenario.when("p1", .event(acceptance), atMs: 1_000)
    try scenario.when("p1", form(scenario, "apply", by: a, 0, atMs: 5_000 + aheadMs), atMs: 5_000)
    try move(scenario, b, 3, from: "p1", to: "p2")
    for deed in deeds(scenario) { try scenario.when("p2", deed, atMs: splitMs) }
    try scenario.deliver(atMs: splitMs)
    let lead = try #require(scenario.lead("loan", of: "p2"))
    #expect(lead.step == 1 && lead.history.map(\.facet) == [a], "nothing changes at once")
    return scenario
  }

  private func look(_ scenario: Scenario) throws {
    for atMs in [splitMs, lookedAtMs] {
      for profile in scenario.states.keys.sorted() { try scenario.when(profile, .tick, atMs: atMs) }
    }
    try scenario.deliver(atMs: lookedAtMs)
  }

  @Test(arguments: [0, 3_000_000])
  func hisOwnFormCountsOnceTheOneBeforeItIsTakenOut(aheadMs: Int64) throws {
    let scenario = try parting(aheadMs: aheadMs) { [form($0, "apply", by: b, 3, atMs: 2_000 + aheadMs)] }
    try look(scenario)
    let lead = try #require(scenario.lead("loan", of: "p2"))
    #expect(lead.step == 1 && lead.stepSinceMs == 2_000 + aheadMs && lead.history.map(\.facet) == [b])
  }

  /// What is remembered at one place is known at no other.
  @Test func andSoItDoesWhereTheLeadHasGoneOn() throws {
    let scenario = try parting { [form($0, "apply", by: b, 3, atMs: 2_000)] }
    try move(scenario, b, 4, from: "p2", to: "p3")
    try scenario.deliver(atMs: splitMs)
    try look(scenario)
    let lead = try #require(scenario.lead("loan", of: "p3"))
    #expect(lead.step == 1 && lead.history.map(\.facet) == [b])
  }

  /// It is from before the step that it would complete, with what is `a`'s and without.
  @Test func whatIsTooEarlyCompletesNothingAndTheLeadCanStillBeDerived() throws {
    let scenario = try parting { [form($0, "prove", by: b, 3, atMs: 2_000)] }
    try look(scenario)
    #expect(scenario.lead("loan", of: "p2")?.step == 0)
    try scenario.when("p2", form(scenario, "apply", by: b, 3, atMs: 6_000), atMs: lookedAtMs)
    #expect(scenario.lead("loan", of: "p2")?.step == 1)
  }

  @Test func hisFormsCountInTheirOrder() throws {
    let scenario = try parting {
      [form($0, "prove", by: b, 3, atMs: 3_000), form($0, "apply", by: b, 3, atMs: 2_000)]
    }
    try look(scenario)
    let lead = try #require(scenario.lead("loan", of: "p2"))
    #expect(lead.step == 2 && lead.stepSinceMs == 3_000)
  }

  @Test func anEarlyOrderOfHisOwnWinsOnce() throws {
    let scenario = try parting {
      [
        event($0, .orderPlaced, by: b, 3, atMs: 2_000) {
          ($0.product, $0.amountMinor, $0.currency) = ("loan", 900, "EUR")
        }
      ]
    }
    try look(scenario)
    let lead = try #require(scenario.lead("loan", of: "p2"))
    #expect(lead.status == .won && lead.netRevenueMinor == 900)
    #expect(scenario.states["p2"]?.recent == [], "money counts once")
  }

  /// At the profile that it goes to it is heard like anything else.
  @Test func whatLeavesTheLeadAgainIsNoRecollectionElsewhere() throws {
    let c = "cookie:c#0"
    let scenario = try parting { [form($0, "apply", by: c, 0, atMs: 2_000)] }
    try move(scenario, c, 1, from: "p2", to: "p4")
    try look(scenario)
    #expect(scenario.lead("loan", of: "p2")?.step == 0)
    let recent = try #require(scenario.states["p4"]?.recent)
    #expect(recent.map(\.facet) == [c] && recent.allSatisfy { $0.isRecalled == nil })
  }
}
