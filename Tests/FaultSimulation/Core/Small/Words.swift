import Streams

/// Numbers as bytes, eight each: the form of what the small processors keep and say.
enum Words {
  static func encode(_ words: [Int64]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.count * 8)
    for word in words { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
    return bytes
  }

  /// nil: not a whole number of words.
  static func decode(_ bytes: [UInt8]?) -> [Int64]? {
    guard let bytes, bytes.count % 8 == 0 else { return nil }
    return bytes.withUnsafeBytes { buffer in
      (0..<(bytes.count / 8)).map {
        Int64(littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
      }
    }
  }

  /// One step of a digest in which the order counts.
  static func chained(_ digest: Int64, _ word: Int64) -> Int64 {
    (digest ^ word) &* 0x0000_0100_0000_01b3 &+ 0x1234_5678
  }

  /// Of a text, for sums in which the order doesn't count.
  static func digest(_ text: String) -> Int64 {
    text.utf8.reduce(0x4bf2_9ce4_8422_2325) { chained($0, Int64($1)) }
  }
}

struct WordsError: Error {}

/// What one key of `Tally` has counted.
struct TallyState: TableValue {
  /// Per input topic how many and which, in order.
  var counts: [Int64] = [0, 0]
  var digests: [Int64] = [0, 0]
  var sum: Int64 = 0
  var ticks: Int64 = 0
  var nowMs: Int64 = 0
  /// What it has still to ring, in that order.
  var alarms: [Alarm] = []

  /// Each event sets one, at a moment that stands in it.
  struct Alarm {
    var dueMs: Int64
    var number: Int64
  }

  var nextDueMs: Int64? { alarms.first?.dueMs }
  var total: Int64 { counts[0] + counts[1] }

  mutating func set(_ alarm: Alarm) {
    alarms.append(alarm)
    alarms.sort { ($0.dueMs, $0.number) < ($1.dueMs, $1.number) }
  }

  mutating func ring(_ nowMs: Int64) -> [Alarm] {
    let due = alarms.prefix { $0.dueMs <= nowMs }
    alarms.removeFirst(due.count)
    return Array(due)
  }

  static func decode(_ bytes: [UInt8]) throws -> TallyState {
    guard let words = Words.decode(bytes), words.count >= 7, words.count % 2 == 1 else { throw WordsError() }
    return TallyState(
      counts: [words[0], words[1]], digests: [words[2], words[3]], sum: words[4], ticks: words[5], nowMs: words[6],
      alarms: stride(from: 7, to: words.count, by: 2).map { Alarm(dueMs: words[$0], number: words[$0 + 1]) })
  }

  func encode() -> [UInt8] {
    Words.encode(
      [counts[0], counts[1], digests[0], digests[1], sum, ticks, nowMs] + alarms.flatMap { [$0.dueMs, $0.number] })
  }
}

/// What one key of `Sum` has added up.
struct SumState: TableValue, Equatable {
  var count: Int64 = 0
  var sum: Int64 = 0
  var digest: Int64 = 0

  var nextDueMs: Int64? { nil }

  static func decode(_ bytes: [UInt8]) throws -> SumState {
    guard let words = Words.decode(bytes), words.count == 3 else { throw WordsError() }
    return SumState(count: words[0], sum: words[1], digest: words[2])
  }

  func encode() -> [UInt8] { Words.encode([count, sum, digest]) }
}

/// What one key of `Mirror` has seen.
struct MirrorState: TableValue {
  var seen = SumState()
  /// How often what it saw was older than what it had seen.
  var regressions: Int64 = 0

  var nextDueMs: Int64? { nil }

  static func decode(_ bytes: [UInt8]) throws -> MirrorState {
    guard let words = Words.decode(bytes), words.count == 4 else { throw WordsError() }
    return MirrorState(seen: SumState(count: words[0], sum: words[1], digest: words[2]), regressions: words[3])
  }

  func encode() -> [UInt8] { Words.encode([seen.count, seen.sum, seen.digest, regressions]) }
}
