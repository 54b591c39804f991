import AdapterSDK
import Contracts
import Foundation
import Journeys
import TestKit
import Testing

@Suite("Within a contact the list follows, in each of the customer's channels, and never flickers")
struct ContactJourneyTests {
  private let cookie = Identifier("cookie", "jan-laptop")
  private let customer = Identifier("customer", "4711")

  /// As in the demonstration, with something to show and to say in both channels, and shares as they are by default.
  private func journey(isSampling: Bool = true) throws -> Journey {
    var catalog = Journey.catalog
    for index in catalog.propositions.indices {
      let id = catalog.propositions[index].id
      catalog.propositions[index].treatments.append(
        Treatment(channel: "call-centre", headline: "Talk about the \(id)", body: "", callToAction: "Ask"))
    }
    return try Journey(catalog: catalog, isSampling: isSampling)
  }

  /// He is on the web, under his cookie alone, and calls meanwhile.
  private func startBoth(_ journey: Journey) throws {
    try journey.say(.identityAsserted, [customer, cookie], contact: nil)
    try journey.say(.customerRecorded, [customer], contact: nil) { $0.attributes = [NamedValue("age", .number(61))] }
    try journey.say(.contactStarted, [cookie], contact: "visit")
    try journey.say(.contactStarted, [customer], contact: "call") {
      $0.channel = "call-centre"
      $0.placement = "agent-desktop"
    }
  }

  private func lists(_ journey: Journey, _ contact: String) throws -> [NbaList] {
    try journey.driver.records(of: Topics.nbaLists).map { try JSONCoding.decode(NbaList.self, from: $0.value ?? []) }
      .filter { $0.contact == contact }
  }

  private func offered(_ journey: Journey, _ contact: String) throws -> Set<String> {
    Set(try #require(try journey.list(contact)).items.map(\.proposition))
  }

  @Test func inTwoChannelsAtTheSameTimeItIsTheSamePersonsList() throws {
    let journey = try journey()
    try startBoth(journey)
    let owner = journey.mint.profile(customer)
    #expect(
      Set(journey.driver.records(of: Topics.nbaLists).map { String(decoding: $0.key ?? [], as: UTF8.self) }) == [owner])
    #expect(try offered(journey, "visit") == ["mortgage", "savings", "pension"])
    #expect(try offered(journey, "call") == ["mortgage", "savings", "pension"])
    let (visit, call) = (try #require(try journey.list("visit")), try #require(try journey.list("call")))
    #expect(visit.controlGroup == call.controlGroup)
    #expect(visit.items.allSatisfy { $0.treatment.channel == "web" })
    #expect(call.items.allSatisfy { $0.treatment.channel == "call-centre" })

    // What he says to the agent holds on the page that he has open, and the other way round.
    try journey.say(.nbaRejected, [customer], contact: "call") {
      ($0.channel, $0.list, $0.proposition) = ("call-centre", call.id, "mortgage")
    }
    for contact in ["visit", "call"] { #expect(try offered(journey, contact) == ["savings", "pension"]) }
    try journey.say(.nbaAccepted, [cookie], contact: "visit") {
      ($0.list, $0.proposition) = (visit.id, "savings")
    }
    for contact in ["visit", "call"] { #expect(try offered(journey, contact) == ["pension"]) }
    try journey.say(.customerRecorded, [customer], contact: nil) { $0.attributes = [NamedValue("age", .number(40))] }
    for contact in ["visit", "call"] { #expect(try offered(journey, contact) == []) }
  }

  /// A draw belongs to the contact: whatever else happens, in it or beside it, what is ranked stays where it is.
  @Test func whatChangesNothingMakesNoListInEither() throws {
    let journey = try journey()
    try startBoth(journey)
    let before = ["visit": try lists(journey, "visit"), "call": try lists(journey, "call")]
    let (visit, call) = (try #require(try journey.list("visit")), try #require(try journey.list("call")))
    for (contact, channel, identifier, list) in [
      ("visit", "web", cookie, visit), ("call", "call-centre", customer, call), ("visit", "web", cookie, visit),
    ] {
      for item in list.items {
        try journey.say(.nbaPresented, [identifier], contact: contact) {
          ($0.channel, $0.list, $0.proposition, $0.rank) = (channel, list.id, item.proposition, Int64(item.rank))
        }
      }
    }
    #expect(try lists(journey, "visit").map(\.version) == before["visit"]?.map(\.version))
    #expect(try lists(journey, "call").map(\.version) == before["call"]?.map(\.version))
    // Now that he is gone without an answer, it says something.
    try journey.say(.contactEnded, [cookie], contact: "visit")
    let after = try #require(try journey.list("call"))
    #expect(after.version > call.version && after.items.contains { !$0.reasons.isEmpty })
    #expect(try journey.list("visit")?.version == visit.version)
  }

  /// Who comes back to the page after half an hour: his adapter has the list from before, and takes only one above it.
  @Test func whatGoesOnAfterASilenceHasItsListNumberedOn() async throws {
    let journey = try journey()
    let clock = journey.driver.clock
    let adapter = ChannelAdapter(
      settings: AdapterSettings(partitions: 3, instance: "web-1", secret: "journey"), log: journey.driver.log,
      clock: { clock.nowMs })
    let reading = Thread { adapter.run() }
    reading.start()
    defer { adapter.close() }
    try await eventually { adapter.readiness.ready }
    adapter.watch("visit")
    try journey.say(.contactStarted, [cookie], contact: "visit")
    let before = try #require(try journey.list("visit"))
    try await eventually { adapter.list(of: "visit")?.id == before.id }
    // Twice: what is kept of it after the first silence is kept after the second too.
    for (silence, age) in [61.0, 40].enumerated() {
      try journey.driver.advance(ms: 1_801_000)
      #expect(journey.profile(cookie)?.contact("visit")?.contact.endReason == "abandoned")
      try journey.say(.customerRecorded, [cookie], contact: nil) { $0.attributes = [NamedValue("age", .number(age))] }
      try journey.say(.pageViewed, [cookie], contact: "visit") { $0.page = "/" }
      let after = try #require(try lists(journey, "visit").last)
      try #require(after.version == before.version + Int64(silence) + 1)
      #expect(after.items.contains { $0.proposition == "pension" } == (age >= 50))
      try await eventually { adapter.list(of: "visit")?.id == after.id }
    }
  }

  /// The call is put through: the next agent's desktop says that it has it now. He reads the same list, in his language.
  @Test func anotherAgentHasTheSameListInHisLanguage() throws {
    let journey = try journey()
    try startBoth(journey)
    for _ in 0..<3 {
      try journey.say(.pageViewed, [cookie], contact: "visit") { ($0.page, $0.category) = ("/mortgage", "mortgage") }
    }
    let first = try #require(try journey.list("call"))
    let rejected = try #require(first.items.last?.proposition)
    try journey.say(.nbaRejected, [customer], contact: "call") {
      ($0.channel, $0.list, $0.proposition) = ("call-centre", first.id, rejected)
    }
    let before = try #require(try journey.list("call"))
    try journey.say(.contactStarted, [customer], contact: "call", id: "put-through") {
      ($0.channel, $0.placement) = ("call-centre", "agent-desktop")
      $0.context = [NamedValue("language", .string("nl")), NamedValue("agent", .string("second"))]
    }
    let after = try #require(try journey.list("call"))
    #expect(after.version > before.version)
    #expect(after.items.map(\.proposition) == before.items.map(\.proposition), "the draw is the contact's")
    #expect(after.items.map(\.probability) == before.items.map(\.probability))
    let (english, dutch) = (before.items.flatMap(\.reasons), after.items.flatMap(\.reasons))
    #expect(english.count == dutch.count && Set(english).isDisjoint(with: dutch) && !english.isEmpty)
    #expect(journey.profile(customer)?.contacts.count { $0.id == "call" } == 1, "it is one contact")
    // Put through once more to somebody who reads the same: nothing new to show.
    try journey.say(.contactStarted, [customer], contact: "call", id: "put-through-again") {
      ($0.channel, $0.placement) = ("call-centre", "agent-desktop")
      $0.context = [NamedValue("agent", .string("third"))]
    }
    #expect(try journey.list("call")?.version == after.version)
  }
}
