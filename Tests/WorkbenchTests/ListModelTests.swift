// What moved on a list, as a screen is told.

import Contracts
import Foundation
import Testing

@testable import Workbench

struct ListModelTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  func model(
    _ before: [String]?, _ now: [String], responses: [Response] = [], endedMs: Int64? = nil,
    decidedBy catalogVersion: String = "1", _ catalog: Catalog? = nil, nowMs: Int64 = 1_000_000
  ) throws -> ListModel {
    var state = scene.state()
    state.facets[0].body.contacts[0].responses = responses
    state.facets[0].body.contacts[0].endedMs = endedMs
    var list = scene.list(now, version: 2)
    (list.catalogVersion, list.atMs) = (catalogVersion, 1)
    let entry = ListBook.Entry(
      profile: Scene.profile, head: .init(id: list.id, contact: list.contact, version: 2, cause: nil),
      list: try Scene.json(list), previous: try before.map { try Scene.json(scene.list($0, version: 1)) })
    return try ListModel(entry, CustomerView(state), catalog, nowMs: nowMs)
  }

  @Test func theFirstListOfAContactMovesNothing() throws {
    let model = try model(nil, ["day-money", "gold-card"])
    #expect(model.items.map(\.change.kind) == [.first, .first])
    #expect(model.gone.isEmpty)
  }

  @Test func itSaysWhatRoseFellCameAndWent() throws {
    let model = try model(
      ["day-money", "gold-card", "travel-cover"], ["travel-cover", "day-money", "fixed-mortgage"])
    #expect(model.items.map(\.change) == [.init(kind: .up, by: 2), .init(kind: .down, by: 1), .init(kind: .new)])
    #expect(model.gone.map(\.proposition) == ["gold-card"])
    #expect(model.gone.map(\.rank) == [2])
  }

  @Test func itSaysWhatTheCustomerAnsweredWithTheHeaviestAnswer() throws {
    let answers: [(String, Outcome)] = [
      ("day-money", .accepted), ("day-money", .presented), ("gold-card", .rejected), ("gold-card", .clicked),
    ]
    let model = try model(
      ["day-money", "gold-card"], ["day-money"],
      responses: answers.map { Response(list: "x", proposition: $0, outcome: $1, atMs: 1) })
    #expect(model.items[0].outcome == .accepted)
    #expect(model.gone[0].outcome == .rejected)
  }

  /// Two are taken out after the list was decided, and one of them is in the catalogue no more.
  private var later: Catalog {
    var catalog = Catalog(version: "2-later", appliedMs: 500, name: "test", currency: "EUR")
    catalog.propositions = ["day-money", "gold-card"].map {
      Proposition(id: $0, name: $0, issue: "i", group: $0, kind: .offer)
    }
    catalog.exclusions = [Exclusion(reason: "the rate is wrong", proposition: "day-money")]
    return catalog
  }

  @Test func whatTheCatalogueInForceTakesOutIsWithheldWithTheReasonAndTheRestIsShown() throws {
    let model = try model(
      ["gold-card", "day-money"], ["day-money", "gold-card", "travel-cover"],
      responses: [Response(list: "x", proposition: "day-money", outcome: .presented, atMs: 1)], later)
    #expect(model.items.map(\.item.proposition) == ["gold-card"] && model.items.map(\.item.rank) == [1])
    #expect(model.items.map(\.change) == [.init(kind: .down, by: 1)], "by where it was decided to stand")
    #expect(model.withheld.map(\.proposition) == ["day-money", "travel-cover"] && model.gone.isEmpty)
    #expect(model.withheld.map(\.reason) == ["taken out at once: the rate is wrong", "in the catalogue no more"])
    #expect(model.withheld.map(\.rank) == [1, 3] && model.withheld.map(\.outcome) == [.presented, nil])
    #expect(model.dropped.first { $0.stage == .validity }?.count == 2)
  }

  @Test func whatWasDecidedIsShownWhereNothingSpeaksAgainstIt() throws {
    let all = ["day-money", "gold-card"]
    for model in [
      try model(nil, all), try model(nil, all, decidedBy: "3-newer", later),
      // What was shown before it ended, a later catalogue doesn't say.
      try model(nil, all, endedMs: 499, later),
    ] {
      #expect(model.items.map(\.item.proposition) == all && model.withheld.isEmpty)
    }
    #expect(try model(nil, all, endedMs: 500, later).withheld.map(\.proposition) == ["day-money"])
  }
}
