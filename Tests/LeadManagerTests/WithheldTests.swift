import Contracts
import LeadManager
import LeadManagerCore
import MessageLog
import Streams
import Synchronization
import TestKit
import Testing

/// What the catalogue lets nobody have opens no lead, whatever was on lists before.
@Suite struct WithheldTests {
  private static let appliedMs = 10 * hourMs
  private static let minuteMs: Int64 = 60_000

  private static func catalog(
    _ version: String, appliedMs: Int64 = appliedMs, _ change: (inout Catalog) -> Void
  ) -> Catalog {
    var catalog = LeadManagerTests.catalog([card(), mortgage()], version, appliedMs: appliedMs)
    change(&catalog)
    return catalog
  }

  private func kinds(_ scenario: Scenario, acceptedMs: Int64, contact: String = "c1") throws -> [String] {
    // It is processed long after.
    try scenario.when(
      "p1", .event(scenario.acceptance(of: "card", contact: contact, atMs: acceptedMs)), atMs: 90 * hourMs
    ).kinds
  }

  static let ways: [(words: String, change: @Sendable (inout Catalog) -> Void)] = [
    (
      "taken out at once: the rate is wrong",
      { $0.exclusions = [Exclusion(reason: "the rate is wrong", group: "cards")] }
    ),
    ("paused", { $0.propositions[0].isPaused = true }),
    ("out of stock", { $0.propositions[0].isInStock = false }),
    ("not valid before 1970-01-05T00:00:00.000Z", { $0.propositions[0].validFromMs = 96 * hourMs }),
    ("not valid any more since 1970-01-01T02:00:00.000Z", { $0.propositions[0].validUntilMs = 2 * hourMs }),
  ]

  @Test(arguments: ways.indices)
  func whatIsAcceptedFromThenOnIsRefusedWithTheReason(_ way: Int) throws {
    for (acceptedMs, isRefused) in [(Self.appliedMs - 1, false), (Self.appliedMs, true), (60 * hourMs, true)] {
      let scenario = Scenario([card(), mortgage()])
      scenario.leads.catalog.take(Self.catalog("2-b", Self.ways[way].change))
      let said = try scenario.when(
        "p1", .event(scenario.acceptance(of: "card", atMs: acceptedMs)), atMs: 90 * hourMs)
      #expect(said.kinds == [isRefused ? "refused" : "opened"], "\(acceptedMs)")
      #expect((scenario.lead("card") == nil) == isRefused)
      guard isRefused else { continue }
      let refusal = try #require(said.refusals.first)
      #expect(refusal.reason == "card is \(Self.ways[way].words)")
      #expect(refusal.proposition == "card" && refusal.contact == "c1" && refusal.field == "proposition")
    }
  }

  @Test func anotherReasonOrAnotherVersionDoesNotBeginItAnew() throws {
    let scenario = Scenario([card(), mortgage()])
    scenario.leads.catalog.take(Self.catalog("2-b", Self.ways[0].change))
    scenario.leads.catalog.take(Self.catalog("3-c", appliedMs: 20 * hourMs, Self.ways[0].change))
    scenario.leads.catalog.take(Self.catalog("4-d", appliedMs: 30 * hourMs, Self.ways[1].change))
    #expect(try kinds(scenario, acceptedMs: Self.appliedMs - 1) == ["opened"])
    let other = Scenario([])
    other.leads = scenario.leads
    #expect(try kinds(other, acceptedMs: Self.appliedMs + 1) == ["refused"])
  }

  @Test func onceItMayBeHadAgainItCanBeAccepted() throws {
    let scenario = Scenario([card(), mortgage()])
    scenario.leads.catalog.take(Self.catalog("2-b", Self.ways[0].change))
    #expect(try kinds(scenario, acceptedMs: 15 * hourMs) == ["refused"])
    scenario.leads.catalog.take(Self.catalog("3-c", appliedMs: 20 * hourMs) { _ in })
    #expect(try kinds(scenario, acceptedMs: 21 * hourMs, contact: "c2") == ["opened"])
  }

  /// Whoever excludes something may drop it next, and its exclusion with it.
  @Test func whatWasExcludedAndThenDroppedIsNotAcceptedFromOldLists() throws {
    for isExcluded in [true, false] {
      let scenario = Scenario([card(), mortgage()])
      if isExcluded { scenario.leads.catalog.take(Self.catalog("2-b", Self.ways[0].change)) }
      scenario.leads.catalog.take(Self.catalog("3-c", appliedMs: 20 * hourMs) { $0.propositions.removeFirst() })
      scenario.leads.catalog.take(Self.catalog("4-d", appliedMs: 30 * hourMs) { $0.propositions.removeFirst() })
      #expect(try kinds(scenario, acceptedMs: 31 * hourMs) == [isExcluded ? "refused" : "opened"])
    }
  }

  @Test func whatIsDroppedAndExcludedInOneIsNotAcceptedEither() throws {
    let scenario = Scenario([card(), mortgage()])
    scenario.leads.catalog.take(
      Self.catalog("2-b") {
        $0.propositions.removeFirst()
        $0.exclusions = [Exclusion(reason: "a recall", issue: "sales")]
      })
    #expect(try kinds(scenario, acceptedMs: Self.appliedMs) == ["refused"])
    #expect(try kinds(scenario, acceptedMs: Self.appliedMs - 1, contact: "c2") == ["opened"])
  }

  /// He accepts what he has before him; and his channel's clock may be another than the scorer's.
  @Test func anHourBeforeItsTimeAndAfterItsEndItIsStillAccepted() throws {
    let (from, until) = (20 * hourMs, 40 * hourMs)
    for (acceptedMs, expected) in [
      (from - hourMs - 1, "refused"), (from - hourMs, "opened"), (until + hourMs - 1, "opened"),
      (until + hourMs, "refused"),
    ] {
      let scenario = Scenario([card(), mortgage()])
      scenario.leads.catalog.take(
        Self.catalog("2-b") { ($0.propositions[0].validFromMs, $0.propositions[0].validUntilMs) = (from, until) })
      #expect(try kinds(scenario, acceptedMs: acceptedMs) == [expected], "\(acceptedMs)")
    }
    let scenario = Scenario([card(), mortgage()])
    scenario.leads.catalog.take(
      Self.catalog("2-b") { ($0.propositions[0].validUntilMs, $0.propositions[0].isInStock) = (until, false) })
    #expect(try kinds(scenario, acceptedMs: until + Self.minuteMs) == ["refused"], "but not what there is none of")
  }

  @Test func importedHistoryIsHistory() throws {
    let scenario = Scenario([card(), mortgage()])
    scenario.leads.catalog.take(Self.catalog("2-b", Self.ways[0].change))
    let history = scenario.acceptance(of: "card", version: 0, atMs: 20 * hourMs)
    #expect(try scenario.when("p1", .event(history), atMs: 20 * hourMs).kinds == ["opened"])
  }

  @Test func whatIsBeingBoughtGoesOn() throws {
    let scenario = Scenario([card(), mortgage()])
    try scenario.accept("card", atMs: hourMs)
    scenario.leads.catalog.take(Self.catalog("2-b", Self.ways[0].change))
    #expect(try scenario.accept("card", atMs: 11 * hourMs) == [], "the same acceptance, said again")
    #expect(try scenario.accept("card", contact: "c2", atMs: 11 * hourMs).kinds == ["refused"])
    let order = scenario.event(.orderPlaced, atMs: 12 * hourMs) {
      ($0.product, $0.amountMinor, $0.currency) = ("card", 3_900, "EUR")
    }
    #expect(try scenario.when("p1", .event(order), atMs: 12 * hourMs).kinds == ["won"])
  }

  @Test func itIsSaidOnTheTopicAndCounted() throws {
    let telemetry = Refusals()
    let driver = try TopologyDriver()
    for catalog in [Self.catalog("1-a", appliedMs: 0) { _ in }, Self.catalog("2-b", appliedMs: 1, Self.ways[0].change)]
    {
      try driver.publish(
        Topics.marketingCatalog, key: "catalog",
        Envelope(id: catalog.version, source: "trias", type: "trias.catalog.applied.v1", timeMs: 0),
        JSONCoding.encode(catalog))
    }
    try driver.add(LeadManager.leads(secret: "test"), telemetry: telemetry)
    var data = Interaction(identifiers: [Identifier("cookie", "a")], channel: "web", contact: "c1")
    (data.list, data.proposition) = (mint.list(contact: "c1", version: 1, items: ["card"]), "card")
    var envelope = Envelope(id: "a1", source: "test", type: EventType.nbaAccepted.rawValue, timeMs: driver.clock.nowMs)
    envelope.facet = FacetReference(facet: "cookie:a#0", version: 1, seq: 1)
    for _ in 0..<2 { try driver.publish(Topics.profileTimeline, key: "p1", envelope, JSONCoding.encode(data)) }
    try driver.settle()
    let records = driver.records(of: Topics.leadEvents)
    #expect(try records.map { try Envelope($0.headers).type } == [LeadEventType.refused.rawValue])
    let refusal = try JSONCoding.decode(LeadRefusal.self, from: records.first?.value ?? [])
    #expect(refusal.reason == "card is taken out at once: the rate is wrong" && refusal.refused == "nba.accepted")
    #expect(
      driver.records(of: Topics.contactTasks).isEmpty && driver.records(of: ConsumerGroup.leads.deadLetter).isEmpty)
    #expect(telemetry.counted == ["nba.accepted": 1])
  }
}

/// What was refused, by what it was.
private final class Refusals: Telemetry {
  private let counts = Mutex<[String: Int]>([:])
  var counted: [String: Int] { counts.withLock { $0 } }

  func count(_ name: StaticString, _ n: Int, labels: [(String, String)]) {
    guard "\(name)" == "trias_lead_refusals_total", labels.count == 1, labels[0].0 == "refused" else { return }
    counts.withLock { $0[labels[0].1, default: 0] += n }
  }
  func gauge(_ name: StaticString, _ value: Double, labels: [(String, String)]) {}
  func observe(_ name: StaticString, ms: Double, labels: [(String, String)]) {}
  func log(_ level: TelemetryLevel, _ message: String, _ metadata: [(String, String)]) {}
}
