import MessageLog

/// One partition: its records in offset order. Compaction leaves gaps between offsets, as Kafka's does, so a record is
/// found by searching and never by subtracting.
struct MemoryPartition {
  private(set) var records: [Record] = []
  private(set) var begin: Int64 = 0
  private(set) var end: Int64 = 0

  mutating func append(_ record: OutgoingRecord, timestampMs: Int64) -> Int64 {
    let offset = end
    records.append(
      Record(
        topic: record.topic, partition: record.partition, offset: offset, timestampMs: timestampMs, key: record.key,
        value: record.value, headers: record.headers))
    end += 1
    return offset
  }

  /// At most so many records, and none more once they hold so many bytes.
  func read(from offset: Int64, max: Int, bytes: Int) -> ArraySlice<Record> {
    let first = index(of: offset)
    var (end, taken) = (first, 0)
    while end < records.count, end - first < max, taken < bytes {
      taken += records[end].byteCount
      end += 1
    }
    return records[first..<end]
  }

  /// Keeps the last record of each key among those from the beginning up to the first that is not older, as a compacted
  /// topic may do at any time. Tombstones stay.
  mutating func compact(olderThanMs limit: Int64) {
    let end = records.firstIndex { $0.timestampMs >= limit } ?? records.endIndex
    var last: [[UInt8]: Int64] = [:]
    for record in records[..<end] { if let key = record.key { last[key] = record.offset } }
    let kept = records[..<end].filter { record in record.key.map { last[$0] == record.offset } ?? true }
    records.replaceSubrange(..<end, with: kept)
  }

  /// Drops what is older, as retention does.
  mutating func truncate(before offset: Int64) {
    let offset = min(offset, end)
    guard offset > begin else { return }
    records.removeFirst(index(of: offset))
    begin = offset
  }

  /// The index of the first record at or after that offset.
  private func index(of offset: Int64) -> Int {
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
