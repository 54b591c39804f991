import MessageLog
import Streams

// The log as one life of one instance sees it: a MemoryLog, but every call is a place at which the process may die or be
// stopped, the broker may be away, and an append may do half of what it was asked for.

final class FaultyLog: MessageLog, @unchecked Sendable {
  // Unchecked: a run has one thread. This goes for the clients below as well.
  // The world owns whoever uses this.
  unowned let world: World
  unowned let instance: Instance
  let life: Int

  init(_ world: World, _ instance: Instance) {
    self.world = world
    self.instance = instance
    life = instance.life
  }

  var forgets: Bool { false }

  func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? { nil }

  func makeProducer(name: String) throws(LogError) -> any LogProducer {
    try enter("makeProducer")
    return FaultyProducer(log: self, base: try world.log.makeProducer(name: name))
  }

  func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer {
    try enter("makeConsumer \(name)")
    return FaultyConsumer(log: self, base: try world.log.makeConsumer(name: name, group: group), isMember: group != nil)
  }

  func partitionCount(of topic: String) throws(LogError) -> Int? { try world.log.partitionCount(of: topic) }

  @discardableResult
  func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic] {
    try world.log.createTopics(topics)
  }

  func live() throws(LogError) {
    if instance.life != life { throw .fatal("the process is dead") }
  }

  /// At the beginning of every call.
  func enter(_ what: @autoclosure () -> String) throws(LogError) {
    try live()
    world.interrupt(instance, what())
    try live()
    if world.random.chance(world.faults.unavailable) {
      world.happened[.brokerAway] += 1
      world.note("\(instance.name): \(what()): the broker is away")
      throw .unavailable("simulated")
    }
  }
}

final class FaultyProducer: LogProducer, @unchecked Sendable {
  private let log: FaultyLog
  private let base: any LogProducer
  private var isClosed = false

  init(log: FaultyLog, base: any LogProducer) {
    self.log = log
    self.base = base
  }

  func append(_ records: [OutgoingRecord], timeoutMs: Int) throws(LogError) -> [Int64] {
    if isClosed { throw .fatal("the producer is closed") }
    if records.isEmpty { return [] }
    log.instance.watch(records, log.world)
    try log.enter("append \(records.count) to \(records[0].topic)/\(records[0].partition)")
    let world = log.world
    if world.random.chance(world.faults.appendFails) { return try fail(records) }
    let offsets = try base.append(records, timeoutMs: timeoutMs)
    world.note("\(log.instance.name) wrote \(describe(records, offsets))")
    count(records)
    // The process may also die when the broker has everything and before it knows.
    world.interrupt(log.instance, "acknowledged")
    try log.live()
    return offsets
  }

  private func count(_ records: [OutgoingRecord]) {
    for record in records {
      if record.topic == log.instance.role.group.ticks.name { log.world.happened[.tick] += 1 }
      if record.topic != log.instance.role.table.name { continue }
      if record.headers.contains(Takeover.header) { log.world.happened[.takeover] += 1 }
      if record.headers.contains(Handover.header) { log.world.happened[.handover] += 1 }
    }
  }

  /// Of each partition's records the first few are written, in order; the others never, or later.
  private func fail(_ records: [OutgoingRecord]) throws(LogError) -> [Int64] {
    let world = log.world
    let extent = world.random.below(3)
    let isLate = world.random.chance(world.faults.late)
    let byPartition = Dictionary(grouping: records) { TopicPartition($0.topic, $0.partition) }
    for at in byPartition.keys.sorted(by: { ($0.topic, $0.partition) < ($1.topic, $1.partition) }) {
      let records = byPartition[at]!
      let count = extent == 0 ? 0 : extent == 1 ? records.count : world.random.below(records.count + 1)
      if count > 0 { _ = try base.append(Array(records[..<count]), timeoutMs: 0) }
      if isLate, count < records.count { world.writeLater(Array(records[count...])) }
      world.note(
        "\(log.instance.name) append to \(at) fails, \(count) of \(records.count) written\(isLate ? ", others late" : "")"
      )
    }
    world.happened[.appendFailed] += 1
    if world.random.chance(world.faults.producerBroken) {
      world.happened[.producerBroken] += 1
      isClosed = true
      throw .fatal("simulated: the producer is beyond repair")
    }
    if world.random.chance(world.faults.queueFull) {
      world.happened[.queueFull] += 1
      throw .queueFull
    }
    throw .unavailable("simulated: some may be written")
  }

  private func describe(_ records: [OutgoingRecord], _ offsets: [Int64]) -> String {
    zip(records, offsets).map { record, offset in
      let name = record.headers.string("ce_id") ?? String(decoding: record.key ?? [], as: UTF8.self)
      return "\(record.topic)/\(record.partition)@\(offset) \(name)"
    }.joined(separator: ", ")
  }

  func append(
    _ record: OutgoingRecord, completion: @escaping @Sendable (Result<Int64, LogError>) -> Void
  ) throws(LogError) {
    do throws(LogError) {
      completion(.success(try append([record], timeoutMs: 0)[0]))
    } catch {
      completion(.failure(error))
    }
  }

  func close(timeoutMs: Int) { isClosed = true }
}

final class FaultyConsumer: LogConsumer {
  private let log: FaultyLog
  private let base: any LogConsumer
  /// Of the group, or at least in its name.
  private let isMember: Bool
  private var emptyPolls = 0
  private var isBroken = false

  init(log: FaultyLog, base: any LogConsumer, isMember: Bool) {
    self.log = log
    self.base = base
    self.isMember = isMember
  }

  /// At the beginning of every call.
  private func enter(_ what: String) throws(LogError) {
    if isBroken { throw .fatal("the consumer is beyond repair") }
    try log.enter(what)
    if log.world.random.chance(log.world.faults.broken) {
      log.world.note("\(log.instance.name): \(what): the consumer is beyond repair")
      log.world.happened[.clientBroken] += 1
      isBroken = true
      throw .fatal("simulated: the consumer is beyond repair")
    }
  }

  func subscribe(
    to topics: [String], onAssign: @escaping ([TopicPartition]) -> [TopicPartition: Int64],
    onRevoke: @escaping ([TopicPartition]) -> Void
  ) throws(LogError) {
    try enter("subscribe")
    log.instance.member = base
    try base.subscribe(to: topics, onAssign: onAssign, onRevoke: onRevoke)
  }

  func assign(_ offsets: [TopicPartition: Int64]) throws(LogError) {
    try enter("assign")
    try base.assign(offsets)
  }

  func restart(from offsets: [TopicPartition: Int64]) throws(LogError) {
    try enter("restart")
    try base.restart(from: offsets)
  }

  func poll(maxRecords: Int, timeoutMs: Int) throws(LogError) -> [Record] {
    let world = log.world
    try enter("poll")
    let records = try base.poll(maxRecords: 1 + world.random.below(maxRecords), timeoutMs: 0)
    // Taking partitions over happens in there, and in there it may have died.
    try log.live()
    emptyPolls = records.isEmpty ? emptyPolls + 1 : 0
    // Who waits for a record that never comes has to see time pass.
    if timeoutMs > 0, emptyPolls > 3 { world.time.nowMs += Int64(timeoutMs) * 10 }
    if isMember { log.instance.hasHeard(at: world.time.nowMs) }
    if !records.isEmpty {
      world.note(
        "\(log.instance.name) reads "
          + records.map { "\($0.topic)/\($0.partition)@\($0.offset)" }.joined(separator: ", "))
    }
    return records
  }

  func commit(_ positions: [TopicPartition: Position], wait: Bool) throws(LogError) {
    let world = log.world
    try enter("commit")
    let isLost = world.random.chance(world.faults.commitLost)
    if isLost { world.happened[.commitLost] += 1 }
    world.note(
      "\(log.instance.name) commits\(isLost ? " in vain" : "") "
        + positions.map { "\($0.key)@\($0.value.offset) \($0.value.metadata)" }.sorted().joined(separator: ", "))
    if !isLost || world.random.chance(300) {
      do throws(LogError) {
        try base.commit(positions, wait: wait)
      } catch {
        if wait { throw error }
      }
    }
    if isLost, wait { throw .unavailable("simulated: the commit may be lost") }
  }

  /// Here nobody hears what became of a commit that wasn't waited for: positions may be lost, and nothing may hang on them.
  var commitFault: LogError? { nil }

  func knownEnd(of partition: TopicPartition) -> Int64? { base.knownEnd(of: partition) }

  func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Position] {
    try enter("committed")
    return try base.committed(partitions)
  }

  func bounds(of partition: TopicPartition) throws(LogError) -> (begin: Int64, end: Int64) {
    try enter("bounds")
    return try base.bounds(of: partition)
  }

  /// A dead process closes nothing: its group hears of it when its session ends.
  func close() {
    guard log.instance.life == log.life else { return }
    base.close()
    if log.instance.member === base { log.instance.member = nil }
  }
}
