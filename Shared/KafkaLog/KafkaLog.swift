import Contracts
import CRdKafka
import MessageLog
import Synchronization

/// The log on a Kafka cluster, through librdkafka.
package final class KafkaLog: MessageLog {
  let settings: KafkaSettings
  /// The embedded broker where it lives in this process; it has no admin calls, so topics are made through it.
  private let broker: EmbeddedBroker?
  private let admin: Client
  private let state = Mutex(State())

  private struct State {
    var embedded: Bool?
    var partitionCounts: [String: Int] = [:]
  }

  /// Throws `.fatal` for bad properties. Doesn't wait for the cluster.
  package init(_ settings: KafkaSettings, broker: EmbeddedBroker? = nil) throws(LogError) {
    self.settings = settings
    self.broker = broker
    try settings.check()
    admin = try Client(RD_KAFKA_CONSUMER, settings.adminProperties(), log: settings.log)
    // Made and thrown away, so that a bad property shows at the start and not with the first record.
    _ = try Client(RD_KAFKA_PRODUCER, settings.producerProperties(name: "check"), log: settings.log)
  }

  package func makeProducer(name: String) throws(LogError) -> any LogProducer {
    try KafkaProducer(log: self, name: name)
  }

  package func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer {
    try KafkaConsumer(log: self, name: name, group: group)
  }

  /// Only the embedded broker forgets. Where the cluster doesn't answer, it is taken for a real one.
  package var forgets: Bool { (try? requireEmbedded()) ?? false }

  func requireEmbedded() throws(LogError) -> Bool {
    if let known = settings.embedded ?? state.withLock({ $0.embedded }) { return known }
    guard let id = rd_kafka_clusterid(admin.handle, 5_000) else {
      throw .unavailable("no broker can be reached at \(settings.bootstrapServers)")
    }
    defer { rd_kafka_mem_free(admin.handle, id) }
    let embedded = String(cString: id).hasPrefix("mockCluster")
    state.withLock { $0.embedded = embedded }
    return embedded
  }

  package func partitionCount(of topic: String) throws(LogError) -> Int? {
    try partitionCount(of: topic, timeoutMs: 5_000)
  }

  /// As `partitionCount`, but an answer that was had before is good enough: partitions are never added to a topic.
  func knownPartitionCount(of topic: String, timeoutMs: Int) throws(LogError) -> Int? {
    if let known = state.withLock({ $0.partitionCounts[topic] }) { return known }
    return try partitionCount(of: topic, timeoutMs: min(timeoutMs, 5_000))
  }

  private func partitionCount(of topic: String, timeoutMs: Int) throws(LogError) -> Int? {
    // The embedded broker speaks a version of the question that makes every topic it is asked for by name, so there
    // all topics are asked for.
    let all = try requireEmbedded()
    let handle = all ? nil : rd_kafka_topic_new(admin.handle, topic, nil)
    defer { if let handle { rd_kafka_topic_destroy(handle) } }
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(admin.handle, all ? 1 : 0, handle, &metadata, milliseconds(timeoutMs))
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw LogError(code, "asking for topic \(topic)") }
    defer { rd_kafka_metadata_destroy(metadata) }
    let topics = UnsafeBufferPointer(start: metadata!.pointee.topics, count: Int(metadata!.pointee.topic_cnt))
    guard let found = topics.first(where: { String(cString: $0.topic) == topic }) else { return nil }
    switch found.err {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return nil
    case _ where found.partition_cnt > 0:
      state.withLock { $0.partitionCounts[topic] = Int(found.partition_cnt) }
      return Int(found.partition_cnt)
    default: throw LogError(found.err, "topic \(topic)")
    }
  }

  @discardableResult
  package func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic] {
    var missing: [TopicPlan] = []
    for plan in topics where try partitionCount(of: plan.name) == nil { missing.append(plan) }
    if missing.isEmpty { return [] }
    var small: [SmallTopic] = []
    if let broker {
      try broker.createTopics(missing)
    } else if try requireEmbedded() {
      let names = missing.map(\.name).joined(separator: ", ")
      throw .rejected("the embedded broker makes its topics when it starts, and these are missing: \(names)")
    } else {
      small = try admin.createTopics(missing, replicationFactor: settings.replicationFactor)
    }
    try waitForTopics(missing.map(\.name))
    return small
  }

  package func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? {
    try requireEmbedded() ? nil : try admin.configurations(of: topics)
  }

  /// A cluster spreads the word of a new topic after it has confirmed it.
  private func waitForTopics(_ names: [String]) throws(LogError) {
    let deadline = ContinuousClock.now + .seconds(10)
    for name in names {
      while try partitionCount(of: name) == nil {
        if ContinuousClock.now > deadline { throw .unavailable("topic \(name) was created and isn't there yet") }
        pause(microseconds: 20_000)
      }
    }
  }
}
