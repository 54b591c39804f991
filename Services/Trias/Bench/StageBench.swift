import Contracts
import MessageLog
import Operations
import ProfileAggregator
import Streams

/// Throughput: the same events through a bare consume-and-produce loop and through the facet and profile stages, on the
/// same log. The loop waits for its acks once per batch, as the stages do, so the ratio is what the work and its
/// guarantee cost. On the memory log, which costs next to nothing, it is the cost of the stages without any client's.
package struct StageBench {
  private let log: any MessageLog
  private let partitions: Int
  private let events: Int
  private let workload: Workload
  private let clock: @Sendable () -> Int64

  package init(
    log: any MessageLog, partitions: Int, events: Int, workload: Workload, clock: @escaping @Sendable () -> Int64
  ) {
    self.log = log
    self.partitions = partitions
    self.events = events
    self.workload = workload
    self.clock = clock
  }

  package struct Row {
    package let name: String
    package let events: Int
    package let cost: Cost
  }

  /// What the catalogue on the log declares is computed, and decided. Also how large a view is in the end, in bytes.
  package func run(secret: String) throws -> (rows: [Row], viewBytes: Int) {
    try fill()
    let bare = try Cost.of { try bareLoop() }
    let runtime = RuntimeSettings(
      domainPartitions: partitions, assignment: .all, instance: "bench", clock: clock)
    let facets = try stage(ProfileAggregator.facets(secret: secret), runtime)
    let profiles = try stage(ProfileAggregator.profiles(), runtime)
    let rows = [
      Row(name: "bare consume and produce", events: events, cost: bare),
      Row(name: "facet stage", events: events, cost: facets),
      Row(name: "profile stage", events: events, cost: profiles),
    ]
    return (rows, try viewBytes())
  }

  private func fill() throws {
    let producer = try log.makeProducer(name: "bench.fill")
    defer { producer.close(timeoutMs: 5_000) }
    let nowMs = clock()
    for start in stride(from: 0, to: events, by: 1_000) {
      let records = (start..<min(events, start + 1_000)).map { workload.pageViewed($0, nowMs: nowMs) }
      _ = try producer.append(records, timeoutMs: 30_000)
    }
  }

  private func viewBytes() throws -> Int {
    var sizes: [String: Int] = [:]
    try TopicReader.forEach(Topics.profileState, in: log) { record in
      if let value = record.value, !Takeover.isTakeover(record) {
        sizes[String(decoding: record.key ?? [], as: UTF8.self)] = value.count
      }
      return true
    }
    return sizes.isEmpty ? 0 : sizes.values.reduce(0, +) / sizes.count
  }

  private func bareLoop() throws {
    let consumer = try log.makeConsumer(name: "bench.bare", group: nil)
    let producer = try log.makeProducer(name: "bench.bare")
    defer {
      consumer.close()
      producer.close(timeoutMs: 5_000)
    }
    try consumer.assign(
      Dictionary(
        uniqueKeysWithValues: (0..<Int32(partitions)).map { (TopicPartition(Topics.channelInteractions.name, $0), 0) }))
    var patience = Patience(events)
    while patience.seen < events {
      let records = try consumer.poll(maxRecords: 500, timeoutMs: 1_000)
      try patience.saw(records.count)
      let copies = records.map {
        OutgoingRecord(
          topic: Topics.contactTasks.name, partition: $0.partition, key: $0.key, value: $0.value, headers: $0.headers)
      }
      if !copies.isEmpty { _ = try producer.append(copies, timeoutMs: 30_000) }
    }
  }

  /// Turns one processor until it has read everything.
  private func stage<State>(_ processor: Processor<State>, _ runtime: RuntimeSettings) throws -> Cost {
    let engine = ProcessorEngine(processor, log: log, settings: runtime, telemetry: NoTelemetry())
    try engine.open()
    defer { engine.close(graceful: true) }
    return try Cost.of {
      var patience = Patience(events)
      while patience.seen < events { try patience.saw(try engine.runOnce(timeoutMs: 1_000)) }
    }
  }
}

/// What was written and doesn't come back would be waited for without end.
private struct Patience {
  private(set) var seen = 0
  private let expected: Int
  private var last = ContinuousClock.now

  init(_ expected: Int) { self.expected = expected }

  mutating func saw(_ count: Int) throws(BenchError) {
    if count > 0 {
      seen += count
      last = .now
    } else if ContinuousClock.now - last > .seconds(30) {
      throw BenchError(
        description: "of \(expected) events only \(seen) came back: "
          + "the embedded broker keeps 5 MiB a partition; take fewer --events, or another broker")
    }
  }
}

package struct BenchError: Error, CustomStringConvertible {
  package let description: String
}
