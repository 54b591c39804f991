import Contracts
import MessageLog

// What can't be read goes to the group's dead-letter topic as it came: raw key, value and headers, with the stage, the
// reason and where it stood, so that it can be mended and replayed.

enum DeadLetters {
  static func record(
    _ bad: Record, _ refusal: Refusal, group: ConsumerGroup, domainPartitions: Int, bytesMax: Int
  ) -> OutgoingRecord {
    let (bad, leftOut) = cut(bad, bytesMax)
    // A letter that was sent in again and comes back keeps one set of these headers, and counts its attempts.
    let attempts = bad.headers.string(DeadLetterHeader.attempts).flatMap { Int($0) } ?? 0
    var headers = bad.headers
    if attempts > 0 {
      headers = Headers()
      for (name, value) in bad.headers.pairs where !name.hasPrefix(DeadLetterHeader.prefix) {
        headers.append(name, value)
      }
    }
    headers.append(DeadLetterHeader.stage, refusal.stage)
    if let field = refusal.field { headers.append(DeadLetterHeader.field, short(field)) }
    headers.append(DeadLetterHeader.reason, short(refusal.reason))
    headers.append(DeadLetterHeader.topic, bad.topic)
    headers.append(DeadLetterHeader.partition, String(bad.partition))
    headers.append(DeadLetterHeader.offset, String(bad.offset))
    headers.append(DeadLetterHeader.attempts, String(attempts + 1))
    if leftOut > 0 { headers.append(DeadLetterHeader.leftOut, String(leftOut)) }
    let topic = group.deadLetter
    let count = topic.partitionCount(domainPartitions: domainPartitions)
    return OutgoingRecord(
      topic: topic.name, partition: Int32(Int(bad.partition) % count), key: bad.key, value: bad.value, headers: headers)
  }

  /// What is wrong may be in the reason, and as long as a record.
  private static let wordsMax = 1_024

  private static func short(_ text: String) -> String {
    text.utf8.count <= wordsMax ? text : String(decoding: text.utf8.prefix(wordsMax), as: UTF8.self) + "…"
  }

  /// A record as large as the broker takes has no room for a letter's headers, and a letter that can't be written would
  /// hold its partition up for ever. The beginning says what it was; the whole stands where it came from.
  private static func cut(_ bad: Record, _ bytesMax: Int) -> (Record, leftOut: Int) {
    guard bad.byteCount > bytesMax else { return (bad, 0) }
    var part = bad
    part.headers = Headers()
    var room = bytesMax
    for (name, value) in bad.headers.pairs where name.utf8.count + value.count + 5 <= min(room, 4_096) {
      part.headers.append(name, value)
      room -= name.utf8.count + value.count + 5
    }
    part.key = bad.key.map { Array($0.prefix(min(room, 4_096))) }
    room -= part.key?.count ?? 0
    part.value = bad.value.map { Array($0.prefix(room)) }
    return (part, bad.byteCount - part.byteCount)
  }
}
