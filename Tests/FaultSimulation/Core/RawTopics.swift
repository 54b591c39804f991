import Contracts
import MemoryLog
import MessageLog

/// What is in the topics, read as a stranger reads it.
struct RawTopics {
  private let log: MemoryLog

  init(_ log: MemoryLog) { self.log = log }

  /// A judge who has seen less than was written would find nothing wrong. Only compaction may have taken something away, and
  /// never a topic's beginning.
  func missing(_ topics: [Topic], partitions: Int) -> [String] {
    guard let reader = try? log.makeConsumer(name: "missing", group: nil) else { return ["I1: nothing can be read"] }
    defer { reader.close() }
    return topics.flatMap { topic in
      let there = Dictionary(grouping: log.records(of: topic.name), by: \.partition).mapValues(\.count)
      return (0..<Int32(topic.partitionCount(domainPartitions: partitions))).compactMap { number -> String? in
        let at = TopicPartition(topic.name, number)
        guard let bounds = try? reader.bounds(of: at) else { return "I1: there is no \(at)" }
        if bounds.begin != 0 { return "I1: \(at) begins at \(bounds.begin)" }
        let count = Int64(there[number] ?? 0)
        return topic.cleanup == .compact || count == bounds.end
          ? nil : "I1: \(at) has \(count) records of \(bounds.end)"
      }
    }
  }

  /// In log order per partition, takeovers left out.
  func records(of topic: Topic) -> [Record] {
    log.records(of: topic.name).filter {
      $0.headers.value("trias_takeover") == nil && $0.headers.value("trias_handover") == nil
    }
  }

  /// The last value of each key of a state topic, as its readers see it: takeovers count, lower epochs don't.
  func states(of topic: Topic) -> [String: [UInt8]] {
    var states: [String: [UInt8]] = [:]
    var epochs: [Int32: Int64] = [:]
    for record in log.records(of: topic.name) {
      if record.headers.value("trias_takeover") != nil {
        epochs[record.partition] = max(epochs[record.partition] ?? 0, record.offset)
        continue
      }
      if record.headers.value("trias_handover") != nil { continue }
      let epoch = record.headers.string("trias_epoch").flatMap { Int64($0) } ?? 0
      guard epoch >= epochs[record.partition] ?? 0 else { continue }
      states[String(decoding: record.key ?? [], as: UTF8.self)] = record.value
    }
    return states
  }

  /// One record per id, the first; what was said under an id and was not the same goes to `violations`. By origin: two
  /// inputs may each have led to it.
  func distinct(
    _ topic: Topic, byOrigin: Bool = false, _ violations: inout [String]
  ) -> [(id: String, record: Record)] {
    var first: [String: Record] = [:]
    var distinct: [(id: String, record: Record)] = []
    for record in records(of: topic) {
      let id = record.headers.string("ce_id") ?? ""
      let identity = byOrigin ? "\(id) \(record.headers.string("ce_origin") ?? "")" : id
      guard let other = first[identity] else {
        first[identity] = record
        distinct.append((id, record))
        continue
      }
      if other.value != record.value || other.key != record.key || other.headers != record.headers {
        violations.append(
          "I3: \(id) was said twice and not the same: \(topic.name)/\(record.partition)@\(other.offset) of "
            + "\(other.headers.string("ce_origin") ?? "?") and @\(record.offset) of "
            + "\(record.headers.string("ce_origin") ?? "?")")
      }
    }
    return distinct
  }

  /// Which records became dead letters, as topic/partition/offset. Twice is the same.
  func deadLetters(of group: ConsumerGroup, _ violations: inout [String]) -> Set<String> {
    var letters: [String: Record] = [:]
    for record in records(of: group.deadLetter) {
      let place = [DeadLetterHeader.topic, DeadLetterHeader.partition, DeadLetterHeader.offset].map {
        record.headers.string($0) ?? "?"
      }.joined(separator: "/")
      if let other = letters.updateValue(record, forKey: place),
        other.value != record.value || other.headers != record.headers
      {
        violations.append("I3: the dead letter of \(place) was written twice and not the same")
      }
    }
    return Set(letters.keys)
  }
}
