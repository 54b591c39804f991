import Contracts
import MessageLog
import ProfileAggregator
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// What customers give to the groups of their segments, and what is said of these.
struct GroupTests {
  // MARK: What is said of a group

  /// One group that contributions come to, one by one.
  private struct Group {
    let groups = Groups()
    var state: GroupState?
    var said: [GroupAggregate] = []

    mutating func take(
      _ customer: Int, members: Int64 = 0, gained: [String] = [], lost: [String] = []
    ) throws {
      let contribution = GroupContribution(customer: Int64(customer), members: members, gained: gained, lost: lost)
      let decision = try groups.contribution("active", state, contribution.json, now: Int64(said.count))
      if case .set(let next) = decision.change { state = next } else { Issue.record("a contribution is lost") }
      for emission in decision.emissions {
        #expect(emission.key == "active" && emission.topic == Topics.groupAggregates)
        said.append(try GroupAggregate(json: try #require(emission.data)))
      }
    }

    mutating func enter(_ customers: Range<Int>, with interests: [String] = []) throws {
      for customer in customers { try take(customer, members: 1, gained: interests) }
    }
  }

  @Test func `of twenty customers something is said, of nineteen nothing`() throws {
    var group = Group()
    try group.enter(0..<19, with: ["mortgage"])
    #expect(group.said.isEmpty)
    try group.enter(19..<20)
    let interests = [GroupInterest(category: "mortgage", members: 20)]
    #expect(group.said.map(\.members) == [20] && group.said.map(\.interests) == [interests])
    #expect(group.state?.interests == [GroupInterest(category: "mortgage", members: 19)], "its own count is exact")
  }

  @Test func `numbers are round, and what fewer than five have is not said`() throws {
    var group = Group()
    try group.enter(0..<4, with: ["cards"])
    try group.enter(4..<9, with: ["mortgage"])
    try group.enter(9..<20, with: ["savings", "mortgage"])
    let said = try #require(group.said.last)
    #expect(said.interests.map(\.category) == ["mortgage", "savings"])
    #expect(said.interests.map(\.members) == [15, 10], "16 and 11, rounded to steps of five")
    #expect(said.share(of: "mortgage") == 0.75 && said.share(of: "cards") == 0)
  }

  @Test func `between two that are said as many customers have changed as a group has at least`() throws {
    var group = Group()
    try group.enter(0..<20)
    for customer in 0..<19 { try group.take(customer, gained: ["mortgage"]) }
    #expect(group.said.count == 1)
    // One who changes again and again is still one.
    for number in 0..<100 {
      let gains = number.isMultiple(of: 2)
      try group.take(3, gained: gains ? ["cards"] : [], lost: gains ? [] : ["cards"])
    }
    #expect(group.said.count == 1)
    try group.take(19, gained: ["mortgage"])
    #expect(group.said.map(\.version) == [1, 2])
    #expect(group.said.last?.interests == [GroupInterest(category: "mortgage", members: 20)])
  }

  @Test func `too few take back what was said, and it is not said again because of the few who left and came`() throws {
    var group = Group()
    try group.enter(0..<20, with: ["mortgage"])
    try group.take(5, members: -1, lost: ["mortgage"])
    #expect(group.said.map(\.version) == [1, 2])
    #expect(group.said.last?.members == 0 && group.said.last?.interests == [])
    try group.take(20, members: 1, gained: ["mortgage"])
    #expect(group.said.count == 2)
    try group.enter(21..<39)
    #expect(group.said.count == 3, "twenty have changed since the first")
    #expect(group.said.last?.members == 40 && group.said.last?.version == 3)
  }

  @Test func `what can't be read is refused`() throws {
    for data in [nil, Array("{}".utf8), Array("{\"customer\":1,\"members\":\"x\"}".utf8)] {
      #expect(throws: Refusal.self) { try Groups().contribution("active", nil, data, now: 0) }
    }
  }

  // MARK: What customers give

  private static func catalog(_ version: String, interests: [String] = ["mortgage", "savings"]) -> Catalog {
    var catalog = Catalog(version: version, appliedMs: 0, name: "Test", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration("views", Computation(.count, event: "page.viewed", windowMs: 24 * 3_600_000))
    ]
    catalog.segments = [
      Segment(name: "active", when: "customer.views > 0"), Segment(name: "keen", when: "customer.views >= 2"),
    ]
    catalog.propositions = interests.map { Proposition(id: $0, name: $0, issue: "i", group: $0, kind: .content) }
    for index in catalog.propositions.indices {
      catalog.propositions[index].treatments = [
        Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")
      ]
    }
    return catalog
  }

  private func suite() throws -> Suite {
    let suite = try Suite()
    try suite.apply(Self.catalog("1-aa"))
    return suite
  }

  private func view(_ id: String, _ category: String?, at ms: Int64 = 0, by identifier: Identifier = cookie) -> Event {
    Event(id, .pageViewed, at: ms, by: [identifier]).with { $0.category = category }
  }

  private func group(_ suite: Suite, _ segment: String) -> [String: Int64] {
    guard let state: GroupState = suite.driver.state(.groups, segment) else { return [:] }
    return Dictionary(state.interests.map { ($0.category, $0.members) }, uniquingKeysWith: +)
      .merging(["": state.members]) { $1 }
  }

  @Test func `he gives once what he is, and what changes`() throws {
    let suite = try suite()
    try suite.send(view("e1", "mortgage"))
    #expect(group(suite, "active") == ["": 1, "mortgage": 1])
    #expect(group(suite, "keen") == [:])
    try suite.send(view("e2", "savings", at: 1))
    #expect(group(suite, "active") == ["": 1, "mortgage": 1, "savings": 1])
    #expect(group(suite, "keen") == ["": 1, "mortgage": 1, "savings": 1])
    let given = suite.driver.records(of: Topics.groupContributions).count
    // What nobody offers is no interest that a group is told of: it may be as rare as he is.
    try suite.send(view("e3", "mortgage", at: 2), view("e4", "my-own-secret", at: 3), view("e5", nil, at: 4))
    #expect(suite.driver.records(of: Topics.groupContributions).count == given)
    try suite.driver.advance(ms: 26 * 3_600_000)
    #expect(group(suite, "active") == ["": 0] && group(suite, "keen") == ["": 0])
    #expect(suite.profile(of: cookie)?.given == nil)
  }

  @Test func `whose it is stands in no contribution`() throws {
    let suite = try suite()
    try suite.send(view("the-event", "mortgage"), view("e2", "savings", at: 1))
    let records = suite.driver.records(of: Topics.groupContributions)
    #expect(records.count == 3)
    for record in records {
      for name in ["ce_causationid", "ce_correlationid", "ce_facet", "traceparent"] {
        #expect(record.headers.string(name) == nil, "\(name)")
      }
      let text = String(decoding: record.value! + record.headers.bytes, as: UTF8.self)
      for word in [mint.profile(cookie), cookie.value, "the-event"] { #expect(!text.contains(word), "\(word)") }
    }
  }

  @Test(arguments: ["profiling", "personal-offers"]) func `who says no to profiling gives nothing, and takes back`(
    purpose: String
  ) throws {
    let suite = try suite()
    try suite.send(view("e1", "mortgage"))
    let no = Event("no", .consentWithdrawn, at: 10, by: [cookie]).with { $0.purpose = purpose }
    try suite.send(no)
    #expect(group(suite, "active") == ["": 0])
    #expect(suite.profile(of: cookie)?.profile.segments == ["active"], "he is in it all the same")
    try suite.send(view("e2", "savings", at: 20))
    #expect(group(suite, "active") == ["": 0])
    try suite.send(Event("yes", .consentGiven, at: 30, by: [cookie]).with { $0.purpose = purpose })
    #expect(group(suite, "active") == ["": 1, "mortgage": 1, "savings": 1])
  }

  @Test func `two who turn out to be one are one`() throws {
    let suite = try suite()
    try suite.send(view("e1", "mortgage"), view("e2", "savings", at: 1, by: customer))
    #expect(group(suite, "active") == ["": 2, "mortgage": 1, "savings": 1])
    try suite.send(Event("e3", .identityAsserted, at: 2, by: [customer, cookie]))
    #expect(group(suite, "active") == ["": 1, "mortgage": 1, "savings": 1])
    #expect(group(suite, "keen") == ["": 1, "mortgage": 1, "savings": 1])
  }

  @Test func `a catalogue that offers something else makes everybody give otherwise`() throws {
    let suite = try suite()
    try suite.send(view("e1", "mortgage"), view("e2", "cards", at: 1))
    #expect(group(suite, "active") == ["": 1, "mortgage": 1])
    try suite.apply(Self.catalog("2-bb", interests: ["savings", "cards"]))
    #expect(group(suite, "active") == ["": 1, "cards": 1])
    var without = Self.catalog("3-cc")
    without.segments = []
    try suite.apply(without)
    #expect(group(suite, "active") == ["": 0] && group(suite, "keen") == ["": 0])
  }

  @Test func `a profile that an earlier build has written gives what it hasn't yet`() throws {
    let old = try Suite()
    try old.send(view("e1", "mortgage"))
    // That build knew of no groups, as this one doesn't without a catalogue.
    #expect(old.profile(of: cookie)?.given == nil)
    var catalog = Self.catalog("1-aa")
    catalog.segments = [Segment(name: "active", when: "count(\"page.viewed\") > 0")]
    try old.apply(catalog)
    #expect(group(old, "active") == ["": 1, "mortgage": 1])
    #expect(old.profile(of: cookie)?.given == ["mortgage"])
    let successor = try Suite(on: old.driver)
    try successor.send(view("e2", "mortgage", at: 1))
    #expect(group(successor, "active") == ["": 1, "mortgage": 1], "what was given is remembered")
  }
}

extension Suite {
  func apply(_ catalog: Catalog) throws {
    #expect(catalog.mistakes == [])
    let topic = Topics.marketingCatalog
    let envelope = Envelope(id: catalog.version, source: "test", type: topic.stateType, timeMs: startMs)
    try driver.publish(topic, key: catalog.version, envelope, JSONCoding.encode(catalog))
    try driver.settle()
  }
}
