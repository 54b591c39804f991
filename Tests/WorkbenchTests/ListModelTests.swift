// What moved on a list, as a screen is told.

import Contracts
import Foundation
import Testing

@testable import Workbench

struct ListModelTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  func model(_ before: [String]?, _ now: [String], responses: [Response] = []) throws -> ListModel {
    var state = scene.state()
    state.facets[0].body.contacts[0].responses = responses
    let list = scene.list(now, version: 2)
    let entry = ListBook.Entry(
      profile: Scene.profile, head: .init(id: list.id, contact: list.contact, version: 2, cause: nil),
      list: try Scene.json(list), previous: try before.map { try Scene.json(scene.list($0, version: 1)) })
    return try ListModel(entry, CustomerView(state))
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
}
