// The catalogue over HTTP: what of it can be shown now, who applied it and why, and what is remarked on.

import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

struct CatalogTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  struct Model: Decodable {
    struct Version: Decodable {
      var version: String
      var appliedBy: String?
      var note: String?
    }
    struct Standing: Decodable {
      var rule: String
      var atMs: Int64?
      var reason: String?
    }
    var versions: [Version]
    var catalog: Catalog
    var standings: [String: [Standing]]
    var remarks: Remarks
  }

  @Test func ofEachVersionItIsSaidWhoAppliedItAndWhy() async throws {
    var catalog = Scene.catalog
    try scene.put(catalog)
    (catalog.version, catalog.appliedBy, catalog.note) = ("4-other", "ann, approved by ben", "since the rate went up")
    try scene.put(catalog)
    let bench = try await Bench(scene)
    let model = try await bench.get("/workbench/api/catalog").json(Model.self)
    #expect(model.versions.map(\.version) == ["4-other", "3-9c1d"])
    #expect(model.versions.map(\.appliedBy) == ["ann, approved by ben", nil])
    #expect(model.versions.map(\.note) == ["since the rate went up", nil])
    #expect(model.catalog.appliedBy == "ann, approved by ben")
    try await bench.stop()
  }

  @Test func whatKeepsAPropositionFromEverybodyNowIsSaid() async throws {
    try scene.put(scene.flawedCatalog())
    let bench = try await Bench(scene)
    let model = try await bench.get("/workbench/api/catalog").json(Model.self)
    #expect(
      model.standings.mapValues { $0.map(\.rule) } == [
        "day-money": ["paused"], "savings-plan": ["not-yet-valid"], "gold-card": ["no-longer-valid"],
        "travel-cover": ["out-of-stock"], "fee-waiver": ["emergency-exclusion"],
      ])
    #expect(model.standings["fee-waiver"]?.first?.reason == "the rate is wrong")
    #expect(model.standings["savings-plan"]?.first?.atMs == scene.nowMs + 86_400_000)
    try await bench.stop()
  }

  @Test func whatCheckRemarksOnIsSaidOfWhatIsInForceOfADraftAndOfATextThatIsChecked() async throws {
    // An offer without steps: whoever accepts it counts as won at once.
    let text = try Scene.demoText().replacing("\npropositions:\n", with: "\npropositions:\n\(Self.withoutSteps)")
    try scene.apply(text, version: "1-demo")
    let bench = try await Bench(scene)
    struct Remarked: Decodable { var remarks: Remarks }
    try await scene.withDrafts {
      let id = try await bench.newDraft(text + "\n# as a draft\n")
      let body = String(decoding: try JSONSerialization.data(withJSONObject: ["text": text]), as: UTF8.self)
      for answer in [
        try await bench.get("/workbench/api/catalog"),
        try await bench.get("/workbench/api/drafts/\(id)", as: Bench.ann),
        try await bench.post("/workbench/api/catalog/check", body, as: Bench.ann),
      ] {
        let remarks = try answer.json(Remarked.self).remarks
        #expect(remarks.left == 0 && remarks.shown.contains { $0.contains("badge has no steps") }, "\(remarks)")
      }
    }
    try await bench.stop()
  }

  @Test func remarksAreOnlySoMany() throws {
    var catalog = Scene.catalog
    let offer = try #require(catalog.propositions.first)
    catalog.propositions = (0..<(Remarks.max + 7)).map { number in
      var one = offer
      (one.id, one.steps) = ("p\(number)", [])
      return one
    }
    let remarks = Remarks(on: catalog, nowMs: 0, namespaces: .standard)
    #expect(remarks.shown.count == Remarks.max && remarks.left >= 7)
    #expect(Remarks(on: nil, nowMs: 0, namespaces: .standard).shown == [])
  }

  private static let withoutSteps = """
      - id: badge
        name: A badge
        issue: service
        group: badges
        kind: offer
        valueMinor: 100
        startProbability: 0.1
        treatments:
          - {channel: web, headline: A badge, body: For you., callToAction: Get it}

    """
}

extension Scene {
  /// One proposition for each of what may keep it from everybody.
  func flawedCatalog() -> Catalog {
    var catalog = Self.catalog
    func change(_ id: String, _ change: (inout Proposition) -> Void) {
      change(&catalog.propositions[catalog.propositions.firstIndex { $0.id == id }!])
    }
    change("day-money") { $0.isPaused = true }
    change("savings-plan") { $0.validFromMs = nowMs + 86_400_000 }
    change("gold-card") { $0.validUntilMs = nowMs - 86_400_000 }
    change("travel-cover") { $0.isInStock = false }
    change("fixed-mortgage") {
      ($0.validUntilMs, $0.costMinor, $0.marginPercent) = (nowMs + 86_400_000, 250, 1.25)
    }
    catalog.exclusions = [Exclusion(reason: "the rate is wrong", proposition: "fee-waiver")]
    (catalog.appliedBy, catalog.note) = ("ann, approved by ben", "since the rate went up")
    return catalog
  }
}
