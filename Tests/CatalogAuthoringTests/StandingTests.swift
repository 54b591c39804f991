import CatalogAuthoring
import Contracts
import NbaScorerCore
import Rehearsal
import Testing

/// What is said to keep a proposition from everybody is what the stage of validity drops it by.
@Suite struct StandingTests {
  private static let nowMs: Int64 = 1_790_000_000_000

  private static let flaws: [(rule: String, text: String, make: @Sendable (inout Catalog) -> Void)] = [
    (
      "emergency-exclusion", "taken out: the rate is wrong",
      { $0.exclusions = [Exclusion(reason: "the rate is wrong", group: "loans")] }
    ),
    ("paused", "paused", { $0.propositions[0].isPaused = true }),
    ("not-yet-valid", "not before 2026-09-21T14:13:20.001Z", { $0.propositions[0].validFromMs = nowMs + 1 }),
    ("no-longer-valid", "over since 2026-09-21T14:13:20.000Z", { $0.propositions[0].validUntilMs = nowMs }),
    ("out-of-stock", "out of stock", { $0.propositions[0].isInStock = false }),
  ]

  private static func catalog(_ flaws: Int) -> Catalog {
    var catalog = Catalog(version: "1-test", appliedMs: 1, name: "test", currency: "EUR")
    catalog.propositions = ["loan", "card"].map { id in
      var proposition = Proposition(id: id, name: id, issue: "sales", group: "\(id)s", kind: .offer)
      proposition.treatments = [Treatment(channel: "web", headline: id, body: "Now.", callToAction: "Yes")]
      return proposition
    }
    for (place, flaw) in Self.flaws.enumerated() where flaws >> place & 1 == 1 { flaw.make(&catalog) }
    return catalog
  }

  @Test func `each is named as by the stage, whatever else keeps it back`() throws {
    var visitor = ProfileState(id: "ann", nowMs: Self.nowMs)
    visitor.facets = [
      Facet(
        id: "cookie:ann#0", version: 0, seq: 1, body: FacetBody(firstSeenMs: Self.nowMs, lastSeenMs: Self.nowMs))
    ]
    for flaws in 0..<(1 << Self.flaws.count) {
      let catalog = Self.catalog(flaws)
      let standing = Standing.all(of: catalog.propositions[0], in: catalog, nowMs: Self.nowMs)
      let expected = Self.flaws.indices.filter { flaws >> $0 & 1 == 1 }.map { Self.flaws[$0] }
      #expect(standing.map(\.rule) == expected.map(\.rule))
      #expect(standing.map(\.text) == expected.map(\.text))
      #expect(Standing.all(of: catalog.propositions[1], in: catalog, nowMs: Self.nowMs) == [])
      let trial = CustomerTrial(
        inForce: try CompiledCatalog(catalog), models: ModelSet(),
        newContact: CustomerTrial.newContact(channel: "web", direction: "inbound", placement: nil), nowMs: Self.nowMs)
      let drop = trial.decide(visitor).before.candidates[0].drop
      #expect(drop?.rule == standing.first?.rule && drop.map { $0.stage == .validity } ?? true)
    }
  }

  @Test func `of what is valid from and until now on the moment decides`() {
    var catalog = Self.catalog(0)
    (catalog.propositions[0].validFromMs, catalog.propositions[0].validUntilMs) = (Self.nowMs, Self.nowMs + 1)
    let rules = [-1, 0, 1].map { later in
      Standing.all(of: catalog.propositions[0], in: catalog, nowMs: Self.nowMs + later).map(\.rule)
    }
    #expect(rules == [["not-yet-valid"], [], ["no-longer-valid"]])
  }
}
