import Contracts
import Foundation
import MessageLog

/// Reads and writes topics as a stranger does: bytes, headers, JSON by Foundation.
package struct RawLog {
  package let log: any MessageLog
  package let partitions: Int

  package struct Event {
    package var type: String
    package var id: String
    package var key: String
    package var timeMs: Int64
    package var data: [String: Any]
    /// When it happened, by its own word; `timeMs` is when it was recorded.
    package var saidMs: Int64
  }

  package init(log: any MessageLog, partitions: Int) {
    self.log = log
    self.partitions = partitions
  }

  package static func record(
    _ topic: Topic, key: String, type: String, id: String, data: [String: Any], timeMs: Int64, partitions: Int,
    source: String = "end-to-end"
  ) -> OutgoingRecord {
    var headers = Headers()
    headers.append("ce_specversion", "1.0")
    headers.append("ce_id", id)
    headers.append("ce_source", source)
    headers.append("ce_type", type)
    headers.append("ce_time", Date(timeIntervalSince1970: Double(timeMs) / 1_000).ISO8601Format())
    return OutgoingRecord(
      topic: topic.name,
      partition: Partitioner.partition(of: key, count: topic.partitionCount(domainPartitions: partitions)),
      key: Array(key.utf8), value: Array(try! JSONSerialization.data(withJSONObject: data)), headers: headers)
  }

  struct Unread: Error, CustomStringConvertible {
    let description: String
  }

  /// Everything in a topic up to now.
  package func records(of topic: Topic) throws -> [Record] {
    let consumer = try log.makeConsumer(name: "reader", group: nil)
    defer { consumer.close() }
    var starts: [TopicPartition: Int64] = [:]
    var missing: [TopicPartition: Int64] = [:]
    for partition in 0..<Int32(topic.partitionCount(domainPartitions: partitions)) {
      let at = TopicPartition(topic.name, partition)
      let bounds = try consumer.bounds(of: at)
      starts[at] = bounds.begin
      if bounds.end > bounds.begin { missing[at] = bounds.end }
    }
    try consumer.assign(starts)
    var records: [Record] = []
    let deadline = Date().addingTimeInterval(60)
    while !missing.isEmpty, Date() < deadline {
      for record in try consumer.poll(maxRecords: 5_000, timeoutMs: 100) {
        records.append(record)
        let at = TopicPartition(record.topic, record.partition)
        if let end = missing[at], record.offset >= end - 1 { missing[at] = nil }
      }
    }
    // A judge who has seen less than there is would find nothing wrong.
    if let (at, end) = missing.first { throw Unread(description: "\(at) could not be read up to \(end)") }
    return records
  }

  /// Where the broker no longer has the beginning, as one that forgets may: what is judged by such a log is not judged.
  package func cutOff(_ topics: [Topic]) throws -> [String] {
    let consumer = try log.makeConsumer(name: "reader", group: nil)
    defer { consumer.close() }
    return try topics.flatMap { topic in
      try (0..<Int32(topic.partitionCount(domainPartitions: partitions))).compactMap { partition in
        let begin = try consumer.bounds(of: TopicPartition(topic.name, partition)).begin
        return begin == 0 ? nil : "\(topic.name)/\(partition) begins at \(begin)"
      }
    }
  }

  package func events(of topic: Topic) throws -> [Event] {
    try records(of: topic).compactMap { record in
      guard let value = record.value, let data = try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
      else { return nil }
      return Event(
        type: record.headers.string("ce_type") ?? "", id: record.headers.string("ce_id") ?? "",
        key: String(decoding: record.key ?? [], as: UTF8.self), timeMs: record.timestampMs, data: data,
        saidMs: record.headers.string("ce_time").flatMap { try? Date($0, strategy: .iso8601) }.map {
          Int64(($0.timeIntervalSince1970 * 1_000).rounded())
        } ?? record.timestampMs)
    }
  }

  /// The last value of each key of a state topic, as its readers see it: takeovers skipped, lower epochs ignored.
  package func states(of topic: Topic) throws -> [String: [String: Any]] {
    var states: [String: [String: Any]] = [:]
    var epochs: [Int32: Int64] = [:]
    for record in try records(of: topic) {
      if record.headers.value("trias_takeover") != nil || record.headers.value("trias_handover") != nil { continue }
      let epoch = record.headers.string("trias_epoch").flatMap { Int64($0) } ?? 0
      guard epoch >= epochs[record.partition] ?? 0 else { continue }
      epochs[record.partition] = epoch
      let key = String(decoding: record.key ?? [], as: UTF8.self)
      states[key] = record.value.flatMap { try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] }
    }
    return states
  }
}
