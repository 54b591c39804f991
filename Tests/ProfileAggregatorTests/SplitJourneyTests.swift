import Contracts
import MessageLog
import ProfileAggregatorCore
import Seeds
import Streams
import TestKit
import Testing

/// Splits in the processors: what the facets and the profiles make of the linker's verdicts.
struct SplitJourneyTests {
  @Test func everythingKnownUnderAnIdentifierLeavesWithIt() throws {
    let suite = try Suite()
    try suite.send(
      Event("e1", .contactStarted, by: [cookie], contact: "k1"), Event("e2", .consentGiven, by: [cookie]),
      Event("e3", .pageViewed, at: 1_000, by: [customer, cookie], contact: "k1"),
      Event("e4", .nbaPresented, at: 2_000, by: [cookie], contact: "k1").responding(to: "card"))
    #expect(suite.profile(of: customer)?.profile.facets.count == 2)
    try suite.split(cookie, from: customer)
    let left = CustomerView(try #require(suite.profile(of: customer)).profile)
    #expect(left.identifiers == [customer] && left.consents.isEmpty && left.offers.isEmpty)
    #expect(left.count("page.viewed") == 1)
    let own = CustomerView(try #require(suite.profile(of: cookie)).profile)
    #expect(own.identifiers == [cookie] && own.consents.map(\.isGiven) == [true] && own.offers.count == 1)
    #expect(own.contact("k1")?.facet == "cookie:c1#0" && own.contact("k1")?.facetVersion == 2)
    // Its consents are its own profile's again; the other's are gone.
    #expect(try suite.consents(of: cookie)?.map(\.purpose) == ["email"])
    #expect(try suite.consents(of: customer) == nil)
    // And what is done under it from now on stays there, whatever it names.
    try suite.send(Event("e5", .pageViewed, at: 3_000, by: [customer, cookie]))
    try suite.send(Event("e6", .pageViewed, at: 4_000, by: [cookie]))
    #expect(suite.profile(of: cookie)?.profile.facets.count == 1)
    #expect(suite.profile(of: customer)?.profile.facets.count == 1)
  }

  @Test func whoWasOnlySpokenOfLeavesNoProfileBehind() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer, cookie]))
    #expect(suite.profile(of: customer)?.profile.facets.count == 2)
    try suite.split(cookie, from: customer)
    #expect(suite.profiles.filter { $0.key == mint.profile(cookie) }.isEmpty)
    #expect(suite.profile(of: customer)?.profile.facets.count == 1)
    try suite.send(Event("e2", .pageViewed, at: 9_000, by: [cookie]))
    #expect(suite.profile(of: cookie)?.profile.facets.first?.body.firstSeenMs == startMs + 9_000)
  }

  @Test func aSuccessorKnowsWhatWasSplit() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer, cookie]), Event("e2", .pageViewed, by: [cookie, device]))
    try suite.split(cookie, from: customer)
    let successor = try Suite(on: suite.driver)
    // A facet that has forgotten what it claimed says it again.
    let claim = IdentityClaim(id: "again", source: "test", atMs: startMs, identifiers: [customer, cookie])
    try successor.driver.publish(
      Topics.identityClaims, key: IdentityClaim.key,
      Envelope(id: "again", source: "test", type: IdentityClaim.type, timeMs: startMs), claim.json)
    try successor.driver.settle()
    let entry = try #require(successor.map[cookie])
    #expect(!entry.verdict.isAccepted && entry.verdict.reason == "split-by-steward")
    #expect(entry.profile == mint.profile(device))
    #expect(successor.profile(of: device)?.profile.facets.map(\.identifier) == [cookie])
  }

  @Test func whatCantBeCarriedOutIsPutAsideWithItsReason() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer, cookie]))
    let good = StewardCommand(identifier: cookie, from: customer, by: "ann", reason: "wrong")
    func send(_ data: String, type: String = StewardCommandType.split.rawValue, at ms: Int64 = 0, key: String? = nil)
      throws
    {
      let id = "bad-\(suite.driver.records(of: Topics.stewardCommands).count)"
      try suite.driver.publish(
        Topics.stewardCommands, key: key ?? StewardCommand.key,
        Envelope(id: id, source: "test", type: type, timeMs: startMs + ms), Array(data.utf8))
      try suite.driver.settle()
    }
    let text = String(decoding: good.json, as: UTF8.self)
    try send(text, type: "trias.steward.weld.v1")
    try send("{")
    try send(text.replacing("\"by\":\"ann\",", with: ""))
    try send(text.replacing("\"reason\":\"wrong\"", with: "\"reason\":\"\""))
    try send(text.replacing("wrong", with: String(repeating: "x", count: 1_025)))
    try send(text.replacing("c1", with: "never-seen"))
    try send(text, at: 86_400_000)
    try send(text, key: "cookie:c1")
    #expect(
      suite.deadLetters(.linker).map { "\($0.stage ?? "") \($0.field ?? "")" } == [
        "type ce_type", "schema ", "schema by", "schema reason", "schema reason", "identity ",
        "time ce_time", "key ",
      ])
    #expect(suite.map[cookie]?.profile == mint.profile(customer))
    try send(text)
    #expect(suite.map[cookie]?.profile == mint.profile(cookie))
  }

  @Test func aCommandThatComesAgainChangesNothing() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer, cookie]))
    try suite.split(cookie, id: "once")
    let before = suite.driver.records(of: Topics.identityMap).count
    try suite.split(cookie, id: "once")
    #expect(suite.driver.records(of: Topics.identityMap).count == before)
  }

  private static let groups: [ConsumerGroup] = [.facets, .linker, .profiles]

  /// Links, splits and moves under way together, with faults: what the linker was told, in the order in which it was told,
  /// decides whose each facet is.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func splitsInFlightEndAsIfTheLinksHadNeverBeenMade(seed: UInt64) throws {
    var random = Seeded(seed)
    let suite = try Suite()
    let pool =
      (0..<3).map { Identifier("customer", "\($0)") } + (0..<2).map { Identifier("login", "\($0)") }
      + (0..<5).map { Identifier("cookie", "\($0)") }
    for number in 0..<80 {
      let named = Array(pool.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
      let type: EventType = [.pageViewed, .consentGiven, .consentWithdrawn, .contactStarted].randomElement(
        using: &random)!
      try suite.publish(
        Event(
          "e\(number)", type, at: Int64(number * 100), by: named.sorted { $0.namespace > $1.namespace },
          contact: "k\(number)"))
      if number > 10, Int.random(in: 0..<5, using: &random) == 0 {
        let pair = pool.shuffled(using: &random)
        try suite.command(pair[0], from: Bool.random(using: &random) ? pair[1] : nil, id: "s\(number)")
      }
      for _ in 0..<Int.random(in: 0..<3, using: &random) {
        _ = try suite.driver.turn(Self.groups.randomElement(using: &random)!)
      }
      if Int.random(in: 0..<20, using: &random) == 0 {
        try suite.driver.reopen(Self.groups.randomElement(using: &random)!)
      }
    }
    try suite.driver.settle()
    let map = suite.map
    var court = Court.knowing(map.compactMapValues(\.partings))
    for record in suite.driver.records(of: Topics.identityClaims) {
      let claim = try IdentityClaim(json: record.value!)
      court.claim(claim.identifiers, atMs: claim.atMs)
    }
    for identifier in pool {
      #expect(map[identifier]?.current ?? mint.profile(identifier) == court.profile(identifier), "\(identifier)")
      guard let facet = suite.facet(identifier) else { continue }
      #expect(facet.profile == court.profile(identifier), "\(identifier)")
      for generation in facet.all where generation.seq > 0 {
        let id = Facet.id(identifier, generation: generation.number)
        let held = suite.profiles.flatMap { key, profile in profile.facets.filter { $0.id == id }.map { (key, $0) } }
        #expect(held.map(\.0) == [generation.profile], "\(id)")
        #expect(held.first?.1.body == generation.body && held.first?.1.version == generation.version, "\(id)")
      }
    }
    for (id, profile) in suite.profiles {
      let given = Dictionary(grouping: profile.facets.flatMap(\.body.consents), by: \.purpose)
      #expect(try suite.consents(id)?.count ?? 0 == given.count, "\(id)")
    }
    #expect(suite.deadLetters(.profiles).isEmpty && suite.deadLetters().isEmpty)
    #expect(suite.deadLetters(.linker).allSatisfy { $0.stage == "identity" })
  }
}

extension Suite {
  fileprivate func command(_ identifier: Identifier, from other: Identifier?, id: String) throws {
    let command = StewardCommand(identifier: identifier, from: other, by: "ann", reason: "not the same person")
    try driver.publish(
      Topics.stewardCommands, key: StewardCommand.key,
      Envelope(id: id, source: "test", type: StewardCommandType.split.rawValue, timeMs: startMs), command.json)
  }

  func split(_ identifier: Identifier, from other: Identifier? = nil, id: String = "split") throws {
    try command(identifier, from: other, id: id)
    try driver.settle()
  }

  /// The last entry of each identifier.
  fileprivate var map: [Identifier: IdentityMapEntry] {
    driver.records(of: Topics.identityMap).compactMap { try? IdentityMapEntry(json: $0.value!) }
      .reduce(into: [:]) { $0[$1.identifier] = $1 }
  }

  fileprivate func consents(of identifier: Identifier) throws -> [Consent]? { try consents(mint.profile(identifier)) }

  /// What the topic says last of that profile; nil for a tombstone.
  fileprivate func consents(_ profile: String) throws -> [Consent]? {
    try driver.records(of: Topics.consentState).last { $0.key == Array(profile.utf8) }?.value.map {
      try ConsentState(json: $0).consents
    }
  }
}
