import Contracts
import Foundation
import Logging
import Synchronization
import Testing

@testable import Host
@testable import WebAdapter

struct ShopTests {
  @Test func theShopIsServedWithItsKeyAndNothingFromElsewhere() async throws {
    let world = try await World()
    let page = try await world.send("GET", "/shop")
    #expect(page.status == 200)
    #expect(page.headers["content-type"] == "text/html; charset=utf-8")
    #expect(page.headers["content-security-policy"]?.contains("default-src 'self'") == true)
    #expect(try await world.send("GET", "/shop/savings").body == page.body)
    for name in ["shop.js", "shop.css"] { #expect(try await world.send("GET", "/shop/\(name)").status == 200) }
    #expect(try await world.send("GET", "/shop/nothing.js").status == 404)
    let key = try #require(try await world.send("GET", "/shop/config.json").json["sourceKey"] as? String)
    let own = ["X-Trias-Source-Key": key, "Origin": "http://127.0.0.1:\(world.port)"]
    #expect(try await world.send("POST", "/v1/contacts", World.start, own).status == 201)
    let foreign = ["X-Trias-Source-Key": key, "Origin": "https://evil.example"]
    #expect(try await world.send("POST", "/v1/contacts", World.start, foreign).status == 403)
    try await world.stop()
  }

  @Test func otherPagesMayFrameItOnlyWhereTheyAreNamed() async throws {
    let world = try await World(scores: false) { $0.with(WebAdapter.shopFramedBy, "http://localhost:8081") }
    let policy = try #require(try await world.send("GET", "/shop").headers["content-security-policy"])
    #expect(policy.hasSuffix("frame-ancestors 'self' http://localhost:8081"))
    let description = try await world.send("GET", "/openapi.json").headers["content-security-policy"]
    #expect(description?.hasSuffix("frame-ancestors 'self'") == true)
    try await world.stop()
  }

  @Test func withoutTheSettingThereIsNoShop() async throws {
    let world = try await World(scores: false) { $0.with(WebAdapter.demoShop, "false") }
    #expect(try await world.send("GET", "/shop").status == 404)
    try await world.stop()
  }

  /// A visitor is known by his cookie, and an identifier of a namespace that isn't declared is refused.
  @Test(arguments: [("customer=person", true), ("customer=person,cookie=device", false)])
  func whereThereAreNoCookiesItSaysAtTheStartThatTheShopCantWork(namespaces: String, warns: Bool) throws {
    let said = Mutex<[String]>([])
    let parts = try WebAdapter.parts(
      .forRoutes(logger: Logger(label: "test") { _ in Recorder(said: { line in said.withLock { $0.append(line) } }) }) {
        $0.with(.namespaces, namespaces)
      })
    parts.close()
    #expect(said.withLock { $0.contains { $0.contains("there is no namespace cookie") } } == warns)
  }

  @Test func itsFilesNameNoOtherHost() throws {
    for (name, file) in try StaticFiles(folder: "Shop").files {
      let text = String(decoding: file.bytes, as: UTF8.self)
        .replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
      #expect(!text.contains("http://") && !text.contains("https://"), "\(name)")
    }
  }
}

private struct Recorder: LogHandler {
  let said: @Sendable (String) -> Void
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { said("\(event.message)") }
}
