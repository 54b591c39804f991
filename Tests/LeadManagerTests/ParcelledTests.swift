import Contracts
import LeadManagerCore
import Testing

/// What leads were told, where facets move for other reasons than a split, or in another order than one thinks.
@Suite struct ParcelledTests {
  private let customer = "customer:a#0"

  private func move(
    _ scenario: Scenario, _ facet: String, _ version: Int64, from: String, to: String, atMs: Int64
  ) throws {
    try scenario.when(
      from, .facetLeft(FacetReference(facet: facet, version: version, seq: 9), to: to), atMs: atMs)
    try scenario.when(to, .facetReceived(FacetReference(facet: facet, version: version, seq: 9)), atMs: atMs)
  }

  private func look(_ scenario: Scenario, atMs: Int64) throws {
    for atMs in [atMs, atMs + Leads.partingMs] {
      for profile in scenario.states.keys.sorted() { try scenario.when(profile, .tick, atMs: atMs) }
      try scenario.deliver(atMs: atMs)
    }
  }

  private func order(_ scenario: Scenario, by facet: String, version: Int64 = 1, atMs: Int64) throws {
    var order = scenario.event(.orderPlaced, facet: facet, atMs: atMs) {
      ($0.product, $0.amountMinor, $0.currency) = ("card", 900, "EUR")
    }
    order.facet.version = version
    try scenario.when("p1", .event(order), atMs: atMs)
  }

  /// A number that somebody else is named with too is nobody's any more, and what was bought under it is bought.
  @Test func aTelephoneNumberThatIsSharedUndoesNothing() throws {
    let scenario = Scenario([card()])
    try scenario.accept("card", facet: customer)
    try order(scenario, by: "phone:31#0", atMs: 2_000)
    #expect(scenario.lead("card")?.status == .won)
    try move(scenario, "phone:31#0", 2, from: "p1", to: "p3", atMs: 3_000)
    try look(scenario, atMs: 3_000)
    #expect(scenario.lead("card")?.status == .won && scenario.lead("card")?.revision == nil)
  }

  /// Both move in one verdict, and the lead's own transfer comes after them, as it does in production. A split later still
  /// finds whose the order was.
  @Test func evidenceThatCameBeforeItsLeadIsKnownToBeThere() throws {
    let (mine, other) = ("cookie:m#0", "cookie:o#0")
    let scenario = Scenario([card()])
    try scenario.accept("card", facet: mine)
    try order(scenario, by: other, atMs: 2_000)
    try move(scenario, mine, 2, from: "p1", to: "p2", atMs: 3_000)
    try move(scenario, other, 2, from: "p1", to: "p2", atMs: 3_000)
    try scenario.deliver(atMs: 3_100)
    try look(scenario, atMs: 3_200)
    #expect(scenario.lead("card", of: "p2")?.status == .won)
    let splitMs = 10 * Leads.partingMs
    try move(scenario, mine, 3, from: "p2", to: "p4", atMs: splitMs)
    try scenario.deliver(atMs: splitMs)
    try look(scenario, atMs: splitMs)
    #expect(scenario.lead("card", of: "p4")?.status == .open)
  }

  /// The wait begins with a tick: a facet that is read hours after it moved has had no time yet.
  @Test func whatComesLateWaitsAsLong() throws {
    let (mine, other) = ("cookie:m#0", "cookie:o#0")
    let scenario = Scenario([card()])
    try scenario.accept("card", facet: mine)
    try order(scenario, by: other, atMs: 2_000)
    try move(scenario, other, 2, from: "p1", to: "p2", atMs: 3_000)
    try scenario.when("p1", .tick, atMs: 3_000 + 2 * Leads.partingMs)
    #expect(scenario.lead("card")?.status == .won)
    #expect(scenario.states["p1"]?.nextDueMs == 3_000 + 3 * Leads.partingMs)
  }
}
