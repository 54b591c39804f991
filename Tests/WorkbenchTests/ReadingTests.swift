// What the pages are told, once and live.

import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

struct ReadingTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  @Test func aCustomerIsFoundByAnyOfHisIdentifiersWithListAndLeads() async throws {
    try scene.put(scene.state(identifiers: [Scene.cookie, Scene.customer]))
    try scene.put(scene.list(["day-money", "gold-card"], version: 1))
    try scene.put([scene.lead("l1", "gold-card")])
    let bench = try await Bench(scene)
    for identifier in [Scene.cookie, Scene.customer] {
      let answer = try await bench.get("/workbench/api/customers?identifier=\(identifier)")
      #expect(answer.status == 200)
      #expect(answer.body.contains("\"isKnown\":true"))
      #expect(answer.body.contains("\"proposition\":\"day-money\""))
      #expect(answer.body.contains("\"id\":\"l1\""))
    }
    #expect(try await bench.get("/workbench/api/customers/recent").body.contains(Scene.customer))
    try await bench.stop()
  }

  /// Where the log has lost what the screens were about to read, they go on with what there is.
  @Test func aTopicThatWasMadeAnewIsReadFromItsBeginning() async throws {
    let bench = try await Bench(scene)
    func isShown(_ version: String) async throws -> Bool {
      try await bench.get("/workbench/api/catalog").body.contains("\"version\":\"\(version)\"")
    }
    for version in ["1-a", "2-b"] { try scene.put(Catalog(version: version, appliedMs: 1, name: "n", currency: "EUR")) }
    try await eventually { try await isShown("2-b") }
    scene.log.recreate(Topics.marketingCatalog.name, forgettingPositions: true)
    try scene.put(Catalog(version: "3-c", appliedMs: 1, name: "n", currency: "EUR"))
    try await eventually { try await isShown("3-c") }
    try await bench.stop()
  }

  @Test func whatCannotBeAskedIsAProblemThatNamesTheField() async throws {
    let bench = try await Bench(scene)
    let cases = [
      ("customers", 422, "identifier"), ("customers?identifier=nonsense", 422, "identifier"),
      ("customers?identifier=moon:1", 422, "identifier"), ("customers?identifier=cookie:nobody", 404, "identifier"),
      ("live?identifier=moon:1", 422, "identifier"), ("leads?status=odd", 422, "status"),
      ("catalog", 404, "version"), ("decisions/none", 404, "list"),
    ]
    for (path, status, field) in cases {
      let answer = try await bench.get("/workbench/api/\(path)")
      #expect(answer.status == status, "\(path)")
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.body.contains("\"field\":\"\(field)\""), "\(path): \(answer.body)")
    }
    try await bench.stop()
  }

  @Test func theVisitorIsWhoTheShopsCookieSays() async throws {
    let bench = try await Bench(scene)
    let staff = "trias_staff=\(Bench.token)"
    let none = try await bench.get("/workbench/api/visitor", headers: ["Cookie": staff])
    #expect(none.body == "{\"identifier\":null}")
    let some = try await bench.get("/workbench/api/visitor", headers: ["Cookie": "\(staff); lb_visitor=9f2c"])
    #expect(some.body == "{\"identifier\":\"cookie:9f2c\"}")
    try await bench.stop()
  }

  @Test func aScreenIsToldOfEachChangeAndOfWhatPasses() async throws {
    let bench = try await Bench(scene)
    let said = try bench.stream("/workbench/api/live?identifier=\(Scene.cookie)&channel=web")
    try await eventually("the empty picture") { said().contains("event: customer") }
    try scene.put(scene.state())
    try await eventually("the profile") { said().contains("\"isKnown\":false") }
    try scene.put(scene.list(["day-money", "gold-card"], version: 1))
    try await eventually("the list") { said().contains("\"kind\":\"first\"") }
    try scene.put(scene.list(["gold-card", "day-money"], version: 2))
    try await eventually("what moved") { said().contains("\"kind\":\"up\"") }
    try scene.put([scene.lead("l1", "gold-card")])
    try await eventually("the lead") { said().contains("\"stepSinceMs\"") }
    try await eventually("the strip") { said().contains("\"type\":\"nba.listed\"") }
    try await bench.stop()
  }

  @Test func aScreenOfAContactShowsThatContactsList() async throws {
    try scene.put(scene.state())
    try scene.put(scene.list(["day-money"], version: 1))
    try scene.put(scene.list(["fee-waiver"], version: 1, contact: "call-1"))
    let bench = try await Bench(scene)
    let path = "/workbench/api/customers?identifier=\(Scene.cookie)"
    #expect(try await bench.get("\(path)&contact=call-1").body.contains("\"proposition\":\"fee-waiver\""))
    #expect(try await bench.get("\(path)&channel=web").body.contains("\"proposition\":\"day-money\""))
    try await bench.stop()
  }

  @Test func anOpenScreenDoesNotHoldTheShutdownUp() async throws {
    let bench = try await Bench(scene)
    let said = try bench.stream("/workbench/api/live")
    try await eventually("the stream") { said().contains("event: flow") }
    let start = ContinuousClock.now
    try await bench.stop()
    #expect(ContinuousClock.now - start < .seconds(8))
  }

  @Test func whatWasThereBeforeFillsTheBooksButIsNoNews() async throws {
    try scene.put(scene.state())
    let bench = try await Bench(scene)
    let said = try bench.stream("/workbench/api/live?identifier=\(Scene.cookie)")
    try await eventually("the picture") { said().contains("\"isKnown\"") }
    try await eventually("the flow") { said().contains("event: flow") }
    #expect(said().contains("\"records\":[]"))
    try await bench.stop()
  }

  @Test func leadsAreFilteredAndCounted() async throws {
    try scene.put([
      scene.lead("l1", "gold-card"), scene.lead("l2", "day-money", step: 3, status: .won),
      scene.lead("l3", "travel-cover", status: .lost),
    ])
    let bench = try await Bench(scene)
    struct Leads: Decodable {
      struct Totals: Decodable { var count: Int; var amounts: [String: Int64] }
      struct Row: Decodable { var lead: Lead }
      var open: Totals
      var won: Totals
      var lost: Totals
      var rows: [Row]
      var matching: Int
    }
    let all = try await bench.get("/workbench/api/leads").json(Leads.self)
    #expect(all.open.count == 1 && all.won.count == 1 && all.lost.count == 1)
    #expect(all.matching == 3)
    #expect(all.won.amounts == ["EUR": 9_000])
    let won = try await bench.get("/workbench/api/leads?status=won").json(Leads.self)
    #expect(won.rows.map(\.lead.id) == ["l2"])
    let found = try await bench.get("/workbench/api/leads?search=TRAVEL").json(Leads.self)
    #expect(found.rows.map(\.lead.id) == ["l3"])
    try await bench.stop()
  }

  @Test func leadsAreAWorkListWithWhatIsDueFirstAndWhomItIsAbout() async throws {
    var late = scene.lead("late", "gold-card")
    late.stepSinceMs -= 86_400_000 * 300
    var rich = scene.lead("rich", "fixed-mortgage")
    rich.expectedValueMinor = 1_000_000
    let won = scene.lead("won", "day-money", step: 3, status: .won)
    for index in late.steps.indices { late.steps[index].dueHours = 1 }
    try scene.put([rich, won, late])
    try scene.put(scene.fullState())
    let bench = try await Bench(scene)
    struct Leads: Decodable {
      struct Customer: Decodable { var name: String? }
      struct Row: Decodable { var lead: Lead; var dueMs: Int64?; var customer: Customer? }
      struct Choice: Decodable { var id: String; var count: Int }
      var offers: [Choice]
      var steps: [Choice]
      var rows: [Row]
      var matching: Int
    }
    func leads(_ query: String) async throws -> Leads {
      try await bench.get("/workbench/api/leads?\(query)").json(Leads.self)
    }
    let due = try await leads("order=due")
    #expect(due.rows.map(\.lead.id) == ["late", "rich", "won"])
    #expect(due.rows[0].dueMs == late.stepSinceMs + 3_600_000)
    #expect(due.rows[0].customer?.name == "Ada Jansen")
    #expect(due.offers.map(\.id).sorted() == ["day-money", "fixed-mortgage", "gold-card"])
    #expect(due.steps.reduce(0) { $0 + $1.count } == 2)
    #expect(try await leads("order=value").rows.first?.lead.id == "rich")
    #expect(try await leads("offer=gold-card").rows.map(\.lead.id) == ["late"])
    #expect(try await leads("status=open&step=\(late.steps[0].name)").rows.contains { $0.lead.id == "late" })
    let few = try await leads("order=due&rows=1")
    #expect(few.rows.map(\.lead.id) == ["late"])
    #expect(few.matching == 3)
    #expect(try await bench.get("/workbench/api/leads?order=odd").status == 422)
    try await bench.stop()
  }

  @Test func aPropositionHasItsResultsBesideIt() async throws {
    try scene.put(Scene.catalog)
    for (index, isAccepted) in [true, false, false, false].enumerated() {
      var evidence = NbaEvidence(
        id: "l\(index)/day-money", model: "day-money/web/inbound", proposition: "day-money", channel: "web",
        list: "l\(index)", atMs: scene.nowMs + Int64(index), isAccepted: isAccepted, features: [], probability: 0.1,
        modelVersion: 1)
      evidence.controlGroup = index == 1 ? .valueOnly : ControlGroup.none
      try scene.put(Topics.nbaEvidence, key: evidence.model, evidence.json)
    }
    try scene.put([scene.lead("l1", "day-money", step: 3, status: .won), scene.lead("l2", "gold-card")])
    let bench = try await Bench(scene)
    struct Model: Decodable {
      struct Results: Decodable, Equatable {
        var shown: Int, accepted: Int, open: Int, won: Int, lost: Int, netRevenueMinor: Int64
      }
      struct Group: Decodable, Equatable {
        var controlGroup: ControlGroup, shown: Int, accepted: Int, valueMinor: Double
      }
      var controlGroups: [Group]
      var results: [String: Results]
      var resultsSinceMs: Int64?
    }
    let model = try await bench.get("/workbench/api/catalog").json(Model.self)
    #expect(
      model.results["day-money"]
        == .init(shown: 4, accepted: 1, open: 0, won: 1, lost: 0, netRevenueMinor: 9_000))
    #expect(model.results["gold-card"] == .init(shown: 0, accepted: 0, open: 1, won: 0, lost: 0, netRevenueMinor: 0))
    let value = Scene.catalog.proposition("day-money")!.valueMinor
    #expect(
      model.controlGroups == [
        .init(controlGroup: .none, shown: 3, accepted: 1, valueMinor: Double(value)),
        .init(controlGroup: .valueOnly, shown: 1, accepted: 0, valueMinor: 0),
      ])
    #expect(model.resultsSinceMs == scene.nowMs)
    try await bench.stop()
  }

  /// Of whom the profile that he was and the one that he is both say it, and who said yes after it had been taken for a no.
  @Test func whatIsSaidOfOnePresentationMoreThanOnceCountsOnce() throws {
    func results(_ said: [(list: String, isAccepted: Bool, group: ControlGroup?)]) throws -> ResultsBook {
      var book = ResultsBook()
      for (list, isAccepted, group) in said {
        var evidence = NbaEvidence(
          id: "\(list)/gold-card", model: "gold-card/web/inbound", proposition: "gold-card", channel: "web", list: list,
          atMs: 1, isAccepted: isAccepted, features: [], probability: 0.1, modelVersion: 1)
        evidence.controlGroup = group
        try book.take(evidence.json)
      }
      return book
    }
    let random = ControlGroup.randomEligible
    let cases: [[(list: String, isAccepted: Bool, group: ControlGroup?)]] = [
      [("a", true, random), ("a", true, nil)], [("a", false, random), ("a", true, nil)],
      [("a", false, nil), ("a", true, random)], [("a", true, nil), ("a", false, random)],
      [("a", true, random), ("a", false, .valueOnly), ("a", true, nil)],
    ]
    for said in cases {
      let one = try results(said)
      #expect(one.byProposition == ["gold-card": .init(shown: 1, accepted: 1)], "\(said)")
      #expect(one.byControlGroup == [random: ["gold-card": .init(shown: 1, accepted: 1)]], "\(said)")
    }
    let several = try results([("a", false, random), ("b", false, random), ("b", false, nil), ("a", true, nil)])
    #expect(several.byControlGroup[random] == ["gold-card": .init(shown: 2, accepted: 1)])
    #expect(several.byProposition == ["gold-card": .init(shown: 2, accepted: 1)])
  }

  @Test func theCatalogueIsShownAsItApplies() async throws {
    var old = Scene.catalog
    old.version = "2-0000"
    old.name = "Before"
    try scene.put(old)
    try scene.put(Scene.catalog)
    // It comes once more, late.
    try scene.put(old)
    let bench = try await Bench(scene)
    let now = try await bench.get("/workbench/api/catalog")
    #expect(now.body.contains("\"isCurrent\":true"))
    #expect(now.body.contains("Hanse Retail Bank"))
    let before = try await bench.get("/workbench/api/catalog?version=2-0000")
    #expect(before.body.contains("\"isCurrent\":false"))
    try await bench.stop()
  }

  @Test func aDecisionIsDerivedAgainByWhoeverHoldsTheScorer() async throws {
    try scene.put(Scene.catalog)
    var decision = NbaDecision(
      list: Scene.listId(1), contact: Scene.contact, version: 1, atMs: scene.nowMs,
      catalogVersion: Scene.catalog.version, profile: scene.state(),
      propensities: Propensities([
        PropensityRecord(
          proposition: "day-money", model: "day-money/web/inbound", modelVersion: 4, mean: -1.2, variance: 0.1)
      ]), settings: ScoringSettings())
    decision.group = GroupAggregate(
      segment: "newcomers", version: 12, atMs: 1, members: 40,
      interests: [GroupInterest(category: "mortgage", members: 10)])
    try scene.put(Topics.nbaDecisions, key: Scene.profile, Scene.json(decision))
    let bench = try await Bench(scene)
    let plain = try await bench.get("/workbench/api/decisions/\(Scene.listId(1))")
    #expect(plain.body.contains("trias explain"))
    #expect(!plain.body.contains("\"portfolio\""))
    // The mean that the list was decided with, the same as anywhere: sigmoid(-1.2 / √(1 + π 0.1 / 8)).
    #expect(plain.body.contains("\"probability\":0.235"))
    #expect(plain.body.contains("\"name\":\"Day money at 2.5 %\""))
    #expect(plain.body.contains("\"segment\":\"newcomers\"") && plain.body.contains("\"share\":0.25"))
    try await bench.stop()
    let explaining = try await Bench(scene) { decision, catalog, language in
      #expect(decision.list == Scene.listId(1))
      return catalog.propositions.map {
        var one = ExplainedProposition(proposition: $0.id, name: $0.name, issue: $0.issue, group: $0.group)
        one.stage = .eligibility
        one.audit = ["in \(language.rawValue)"]
        return one
      }
    }
    let explained = try await explaining.get("/workbench/api/decisions/\(Scene.listId(1))")
    #expect(explained.body.contains("\"stage\":\"eligibility\""))
    #expect(explained.body.contains("in en") && explained.body.contains("\"controlGroup\":\"none\""))
    let dutch = try await explaining.get("/workbench/api/decisions/\(Scene.listId(1))?language=nl")
    #expect(dutch.body.contains("in nl"))
    let unknown = try await explaining.get("/workbench/api/decisions/\(Scene.listId(1))?language=tlh")
    #expect(unknown.status == 422 && unknown.body.contains("takes en or nl"))
    try await explaining.stop()
  }

  /// With propensities as a list of objects.
  @Test func aDecisionOfAnOlderBuildSaysSoAndHasItsList() async throws {
    try scene.put(Scene.catalog)
    try scene.put(scene.list(["day-money", "gold-card"], version: 1))
    try scene.put(Topics.nbaDecisions, key: Scene.profile, try scene.olderDecision(1))
    try scene.put(Topics.nbaDecisions, key: Scene.profile, try scene.olderDecision(7))
    let bench = try await Bench(scene)
    let older = try await bench.get("/workbench/api/decisions/\(Scene.listId(1))")
    #expect(older.status == 200)
    let why =
      "This decision was recorded by an older build (propensities: expected an object, found an array), which this one "
      + "can't derive; its list is below, as it was published."
    #expect(older.body.contains(why), "\(older.body)")
    #expect(older.body.contains("\"rank\":2") && older.body.contains("\"proposition\":\"gold-card\""))
    let unlisted = try await bench.get("/workbench/api/decisions/\(Scene.listId(7))")
    #expect(unlisted.status == 200 && !unlisted.body.contains("gold-card"))
    #expect(unlisted.body.contains("the command trias explain \(Scene.listId(7)) looks for its list"))
    try await bench.stop()
  }
}
