// A log at which the process dies, or stands still, at a chosen point between the steps of a commit. Only for the tests
// of faults: no setting, no wrapper.

import Foundation
import MessageLog
import Synchronization

/// `kill after write facet.state.v1 3`: once the third write to that topic is acknowledged, this process is killed as by
/// the kernel. `freeze` stops it as SIGSTOP does; `before` is before the broker is asked; `commit` instead of `write` is
/// a commit of positions in that topic.
package struct FaultPoint: Sendable, Equatable {
  package enum Moment: String, Sendable { case before, after }
  package enum Action: String, Sendable { case write, commit }

  package var signal: Int32
  package var moment: Moment
  package var action: Action
  package var topic: String
  package var count: Int

  package init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count == 5, let signal = ["kill": SIGKILL, "freeze": SIGSTOP][words[0]],
      let moment = Moment(rawValue: words[1]), let action = Action(rawValue: words[2]),
      let count = Int(words[4]), count > 0
    else { return nil }
    (self.signal, self.moment, self.action, topic, self.count) = (signal, moment, action, words[3], count)
  }
}

struct FaultyLog: MessageLog {
  private let log: any MessageLog
  private let trigger: Trigger

  init(_ log: any MessageLog, at point: FaultPoint) {
    self.log = log
    trigger = Trigger(point)
  }

  func makeProducer(name: String) throws(LogError) -> any LogProducer {
    FaultyProducer(try log.makeProducer(name: name), trigger)
  }

  func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer {
    FaultyConsumer(try log.makeConsumer(name: name, group: group), trigger)
  }

  func partitionCount(of topic: String) throws(LogError) -> Int? { try log.partitionCount(of: topic) }
  @discardableResult
  func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic] {
    try log.createTopics(topics)
  }
  func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? {
    try log.configurations(of: topics)
  }
  var forgets: Bool { log.forgets }
}

/// Counts what passes the point, over all clients of the process.
private final class Trigger: Sendable {
  private let point: FaultPoint
  private let passed = Atomic(0)

  init(_ point: FaultPoint) { self.point = point }

  func pass(_ moment: FaultPoint.Moment, _ action: FaultPoint.Action, _ topics: some Sequence<String>) {
    guard moment == point.moment, action == point.action, topics.contains(point.topic) else { return }
    guard passed.add(1, ordering: .relaxed).newValue == point.count else { return }
    // To this very thread: a signal to the process may let it run on a little, past the point.
    raise(point.signal)
  }
}

private final class FaultyProducer: LogProducer {
  private let producer: any LogProducer
  private let trigger: Trigger

  init(_ producer: any LogProducer, _ trigger: Trigger) {
    self.producer = producer
    self.trigger = trigger
  }

  func append(_ records: [OutgoingRecord], timeoutMs: Int) throws(LogError) -> [Int64] {
    trigger.pass(.before, .write, records.lazy.map(\.topic))
    let offsets = try producer.append(records, timeoutMs: timeoutMs)
    trigger.pass(.after, .write, records.lazy.map(\.topic))
    return offsets
  }

  func append(
    _ record: OutgoingRecord, completion: @escaping @Sendable (Result<Int64, LogError>) -> Void
  ) throws(LogError) {
    trigger.pass(.before, .write, [record.topic])
    try producer.append(record) { [trigger] result in
      if case .success = result { trigger.pass(.after, .write, [record.topic]) }
      completion(result)
    }
  }

  func close(timeoutMs: Int) { producer.close(timeoutMs: timeoutMs) }
}

private final class FaultyConsumer: LogConsumer {
  private let consumer: any LogConsumer
  private let trigger: Trigger

  init(_ consumer: any LogConsumer, _ trigger: Trigger) {
    self.consumer = consumer
    self.trigger = trigger
  }

  func subscribe(
    to topics: [String],
    onAssign: @escaping ([TopicPartition]) -> [TopicPartition: Int64],
    onRevoke: @escaping ([TopicPartition]) -> Void
  ) throws(LogError) {
    try consumer.subscribe(to: topics, onAssign: onAssign, onRevoke: onRevoke)
  }

  func assign(_ offsets: [TopicPartition: Int64]) throws(LogError) { try consumer.assign(offsets) }

  func restart(from offsets: [TopicPartition: Int64]) throws(LogError) { try consumer.restart(from: offsets) }

  func poll(maxRecords: Int, timeoutMs: Int) throws(LogError) -> [Record] {
    try consumer.poll(maxRecords: maxRecords, timeoutMs: timeoutMs)
  }

  func commit(_ positions: [TopicPartition: Position], wait: Bool) throws(LogError) {
    trigger.pass(.before, .commit, positions.keys.lazy.map(\.topic))
    try consumer.commit(positions, wait: wait)
    trigger.pass(.after, .commit, positions.keys.lazy.map(\.topic))
  }

  var commitFault: LogError? { consumer.commitFault }

  func knownEnd(of partition: TopicPartition) -> Int64? { consumer.knownEnd(of: partition) }

  func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Position] {
    try consumer.committed(partitions)
  }

  func bounds(of partition: TopicPartition) throws(LogError) -> (begin: Int64, end: Int64) {
    try consumer.bounds(of: partition)
  }

  func close() { consumer.close() }
}
