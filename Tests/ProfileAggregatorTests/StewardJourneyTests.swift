import Contracts
import MessageLog
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// A data steward's words in the processors: by way of his topic, to the facets and the profiles.
struct StewardJourneyTests {
  private let other = Identifier("customer", "43")

  @Test func twoCustomersBecomeOneAndTwoAgain() throws {
    let suite = try Suite()
    try suite.send(
      Event("e1", .consentGiven, by: [customer, cookie]), Event("e2", .pageViewed, at: 1_000, by: [other, device]))
    try suite.tell(.samePerson, other, customer)
    let one = CustomerView(try #require(suite.profile(of: customer)).profile)
    #expect(Set(one.identifiers) == [customer, cookie, other, device] && one.count("page.viewed") == 1)
    #expect(suite.profiles.values.filter { !$0.facets.isEmpty }.count == 1)
    try suite.send(Event("e3", .pageViewed, at: 2_000, by: [device]))
    #expect(CustomerView(try #require(suite.profile(of: customer)).profile).count("page.viewed") == 2)
    try suite.tell(.notSamePerson, other, customer)
    #expect(CustomerView(try #require(suite.profile(of: other)).profile).count("page.viewed") == 2)
    #expect(Set(CustomerView(try #require(suite.profile(of: customer)).profile).identifiers) == [customer, cookie])
  }

  /// One who was never heard of is moved before his first event, and found where he belongs with it.
  @Test func whoWasNeverHeardOfCanBeSaidToBeSomebody() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer]))
    try suite.tell(.samePerson, customer, other)
    try suite.send(Event("e2", .pageViewed, at: 1_000, by: [other]))
    #expect(CustomerView(try #require(suite.profile(of: customer)).profile).count("page.viewed") == 2)
  }

  @Test(arguments: [StewardCommandType.samePerson, .notSamePerson, .leave])
  func aCommandThatComesAgainChangesNothing(_ type: StewardCommandType) throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer, login]), Event("e2", .pageViewed, by: [other, login]))
    try suite.tell(type, other, login, id: "once")
    let said = suite.driver.records(of: Topics.identityMap).count
    #expect(try #require(suite.entry(other)).verdict.claim == "once")
    try suite.tell(type, other, login, id: "once")
    #expect(suite.driver.records(of: Topics.identityMap).count == said)
  }

  @Test func itsPlaceIsAmongTheClaims() throws {
    // Claims and commands that come before and after, all read at once.
    let suite = try Suite(partitions: 1)
    try suite.publish(Event("e1", .pageViewed, by: [customer, login]))
    try suite.driver.settle()
    try suite.publish(Event("e2", .pageViewed, at: 1_000, by: [other, login]))
    _ = try suite.driver.turn(.facets)
    try suite.publishWord(.samePerson, other, login, id: "w1")
    try suite.publishWord(.notSamePerson, other, login, id: "w2")
    try suite.driver.settle()
    #expect(suite.entry(login)?.profile == mint.profile(customer))
    #expect(suite.entry(other)?.profile == mint.profile(other))
    let verdicts = suite.driver.records(of: Topics.identityMap).compactMap { try? IdentityMapEntry(json: $0.value!) }
      .filter { $0.identifier == other }.map(\.verdict.reason)
    #expect(verdicts == ["belongs-to-another-person", "same-person", "not-same-person"])
  }

  @Test func theListComesFromTheLog() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer, login]), Event("e2", .pageViewed, by: [other, login]))
    let conflict = try #require(suite.entry(login)?.conflicts?.first)
    #expect(conflict.with == other && conflict.evidence.map(\.claim) == ["e2"])
    #expect(conflict.evidence.first?.source == "test/web" && conflict.evidence.first?.atMs == startMs)
    // A successor that has nothing but the log goes on with it.
    let successor = try Suite(on: suite.driver)
    try successor.tell(.leave, login, other)
    #expect(successor.entry(login)?.conflicts?.first?.left?.by == "ann")
    #expect(successor.entry(login)?.conflicts?.first?.evidence == conflict.evidence)
  }

  @Test func whatCantBeCarriedOutIsPutAsideWithItsPlace() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [customer, cookie]))
    let before = suite.driver.records(of: Topics.identityMap).count
    for (number, command) in [
      StewardCommand(identifier: customer, by: "ann", reason: "r"),
      StewardCommand(identifier: customer, with: Identifier("shoe", "44"), by: "ann", reason: "r"),
      StewardCommand(identifier: customer, with: cookie, by: "", reason: "r"),
      StewardCommand(identifier: customer, with: cookie, by: "ann", reason: String(repeating: "x", count: 1_025)),
    ].enumerated() {
      try suite.publishWord(.samePerson, command, id: "bad-\(number)")
    }
    try suite.driver.settle()
    #expect(
      suite.deadLetters(.linker).map { "\($0.stage ?? "") \($0.field ?? "")" }
        == ["schema with", "identity with.namespace", "schema by", "schema reason"])
    #expect(suite.driver.records(of: Topics.identityMap).count == before)
    try suite.tell(.samePerson, other, customer)
    #expect(suite.entry(other)?.profile == mint.profile(customer))
  }
}

extension Suite {
  fileprivate func publishWord(_ type: StewardCommandType, _ command: StewardCommand, id: String) throws {
    try driver.publish(
      Topics.stewardCommands, key: StewardCommand.key,
      Envelope(id: id, source: "test", type: type.rawValue, timeMs: startMs), command.json)
  }

  fileprivate func publishWord(
    _ type: StewardCommandType, _ one: Identifier, _ other: Identifier, id: String
  ) throws {
    try publishWord(type, StewardCommand(identifier: one, with: other, by: "ann", reason: "has looked at both"), id: id)
  }

  fileprivate func tell(
    _ type: StewardCommandType, _ one: Identifier, _ other: Identifier, id: String? = nil
  ) throws {
    try publishWord(type, one, other, id: id ?? "\(type) \(one) \(other)")
    try driver.settle()
  }

  /// The last entry of that identifier.
  fileprivate func entry(_ identifier: Identifier) -> IdentityMapEntry? {
    driver.records(of: Topics.identityMap).last { $0.key == Array(identifier.key.utf8) }
      .flatMap { try? IdentityMapEntry(json: $0.value!) }
  }
}
