import Contracts
import MessageLog

// What a processor says of itself beside its counters: how far behind it is, what it holds, how long its work takes. Read
// from what the client and the tables know anyway: the broker is never asked for it.

extension ProcessorEngine {
  static var measureIntervalMs: Int64 { 1_000 }

  /// Who watches a counter sees its first event only if it was there before.
  func countFromZero() {
    for stage in ["envelope", "key", "schema", "size", "time"] {
      telemetry.count("trias_dead_letters_total", 0, labels: labels + [("stage", stage)])
    }
    telemetry.count("trias_processor_restarts_total", 0, labels: labels)
    telemetry.count("trias_partitions_stopped_total", 0, labels: labels)
    telemetry.count("trias_zombie_writes_total", 0, labels: labels)
    telemetry.count("trias_forwarded_total", 0, labels: labels)
  }

  func measure(_ nowMs: Int64) {
    guard nowMs - lastMeasureMs >= Self.measureIntervalMs || nowMs < lastMeasureMs else { return }
    lastMeasureMs = nowMs
    var (keys, due) = (0, 0)
    var stopped = 0
    for partition in partitions.values {
      whileNobodyLooks { partition.forgetDeleted(before: nowMs - settings.deletedKeepMs) }
      keys += partition.table.count
      due += partition.due.count
      if partition.stopped != nil { stopped += 1 }
      for topic in inputTopics {
        guard let next = partition.positions[topic] ?? partition.starts[topic],
          let end = consumer?.knownEnd(of: TopicPartition(topic, partition.number))
        else { continue }
        telemetry.gauge(
          "trias_consumer_lag_records", Double(max(0, end - next)), labels: lagLabels(topic, partition.number))
      }
    }
    telemetry.gauge("trias_table_keys", Double(keys), labels: labels)
    telemetry.gauge("trias_due_entries", Double(due), labels: labels)
    telemetry.gauge("trias_partitions", Double(partitions.count - stopped), labels: labels + [("standing", "running")])
    telemetry.gauge("trias_partitions", Double(stopped), labels: labels + [("standing", "stopped")])
  }

  /// Of a partition that is another's now, the lag is his to tell.
  func measureNoMore(_ numbers: some Sequence<Int32>) {
    for number in numbers {
      for topic in inputTopics { telemetry.clear("trias_consumer_lag_records", labels: lagLabels(topic, number)) }
    }
  }

  private func lagLabels(_ topic: String, _ partition: Int32) -> [(String, String)] {
    labels + [("topic", topic), ("partition", "\(partition)")]
  }
}

/// Times pieces of work. Only measured, never decided on.
struct Stopwatch {
  private var at = ContinuousClock.now

  /// Milliseconds since it was made or last asked.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    let passed = at.duration(to: now).components
    at = now
    return Double(passed.seconds) * 1e3 + Double(passed.attoseconds) / 1e15
  }
}

extension Partition {
  func noteDeleted(_ key: String, atMs: Int64) {
    deletedMs[key] = atMs
    deletions.append((key, atMs))
  }

  /// A deleted key keeps what it has seen, so that a late repetition doesn't bring it back; but not for ever, as little
  /// as the tombstone in the log, which compaction takes away.
  func forgetDeleted(before ms: Int64) {
    var count = 0
    for (key, atMs) in deletions {
      guard atMs < ms else { break }
      count += 1
      // Deleted again since: its later mention counts.
      guard deletedMs[key] == atMs else { continue }
      deletedMs[key] = nil
      if let entry = table[key], entry.state == nil { table[key] = nil }
    }
    if count > 0 { deletions.removeFirst(count) }
  }
}
