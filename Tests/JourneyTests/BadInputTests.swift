import AdapterSDK
import Contracts
import Journeys
import MessageLog
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// What may come in that is wrong, line by line: at the topic and at the edge before it a clear refusal with the place,
/// nothing half applied, and the rest goes on.
struct BadInputTests {
  struct Wrong: Sendable, CustomTestStringConvertible {
    var what: String
    var type = EventType.pageViewed
    var data: String
    /// After the suite's clock.
    var laterMs: Int64 = 0
    /// On the topic; at the edge the field is the client's own.
    var refusal: (stage: String, field: String?)
    var edgeField: String
    var says: String

    var testDescription: String { what }
  }

  static let ann = Identifier("customer", "ann")
  static let bob = Identifier("customer", "bob")
  static let named = #""identifiers":[{"namespace":"customer","value":"ann"}]"#

  static func identifiers(_ count: Int) -> String {
    let all = (0..<count).map { #"{"namespace":"cookie","value":"c\#($0)"}"# }
    return #""identifiers":[{"namespace":"customer","value":"ann"},\#(all.joined(separator: ","))]"#
  }

  static let yearsMs: Int64 = 365 * 86_400_000

  static let wrongs: [Wrong] = [
    Wrong(
      what: "no identifier", data: #"{"identifiers":[],"channel":"web","page":"/"}"#,
      refusal: ("identity", "identifiers"), edgeField: "data.identifiers", says: "takes 1 to 8"),
    Wrong(
      what: "identifiers left out", data: #"{"channel":"web","page":"/"}"#, refusal: ("identity", "identifiers"),
      edgeField: "events[0].data.identifiers", says: "is missing"),
    Wrong(
      what: "an unknown namespace",
      data:
        #"{"identifiers":[{"namespace":"customer","value":"ann"},{"namespace":"shoe","value":"44"}],"channel":"web","page":"/"}"#,
      refusal: ("identity", "identifiers[1].namespace"), edgeField: "data.identifiers[1].namespace",
      says: "shoe"),
    Wrong(
      what: "more identifiers than an event has", data: #"{\#(identifiers(8)),"channel":"web","page":"/"}"#,
      refusal: ("schema", "identifiers[8]"), edgeField: "data.identifiers[8]", says: "8"),
    Wrong(
      what: "ten thousand identifiers in one event", data: #"{\#(identifiers(10_000)),"channel":"web","page":"/"}"#,
      refusal: ("size", nil), edgeField: "data", says: "takes at most 65536 bytes"),
    Wrong(
      what: "an attribute that is no value", type: .customerRecorded, data: #"{\#(named),"attributes":{"age":[41]}}"#,
      refusal: ("schema", "attributes.age"), edgeField: "events[0].data.attributes.age",
      says: "takes a string, a number or a truth value"),
    Wrong(
      what: "an attribute of another type than the catalogue declares", type: .customerRecorded,
      data: #"{\#(named),"attributes":{"town":"Ulm","age":"forty"}}"#, refusal: ("schema", "attributes.age"),
      edgeField: "data.attributes.age", says: "takes a number, as the catalogue declares it; is a string"),
    Wrong(
      what: "a time before 1970", data: #"{\#(named),"channel":"web","page":"/"}"#, laterMs: -60 * yearsMs,
      refusal: ("time", "ce_time"), edgeField: "time", says: "before 1970"),
    Wrong(
      what: "a time in 2099", data: #"{\#(named),"channel":"web","page":"/"}"#, laterMs: 73 * yearsMs,
      refusal: ("time", "ce_time"), edgeField: "time", says: "lies more than"),
  ]

  @Test(arguments: wrongs) func itIsRefusedWithThePlaceAndTheRestGoesOn(_ wrong: Wrong) throws {
    let suite = try Journey()
    try suite.say(.customerRecorded, [Self.ann], contact: nil) { $0.attributes = [NamedValue("age", .number(60))] }
    try suite.say(.contactStarted, [Self.ann])
    let before = (suite.profile(Self.ann), suite.said)
    let timeMs = suite.driver.clock.nowMs + wrong.laterMs
    try suite.driver.publish(
      try #require(wrong.type.topic), key: Self.ann.key,
      Envelope(id: "wrong", source: "test", type: wrong.type.rawValue, timeMs: timeMs), Array(wrong.data.utf8))
    try suite.driver.settle()

    let letters = suite.driver.records(of: ConsumerGroup.facets.deadLetter)
    #expect(letters.count == 1)
    let headers = try #require(letters.first).headers
    #expect(headers.string(DeadLetterHeader.stage) == wrong.refusal.stage)
    #expect(headers.string(DeadLetterHeader.field) == wrong.refusal.field)
    let reason = try #require(headers.string(DeadLetterHeader.reason))
    #expect(reason.contains(wrong.says), "\(reason)")
    // Nothing of it was taken, and nothing was said because of it.
    #expect(suite.profile(Self.ann) == before.0 && suite.said == before.1)
    try suite.say(.customerRecorded, [Self.ann], contact: nil) { $0.attributes = [NamedValue("age", .number(61))] }
    #expect(suite.profile(Self.ann)?.attribute("age") == .number(61))
    #expect(suite.driver.records(of: ConsumerGroup.facets.deadLetter).count == 1)

    let refusal = #expect(throws: Refusal.self) { try Self.check(wrong, timeMs, nowMs: suite.driver.clock.nowMs) }
    #expect(refusal?.field == wrong.edgeField)
    #expect(refusal?.reason.contains(wrong.says) == true, "\(refusal?.reason ?? "")")
  }

  /// As the HTTP edge reads a batch and checks each of it.
  private static func check(_ wrong: Wrong, _ timeMs: Int64, nowMs: Int64) throws {
    let event = #"{"type":"\#(wrong.type.rawValue)","time":"\#(Timestamps.text(timeMs))","data":\#(wrong.data)}"#
    let events = try IncomingEvent.readBatch(Array(#"{"events":[\#(event)]}"#.utf8), eventsMax: 10, depthMax: 8)
    for event in events {
      _ = try EventChecks(ids: IdMint(secret: "journey")).check(
        event, source: "test", channel: "web", kinds: DeclaredKinds(Journey.catalog), nowMs: nowMs, newId: { "new" })
    }
  }

  @Test func twoPersonIdentifiersInOneEventStayTwoPersonsAndTheEventCounts() throws {
    let suite = try Journey()
    try suite.say(.pageViewed, [Self.bob], contact: nil) { $0.page = "/" }
    try suite.say(.pageViewed, [Self.ann, Self.bob], contact: nil) { $0.page = "/" }
    #expect(suite.profile(Self.ann)?.count("page.viewed") == 1 && suite.profile(Self.bob)?.count("page.viewed") == 1)
    let entries = suite.entries
    for one in [Self.ann, Self.bob] {
      #expect(entries[one]?.verdict.isAccepted == false && entries[one]?.verdict.reason == "two-persons")
    }
    // With the place: the event, and whom it named, for the data steward.
    let evidence = entries.values.flatMap { $0.conflicts ?? [] }.flatMap(\.evidence)
    #expect(evidence.map(\.claim) == ["event-2"] && evidence.first?.identifiers == [Self.ann, Self.bob])
    for group in ConsumerGroup.allCases { #expect(suite.deadLetters(group) == []) }
    try suite.say(.pageViewed, [Self.bob], contact: nil) { $0.page = "/" }
    #expect(suite.profile(Self.bob)?.count("page.viewed") == 2)
  }

  @Test func anEventThatComesAnHourLateCountsInItsOwnTime() throws {
    let suite = try Journey()
    try suite.say(.contactStarted, [Self.ann])
    let startedMs = suite.driver.clock.nowMs
    try suite.driver.advance(ms: 20 * 60_000)
    try suite.say(.customerRecorded, [Self.ann], contact: nil) { $0.attributes = [NamedValue("age", .number(60))] }
    let before = try #require(suite.profile(Self.ann))
    var late = Interaction(identifiers: [Self.ann], channel: nil, contact: nil)
    late.attributes = [NamedValue("age", .number(40)), NamedValue("town", .string("Ulm"))]
    try suite.publish(.customerRecorded, late, id: "late-record", timeMs: startedMs - 3_600_000)
    var page = Interaction(identifiers: [Self.ann], channel: "web", contact: "c1")
    page.page = "/"
    try suite.publish(.pageViewed, page, id: "late-page", timeMs: startedMs - 3_600_000)
    let after = try #require(suite.profile(Self.ann))
    // What was said later holds; what nobody has said since is new.
    #expect(after.attribute("age") == .number(60) && after.attribute("town") == .string("Ulm"))
    #expect(after.count("page.viewed") == 1)
    #expect(after.firstSeenMs == startedMs - 3_600_000 && after.lastSeenMs == before.lastSeenMs)
    #expect(after.contact("c1")?.isEnded == false && after.contact("c1")?.contact.lastMs == startedMs)
    for group in ConsumerGroup.allCases { #expect(suite.deadLetters(group) == []) }
  }

  @Test func ofACatalogueWhoseDefinitionRefersToItselfNothingIsTaken() throws {
    var good = Journey.catalog
    good.segments = [Segment(name: "adults", when: "customer.age >= 18")]
    let suite = try Journey(catalog: good)
    try suite.say(.customerRecorded, [Self.ann], contact: nil) { $0.attributes = [NamedValue("age", .number(60))] }
    #expect(suite.segments(Self.ann) == ["adults"])
    var bad = good
    bad.version = "2-circle"
    bad.segments = [
      Segment(name: "adults", when: "customer.age >= 90"), Segment(name: "one", when: "in_segment(\"two\")"),
      Segment(name: "two", when: "in_segment(\"one\") or customer.age > 1"),
    ]
    bad.propositions = []
    #expect(
      bad.mistakes.map { "\($0.place): \($0.reason)" }.filter { $0.contains("itself") }
        == ["segments[1]: refers to itself: in_segment(\"one\") → in_segment(\"two\") → in_segment(\"one\")"])
    try suite.apply(bad)
    try suite.driver.settle()
    try suite.say(.contactStarted, [Self.ann])
    // The one before stays in force with all of its parts, for the aggregator and for the scorer.
    #expect(suite.segments(Self.ann) == ["adults"])
    #expect(try suite.list()?.catalogVersion == good.version)
    #expect(try suite.list()?.items.count == 3)
    for group in ConsumerGroup.allCases { #expect(suite.deadLetters(group) == []) }
  }
}

extension Journey {
  /// How much has been said on any topic: more of it would follow from something that was taken.
  fileprivate var said: [Int] {
    [Topics.profileTimeline, Topics.profileState, Topics.identityClaims, Topics.nbaLists].map {
      driver.records(of: $0).count
    }
  }

  fileprivate var entries: [Identifier: IdentityMapEntry] {
    driver.records(of: Topics.identityMap).compactMap { try? IdentityMapEntry(json: $0.value ?? []) }
      .reduce(into: [:]) { $0[$1.identifier] = $1 }
  }

  fileprivate func segments(_ identifier: Identifier) -> [String]? {
    driver.state(.profiles, mint.profile(identifier), as: ProfileRecord.self)?.profile.segments
  }

  fileprivate func publish(_ type: EventType, _ interaction: Interaction, id: String, timeMs: Int64) throws {
    try driver.publish(
      type.topic!, key: interaction.identifiers[0].key,
      Envelope(id: id, source: "late", type: type.rawValue, timeMs: timeMs), interaction.json)
    try driver.settle()
  }
}
