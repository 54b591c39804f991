import Contracts
import MessageLog

// Everything about atomicity. Per batch: skip what was seen; decide on an overlay; send what was refused; write the states,
// each with its outbox, and wait for the acks; send the outputs in input order and wait; only then does the batch count. What fails in
// between is thrown away and restored from the log, which by then holds either the state with its outputs or neither.

extension ProcessorEngine {
  func process(_ records: [Record]) throws {
    var batch = Batch<State>()
    for record in records {
      guard let partition = partitions[record.partition], partition.stopped == nil else { continue }
      add(record, partition, &batch)
      if batch.outboxBytes >= settings.outboxBytesMax {
        try commit(&batch)
        batch = Batch()
      }
    }
    try commit(&batch)
  }

  // MARK: Deciding

  private func add(_ record: Record, _ partition: Partition<State>, _ batch: inout Batch<State>) {
    batch.advance(record)
    do {
      if record.topic == ticks.name {
        try addTick(record, partition, &batch)
      } else if Takeover.isTakeover(record) {
        // What a predecessor still writes is late from here on, not only from its successor's first state on.
        partition.inputEpochs[record.topic] = max(partition.inputEpochs[record.topic] ?? -1, record.offset)
      } else {
        try addEvent(record, partition, &batch)
      }
    } catch {
      refuse(record, error, partition.number, &batch)
    }
  }

  private func refuse(_ record: Record, _ refusal: Refusal, _ partition: Int32, _ batch: inout Batch<State>) {
    batch.send(
      DeadLetters.record(
        record, refusal, group: processor.group, domainPartitions: settings.domainPartitions,
        bytesMax: settings.recordBytesMax))
    batch.count(partition) { $0.deadLettered += 1 }
    telemetry.count("trias_dead_letters_total", 1, labels: labels + [("stage", refusal.stage)])
  }

  /// Far more than one key ever says on one tick, and times the keys of a tick far less than an ordinal holds.
  private static var tickOutputsMax: Int32 { 10_000 }

  private func addTick(_ record: Record, _ partition: Partition<State>, _ batch: inout Batch<State>) throws(Refusal) {
    let tick: TickRecord
    do {
      tick = try TickRecord(record)
    } catch {
      throw Refusal(stage: "schema", field: error.path, reason: error.reason)
    }
    for (number, key) in tick.keys.enumerated() {
      // Each key of a tick has ordinals of its own: what two keys say to the same third one are two origins.
      let firstOrdinal = Int32(number) * Self.tickOutputsMax
      try step(key, .tick, record, nil, tick.nowMs, partition, &batch, firstOrdinal: firstOrdinal)
    }
  }

  private func addEvent(_ record: Record, _ partition: Partition<State>, _ batch: inout Batch<State>) throws(Refusal) {
    guard let keyBytes = record.key, let key = String(validating: keyBytes, as: UTF8.self), !key.isEmpty else {
      throw Refusal(stage: "key", reason: record.key == nil ? "a record needs a key" : "the key is not UTF-8 text")
    }
    let home = Partitioner.partition(of: keyBytes, count: tablePartitions)
    guard home == record.partition else { return try forward(record, to: home, &batch) }
    guard let topic = processor.inputs.first(where: { $0.name == record.topic }) else { return }
    if topic.cleanup == .compact {
      // A state topic of another owner: the last value counts, so only a zombie's late write has to be told apart.
      let epoch = StateRecord<State>.epoch(of: record.headers)
      let highest = max(partition.inputEpochs[record.topic] ?? -1, epoch)
      partition.inputEpochs[record.topic] = highest
      guard epoch == highest || settings.policy.contains(.epochsIgnoredByReaders) else { return }
      var envelope = Envelope(
        id: "\(record.topic)/\(record.partition)/\(record.offset)", source: record.topic, type: "trias.\(record.topic)",
        timeMs: 0)
      envelope.causationId = record.headers.string("ce_causationid")
      return try step(key, .event(record, envelope), record, nil, 0, partition, &batch)
    }
    let (event, envelope) = try StructuredMode.unpack(record)
    try step(key, .event(event, envelope), event, envelope, envelope.timeMs, partition, &batch)
  }

  /// A record that a foreign producer put into the wrong partition goes to the right one, once.
  private func forward(_ record: Record, to home: Int32, _ batch: inout Batch<State>) throws(Refusal) {
    guard record.headers.value(forwardedHeader) == nil else {
      throw Refusal(stage: "partition", reason: "was forwarded to the wrong partition")
    }
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
    _ key: String, _ input: Input, _ record: Record, _ envelope: Envelope?, _ timeMs: Int64,
    _ partition: Partition<State>, _ batch: inout Batch<State>, firstOrdinal: Int32 = 0
  ) throws(Refusal) {
    var change: Batch<State>.Change
    if let pending = batch.changes[key] {
      change = pending
      if settings.policy.contains(.overlayDropped) { change.state = partition.table[key]?.state }
    } else {
      let entry = partition.table[key]
      change = .init(
        partition: partition.number, state: entry?.state, bookkeeping: entry?.bookkeeping ?? Bookkeeping(), nowMs: 0)
    }
    let isTick = if case .tick = input { true } else { false }
    switch change.bookkeeping.judge(record, envelope, settings.policy) {
    case .applied where isTick && settings.policy.contains(.ticksRepeated): break
    case .applied:
      if !isTick { batch.count(partition.number) { $0.applied += 1 } }
      return
    case .duplicate:
      batch.count(partition.number) { $0.duplicates += 1 }
      return
    case .new: break
    }
    let nowMs = max(change.state.map { logic.now(of: $0) } ?? 0, timeMs)
    let step = try logic.step(key, change.state, input, now: nowMs)
    if !isTick { batch.count(partition.number) { $0.applied += 1 } }
    switch step.change {
    case .none:
      precondition(step.outputs.isEmpty, "\(processor.group.rawValue): outputs without a state to record them with")
      return
    case .set(let state): change.state = state
    case .delete: change.state = nil
    }
    change.bookkeeping.note(record, envelope, recentMax: settings.recentMax)
    change.nowMs = nowMs
    change.inputs.append(record)
    change.applied += isTick ? 0 : 1
    for (ordinal, output) in step.outputs.enumerated() {
      let sent = outgoing(output, record, firstOrdinal + Int32(ordinal))
      let item = OutboxItem(number: partition.nextNumber(), record: sent)
      batch.noteOutbox(bytes: (item.record.value?.count ?? 0) + item.record.headers.bytes.count)
      change.outbox.append(item)
    }
    batch.set(key, change)
  }

  private func outgoing(_ output: Output, _ input: Record, _ ordinal: Int32) -> OutgoingRecord {
    var envelope = output.envelope
    envelope.origin = Origin(topic: input.topic, partition: input.partition, offset: input.offset, ordinal: ordinal)
    let count = output.topic.partitionCount(domainPartitions: settings.domainPartitions)
    return OutgoingRecord(
      topic: output.topic.name, partition: Partitioner.partition(of: output.key, count: count),
      key: Array(output.key.utf8), value: output.data, headers: envelope.headers)
  }

  // MARK: Committing

  private func commit(_ batch: inout Batch<State>) throws {
    let states = encodeStates(&batch)
    // What has no state to be recorded with goes first: once the state of its key has gone on, nobody would look at the
    // record again. Sent twice it is the same, since it follows from the record alone.
    if !batch.loose.isEmpty, !settings.policy.contains(.deadLettersDropped) { _ = try append(batch.loose) }
    let outputs = batch.keys.flatMap { batch.changes[$0]!.outbox }.sorted { $0.number < $1.number }.map(\.record)
    if settings.policy.contains(.outputsBeforeState), !outputs.isEmpty { _ = try append(outputs) }
    var written: [Int32: Int64] = [:]
    if !states.isEmpty {
      let offsets = try append(states)
      for (record, offset) in zip(states, offsets) {
        if let last = written[record.partition] ?? partitions[record.partition]?.lastStateOffset, offset != last + 1 {
          try repair(record.partition, from: last + 1, upTo: offset, writing: states)
        }
        written[record.partition] = offset
      }
    }
    if settings.policy.contains(.commitBeforeOutputs) {
      install(batch, written)
      try commit(wait: true)
    }
    if !settings.policy.contains(.outputsBeforeState), !outputs.isEmpty { _ = try append(outputs) }
    if !settings.policy.contains(.commitBeforeOutputs) { install(batch, written) }
  }

  /// A state that no broker would take is not written: its records become dead letters, and the key stays as it was.
  private func encodeStates(_ batch: inout Batch<State>) -> [OutgoingRecord] {
    var states: [OutgoingRecord] = []
    states.reserveCapacity(batch.keys.count)
    for key in batch.keys {
      let change = batch.changes[key]!
      let partition = partitions[change.partition]!
      let record = StateRecord.encode(
        table: processor.table, partition: change.partition, key: key, state: change.state,
        bookkeeping: change.bookkeeping, outbox: change.outbox, epoch: partition.epoch,
        reducerVersion: processor.reducerVersion, nowMs: change.nowMs,
        cause: processor.table.isPublic ? change.inputs.last?.headers.string("ce_id") : nil,
        number: partition.nextNumber())
      let bytes = (record.value?.count ?? 0) + record.headers.bytes.count
      guard bytes <= settings.recordBytesMax else {
        let refusal = Refusal(
          stage: "size", reason: "the state of \(key) would be \(bytes) bytes, the most is \(settings.recordBytesMax)")
        for input in change.inputs { refuse(input, refusal, change.partition, &batch) }
        batch.count(change.partition) { $0.applied -= change.applied }
        batch.drop(key)
        continue
      }
      states.append(record)
    }
    return states
  }

  /// From here on the batch counts. Nothing of it may show before: a table that is kept over a fault would be taken to
  /// hold what was written after it.
  private func install(_ batch: Batch<State>, _ written: [Int32: Int64]) {
    for key in batch.keys {
      let change = batch.changes[key]!
      let partition = partitions[change.partition]!
      partition.table[key] = Entry(state: change.state, bookkeeping: change.bookkeeping)
      if let dueMs = change.state?.nextDueMs { partition.due.add(key, dueMs: dueMs) }
    }
    for (number, offset) in written {
      partitions[number]?.lastStateOffset = offset
      partitions[number]?.watermark = offset
    }
    for (topicPartition, offset) in batch.positions {
      guard let partition = partitions[topicPartition.partition] else { continue }
      partition.positions[topicPartition.topic] = offset
      partition.isDirty = true
    }
    for (number, counters) in batch.counters {
      guard let partition = partitions[number] else { continue }
      partition.counters.applied += counters.applied
      partition.counters.duplicates += counters.duplicates
      partition.counters.deadLettered += counters.deadLettered
      telemetry.count("trias_records_total", Int(counters.applied), labels: labels + [("outcome", "applied")])
      telemetry.count("trias_records_total", Int(counters.duplicates), labels: labels + [("outcome", "duplicate")])
      telemetry.count(
        "trias_records_total", Int(counters.deadLettered), labels: labels + [("outcome", "dead-lettered")])
    }
  }
}

private let forwardedHeader = "trias_forwarded"
