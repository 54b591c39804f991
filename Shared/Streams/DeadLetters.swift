import Contracts
import MessageLog

// What can't be read goes to the group's dead-letter topic as it came: raw key, value and headers, with the stage, the
// reason and where it stood, so that it can be mended and replayed.

enum DeadLetters {
  static func record(_ bad: Record, _ refusal: Refusal, group: ConsumerGroup, domainPartitions: Int) -> OutgoingRecord {
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
    if let field = refusal.field { headers.append(DeadLetterHeader.field, field) }
    headers.append(DeadLetterHeader.reason, refusal.reason)
    headers.append(DeadLetterHeader.topic, bad.topic)
    headers.append(DeadLetterHeader.partition, String(bad.partition))
    headers.append(DeadLetterHeader.offset, String(bad.offset))
    headers.append(DeadLetterHeader.attempts, String(attempts + 1))
    let topic = group.deadLetter
    let count = topic.partitionCount(domainPartitions: domainPartitions)
    return OutgoingRecord(
      topic: topic.name, partition: Int32(Int(bad.partition) % count), key: bad.key, value: bad.value, headers: headers)
  }
}
