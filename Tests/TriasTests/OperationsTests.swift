import Contracts
import MemoryLog
import MessageLog
import Operations
import ProfileAggregator
import Streams
import TestKit
import Testing

@Suite struct OperationsTests {
  private let groups = [GroupPositions.Group(AnyProcessor(ProfileAggregator.facets(secret: "test")))]

  private func findings(_ log: any MessageLog, partitions: Int = 3) -> [Doctor.Finding] {
    var findings: [Doctor.Finding] = []
    Doctor(log: log, partitions: partitions, groups: groups, wait: {}).examine { findings.append($0) }
    return findings
  }

  private func publishBadEvent(_ driver: TopologyDriver) throws {
    let envelope = Envelope(id: "e1", source: "test", type: EventType.pageViewed.rawValue, timeMs: driver.clock.nowMs)
    try driver.publish(Topics.channelInteractions, key: "cookie:a", envelope, Array("{".utf8))
  }

  @Test func topicsThatAreMissingOrWrongAreNamedAndTheMissingOnesMade() throws {
    let log = MemoryLog(
      topics: [
        TopicPlan(name: Topics.profileTimeline.name, partitions: 5, cleanup: Topics.profileTimeline.cleanup),
        TopicPlan(name: Topics.profileState.name, partitions: 3, cleanup: .compact),
      ], clock: { 0 })
    let (created, check) = try TopicCheck.apply(log, partitions: 3)
    #expect(created.count == Topics.all.count - 2)
    #expect(check.missing == [])
    #expect(check.wrong.map(\.description) == ["\(Topics.profileTimeline.name) has 5 partitions instead of 3"])
    #expect(check.right == Topics.all.count - 1)
  }

  @Test func topicsThatAreCleanedUpOtherwiseAreNamedWithWhatTheyShouldHave() throws {
    var plans = TopicCheck.plans(partitions: 3)
    func change(_ topic: Topic, _ cleanup: Cleanup) {
      for index in plans.indices where plans[index].name == topic.name { plans[index].cleanup = cleanup }
    }
    change(Topics.profileState, .delete(days: 1))
    change(Topics.nbaLists, .delete(days: 1))
    change(Topics.leadEvents, .delete(days: 365))
    let log = MemoryLog(topics: plans, clock: { 0 })
    let check = try TopicCheck.check(log, partitions: 3)
    #expect(
      check.harmful.map(\.description) == [
        "profile.state.v1 has cleanup.policy=delete at the broker instead of compact",
        "nba.lists.v1 has retention.ms=86400000 at the broker instead of 604800000",
      ])
    #expect(check.harmless.map(\.topic) == [Topics.leadEvents.name])
    #expect(!check.isGood)
    let told = findings(log).filter { $0.grade == .bad }
    #expect(told.contains { $0.mend?.contains("--topic profile.state.v1 --add-config cleanup.policy=compact") == true })
  }

  @Test func aTopicThatTakesNoLargeCataloguesIsNamedAndTakesTheUsualOnes() throws {
    var plans = TopicCheck.plans(partitions: 3)
    let index = try #require(plans.firstIndex { $0.name == Topics.marketingCatalog.name })
    plans[index].recordBytesMax = 2_000_000
    let check = try TopicCheck.check(MemoryLog(topics: plans, clock: { 0 }), partitions: 3)
    #expect(
      check.limiting.map(\.description) == [
        "marketing.catalog.v1 has max.message.bytes=2065536 at the broker instead of 40165536"
      ])
    #expect(check.isGood && check.harmful.isEmpty)
    #expect(check.bounds.count == 1 && check.bounds[0].hasSuffix("--add-config max.message.bytes=40165536"))
    let asDeclared = MemoryLog(topics: TopicCheck.plans(partitions: 3), clock: { 0 })
    #expect(try TopicCheck.check(asDeclared, partitions: 3).limiting.isEmpty)
  }

  /// A broker that takes no more than its own bound.
  private struct SmallBroker: MessageLog {
    let log: MemoryLog
    var forgets: Bool { false }

    func makeProducer(name: String) throws(LogError) -> any LogProducer { try log.makeProducer(name: name) }
    func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer {
      try log.makeConsumer(name: name, group: group)
    }
    func partitionCount(of topic: String) throws(LogError) -> Int? { try log.partitionCount(of: topic) }
    func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? {
      try log.configurations(of: topics)?.mapValues { $0.merging(["max.message.bytes": "1048588"]) { own, _ in own } }
    }
    func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic] {
      try log.createTopics(topics.map { $0.withoutBound ?? $0 })
      return topics.filter { $0.withoutBound != nil }.map { SmallTopic(name: $0.name, reason: "at most 8388608") }
    }
  }

  @Test func whereTheBrokerRefusesLargeRecordsApplyingSaysInOneLineWhatIsTakenAndWhatToSet() throws {
    let log = PrefixedLog(SmallBroker(log: MemoryLog(topics: [], clock: { 0 })), prefix: "p.")
    let (created, check) = try TopicCheck.apply(log, partitions: 3)
    #expect(created.count == Topics.all.count && check.isGood)
    #expect(
      check.bounds == [
        "marketing.catalog.v1 has max.message.bytes=1048588 at the broker instead of 40165536: a catalogue whose record is "
          + "larger, compressed, is refused when it is applied. To raise it: kafka-configs --alter --topic "
          + "marketing.catalog.v1 --add-config max.message.bytes=…, with the most that the broker allows: it refused "
          + "40165536 (at most 8388608)"
      ])
    #expect(try TopicCheck.check(log, partitions: 3).bounds.count == 1, "and who looks later hears of it")
  }

  @Test func aTableWhoseBeginningIsForgottenIsNamedWithWhatToDo() throws {
    let log = MemoryLog(topics: TopicCheck.plans(partitions: 3), forgets: true, clock: { 0 })
    let before = findings(log)
    #expect(!before.contains { $0.what.contains("has dropped the beginning") })
    let records = (0..<3).map { n in
      OutgoingRecord(topic: Topics.identityMap.name, partition: 1, key: Array("k\(n)".utf8), value: Array("{}".utf8))
    }
    _ = try log.makeProducer(name: "test").append(records, timeoutMs: 0)
    log.truncate(Topics.identityMap.name, before: 2)
    let finding = try #require(findings(log).first { $0.what.contains("has dropped the beginning of identity.map.v1") })
    #expect(finding.mend?.contains("KAFKA_BOOTSTRAP_SERVERS") == true)
  }

  @Test func aDeadLetterIsListedAndSentInAgainOnce() throws {
    let driver = try TopologyDriver()
    try driver.add(ProfileAggregator.facets(secret: "test"))
    try publishBadEvent(driver)
    try driver.settle()
    let box = DeadLetterBox(.facets, log: driver.log)
    let letter = try #require(try box.letters().first)
    #expect(letter.topic == Topics.channelInteractions.name)
    #expect(letter.attempts == 1)

    #expect(try box.replay(dryRun: true).sent == 1)
    #expect(try box.replay().sent == 1)
    #expect(try box.replay().sent == 0)
    try driver.settle()
    let letters = try box.letters()
    #expect(letters.map(\.attempts) == [1, 2])
    #expect(letters.last?.record.headers.pairs.filter { $0.name == DeadLetterHeader.stage }.count == 1)
    #expect(try box.replay(only: letter.place).sent == 1)
    #expect(try box.replay(all: true).sent == 2)
  }

  @Test func whatWasWrittenLatelyIsFoundFromTheEndWithoutReadingTheRest() throws {
    let driver = try TopologyDriver()
    for number in 0..<6_000 {
      let envelope = Envelope(id: "list-\(number)", source: "test", type: NbaList.type, timeMs: 1)
      try driver.publish(Topics.nbaLists, key: "p\(number % 40)", envelope, Array("{}".utf8))
    }
    let partitions = try #require(try driver.log.partitionCount(of: Topics.nbaLists.name))
    func find(_ id: String, key: String? = nil) throws -> (found: Bool, looked: Int) {
      var looked = 0
      let record = try TopicReader.newest(Topics.nbaLists, in: driver.log, key: key.map { Array($0.utf8) }) {
        looked += 1
        return $0.headers.string("ce_id") == id
      }
      return (record?.headers.string("ce_id") == id, looked)
    }
    let late = try find("list-5990")
    #expect(late.found && late.looked <= 256 * partitions)
    let early = try find("list-3")
    #expect(early.found && early.looked <= 6_000)
    let byKey = try find("list-3", key: "p3")
    #expect(byKey.found && byKey.looked < early.looked)
    #expect(
      try find("list-3", key: "p4").found
        == (Partitioner.partition(of: "p4", count: partitions)
          == Partitioner.partition(of: "p3", count: partitions)))
    let nowhere = try find("nothing")
    #expect(!nowhere.found && nowhere.looked == 6_000, "each record once")
  }

  private func letter(of topic: Topic, offset: Int, in group: ConsumerGroup) -> OutgoingRecord {
    var headers = Headers()
    headers.append(DeadLetterHeader.topic, topic.name)
    headers.append(DeadLetterHeader.partition, "0")
    headers.append(DeadLetterHeader.offset, String(offset))
    return OutgoingRecord(
      topic: group.deadLetter.name, partition: 0, key: Array("k".utf8), value: Array("{".utf8), headers: headers)
  }

  /// Sent in again, a state would be what it was once, and an event would count twice with its other readers.
  @Test func whatAServiceOwnsIsNotSentInAgain() throws {
    let driver = try TopologyDriver()
    try driver.publish(letter(of: Topics.profileState, offset: 3, in: .scorer))
    try driver.publish(letter(of: Topics.profileTimeline, offset: 4, in: .leads))
    for (group, topic) in [(ConsumerGroup.scorer, Topics.profileState), (.leads, Topics.profileTimeline)] {
      let replayed = try DeadLetterBox(group, log: driver.log).replay()
      #expect(replayed.sent == 0)
      #expect(replayed.left.map { $0.contains(topic.name) && $0.contains(topic.owner!.rawValue) } == [true])
      #expect(driver.records(of: topic).isEmpty)
    }
  }

  /// It is told each time what was left, and how many there are that were sent before.
  @Test func whatWasLeftIsLeftAloudTheSecondTimeToo() throws {
    let driver = try TopologyDriver()
    try driver.publish(letter(of: Topics.profileState, offset: 3, in: .scorer))
    try driver.publish(letter(of: Topics.channelInteractions, offset: 4, in: .scorer))
    let box = DeadLetterBox(.scorer, log: driver.log)
    let first = try box.replay()
    #expect(first.sent == 1 && first.sentBefore == 0 && first.left.count == 1)
    let second = try box.replay()
    #expect(second.sent == 0 && second.sentBefore == 1 && second.left == first.left)
  }

  /// A data steward whose command is refused has heard so. There is nothing to mend, and nothing to send once more.
  @Test func aRefusedCommandIsNothingToReplay() throws {
    let driver = try TopologyDriver()
    try driver.add(ProfileAggregator.linker(secret: "test"))
    let command = StewardCommand(identifier: Identifier("cookie", "nobody"), from: nil, by: "bea", reason: "shared")
    let outcome = try IdentityDesk(log: driver.log).ask(.split, command, id: "s1", nowMs: driver.clock.nowMs) {
      (try? driver.settle()) != nil
    }
    #expect(outcome == .refused("no claim has named cookie:nobody"))
    let said = findings(driver.log).filter { $0.what.contains("profile-aggregator.linker has refused 1 commands") }
    #expect(said.map(\.grade) == [.good] && said.first?.mend == nil)
    #expect(said.first?.what.hasSuffix("the last: no claim has named cookie:nobody") == true, "\(said)")
    let replayed = try DeadLetterBox(.linker, log: driver.log).replay()
    #expect(replayed.sent == 0 && replayed.left.count == 1)
    #expect(replayed.left.first?.contains("who still means it gives it anew") == true, "\(replayed.left)")
  }

  /// A process that is killed before it commits writes the letter once more when it starts again.
  @Test func aLetterThatWasWrittenTwiceIsOne() throws {
    let driver = try TopologyDriver()
    for offset in [7, 8, 7] {
      try driver.publish(letter(of: Topics.channelInteractions, offset: offset, in: .facets))
    }
    let box = DeadLetterBox(.facets, log: driver.log)
    #expect(try box.letters().map(\.offset) == ["7", "8"])
    #expect(try box.replay().sent == 2)
  }

  @Test func aMendedEventIsTakenThoughItsSourceHasGoneOn() throws {
    let driver = try TopologyDriver()
    try driver.add(ProfileAggregator.facets(secret: "test"))
    var data = Interaction(identifiers: [Identifier("cookie", "a")], channel: "web")
    data.page = "/"
    func publish(_ id: String, _ sequence: Int64, _ value: [UInt8]) throws {
      var envelope = Envelope(id: id, source: "test", type: EventType.pageViewed.rawValue, timeMs: driver.clock.nowMs)
      envelope.sequence = sequence
      try driver.publish(Topics.channelInteractions, key: "cookie:a", envelope, value)
    }
    try publish("e2", 2, data.json)
    try driver.settle()
    // What mending comes to: the letter's reason is gone by the time that it is sent in again.
    var headers = Envelope(id: "e1", source: "test", type: EventType.pageViewed.rawValue, timeMs: 0).headers
    headers.append("ce_sequence", "1")
    let letter = OutgoingRecord(
      topic: ConsumerGroup.facets.deadLetter.name, partition: 0, key: Array("cookie:a".utf8), value: data.json,
      headers: withTime(driver.clock.nowMs, headers, from: Topics.channelInteractions.name))
    try driver.publish(letter)
    #expect(try DeadLetterBox(.facets, log: driver.log).replay().sent == 1)
    try driver.settle()
    let ids = driver.records(of: Topics.profileTimeline).compactMap { $0.headers.string("ce_id") }
    #expect(ids == ["e2", "e1"])
  }

  private func withTime(_ ms: Int64, _ headers: Headers, from topic: String) -> Headers {
    var copy = Headers()
    for (name, value) in headers.pairs {
      if name == "ce_time" { copy.append(name, Timestamps.text(ms)) } else { copy.append(name, value) }
    }
    copy.append(DeadLetterHeader.topic, topic)
    copy.append(DeadLetterHeader.attempts, "1")
    return copy
  }

  @Test func theDoctorNamesWhatIsWrongAndHowToMendIt() throws {
    let empty = findings(MemoryLog(clock: { 0 }))
    #expect(empty.last?.grade == .bad)
    #expect(empty.last?.mend == "trias topics apply")
    let others = findings(MemoryLog(topics: TopicCheck.plans(partitions: 9), clock: { 0 })).filter { $0.grade == .bad }
    #expect(!others.isEmpty && others.allSatisfy { $0.mend?.contains("TRIAS_PARTITIONS=9") == true }, "\(others)")

    let driver = try TopologyDriver()
    try publishBadEvent(driver)
    let idle = findings(driver.log)
    #expect(idle.contains { $0.grade == .bad && $0.what.contains("profile-aggregator.facets is 1 records behind") })
    #expect(idle.contains { $0.grade == .bad && $0.what.contains("no catalogue") })

    try driver.add(ProfileAggregator.facets(secret: "test"))
    try driver.settle()
    let running = findings(driver.log)
    #expect(running.contains { $0.grade == .good && $0.what == "profile-aggregator.facets is up to date" })
    #expect(
      running.contains { $0.grade == .warning && $0.what.contains("1 dead letters of profile-aggregator.facets") })

    for (version, currency) in [("1-good", "EUR"), ("2-bad", "XXX")] {
      let catalog = Catalog(version: version, appliedMs: 1, name: "test", currency: currency)
      try driver.publish(
        Topics.marketingCatalog, key: version,
        Envelope(id: version, source: "staff", type: Topics.marketingCatalog.stateType, timeMs: 1),
        JSONCoding.encode(catalog))
    }
    let refused = findings(driver.log)
    #expect(
      refused.contains { $0.grade == .warning && $0.what.contains("2-bad is refused: currency: XXX is no currency") })
    #expect(refused.contains { $0.what.contains("catalogue 1-good") })

    let wrong = findings(driver.log, partitions: 4)
    // One setting is wrong, and so it is one finding for all the topics.
    #expect(wrong.count(where: { $0.mend?.contains("TRIAS_PARTITIONS=3") == true }) == 1)
  }

  /// Positions are committed once in a while: a second in which nothing is committed is no standstill.
  @Test func theDoctorLooksForLongerBeforeItSaysThatAProcessorStandsStill() throws {
    let driver = try TopologyDriver()
    try publishBadEvent(driver)
    var looks = 0
    var findings: [Doctor.Finding] = []
    let doctor = Doctor(log: driver.log, partitions: 3, groups: groups) {
      looks += 1
      guard looks == 3 else { return }
      try? driver.add(ProfileAggregator.facets(secret: "test"))
      try? driver.settle()
    }
    doctor.examine { findings.append($0) }
    #expect(looks == 3)
    #expect(findings.contains { $0.grade == .good && $0.what == "profile-aggregator.facets is up to date" })
  }

  /// As the embedded broker drops the oldest whenever something comes.
  @Test func whatIsDroppedWhileItIsReadIsPassedOver() throws {
    let log = MemoryLog(topics: TopicCheck.plans(partitions: 1), clock: { 0 })
    let topic = Topics.nbaLists
    let producer = try log.makeProducer(name: "test")
    _ = try producer.append(
      (0..<3_000).map {
        OutgoingRecord(topic: topic.name, partition: 0, key: Array("k\($0)".utf8), value: Array("\($0)".utf8))
      }, timeoutMs: 1_000)
    var seen: [Int64] = []
    try TopicReader.forEach(topic, in: log) { record in
      if record.offset == 100 { log.truncate(topic.name, before: 2_000) }
      seen.append(record.offset)
      return true
    }
    #expect(seen.first == 0 && seen.last == 2_999 && seen.contains(2_000))
    var looked: [Int64] = []
    let found = try TopicReader.newest(topic, in: log) { record in
      if looked.isEmpty { log.truncate(topic.name, before: 2_700) }
      looked.append(record.offset)
      return false
    }
    #expect(found == nil)
    #expect(looked.contains(2_700) && looked.contains(2_999))
  }
}
