import AdapterSDK
import Contracts
import Foundation
import MessageLog
import Synchronization
import TestKit
import Testing

struct TrafficFilterTests {
  private func filter(_ rules: TrafficRule...) throws -> TrafficFilter { try TrafficFilter(rules) }

  // MARK: - Signs

  @Test func aPartOfTheUserAgentIsEnoughInAnyCase() throws {
    let filter = try filter(TrafficRule("bots", userAgents: ["ExampleBot", "Monitor*/2."]))
    func rule(_ agent: String?) -> String? { filter.rule(client: ClientSigns(userAgent: agent)) }
    #expect(rule("Mozilla/5.0 (compatible; examplebot/1.0; +https://example.com)") == "bots")
    #expect(rule("monitor of the shop/2.7") == "bots")
    #expect(rule("monitor of the shop/1.2") == nil)
    #expect(rule("/2.0 monitor") == nil, "what stands before may not come after")
    #expect(rule("") == nil)
    #expect(rule(nil) == nil)
  }

  @Test func aRangeHoldsItsAddressesInBothVersions() throws {
    let filter = try filter(
      TrafficRule("four", addresses: ["198.51.100.0/25", "203.0.113.7"]),
      TrafficRule("six", addresses: ["2001:db8:1::/48"]), TrafficRule("mapped", addresses: ["::ffff:192.0.2.0/120"]))
    func rule(_ address: String) -> String? { filter.rule(client: ClientSigns(address: IPAddress(address))) }
    #expect(rule("198.51.100.0") == "four")
    #expect(rule("198.51.100.127") == "four")
    #expect(rule("198.51.100.128") == nil)
    #expect(rule("::ffff:198.51.100.9") == "four", "as a server that listens on both versions sees it")
    #expect(rule("203.0.113.7") == "four")
    #expect(rule("203.0.113.8") == nil)
    #expect(rule("2001:db8:1:ffff::9") == "six")
    #expect(rule("2001:db8:2::9") == nil)
    #expect(rule("192.0.2.44") == "mapped")
    let all = try self.filter(TrafficRule("all", addresses: ["0.0.0.0/0"]))
    #expect(all.rule(client: ClientSigns(address: IPAddress("8.8.8.8"))) == "all")
    #expect(all.rule(client: ClientSigns(address: IPAddress("2001:db8::1"))) == nil)
  }

  @Test func aHeaderIsASignByItsWholeValue() throws {
    let filter = try filter(TrafficRule("tests", headers: ["X-Load-Test": "*", "X-Env": "stage-*"]))
    func rule(_ headers: [String: String]) -> String? { filter.rule(client: ClientSigns(headers: headers)) }
    #expect(filter.headerNames == ["x-load-test", "x-env"])
    #expect(rule(["x-load-test": ""]) == "tests")
    #expect(rule(["x-env": "stage-7"]) == "tests")
    #expect(rule(["x-env": "my-stage-7"]) == nil)
    #expect(rule([:]) == nil)
  }

  @Test func anAccountIsASignWhereverItStandsInTheEvent() throws {
    let filter = try filter(TrafficRule("accounts", identifiers: ["customer:test-*", "email:*@example.com"]))
    func rule(_ identifiers: Identifier...) -> String? { filter.rule(client: ClientSigns(), identifiers: identifiers) }
    #expect(rule(Identifier("customer", "test-1")) == "accounts")
    #expect(rule(Identifier("cookie", "c1"), Identifier("email", "ann@example.com")) == "accounts")
    #expect(rule(Identifier("loyalty", "test-1")) == nil)
    #expect(rule(Identifier("customer", "Test-1")) == nil, "identifiers have their case")
    #expect(rule(Identifier("email", "ann@example.com.au")) == nil)
  }

  @Test func theFirstRuleThatIsMetCounts() throws {
    let filter = try filter(TrafficRule("a", userAgents: ["one"]), TrafficRule("b", userAgents: ["one", "two"]))
    #expect(filter.rule(client: ClientSigns(userAgent: "one two")) == "a")
    #expect(filter.rule(client: ClientSigns(userAgent: "two")) == "b")
  }

  @Test func crawlersAreKnownAndBrowsersAreNone() {
    let crawlers = [
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
      "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
      "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
      "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.1; +https://openai.com/gptbot",
    ]
    let browsers = [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
        + " Mobile/15E148 Safari/604.1",
      // A telephone whose maker's name ends like theirs, and the browsers inside of others' apps.
      "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/118.0.0.0 Mobile Safari/537.36",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/470]",
      "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36 Pinterest/0.2",
    ]
    for agent in crawlers { #expect(TrafficFilter.standard.rule(client: ClientSigns(userAgent: agent)) == "crawlers") }
    for agent in browsers { #expect(TrafficFilter.standard.rule(client: ClientSigns(userAgent: agent)) == nil) }
  }

  // MARK: - Mistakes

  @Test func everyMistakeIsNamedByItsPlace() {
    let rules = [
      TrafficRule("Own Staff", addresses: ["10.0.0.1/8", "10.0.0.0/33", "office", ""]), TrafficRule("nothing"),
      TrafficRule("bots", userAgents: ["", "**"], headers: ["User-Agent": "x", "a b": "y", "z": ""]),
      TrafficRule("bots", identifiers: ["customr:1", "customer:*", "customer"]),
    ]
    let error = #expect(throws: TrafficRuleMistakes.self) { try TrafficFilter(rules) }
    #expect(
      error?.mistakes.map(\.description) == [
        "rules[0].name: takes 1 to 64 small letters, digits and dashes, not \"Own Staff\"",
        "rules[0].addresses[0]: \"10.0.0.1/8\" is no beginning of a range: behind its first 8 bits all must be zero",
        "rules[0].addresses[1]: takes 0 to 32 bits after the slash, not \"10.0.0.0/33\"",
        "rules[0].addresses[2]: takes an address or a range like 198.51.100.0/24, not \"office\"",
        "rules[0].addresses[3]: takes an address or a range like 198.51.100.0/24, not \"\"",
        "rules[1]: says no sign: it needs userAgents, addresses, headers or identifiers",
        "rules[2].userAgents[0]: is empty", "rules[2].userAgents[1]: would be everybody's",
        "rules[2].headers.User-Agent: stands under userAgents", "rules[2].headers.a b: is no name of a header",
        "rules[2].headers.z: is empty", "rules[3].name: \"bots\" is there twice",
        "rules[3].identifiers[0]: there is no namespace customr; did you mean \"customer\"?",
        "rules[3].identifiers[1]: would be everybody's",
        "rules[3].identifiers[2]: takes namespace:value, not \"customer\"",
      ])
  }

  @Test func rulesAndTheirSignsAreBounded() {
    let many = (0...TrafficFilter.rulesMax).map { TrafficRule("r\($0)", userAgents: ["x"]) }
    #expect(throws: TrafficRuleMistakes.self) { try TrafficFilter(many) }
    let signs = TrafficRule("r", identifiers: (0...TrafficRule.signsMax).map { "cookie:c\($0)" })
    #expect(throws: TrafficRuleMistakes.self) { try TrafficFilter([signs]) }
    let long = TrafficRule("r", userAgents: [String(repeating: "x", count: 257)])
    #expect(throws: TrafficRuleMistakes.self) { try TrafficFilter([long]) }
  }

  // MARK: - The adapter

  @Test func nothingOfWhoIsFilteredIsPublishedAndAllOfItIsCounted() async throws {
    let filtered = Mutex<[String: Int]>([:])
    let world = try ChannelAdapterTests.World(
      { $0.filter = (try? TrafficFilter([.crawlers, TrafficRule("tests", identifiers: ["cookie:t*"])])) ?? .none },
      filtered: { rule, n in filtered.withLock { $0[rule, default: 0] += n } })
    try await world.start()
    let crawler = ClientSigns(userAgent: "Googlebot/2.1")
    func event(_ type: String, _ cookie: String, _ client: ClientSigns = ClientSigns()) throws -> ChannelEvent {
      var data = Interaction(identifiers: [Identifier("cookie", cookie)], contact: "contact-\(cookie)")
      data.page = "/"
      return try world.adapter.check(
        IncomingEvent(type: type, interaction: data), source: "test", channel: "web", client: client)
    }
    try await world.adapter.start(try event("contact.started", "g1", crawler))
    try await world.adapter.start(try event("contact.started", "t1"))
    try await world.adapter.publish([
      try event("page.viewed", "g1", crawler), try event("page.viewed", "c1"), try event("page.viewed", "t1"),
      try event("page.viewed", "g1", crawler),
    ])
    let keys = world.log.records(of: Topics.channelInteractions.name).compactMap(\.key)
    #expect(keys.map { String(decoding: $0, as: UTF8.self) } == ["cookie:c1"])
    #expect(world.tally["trias_adapter_published_total"] == 1)
    #expect(filtered.withLock { $0 } == ["crawlers": 3, "tests": 2])
    #expect(world.adapter.identifiers(of: "contact-g1") == [Identifier("cookie", "g1")])
    try await world.stop()
  }

  /// A customer who is filtered by his number is so with what he does by his cookie alone.
  @Test func whatIsDoneInAFilteredContactIsFilteredToo() async throws {
    let rule = TrafficRule("tests", identifiers: ["customer:test-*"])
    let filter = try TrafficFilter([rule])
    let world = try ChannelAdapterTests.World { $0.filter = filter }
    try await world.start()
    func event(_ type: String, _ contact: String, _ identifiers: [Identifier]) throws -> ChannelEvent {
      var interaction = Interaction(identifiers: identifiers, contact: contact)
      interaction.page = "/"
      return try world.adapter.check(
        IncomingEvent(type: type, interaction: interaction), source: "test", channel: "web")
    }
    let cookie = Identifier("cookie", "c1")
    try await world.adapter.start(try event("contact.started", "k1", [Identifier("customer", "test-1"), cookie]))
    #expect(try event("page.viewed", "k1", [cookie]).filteredBy == "tests")
    #expect(try event("page.viewed", "k2", [cookie]).filteredBy == nil)
    try await world.stop()
  }

  @Test func whoIsFilteredIsServedWhileTheBrokerIsAwayAndTakesNoCustomersPlace() async throws {
    let world = try ChannelAdapterTests.World {
      $0.contactsMax = 2
      $0.filteredContactsMax = 2
    }
    // Not running: a customer's contact can't start.
    func start(_ contact: String, _ client: ClientSigns = ClientSigns()) throws -> ChannelEvent {
      let data = Interaction(identifiers: [Identifier("cookie", "c-\(contact)")], contact: contact)
      return try world.adapter.check(
        IncomingEvent(type: "contact.started", interaction: data), source: "test", channel: "web", client: client)
    }
    await #expect(throws: AdapterError.self) { try await world.adapter.start(try start("customer")) }
    try await world.start()
    try await world.adapter.start(try start("customer"))
    for n in 0..<10 { try await world.adapter.start(try start("crawler-\(n)", ClientSigns(userAgent: "bingbot"))) }
    #expect(world.adapter.identifiers(of: "customer") == [Identifier("cookie", "c-customer")])
    #expect(world.adapter.identifiers(of: "crawler-9").isEmpty == false)
    #expect(world.adapter.identifiers(of: "crawler-0").isEmpty)
    try await world.stop()
    // Closed for good, and a crawler doesn't notice.
    try await world.adapter.start(try start("late", ClientSigns(userAgent: "bingbot")))
  }
}
