// Drafts of the catalogue over HTTP: who may do what, what they would change, and how they come into force.

import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

struct DraftTests {
  let scene: Scene
  let text: String

  init() throws {
    scene = try Scene()
    text = try Scene.demoText()
    try scene.apply(text, version: "1-demo")
  }

  /// The mortgage is worth less.
  private var changed: String {
    text.replacing("valueMinor: 185000", with: "valueMinor: 777")
  }

  @Test func aDraftComesIntoForceOnceASecondPersonHasApprovedIt() async throws {
    let bench = try await Bench(scene)
    try await scene.withDrafts {
      let id = try await bench.newDraft(changed, tests: try Scene.demoText("catalog.tests.yaml"))
      var seen = try await bench.draft(id)
      #expect(seen.draft.status == .draft && seen.mistakes.allSatisfy { $0.file == .tests }, "\(seen.mistakes)")
      let change = try #require(seen.changes?.first)
      #expect(seen.changes?.count == 1 && change.subject == "mortgage" && change.field == "valueMinor")
      #expect(change.new == "777")
      // Its tests, which expect the old value, may not hold; then it can't be submitted.
      let saved = try await bench.post(
        "/workbench/api/drafts/\(id)",
        String(
          decoding: try JSONSerialization.data(withJSONObject: ["hash": seen.hash, "name": "Spring", "text": changed]),
          as: UTF8.self), as: Bench.ann)
      #expect(saved.status == 200, "\(saved.body)")
      seen = try await bench.draft(id)
      #expect(seen.mistakes == [] && seen.allowed == ["save", "submit", "withdraw"])
      #expect(try await bench.say("approve", id, as: Bench.ben).status == 409)
      #expect(try await bench.say("submit", id, as: Bench.ann).status == 200)
      #expect(try await bench.draft(id).allowed == ["save", "withdraw"])
      let own = try await bench.say("approve", id, as: Bench.ann)
      #expect(own.status == 403 && own.headers["content-type"] == "application/problem+json")
      #expect(own.body.contains("it takes a second person"))
      #expect(try await bench.draft(id, as: Bench.ben).allowed == ["save", "approve", "refuse", "withdraw"])
      let approved = try await bench.say("approve", id, as: Bench.ben)
      #expect(approved.status == 200, "\(approved.body)")
      try await eventually("it is in force") { try await bench.draft(id).draft.status == .applied }
      let version = try #require(try await bench.draft(id).draft.version)
      #expect(version.hasPrefix("2-"))
      struct InForce: Decodable {
        var isCurrent: Bool
        var catalog: Catalog
      }
      let inForce = try await bench.get("/workbench/api/catalog").json(InForce.self).catalog
      #expect(inForce.version == version && inForce.appliedBy == "ann, approved by ben")
      #expect(inForce.proposition("mortgage")?.valueMinor == 777)
      // What it has changed is still told.
      #expect(try await bench.draft(id).changes?.map(\.new) == ["777"])
    }
    try await bench.stop()
  }

  @Test func byTheSharedTokenOneLooksAndChangesNothing() async throws {
    let bench = try await Bench(scene)
    try await scene.withDrafts {
      let id = try await bench.newDraft(changed)
      let seen = try await bench.draft(id, as: Bench.token)
      #expect(seen.allowed == [] && seen.changes?.count == 1)
      for (path, body) in [
        ("drafts", #"{"name":"x","text":"x"}"#), ("drafts/\(id)", #"{"name":"x","text":"x","hash":"\#(seen.hash)"}"#),
        ("drafts/\(id)/submit", #"{"hash":"\#(seen.hash)"}"#), ("drafts/\(id)/approve", #"{"hash":"\#(seen.hash)"}"#),
      ] {
        // Whatever he calls himself.
        let answer = try await bench.post("/workbench/api/\(path)", body, headers: ["X-Trias-Staff": "ben"])
        #expect(answer.status == 403, "\(path): \(answer.body)")
      }
    }
    #expect(scene.records(Topics.draftCommands).count == 1)
    try await bench.stop()
  }

  @Test func whatIsWrongIsKeptWithItsLineAndCantBeSubmitted() async throws {
    let bench = try await Bench(scene)
    try await scene.withDrafts {
      let wrong = text.replacing("currency: EUR", with: "currency: EUR\nsurprise: 1", maxReplacements: 1)
      let id = try await bench.newDraft(wrong)
      let seen = try await bench.draft(id)
      let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex(of: "currency: EUR")! + 2
      #expect(seen.mistakes.map(\.line) == [line] && seen.mistakes[0].reason.contains("surprise"))
      #expect(seen.changes == nil && seen.allowed == ["save", "withdraw"])
      #expect(try await bench.say("submit", id, as: Bench.ann).status == 422)
      #expect(try await bench.get("/workbench/api/drafts/\(id)/rehearsal", as: Bench.ann).status == 409)
    }
    try await bench.stop()
  }

  @Test func whatAnotherHasChangedMeanwhileIsNotApprovedUnseen() async throws {
    let bench = try await Bench(scene)
    try await scene.withDrafts {
      let id = try await bench.newDraft(changed)
      #expect(try await bench.say("submit", id, as: Bench.ann).status == 200)
      let seen = try await bench.draft(id, as: Bench.ben).hash
      let other = changed.replacing("valueMinor: 777", with: "valueMinor: 778")
      let body = try JSONSerialization.data(withJSONObject: ["hash": seen, "name": "Spring", "text": other])
      let saved = try await bench.post(
        "/workbench/api/drafts/\(id)", String(decoding: body, as: UTF8.self), as: Bench.ann)
      #expect(saved.status == 200, "\(saved.body)")
      let late = try await bench.post(
        "/workbench/api/drafts/\(id)/approve", #"{"hash":"\#(seen)"}"#, as: Bench.ben)
      #expect(late.status == 409, "\(late.body)")
      #expect(try await bench.draft(id).draft.status == .draft)
    }
    try await bench.stop()
  }

  @Test func whatCameIntoForceSinceIsShownAndAsksForAnotherLook() async throws {
    let bench = try await Bench(scene)
    try await scene.withDrafts {
      let id = try await bench.newDraft(changed)
      #expect(try await bench.say("submit", id, as: Bench.ann).status == 200)
      try scene.apply(text.replacing("name: Lindenbank", with: "name: Lindenbank West"), version: "2-other")
      try await eventually("it is put back") { try await bench.draft(id).draft.status == .outOfDate }
      let seen = try await bench.draft(id)
      #expect(seen.since.map(\.new) == ["Lindenbank West"] && seen.changes?.count == 2)
      #expect(seen.allowed == ["save", "submit", "withdraw"])
      #expect(try await bench.draft(id, as: Bench.ben).allowed == ["save", "submit", "withdraw"])
    }
    try await bench.stop()
  }

  @Test func whatIsApprovedForATimeComesIntoForceThenUnlessItIsWithdrawn() async throws {
    let bench = try await Bench(scene)
    func nowMs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
    try await scene.withDrafts {
      let withdrawn = try await bench.newDraft(changed)
      #expect(try await bench.say("submit", withdrawn, as: Bench.ann).status == 200)
      let later = nowMs() + 3_600_000
      #expect(try await bench.say("approve", withdrawn, as: Bench.ben, #","applyMs":\#(later)"#).status == 200)
      #expect(try await bench.draft(withdrawn).draft.status == .scheduled)
      #expect(try await bench.draft(withdrawn).history.last?.applyMs == later)
      #expect(try await bench.say("withdraw", withdrawn, as: Bench.ann, #","reason":"not now""#).status == 200)
      let id = try await bench.newDraft(changed)
      #expect(try await bench.say("submit", id, as: Bench.ann).status == 200)
      let soon = nowMs() + 1_000
      #expect(try await bench.say("approve", id, as: Bench.ben, #","applyMs":\#(soon)"#).status == 200)
      try await eventually("it is in force") { try await bench.draft(id).draft.status == .applied }
      #expect(nowMs() >= soon)
      #expect(try await bench.draft(withdrawn).draft.status == .withdrawn)
    }
    #expect(scene.records(Topics.marketingCatalog).count == 2)
    try await bench.stop()
  }

  @Test func ofTooManyThoseThatAreDoneWithAreForgottenFirst() throws {
    var book = DraftBook(draftsMax: 2)
    for (id, status) in [("a", .draft), ("b", .applied), ("c", .draft)] as [(String, CatalogDraft.Status)] {
      var draft = CatalogDraft(
        id: id, content: .init(name: id, basedOn: nil, text: ""), author: "ann", atMs: Int64(id.utf8.first!),
        command: id)
      draft.status = status
      try book.put(id, JSONCoding.encode(draft))
    }
    #expect(book.all.map(\.id) == ["c", "a"])
  }

  @Test func aTextIsCheckedWithoutBeingKept() async throws {
    let bench = try await Bench(scene)
    struct Checked: Decodable {
      var mistakes: [CatalogDraft.Mistake]
      var cases: Int?
    }
    let body = try JSONSerialization.data(
      withJSONObject: ["text": text, "tests": try Scene.demoText("catalog.tests.yaml")])
    let checked = try await bench.post("/workbench/api/catalog/check", String(decoding: body, as: UTF8.self))
      .json(Checked.self)
    #expect(checked.mistakes == [] && checked.cases == 19)
    #expect(scene.records(Topics.draftCommands).isEmpty)
    struct Start: Decodable {
      var version: String?
      var text: String?
    }
    let start = try await bench.get("/workbench/api/catalog/text").json(Start.self)
    #expect(start.version == "1-demo" && start.text == text)
    try await bench.stop()
  }

  @Test func whoeverComesInByHisOwnTokenIsHeWhateverHeCallsHimself() async throws {
    try scene.put(scene.state(identifiers: [Scene.customer]))
    let bench = try await Bench(scene)
    let headers = ["Authorization": "Bearer \(Bench.ann)", "X-Trias-Staff": "ben", "Cookie": "trias_staff_name=ben"]
    _ = try await bench.get("/workbench/api/customers?identifier=\(Scene.customer)", headers: headers)
    #expect(bench.accesses.map { $0["who"] } == ["ann"])
    try await bench.stop()
  }
}

extension Answer {
  /// One member of an object whose others are of no interest.
  fileprivate func json<Value: Decodable>(_: [String: Value?].Type, _ member: String) throws -> Value? {
    let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
    guard let found = object?[member] else { return nil }
    return try JSONDecoder().decode(Value.self, from: try JSONSerialization.data(withJSONObject: found))
  }
}
