import Contracts
import MessageLog
import ProfileAggregator
import ProfileAggregatorCore
import Seeds
import Streams
import TestKit
import Testing

/// Whatever customers do, in whatever order it is worked off: what was given to each group adds up to what its customers
/// are, counted anew.
struct GroupPropertyTests {
  private static let categories = ["mortgage", "savings", "cards", "unheard-of"]
  private static let groups: [ConsumerGroup] = [.facets, .linker, .profiles, .groups]

  private static func catalog(_ number: Int, offers: [String]) -> Catalog {
    var catalog = Catalog(version: "\(number)-aa", appliedMs: 0, name: "Test", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration("views", Computation(.count, event: "page.viewed", windowMs: 3_600_000))
    ]
    catalog.segments = [
      Segment(name: "active", when: "customer.views > 0"), Segment(name: "keen", when: "customer.views >= 3"),
      Segment(name: "resting", when: "count(\"page.viewed\") > 0 and not in_segment(\"active\")"),
      Segment(name: "savers", when: "interest(\"savings\") > 0"),
    ]
    catalog.propositions = offers.map { Proposition(id: $0, name: $0, issue: "i", group: $0, kind: .content) }
    for index in catalog.propositions.indices {
      catalog.propositions[index].treatments = [
        Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")
      ]
    }
    return catalog
  }

  private func event(_ number: Int, _ pool: [Identifier], at ms: Int64, _ random: inout Seeded) -> Event {
    let named = Array(pool.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random)))
      .sorted { $0.namespace > $1.namespace }
    let type: EventType = [
      .pageViewed, .pageViewed, .pageViewed, .pageViewed, .consentGiven, .consentWithdrawn, .contactStarted,
    ].randomElement(using: &random)!
    let category = Self.categories.randomElement(using: &random)
    return Event("e\(number)", type, at: ms, by: named, contact: "k\(number)").with {
      if type == .pageViewed { $0.category = category }
      if $0.purpose != nil { $0.purpose = "profiling" }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func whatWasGivenAddsUpToWhatThereIs(seed: UInt64) throws {
    var random = Seeded(seed)
    let suite = try Suite(groups: ProfileAggregator.groups(sizeMin: 2, step: 1))
    var offers = ["mortgage", "savings"]
    try suite.apply(Self.catalog(1, offers: offers))
    let pool =
      (0..<3).map { Identifier("customer", "\($0)") } + (0..<2).map { Identifier("login", "\($0)") }
      + (0..<5).map { Identifier("cookie", "\($0)") }
    var passedMs: Int64 = 0
    for number in 0..<100 {
      try suite.publish(event(number, pool, at: passedMs + Int64(number), &random))
      switch Int.random(in: 0..<40, using: &random) {
      case 0...4:
        let pair = pool.shuffled(using: &random)
        try suite.split(pair[0], from: pair[1], id: "s\(number)")
      case 5:
        let ms = Int64.random(in: 60_000...5_000_000, using: &random)
        passedMs += ms
        suite.driver.clock.advance(ms: ms)
      case 6: try suite.driver.reopen(Self.groups.randomElement(using: &random)!)
      case 7:
        offers = Self.categories.dropLast().filter { _ in Bool.random(using: &random) } + ["mortgage"]
        try suite.publish(Self.catalog(number + 2, offers: Array(Set(offers)).sorted()))
      case 8:
        try suite.driver.settle()
        try expectCountedAnew(suite, seed)
      default: break
      }
      for _ in 0..<Int.random(in: 0..<4, using: &random) {
        _ = try suite.driver.turn(Self.groups.randomElement(using: &random)!)
      }
    }
    try suite.driver.settle()
    try expectCountedAnew(suite, seed)
    // Everybody's time passes, and so do those who gave by it.
    try suite.driver.advance(ms: 3 * 3_600_000)
    try expectCountedAnew(suite, seed)
    for group in ConsumerGroup.allCases where group != .linker { #expect(suite.deadLetters(group).isEmpty) }
  }

  /// From the profiles as their topic has them, by rules of its own.
  private func expectCountedAnew(_ suite: Suite, _ seed: UInt64) throws {
    let catalog = try #require(suite.driver.records(of: Topics.marketingCatalog).last?.value)
    let offers = Set(try JSONCoding.decode(Catalog.self, from: catalog).propositions.map(\.group))
    var expected: [String: [String: Int64]] = [:]
    for profile in suite.profiles.values {
      let words = profile.facets.flatMap(\.body.consents)
      let last = words.max { ($0.atMs, $0.isGiven ? 0 : 1) < ($1.atMs, $1.isGiven ? 0 : 1) }
      if last?.isGiven == false { continue }
      let interests = Set(profile.facets.flatMap { $0.body.interests.map(\.category) }).intersection(offers)
      for segment in profile.segments ?? [] {
        for name in interests.union([""]) { expected[segment, default: [:]][name, default: 0] += 1 }
      }
    }
    for segment in ["active", "keen", "resting", "savers"] {
      let state: GroupState? = suite.driver.state(.groups, segment)
      var found = Dictionary(state?.interests.map { ($0.category, $0.members) } ?? [], uniquingKeysWith: +)
      if let members = state?.members, members != 0 { found[""] = members }
      #expect(found == expected[segment] ?? [:], "seed \(seed), \(segment)")
    }
  }
}

extension Suite {
  fileprivate func publish(_ catalog: Catalog) throws {
    let topic = Topics.marketingCatalog
    let envelope = Envelope(id: catalog.version, source: "test", type: topic.stateType, timeMs: startMs)
    try driver.publish(topic, key: catalog.version, envelope, JSONCoding.encode(catalog))
  }

  fileprivate func split(_ identifier: Identifier, from other: Identifier, id: String) throws {
    let command = StewardCommand(identifier: identifier, from: other, by: "ann", reason: "not the same person")
    try driver.publish(
      Topics.stewardCommands, key: StewardCommand.key,
      Envelope(id: id, source: "test", type: StewardCommandType.split.rawValue, timeMs: startMs), command.json)
  }
}
