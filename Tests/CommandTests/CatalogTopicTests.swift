import Contracts
import Foundation
import Host
import MemoryLog
import MessageLog
import Operations
import Testing

@testable import TriasMain

/// Who applies a catalogue while somebody else does.
struct CatalogTopicTests {
  private let log: MemoryLog
  private let text: String

  init() throws {
    log = MemoryLog(topics: Topics.all.map { TopicPlan($0, domainPartitions: 1) }, clock: { wallClockMs() })
    text = try String(contentsOfFile: CatalogCommandTests.demo, encoding: .utf8)
  }

  private func inForce() throws -> String? { try AppliedCatalogs(log).inForce?.version }

  @Test func aCatalogueMayComeThroughAPipe() throws {
    let pipe = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString)").path
    #expect(mkfifo(pipe, 0o600) == 0)
    defer { unlink(pipe) }
    Thread { try? "name: bank".write(toFile: pipe, atomically: false, encoding: .utf8) }.start()
    #expect(try CatalogCommand.text(of: pipe) == "name: bank")
    #expect(throws: Failure.self) { try CatalogCommand.text(of: FileManager.default.temporaryDirectory.path) }
  }

  @Test func ofTwoWhoTakeTheSameNumberTheFirstHoldsAndTheOtherIsTold() throws {
    let first = try CatalogTopic(log: log).apply(text).catalog.version
    let others = text.replacing("name: Lindenbank", with: "name: Lindenbank East")
    let racing = RacingLog(log: log) { _ = try? CatalogTopic(log: log).apply(others) }
    let error = #expect(throws: Failure.self) {
      try CatalogTopic(log: racing).apply(text.replacing("name: Lindenbank", with: "name: Lindenbank West"))
    }
    let applied = try AppliedCatalogs(log)
    #expect(applied.inForce?.name == "Lindenbank East" && applied.versions.count == 3)
    #expect(applied.versions.dropFirst().allSatisfy { $0.hasPrefix("2-") } && applied.versions.first == first)
    let version = try #require(try inForce())
    #expect(error.map { "\($0)" }?.contains("somebody else applied \(version) at the same moment") == true)
    #expect(
      applied.refused.first?.refusal.reason.hasSuffix("has the number of \(version), which came first and is in force")
        == true)
    // Whoever has looked again applies on top of it.
    let third = try CatalogTopic(log: log).apply(text).catalog.version
    #expect(third.hasPrefix("3-"))
    #expect(try inForce() == third)
  }

  @Test func twoWhoApplyTheSameTextAreBothRight() throws {
    let racing = RacingLog(log: log) { _ = try? CatalogTopic(log: log).apply(text) }
    let version = try CatalogTopic(log: racing).apply(text).catalog.version
    #expect(version.hasPrefix("1-"))
    #expect(try inForce() == version)
  }

  @Test func whatIsTakenOutAtOnceComesBackOnlyWhereThatIsSaid() throws {
    let out = text.replacing("exclusions: []", with: "exclusions: [{group: loan, reason: the rate is wrong}]")
    _ = try CatalogTopic(log: log).apply(text)
    let recall = try CatalogTopic(log: log).apply(out).catalog.version
    let error = #expect(throws: Failure.self) { try CatalogTopic(log: log).apply(text) }
    #expect(
      error.map { "\($0)" }?.hasPrefix("it lifts what is taken out at once: loan (the rate is wrong). If that may be")
        == true)
    let all = try AppliedCatalogs(log)
    let first = try #require(try all.whole(all.all[0]))
    #expect(throws: Failure.self) {
      try CatalogTopic(log: log).apply(again: first, first.read.get(), .init(), liftExclusions: false)
    }
    #expect(try inForce() == recall)
    // In other words, or of more, it still is taken out.
    let more = text.replacing("exclusions: []", with: "exclusions: [{issue: lending, reason: all rates are wrong}]")
    #expect(try CatalogTopic(log: log).apply(more).isNew)
    #expect(try CatalogTopic(log: log).apply(text, liftExclusions: true).catalog.exclusions == [])
  }

  @Test func aVersionThatComesOnceMoreBringsNothingOldBack() throws {
    _ = try CatalogTopic(log: log).apply(text)
    let record = try #require(log.records(of: Topics.marketingCatalog.name).first)
    let second = try CatalogTopic(log: log).apply(text.replacing("valueMinor: 185000", with: "valueMinor: 1")).catalog
    _ = try log.makeProducer(name: "late").append(
      [
        OutgoingRecord(
          topic: record.topic, partition: 0, key: record.key, value: record.value, headers: record.headers)
      ], timeoutMs: 0)
    #expect(try inForce() == second.version)
    let latest = try #require(log.records(of: Topics.marketingCatalog.name).dropFirst().first)
    _ = try log.makeProducer(name: "later").append(
      [
        OutgoingRecord(
          topic: latest.topic, partition: 0, key: latest.key, value: latest.value, headers: latest.headers)
      ], timeoutMs: 0)
    #expect(try AppliedCatalogs(log).refused.count == 1, "that the one in force comes once more is nothing to tell")
    #expect(try CatalogTopic(log: log).apply(text).catalog.version.hasPrefix("3-"))
  }
}

/// A log on which somebody is quicker: `first` happens before the first record is written.
private struct RacingLog: MessageLog {
  let log: MemoryLog
  let first: @Sendable () -> Void

  var forgets: Bool { log.forgets }

  func makeProducer(name: String) throws(LogError) -> any LogProducer {
    first()
    return try log.makeProducer(name: name)
  }

  func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer {
    try log.makeConsumer(name: name, group: group)
  }

  func partitionCount(of topic: String) throws(LogError) -> Int? { try log.partitionCount(of: topic) }

  @discardableResult
  func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic] {
    try log.createTopics(topics)
  }

  func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? {
    try log.configurations(of: topics)
  }
}
