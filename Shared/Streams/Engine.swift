import Contracts
import MessageLog

/// How a processor is run, apart from what it is.
package struct RuntimeSettings: Sendable {
  package enum Assignment: Sendable {
    /// The consumer group balances the partitions over the instances.
    case group
    /// This one instance takes all partitions at once: one process with everything in it.
    case all
  }

  /// Partitions of the two key domains.
  package var domainPartitions: Int
  package var assignment: Assignment
  /// Names the instance in takeover records.
  package var instance: String
  package var batchRecordsMax = 500
  package var commitIntervalMs: Int64 = 200
  package var appendTimeoutMs = 10_000
  /// How many ids a key remembers of sources that don't number their events.
  package var recentMax = 64
  /// How many sources that number their events a key remembers: those that were heard last.
  package var sourcesMax = 8
  package var recordBytesMax = 900_000
  /// So many entries more than twice its keys may the list of a partition's due keys have.
  package var dueSlack = 1_000
  /// How long a deleted key's memory of what it has seen is kept: as long as Kafka keeps a tombstone by default.
  package var deletedKeepMs: Int64 = 86_400_000
  /// The reducer's version that a group's table is written in, where it isn't the newest: a version that is rolled out reads
  /// its own shape, and writes it only when no older one is left that couldn't read it.
  package var tableVersions: [ConsumerGroup: Int] = [:]
  /// A batch is cut when its recorded outputs reach this.
  package var outboxBytesMax = 256_000
  /// After how long a silence the group gives a member up, and gives its partitions to others; Host knows what is set.
  package var sessionTimeoutMs: Int64 = 10_000
  /// False in synchronous tests: batches come as they are asked for.
  package var honoursBatchInterval = true
  package var policy: CommitPolicy = []
  /// Where this instance answers questions about its tables, for those who ask another; nil: nowhere.
  package var address: @Sendable () -> String? = { nil }
  /// Through which other threads look at the table.
  package var window: TableWindow?
  /// Only for writing ticks and pacing commits: what is decided takes its time from records.
  package var clock: @Sendable () -> Int64
  /// Goes on evenly, whatever happens to the clock: for how long ago something was.
  package var uptimeMs: @Sendable () -> Int64 = { Uptime.nowMs }

  package init(
    domainPartitions: Int, assignment: Assignment, instance: String, clock: @escaping @Sendable () -> Int64
  ) {
    self.domainPartitions = domainPartitions
    self.assignment = assignment
    self.instance = instance
    self.clock = clock
  }
}

/// Runs one processor: takes partitions over, reads batches, steps, commits. Belongs to one thread and never sleeps:
/// `ProcessorRunner` gives it a thread and retries, `TopologyDriver` steps it by hand.
package final class ProcessorEngine {
  let processor: AnyProcessor
  let log: any MessageLog
  let settings: RuntimeSettings
  let telemetry: any Telemetry
  let labels: [(String, String)]
  /// Asked for with every record, so made once.
  let ticks: Topic
  let inputTopics: [String]
  let inputs: [InputTopic]
  let tablePartitions: Int
  /// From the version that the table is written in up to the processor's own.
  let writtenVersions: Range<Int>

  var consumer: (any LogConsumer)?
  var globals: (any LogConsumer)?
  var producer: (any LogProducer)?
  var logic: any HeldLogic
  var partitions: [Int32: Partition] = [:]
  /// Tables kept over a reopening in this process: only the tail has to be read again.
  var warm: [Int32: Partition] = [:]
  /// Whether the group has said which partitions are ours: perhaps none.
  private(set) var isSettled = false
  /// What the group has said is ours, until it takes it away.
  var granted: [TopicPartition] = []
  /// Counts what the group has said: a batch that was begun before is another's by then, or is read again.
  var rebalances = 0
  /// Something was taken and not finished, or it isn't known what became of a write: nothing goes on before all that is
  /// ours was taken over once more.
  var mustTakeOver = false
  /// When the group was last heard, by `uptimeMs`.
  var lastHeardMs: Int64 = 0
  /// A partition has come to stand still, and is still being read.
  var readsStopped = false
  /// Records that came while the group was listened to in the middle of a batch.
  var ahead: [Record] = []
  /// Since when positions are refused, by `uptimeMs`, and why.
  var refusedCommits: (sinceMs: Int64, why: String)?
  /// What went wrong inside a rebalance, where nothing can be thrown.
  var pendingError: (any Error)?
  var globalsAreBehind = false
  var globalsFilter = StateFilter()
  private var lastCommitMs: Int64 = 0
  private var lastBatchMs: Int64 = 0
  var lastLookMs: Int64 = 0
  var lastMeasureMs: Int64 = 0
  /// Told what it is busy with while it can't be asked.
  var isBusyWith: (String) -> Void = { _ in }
  /// Asked while it reads what may take long: who is to end leaves that to its successor.
  package var isStopping: () -> Bool = { false }

  package convenience init(
    _ processor: Processor<some TableValue>, log: any MessageLog, settings: RuntimeSettings, telemetry: any Telemetry
  ) {
    self.init(AnyProcessor(processor), log: log, settings: settings, telemetry: telemetry)
  }

  package init(
    _ processor: AnyProcessor, log: any MessageLog, settings: RuntimeSettings, telemetry: any Telemetry
  ) {
    self.processor = processor
    self.log = log
    self.settings = settings
    self.telemetry = telemetry
    labels = [("group", processor.group.rawValue)]
    ticks = processor.group.ticks
    inputTopics = processor.inputs.map(\.name) + [ticks.name]
    inputs = processor.inputs.map { InputTopic($0, isTicks: false) } + [InputTopic(ticks, isTicks: true)]
    tablePartitions = processor.table.partitionCount(domainPartitions: settings.domainPartitions)
    let version = processor.reducerVersion
    writtenVersions = min(settings.tableVersions[processor.group] ?? version, version)..<version
    logic = processor.makeLogic()
    countFromZero()
  }

  /// In the order of their numbers: whoever runs the same again shall see the same.
  var owned: [Partition] { partitions.values.sorted { $0.number < $1.number } }

  // MARK: Opening and closing

  /// Checks the wiring, connects and joins. May be called again after `close`.
  package func open() throws {
    try checkPartitionCounts()
    if let version = settings.tableVersions[processor.group], !(1...processor.reducerVersion).contains(version) {
      throw StreamsError.wiring(
        "\(processor.group.rawValue) can't write its table in version \(version): it knows 1 to \(processor.reducerVersion)"
      )
    }
    logic = processor.makeLogic()
    producer = try log.makeProducer(name: processor.group.rawValue)
    if !processor.globals.isEmpty {
      globals = try log.makeConsumer(name: "\(processor.group.rawValue).globals", group: nil)
    }
    globalsAreBehind = true
    let consumer = try log.makeConsumer(name: processor.group.rawValue, group: processor.group.rawValue)
    self.consumer = consumer
    switch settings.assignment {
    case .group:
      try consumer.subscribe(
        to: inputTopics,
        onAssign: { [unowned self] in
          isSettled = true
          return assigned($0)
        },
        onRevoke: { [unowned self] _ in
          isSettled = false
          revoked()
        })
    case .all:
      let all = (0..<Int32(tablePartitions)).flatMap { partition in
        inputTopics.map { TopicPartition($0, partition) }
      }
      let starts = assigned(all)
      settings.window?.heard(atMs: settings.uptimeMs())
      if let pendingError { throw pendingError }
      try consumer.assign(starts)
      isSettled = true
    }
  }

  /// Every keyed input has as many partitions as the table, or keys would meet the wrong state.
  private func checkPartitionCounts() throws {
    for topic in inputTopics + [processor.table.name] {
      let count = try log.partitionCount(of: topic)
      guard count == tablePartitions else {
        throw StreamsError.wiring(
          "topic \(topic) has \(count.map { "\($0) partitions" } ?? "not been created"), \(processor.group.rawValue) needs "
            + "\(tablePartitions): run `trias topics apply`, or set the partitions that the topics have")
      }
    }
  }

  /// Finishes with a commit when `graceful`; otherwise leaves everything as after a crash. Keeps the tables warm.
  package func close(graceful: Bool) {
    if graceful {
      try? commit(wait: true)
      handOver()
    }
    measureNoMore(partitions.keys)
    keepWarm()
    granted = []
    ahead = []
    mustTakeOver = false
    readsStopped = false
    pendingError = nil
    isSettled = false
    consumer?.close()
    globals?.close()
    producer?.close(timeoutMs: graceful ? 5_000 : 0)
    (consumer, globals, producer) = (nil, nil, nil)
  }

  // MARK: One turn

  /// Reads and commits one batch; returns how many records were taken, and one more where it took over once more. After
  /// `LogError.unavailable` it may be turned again as it is, and goes on by itself; after any other error it must be
  /// closed and opened again.
  package func runOnce(timeoutMs: Int) throws -> Int {
    guard let consumer else { throw StreamsError.wiring("\(processor.group.rawValue) is not open") }
    let nowMs = settings.clock()
    let observed = try observeGlobals()
    if restMs(nowMs) > 0 { return observed }
    var records = try hear(consumer, maxRecords: settings.batchRecordsMax, timeoutMs: mustTakeOver ? 0 : timeoutMs)
    let isTakenOver = mustTakeOver
    if isTakenOver {
      records = []
      try takeOverAgain(consumer)
    }
    if globalsAreBehind, !partitions.isEmpty { try orTakeOver(if: !records.isEmpty) { try catchUpGlobals() } }
    let taken = compared(records)
    if !taken.isEmpty {
      lastBatchMs = nowMs
      try orTakeOver {
        // What came while it waited is older than what it waited for.
        _ = try observeGlobals()
        try process(taken)
      }
    }
    try leaveOutStopped(consumer)
    try writeTicks(nowMs)
    try lookForLateWrites(nowMs)
    measure(nowMs)
    hearOfCommits(consumer)
    if nowMs - lastCommitMs >= settings.commitIntervalMs || nowMs < lastCommitMs {
      lastCommitMs = nowMs
      try commit(wait: false)
    }
    return records.count + observed + (isTakenOver ? 1 : 0)
  }

  /// How long it takes no batch yet, because it gathers more into one; whoever turns it waits meanwhile.
  package var restMs: Int { restMs(settings.clock()) }

  private func restMs(_ nowMs: Int64) -> Int {
    guard settings.honoursBatchInterval, processor.batchIntervalMs > 0, nowMs >= lastBatchMs else { return 0 }
    return max(0, processor.batchIntervalMs - Int(nowMs - lastBatchMs))
  }

  /// The partitions that are owned and running, and those that stand still with the reason.
  package var standing: (running: [Int32], stopped: [Int32: String]) {
    var stopped: [Int32: String] = [:]
    for (number, partition) in partitions { stopped[number] = partition.stopped }
    return (partitions.keys.filter { stopped[$0] == nil }.sorted(), stopped)
  }

  /// Reads a key's state: for tests and for the oracle.
  package func state<State: TableValue>(of key: String, as: State.Type = State.self) -> State? {
    for partition in partitions.values {
      if let entry = partition.table[key] { return (entry.state as? Held<State>)?.value }
    }
    return nil
  }

  // MARK: Commit

  /// Tells the group where a successor starts. Never what makes it right: applied offsets in the state do.
  func commit(wait: Bool) throws {
    guard let consumer else { return }
    let dirty = partitions.values.filter { $0.isDirty || $0.isToBeTold }
    var positions: [TopicPartition: Position] = [:]
    for partition in dirty {
      partition.isDirty = false
      partition.isTold = true
      let marks = partition.marks()
      let fingerprint = partition.fingerprintOfState()
      let tooHigh: Int64 = settings.policy.contains(.watermarkTooHigh) ? 3 : 0
      let tooFar: Int64 = settings.policy.contains(.offsetTooFar) ? 1 : 0
      for (topic, offset) in partition.positions {
        let metadata = CommitMetadata(
          watermark: partition.watermark + tooHigh, counters: partition.counters,
          inputEpoch: partition.positionEpochs[topic] ?? -1, ownerEpoch: partition.epoch,
          stateFingerprint: fingerprint, inputs: marks)
        positions[TopicPartition(topic, partition.number)] = Position(offset: offset + tooFar, metadata: metadata.text)
      }
    }
    if positions.isEmpty { return }
    do {
      try consumer.commit(positions, wait: wait)
    } catch {
      for partition in dirty { partition.isDirty = true }
      throw error
    }
  }

  // MARK: Ticks

  /// Of one partition at once; the others are due a moment later.
  private static var dueKeysMax: Int { 1_000 }

  private func writeTicks(_ nowMs: Int64) throws {
    var records: [OutgoingRecord] = []
    var taken: [(partition: Partition, key: String, dueMs: Int64)] = []
    let untilMs = settings.policy.contains(.ticksTooEarly) ? nowMs + 500 : nowMs
    for partition in owned where partition.stopped == nil {
      wakeOutdated(partition)
      var keys: [String] = []
      var seen: Set<String> = []
      while keys.count < Self.dueKeysMax, let due = partition.due.popDue(untilMs) {
        // Only what is still true: a key that has moved its due time on has its own, later entry.
        guard let state = partition.table[due.key]?.state,
          state.nextDueMs == due.dueMs || (due.dueMs == DueHeap.outdatedMs && logic.isOutdated(state))
        else { continue }
        taken.append((partition, due.key, due.dueMs))
        if seen.insert(due.key).inserted { keys.append(due.key) }
      }
      for start in stride(from: 0, to: keys.count, by: TickRecord.keysMax) {
        let some = Array(keys[start..<min(start + TickRecord.keysMax, keys.count)])
        records.append(TickRecord(nowMs: nowMs, keys: some).outgoing(topic: ticks, partition: partition.number))
      }
    }
    if records.isEmpty { return }
    do {
      _ = try append(records)
    } catch {
      // Whether it was written or not: a tick that comes twice is a no-op, and one that never comes a promise broken.
      for one in taken where !settings.policy.contains(.ticksNotRetried) {
        one.partition.due.add(one.key, dueMs: one.dueMs)
      }
      throw error
    }
  }

  /// What was decided with other globals is due, whatever time it is.
  private func wakeOutdated(_ partition: Partition) {
    let revision = logic.revision
    guard partition.revision != revision else { return }
    partition.revision = revision
    partition.table.forEach { key, entry in
      if let state = entry.state, logic.isOutdated(state) { partition.due.add(key, dueMs: DueHeap.outdatedMs) }
    }
  }

  func append(_ records: [OutgoingRecord]) throws -> [Int64] {
    guard let producer else { throw StreamsError.wiring("\(processor.group.rawValue) is not open") }
    if settings.policy.contains(.acksNotAwaited) {
      return (try? producer.append(records, timeoutMs: settings.appendTimeoutMs))
        ?? Array(repeating: -1, count: records.count)
    }
    return try orTakeOver {
      do {
        return try producer.append(records, timeoutMs: settings.appendTimeoutMs)
      } catch LogError.fatal(let why) {
        // It is the producer that is beyond repair, and that will be replaced.
        throw LogError.unavailable(why)
      } catch LogError.queueFull {
        throw LogError.unavailable("\(LogError.queueFull)")
      }
    }
  }
}
