import Contracts
import MemoryLog
import MessageLog
import Streams
import Synchronization

/// Runs processors without a broker, threads or waiting: records in, one turn after the other until nothing moves, a
/// clock that is set by hand. The engines are the very ones that run in production.
package final class TopologyDriver {
  package let log: MemoryLog
  package let clock: ManualClock
  package let partitions: Int
  private var engines: [(group: ConsumerGroup, engine: any Steppable)] = []
  private let instance: String

  /// On a log of its own, or on that of another driver: a second instance, or a successor after a crash.
  package init(
    partitions: Int = 3, startMs: Int64 = 1_790_000_000_000, log: MemoryLog? = nil, clock: ManualClock? = nil,
    instance: String = "driver"
  ) throws {
    self.partitions = partitions
    self.instance = instance
    let clock = clock ?? ManualClock(startMs)
    self.clock = clock
    let plans = Topics.all.map {
      TopicPlan($0, domainPartitions: partitions)
    }
    self.log = log ?? MemoryLog(topics: plans, clock: { clock.nowMs })
  }

  package var settings: RuntimeSettings {
    let clock = clock
    var settings = RuntimeSettings(
      domainPartitions: partitions, assignment: .all, instance: instance, clock: { clock.nowMs })
    settings.honoursBatchInterval = false
    settings.commitIntervalMs = 0
    return settings
  }

  package func add<State>(
    _ processor: Processor<State>, telemetry: any Telemetry = NoTelemetry(),
    _ adjust: (inout RuntimeSettings) -> Void = { _ in }
  ) throws {
    var settings = settings
    adjust(&settings)
    let engine = ProcessorEngine(processor, log: log, settings: settings, telemetry: telemetry)
    try engine.open()
    engines.append((processor.group, engine))
  }

  /// Writes one event as a channel or a source does.
  package func publish(_ topic: Topic, key: String, _ envelope: Envelope, _ data: [UInt8]?) throws {
    let count = topic.partitionCount(domainPartitions: partitions)
    try publish(
      OutgoingRecord(
        topic: topic.name, partition: Partitioner.partition(of: key, count: count), key: Array(key.utf8), value: data,
        headers: envelope.headers))
  }

  package func publish(_ record: OutgoingRecord) throws {
    _ = try log.makeProducer(name: "test").append([record], timeoutMs: 0)
  }

  /// Turns all processors until none has anything to do, but those that are away. Throws what a processor throws.
  package func settle(without away: Set<ConsumerGroup> = []) throws {
    var isMoving = true
    while isMoving {
      isMoving = false
      for (group, engine) in engines where !away.contains(group) {
        let before = log.recordCount
        let taken = try engine.runOnce(timeoutMs: 0)
        if taken > 0 || log.recordCount != before { isMoving = true }
      }
    }
  }

  /// One turn of one processor.
  package func turn(_ group: ConsumerGroup) throws -> Int {
    try engines.first { $0.group == group }?.engine.runOnce(timeoutMs: 0) ?? 0
  }

  /// Sets the clock on and lets what is due happen.
  package func advance(ms: Int64) throws {
    clock.advance(ms: ms)
    try settle()
  }

  /// Closes and opens a processor as after a fault. A successor without its memory is a new driver on the same log.
  package func reopen(_ group: ConsumerGroup) throws {
    for (candidate, engine) in engines where candidate == group {
      engine.close(graceful: false)
      try engine.open()
    }
  }

  /// All values of a topic, partition by partition.
  package func values(of topic: Topic) -> [String] {
    records(of: topic).compactMap { $0.value.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// All records of a topic but takeovers.
  package func records(of topic: Topic) -> [Record] {
    log.records(of: topic.name).filter { !Takeover.isTakeover($0) && !Handover.isHandover($0) }
  }

  package func state<State: TableValue>(_ group: ConsumerGroup, _ key: String, as: State.Type = State.self) -> State? {
    let engine = engines.first { $0.group == group }?.engine as? ProcessorEngine
    return engine?.state(of: key)
  }
}

/// A clock that stands still until it is told.
package final class ManualClock: Sendable {
  private let now: Mutex<Int64>

  package init(_ ms: Int64) { now = Mutex(ms) }

  package var nowMs: Int64 { now.withLock { $0 } }

  package func advance(ms: Int64) { now.withLock { $0 += ms } }
}

private protocol Steppable: AnyObject {
  func open() throws
  func close(graceful: Bool)
  func runOnce(timeoutMs: Int) throws -> Int
}

extension ProcessorEngine: Steppable {}

extension MemoryLog {
  var recordCount: Int64 {
    Topics.all.reduce(0) { $0 + appended(to: $1.name) }
  }
}
