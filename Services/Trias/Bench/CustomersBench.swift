import Contracts
import MemoryLog
import MessageLog
import ProfileAggregator
import Streams

/// What many customers cost: claims judged a second by the one linker there is, bytes that a profile takes in its owner's
/// memory, and how long a new owner takes to have them all. On a log in memory, since the embedded broker can't hold them;
/// what a broker and its client take to bring the bytes comes on top.
package struct CustomersBench {
  private let topics: [TopicPlan]
  private let partitions: Int
  /// What of the process is in memory, in bytes.
  private let residentBytes: () -> Double?
  private let clock: @Sendable () -> Int64

  package init(
    topics: [TopicPlan], partitions: Int, residentBytes: @escaping () -> Double?,
    clock: @escaping @Sendable () -> Int64
  ) {
    self.topics = topics
    self.partitions = partitions
    self.residentBytes = residentBytes
    self.clock = clock
  }

  package struct Claims {
    package let claims: Int
    package let verdicts: Int
    package let cost: Cost
  }

  /// Everybody logs in once, on a device of his own.
  package func claims(customers: Int, secret: String) throws -> Claims {
    let log = MemoryLog(topics: topics, clock: clock)
    let workload = Workload(customers: customers, partitions: partitions)
    try fill(log, 0..<customers, workload.loggedIn)
    try turn(ProfileAggregator.facets(secret: secret), log, records: customers)
    let claims = Int(log.appended(to: Topics.identityClaims.name))
    let cost = try turn(ProfileAggregator.linker(secret: secret), log, records: claims)
    return Claims(claims: claims, verdicts: Int(log.appended(to: Topics.identityMap.name)), cost: cost)
  }

  package struct Profiles {
    package let profiles: Int
    /// Of the value in `profile.state`, on average.
    package let viewBytes: Int
    /// What the process grew by when an owner took all of them over; nil where the system doesn't tell.
    package let residentBytesEach: Double?
    package let restore: Cost
  }

  /// Profiles with two events each are made, and taken over by a new owner.
  package func profiles(count: Int, secret: String) throws -> Profiles {
    let log = MemoryLog(topics: topics, clock: clock)
    let owner = engine(ProfileAggregator.profiles(), log)
    try owner.open()
    // A part at a time, and what has been read is dropped: it is the profiles that memory is wanted for.
    for first in stride(from: 0, to: count, by: Self.partSize) {
      let part = first..<min(count, first + Self.partSize)
      let own = MemoryLog(topics: topics, clock: clock)
      let workload = Workload(customers: count, partitions: partitions)
      for _ in 0..<Self.eventsEach { try fill(own, part, workload.pageViewed) }
      try turn(ProfileAggregator.facets(secret: secret), own, records: part.count * Self.eventsEach)
      let said = own.records(of: Topics.profileTimeline.name)
      let producer = try log.makeProducer(name: "bench.fill")
      _ = try producer.append(said.map(Self.copy), timeoutMs: 30_000)
      try turn(owner, records: said.count)
      log.truncate(Topics.profileTimeline.name, before: .max)
    }
    log.compact(Topics.profileState.name)
    let bytes = log.records(of: Topics.profileState.name).reduce(0) { $0 + ($1.value?.count ?? 0) }
    owner.close(graceful: true)
    let before = residentBytes()
    let successor = engine(ProfileAggregator.profiles(), log)
    let restore = try Cost.of { try successor.open() }
    let grown = before.flatMap { before in residentBytes().map { ($0 - before) / Double(count) } }
    successor.close(graceful: true)
    // The former owner's table is still there, so that what it has freed is not taken for what the successor needs.
    withExtendedLifetime(owner) {}
    return Profiles(profiles: count, viewBytes: bytes / count, residentBytesEach: grown, restore: restore)
  }

  private static let partSize = 20_000
  private static let eventsEach = 2

  private static func copy(_ record: Record) -> OutgoingRecord {
    OutgoingRecord(
      topic: record.topic, partition: record.partition, key: record.key, value: record.value, headers: record.headers)
  }

  private func fill(
    _ log: MemoryLog, _ numbers: Range<Int>, _ record: (_ n: Int, _ nowMs: Int64) -> OutgoingRecord
  ) throws {
    let producer = try log.makeProducer(name: "bench.fill")
    let nowMs = clock()
    _ = try producer.append(numbers.map { record($0, nowMs) }, timeoutMs: 30_000)
  }

  private func engine(_ processor: Processor<some TableValue>, _ log: MemoryLog) -> ProcessorEngine {
    let settings = RuntimeSettings(domainPartitions: partitions, assignment: .all, instance: "bench", clock: clock)
    return ProcessorEngine(processor, log: log, settings: settings, telemetry: NoTelemetry())
  }

  @discardableResult
  private func turn(_ processor: Processor<some TableValue>, _ log: MemoryLog, records: Int) throws -> Cost {
    let engine = engine(processor, log)
    try engine.open()
    defer { engine.close(graceful: true) }
    return try Cost.of { try turn(engine, records: records) }
  }

  private func turn(_ engine: ProcessorEngine, records: Int) throws {
    var taken = 0
    while taken < records { taken += try engine.runOnce(timeoutMs: 1_000) }
  }
}
