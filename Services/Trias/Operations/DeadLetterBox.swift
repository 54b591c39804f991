import Contracts
import MessageLog
import Streams

/// A group's dead letters: what they are, and how they are sent in again.
package struct DeadLetterBox: Sendable {
  package struct Letter: Sendable {
    package var record: Record
    package var refusal: Refusal
    /// Where it stood when it could not be taken.
    package var topic: String
    package var partition: String
    package var offset: String
    package var attempts: Int

    package init(_ record: Record) {
      func text(_ name: String) -> String? { record.headers.string(name) }
      self.record = record
      refusal = Refusal(
        stage: text(DeadLetterHeader.stage) ?? "", field: text(DeadLetterHeader.field),
        reason: text(DeadLetterHeader.reason) ?? "")
      topic = text(DeadLetterHeader.topic) ?? ""
      partition = text(DeadLetterHeader.partition) ?? ""
      offset = text(DeadLetterHeader.offset) ?? ""
      attempts = text(DeadLetterHeader.attempts).flatMap { Int($0) } ?? 1
    }

    /// What staff asked for was read, and is not granted. Who asked was told so, and asks anew if he still means it: sent
    /// in again it would be his word at a time at which he hasn't given it.
    package var isRefusedCommand: Bool {
      (topic == Topics.stewardCommands.name && refusal.stage == "identity")
        || (topic == Topics.draftCommands.name && refusal.stage == "draft")
    }

    /// `<partition>/<offset>` in the dead-letter topic.
    package var place: String { "\(record.partition)/\(record.offset)" }

    /// Of which record it is. A process that was killed before it committed writes the same letter once more.
    var origin: String { offset.isEmpty ? place : "\(topic)/\(partition)/\(offset)" }
  }

  package struct Replayed: Sendable, Equatable {
    package var sent = 0
    /// How many were sent by an earlier replay, and are not again.
    package var sentBefore = 0
    /// With the reason, also those that an earlier replay has left: no key, a topic that isn't the suite's or that a
    /// service owns, …
    package var left: [String] = []
  }

  private let group: ConsumerGroup
  private let log: any MessageLog

  package init(_ group: ConsumerGroup, log: any MessageLog) {
    self.group = group
    self.log = log
  }

  /// The last of them, the oldest first, each record once.
  package func letters(last max: Int = .max) throws -> [Letter] {
    var letters: [Letter] = []
    var seen: Set<String> = []
    try TopicReader.forEach(group.deadLetter, in: log) { record in
      let letter = Letter(record)
      guard seen.insert(letter.origin).inserted else { return true }
      letters.append(letter)
      if letters.count >= 10_000, letters.count / 2 >= max { letters.removeFirst(letters.count - max) }
      return true
    }
    letters.sort { $0.record.timestampMs < $1.record.timestampMs }
    return Array(letters.suffix(max))
  }

  /// Sends them to where they came from: those that were not sent before, or all, or the one at that place. What was
  /// sent is remembered as the position of a group of its own.
  package func replay(all: Bool = false, only place: String? = nil, dryRun: Bool = false) throws -> Replayed {
    let committer = try log.makeConsumer(name: "dlq", group: "trias.dlq.\(group.rawValue)")
    defer { committer.close() }
    let count = try log.partitionCount(of: group.deadLetter.name) ?? 0
    let partitions = (0..<Int32(count)).map { TopicPartition(group.deadLetter.name, $0) }
    var starts: [TopicPartition: Int64] = [:]
    if !all, place == nil { starts = try committer.committed(partitions).mapValues(\.offset) }

    var replayed = Replayed()
    var positions: [TopicPartition: Position] = [:]
    var outgoing: [OutgoingRecord] = []
    var seen: Set<String> = []
    let producer = try log.makeProducer(name: "dlq")
    defer { producer.close(timeoutMs: 5_000) }
    func flush() throws {
      if !dryRun { _ = try producer.append(outgoing, timeoutMs: 30_000) }
      outgoing = []
    }
    try TopicReader.forEach(group.deadLetter, in: log) { record in
      let letter = Letter(record)
      if let place, place != letter.place { return true }
      let isPassed = starts[TopicPartition(record.topic, record.partition)].map { record.offset < $0 } ?? false
      if seen.insert(letter.origin).inserted {
        do throws(Refusal) {
          let record = try again(letter)
          if isPassed {
            replayed.sentBefore += 1
          } else {
            outgoing.append(record)
            replayed.sent += 1
          }
        } catch {
          replayed.left.append("\(letter.place): \(error.reason)")
        }
      }
      positions[TopicPartition(record.topic, record.partition)] = Position(offset: record.offset + 1)
      if outgoing.count >= 500 { try flush() }
      return true
    }
    try flush()
    if !dryRun, place == nil, !positions.isEmpty { try committer.commit(positions, wait: true) }
    return replayed
  }

  /// The record as it was. It comes late, so it can't keep its place among its source's events: without its number it is
  /// recognised by its id.
  private func again(_ letter: Letter) throws(Refusal) -> OutgoingRecord {
    guard let key = letter.record.key, !key.isEmpty else { throw Refusal(stage: "key", reason: "it has no key") }
    if let leftOut = letter.record.headers.string(DeadLetterHeader.leftOut) {
      throw Refusal(stage: "size", reason: "it was too large to be kept whole: \(leftOut) bytes are left out")
    }
    if letter.isRefusedCommand {
      throw Refusal(
        stage: letter.refusal.stage,
        reason: "it is a command that was refused (\(letter.refusal.words)): who still means it gives it anew")
    }
    guard let topic = Topics.named(letter.topic) else {
      throw Refusal(stage: "topic", reason: "it came from \(letter.topic), which is no topic of the suite")
    }
    // What a service wrote is its own to write again: a state would go back to what it was, an event would count once
    // more with everybody who has read it.
    if let owner = topic.owner {
      throw Refusal(stage: "topic", reason: "\(topic.name) is \(owner.rawValue)'s to write: mend what it follows from")
    }
    let count: Int
    do {
      count = try log.partitionCount(of: topic.name) ?? 0
    } catch {
      throw Refusal(stage: "topic", reason: "\(error)")
    }
    guard count > 0 else { throw Refusal(stage: "topic", reason: "there is no topic \(topic.name)") }
    var headers = Headers()
    for (name, value) in letter.record.headers.pairs {
      let isOurs = name.hasPrefix(DeadLetterHeader.prefix) && name != DeadLetterHeader.attempts
      if isOurs || name == "ce_sequence" || name == "ce_origin" || name == "trias_forwarded" { continue }
      headers.append(name, value)
    }
    return OutgoingRecord(
      topic: topic.name, partition: Partitioner.partition(of: key, count: count), key: key,
      value: letter.record.value, headers: headers)
  }
}
