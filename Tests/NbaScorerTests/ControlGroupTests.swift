import Contracts
import NbaScorerCore
import Testing

/// A small part of the customers whose lists are ranked otherwise, so that lift can be measured.
@Suite struct ControlGroupTests {
  private static let catalog = Given.catalog([
    Given.proposition("dear", value: 90_000) { $0.startProbability = 0.01 },
    Given.proposition("likely", value: 500) { $0.startProbability = 0.6 },
    Given.proposition("middle", value: 20_000) { $0.startProbability = 0.2 },
    Given.proposition("costly", value: 1_000) { ($0.startProbability, $0.costMinor) = (0.1, 5_000) },
    Given.proposition("barred") { $0.isPaused = true },
    Given.proposition("must", value: 1) { ($0.isMandatory, $0.startProbability) = (true, 0.001) },
  ]) { $0.controlGroups = ControlGroups(randomEligiblePercent: 25, propensityOnlyPercent: 25, valueOnlyPercent: 25) }

  private func portfolio(
    _ customer: Int, _ catalog: Catalog = catalog, contact: String = "c1", atMs: Int64 = Given.nowMs,
    usesControlGroups: Bool? = nil
  ) throws -> Portfolio {
    var profile = Given.profile(contacts: [Given.contact(contact) { $0.startedMs = atMs }])
    profile.id = "p\(customer)"
    var settings = ScoringSettings(isSampling: false)
    settings.usesControlGroups = usesControlGroups
    return try Portfolio(
      CompiledCatalog(catalog), Given.situation(profile, contact: contact), settings, .models(ModelSet()))
  }

  private func customer(in group: ControlGroup) throws -> Int {
    try #require(try (0..<100).first { try portfolio($0).controlGroup == group })
  }

  @Test func `each ranks by what its name says, after the same gates and with what must be said first`() throws {
    func order(_ group: ControlGroup) throws -> [String] { try portfolio(customer(in: group)).order }
    #expect(try order(.none) == ["must", "middle", "dear", "likely"])
    #expect(try order(.propensityOnly) == ["must", "likely", "middle", "costly", "dear"])
    #expect(try order(.valueOnly) == ["must", "dear", "middle", "costly", "likely"])
    let random = try customer(in: .randomEligible)
    let orders = try Set((0..<40).map { try portfolio(random, contact: "c\($0)").order })
    #expect(orders.count > 10)
    #expect(orders.allSatisfy { $0.first == "must" && Set($0) == ["must", "dear", "likely", "middle", "costly"] })
    #expect(try portfolio(random).order == portfolio(random).order)
  }

  @Test func `what weighs nothing is held back from everybody`() throws {
    var catalog = Self.catalog
    catalog.levers = [Lever(name: "stop", percent: -100, proposition: "middle")]
    for group in ControlGroup.allCases {
      let number = try #require(try (0..<100).first { try portfolio($0, catalog).controlGroup == group })
      #expect(try portfolio(number, catalog).drop("middle") == "arbitration/weighs-nothing", "\(group)")
    }
  }

  @Test func `a customer is in his group all month, and a contact that goes over its end stays in it`() throws {
    let day = Given.dayMs
    // 2026-09-21, so that days 0…9 are September's.
    var changed = 0
    for number in 0..<200 {
      let groups = try (0..<10).map { try portfolio(number, atMs: Given.nowMs + Int64($0) * day).controlGroup }
      #expect(Set(groups).count == 1)
      if try portfolio(number, atMs: Given.nowMs + 12 * day).controlGroup != groups[0] { changed += 1 }
    }
    // Three of four find themselves in another one.
    #expect((110...190).contains(changed))
  }

  @Test func `the shares are the catalogue's, 2 % each where it says nothing, and none in catalogues of before`() throws
  {
    let count = 20_000
    let groups = ControlGroups()
    let counts = (0..<count).reduce(into: [ControlGroup: Int]()) {
      $0[groups.group(lot: Numerics.lot("control-group", "p\($1)", "2026-09")), default: 0] += 1
    }
    for group in ControlGroup.allCases where group != .none {
      let share = Double(counts[group] ?? 0) / Double(count)
      // Four standard deviations.
      #expect(abs(share - 0.02) < 0.004, "\(group): \(share)")
    }
    var catalog = Self.catalog
    catalog.controlGroups = nil
    #expect(try (0..<50).allSatisfy { try portfolio($0, catalog).controlGroup == .none })
    #expect(try (0..<50).allSatisfy { try portfolio($0, usesControlGroups: false).controlGroup == .none })
  }

  @Test func `list, decision and evidence carry it, and the decision is derived again with it`() throws {
    for group in ControlGroup.allCases {
      let number = try customer(in: group)
      var profile = Given.profile()
      profile.id = "p\(number)"
      let scorer = try Given.scorer(Self.catalog)
      let outcome = scorer.score(profile, nil, now: Given.nowMs, cause: nil)
      let published = try #require(outcome.lists.first)
      #expect(published.list.controlGroup == group && published.decision.controlGroup == group)
      let recorded = try NbaDecision(json: published.decision.json)
      let again = try explain(recorded, catalog: Self.catalog, published: NbaList(json: published.list.json))
      #expect(again.differences == [] && again.list == published.list)
      let taken = published.list.items[1].proposition
      profile.facets[0].body.contacts[0].responses = [
        Response(list: published.list.id, proposition: taken, outcome: .accepted, atMs: Given.nowMs)
      ]
      let state = try ScorerState(json: outcome.state.json)
      let evidence = scorer.score(profile, state, now: Given.nowMs, cause: nil).evidence
      #expect(evidence.map(\.evidence.controlGroup) == [group])
    }
  }

  @Test(arguments: [true, false])
  func `what nobody has ranked is learned from, and is in no control group`(isFallback: Bool) throws {
    let mint = IdMint(secret: "test")
    let list =
      isFallback ? mint.list(contact: "c1", version: 0, items: ["dear", "likely"]) : mint.importedList(contact: "c1")
    let scorer = try Given.scorer(Self.catalog)
    // The contact has been listed since, and had no list before: either way the answer is to the list of before.
    for state in [nil, scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil).state] {
      var profile = Given.profile()
      profile.facets[0].body.contacts[0].responses = [
        Response(list: list, proposition: "likely", outcome: .accepted, atMs: Given.nowMs)
      ]
      let found = scorer.score(profile, state, now: Given.nowMs, cause: nil).evidence.map(\.evidence)
      #expect(found.map(\.isAccepted) == [true] && found.map(\.controlGroup) == [nil])
      #expect(abs((found.first?.probability ?? 0) - 0.6) < 1e-9 && found.first?.features.isEmpty == false)
    }
  }
}
