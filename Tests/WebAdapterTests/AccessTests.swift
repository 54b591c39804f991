import Contracts
import Foundation
import Host
import Testing

@testable import WebAdapter

struct AccessTests {
  static let event = #"{"events":[{"type":"page.viewed","data":{\#(World.who),"page":"/"}}]}"#

  @Test func sendingTakesAKey() async throws {
    let world = try await World(scores: false)
    for path in ["/v1/events", "/v1/contacts", "/v1/contacts/c1/responses", "/v1/contacts/c1/end"] {
      let without = try await world.send("POST", path, "{}", ["X-Trias-Source-Key": ""])
      #expect(without.status == 401)
      #expect(without.field == "X-Trias-Source-Key")
      let wrong = try await world.send("POST", path, "{}", ["X-Trias-Source-Key": "guessed-it?"])
      #expect(wrong.status == 401)
    }
    let bearer = ["X-Trias-Source-Key": "", "Authorization": "Bearer \(World.key)"]
    #expect(try await world.send("POST", "/v1/events", Self.event, bearer).status == 202)
    try await world.stop()
  }

  @Test func aPathWithAnotherMethodSaysWhichItHas() async throws {
    let world = try await World(scores: false)
    for (method, path, allow) in [
      ("GET", "/v1/events", "OPTIONS, POST"), ("DELETE", "/v1/contacts/c1/list", "GET, HEAD, OPTIONS"),
      ("PUT", "/openapi.json", "GET, HEAD"), ("PATCH", "/v1/contacts", "OPTIONS, POST"),
    ] {
      let answer = try await world.send(method, path)
      #expect(answer.status == 405, "\(method) \(path)")
      #expect(answer.headers["allow"] == allow)
      #expect(answer.headers["content-type"] == "application/problem+json")
    }
    for path in ["/openapi.json", "/shop", "/shop/shop.js", "/shop/config.json"] {
      #expect(try await world.send("HEAD", path).status == 200, "\(path)")
    }
    #expect(try await world.send("GET", "/v1/nothing").status == 404)
    try await world.stop()
  }

  @Test func theDescriptionAndTheKeysFollowTheDeploymentsNamespaces() async throws {
    let world = try await World(scores: false) {
      $0.with(.namespaces, "member=person,cookie=device").with(WebAdapter.sourceKeys, "site=\(World.key)#cookie")
    }
    let schemas = (try await world.send("GET", "/openapi.json").json["components"] as? [String: Any])?["schemas"]
    let identifier = (schemas as? [String: [String: Any]])?["Identifier"]?["properties"] as? [String: [String: Any]]
    #expect(identifier?["namespace"]?["enum"] as? [String] == ["member", "cookie"])
    let unknown = #"{"events":[{"type":"page.viewed","data":{"identifiers":[{"namespace":"login","value":"x"}]}}]}"#
    #expect(try await world.send("POST", "/v1/events", unknown).status == 422)
    try await world.stop()
    #expect(throws: SettingsError(["source-keys: entry 1: there is no namespace login"])) {
      try SourceKeys(
        ["site=long-enough#login"], namespaces: Namespaces(text: "a=person"), perSecond: 1, burst: 1, nowMs: 0)
    }
  }

  @Test func aBrowsersKeyIsGoodFromItsOriginsOnly() async throws {
    let world = try await World(scores: false)
    let good = try await world.send("POST", "/v1/events", Self.event, ["Origin": World.origin])
    #expect(good.status == 202)
    #expect(good.headers["access-control-allow-origin"] == World.origin)
    let bad = try await world.send("POST", "/v1/events", Self.event, ["Origin": "https://evil.example"])
    #expect(bad.status == 403)
    #expect(bad.field == "Origin")
    #expect(bad.headers["access-control-allow-origin"] == nil)
    let server = ["Origin": World.origin, "X-Trias-Source-Key": World.serverKey]
    #expect(try await world.send("POST", "/v1/events", Self.event, server).status == 403)
    try await world.stop()
  }

  @Test func aPageOfAnAllowedOriginCanReadWhatWasWrong() async throws {
    let world = try await World(scores: false)
    let wrong = try await world.send("POST", "/v1/events", "{}", ["Origin": World.origin])
    #expect(wrong.status == 400)
    #expect(wrong.headers["access-control-allow-origin"] == World.origin)
    let preflight = try await world.send("OPTIONS", "/v1/contacts", nil, ["Origin": World.origin])
    #expect(preflight.status == 204)
    #expect(preflight.headers["access-control-allow-origin"] == World.origin)
    #expect(preflight.headers["access-control-allow-headers"]?.contains("X-Trias-Source-Key") == true)
    let stranger = try await world.send("OPTIONS", "/v1/contacts", nil, ["Origin": "https://evil.example"])
    #expect(stranger.headers["access-control-allow-origin"] == nil)
    try await world.stop()
  }

  @Test func aListIsReadWithItsContactsTokenAndNoOther() async throws {
    let world = try await World()
    let (contact, token, _) = try await world.startContact()
    let (_, other, _) = try await world.startContact()
    for path in ["/v1/contacts/\(contact)/list", "/v1/contacts/\(contact)/list/stream"] {
      #expect(try await world.send("GET", path).status == 401)
      #expect(try await world.send("GET", path, nil, ["X-Trias-Source-Key": World.key]).status == 401)
      #expect(try await world.send("GET", path, nil, ["X-Trias-Contact-Token": other]).status == 403)
      #expect(try await world.send("GET", path + "?token=" + other).status == 403)
    }
    let path = "/v1/contacts/\(contact)/list"
    #expect(try await world.send("GET", path, nil, ["X-Trias-Contact-Token": token]).status == 200)
    #expect(try await world.send("GET", path + "?token=" + token).status == 200)
    #expect(try await world.send("GET", path, nil, ["Authorization": "Bearer \(World.staff)"]).status == 200)
    #expect(try await world.send("GET", path, nil, ["Authorization": "Bearer wrong"]).status == 401)
    let end = try await world.send(
      "POST", "/v1/contacts/\(contact)/end", "{}", ["X-Trias-Contact-Token": other])
    #expect(end.status == 403, "nobody ends another's contact")
    try await world.stop()
  }

  @Test func aContactThatCannotBeOneIsNowhere() async throws {
    let world = try await World(scores: false)
    let contact = String(repeating: "c", count: 129)
    for (method, path, body) in [
      ("GET", "list", nil), ("GET", "list/stream", nil), ("POST", "responses", "{}"), ("POST", "end", "{}"),
    ] {
      let answer = try await world.send(method, "/v1/contacts/\(contact)/\(path)", body)
      #expect(answer.status == 404, "\(path), and described so: see send")
      #expect(answer.field == "contact")
    }
    try await world.stop()
  }

  @Test func withoutAStaffTokenNobodyIsStaff() async throws {
    let world = try await World(scores: false) { $0.with(.staffToken, "") }
    let answer = try await world.send("GET", "/v1/contacts/c1/list", nil, ["Authorization": "Bearer "])
    #expect(answer.status == 401)
    try await world.stop()
  }

  @Test(arguments: ["site", "site=short", "=long-enough-key", "a=long-enough-key,a=another-long-key"])
  func aWrongSettingIsRefusedWithoutShowingTheKey(_ text: String) throws {
    let error = #expect(throws: SettingsError.self) {
      try SourceKeys(
        text.split(separator: ",").map(String.init), perSecond: 1, burst: 1, nowMs: 0)
    }
    #expect(error?.problems.first?.hasPrefix("source-keys: entry") == true)
    #expect(error?.description.contains("long-enough-key") == false)
  }

  @Test func aBucketFillsWithTime() {
    let bucket = TokenBucket(perSecond: 2, burst: 4, nowMs: 0)
    #expect(bucket.take(4, nowMs: 0) == nil)
    #expect(bucket.take(1, nowMs: 0) == 1)
    #expect(bucket.take(1, nowMs: 500) == nil)
    #expect(bucket.take(4, nowMs: 500) == 2)
    #expect(bucket.take(100, nowMs: 60_000) == nil, "more than the reserve takes all of it")
    #expect(bucket.take(1, nowMs: 120_000) == nil)
    #expect(bucket.take(100, taken: 1, nowMs: 120_000) == nil, "also in two steps")
    #expect(bucket.take(1, nowMs: 120_500) == nil)
    #expect(bucket.take(3, taken: 1, nowMs: 120_500) == 2, "as long as the whole takes when it is tried again")
    #expect(bucket.take(1, nowMs: 1_000) == 1, "the clock was set back")
    #expect(bucket.take(1, nowMs: 1_500) == nil, "and it fills from there on")
  }
}
