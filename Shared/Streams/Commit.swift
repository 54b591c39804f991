import Contracts
import MessageLog

// Everything about atomicity. Per batch: skip what was seen; decide on an overlay; send what was refused; write the
// states, each with its outbox, and wait for the acks; send the outputs in input order and wait; only then does the batch
// count. What fails in between is thrown away and restored from the log, which by then holds a beginning of the batch:
// states with their outputs, and of the rest neither.

extension ProcessorEngine {
  func process(_ records: [Record]) throws {
    telemetry.observe("trias_batch_records", count: records.count, labels: labels)
    var batch = emptyBatch(of: records)
    var watch = Stopwatch()
    var (decideMs, commitMs) = (0.0, 0.0)
    defer {
      batch.close()
      telemetry.observe("trias_decide_ms", ms: decideMs, labels: labels)
      telemetry.observe("trias_commit_ms", ms: commitMs, labels: labels)
    }
    func commitWhatIsThere() throws {
      decideMs += watch.lap()
      try commit(&batch)
      commitMs += watch.lap()
      batch.close()
      batch = emptyBatch(of: records)
    }
    for (index, record) in records.enumerated() {
      guard let partition = partitions[record.partition], partition.stopped == nil else { continue }
      let isAlone = isAlone(record, partition)
      if isAlone, index > 0 { try commitWhatIsThere() }
      add(record, at: index, partition, &batch)
      if isAlone || batch.outboxBytes >= settings.outboxBytesMax { try commitWhatIsThere() }
    }
    try commitWhatIsThere()
  }

  /// A key whose state has come near to what a record takes is decided on record by record, so that only that is refused
  /// which makes it too large, and nothing that came with it.
  private func isAlone(_ record: Record, _ partition: Partition) -> Bool {
    guard !partition.large.isEmpty, let key = record.key else { return false }
    return partition.large.contains(key)
  }

  private func emptyBatch(of records: [Record]) -> Batch {
    Batch(of: records, inputs: inputs.count, partitions: tablePartitions)
  }

  // MARK: Deciding

  private func add(_ record: Record, at index: Int, _ partition: Partition, _ batch: inout Batch) {
    guard let input = inputs.firstIndex(where: { $0.name == record.topic }) else { return }
    batch.advance(input, record.partition, to: index)
    do {
      if inputs[input].isTicks {
        try addTick(record, at: index, inputs[input], partition, &batch)
      } else {
        try addEvent(record, at: index, inputs[input], partition, &batch)
      }
    } catch {
      refuse(record, error, partition.number, &batch)
    }
  }

  private func refuse(_ record: Record, _ refusal: Refusal, _ partition: Int32, _ batch: inout Batch) {
    batch.send(
      DeadLetters.record(
        record, refusal, group: processor.group, domainPartitions: settings.domainPartitions,
        bytesMax: settings.recordBytesMax))
    batch.count(partition) { $0.deadLettered += 1 }
    telemetry.count("trias_dead_letters_total", 1, labels: labels + [("stage", refusal.stage)])
  }

  /// Far more than one key ever says on one tick, and times the keys of a tick far less than an ordinal holds.
  private static var tickOutputsMax: Int32 { 10_000 }

  private func addTick(
    _ record: Record, at index: Int, _ topic: InputTopic, _ partition: Partition, _ batch: inout Batch
  ) throws(Refusal) {
    let tick: TickRecord
    do {
      tick = try TickRecord(record)
    } catch {
      throw Refusal(stage: "schema", field: error.path, reason: error.reason)
    }
    let mark = Bookkeeping.Mark(topic: topic.hash, offset: record.offset, nil)
    for (number, key) in tick.keys.enumerated() {
      // Each key of a tick has ordinals of its own: what two keys say to the same third one are two origins.
      let firstOrdinal = Int32(number) * Self.tickOutputsMax
      try step(key, .tick, record, at: index, mark, tick.nowMs, partition, &batch, firstOrdinal: firstOrdinal)
    }
  }

  private func addEvent(
    _ record: Record, at index: Int, _ topic: InputTopic, _ partition: Partition, _ batch: inout Batch
  ) throws(Refusal) {
    if topic.isState, Takeover.isTakeover(record) {
      // What a predecessor still writes is late from here on, not only from its successor's first state on.
      partition.inputEpochs[record.topic] = max(partition.inputEpochs[record.topic] ?? -1, record.offset)
      return
    }
    if topic.isState, Handover.isHandover(record) { return }
    guard let keyBytes = record.key, let key = keyBytes.withUnsafeBufferPointer({ String(validUTF8: $0) }), !key.isEmpty
    else {
      let isThere = record.key?.isEmpty == false
      throw Refusal(stage: "key", reason: isThere ? "the key is not UTF-8 text" : "a record needs a key")
    }
    let home = Partitioner.partition(of: key, count: tablePartitions)
    guard home == record.partition || settings.policy.contains(.misplacedApplied) else {
      return try forward(record, to: home, &batch)
    }
    if topic.isState {
      // The last value counts, so only a zombie's late write has to be told apart.
      let epoch = StateRecord.epoch(of: record.headers)
      let highest = max(partition.inputEpochs[record.topic] ?? -1, epoch)
      partition.inputEpochs[record.topic] = highest
      guard epoch == highest || settings.policy.contains(.epochsIgnoredByReaders) else { return }
      var envelope = Envelope(
        id: "\(record.topic)/\(record.partition)/\(record.offset)", source: record.topic, type: "trias.\(record.topic)",
        timeMs: 0)
      envelope.causationId = record.headers.string("ce_causationid")
      let mark = Bookkeeping.Mark(topic: topic.hash, offset: record.offset, nil)
      return try step(
        key, .event(record, envelope), record, at: index, mark, 0, partition, &batch,
        cause: processor.table.isPublic ? record.headers.string("ce_id") : nil)
    }
    var (event, envelope) = try StructuredMode.unpack(record)
    if topic.isOpen {
      // Only the suite's own services number what they say by what it comes from.
      if envelope.origin != nil { envelope.origin = nil }
      if envelope.facet != nil { envelope.facet = nil }
      try checkClock(record)
    }
    // Behind what its source has said here since, its number would pass for one that was seen: it is known by its id.
    if record.headers.contains(forwardedHeader) || record.headers.value(DeadLetterHeader.attempts) != nil {
      envelope.sequence = nil
    }
    let mark = Bookkeeping.Mark(topic: topic.hash, offset: record.offset, envelope)
    try step(
      key, .event(event, envelope), record, at: index, mark, envelope.timeMs, partition, &batch, cause: envelope.id)
  }

  /// Time comes from records, so a clock that is years ahead would take its customer there for good. Where the broker
  /// stamps the records this never happens; else this reader's clock has to do, with a day for its own error.
  private func checkClock(_ record: Record) throws(Refusal) {
    guard record.timestampMs <= settings.clock() + Self.recordAheadMsMax else {
      throw Refusal(
        stage: "time",
        reason: "the record's own time, \(Timestamps.text(record.timestampMs)), lies more than a day ahead")
    }
  }

  private static var recordAheadMsMax: Int64 { 86_400_000 }

  /// A record that a foreign producer put into the wrong partition goes to the right one, once.
  private func forward(_ record: Record, to home: Int32, _ batch: inout Batch) throws(Refusal) {
    guard !record.headers.contains(forwardedHeader) else {
      throw Refusal(stage: "partition", reason: "was forwarded to the wrong partition")
    }
    if settings.policy.contains(.forwardingDropped) { return }
    var headers = record.headers
    headers.append(forwardedHeader, "\(record.partition)/\(record.offset)")
    let bytes = (record.key?.count ?? 0) + (record.value?.count ?? 0) + headers.bytes.count
    guard bytes <= settings.recordBytesMax else {
      throw Refusal(stage: "size", reason: "is in the wrong partition, and too large to be forwarded: \(bytes) bytes")
    }
    batch.send(
      OutgoingRecord(topic: record.topic, partition: home, key: record.key, value: record.value, headers: headers))
    telemetry.count("trias_forwarded_total", 1, labels: labels)
  }

  private func step(
    _ key: String, _ input: Input, _ record: Record, at place: Int, _ mark: Bookkeeping.Mark, _ timeMs: Int64,
    _ partition: Partition, _ batch: inout Batch, cause: String? = nil, firstOrdinal: Int32 = 0
  ) throws(Refusal) {
    let entry = partition.table[key]
    let pending = batch.change(of: key, entry)
    let isTick = if case .tick = input { true } else { false }
    switch (pending?.bookkeeping ?? entry?.bookkeeping)?.judge(mark, settings.policy) ?? .new {
    case .applied where isTick && settings.policy.contains(.ticksRepeated): break
    case .applied:
      if !isTick { batch.count(partition.number) { $0.applied += 1 } }
      return
    case .duplicate:
      batch.count(partition.number) { $0.duplicates += 1 }
      return
    case .new: break
    }
    let isOverlaid = pending != nil && !settings.policy.contains(.overlayDropped)
    let before = isOverlaid ? pending?.state : entry?.state
    let nowMs = max(before.map { logic.now(of: $0) } ?? 0, timeMs)
    let step = try logic.step(key, before, input, now: nowMs)
    if !isTick { batch.count(partition.number) { $0.applied += 1 } }
    let state: (any HeldState)?
    switch step.change {
    case .none:
      precondition(step.outputs.isEmpty, "\(processor.group.rawValue): outputs without a state to record them with")
      return
    case .set(let next): state = next
    case .delete: state = nil
    }
    let change = batch.open(key, partition, entry, after: pending)
    change.state = state
    change.bookkeeping.note(mark, recentMax: settings.recentMax, sourcesMax: settings.sourcesMax)
    change.nowMs = nowMs
    change.inputs.append(place)
    if !step.tallies.isEmpty { change.tallies += step.tallies }
    change.applied += isTick ? 0 : 1
    change.cause = cause
    for (ordinal, output) in step.outputs.enumerated() {
      batch.send(outgoing(output, record, firstOrdinal + Int32(ordinal)), from: change)
    }
  }

  private func outgoing(_ output: Output, _ input: Record, _ ordinal: Int32) -> OutgoingRecord {
    let origin = Origin(topic: input.topic, partition: input.partition, offset: input.offset, ordinal: ordinal)
    let count = output.topic.partitionCount(domainPartitions: settings.domainPartitions)
    var headers = output.envelope.headers(origin: origin)
    for header in output.headers { headers.append(header.name, header.value) }
    return OutgoingRecord(
      topic: output.topic.name, partition: Partitioner.partition(of: output.key, count: count),
      key: Array(output.key.utf8), value: output.data, headers: headers)
  }

  // MARK: Committing

  private func commit(_ batch: inout Batch) throws {
    let states = encodeStates(&batch)
    // What has no state to be recorded with goes first: once the state of its key has gone on, nobody would look at the
    // record again. Sent twice it is the same, since it follows from the record alone.
    if !batch.loose.isEmpty, !settings.policy.contains(.deadLettersDropped) { _ = try append(batch.loose) }
    let outputs = batch.outgoing
    if settings.policy.contains(.outputsBeforeState), !outputs.isEmpty { _ = try append(outputs) }
    var written: [Written?] = Array(repeating: nil, count: tablePartitions)
    if !states.isEmpty {
      // Last of all, since what went before may have taken its time.
      try requireMembership()
      let offsets = try append(states)
      for (index, offset) in offsets.enumerated() {
        let number = Int(states[index].partition)
        if let last = written[number]?.offset ?? partitions[Int32(number)]?.lastStateOffset, offset != last + 1 {
          try repair(Int32(number), from: last + 1, upTo: offset, writing: states)
        }
        written[number] = Written(offset: offset, index: index)
      }
    }
    if settings.policy.contains(.commitBeforeOutputs) {
      install(batch, states, written)
      try commit(wait: true)
    }
    if !settings.policy.contains(.outputsBeforeState), !outputs.isEmpty {
      // Until they are out: whoever loses his partitions in between has not left them in order.
      mustTakeOver = true
      try requireMembership()
      _ = try append(outputs)
      mustTakeOver = false
    }
    if !settings.policy.contains(.commitBeforeOutputs) { install(batch, states, written) }
  }

  /// A state that no broker would take is not written: its records become dead letters, and the key stays as it was.
  private func encodeStates(_ batch: inout Batch) -> [OutgoingRecord] {
    var states: [OutgoingRecord] = []
    states.reserveCapacity(batch.changes.count)
    var written: [Batch.Change] = []
    written.reserveCapacity(batch.changes.count)
    for change in batch.changes where !change.isDropped {
      let record = StateRecord.encode(
        table: processor.table, partition: change.partition.number, key: change.key, state: change.state,
        bookkeeping: change.bookkeeping, outbox: change.outbox, epoch: change.partition.epoch,
        versions: writtenVersions, nowMs: change.nowMs, cause: change.cause,
        number: change.partition.nextNumber())
      let bytes = (record.value?.count ?? 0) + record.headers.bytes.count
      guard bytes <= settings.recordBytesMax else {
        let refusal = Refusal(
          stage: "size",
          reason: "the state of \(change.key) would be \(bytes) bytes, the most is \(settings.recordBytesMax)")
        for other in batch.changes where other.key == change.key {
          for input in other.inputs { refuse(batch.records[input], refusal, other.partition.number, &batch) }
          batch.count(other.partition.number) { $0.applied -= other.applied }
          batch.drop(other)
        }
        continue
      }
      change.partition.noteSize(change.key, bytes, of: settings.recordBytesMax)
      states.append(record)
      written.append(change)
    }
    guard written.contains(where: \.isDropped) else { return states }
    return zip(written, states).compactMap { $0.isDropped ? nil : $1 }
  }

  /// The last state that a batch has written to a partition.
  private struct Written {
    var offset: Int64
    /// Among the states that were written.
    var index: Int
  }

  /// From here on the batch counts. Nothing of it may show before: a table that is kept over a fault would be taken to
  /// hold what was written after it.
  private func install(_ batch: Batch, _ states: [OutgoingRecord], _ written: [Written?]) {
    whileNobodyLooks {
      for change in batch.changes where !change.isDropped {
        // One that was unknown is known when the batch has come to it before.
        if let entry = change.entry ?? change.partition.table[change.key] {
          entry.state = change.state
          entry.bookkeeping = change.bookkeeping
        } else {
          change.partition.table[change.key] = Entry(state: change.state, bookkeeping: change.bookkeeping)
        }
      }
    }
    for change in batch.changes where !change.isDropped {
      if let dueMs = change.state?.nextDueMs { change.partition.due.add(change.key, dueMs: dueMs) }
      if change.state == nil { change.partition.noteDeleted(change.key, atMs: settings.clock()) }
    }
    for (number, last) in written.enumerated() {
      guard let last, let partition = partitions[Int32(number)] else { continue }
      partition.tidyDue(slack: settings.dueSlack)
      partition.lastStateOffset = last.offset
      partition.watermark = last.offset
      partition.watermarkRecord = states[last.index]
    }
    batch.forEachLastTaken { input, number, record in
      guard let partition = partitions[number] else { return }
      partition.positions[inputs[input].name] = record.offset + 1
      partition.lastTaken[inputs[input].name] = record
      partition.positionEpochs[inputs[input].name] = partition.inputEpochs[inputs[input].name]
      partition.isDirty = true
    }
    for change in batch.changes where !change.isDropped {
      for tally in change.tallies { telemetry.count(tally.name, tally.count, labels: tally.labels) }
    }
    var sum = Counters()
    for (number, counters) in batch.counters.enumerated() {
      partitions[Int32(number)]?.counters.add(counters)
      sum.add(counters)
    }
    for (outcome, count) in [
      ("applied", sum.applied), ("duplicate", sum.duplicates), ("dead-lettered", sum.deadLettered),
    ] where count != 0 {
      telemetry.count("trias_records_total", Int(count), labels: labels + [("outcome", outcome)])
    }
  }
}

private let forwardedHeader: StaticString = "trias_forwarded"
