import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

@Suite("Logs that have lost what is needed", .serialized)
struct LostLogTests {
  /// A position beyond the end of a partition: the topic was recreated. That partition stands still and says so, the
  /// others go on, and no position moves.
  @Test(.timeLimit(.minutes(10)))
  func aPartitionThatWasRecreatedStandsStillAndTheOthersGoOn() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll(except: "lead-manager")
    let scenario = try Scenario(deployment)
    // As if it had read a thousand records of a log that now has a few. The embedded broker takes positions from outside
    // only for a group that has had no members.
    let consumer = try deployment.log.makeConsumer(name: "tests", group: ConsumerGroup.leads.rawValue)
    defer { consumer.close() }
    let lost = TopicPartition(Topics.profileTimeline.name, 1)
    let beyond: Int64 = 1_000
    try consumer.commit([lost: Position(offset: beyond)], wait: true)
    try deployment.start("lead-manager")
    try standsStill("lead-manager", "partition 1 stands still", "recreated", deployment)
    // Whoever belongs to another partition still gets his lead.
    let before = try leadEvents(deployment)
    scenario.begin(12)
    _ = try SuiteProcesses.wait(90, "leads of the other partitions") {
      scenario.goOn()
      let now = try leadEvents(deployment)
      return now[0] > before[0] || now[2] > before[2] || now[3] > before[3] ? true : nil
    }
    #expect(try leadEvents(deployment)[1] == before[1], "nothing comes from a partition that stands still")
    #expect(try consumer.committed([lost])[lost]?.offset == beyond, "and its position stays")
    try expectTheOthersInOrder(deployment, scenario)
    #expect(deployment.terminate("lead-manager") == 0, "it still ends in order")
  }

  /// A topic is really deleted and made again, while nobody reads it, and has more records than before. All its partitions
  /// stand still that had been read; nothing of the new ones is taken, or lost: the same events in another topic's place are
  /// for people to judge.
  @Test(.timeLimit(.minutes(10)), .enabled(if: !Extent.ownsBroker, "the embedded broker deletes no topic"))
  func aTopicThatIsDeletedAndMadeAgainIsNotTakenForTheOldOne() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    scenario.begin(12)
    try scenario.finish()
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    try verdict.expect()
    try verdict.waitUntilRead()
    let raw = verdict.raw
    let before = try raw.records(of: Topics.channelInteractions)
    let customers = try Observed.customers(raw, run: scenario.run)
    for service in SuiteProcesses.services { #expect(deployment.terminate(service) == 0) }
    try deployment.delete(Topics.channelInteractions)
    try deployment.run("trias", ["topics", "apply"])
    #expect(try raw.records(of: Topics.channelInteractions).isEmpty)
    let producer = try deployment.log.makeProducer(name: "another")
    defer { producer.close(timeoutMs: 1_000) }
    let partitions = Set(before.map(\.partition)).sorted()
    for (number, record) in (before + before).enumerated() {
      let another = RawLog.record(
        Topics.channelInteractions, key: String(decoding: record.key ?? [], as: UTF8.self),
        type: "trias.page.viewed.v1", id: "\(scenario.run)-another-\(number)",
        data: [
          "identifiers": [["namespace": "cookie", "value": "\(scenario.run)-0"]], "channel": "web",
          "contact": "another",
          "page": "/",
        ], timeMs: Int64(Date().timeIntervalSince1970 * 1_000), partitions: deployment.partitions)
      _ = try producer.append([another], timeoutMs: 10_000)
    }
    for service in SuiteProcesses.services { try deployment.start(service) }
    try standsStill("profile-aggregator", "partition \(partitions[0]) stands still", "recreated", deployment)
    // Whether it is ready names the first of them, its log all.
    for partition in partitions {
      _ = try SuiteProcesses.wait(60, "partition \(partition) to stand still") {
        let word = "partition \(partition) of \(ConsumerGroup.facets.rawValue) stands still"
        return deployment.output(of: "profile-aggregator").contains(word) ? true : nil
      }
    }
    #expect(try Observed.customers(raw, run: scenario.run) == customers, "nothing of another log is taken")
    for complaint in try Invariants.complaints(raw, deadLetters: 0) { Issue.record("\(complaint)") }
    for service in SuiteProcesses.services { #expect(deployment.terminate(service) == 0, "it still ends in order") }
  }

  /// The same with a log that has grown beyond the position: the record before it is another one than the commit tells of.
  /// The embedded broker deletes no topic, so here it is the commit that is of another log.
  @Test(.timeLimit(.minutes(10)))
  func aPartitionThatWasRecreatedAndHasGrownStandsStill() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll(except: "lead-manager")
    let scenario = try Scenario(deployment)
    let timeline = Topics.profileTimeline.name
    let consumer = try deployment.log.makeConsumer(name: "tests", group: ConsumerGroup.leads.rawValue)
    defer { consumer.close() }
    let counts = try SuiteProcesses.wait(60, "a timeline in two partitions") { () -> [Int64]? in
      if scenario.open < 8 { scenario.begin(4) }
      scenario.goOn()
      let ends = try (0..<4).map { try consumer.bounds(of: TopicPartition(timeline, $0)).end }
      return ends[1] > 2 && ends[2] > 2 ? ends : nil
    }
    let metadata = "w=-1;a=2;d=0;x=0;e=-1;p:\(timeline)=2;f:\(timeline)=1"
    let lost = TopicPartition(timeline, 1)
    try consumer.commit([lost: Position(offset: 2, metadata: metadata)], wait: true)
    try deployment.start("lead-manager")
    try standsStill("lead-manager", "partition 1 stands still", "recreated", deployment)
    #expect(try consumer.committed([lost])[lost] == Position(offset: 2, metadata: metadata), "its position stays")
    let others = try SuiteProcesses.wait(60, "another partition's position") {
      let committed = try consumer.committed([TopicPartition(timeline, 2)])
      return committed.values.first.flatMap { $0.offset >= counts[2] ? $0 : nil }
    }
    #expect(others.metadata.contains("f:\(timeline)="), "and it tells of its last record")
    try expectTheOthersInOrder(deployment, scenario)
    #expect(deployment.terminate("lead-manager") == 0)
  }

  /// A log that begins after the position: what lay between was deleted unread.
  @Test(
    .timeLimit(.minutes(10)),
    .enabled(if: Extent.ownsBroker, "a broker that keeps its retention can't be made to forget in a test"))
  func aLogThatBeginsAfterThePositionIsNeverSkipped() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    scenario.begin(8)
    try scenario.finish()
    #expect(deployment.terminate("profile-aggregator") == 0)
    let consumer = try deployment.log.makeConsumer(name: "tests", group: ConsumerGroup.facets.rawValue)
    defer { consumer.close() }
    // Which of the partitions the customers are in is left to chance.
    let count = try #require(try deployment.log.partitionCount(of: Topics.channelInteractions.name))
    let all = (0..<Int32(count)).map { TopicPartition(Topics.channelInteractions.name, $0) }
    let (lost, position) = try #require(try consumer.committed(all).min { $0.key.partition < $1.key.partition })
    let producer = try deployment.log.makeProducer(name: "flood")
    defer { producer.close(timeoutMs: 1_000) }
    let flood = OutgoingRecord(
      topic: lost.topic, partition: lost.partition, key: Array("cookie:flood".utf8),
      value: [UInt8](repeating: 0x20, count: 900_000))
    for _ in 0..<8 { _ = try producer.append([flood], timeoutMs: 10_000) }
    #expect(try consumer.bounds(of: lost).begin > position.offset, "the test floods too little")
    try deployment.start("profile-aggregator")
    try standsStill(
      "profile-aggregator", "partition \(lost.partition) stands still", "records were lost unread", deployment)
    #expect(try consumer.committed([lost])[lost] == position, "its position stays")
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    for complaint in try Invariants.complaints(raw, deadLetters: 0) { Issue.record("\(complaint)") }
    #expect(deployment.terminate("profile-aggregator") == 0)
  }

  /// Whoever has nothing to do with partition 1 of the timeline is as the oracle has him; of the others only the leads are
  /// missing, and what is listed because of them.
  private func expectTheOthersInOrder(
    _ deployment: SuiteProcesses, _ scenario: Scenario, lost: Int32 = 1
  ) throws {
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    /// Where the customers' profiles lie, by their identifiers.
    func partitions() throws -> [String: Int32] {
      let places = try raw.records(of: Topics.profileState).map {
        (String(decoding: $0.key ?? [], as: UTF8.self), $0.partition)
      }
      let home = Dictionary(places) { $1 }
      return try raw.states(of: Topics.profileState).reduce(into: [:]) { partitions, profile in
        for facet in profile.value["facets"] as? [[String: Any]] ?? [] {
          partitions[String((facet["id"] as? String ?? "").prefix { $0 != "#" })] = home[profile.key]
        }
      }
    }
    func known(_ customer: Oracle.Customer, _ home: [String: Int32]) -> Oracle.Customer {
      guard customer.identifiers.contains(where: { home[$0] == lost }) else { return customer }
      var customer = customer
      (customer.leads, customer.lists) = ([:], [:])
      return customer
    }
    var differences: [String] = []
    _ = try? SuiteProcesses.wait(120, "the others to agree with the oracle") {
      scenario.goOn()
      let input = try raw.events(of: Topics.channelInteractions) + raw.events(of: Topics.sourceRecords)
      let home = try partitions()
      let expected = Scenario.oracle.customers(input.filter { $0.id.hasPrefix(scenario.run) }).map { known($0, home) }
      let observed = try Observed.customers(raw, run: scenario.run).map { known($0, home) }
      differences = zip(observed, expected).filter { $0 != $1 }.map { "observed \($0)\nexpected \($1)" }
      if observed.count != expected.count { differences.append("\(observed.count) instead of \(expected.count)") }
      if expected.allSatisfy({ $0.leads.isEmpty }) { differences.append("nobody else has a lead") }
      return differences.isEmpty ? true : nil
    }
    for difference in differences { Issue.record("\(difference)") }
    for complaint in try Invariants.complaints(raw, deadLetters: 0) { Issue.record("\(complaint)") }
  }

  private func standsStill(
    _ service: String, _ what: String, _ why: String, _ deployment: SuiteProcesses
  ) throws {
    let client = WebClient()
    _ = try SuiteProcesses.wait(90, "\(service) to say \(what)") {
      let answer = client.get(deployment.ops(service, "/readyz"))
      let text = String(decoding: answer.body, as: UTF8.self)
      return answer.status == 503 && text.contains(what) && text.contains(why) ? true : nil
    }
    #expect(client.get(deployment.ops(service, "/livez")).status == 200, "a restart would not help")
    #expect(deployment.output(of: service).contains(why), "its log says why")
  }

  private func leadEvents(_ deployment: SuiteProcesses) throws -> [Int] {
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    var counts = Array(repeating: 0, count: deployment.partitions)
    for record in try raw.records(of: Topics.leadEvents) { counts[Int(record.partition)] += 1 }
    return counts
  }
}
