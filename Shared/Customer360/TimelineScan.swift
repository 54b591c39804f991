// Reads a customer's events backwards from several partitions of the timeline as one, the newest first, in steps that are
// bounded. It always looks further back where it has looked back least, so that nothing is told before what is newer.

import MessageLog

struct TimelineScan {
  /// One record that belongs to the page, by where it stands.
  struct Hit: Sendable {
    var record: Record
    /// Of the records of its partition none that stands later has an earlier one: clocks may, and pages must not go back
    /// and forth.
    var orderMs: Int64
  }

  /// What is looked at of one partition.
  struct Window: Sendable {
    /// The first record that is there.
    var begin: Int64
    /// What lies from here on is known.
    var next: Int64
    /// The time of the earliest record looked at.
    var floorMs: Int64 = .max
    var step: Int64 = 1

    init(begin: Int64, next: Int64) {
      self.begin = begin
      self.next = next
    }
  }

  static let stepFirst: Int64 = 128
  static let stepMost: Int64 = 1_024

  private(set) var windows: [Int32: Window]
  private(set) var hits: [Hit] = []
  private(set) var looked: Int64 = 0
  /// Partitions in which nothing of the customer stands further ahead.
  private(set) var isOver: Set<Int32> = []
  private let matches: (Record) -> Bool
  /// Nothing of him was recorded before.
  private let earliestMs: Int64

  /// How many records it looks at, whatever it finds.
  private let recordsMax: Int64

  init(
    _ windows: [Int32: Window], recordsMax: Int64, earliestMs: Int64 = .min, matches: @escaping (Record) -> Bool
  ) {
    self.windows = windows
    self.recordsMax = recordsMax
    // Where one was not looked at nothing is known of what is newer: each has its turn before it is enough.
    let first = min(Self.stepFirst, recordsMax / Int64(max(1, windows.count)))
    for partition in windows.keys { self.windows[partition]!.step = max(1, first) }
    self.earliestMs = earliestMs
    self.matches = matches
    for (partition, window) in windows where window.next <= window.begin { isOver.insert(partition) }
  }

  /// What is newer than that is known of all partitions.
  var knownFromMs: Int64 {
    windows.filter { !isOver.contains($0.key) }.map(\.value.floorMs).max() ?? .min
  }

  private var known: [Hit] {
    let knownFromMs = knownFromMs
    return hits.filter { $0.orderMs >= knownFromMs }
  }

  /// Looks back until there are enough hits that nothing newer can come before.
  mutating func look(
    limit: Int, read: (Int32, Range<Int64>) throws(LogError) -> [Record]
  ) throws(LogError) {
    while looked < recordsMax, known.count < limit {
      let open = windows.filter { !isOver.contains($0.key) }
      guard let (partition, window) = open.max(by: { ($0.value.floorMs, $1.key) < ($1.value.floorMs, $0.key) })
      else { return }
      let from = max(window.begin, window.next - min(window.step, recordsMax - looked))
      let records = try read(partition, from..<window.next)
      looked += window.next - from
      var floorMs = window.floorMs
      for record in records.reversed() {
        floorMs = min(floorMs, record.timestampMs)
        if matches(record) { hits.append(Hit(record: record, orderMs: floorMs)) }
      }
      windows[partition]!.floorMs = floorMs
      windows[partition]!.next = from
      windows[partition]!.step = min(window.step * 2, Self.stepMost)
      if from <= window.begin || floorMs < earliestMs { isOver.insert(partition) }
    }
  }

  /// The page, where the next one begins (nil where there is none), and since when all that was recorded is told.
  func page(limit: Int) -> (hits: [Hit], next: [Int32: Int64]?, toldFromMs: Int64) {
    let known = known.sorted {
      ($1.orderMs, $0.record.partition, $1.record.offset) < ($0.orderMs, $1.record.partition, $0.record.offset)
    }
    let page = Array(known.prefix(limit))
    var next = windows.filter { !isOver.contains($0.key) }.mapValues(\.next)
    let told = Set(page.map { TopicPlace($0.record) })
    for hit in hits where !told.contains(TopicPlace(hit.record)) {
      let partition = hit.record.partition
      // Found and not told: the next page finds it again.
      next[partition] = max(next[partition] ?? 0, hit.record.offset + 1)
    }
    let isCut = page.count < known.count
    return (page, next.isEmpty ? nil : next, max(knownFromMs, isCut ? page.last?.orderMs ?? .min : .min))
  }

  private struct TopicPlace: Hashable {
    var partition: Int32
    var offset: Int64

    init(_ record: Record) { (partition, offset) = (record.partition, record.offset) }
  }
}

/// Where a page ends: per partition the offset below which the next one looks on. `0.1207_3.88`
package struct TimelineCursor: Equatable, Sendable {
  static let partitionsMax = 256

  package var offsets: [Int32: Int64]

  init(offsets: [Int32: Int64]) { self.offsets = offsets }

  package init?(_ text: String) {
    offsets = [:]
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count <= Self.partitionsMax else { return nil }
    for part in parts {
      let numbers = part.split(separator: ".", omittingEmptySubsequences: false)
      guard numbers.count == 2, let partition = Int32(numbers[0]), let offset = Int64(numbers[1]), partition >= 0,
        offset >= 0, offsets.updateValue(offset, forKey: partition) == nil
      else { return nil }
    }
  }

  package var text: String { offsets.sorted { $0.key < $1.key }.map { "\($0.key).\($0.value)" }.joined(separator: "_") }
}
