import Contracts
import MessageLog

// The reading from the end: for what was most probably written lately.

extension TopicReader {
  /// So many records of each partition are read at first, then twice as many, up to the most.
  static let stepFirst: Int64 = 256
  static let stepMost: Int64 = 16_384

  /// The last of its partition that matches, looked for from the topic's end backwards in steps that double: what was written
  /// lately is found at once, however long the topic; what isn't there costs the whole topic, once. With a key only its
  /// partition is read; without one, of several partitions' it is any.
  package static func newest(
    _ topic: Topic, in log: any MessageLog, key: [UInt8]? = nil, where matches: (Record) throws -> Bool
  ) throws -> Record? {
    guard let count = try log.partitionCount(of: topic.name) else {
      throw LogError.rejected("there is no topic \(topic.name): `trias topics apply` creates it")
    }
    var consumer = try log.makeConsumer(name: "reader", group: nil)
    defer { consumer.close() }
    let numbers = key.map { [Partitioner.partition(of: $0, count: count)] } ?? Array(0..<Int32(count))
    /// Per partition what is not read yet.
    var left: [TopicPartition: Range<Int64>] = [:]
    for partition in numbers.map({ TopicPartition(topic.name, $0) }) {
      let bounds = try consumer.bounds(of: partition)
      if bounds.begin < bounds.end { left[partition] = bounds.begin..<bounds.end }
    }
    var step = stepFirst
    while !left.isEmpty {
      let windows = left.mapValues { max($0.lowerBound, $0.upperBound - step)..<$0.upperBound }
      do {
        if let found = try last(consumer, windows, where: matches) { return found }
      } catch let error as LogError {
        // The same windows once more, without what is no longer there.
        let begins = try begins(behind: windows.mapValues(\.lowerBound), &consumer, log, after: error)
        for (partition, range) in left {
          let begin = max(range.lowerBound, begins[partition]!)
          left[partition] = begin < range.upperBound ? begin..<range.upperBound : nil
        }
        continue
      }
      for (partition, window) in windows {
        let rest = left[partition]!.lowerBound..<window.lowerBound
        left[partition] = rest.isEmpty ? nil : rest
      }
      step = min(step * 2, stepMost)
    }
    return nil
  }

  private static func last(
    _ consumer: any LogConsumer, _ windows: [TopicPartition: Range<Int64>], where matches: (Record) throws -> Bool
  ) throws -> Record? {
    var next = windows.mapValues(\.lowerBound)
    try consumer.assign(next)
    var last: Record?
    while next.contains(where: { $0.value < windows[$0.key]!.upperBound }) {
      for record in try consumer.poll(maxRecords: 1_000, timeoutMs: 1_000) {
        let partition = TopicPartition(record.topic, record.partition)
        guard let window = windows[partition] else { continue }
        next[partition] = max(next[partition]!, record.offset + 1)
        if window.contains(record.offset), try matches(record) { last = record }
      }
    }
    return last
  }
}
