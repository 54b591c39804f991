import Foundation
import KafkaLog
import MemoryLog
import MessageLog
import TestKit
import Testing

/// The one suite over every log there is. `KAFKA_BOOTSTRAP_SERVERS` adds the broker that it names.
@Suite struct LogConformanceTests {
  @Test(arguments: LogConformance.Promise.allCases)
  func memoryLogKeeps(_ promise: LogConformance.Promise) async throws {
    let log = MemoryLog(clock: { Int64(Date().timeIntervalSince1970 * 1_000) })
    try await onOwnThread { try LogConformance(log: log, run: "test").check(promise) }
  }

  @Test(arguments: LogConformance.Promise.allCases)
  func aLogUnderAPrefixKeeps(_ promise: LogConformance.Promise) async throws {
    let log = MemoryLog(clock: { Int64(Date().timeIntervalSince1970 * 1_000) })
    try await onOwnThread { try LogConformance(log: PrefixedLog(log, prefix: "one."), run: "test").check(promise) }
  }

  @Test func twoPrefixesOnOneLogDoNotMeet() throws {
    let log = MemoryLog(clock: { 0 })
    let one = PrefixedLog(log, prefix: "one.")
    let plan = TopicPlan(name: "t", partitions: 1, cleanup: .keep)
    try one.createTopics([plan])
    #expect(try log.partitionCount(of: "one.t") == 1)
    #expect(try PrefixedLog(log, prefix: "two.").partitionCount(of: "t") == nil)
    try PrefixedLog(log, prefix: "two.").createTopics([plan])
    let at = TopicPartition("t", 0)
    try one.makeConsumer(name: "c", group: "g").commit([at: Position(offset: 3)], wait: true)
    #expect(try PrefixedLog(log, prefix: "two.").makeConsumer(name: "c", group: "g").committed([at]) == [:])
    #expect(try log.makeConsumer(name: "c", group: "one.g").committed([TopicPartition("one.t", 0)]).count == 1)
  }

  @Test(arguments: LogConformance.Promise.allCases)
  func embeddedBrokerKeeps(_ promise: LogConformance.Promise) async throws {
    try await onOwnThread {
      let broker = try EmbeddedBroker()
      defer { broker.stop() }
      let log = try KafkaLog(
        KafkaSettings(bootstrapServers: broker.bootstrapServers, clientId: "test", properties: quickRebalance),
        broker: broker)
      try LogConformance(log: log, run: "test").check(promise)
    }
  }

  @Test(.enabled(if: externalBroker != nil, "KAFKA_BOOTSTRAP_SERVERS isn't set"))
  func externalBrokerKeepsAllPromises() async throws {
    let run = "trias-test-\(UInt32.random(in: 0...UInt32.max))"
    let settings = KafkaSettings(bootstrapServers: externalBroker!, clientId: "test")
    let log = try KafkaLog(settings)
    for promise in LogConformance.Promise.allCases {
      do {
        try await onOwnThread { try LogConformance(log: log, run: run).check(promise) }
      } catch {
        Issue.record(error, "\(promise)")
      }
    }
  }
}

let externalBroker = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"]

/// A group at the embedded broker takes the session's time-out to settle.
let quickRebalance = ["session.timeout.ms": "3000", "heartbeat.interval.ms": "500"]

/// Blocking calls don't belong on the threads that run tasks: there are only as many as cores.
func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
  }
}
