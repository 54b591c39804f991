import Contracts
import MessageLog
import ProfileAggregator
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// Persons act for organisations and households: each side shows the other, whatever becomes of its profile.
struct RelationTests {
  private let firm = Identifier("organisation", "HRB 27112")

  private func relation(
    _ id: String, _ identifiers: [Identifier], _ role: String, at ms: Int64 = 0, ended: Bool? = nil,
    person: Identifier? = nil
  ) -> Event {
    Event(id, .relationRecorded, at: ms, by: identifiers).with {
      ($0.organisation, $0.person) = (person == nil ? firm : nil, person)
      ($0.role, $0.ended) = (role, ended)
    }
  }

  private func relations(_ suite: Suite, _ identifier: Identifier) -> [Relation] {
    suite.driver.state(.profiles, mint.profile(identifier), as: ProfileRecord.self).map {
      CustomerView($0.profile).relations
    } ?? []
  }

  private func summary(_ suite: Suite, _ identifier: Identifier) -> [String] {
    relations(suite, identifier).map { "\($0.other) \($0.role)\($0.isCurrent ? "" : " ended")" }
  }

  @Test func eachSideShowsTheOther() throws {
    let suite = try Suite()
    try suite.publish(
      relation("r1", [customer, login], "managing-director").with { $0.since = "2021-04-01T00:00:00Z" })
    try suite.driver.settle()
    let (person, organisation) = (relations(suite, customer), relations(suite, firm))
    #expect(
      person == [
        Relation(
          other: firm, isOrganisation: true, role: "managing-director", sinceMs: 1_617_235_200_000, atMs: startMs,
          source: "test/web")
      ])
    #expect(
      organisation == [
        Relation(
          other: customer, isOrganisation: false, role: "managing-director", sinceMs: 1_617_235_200_000,
          atMs: startMs, source: "test/web")
      ], "on the same source's word")
    #expect(suite.driver.records(of: Topics.sourceRecords).count == 2, "and it is not mirrored back")
  }

  @Test func itCanBeSaidOfEitherSideAndTheLatestWordHolds() throws {
    let suite = try Suite()
    try suite.publish(relation("r1", [customer], "buyer", at: 1_000))
    try suite.driver.settle()
    try suite.publish(relation("r2", [firm], "buyer", at: 3_000, ended: true, person: customer))
    try suite.driver.settle()
    try suite.publish(relation("r3", [customer], "buyer", at: 2_000))
    try suite.publish(relation("r4", [customer], "clerk", at: 2_000))
    try suite.driver.settle()
    #expect(summary(suite, customer) == ["\(firm) buyer ended", "\(firm) clerk"])
    #expect(summary(suite, firm) == ["\(customer) buyer ended", "\(customer) clerk"])
    #expect(relations(suite, firm)[0].endedMs == startMs + 3_000)
    try suite.publish(relation("r5", [customer], "buyer", at: 4_000))
    try suite.driver.settle()
    #expect(summary(suite, firm) == ["\(customer) buyer", "\(customer) clerk"], "he came back")
  }

  @Test func theSameWordAgainSaysNothingNew() throws {
    let suite = try Suite()
    for _ in 0..<2 { try suite.publish(relation("r1", [customer], "buyer")) }
    try suite.driver.settle()
    #expect(summary(suite, firm) == ["\(customer) buyer"])
    #expect(suite.driver.records(of: Topics.sourceRecords).count == 3, "two of the source's, one of ours")
  }

  /// Those who don't know since when say nothing of it, and take back nothing of it.
  @Test func sinceWhenStaysWhereALaterWordDoesNotSay() throws {
    let suite = try Suite()
    let dayMs: Int64 = 86_400_000
    func sinces() -> [Int64] { [relations(suite, customer), relations(suite, firm)].map { $0[0].sinceMs - startMs } }
    try suite.publish(relation("r1", [customer], "buyer").with { $0.since = Timestamps.text(startMs - dayMs) })
    try suite.driver.settle()
    try suite.publish(relation("r2", [firm], "buyer", at: 1_000, person: customer))
    try suite.driver.settle()
    #expect(sinces() == [-dayMs, -dayMs], "said again at the other side")
    try suite.publish(relation("r3", [customer], "buyer", at: 2_000, ended: true))
    try suite.driver.settle()
    #expect(sinces() == [-dayMs, -dayMs], "of what is over too")
    #expect(relations(suite, firm)[0].endedMs == startMs + 2_000)
    try suite.publish(relation("r4", [customer], "buyer", at: 3_000))
    try suite.driver.settle()
    #expect(sinces() == [3_000, 3_000], "who comes back begins anew")
  }

  /// What was said before the word that holds reaches neither side, whichever hears of it.
  @Test func twoWordsAtOnceComeOutTheSameAtBothSides() throws {
    let suite = try Suite()
    try suite.publish(relation("r1", [firm], "buyer", at: 2_000, ended: true, person: customer))
    try suite.publish(relation("r2", [customer], "buyer", at: 2_000))
    try suite.publish(relation("r3", [customer], "clerk", at: 2_000).with { $0.since = Timestamps.text(startMs) })
    try suite.publish(
      relation("r4", [firm], "clerk", at: 2_000, person: customer).with { $0.since = Timestamps.text(startMs + 1) })
    try suite.driver.settle()
    for side in [customer, firm] {
      let roles = Dictionary(uniqueKeysWithValues: relations(suite, side).map { ($0.role, $0) })
      #expect(roles["buyer"]?.endedMs == startMs + 2_000 && roles["clerk"]?.sinceMs == startMs, "\(side)")
    }
    let count = suite.driver.records(of: Topics.sourceRecords).count
    try suite.publish(relation("r5", [customer], "buyer", at: 1_000))
    try suite.driver.settle()
    #expect(suite.driver.records(of: Topics.sourceRecords).count == count + 1, "the other side knows better too")
  }

  @Test func nobodyElseSaysForAnotherWhoSaidIt() throws {
    let suite = try Suite()
    try suite.publish(relation("r1", [customer], "buyer").with { $0.saidBy = "the-register" })
    try suite.driver.settle()
    #expect([customer, firm].map { relations(suite, $0).map(\.source) } == [["test/web"], ["test/web"]])
  }

  @Test func aDataStewardCannotMakeAPersonAnOrganisation() throws {
    let suite = try Suite()
    try suite.publish(relation("r1", [customer], "buyer"))
    try suite.driver.settle()
    let command = StewardCommand(identifier: customer, with: firm, by: "ann", reason: "the same")
    try suite.driver.publish(
      Topics.stewardCommands, key: StewardCommand.key,
      Envelope(id: "s1", source: "test", type: StewardCommandType.samePerson.rawValue, timeMs: startMs), command.json)
    try suite.driver.settle()
    let entry = try #require(suite.driver.records(of: Topics.identityMap).last?.value)
    #expect(try IdentityMapEntry(json: entry).verdict.reason == Judge.Reason.organisationsNeverMerge)
    #expect(relations(suite, customer).count == 1 && relations(suite, firm).count == 1)
  }

  @Test func itFollowsItsIdentifierThroughMergeAndSplit() throws {
    let suite = try Suite()
    let home = Identifier("household", "h1")
    try suite.publish(Event("l1", .pageViewed, by: [login]))
    try suite.publish(
      Event("r1", .relationRecorded, by: [login]).with { ($0.organisation, $0.role) = (home, "member") })
    try suite.publish(relation("r2", [customer], "buyer"))
    try suite.driver.settle()
    #expect(summary(suite, login) == ["\(home) member"])
    try suite.publish(Event("a1", .identityAsserted, by: [customer, login]))
    try suite.driver.settle()
    #expect(summary(suite, customer) == ["\(firm) buyer", "\(home) member"])
    #expect(summary(suite, login) == [])
    // Said while they are one, of the one that is keyed by the other.
    try suite.publish(
      Event("r3", .relationRecorded, at: 1_000, by: [login]).with {
        ($0.organisation, $0.role, $0.ended) = (home, "member", true)
      })
    try suite.driver.settle()
    #expect(summary(suite, customer) == ["\(firm) buyer", "\(home) member ended"])
    #expect(summary(suite, home) == ["\(login) member ended"])
    try suite.split(login, from: customer)
    #expect(summary(suite, customer) == ["\(firm) buyer"])
    #expect(summary(suite, login) == ["\(home) member ended"])
  }

  @Test func anOrganisationJoinsNobody() throws {
    let suite = try Suite()
    try suite.publish(Event("o1", .orderPlaced, by: [firm]))
    try suite.publish(Event("p1", .identityAsserted, by: [customer, firm]))
    try suite.driver.settle()
    #expect(relations(suite, firm) == [], "to be named together is not to act for")
    let entries = try suite.driver.records(of: Topics.identityMap).compactMap { record in
      try record.value.map { try IdentityMapEntry(json: $0) }
    }
    let verdicts = Dictionary(entries.map { ($0.identifier, $0) }) { $1 }
    for identifier in [customer, firm] {
      #expect(verdicts[identifier]?.profile == mint.profile(identifier))
      #expect(verdicts[identifier]?.verdict.reason == Judge.Reason.organisationsNeverMerge)
    }
  }

  @Test func whoDoesNoLongerMakesRoomFirst() {
    var body = FacetBody()
    func say(_ number: Int, ended: Bool = false) {
      let atMs = Int64(number)
      body.say(
        Relation(
          other: Identifier("customer", "\(number)"), isOrganisation: false, role: "buyer", sinceMs: atMs,
          endedMs: ended ? atMs : nil, atMs: atMs, source: "crm"))
    }
    for number in 1...FacetBody.relationsMax { say(number, ended: number == 7) }
    say(100)
    #expect(body.relations?.count == FacetBody.relationsMax)
    #expect(body.relations?.contains { $0.other.value == "7" } == false)
    say(101)
    #expect(body.relations?.contains { $0.other.value == "1" } == false, "then who was spoken of longest ago")
    #expect(body.relations?.last?.other.value == "101")
  }
}
