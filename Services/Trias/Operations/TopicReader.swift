import Contracts
import MessageLog

/// Reads what a topic holds now, from its beginning to where it ends when the reading begins. Joins no group.
package enum TopicReader {
  /// `body` returns false to stop.
  package static func forEach(
    _ topic: Topic, in log: any MessageLog, from starts: [TopicPartition: Int64] = [:], _ body: (Record) throws -> Bool
  ) throws {
    guard let count = try log.partitionCount(of: topic.name) else {
      throw LogError.rejected("there is no topic \(topic.name): `trias topics apply` creates it")
    }
    var consumer = try log.makeConsumer(name: "reader", group: nil)
    defer { consumer.close() }
    var next: [TopicPartition: Int64] = [:]
    var ends: [TopicPartition: Int64] = [:]
    for partition in (0..<Int32(count)).map({ TopicPartition(topic.name, $0) }) {
      let bounds = try consumer.bounds(of: partition)
      let start = max(bounds.begin, starts[partition] ?? bounds.begin)
      guard start < bounds.end else { continue }
      next[partition] = start
      ends[partition] = bounds.end
    }
    guard !next.isEmpty else { return }
    try consumer.assign(next)
    while next.contains(where: { $0.value < ends[$0.key] ?? 0 }) {
      let records: [Record]
      do {
        records = try consumer.poll(maxRecords: 1_000, timeoutMs: 1_000)
      } catch {
        let begins = try begins(behind: next, &consumer, log, after: error)
        next.merge(begins) { max($0, $1) }
        try consumer.assign(next)
        continue
      }
      for record in records {
        let partition = TopicPartition(record.topic, record.partition)
        next[partition] = record.offset + 1
        guard record.offset < ends[partition] ?? 0 else { continue }
        if try !body(record) { return }
      }
    }
  }

  /// What is dropped while this reads is no longer held: the embedded broker drops the oldest at any time. So a reading that
  /// failed goes on with a new consumer, from where the partitions begin by now; throws the failure where nothing of what
  /// was to come next was dropped.
  static func begins(
    behind next: [TopicPartition: Int64], _ consumer: inout any LogConsumer, _ log: any MessageLog,
    after failure: any Error
  ) throws -> [TopicPartition: Int64] {
    consumer.close()
    consumer = try log.makeConsumer(name: "reader", group: nil)
    var begins: [TopicPartition: Int64] = [:]
    for partition in next.keys { begins[partition] = try consumer.bounds(of: partition).begin }
    guard next.contains(where: { $0.value < begins[$0.key]! }) else { throw failure }
    return begins
  }

  /// The last record that has a value.
  package static func last(_ topic: Topic, in log: any MessageLog) throws -> Record? {
    var last: Record?
    try forEach(topic, in: log) { record in
      if record.value != nil { last = record }
      return true
    }
    return last
  }
}
