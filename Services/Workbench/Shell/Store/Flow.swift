// What passes through the topics: the last records, totals, and how long it takes from an event to its list.

import Contracts

/// One record as the live strip shows it.
struct FlowRecord: Encodable, Sendable {
  /// The workbench's own number, so that a screen asks for what it hasn't seen.
  var seq: Int64
  var topic: String
  var type: String
  var key: String
  var atMs: Int64
  /// From the producer's clock until it was read here; nil where the broker doesn't say.
  var delayMs: Int64?
  var partition: Int32
  var offset: Int64
}

struct Latency: Encodable, Sendable, Equatable {
  var p50Ms: Int64
  var p99Ms: Int64
  var samples: Int
}

struct Flow: Sendable {
  static let recordsMax = 400
  static let samplesMax = 1_000
  /// What is older says nothing of how fast the suite is now.
  static let latencyWindowMs: Int64 = 60_000

  private(set) var seq: Int64 = 0
  private var records: [FlowRecord] = []
  private(set) var totals: [String: Int] = [:]
  private var samples: [(atMs: Int64, ms: Int64)] = []
  private var nextSample = 0

  mutating func count(_ topic: String, _ n: Int) { totals[topic, default: 0] += n }

  mutating func add(_ record: FlowRecord) {
    seq += 1
    var record = record
    record.seq = seq
    records.append(record)
    // Dropped in bulk, so that appending stays cheap.
    if records.count >= 2 * Self.recordsMax { records.removeFirst(records.count - Self.recordsMax) }
  }

  /// The latest that came after `seq`, at most `max`.
  func records(after seq: Int64, max: Int) -> [FlowRecord] {
    let fresh = records.count - (records.firstIndex { $0.seq > seq } ?? records.count)
    return Array(records.suffix(min(fresh, max)))
  }

  /// `atMs`: when the list was written.
  mutating func sample(_ ms: Int64, atMs: Int64) {
    if samples.count < Self.samplesMax {
      samples.append((atMs, ms))
    } else {
      samples[nextSample] = (atMs, ms)
      nextSample = (nextSample + 1) % Self.samplesMax
    }
  }

  /// Of the last minute; nil where nothing was listed in it.
  func latency(nowMs: Int64) -> Latency? {
    let sorted = samples.filter { nowMs - $0.atMs <= Self.latencyWindowMs }.map(\.ms).sorted()
    guard !sorted.isEmpty else { return nil }
    func quantile(_ q: Double) -> Int64 { sorted[min(sorted.count - 1, Int(q * Double(sorted.count)))] }
    return Latency(p50Ms: quantile(0.5), p99Ms: quantile(0.99), samples: sorted.count)
  }
}
