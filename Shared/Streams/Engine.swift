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
  package var recordBytesMax = 900_000
  /// How long a deleted key's memory of what it has seen is kept: as long as Kafka keeps a tombstone by default.
  package var deletedKeepMs: Int64 = 86_400_000
  /// A batch is cut when its recorded outputs reach this.
  package var outboxBytesMax = 256_000
  /// False in synchronous tests: batches come as they are asked for.
  package var honoursBatchInterval = true
  package var policy: CommitPolicy = []
  /// Only for writing ticks and pacing commits: what is decided takes its time from records.
  package var clock: @Sendable () -> Int64

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

  var consumer: (any LogConsumer)?
  var globals: (any LogConsumer)?
  var producer: (any LogProducer)?
  var logic: any HeldLogic
  var partitions: [Int32: Partition] = [:]
  /// Tables kept over a reopening in this process: only the tail has to be read again.
  var warm: [Int32: Partition] = [:]
  /// Whether the group has said which partitions are ours: perhaps none.
  private(set) var isSettled = false
  /// What went wrong inside a rebalance, where nothing can be thrown.
  var pendingError: (any Error)?
  private var globalsAreBehind = false
  private var globalsFilter = StateFilter()
  private var lastCommitMs: Int64 = 0
  private var lastBatchMs: Int64 = 0
  var lastLookMs: Int64 = 0
  var lastMeasureMs: Int64 = 0
  /// Told what it is busy with while it can't be asked.
  var isBusyWith: (String) -> Void = { _ in }

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
    logic = processor.makeLogic()
  }

  /// In the order of their numbers: whoever runs the same again shall see the same.
  var owned: [Partition] { partitions.values.sorted { $0.number < $1.number } }

  // MARK: Opening and closing

  /// Checks the wiring, connects and joins. May be called again after `close`.
  package func open() throws {
    try checkPartitionCounts()
    logic = processor.makeLogic()
    producer = try log.makeProducer(name: processor.group.rawValue)
    if !processor.globals.isEmpty {
      let globals = try log.makeConsumer(name: "\(processor.group.rawValue).globals", group: nil)
      self.globals = globals
      try globals.assign(try globalPartitions().reduce(into: [:]) { $0[$1] = try globals.bounds(of: $1).begin })
      globalsFilter = StateFilter()
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
        onRevoke: { [unowned self] in
          isSettled = false
          revoked($0)
        })
    case .all:
      let all = (0..<Int32(tablePartitions)).flatMap { partition in
        inputTopics.map { TopicPartition($0, partition) }
      }
      let starts = assigned(all)
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
    if graceful { try? commit(wait: true) }
    for (number, partition) in partitions where partition.stopped == nil && partition.epoch >= 0 {
      warm[number] = partition
    }
    measureNoMore(partitions.keys)
    partitions = [:]
    pendingError = nil
    isSettled = false
    consumer?.close()
    globals?.close()
    producer?.close(timeoutMs: graceful ? 5_000 : 0)
    (consumer, globals, producer) = (nil, nil, nil)
  }

  // MARK: One turn

  /// Reads and commits one batch; returns how many records were taken. Throws `LogError` or `StreamsError`, after which
  /// it must be closed and opened again.
  package func runOnce(timeoutMs: Int) throws -> Int {
    guard let consumer else { throw StreamsError.wiring("\(processor.group.rawValue) is not open") }
    let nowMs = settings.clock()
    let observed = try observeGlobals()
    if settings.honoursBatchInterval, processor.batchIntervalMs > 0 {
      guard nowMs - lastBatchMs >= Int64(processor.batchIntervalMs) || nowMs < lastBatchMs else { return 0 }
    }
    let records = try consumer.poll(maxRecords: settings.batchRecordsMax, timeoutMs: timeoutMs)
    if let pendingError {
      self.pendingError = nil
      throw pendingError
    }
    if globalsAreBehind, !partitions.isEmpty { try catchUpGlobals() }
    let taken = compared(records)
    if !taken.isEmpty {
      lastBatchMs = nowMs
      // What came while it waited is older than what it waited for.
      _ = try observeGlobals()
      try process(taken)
    }
    try writeTicks(nowMs)
    try lookForLateWrites(nowMs)
    measure(nowMs)
    if nowMs - lastCommitMs >= settings.commitIntervalMs || nowMs < lastCommitMs {
      lastCommitMs = nowMs
      try commit(wait: false)
    }
    return records.count + observed
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

  // MARK: Globals

  private func globalPartitions() throws -> [TopicPartition] {
    processor.globals.flatMap { topic in
      (0..<Int32(topic.partitionCount(domainPartitions: settings.domainPartitions))).map {
        TopicPartition(topic.name, $0)
      }
    }
  }

  private func observeGlobals() throws -> Int {
    guard let globals else { return 0 }
    let records = try globals.poll(maxRecords: 1_000, timeoutMs: 0)
    for record in records { observe(record) }
    return records.count
  }

  /// What is refused leaves what was there before, and is told of each time that it is read.
  private func observe(_ record: Record) {
    guard globalsFilter.admits(record) else { return }
    do {
      try logic.observe(record)
    } catch {
      telemetry.count("trias_globals_refused_total", 1, labels: labels)
      telemetry.log(.warning, "\(record.topic)/\(record.partition)/\(record.offset) is refused: \(error)", labels)
    }
  }

  /// Before the first step after an assignment everything global that is there has been seen.
  private func catchUpGlobals() throws {
    globalsAreBehind = false
    guard let globals else { return }
    var missing: [TopicPartition: Int64] = [:]
    for partition in try globalPartitions() {
      let bounds = try globals.bounds(of: partition)
      if log.forgets, bounds.begin > 0 {
        throw StreamsError.logLost(
          partition,
          "the embedded broker has forgotten the records before offset \(bounds.begin). "
            + "Begin anew with `trias run` or `trias broker`, or use a broker that keeps (KAFKA_BOOTSTRAP_SERVERS)")
      }
      if bounds.end > bounds.begin { missing[partition] = bounds.end }
    }
    // Read again from the start: simplest, and right whatever was observed before.
    try globals.assign(try globalPartitions().reduce(into: [:]) { $0[$1] = try globals.bounds(of: $1).begin })
    globalsFilter = StateFilter()
    let deadlineMs = settings.clock() + 120_000
    while !missing.isEmpty {
      for record in try globals.poll(maxRecords: 5_000, timeoutMs: 50) {
        observe(record)
        let partition = TopicPartition(record.topic, record.partition)
        if let end = missing[partition], record.offset >= end - 1 { missing[partition] = nil }
      }
      if settings.clock() > deadlineMs {
        throw LogError.unavailable("the globals of \(processor.group.rawValue) could not be read within two minutes")
      }
    }
  }

  // MARK: Commit

  /// Tells the group where a successor starts. Never what makes it right: applied offsets in the state do.
  func commit(wait: Bool) throws {
    guard let consumer else { return }
    var positions: [TopicPartition: Position] = [:]
    for partition in partitions.values where partition.isDirty {
      partition.isDirty = false
      let marks = partition.marks()
      let fingerprint = partition.fingerprintOfState()
      let tooHigh: Int64 = settings.policy.contains(.watermarkTooHigh) ? 3 : 0
      let tooFar: Int64 = settings.policy.contains(.offsetTooFar) ? 1 : 0
      for (topic, offset) in partition.positions {
        let metadata = CommitMetadata(
          watermark: partition.watermark + tooHigh, counters: partition.counters,
          inputEpoch: partition.inputEpochs[topic] ?? -1, stateFingerprint: fingerprint, inputs: marks)
        positions[TopicPartition(topic, partition.number)] = Position(offset: offset + tooFar, metadata: metadata.text)
      }
    }
    if !positions.isEmpty { try consumer.commit(positions, wait: wait) }
  }

  // MARK: Ticks

  private func writeTicks(_ nowMs: Int64) throws {
    var records: [OutgoingRecord] = []
    for partition in owned where partition.stopped == nil {
      var keys: [String] = []
      while keys.count < TickRecord.keysMax, let due = partition.due.popDue(nowMs) {
        // Only what is still true: a key that has moved its due time on has its own, later entry.
        if partition.table[due.key]?.state?.nextDueMs == due.dueMs { keys.append(due.key) }
      }
      guard !keys.isEmpty else { continue }
      records.append(
        TickRecord(nowMs: nowMs, keys: keys).outgoing(topic: ticks, partition: partition.number))
    }
    if !records.isEmpty { _ = try append(records) }
  }

  func append(_ records: [OutgoingRecord]) throws -> [Int64] {
    guard let producer else { throw StreamsError.wiring("\(processor.group.rawValue) is not open") }
    if settings.policy.contains(.acksNotAwaited) {
      return (try? producer.append(records, timeoutMs: settings.appendTimeoutMs))
        ?? Array(repeating: -1, count: records.count)
    }
    return try producer.append(records, timeoutMs: settings.appendTimeoutMs)
  }
}
