// What customers get over HTTP: by what is in force and by a draft, as a sample page by page and one by one.

import CatalogAuthoring
import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

struct RehearsalTests {
  let scene: Scene
  let text: String

  init() throws {
    scene = try Scene()
    text = try Scene.demoText()
  }

  struct Sample: Decodable {
    var inForce: String
    var isCompared: Bool
    var known: Int
    var customers: Int
    var inContact: Int
    var otherList: Int
    var otherFirst: Int
    var profiles: [String]
  }

  struct Place: Decodable, Equatable {
    var channel: String
    var direction: String
    var placement: String?
  }

  struct Decided: Decodable {
    var isOwn: Bool
    var decidedFor: Place
    var open: Place?
  }

  struct Page: Decodable {
    struct Row: Decodable {
      struct Item: Decodable {
        var proposition: String
        var name: String
        var reasons: [String]
      }
      var profile: String
      var identifier: String?
      var contact: Decided
      var before: [Item]
      var after: [Item]?
    }
    var inForce: String
    var rows: [Row]
    var gone: [String]
  }

  struct One: Decodable {
    struct Side: Decodable {
      var rank: Int?
      var stage: Stage?
      var refusal: String?
    }
    struct Row: Decodable {
      var proposition: String
      var before: Side?
      var after: Side?
      var why: String?
    }
    var identifier: String?
    var isCompared: Bool
    var contact: Decided
    var nowMs: Int64
    var rows: [Row]
    var rowsLeft: Int
  }

  /// One who is on the web, and twenty who are nowhere.
  private func putCustomers() throws {
    try scene.put(scene.state(identifiers: [Scene.cookie, Scene.customer]))
    for number in 0..<20 {
      try scene.put(scene.state(profile: "p\(number)", identifiers: ["cookie:c\(number)"], contact: nil))
    }
  }

  @Test func byADraftEverybodyOfASampleHasBothListsPageByPageAndWhoChangesFirst() async throws {
    try scene.apply(text, version: "1-demo")
    try putCustomers()
    let bench = try await Bench(scene)
    try await scene.withDrafts {
      // What is offered to everybody now is paused.
      let first = try Self.first(in: text)
      let id = try await bench.newDraft(
        text.replacing("- id: \(first)\n", with: "- id: \(first)\n    paused: true\n", maxReplacements: 1))
      let path = "/workbench/api/drafts/\(id)/rehearsal"
      let sample = try await bench.get("\(path)?customers=15", as: Bench.ben).json(Sample.self)
      #expect(sample.known == 21 && sample.customers == 15 && Set(sample.profiles).count == 15 && sample.isCompared)
      #expect(sample.otherList > 0)
      #expect(bench.accesses.isEmpty, "who they are was not told yet")
      var rows: [Page.Row] = []
      for part in [sample.profiles.prefix(10), sample.profiles.suffix(5)] {
        let page = try await bench.get("\(path)/page?profiles=\(part.joined(separator: ","))", as: Bench.ben)
          .json(Page.self)
        #expect(page.rows.map(\.profile) == Array(part) && page.gone == [] && page.inForce == "1-demo")
        rows += page.rows
      }
      let isOther = rows.map { $0.before.map(\.proposition) != $0.after?.map(\.proposition) }
      #expect(isOther == isOther.sorted { $0 && !$1 } && isOther.count { $0 } == sample.otherList)
      #expect(rows.allSatisfy { $0.identifier != nil && $0.before.contains { $0.proposition == first } })
      #expect(rows.allSatisfy { $0.after?.contains { $0.proposition == first } == false })
      #expect(rows[0].before.contains { !$0.reasons.isEmpty } && rows[0].before.allSatisfy { !$0.name.isEmpty })
      // Who was told of was looked at.
      #expect(bench.accesses.compactMap { $0["profile"] } == sample.profiles)
      #expect(bench.accesses.allSatisfy { $0["who"] == "ben" })

      let one = try await bench.get("\(path)/customer?identifier=\(Scene.customer)", as: Bench.ben).json(One.self)
      #expect(one.contact.isOwn && one.nowMs >= scene.nowMs && one.isCompared && one.rowsLeft == 0)
      let row = try #require(one.rows.first { $0.proposition == first })
      #expect(row.before?.rank != nil && row.after?.stage == .validity && row.after?.rank == nil && row.why != nil)
      #expect(try await bench.get("\(path)/customer?identifier=customer:nobody", as: Bench.ben).status == 404)
      #expect(bench.accesses.suffix(2).map { $0["answered"] ?? "" } == ["workbench", "unknown"])
    }
    try await bench.stop()
  }

  @Test func aDraftThatChangesNothingStillShowsEverybody() async throws {
    try scene.apply(text, version: "1-demo")
    try putCustomers()
    let bench = try await Bench(scene)
    try await scene.withDrafts {
      let id = try await bench.newDraft(text + "\n# the same\n")
      let path = "/workbench/api/drafts/\(id)/rehearsal"
      let sample = try await bench.get(path, as: Bench.ben).json(Sample.self)
      #expect(sample.otherList == 0 && sample.profiles.count == 21)
      let page = try await bench.get(
        "\(path)/page?profiles=\(sample.profiles.joined(separator: ","))", as: Bench.ben
      ).json(Page.self)
      #expect(page.rows.count == 21)
      #expect(page.rows.allSatisfy { !$0.before.isEmpty && $0.before.map(\.name) == $0.after?.map(\.name) })
    }
    try await bench.stop()
  }

  @Test func whatIsInForceIsShownOfASampleAndOfOneWithoutADraft() async throws {
    let bench = try await Bench(scene)
    let path = "/workbench/api/catalog/rehearsal"
    let none = try await bench.get(path)
    #expect(none.status == 409 && none.body.contains("no catalogue has been applied"))
    try scene.apply(text, version: "1-demo")
    try await eventually("it is in force") { try await bench.get("/workbench/api/catalog/channels").status == 200 }
    let nobody = try await bench.get(path).json(Sample.self)
    #expect(nobody.known == 0 && nobody.customers == 0 && nobody.profiles == [])
    try putCustomers()
    try await eventually("they are known") { try await bench.get(path).json(Sample.self).known == 21 }
    let sample = try await bench.get("\(path)?customers=20").json(Sample.self)
    #expect(!sample.isCompared && sample.customers == 20 && sample.otherList == 0 && sample.inForce == "1-demo")
    let page = try await bench.get("\(path)/page?profiles=\(Scene.profile),p0,p-nobody").json(Page.self)
    #expect(page.rows.map(\.profile) == [Scene.profile, "p0"] && page.gone == ["p-nobody"])
    #expect(page.rows.allSatisfy { $0.after == nil && !$0.before.isEmpty })
    #expect(page.rows.map(\.identifier) == [Scene.customer, "cookie:c0"])
    for who in ["identifier=\(Scene.customer)", "profile=\(Scene.profile)"] {
      let one = try await bench.get("\(path)/customer?\(who)").json(One.self)
      #expect(!one.isCompared && one.identifier == Scene.customer)
      #expect(one.rows.count { $0.before?.rank != nil } == page.rows[0].before.count)
      #expect(one.rows.allSatisfy { $0.why == nil } && one.rows.contains { $0.before?.refusal != nil })
    }
    #expect(bench.accesses.compactMap { $0["profile"] } == [Scene.profile, "p0", Scene.profile, Scene.profile])
    try await bench.stop()
  }

  @Test func theContactIsHisOwnOrANewOneWhereItIsChosen() async throws {
    try scene.apply(text, version: "1-demo")
    try putCustomers()
    let bench = try await Bench(scene)
    let path = "/workbench/api/catalog/rehearsal"
    let chosen = "channel=call-centre&direction=outbound"
    #expect(try await bench.get("\(path)?\(chosen)").json(Sample.self).inContact == 1)
    #expect(try await bench.get("\(path)?\(chosen)&contact=new").json(Sample.self).inContact == 0)
    func decided(_ query: String) async throws -> [Decided] {
      try await bench.get("\(path)/page?profiles=\(Scene.profile),p0&\(query)").json(Page.self).rows.map(\.contact)
    }
    let calls = Place(channel: "call-centre", direction: "outbound")
    let own = try await decided(chosen)
    let home = Place(channel: "web", direction: "inbound", placement: "home")
    #expect(own[0].isOwn && own[0].decidedFor == home && own[0].open == home)
    #expect(!own[1].isOwn && own[1].decidedFor == calls && own[1].open == nil)
    let new = try await decided("\(chosen)&contact=new")
    #expect(!new[0].isOwn && new[0].decidedFor == calls && new[0].open == home, "which he is in is said")
    let placed = try await decided("channel=web&placement=home&contact=new")
    #expect(placed[0].decidedFor == home && placed[1].decidedFor == home)
    try await bench.stop()
  }

  @Test func whatCantBeMeantIsRefusedWithTheField() async throws {
    try scene.apply(text, version: "1-demo")
    try putCustomers()
    let bench = try await Bench(scene)
    let path = "/workbench/api/catalog/rehearsal"
    let tooMany = (0...RehearsalRoutes.pageMax).map { "p\($0)" }.joined(separator: ",")
    for (query, field) in [
      ("?customers=0", "customers"), ("?customers=\(RehearsalRoutes.customersMax + 1)", "customers"),
      ("?customers=many", "customers"), ("?channel=telegraph", "channel"), ("?direction=sideways", "direction"),
      ("?contact=his", "contact"), ("/page", "profiles"), ("/page?profiles=\(tooMany)", "profiles"),
      ("/customer", "identifier"), ("/customer?identifier=4711", "identifier"),
    ] {
      let answer = try await bench.get(path + query)
      #expect(answer.status == 422 && answer.body.contains("\"field\":\"\(field)\""), "\(query): \(answer.body)")
    }
    #expect(try await bench.get("\(path)/customer?profile=nobody").status == 404)
    #expect(try await bench.get("/workbench/api/drafts/none/rehearsal").status == 404)
    try await bench.stop()
  }

  /// What the web is shown first when the suite is away: everybody may have it.
  private static func first(in text: String) throws -> String {
    try #require(try CatalogFile.read(text: text).fallback.first?.propositions.first)
  }
}
