// What a customer's page asks for: who he is and why, and what happened, page by page; and that each look is logged.

import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

struct CustomerReadingTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  struct Page: Decodable {
    struct Event: Decodable { var id: String; var type: String }
    var events: [Event]
    var next: String?
  }

  @Test func theTimelineComesInPagesAndTheSegmentsAlone() async throws {
    try scene.putCustomer()
    let bench = try await Bench(scene)
    let path = "/workbench/api/customers/timeline?identifier=\(Scene.cookie)&limit=20"
    let first = try await bench.get(path).json(Page.self)
    #expect(first.events.map(\.id) == (10..<30).reversed().map { "view-\($0)" })
    let second = try await bench.get("\(path)&before=\(try #require(first.next))").json(Page.self)
    #expect(second.events.count == 13 && second.events.last?.type == EventType.segmentEntered.rawValue)
    #expect(second.next == nil)
    let segments = try await bench.get("/workbench/api/customers/segments?identifier=\(Scene.cookie)").json(Page.self)
    #expect(segments.events.map(\.type) == [.segmentLeft, .segmentEntered, .segmentEntered].map(\EventType.rawValue))
    try await bench.stop()
  }

  @Test func whatCannotBeAskedOfACustomerIsAProblemThatNamesTheField() async throws {
    try scene.put(scene.state())
    let bench = try await Bench(scene)
    let known = "identifier=\(Scene.cookie)"
    for (path, status, field) in [
      ("customers/identity?identifier=cookie:nobody", 404, "identifier"), ("customers/identity", 422, "identifier"),
      ("customers/timeline?identifier=cookie:nobody", 404, "identifier"),
      ("customers/timeline?\(known)&limit=0", 422, "limit"), ("customers/timeline?\(known)&limit=201", 422, "limit"),
      ("customers/timeline?\(known)&before=x", 422, "before"),
      ("customers/segments?\(known)&before=0.-1", 422, "before"),
    ] {
      let answer = try await bench.get("/workbench/api/\(path)")
      #expect(answer.status == status, "\(path)")
      #expect(answer.body.contains("\"field\":\"\(field)\""), "\(path): \(answer.body)")
    }
    try await bench.stop()
  }

  @Test func whoLookedAtWhomIsLogged() async throws {
    try scene.putCustomer()
    let bench = try await Bench(scene)
    let api = "/workbench/api"
    let headers = ["Authorization": "Bearer \(Bench.token)", "X-Trias-Staff": "ann"]
    let paths = ["customers", "customers/identity", "customers/timeline", "customers/segments"]
    for path in paths { _ = try await bench.get("\(api)/\(path)?identifier=\(Scene.cookie)", headers: headers) }
    _ = try await bench.get("\(api)/customers?identifier=\(Scene.stranger)")
    let said = try bench.stream("\(api)/live?identifier=\(Scene.cookie)")
    try await eventually("the stream") { said().contains("event: customer") }
    let lines = bench.accesses
    #expect(lines.map { $0["route"] } == (paths + ["customers", "live"]).map { "\(api)/\($0)" })
    #expect(lines.map { $0["who"] } == ["ann", "ann", "ann", "ann", "staff-token", "staff-token"])
    #expect(
      lines.map { $0["profile"] } == [
        Scene.profile, Scene.profile, Scene.profile, Scene.profile, "none", Scene.profile,
      ])
    #expect(lines.map { $0["status"] } == ["200", "200", "200", "200", "404", "200"])
    #expect(!lines.contains { "\($0)".contains("9f2c7e1a44b0") }, "an identifier may be an address")
    try await bench.stop()
  }

  /// So is what shows something of many, and a page that was open before anybody was known.
  @Test func whatShowsManyIsLoggedAndWhoBecomesKnownOnAnOpenPage() async throws {
    let bench = try await Bench(scene)
    let api = "/workbench/api"
    let paths = ["customers/recent", "leads", "identity"]
    for path in paths { #expect(try await bench.get("\(api)/\(path)").status == 200) }
    #expect(bench.accesses.map { $0["route"] } == paths.map { "\(api)/\($0)" })
    #expect(Set(bench.accesses.map { $0["profile"] }) == ["several"])
    let said = try bench.stream("\(api)/live?identifier=\(Scene.cookie)")
    try await eventually("the stream") { said().contains("event: ") }
    try scene.putCustomer()
    try await eventually("him on it") { said().contains(Scene.profile) }
    #expect(bench.accesses.suffix(2).map { $0["profile"] } == ["none", Scene.profile])
    #expect(bench.accesses.suffix(2).map { $0["route"] } == ["\(api)/live", "\(api)/live"])
    try await bench.stop()
  }

  /// The map is an output: what was said before may be said once more, later.
  @Test func aRepetitionOfAnEarlierVerdictChangesNothing() throws {
    var book = IdentityBook(countMax: 10, bytesMax: 1 << 20)
    func entry(_ number: Int64, isAccepted: Bool) -> IdentityMapEntry {
      IdentityMapEntry(
        identifier: Identifier(key: Scene.cookie)!, profile: "p\(number)", version: number, judged: [],
        verdict: Verdict(claim: "c\(number)", isAccepted: isAccepted, reason: "linked", atMs: number),
        firstClaim: 1, lastClaim: number)
    }
    for one in [entry(1, isAccepted: true), entry(2, isAccepted: false), entry(1, isAccepted: true)] {
      try book.put(Scene.cookie, one.json, revision: 1)
    }
    #expect(book[Scene.cookie]?.claims == ["c1", "c2"])
    #expect(try IdentityMapEntry(json: try #require(book[Scene.cookie]).latest).profile == "p2")
    for number in 3..<60 { try book.put(Scene.cookie, entry(Int64(number), isAccepted: true).json, revision: 1) }
    #expect(book[Scene.cookie]?.claims.count == IdentityBook.claimsPerIdentifierMax)
  }

  @Test func whatAStewardHasUndoneIsToldWithHisReason() throws {
    var book = IdentityBook(countMax: 10, bytesMax: 1 << 20)
    let (cookie, stranger) = (Identifier(key: Scene.cookie)!, Identifier(key: Scene.stranger)!)
    let entry = IdentityMapEntry(
      identifier: cookie, profile: Scene.profile, version: 2, judged: [],
      verdict: Verdict(claim: "split", isAccepted: true, reason: "split", atMs: 5), firstClaim: 1, lastClaim: 2,
      claims: [RememberedClaim(number: 1, identifiers: [stranger, cookie])],
      partings: [Parting(identifier: stranger, command: "split", by: "bea", reason: "a shared tablet", atMs: 5)])
    try book.put(cookie.key, entry.json, revision: 1)
    let model = IdentityModel([cookie], book, namespaces: .standard)
    #expect(model.links.isEmpty, "the claim joins nobody of his")
    #expect(model.refused == [.init(from: cookie.key, to: stranger.key, reason: "split-by-steward")])
    #expect(model.undone.map(\.by) == ["bea"] && model.undone[0].reason == "a shared tablet")
    #expect(model.members.map(\.kind) == ["device"])
  }
}
