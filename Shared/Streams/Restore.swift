import Contracts
import MessageLog

// Taking partitions over: say so on the state partition, read the table up to there, send again the outputs that may not
// have gone out, and go on from the commit.

extension ProcessorEngine {
  func assigned(_ topicPartitions: [TopicPartition]) -> [TopicPartition: Int64] {
    granted = topicPartitions
    rebalances += 1
    // Of an earlier one, within the same poll: what comes with this one must not be lost for it.
    pendingError = nil
    do {
      return try takeOverGranted()
    } catch {
      pendingError = error
      return [:]
    }
  }

  /// With the eager assignor it is always all of them.
  func revoked() {
    try? commit(wait: true)
    handOver()
    granted = []
    rebalances += 1
    pendingError = nil
    measureNoMore(partitions.keys)
    // Most of them come back in a moment, and then only the tails of their tables have to be read.
    keepWarm()
  }

  /// Tells whoever comes next that nothing is left to be sent.
  func handOver() {
    guard let producer, !mustTakeOver || settings.policy.contains(.handoverUnfinished) else { return }
    let records = owned.filter { $0.stopped == nil && $0.epoch >= 0 }.map {
      Handover.record(
        table: processor.table, partition: $0.number, instance: settings.instance, epoch: $0.epoch)
    }
    do {
      _ = try producer.append(records, timeoutMs: Self.handOverMs)
    } catch {
      // What became of it isn't known, and nothing may be written behind it by this producer.
      mustTakeOver = true
    }
  }

  /// Nobody is kept waiting for it: without it a few outputs are sent a second time.
  private static var handOverMs: Int { 1_000 }

  /// Returns where reading what is ours begins. Where it fails, it has to be done again before anything else.
  func takeOverGranted() throws -> [TopicPartition: Int64] {
    if mustTakeOver {
      try renewProducer()
      // What a logic keeps beside the tables may hold what was decided and never written.
      logic = processor.makeLogic()
      globalsAreBehind = true
    }
    mustTakeOver = !granted.isEmpty
    readsStopped = false
    settings.window?.shut()
    if granted.isEmpty {
      warm = [:]
      return [:]
    }
    let numbers = Set(granted.map(\.partition)).sorted()
    isBusyWith("takes over and restores \(numbers.count) partitions")
    let known = try committed(numbers)
    let reader = try log.makeConsumer(name: "\(processor.group.rawValue).restore", group: nil)
    defer { reader.close() }
    var starts: [TopicPartition: Int64] = [:]
    for number in numbers {
      // Kept where it is until it is taken over: what is read again of its table changes nothing.
      let partition = warm[number] ?? Partition(number: number)
      do {
        let known = Known(known.filter { $0.key.partition == number })
        try takeOver(partition, known, reader)
        starts.merge(try startOffsets(partition, known, reader)) { $1 }
        partitions[number] = partition
        partition.isTold = false
        settings.window?.open(partition)
      } catch let error as StreamsError {
        partitions[number] = Partition(number: number)
        standStill(partitions[number]!, error)
      }
      warm[number] = nil
    }
    warm = [:]
    mustTakeOver = false
    let own = Set(granted)
    return starts.filter { own.contains($0.key) }
  }

  func standStill(_ partition: Partition, _ error: StreamsError) {
    partition.stopped = error.description
    settings.window?.shut(partition.number)
    telemetry.log(.error, "partition \(partition.number) of \(processor.group.rawValue) stands still: \(error)", labels)
    telemetry.count("trias_partitions_stopped_total", 1, labels: labels)
  }

  // MARK: The table

  private func takeOver(_ partition: Partition, _ known: Known, _ reader: any LogConsumer) throws {
    let number = partition.number
    partition.forgetPositions()
    let table = TopicPartition(processor.table.name, number)
    let bounds = try reader.bounds(of: table)
    let written = max(partition.lastStateOffset, known.latest?.watermark ?? -1)
    guard written < bounds.end || settings.policy.contains(.watermarkTooHigh) else {
      throw StreamsError.recreated(table, "was written up to offset \(written), but ends at \(bounds.end)")
    }
    let takeover = Takeover.record(
      table: processor.table, partition: number, instance: settings.instance, address: settings.address())
    let isLeftOut = settings.policy.contains(.takeoverNotWritten)
    let epoch = isLeftOut ? bounds.end - 1 : try append([takeover])[0]
    var watch = Stopwatch()
    let (pending, late) = try restore(partition, known, reader, begin: bounds.begin, upTo: epoch)
    telemetry.observe("trias_restore_ms", ms: watch.lap(), labels: labels)
    // Only when all of it is done: who has to try again begins where this began.
    let predecessor = partition.epoch
    partition.epoch = epoch
    do {
      if !pending.isEmpty, !settings.policy.contains(.outboxNotResent) {
        _ = try append(pending)
        telemetry.log(.info, "\(pending.count) outputs of partition \(number) are sent again", labels)
      }
      try writeOver(late, of: partition, writing: [])
    } catch {
      partition.epoch = predecessor
      throw error
    }
    partition.lastStateOffset = epoch
    partition.watermark = epoch
    (partition.watermarkRecord, partition.watermarkFingerprint) = (isLeftOut ? nil : takeover, nil)
  }

  /// Reads the state partition from where the table stands to `epoch`. Returns the outputs that may not have gone out,
  /// and the keys whose last record is a zombie's: it is what compaction would keep.
  private func restore(
    _ partition: Partition, _ known: Known, _ reader: any LogConsumer, begin: Int64, upTo epoch: Int64
  ) throws -> (pending: [OutgoingRecord], late: [[UInt8]]) {
    let table = TopicPartition(processor.table.name, partition.number)
    let start = partition.lastStateOffset + 1
    if log.forgets, begin > start {
      throw StreamsError.logLost(
        table,
        "the embedded broker has forgotten the records before offset \(begin): the table can't be restored. "
          + "Begin anew with `trias run` or `trias broker`, or use a broker that keeps (KAFKA_BOOTSTRAP_SERVERS)")
    }
    let watermark = known.latest?.watermark ?? -1
    let fingerprint = known.latest?.stateFingerprint
    var highest = max(partition.epoch, 0)
    var outboxes: [OutboxItem] = []
    var late: [[UInt8]] = []
    var count = 0
    try read(reader, table, from: max(start, begin), through: epoch) { record in
      if record.offset == watermark, let fingerprint, Fingerprint.ofState(record) != fingerprint {
        throw StreamsError.recreated(table, "was written up to offset \(watermark), but another record is there")
      }
      if Takeover.isTakeover(record) {
        highest = max(highest, record.offset)
        return
      }
      if Handover.isHandover(record) {
        // A zombie's says nothing of what his successor has sent.
        let isOwners = StateRecord.epoch(of: record.headers) >= highest
        if isOwners || settings.policy.contains(.zombieHandoversBelieved) { outboxes = [] }
        return
      }
      if !late.isEmpty { late.removeAll { $0 == record.key } }
      // Before it is read: what is not an owner's need not be readable.
      let writer = StateRecord.epoch(of: record.headers)
      guard writer >= highest || settings.policy.contains(.epochsIgnoredByRestore) else {
        return late.append(record.key ?? [])
      }
      highest = max(highest, writer)
      let state = try readable(record)
      count += 1
      if state.state == nil { partition.noteDeleted(state.key, atMs: record.timestampMs) }
      partition.table[state.key] = Entry(state: state.state, bookkeeping: state.bookkeeping)
      partition.note(applied: state.bookkeeping)
      partition.noteSize(
        state.key, (record.value?.count ?? 0) + record.headers.bytes.count, of: settings.recordBytesMax)
      if let dueMs = state.state?.nextDueMs, !settings.policy.contains(.ticksForgotten) {
        partition.due.add(state.key, dueMs: dueMs)
      }
      if let last = state.outbox.last { partition.lastNumber = max(partition.lastNumber, last.number) }
      if record.offset > watermark { outboxes += state.outbox }
    }
    partition.tidyDue(slack: settings.dueSlack)
    telemetry.count("trias_restored_records_total", count, labels: labels)
    outboxes.sort { $0.number < $1.number }
    // A key that a batch came back to has its outputs in each of its records.
    let pending = outboxes.indices.filter { $0 == 0 || outboxes[$0] != outboxes[$0 - 1] }.map { outboxes[$0].record }
    return (pending, late)
  }

  /// A state that its owner wrote and that can't be read is nothing to go on without: its partition stands still.
  private func readable(_ record: Record) throws -> StateRecord {
    do {
      return try StateRecord.decode(record, reducerVersion: processor.reducerVersion, logic.decode)
    } catch let error as StreamsError {
      throw error
    } catch {
      throw StreamsError.unreadableState(TopicPartition(record.topic, record.partition), record.offset, "\(error)")
    }
  }

  /// Reads exactly the records `from...through` of a partition that holds `through`.
  func read(
    _ reader: any LogConsumer, _ partition: TopicPartition, from: Int64, through: Int64, _ body: (Record) throws -> Void
  ) throws {
    guard from <= through else { return }
    try reader.assign([partition: from])
    let deadlineMs = settings.clock() + 120_000
    var progressMs = deadlineMs
    while true {
      let records = try reader.poll(maxRecords: 5_000, timeoutMs: 50)
      for record in records where record.offset <= through { try body(record) }
      if let last = records.last, last.offset >= through { return }
      if isStopping() { throw LogError.unavailable("stopping") }
      if !records.isEmpty { progressMs = settings.clock() + 120_000 }
      if settings.clock() > progressMs {
        throw LogError.unavailable("\(partition) could not be read up to \(through)")
      }
    }
  }

  // MARK: Where to go on

  private func committed(_ numbers: [Int32]) throws -> [TopicPartition: Position] {
    // Asked through a client of its own: inside a rebalance the group's own consumer is not to be called into.
    let asker = try log.makeConsumer(name: "\(processor.group.rawValue).positions", group: processor.group.rawValue)
    defer { asker.close() }
    return try asker.committed(numbers.flatMap { number in inputTopics.map { TopicPartition($0, number) } })
  }

  private func startOffsets(
    _ partition: Partition, _ known: Known, _ asker: any LogConsumer
  ) throws -> [TopicPartition: Int64] {
    var starts: [TopicPartition: Int64] = [:]
    partition.counters = Counters()
    for topic in inputTopics {
      let input = TopicPartition(topic, partition.number)
      let bounds = try asker.bounds(of: input)
      starts[input] = try start(of: input, partition, known, begin: bounds.begin, end: bounds.end)
      partition.starts[topic] = partition.positions[topic] ?? starts[input]
      if let metadata = known.metadata(of: input) {
        partition.counters = metadata.counters
        if metadata.inputEpoch >= 0 {
          partition.inputEpochs[topic] = metadata.inputEpoch
          partition.positionEpochs[topic] = metadata.inputEpoch
        }
      }
    }
    // Its own ticks are an input that nobody else deletes: what their commit tells of the others outlives them.
    partition.positions[ticks.name] = partition.positions[ticks.name] ?? partition.starts[ticks.name]
    return starts
  }

  // MARK: Zombies

  /// Our own writes to a state partition follow each other; a gap means that somebody else wrote. A takeover: we are no
  /// longer the owner. State of a lower epoch: a zombie's last words, which must not be what compaction keeps, so our
  /// values are written once more, those of the batch being written where it has them. They show as a gap again, which
  /// is read again: somebody else may have written in between.
  func repair(_ number: Int32, from: Int64, upTo: Int64, writing: [OutgoingRecord]) throws {
    let partition = partitions[number]!
    try writeOver(lateKeys(of: partition, from: from, upTo: upTo), of: partition, writing: writing)
  }

  private func lateKeys(of partition: Partition, from: Int64, upTo: Int64) throws -> [[UInt8]] {
    let table = TopicPartition(processor.table.name, partition.number)
    let reader = try log.makeConsumer(name: "\(processor.group.rawValue).repair", group: nil)
    defer { reader.close() }
    var keys: [[UInt8]] = []
    try read(reader, table, from: from, through: upTo - 1) { record in
      if Takeover.isTakeover(record) {
        if settings.policy.contains(.fencingIgnored) { return }
        throw StreamsError.fenced(table)
      }
      if Handover.isHandover(record) { return }
      guard let key = record.key, StateRecord.epoch(of: record.headers) != partition.epoch else { return }
      if !keys.contains(key) { keys.append(key) }
    }
    return keys
  }

  /// Nothing but a batch shows a gap, and a partition may be without one for longer than compaction waits. So its owner
  /// looks at the end of its table once a minute.
  func lookForLateWrites(_ nowMs: Int64) throws {
    guard let consumer, nowMs - lastLookMs >= Self.lookIntervalMs || nowMs < lastLookMs else { return }
    lastLookMs = nowMs
    for partition in owned where partition.stopped == nil {
      let end = try consumer.bounds(of: TopicPartition(processor.table.name, partition.number)).end
      let last = partition.lastStateOffset
      guard end > last + 1 else { continue }
      let keys = try lateKeys(of: partition, from: last + 1, upTo: end)
      // Reading may have taken its time; and here, unlike in the middle of a batch, the group may take what is ours away.
      if !keys.isEmpty { try requireMembership() }
      try writeOver(keys, of: partition, writing: [])
      partition.lastStateOffset = end - 1
    }
  }

  private static var lookIntervalMs: Int64 { 60_000 }

  private func writeOver(
    _ keys: [[UInt8]], of partition: Partition, writing: [OutgoingRecord]
  ) throws {
    guard !keys.isEmpty, !settings.policy.contains(.repairOff) else { return }
    let number = partition.number
    telemetry.count("trias_zombie_writes_total", keys.count, labels: labels)
    telemetry.log(
      .warning, "\(keys.count) late writes of an earlier owner of \(processor.table.name)/\(number) are written over",
      labels)
    let records = keys.map { keyBytes in
      if let own = writing.last(where: { $0.partition == number && $0.key == keyBytes }) { return own }
      let key = String(decoding: keyBytes, as: UTF8.self)
      let entry = partition.table[key]
      return StateRecord.encode(
        table: processor.table, partition: number, key: key, state: entry?.state,
        bookkeeping: entry?.bookkeeping ?? Bookkeeping(), outbox: [], epoch: partition.epoch,
        versions: writtenVersions, nowMs: entry?.state.map { logic.now(of: $0) } ?? 0,
        number: partition.nextNumber())
    }
    _ = try append(records)
  }
}
