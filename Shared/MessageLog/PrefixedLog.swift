/// A log on which the names of all topics and groups begin with a prefix that nobody above knows of. So several
/// deployments, or the runs of a test, can share one cluster. What is written into records (an origin, a dead letter's
/// place) has the bare names: a deployment's records say the same under any prefix.
package struct PrefixedLog: MessageLog {
  private let log: any MessageLog
  private let prefix: String

  package init(_ log: any MessageLog, prefix: String) {
    self.log = log
    self.prefix = prefix
  }

  package func makeProducer(name: String) throws(LogError) -> any LogProducer {
    PrefixedProducer(try log.makeProducer(name: name), prefix)
  }

  package func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer {
    PrefixedConsumer(try log.makeConsumer(name: name, group: group.map { prefix + $0 }), prefix)
  }

  package func partitionCount(of topic: String) throws(LogError) -> Int? {
    try log.partitionCount(of: prefix + topic)
  }

  @discardableResult
  package func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic] {
    try log.createTopics(topics.map { $0.prefixed(prefix) }).map {
      SmallTopic(name: String($0.name.dropFirst(prefix.count)), reason: $0.reason)
    }
  }

  package func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? {
    guard let found = try log.configurations(of: topics.map { prefix + $0 }) else { return nil }
    return Dictionary(uniqueKeysWithValues: found.map { (String($0.dropFirst(prefix.count)), $1) })
  }

  package var forgets: Bool { log.forgets }
}

extension TopicPlan {
  package func prefixed(_ prefix: String) -> TopicPlan {
    var plan = self
    plan.name = prefix + name
    return plan
  }
}

private final class PrefixedProducer: LogProducer {
  private let producer: any LogProducer
  private let prefix: String

  init(_ producer: any LogProducer, _ prefix: String) {
    self.producer = producer
    self.prefix = prefix
  }

  func append(_ records: [OutgoingRecord], timeoutMs: Int) throws(LogError) -> [Int64] {
    try producer.append(records.map(prefixed), timeoutMs: timeoutMs)
  }

  func append(
    _ record: OutgoingRecord, completion: @escaping @Sendable (Result<Int64, LogError>) -> Void
  ) throws(LogError) {
    try producer.append(prefixed(record), completion: completion)
  }

  func close(timeoutMs: Int) { producer.close(timeoutMs: timeoutMs) }

  private func prefixed(_ record: OutgoingRecord) -> OutgoingRecord {
    var record = record
    record.topic = prefix + record.topic
    return record
  }
}

private final class PrefixedConsumer: LogConsumer {
  private let consumer: any LogConsumer
  private let prefix: String
  /// Topic names with their prefix → without it: a look-up costs less than cutting the name of every record.
  private var bareNames: [String: String] = [:]

  init(_ consumer: any LogConsumer, _ prefix: String) {
    self.consumer = consumer
    self.prefix = prefix
  }

  func subscribe(
    to topics: [String],
    onAssign: @escaping ([TopicPartition]) -> [TopicPartition: Int64],
    onRevoke: @escaping ([TopicPartition]) -> Void
  ) throws(LogError) {
    try consumer.subscribe(
      to: topics.map { prefix + $0 },
      onAssign: { [unowned self] in self.prefixed(onAssign($0.map(self.bare))) },
      onRevoke: { [unowned self] in onRevoke($0.map(self.bare)) })
  }

  func assign(_ offsets: [TopicPartition: Int64]) throws(LogError) { try consumer.assign(prefixed(offsets)) }

  func restart(from offsets: [TopicPartition: Int64]) throws(LogError) {
    try consumer.restart(from: prefixed(offsets))
  }

  func poll(maxRecords: Int, timeoutMs: Int) throws(LogError) -> [Record] {
    var records = try consumer.poll(maxRecords: maxRecords, timeoutMs: timeoutMs)
    for index in records.indices { records[index].topic = bare(records[index].topic) }
    return records
  }

  func commit(_ positions: [TopicPartition: Position], wait: Bool) throws(LogError) {
    try consumer.commit(prefixed(positions), wait: wait)
  }

  var commitFault: LogError? { consumer.commitFault }

  func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Position] {
    let found = try consumer.committed(partitions.map(prefixed))
    return Dictionary(uniqueKeysWithValues: found.map { (bare($0), $1) })
  }

  func bounds(of partition: TopicPartition) throws(LogError) -> (begin: Int64, end: Int64) {
    try consumer.bounds(of: prefixed(partition))
  }

  func knownEnd(of partition: TopicPartition) -> Int64? { consumer.knownEnd(of: prefixed(partition)) }

  func close() { consumer.close() }

  private func prefixed(_ partition: TopicPartition) -> TopicPartition {
    TopicPartition(prefix + partition.topic, partition.partition)
  }

  private func prefixed<Value>(_ values: [TopicPartition: Value]) -> [TopicPartition: Value] {
    Dictionary(uniqueKeysWithValues: values.map { (prefixed($0), $1) })
  }

  private func bare(_ partition: TopicPartition) -> TopicPartition {
    TopicPartition(bare(partition.topic), partition.partition)
  }

  private func bare(_ topic: String) -> String {
    if let known = bareNames[topic] { return known }
    let name = String(topic.dropFirst(prefix.count))
    bareNames[topic] = name
    return name
  }
}
