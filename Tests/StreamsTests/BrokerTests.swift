import Contracts
import Foundation
import KafkaLog
import MessageLog
import Streams
import Synchronization
import TestKit
import Testing

/// The same processor on its own thread over a real Kafka protocol, with the group's balance.
@Suite("A processor on a broker", .serialized)
struct BrokerTests {
  final class Cluster: @unchecked Sendable {
    let broker: EmbeddedBroker
    let log: KafkaLog
    /// The same, as the processors see it.
    let lossy: LossyLog

    let partitions: Int

    init(partitions: Int = 4) throws {
      self.partitions = partitions
      let topics =
        [Topics.channelInteractions, Topics.facetState, Topics.profileTimeline] + [
          ConsumerGroup.facets.ticks, ConsumerGroup.facets.deadLetter,
        ]
      broker = try EmbeddedBroker(
        topics: topics.map { TopicPlan(name: $0.name, partitions: partitions, cleanup: $0.cleanup) })
      log = try KafkaLog(KafkaSettings(bootstrapServers: broker.bootstrapServers, clientId: "test"), broker: broker)
      lossy = LossyLog(log)
    }

    func runner(
      _ instance: String, _ assignment: RuntimeSettings.Assignment, of processor: AnyProcessor = AnyProcessor(counter),
      _ telemetry: any Telemetry = NoTelemetry()
    ) -> ProcessorRunner {
      let settings = RuntimeSettings(
        domainPartitions: partitions, assignment: assignment, instance: instance,
        clock: { Int64(Date().timeIntervalSince1970 * 1_000) })
      return ProcessorRunner(processor, log: lossy, settings: settings, telemetry: telemetry)
    }

    func send(_ ids: ClosedRange<Int>) throws {
      let producer = try log.makeProducer(name: "shop")
      defer { producer.close(timeoutMs: 5_000) }
      let records = ids.map { n in
        let key = "k\(n % 20)"
        let envelope = Envelope(id: "e\(n)", source: "shop", type: "test.event", timeMs: 1_000)
        return OutgoingRecord(
          topic: Topics.channelInteractions.name, partition: Partitioner.partition(of: key, count: partitions),
          key: Array(key.utf8), value: Array("{}".utf8), headers: envelope.headers)
      }
      _ = try producer.append(records, timeoutMs: 20_000)
    }

    func expected(_ events: Int) -> Set<String> {
      Set((0..<20).flatMap { k in (1...(events / 20)).map { "counted-k\(k)-\($0)" } })
    }

    /// How many different things were said, waited for.
    func said(atLeast count: Int) throws -> Set<String> {
      let consumer = try log.makeConsumer(name: "reader", group: nil)
      defer { consumer.close() }
      try consumer.assign(
        Dictionary(
          uniqueKeysWithValues: (0..<partitions).map { (TopicPartition(Topics.profileTimeline.name, Int32($0)), 0) }))
      var ids: Set<String> = []
      let deadline = Date().addingTimeInterval(60)
      while ids.count(where: { $0.hasPrefix("counted") }) < count, Date() < deadline {
        for record in try consumer.poll(maxRecords: 1_000, timeoutMs: 100) {
          if let id = record.headers.string("ce_id") { ids.insert(id) }
        }
      }
      return ids.filter { $0.hasPrefix("counted") }
    }
  }

  @Test func itCountsOverTheBrokerAndAfterARestart() throws {
    let cluster = try Cluster()
    let first = cluster.runner("first", .all)
    let thread = start(first)
    try cluster.send(1...1_000)
    #expect(try cluster.said(atLeast: 1_000) == cluster.expected(1_000))
    first.stop()
    thread.wait()
    let second = cluster.runner("second", .group)
    let other = start(second)
    try cluster.send(1...2_000)
    // The first thousand have left the window of ids that a key remembers only where it is smaller than their number.
    #expect(try cluster.said(atLeast: 2_000) == cluster.expected(2_000))
    second.stop()
    other.wait()
  }

  /// A deployment that is rolled out waits for each new instance, also for one that finds all partitions taken.
  @Test func anInstanceForWhomNoPartitionIsLeftIsReady() async throws {
    let cluster = try Cluster(partitions: 1)
    let runners = [cluster.runner("first", .group), cluster.runner("second", .group)]
    #expect(!runners[0].readiness.ready, "nobody has asked the group yet")
    let threads = runners.map(start)
    try await eventually("both to be ready") { runners.allSatisfy(\.readiness.ready) }
    #expect(Set(runners.map(\.readiness.detail)) == ["1 partitions", "0 of 1 partitions"])
    for runner in runners { runner.stop() }
    for thread in threads { thread.wait() }
  }

  /// Its session outlasts the fault, so nobody has to settle anything: neither where only reading failed nor where it isn't
  /// known what became of a write.
  @Test func overAFaultAMemberKeepsItsPlace() async throws {
    let cluster = try Cluster()
    let telemetry = TelemetryRecorder()
    let runner = cluster.runner("only", .group, telemetry)
    let thread = start(runner)
    try await eventually("it to be ready") { runner.readiness.ready }
    try cluster.send(1...200)
    #expect(try cluster.said(atLeast: 200) == cluster.expected(200))
    let group = ConsumerGroup.facets.rawValue
    try cluster.broker.setDown()
    try await eventually("it to notice") { runner.readiness.detail.hasPrefix("waits for the log") }
    try cluster.broker.setUp()
    try await eventually("it to go on") { runner.readiness.ready }
    try cluster.send(201...400)
    #expect(try cluster.said(atLeast: 400) == cluster.expected(400))

    let recoveries = "trias_processor_recoveries_total{group=\(group)}"
    for (count, topic) in [(1, Topics.facetState.name), (2, Topics.profileTimeline.name)] {
      // The outage may have met a write of its own.
      let before = telemetry.count(recoveries) ?? 0
      cluster.lossy.losesNext.withLock { $0 = topic }
      let last = 400 + count * 200
      try cluster.send((last - 199)...last)
      #expect(try cluster.said(atLeast: last) == cluster.expected(last))
      try await eventually("it to mend that") {
        telemetry.count(recoveries) ?? 0 > before
      }
    }
    runner.stop()
    thread.wait()
    #expect(telemetry.count("trias_processor_restarts_total{group=\(group)}") == 0)
  }

  private func start(_ runner: ProcessorRunner) -> DispatchSemaphoreThread {
    DispatchSemaphoreThread { try? runner.run() }
  }
}

/// A thread that can be waited for.
final class DispatchSemaphoreThread: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () -> Void) {
    let done = done
    Thread {
      body()
      done.signal()
    }.start()
  }

  func wait() { done.wait() }
}

/// A log whose acknowledgements can get lost.
final class LossyLog: MessageLog {
  private let log: KafkaLog
  /// Of the next append to that topic nobody learns.
  let losesNext = Mutex<String?>(nil)

  init(_ log: KafkaLog) { self.log = log }

  var forgets: Bool { log.forgets }
  func makeProducer(name: String) throws(LogError) -> any LogProducer {
    Producer(log: self, base: try log.makeProducer(name: name))
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

  private final class Producer: LogProducer {
    private let log: LossyLog
    private let base: any LogProducer
    /// As one of which records got lost on their way: it writes nothing any more.
    private let isBroken = Atomic(false)

    init(log: LossyLog, base: any LogProducer) {
      self.log = log
      self.base = base
    }

    func append(_ records: [OutgoingRecord], timeoutMs: Int) throws(LogError) -> [Int64] {
      if isBroken.load(ordering: .relaxed) { throw .fatal("the producer is broken") }
      let offsets = try base.append(records, timeoutMs: timeoutMs)
      let isLost = log.losesNext.withLock { topic in
        guard topic == records.first?.topic else { return false }
        topic = nil
        return true
      }
      guard isLost else { return offsets }
      isBroken.store(true, ordering: .relaxed)
      throw .fatal("the acknowledgement was lost")
    }

    func append(
      _ record: OutgoingRecord, completion: @escaping @Sendable (Result<Int64, LogError>) -> Void
    ) throws(LogError) {
      try base.append(record, completion: completion)
    }

    func close(timeoutMs: Int) { base.close(timeoutMs: timeoutMs) }
  }
}
