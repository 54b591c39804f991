import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

@Suite("Sources that repeat and shuffle", .serialized)
struct RepetitionTests {
  /// One event in ten comes twice, their times lie up to five minutes apart in any order; then the whole day is sent in
  /// once more, and nothing changes: no state, no event, no second lead.
  @Test(.timeLimit(.minutes(10)))
  func countOnceHoweverTheyCome() throws {
    let seed = Extent.seed
    var random = SeededRandom(seed: seed)
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment, seed: seed)
    scenario.repeatedPercent = 10
    scenario.shuffledWithinMs = 300_000
    for _ in 0..<10 {
      scenario.begin(5)
      scenario.goOn(seconds: 0.2)
    }
    try scenario.finish()
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    try verdict.expect(note: "SEED=\(seed)")
    try verdict.waitUntilRead()
    let said = try counts(verdict.raw)

    var day: [[Record]] = []
    for topic in [Topics.channelInteractions, Topics.sourceRecords] {
      day += Dictionary(grouping: try verdict.raw.records(of: topic), by: \.partition).sorted { $0.key < $1.key }.map(
        \.value)
    }
    let producer = try deployment.log.makeProducer(name: "again")
    defer { producer.close(timeoutMs: 5_000) }
    var again: [OutgoingRecord] = []
    while let queue = day.indices.filter({ !day[$0].isEmpty }).randomElement(using: &random) {
      let record = day[queue].removeFirst()
      again.append(
        OutgoingRecord(
          topic: record.topic, partition: record.partition, key: record.key, value: record.value,
          headers: record.headers))
    }
    for start in stride(from: 0, to: again.count, by: 200) {
      _ = try producer.append(Array(again[start..<min(start + 200, again.count)]), timeoutMs: 30_000)
    }
    try verdict.waitUntilRead()
    try verdict.expect(note: "SEED=\(seed), after the day was sent again")
    #expect(try counts(verdict.raw) == said, "SEED=\(seed): a repetition was answered")
    print("\(again.count) records sent again")
  }

  private func counts(_ raw: RawLog) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for topic in [Topics.profileTimeline, Topics.leadEvents, Topics.contactTasks, Topics.nbaLists] {
      counts[topic.name] = try raw.records(of: topic).count
    }
    return counts
  }
}
