import Contracts
import ProfileAggregator
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// Computed attributes and segments through the whole aggregator: who enters and leaves, by events, by the time and by
/// the catalogue.
struct SegmentJourneyTests {
  private static let hour: Int64 = 3_600_000

  private static func catalog(
    _ version: String, over windowMs: Int64 = 24 * hour, attributeVersion: Int = 1, definedMs: Int64 = 0,
    segments: [Segment] = [
      Segment(name: "active", when: "customer.views > 0"), Segment(name: "keen", when: "customer.views >= 3"),
    ]
  ) -> Catalog {
    var catalog = Catalog(version: version, appliedMs: 0, name: "Test", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration(
        "views", Computation(.count, event: "page.viewed", windowMs: windowMs), version: attributeVersion,
        definedMs: definedMs)
    ]
    catalog.segments = segments
    catalog.propositions = [Proposition(id: "a", name: "A", issue: "i", group: "g", kind: .content)]
    catalog.propositions[0].treatments = [Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")]
    return catalog
  }

  private func suite(_ catalog: Catalog) throws -> Suite {
    let suite = try Suite()
    try suite.apply(catalog)
    return suite
  }

  /// What the timeline says of segments: `+` entered, `-` left.
  private func changes(_ suite: Suite, of profile: String? = nil) -> [String] {
    suite.driver.records(of: Topics.profileTimeline).compactMap { record in
      let type = record.headers.string("ce_type").flatMap(EventType.named)
      guard type == .segmentEntered || type == .segmentLeft, let value = record.value,
        let change = try? SegmentChange(json: value),
        profile == nil || String(decoding: record.key!, as: UTF8.self) == profile
      else { return nil }
      return "\(type == .segmentEntered ? "+" : "-")\(change.segment)"
    }
  }

  @Test func `he enters by an event and leaves by the time`() throws {
    let suite = try suite(Self.catalog("1-aa"))
    try suite.send(Event("e1", .pageViewed, by: [cookie]))
    #expect(suite.profile(of: cookie)?.profile.segments == ["active"])
    #expect(changes(suite) == ["+active"])
    try suite.send(Event("e2", .pageViewed, at: 1, by: [cookie]), Event("e3", .pageViewed, at: 2, by: [cookie]))
    #expect(suite.profile(of: cookie)?.profile.segments == ["active", "keen"])
    #expect(changes(suite) == ["+active", "+keen"])
    // The window of a day begins with a whole hour.
    try suite.driver.advance(ms: 24 * Self.hour - 60_000)
    #expect(changes(suite).count == 2)
    try suite.driver.advance(ms: Self.hour + 60_000)
    #expect(suite.profile(of: cookie)?.profile.segments == nil)
    #expect(changes(suite) == ["+active", "+keen", "-active", "-keen"])
    try suite.driver.advance(ms: 1_000 * Self.hour)
    #expect(changes(suite).count == 4, "and nothing more")
    #expect(suite.driver.records(of: ConsumerGroup.profiles.deadLetter).isEmpty)
  }

  @Test func `a catalogue that says otherwise finds everybody, without an event`() throws {
    let suite = try suite(Self.catalog("1-aa", segments: []))
    let customers = (0..<50).map { Identifier("cookie", "c\($0)") }
    for (index, one) in customers.enumerated() { try suite.publish(Event("e\(index)", .pageViewed, by: [one])) }
    try suite.driver.settle()
    #expect(changes(suite) == [])
    try suite.apply(Self.catalog("2-bb"))
    #expect(changes(suite) == Array(repeating: "+active", count: 50))
    for one in customers { #expect(suite.profile(of: one)?.profile.segments == ["active"]) }
    // Prices and texts are nobody's segments.
    var priced = Self.catalog("3-cc")
    priced.propositions[0].valueMinor = 7
    let written = suite.driver.records(of: Topics.profileState).count
    try suite.apply(priced)
    #expect(suite.driver.records(of: Topics.profileState).count == written)
    try suite.apply(Self.catalog("4-dd", segments: [Segment(name: "idle", when: "customer.views == 0")]))
    #expect(changes(suite).filter { $0 == "-active" }.count == 50)
    try suite.driver.advance(ms: 25 * Self.hour)
    #expect(changes(suite).filter { $0 == "+idle" }.count == 50)
  }

  @Test func `a successor finds those whom its predecessor had no time for`() throws {
    let suite = try suite(Self.catalog("1-aa", segments: []))
    try suite.send(Event("e1", .pageViewed, by: [cookie]))
    let topic = Topics.marketingCatalog
    let catalog = Self.catalog("2-bb")
    try suite.driver.publish(
      topic, key: catalog.version, Envelope(id: "2", source: "test", type: topic.stateType, timeMs: startMs),
      JSONCoding.encode(catalog))
    let successor = try Suite(on: suite.driver)
    try successor.driver.settle()
    #expect(changes(successor) == ["+active"])
  }

  @Test func `whoever is recognised brings his counts, and the stranger is nobody's any more`() throws {
    let suite = try suite(Self.catalog("1-aa"))
    try suite.send(Event("e1", .pageViewed, by: [cookie]), Event("e2", .pageViewed, at: 1, by: [cookie]))
    try suite.send(Event("e3", .pageViewed, at: 2, by: [customer]))
    try suite.send(Event("e4", .identityAsserted, at: 3, by: [customer, cookie]))
    #expect(suite.profile(of: cookie) == nil)
    #expect(suite.profile(of: customer)?.profile.segments == ["active", "keen"])
    #expect(changes(suite, of: mint.profile(cookie)) == ["+active", "-active"])
    #expect(changes(suite, of: mint.profile(customer)) == ["+active", "+keen"])
    // The owners of the facets have counted the same.
    for identifier in [customer, cookie] {
      let profile = suite.profile(of: customer)!.profile
      let facet = try #require(profile.facets.first { $0.identifier == identifier })
      #expect(facet.body.aggregates == suite.facet(identifier)?.body.aggregates)
    }
  }

  @Test func `a changed definition begins anew and says so until its window is full`() throws {
    let suite = try suite(Self.catalog("1-aa"))
    try suite.send(Event("e1", .pageViewed, by: [cookie]), Event("e2", .pageViewed, at: 1, by: [cookie]))
    let changed = Self.catalog(
      "2-bb", over: 48 * Self.hour, attributeVersion: 2, definedMs: startMs + 60_000)
    try suite.apply(changed)
    try suite.send(Event("e3", .pageViewed, at: 100_000, by: [cookie]))
    let view = CustomerView(try #require(suite.profile(of: cookie)).profile)
    let definitions = try CustomerDefinitions(changed)
    let situation = Situation(view, nowMs: startMs + 200_000, definitions: definitions)
    #expect(definitions.value("views", situation) == .number(1), "windows can't be filled back")
    let exactMs = try #require(definitions.exactFromMs("views", view, nowMs: startMs + 200_000))
    #expect(exactMs > startMs + 48 * Self.hour && exactMs <= startMs + 50 * Self.hour)
  }
}
