import Contracts
import Foundation
import Host
import KafkaLog
import MessageLog
import ProfileAggregator
import Streams

/// Throughput: the same events through a bare consume-and-produce loop and through the facet and profile stages, on the
/// same client and broker. The loop waits for its acks once per batch, as the stages do, so the ratio is what the work
/// and its guarantee cost.
struct StageBench {
  let log: KafkaLog
  let partitions: Int
  let events: Int
  let workload: Workload

  struct Row {
    let name: String
    let events: Int
    let cost: Cost
  }

  func run(secret: String) throws -> [Row] {
    try fill()
    let bare = try Cost.of { try bareLoop() }
    let runtime = RuntimeSettings(
      domainPartitions: partitions, assignment: .all, instance: "bench",
      clock: wallClockMs)
    let facets = try stage(ProfileAggregator.facets(secret: secret), runtime)
    let profiles = try stage(ProfileAggregator.profiles(), runtime)
    return [
      Row(name: "bare consume and produce", events: events, cost: bare),
      Row(name: "facet stage", events: events, cost: facets),
      Row(name: "profile stage", events: events, cost: profiles),
    ]
  }

  private func fill() throws {
    let producer = try log.makeProducer(name: "bench.fill")
    defer { producer.close(timeoutMs: 5_000) }
    let nowMs = wallClockMs()
    for start in stride(from: 0, to: events, by: 1_000) {
      let records = (start..<min(events, start + 1_000)).map { workload.pageViewed($0, nowMs: nowMs) }
      _ = try producer.append(records, timeoutMs: 30_000)
    }
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
    var seen = 0
    while seen < events {
      let records = try consumer.poll(maxRecords: 500, timeoutMs: 1_000)
      seen += records.count
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
      var taken = 0
      while taken < events { taken += try engine.runOnce(timeoutMs: 1_000) }
    }
  }
}
