import Contracts
import MessageLog

/// Who owns a partition of a table, by his own word.
package struct TableOwner: Sendable, Equatable {
  /// The offset of his takeover record.
  package var epoch: Int64
  package var instance: String
  /// Where he answers questions about the table; nil: nowhere.
  package var address: String?
}

/// What anybody can find out about a table from the log alone: who owns a partition, and what was last written under a
/// key. Blocks; each question has clients of its own, so it may be asked on any thread.
package struct TableLookup: Sendable {
  /// A state as it stands in the log.
  package struct Found: Sendable {
    /// nil: nothing is known under the key.
    package var value: [UInt8]?
    /// The reducer's version that it is written in.
    package var version: Int
    /// When the last record of its partition was written: up to then the table was like that.
    package var asOfMs: Int64
  }

  private let log: any MessageLog
  private let processor: AnyProcessor
  private let inputTopics: [String]
  private let tablePartitions: Int

  package init(_ processor: AnyProcessor, log: any MessageLog, domainPartitions: Int) {
    self.log = log
    self.processor = processor
    inputTopics = processor.inputs.map(\.name) + [processor.group.ticks.name]
    tablePartitions = processor.table.partitionCount(domainPartitions: domainPartitions)
  }

  package func partition(of key: String) -> Int32 { Partitioner.partition(of: key, count: tablePartitions) }

  /// The group's commits say where his takeover record stands, and that says who he is: two questions, however long the
  /// log. nil where nobody has committed yet, or where the record is gone because a later owner took over, who has not
  /// committed yet either.
  package func owner(of number: Int32, timeoutMs: Int64 = 2_000) throws(LogError) -> TableOwner? {
    let asker = try log.makeConsumer(name: "\(processor.group.rawValue).owner", group: processor.group.rawValue)
    defer { asker.close() }
    let positions = try asker.committed(inputTopics.map { TopicPartition($0, number) })
    let epochs = positions.values.compactMap { CommitMetadata($0.metadata)?.ownerEpoch }
    guard let epoch = epochs.max() else { return nil }
    let reader = try log.makeConsumer(name: "\(processor.group.rawValue).owner", group: nil)
    defer { reader.close() }
    let table = TopicPartition(processor.table.name, number)
    let bounds = try reader.bounds(of: table)
    guard epoch >= bounds.begin, epoch < bounds.end else { return nil }
    let deadlineMs = Uptime.nowMs + timeoutMs
    let records = try reader.records(of: table, in: epoch..<epoch + 1, untilUptimeMs: deadlineMs)
    guard let record = records.first, let instance = record.headers.text(Takeover.header) else { return nil }
    return TableOwner(epoch: epoch, instance: instance, address: record.headers.text(Takeover.addressHeader))
  }

  /// So many records are read at first, then twice as many, up to the most: what was written lately is found at once,
  /// and what was not in as long as it takes to read the partition.
  private static let stepFirst: Int64 = 256
  private static let stepMost: Int64 = 16_384

  /// What was last written under the key. What a zombie wrote late is told by the takeover before it, where that was read
  /// with it; where it wasn't, the owner has most probably written over it by now, which he does within a minute. Throws
  /// `.unavailable` where it takes longer than that.
  package func newest(_ key: String, timeoutMs: Int64) throws(LogError) -> Found {
    let deadlineMs = Uptime.nowMs + timeoutMs
    let table = TopicPartition(processor.table.name, partition(of: key))
    let reader = try log.makeConsumer(name: "\(processor.group.rawValue).lookup", group: nil)
    defer { reader.close() }
    let bounds = try reader.bounds(of: table)
    let keyBytes = Array(key.utf8)
    var end = bounds.end
    var step = Self.stepFirst
    var asOfMs: Int64 = -1
    while end > bounds.begin {
      let window = max(bounds.begin, end - step)..<end
      var filter = StateFilter()
      var last: Record?
      for record in try reader.records(of: table, in: window, untilUptimeMs: deadlineMs) {
        asOfMs = max(asOfMs, record.timestampMs)
        if filter.admits(record), record.key == keyBytes { last = record }
      }
      if let last {
        let version = Int(last.headers.number(StateHeader.reducerVersion) ?? 1)
        return Found(value: last.value, version: version, asOfMs: asOfMs)
      }
      end = window.lowerBound
      step = min(step * 2, Self.stepMost)
    }
    return Found(value: nil, version: processor.reducerVersion, asOfMs: asOfMs)
  }
}

extension LogConsumer {
  /// The records that stand in that range of a partition, which begins and ends within what is there. Some of them may be
  /// gone by compaction. Throws `.unavailable` where they don't come in time.
  package func records(
    of partition: TopicPartition, in range: Range<Int64>, untilUptimeMs deadlineMs: Int64
  ) throws(LogError) -> [Record] {
    guard !range.isEmpty else { return [] }
    try assign([partition: range.lowerBound])
    var found: [Record] = []
    while true {
      let left = deadlineMs - Uptime.nowMs
      guard left > 0 else { throw .unavailable("\(partition) could not be read in time") }
      let records = try poll(maxRecords: 1_000, timeoutMs: Int(min(left, 200)))
      for record in records where range.contains(record.offset) { found.append(record) }
      if let last = records.last, last.offset >= range.upperBound - 1 { return found }
    }
  }
}

extension TableValue {
  /// Reads what a reducer of that version wrote; nil where that is a newer one than `own`, which can't be read.
  package static func decode(_ value: [UInt8], version: Int, own: Int) throws -> Self? {
    guard version <= own else { return nil }
    return try decode(try (version..<own).reduce(value) { try upcast($0, from: $1) })
  }
}

extension Headers {
  fileprivate func text(_ name: StaticString) -> String? { value(name).map { String(decoding: $0, as: UTF8.self) } }
}
