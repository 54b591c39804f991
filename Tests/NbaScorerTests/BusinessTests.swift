import Contracts
import NbaScorerCore
import Testing

/// What the business says beside the propositions: levers, exclusions, what an offer may cost, and where it is shown.
@Suite struct BusinessTests {
  @Test func `levers of an issue, a group and a proposition add up, while they are valid, and never below nothing`()
    throws
  {
    func lever(_ levers: [Lever]) throws -> Double {
      let catalog = Given.catalog([Given.proposition("loan", group: "loans"), Given.proposition("card")]) {
        $0.levers = levers
      }
      let portfolio = try Given.portfolio(catalog)
      return portfolio.candidates[0].lever
    }
    let both = [Lever(name: "a", percent: 20, group: "loans"), Lever(name: "b", percent: 30, proposition: "loan")]
    #expect(try abs(lever(both) - 1.5) < 1e-12)
    #expect(try abs(lever(both + [Lever(name: "c", percent: -100, group: "loans")]) - 0.5) < 1e-12)
    #expect(
      try lever([Lever(name: "a", percent: -80, group: "loans"), Lever(name: "b", percent: -80, group: "loans")]) == 0)
    #expect(try lever([Lever(name: "a", percent: 50, issue: "service", proposition: "loan")]) == 1)
    var later = Lever(name: "later", percent: 50, proposition: "loan")
    later.validFromMs = Given.nowMs + 1
    #expect(try lever([later]) == 1)
    (later.validFromMs, later.validUntilMs) = (Given.nowMs, Given.nowMs + 1)
    #expect(try lever([later]) == 1.5)
    later.validUntilMs = Given.nowMs
    #expect(try lever([later]) == 1)
  }

  @Test func `what is excluded is out at once, however urgent, and says why`() throws {
    let catalog = Given.catalog([
      Given.proposition("loan", group: "loans") { $0.isMandatory = true }, Given.proposition("card"),
    ]) { $0.exclusions = [Exclusion(reason: "the rate is wrong", group: "loans")] }
    let portfolio = try Given.portfolio(catalog)
    #expect(portfolio.order == ["card"] && portfolio.drop("loan") == "validity/emergency-exclusion")
    let list = portfolio.list(id: "l", version: 1, cause: nil, items: portfolio.listed.items)
    let entries = try explain(portfolio.decision(list: list, profile: Given.profile()), catalog: catalog).entries
    #expect(entries.compactMap(\.refusal) == ["Taken out at once: the rate is wrong"])
  }

  @Test func `one acceptance may cost so much and no more, the contact with it where we begin it`() throws {
    let catalog = Given.catalog([
      Given.proposition("dear", channels: ["call-centre"], value: 100_000) {
        ($0.startProbability, $0.costMinor, $0.maxCpaMinor) = (0.1, 100, 5_000)
      },
      Given.proposition("free", channels: ["call-centre"]) { $0.startProbability = 0.1 },
    ]) { $0.contactCosts = [ContactCost(channel: "call-centre", costMinor: 401)] }
    func drops(_ direction: String, _ change: (inout Catalog) -> Void = { _ in }) throws -> [String?] {
      var catalog = catalog
      change(&catalog)
      let contact = Given.contact(channel: "call-centre", direction: direction)
      let portfolio = try Given.portfolio(catalog, Given.profile(contacts: [contact]))
      return ["dear", "free"].map { portfolio.drop($0) }
    }
    // 501 for one in ten: 5,010.
    #expect(try drops("outbound") == ["arbitration/costs-too-much-per-acquisition", nil])
    #expect(try drops("inbound") == [nil, nil])
    #expect(
      try drops("outbound") { $0.contactCosts = [ContactCost(channel: "call-centre", costMinor: 399)] } == [nil, nil])
    #expect(
      try drops("outbound") { $0.contactCosts = [ContactCost(channel: "call-centre", costMinor: 1_001)] }
        == ["arbitration/costs-too-much-per-acquisition", "arbitration/not-worth-its-cost"])
  }

  /// Who has lost his card is told how to report that, also where we are the ones who call.
  @Test func `an answer to what the customer asks needn't pay for the contact`() throws {
    let catalog = Given.catalog([
      Given.proposition("report", channels: ["call-centre"], value: 150) {
        ($0.kind, $0.startProbability, $0.maxCpaMinor) = (.service, 0.002, 1)
      },
      Given.proposition("offer", channels: ["call-centre"], value: 150) { $0.startProbability = 0.002 },
    ]) { $0.contactCosts = [ContactCost(channel: "call-centre", costMinor: 200)] }
    let contact = Given.contact(channel: "call-centre", direction: "outbound")
    let portfolio = try Given.portfolio(catalog, Given.profile(contacts: [contact]))
    #expect(portfolio.order == ["report"] && portfolio.drop("offer") == "arbitration/not-worth-its-cost")
  }

  @Test func `a placement has its own treatment, or else the channel's`() throws {
    func treatment(_ headline: String, _ placement: String?) -> Treatment {
      Treatment(channel: "web", headline: headline, body: "b", callToAction: "c", placement: placement)
    }
    let catalog = Given.catalog([
      Given.proposition("loan") { $0.treatments = [treatment("hero", "home-hero"), treatment("anywhere", nil)] },
      Given.proposition("card") { $0.treatments = [treatment("basket", "basket")] },
    ])
    func shown(_ placement: String?) throws -> [String] {
      let profile = Given.profile(contacts: [Given.contact { $0.placement = placement }])
      return try Given.portfolio(catalog, profile).listed.items.map(\.treatment.headline)
    }
    #expect(try shown("home-hero") == ["hero"])
    #expect(try shown("basket").sorted() == ["anywhere", "basket"])
    #expect(try shown(nil) == ["anywhere"])
    let profile = Given.profile(contacts: [Given.contact { $0.placement = "home-hero" }])
    #expect(try Given.portfolio(catalog, profile).drop("card") == "validity/no-treatment-for-placement")
  }

  /// What `trias catalog check` remarks on.
  @Test func `what nobody gets to see by what the catalogue says of it drops out`() throws {
    func drop(_ fill: (inout Proposition) -> Void) throws -> String? {
      let loan = Given.proposition("loan", value: 1_000) {
        ($0.costMinor, $0.startProbability) = (400, 0.9)
        fill(&$0)
      }
      return try Given.portfolio(Given.catalog([loan])).drop("loan")
    }
    #expect(try drop { _ in } == nil)
    #expect(try drop { ($0.costMinor, $0.startProbability) = (0, 0.0001) } == "propensity/too-improbable")
    #expect(try drop { ($0.costMinor, $0.startProbability) = (0, 0.0005) } == nil)
    #expect(try drop { $0.costMinor = 1_000 } == "arbitration/not-worth-its-cost")
    #expect(try drop { $0.maxCpaMinor = 400 } == "arbitration/costs-too-much-per-acquisition")
    #expect(try drop { $0.maxCpaMinor = 450 } == nil)
    #expect(try drop { ($0.costMinor, $0.maxCpaMinor) = (0, 0) } == nil)
  }
}
