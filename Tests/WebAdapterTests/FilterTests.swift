import AdapterSDK
import Contracts
import Foundation
import Host
import TestKit
import Testing

@testable import WebAdapter

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

struct FilterTests {
  static let event = #"{"events":[{"type":"page.viewed","data":{\#(World.who),"page":"/"}}]}"#
  static let crawler = ["User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"]

  private func world(_ rules: String, proxies: String = "") async throws -> World {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("filter-\(UUID()).yaml")
    try rules.write(to: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: path) }
    return try await World(catalog: Self.catalog) {
      $0.with(WebAdapter.filterRules, path.path).with(WebAdapter.trustedProxies, proxies)
    }
  }

  static var catalog: Catalog {
    var catalog = Catalog(version: "1", appliedMs: 0, name: "bank", currency: "EUR")
    var proposition = Proposition(id: "savings", name: "Savings", issue: "grow", group: "savings", kind: .offer)
    proposition.startProbability = 0.1
    proposition.treatments = [Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")]
    catalog.propositions = [proposition]
    catalog.fallback = [FallbackList(channel: "web", propositions: ["savings"])]
    return catalog
  }

  private func metrics(_ world: World) async throws -> String {
    let port = await world.app.ops.value()
    let url = try #require(URL(string: "http://127.0.0.1:\(port)/metrics"))
    let (data, _) = try await URLSession(configuration: .ephemeral).data(for: URLRequest(url: url))
    return String(decoding: data, as: UTF8.self)
  }

  // MARK: - A contact

  @Test func aCrawlerIsServedFromTheCatalogueAndLeavesNothing() async throws {
    let world = try await World(catalog: Self.catalog)
    let (contact, token, started) = try await world.startContact(Self.crawler)
    #expect(started.status == 201)
    let list = try #require(started.json["list"] as? [String: Any])
    #expect(try started.json["listSource"] as? String == "fallback")
    #expect(try started.json["filteredBy"] == nil, "he needn't know what gave him away")
    let headers = Self.crawler.merging(["X-Trias-Contact-Token": token]) { $1 }
    let id = try #require(list["id"] as? String)
    let responses = #"{"list":"\#(id)","responses":[{"proposition":"savings","outcome":"accepted"}]}"#
    for (path, body) in [
      ("contacts/\(contact)/responses", responses), ("contacts/\(contact)/end", "{}"), ("events", Self.event),
    ] {
      let answer = try await world.send("POST", "/v1/\(path)", body, headers)
      #expect(answer.status == 202)
      #expect(try answer.json["accepted"] as? Int == 0)
      #expect(try answer.json["filtered"] as? Int == 1)
    }
    let wrong = try await world.send(
      "POST", "/v1/events", #"{"events":[{"type":"page.viewed","data":{\#(World.who)}}]}"#, headers)
    #expect(wrong.status == 422, "a mistake is one, whoever makes it")
    #expect(world.records().isEmpty)
    #expect(try await metrics(world).contains(#"trias_adapter_filtered_total{rule="crawlers"} 4"#))
    try await world.stop()
  }

  @Test func staffAndServersLearnWhichRuleItWas() async throws {
    let world = try await world("rules:\n  - {name: test-accounts, identifiers: [\"customer:test-*\"]}\n")
    func start(_ customer: String) async throws -> [String: Any] {
      let body = #"{"identifiers":[{"namespace":"customer","value":"\#(customer)"}]}"#
      return try await world.send("POST", "/v1/contacts", body, ["X-Trias-Source-Key": World.serverKey]).json
    }
    let test = try await start("test-1")
    #expect(test["filteredBy"] as? String == "test-accounts")
    #expect(test["listSource"] as? String == "fallback")
    let real = try await start("4711")
    #expect(real["filteredBy"] == nil)
    #expect(real["listSource"] as? String == "live")
    #expect(world.records().count == 1)
    // What systems of record say of a test account stays out too, and the rest of a batch goes on.
    func order(_ customer: String) -> String {
      #"{"type":"order.placed","data":{"identifiers":[{"namespace":"customer","value":"\#(customer)"}],"order":"o1","#
        + #""amountMinor":1,"currency":"EUR"}}"#
    }
    let answer = try await world.send(
      "POST", "/v1/events", "{\"events\":[\(order("test-1")),\(order("4711"))]}",
      ["X-Trias-Source-Key": World.serverKey])
    #expect(try answer.json["accepted"] as? Int == 1)
    #expect(try answer.json["filtered"] as? Int == 1)
    #expect(world.log.records(of: Topics.sourceRecords.name).count == 1)
    try await world.stop()
  }

  // MARK: - Whose signs

  @Test func aServersOwnSignsAreNotItsCustomers() async throws {
    let world = try await world("rules:\n  - {name: staff, addresses: [127.0.0.1, 198.51.100.0/24]}\n")
    func accepted(_ headers: [String: String]) async throws -> Int? {
      let server = headers.merging(["X-Trias-Source-Key": World.serverKey]) { $1 }
      return try await world.send("POST", "/v1/events", Self.event, server).json["accepted"] as? Int
    }
    #expect(try await accepted(Self.crawler) == 1)
    #expect(try await accepted(["X-Trias-Client-Address": "198.51.100.7"]) == 0)
    #expect(try await accepted(["X-Trias-Client-Address": "203.0.113.7"]) == 1)
    #expect(try await accepted(["X-Trias-Client-User-Agent": "bingbot/2.0"]) == 0)
    // And a browser can't say that it is somebody else.
    let browser = ["X-Trias-Client-Address": "203.0.113.7", "X-Trias-Client-User-Agent": "Mozilla/5.0"]
    #expect(try await world.send("POST", "/v1/events", Self.event, browser).json["accepted"] as? Int == 0)
    try await world.stop()
  }

  @Test func whoComesThroughAProxyIsOnlyKnownWhereTheProxyIsTrusted() async throws {
    let rules = "rules:\n  - {name: staff, addresses: [198.51.100.0/24]}\n"
    let forwarded = ["X-Forwarded-For": "203.0.113.1, 198.51.100.7"]
    for (proxies, isFiltered) in [("", false), ("127.0.0.1", true), ("127.0.0.0/8,198.51.100.7", false)] {
      let world = try await world(rules, proxies: proxies)
      let answer = try await world.send("POST", "/v1/events", Self.event, forwarded)
      #expect((try answer.json["accepted"] as? Int == 0) == isFiltered, "\(proxies)")
      try await world.stop()
    }
  }

  @Test func theLastThatIsNoTrustedProxyIsTheClient() throws {
    let clients = Clients(trustedProxies: try Clients.proxies(["10.0.0.0/8", "2001:db8:aaaa::/48"]), headers: [])
    func client(_ peer: String?, _ forwardedFor: String...) -> IPAddress? {
      clients.address(peer: peer, forwardedFor: forwardedFor)
    }
    #expect(client("198.51.100.7") == IPAddress("198.51.100.7"))
    #expect(client("198.51.100.7", "203.0.113.1") == IPAddress("198.51.100.7"), "his own word")
    #expect(client("10.0.0.1", "203.0.113.1") == IPAddress("203.0.113.1"))
    #expect(client("10.0.0.1", "192.0.2.9, 203.0.113.1", "10.0.0.2") == IPAddress("203.0.113.1"), "several headers")
    #expect(client("10.0.0.1", "203.0.113.1:4711") == IPAddress("203.0.113.1"))
    #expect(client("10.0.0.1", "[2001:db8::7]:4711") == IPAddress("2001:db8::7"))
    #expect(client("2001:db8:aaaa::1", "2001:db8::7") == IPAddress("2001:db8::7"))
    #expect(client("10.0.0.1", "203.0.113.1, unknown") == nil, "rather nobody than the one before him")
    #expect(client("10.0.0.1") == IPAddress("10.0.0.1"))
    #expect(client(nil, "203.0.113.1") == nil)
  }

  @Test func aHeaderOfTheDeploymentsOwnIsASign() async throws {
    let world = try await world("rules:\n  - name: load-test\n    headers: {X-Load-Test: \"*\"}\n")
    let test = try await world.send("POST", "/v1/events", Self.event, ["x-load-test": "run 7"])
    #expect(try test.json["filtered"] as? Int == 1)
    let customer = try await world.send("POST", "/v1/events", Self.event)
    #expect(try customer.json["accepted"] as? Int == 1)
    try await world.stop()
  }

  // MARK: - The file

  private func mistakes(_ text: String) -> [String] {
    do {
      _ = try FilterFile.read(text, path: "f.yaml", namespaces: .standard)
      return []
    } catch {
      return error.problems
    }
  }

  @Test func everyMistakeOfTheFileIsNamedWithItsLine() {
    let text = """
      crawlers: yes
      rule: []
      rules:
        - name: staff
          addresses:
            - 10.0.0.0/8
            - 10.0.0.1/8
          adresses: []
        - name: tests
          headers: {X-Test: [1]}
          identifiers: customer:1
        - bots
        - {name: crawlers, userAgents: [x]}
      """
    #expect(
      mistakes(text) == [
        "f.yaml:1: crawlers: takes true or false",
        "f.yaml:2: there is no field rule; did you mean \"rules\"?",
        "f.yaml:7: rules[0].addresses[1]: \"10.0.0.1/8\" is no beginning of a range: behind its first 8 bits all must be"
          + " zero",
        "f.yaml:8: rules[0]: there is no field adresses; did you mean \"addresses\"?",
        "f.yaml:10: rules[1].headers.X-Test: takes a text",
        "f.yaml:11: rules[1].identifiers: takes a list",
        "f.yaml:12: rules[2]: takes name, userAgents, addresses, headers, identifiers",
        "f.yaml:12: rules[2].name: takes 1 to 64 small letters, digits and dashes, not \"\"",
        "f.yaml:13: rules[3].name: \"crawlers\" is there twice",
      ])
    #expect(mistakes("rules:\n  - {name: a").first?.hasPrefix("f.yaml:3: not YAML") == true)
    #expect(mistakes("[1]") == ["f.yaml:1: takes crawlers and rules"])
  }

  @Test func theShippedRuleHoldsUntilTheFileSaysOtherwise() throws {
    let bot = ClientSigns(userAgent: "Googlebot/2.1")
    func rule(_ text: String) throws -> String? {
      try FilterFile.read(text, path: "f.yaml", namespaces: .standard).rule(client: bot)
    }
    #expect(try rule("# nothing\n") == "crawlers")
    #expect(try rule("rules: []\n") == "crawlers")
    #expect(try rule("rules: [{name: search, userAgents: [googlebot]}]\n") == "search")
    #expect(try rule("crawlers: false\n") == nil)
    #expect(try rule("crawlers: false\nrules: [{name: crawlers, userAgents: [bot]}]\n") == "crawlers")
  }

  @Test func theAdapterDoesntStartWithRulesThatItCantRead() {
    for (setting, text, said) in [
      (WebAdapter.filterRules, "/nowhere/filter.yaml", "filter-rules: can't read the file /nowhere/filter.yaml"),
      (
        WebAdapter.trustedProxies, "10.0.0.0/8,proxy",
        "trusted-proxies: entry 2: takes an address or a range like 198.51.100.0/24, not \"proxy\""
      ),
    ] {
      let error = #expect(throws: SettingsError.self) {
        try WebAdapter.parts(.forRoutes { $0.with(setting, text) })
      }
      #expect(error?.problems == [said])
    }
  }

  @Test func theReadmesRulesAreGood() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../README.md")
    let readme = try String(contentsOf: file, encoding: .utf8)
    let sample = try #require(readme.split(separator: "```yaml\n").first { $0.hasPrefix("crawlers:") })
    let text = try #require(sample.components(separatedBy: "```").first)
    let filter = try FilterFile.read(text, path: "README.md", namespaces: .standard)
    #expect(filter.rule(client: ClientSigns(userAgent: "Googlebot")) == "crawlers")
    #expect(filter.rule(client: ClientSigns(address: IPAddress("198.51.100.7"))) == "own-staff")
    #expect(filter.rule(client: ClientSigns(), identifiers: [Identifier("customer", "test-1")]) == "test-accounts")
  }
}
