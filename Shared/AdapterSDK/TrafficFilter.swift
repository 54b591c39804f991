import Contracts

// Who comes to a channel and is no customer: crawlers, own staff, tests. He is served from the catalogue like anybody
// while the suite is away, and nothing that he does is published: so nothing can be learned from it by mistake.

/// What the edge knows of who causes an event, beside what the event says. All but the address is his own word.
public struct ClientSigns: Sendable, Equatable {
  public var userAgent: String?
  public var address: IPAddress?
  /// By their names in small letters.
  public var headers: [String: String]

  public init(userAgent: String? = nil, address: IPAddress? = nil, headers: [String: String] = [:]) {
    self.userAgent = userAgent
    self.address = address
    self.headers = headers
  }
}

/// One declared kind of traffic. It is met by any one of its signs.
public struct TrafficRule: Sendable, Equatable {
  /// Counted under it.
  public var name: String
  /// Parts of the header `User-Agent`, in small or capital letters; `*` stands for any characters.
  public var userAgents: [String]
  /// `198.51.100.0/24`, `2001:db8::/32`, or one alone.
  public var addresses: [String]
  /// Headers with their whole value; `*` for any.
  public var headers: [String: String]
  /// `namespace:value`; in the value `*` stands for any characters.
  public var identifiers: [String]

  public init(
    _ name: String, userAgents: [String] = [], addresses: [String] = [], headers: [String: String] = [:],
    identifiers: [String] = []
  ) {
    self.name = name
    self.userAgents = userAgents
    self.addresses = addresses
    self.headers = headers
    self.identifiers = identifiers
  }

  public static let nameBytesMax = 64
  /// Signs of one kind in one rule.
  public static let signsMax = 1_000

  /// Search engines, link previews, monitors and those who gather texts, by the names that they give themselves.
  public static let crawlers = TrafficRule(
    "crawlers",
    userAgents: [
      "Googlebot", "AdsBot-Google", "Mediapartners-Google", "Storebot-Google", "Google-InspectionTool", "GoogleOther",
      "Google-Read-Aloud", "bingbot", "BingPreview", "adidxbot", "Yahoo! Slurp", "DuckDuckBot", "DuckAssistBot",
      "Baiduspider", "YandexBot", "YandexImages", "YandexMobileBot", "Applebot", "Sogou web spider", "SeznamBot",
      "Qwantbot", "PetalBot", "facebookexternalhit", "facebookcatalog", "meta-externalagent", "Twitterbot",
      "LinkedInBot", "Pinterestbot", "Slackbot", "Discordbot", "TelegramBot", "redditbot", "SkypeUriPreview",
      "AhrefsBot", "AhrefsSiteAudit", "SemrushBot", "SiteAuditBot", "MJ12bot", "DotBot", "BLEXBot", "DataForSeoBot",
      "Screaming Frog", "serpstatbot", "GPTBot", "OAI-SearchBot", "ChatGPT-User", "ClaudeBot", "Claude-User",
      "Claude-SearchBot", "PerplexityBot", "Perplexity-User", "CCBot", "Bytespider", "Amazonbot", "ia_archiver",
      "archive.org_bot", "UptimeRobot", "Pingdom", "StatusCake", "Site24x7", "DatadogSynthetics",
      "Chrome-Lighthouse", "GTmetrix", "PTST/",
    ])
}

/// What is wrong with a rule, and where among them.
public struct TrafficRuleMistake: Error, Sendable, Equatable, CustomStringConvertible {
  /// `rules[2].addresses[0]`
  public var place: String
  public var reason: String

  public init(_ place: String, _ reason: String) {
    self.place = place
    self.reason = reason
  }

  public var description: String { "\(place): \(reason)" }
}

/// All of it: rules are taken whole or not at all.
public struct TrafficRuleMistakes: Error, Sendable, Equatable, CustomStringConvertible {
  public let mistakes: [TrafficRuleMistake]

  public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

/// The rules in their order; the first that is met names what is filtered.
public struct TrafficFilter: Sendable {
  private struct Compiled: Sendable {
    var name: String
    var userAgents: [TextPattern] = []
    var addresses: [AddressRange] = []
    var headers: [(name: String, value: TextPattern)] = []
    var identifiers: [(namespace: String, value: TextPattern)] = []
  }

  public static let rulesMax = 100
  public static let none = TrafficFilter(compiled: [])
  /// What an adapter has that is told nothing else: it would take none of these for a customer.
  public static let standard = (try? TrafficFilter([.crawlers])) ?? .none

  private let rules: [Compiled]
  /// In small letters: what an adapter has to hand over of a request.
  public let headerNames: Set<String>

  private init(compiled: [Compiled]) {
    rules = compiled
    headerNames = Set(compiled.flatMap { $0.headers.map(\.name) })
  }

  public init(_ rules: [TrafficRule], namespaces: Namespaces = .standard) throws(TrafficRuleMistakes) {
    var check = TrafficRuleCheck(namespaces: namespaces)
    check.check(rules)
    guard check.mistakes.isEmpty else { throw TrafficRuleMistakes(mistakes: check.mistakes) }
    self.init(
      compiled: rules.map { rule in
        Compiled(
          name: rule.name, userAgents: rule.userAgents.map { TextPattern($0, ignoresCase: true, isPart: true) },
          addresses: rule.addresses.compactMap { try? AddressRange($0) },
          headers: rule.headers.map { ($0.key.lowercased(), TextPattern($0.value, ignoresCase: false)) },
          identifiers: rule.identifiers.compactMap { Identifier(key: $0) }.map {
            ($0.namespace, TextPattern($0.value, ignoresCase: false))
          })
      })
  }

  /// The rule that filters it; nil: a customer's.
  public func rule(client: ClientSigns, identifiers: [Identifier] = []) -> String? {
    rules.first { rule in
      if let agent = client.userAgent, rule.userAgents.contains(where: { $0.matches(agent) }) { return true }
      if let address = client.address, rule.addresses.contains(where: { $0.contains(address) }) { return true }
      if rule.headers.contains(where: { header in
        client.headers[header.name].map { header.value.matches($0) } ?? false
      }) {
        return true
      }
      return identifiers.contains { identifier in
        rule.identifiers.contains { $0.namespace == identifier.namespace && $0.value.matches(identifier.value) }
      }
    }?.name
  }
}
