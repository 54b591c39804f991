import Contracts
import MessageLog
import Operations
import ProfileAggregator
import Streams
import TestKit
import Testing

/// What a data steward sees of the map, and hears of his commands.
@Suite struct IdentityDeskTests {
  private let ann = Identifier("customer", "ann")
  private let bob = Identifier("customer", "bob")
  private let tablet = Identifier("cookie", "tablet")
  private let phone = Identifier("device", "phone")

  private func linked() throws -> TopologyDriver {
    let driver = try TopologyDriver()
    try driver.add(ProfileAggregator.facets(secret: "test"))
    try driver.add(ProfileAggregator.linker(secret: "test"))
    for (number, identifiers) in [[ann, tablet], [phone, tablet], [bob, tablet]].enumerated() {
      var interaction = Interaction(identifiers: identifiers, channel: "web", contact: nil)
      interaction.page = "/"
      let envelope = Envelope(
        id: "e\(number)", source: "test", type: EventType.pageViewed.rawValue, timeMs: driver.clock.nowMs)
      try driver.publish(Topics.channelInteractions, key: identifiers[0].key, envelope, interaction.json)
      try driver.settle()
    }
    return driver
  }

  private func split(
    _ driver: TopologyDriver, _ identifier: Identifier, from other: Identifier?, id: String = "s1"
  ) throws -> IdentityDesk.Outcome {
    let command = StewardCommand(identifier: identifier, from: other, by: "bea", reason: "shared")
    return try IdentityDesk(log: driver.log).ask(.split, command, id: id, nowMs: driver.clock.nowMs) {
      // Time passes for the others while somebody waits.
      (try? driver.settle()) != nil
    }
  }

  @Test func anIdentifierIsShownWithAllOfItsProfile() throws {
    let desk = IdentityDesk(log: try linked().log)
    let known = try #require(try desk.known(ann))
    #expect(known.entry.identifier == ann && known.entry.version == 0)
    #expect(known.members.map(\.identifier) == [tablet, ann, phone])
    // A shared device is of each one's, and shown with those whose it is now.
    #expect(try desk.known(bob)?.members.map(\.identifier) == [tablet, bob])
    let shared = try #require(try desk.known(tablet))
    #expect(shared.members.map(\.identifier) == [tablet, bob])
    #expect(try desk.known(Identifier("cookie", "nobody")) == nil)
  }

  @Test func aSplitIsAnsweredWithAllWhomItMoved() throws {
    let driver = try linked()
    guard case .judged(let entries) = try split(driver, tablet, from: ann) else {
      Issue.record("not judged")
      return
    }
    #expect(entries.map(\.identifier) == [ann, phone, tablet])
    // Of those who have logged in on it Bob is left.
    let profile = try #require(try IdentityDesk(log: driver.log).known(bob)).entry.profile
    #expect(entries.suffix(2).map(\.profile) == [profile, profile])
  }

  @Test func whatWaitsForADecisionIsListedAndWhatWasDecided() throws {
    let driver = try linked()
    let desk = IdentityDesk(log: driver.log)
    let list = try desk.list()
    #expect(list.cases.map { [$0.identifier, $0.conflict.with] } == [[ann, bob]])
    #expect(list.cases.first?.conflict.evidence.map(\.claim) == ["e2"] && list.decisions.isEmpty)
    let command = StewardCommand(identifier: bob, with: ann, by: "bea", reason: "brother and sister")
    let outcome = try desk.ask(.notSamePerson, command, id: "w1", nowMs: driver.clock.nowMs) {
      (try? driver.settle()) != nil
    }
    guard case .judged(let entries) = outcome else {
      Issue.record("not judged")
      return
    }
    #expect(entries.last?.identifier == bob && entries.last?.verdict.reason == "not-same-person")
    let after = try desk.list()
    #expect(after.cases.isEmpty && after.decisions.map(\.command) == ["w1"])
    #expect(after.decisions.first?.kind == .notSamePerson && after.decisions.first?.by == "bea")
  }

  @Test func aRefusalIsAnsweredWithItsReason() throws {
    let driver = try linked()
    guard case .judged(let entries) = try split(driver, bob, from: ann) else {
      Issue.record("not judged")
      return
    }
    #expect(entries.map(\.verdict.reason) == ["not-linked"])
    let nobody = Identifier("cookie", "nobody")
    #expect(try split(driver, nobody, from: nil, id: "s2") == .refused("no claim has named cookie:nobody"))
  }

  @Test func whoIsNotPatientHearsNothingAndTheCommandStays() throws {
    let driver = try linked()
    let command = StewardCommand(identifier: tablet, by: "bea", reason: "shared")
    let outcome = try IdentityDesk(log: driver.log).ask(.split, command, id: "s1", nowMs: driver.clock.nowMs) { false }
    #expect(outcome == .unanswered)
    try driver.settle()
    #expect(try IdentityDesk(log: driver.log).known(tablet)?.entry.verdict.claim == "s1")
  }
}
