import MessageLog

// Whether a log is still the one that was read. A topic has no identity that its clients could ask for, and one that was
// deleted and made again under its name has offsets that look like the old ones. So a commit tells what the last record
// before it looked like, and whoever goes on from it reads that one once more: another in its place means another log,
// whose records the tables would take for seen. Where it is gone, by retention or compaction, there is nothing to compare.

/// What is remembered of a record: stable over processes and versions.
enum Fingerprint {
  static func of(_ record: Record) -> Int64 {
    of(record.key, record.value, record.headers, StableHash.of(number: record.timestampMs))
  }

  /// Of a record of our own: its time is left out, since the broker may have set it.
  static func ofState(_ record: OutgoingRecord) -> Int64 { of(record.key, record.value, record.headers) }

  static func ofState(_ record: Record) -> Int64 { of(record.key, record.value, record.headers) }

  private static func of(
    _ key: [UInt8]?, _ value: [UInt8]?, _ headers: Headers, _ seed: UInt64 = StableHash.of(number: 0)
  ) -> Int64 {
    var hash = seed
    for part in [key, value, headers.bytes] {
      hash = StableHash.of(number: part.map { Int64($0.count) } ?? -1, after: hash)
      if let part { hash = StableHash.of(bytes: part, after: hash) }
    }
    return Int64(bitPattern: hash)
  }
}

/// How far an input was read: the next offset, and what the record before it looked like.
package struct InputMark: Sendable, Equatable {
  package var offset: Int64
  package var fingerprint: Int64?

  package init(offset: Int64, fingerprint: Int64?) {
    self.offset = offset
    self.fingerprint = fingerprint
  }
}

extension Partition {
  /// What a commit tells of the inputs. A record is looked at only now: the next may come before anybody asks.
  func marks() -> [String: InputMark] {
    for (topic, record) in lastTaken { fingerprints[topic] = Fingerprint.of(record) }
    lastTaken = [:]
    return positions.reduce(into: [:]) { marks, position in
      marks[position.key] = InputMark(offset: position.value, fingerprint: fingerprints[position.key])
    }
  }

  func fingerprintOfState() -> Int64? {
    if let record = watermarkRecord { watermarkFingerprint = Fingerprint.ofState(record) }
    watermarkRecord = nil
    return watermarkFingerprint
  }

  /// What the table says of how far its inputs are applied, whatever became of the group's positions.
  func note(applied: Bookkeeping) {
    for item in applied.applied where item.offset > appliedThrough[item.topic] ?? -1 {
      appliedThrough[item.topic] = item.offset
    }
  }
}

extension ProcessorEngine {
  /// Takes out the records that were read only to be compared. A partition with another one in its place stands still.
  func compared(_ records: [Record]) -> [Record] {
    guard partitions.values.contains(where: { !$0.awaited.isEmpty }) else { return records }
    return records.filter { record in
      guard let partition = partitions[record.partition],
        let mark = partition.awaited.removeValue(forKey: record.topic), record.offset < mark.offset
      else { return true }
      guard Fingerprint.of(record) != mark.fingerprint, !settings.policy.contains(.recreationIgnored) else {
        return false
      }
      standStill(
        partition,
        .recreated(
          TopicPartition(record.topic, record.partition),
          "was read up to offset \(mark.offset), but the record before is another one"))
      readsStopped = true
      return false
    }
  }

  /// Where reading an input begins: at the position, or at the record before it where that may still be there.
  func start(
    of input: TopicPartition, _ partition: Partition, _ known: Known, begin: Int64, end: Int64
  ) throws -> Int64 {
    let applied = partition.appliedThrough[StableHash.of(input.topic)] ?? -1
    guard applied < end || settings.policy.contains(.recreationIgnored) else {
      throw StreamsError.recreated(input, "was applied up to offset \(applied), but ends at \(end)")
    }
    guard let mark = known.mark(of: input) else {
      guard applied < 0 || begin <= applied + 1 || input.topic == ticks.name else {
        throw StreamsError.logLost(
          input,
          "was applied up to offset \(applied), but begins at \(begin), and the group has no position in it: records "
            + "may have been lost unread. Where none were, set the group's position to \(begin)")
      }
      return begin
    }
    guard mark.offset <= end else {
      throw StreamsError.recreated(input, "was read up to offset \(mark.offset), but ends at \(end)")
    }
    // A tick that was deleted unread is nothing lost: who is due stands in the table.
    if mark.offset < begin, input.topic == ticks.name {
      partition.noteDueAnew()
      return begin
    }
    guard mark.offset >= begin else {
      throw StreamsError.logLost(
        input, "was read up to offset \(mark.offset), but begins at \(begin): records were lost unread")
    }
    partition.positions[input.topic] = mark.offset
    guard let fingerprint = mark.fingerprint else { return mark.offset }
    partition.fingerprints[input.topic] = fingerprint
    guard mark.offset > begin else { return mark.offset }
    partition.awaited[input.topic] = mark
    return mark.offset - 1
  }
}

/// What the group has committed of one partition of all inputs.
struct Known {
  private let positions: [TopicPartition: Position]
  private let metadata: [TopicPartition: CommitMetadata]

  init(_ positions: [TopicPartition: Position]) {
    self.positions = positions
    metadata = positions.compactMapValues { CommitMetadata($0.metadata) }
  }

  func metadata(of input: TopicPartition) -> CommitMetadata? { metadata[input] }

  /// The commit up to which the most is out.
  var latest: CommitMetadata? { metadata.values.max { $0.watermark < $1.watermark } }

  /// Apache Kafka deletes a topic's positions with the topic, so those of the other inputs tell this one's as well.
  func mark(of input: TopicPartition) -> InputMark? {
    guard let position = positions[input] else {
      return metadata.values.compactMap { $0.inputs[input.topic] }.max { $0.offset < $1.offset }
    }
    let mark = metadata[input]?.inputs[input.topic]
    return InputMark(offset: position.offset, fingerprint: mark?.offset == position.offset ? mark?.fingerprint : nil)
  }
}

extension StreamsError {
  /// Nothing but the old log fits the tables: their keys remember how far they have seen it.
  static func recreated(_ partition: TopicPartition, _ why: String) -> StreamsError {
    .logLost(
      partition,
      "\(why): it was recreated or cut off. Bring the old log back, or begin anew under another topic-prefix")
  }
}
