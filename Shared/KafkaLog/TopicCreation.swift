import Contracts
import CRdKafka
import MessageLog

// How declared topics come to be at a broker, and what it says of them afterwards.

/// A topic that a broker wouldn't make, and why.
package struct TopicRefusal: Sendable {
  package var name: String
  /// Kafka's.
  package var code: Int
  package var reason: String

  package init(name: String, code: Int, reason: String) {
    self.name = name
    self.code = code
    self.reason = reason
  }

  /// What to ask for in its place: managed brokers bound what a topic's records may have, and say no more of it than that
  /// something in the configuration is not allowed. Throws where it was something else.
  package static func instead(_ refusals: [TopicRefusal], of plans: [TopicPlan]) throws(LogError) -> [TopicPlan] {
    var others: [TopicPlan] = []
    for refusal in refusals {
      let code = rd_kafka_resp_err_t(rawValue: Int32(refusal.code))
      let mayBeOfSize =
        code == RD_KAFKA_RESP_ERR_INVALID_CONFIG || code == RD_KAFKA_RESP_ERR_POLICY_VIOLATION
      guard mayBeOfSize, let other = plans.first(where: { $0.name == refusal.name })?.withoutBound else {
        throw LogError(code, "topic \(refusal.name): \(refusal.reason)")
      }
      others.append(other)
    }
    return others
  }
}

extension Client {
  /// Creates the topics and waits for the answer; one that exists by now is as good. Returns those that came to be only
  /// without the bound of what a record may have.
  func createTopics(_ topics: [TopicPlan], replicationFactor: Int) throws(LogError) -> [SmallTopic] {
    let refused = try refusals(of: topics, replicationFactor: replicationFactor)
    if refused.isEmpty { return [] }
    let others = try TopicRefusal.instead(refused, of: topics)
    if let still = try refusals(of: others, replicationFactor: replicationFactor).first {
      throw LogError(rd_kafka_resp_err_t(rawValue: Int32(still.code)), "topic \(still.name): \(still.reason)")
    }
    return refused.map { SmallTopic(name: $0.name, reason: $0.reason) }
  }

  private func refusals(of topics: [TopicPlan], replicationFactor: Int) throws(LogError) -> [TopicRefusal] {
    var reason = [CChar](repeating: 0, count: 512)
    var requests: [OpaquePointer?] = []
    defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
    for plan in topics {
      guard
        let request = rd_kafka_NewTopic_new(
          plan.name, Int32(plan.partitions), Int32(replicationFactor), &reason, reason.count)
      else { throw .rejected("topic \(plan.name): \(text(reason))") }
      requests.append(request)
      for (name, value) in plan.configuration { rd_kafka_NewTopic_set_config(request, name, value) }
    }
    let queue = rd_kafka_queue_new(handle)
    defer { rd_kafka_queue_destroy(queue) }
    let options = rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS)
    defer { rd_kafka_AdminOptions_destroy(options) }
    rd_kafka_AdminOptions_set_request_timeout(options, 15_000, &reason, reason.count)
    rd_kafka_CreateTopics(handle, &requests, requests.count, options, queue)
    guard let event = rd_kafka_queue_poll(queue, 20_000) else { throw .unavailable("creating topics took too long") }
    defer { rd_kafka_event_destroy(event) }
    let code = rd_kafka_event_error(event)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw LogError(code, "creating topics") }
    var count = 0
    let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)!
    return (0..<count).compactMap { index in
      let code = rd_kafka_topic_result_error(results[index])
      if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { return nil }
      return TopicRefusal(
        name: String(cString: rd_kafka_topic_result_name(results[index])), code: Int(code.rawValue),
        reason: rd_kafka_topic_result_error_string(results[index]).map { String(cString: $0) } ?? "")
    }
  }

  /// What a broker has its topics configured with; nil where it doesn't take the question.
  func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? {
    var resources = topics.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
    defer { rd_kafka_ConfigResource_destroy_array(&resources, resources.count) }
    let queue = rd_kafka_queue_new(handle)
    defer { rd_kafka_queue_destroy(queue) }
    var reason = [CChar](repeating: 0, count: 512)
    let options = rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS)
    defer { rd_kafka_AdminOptions_destroy(options) }
    rd_kafka_AdminOptions_set_request_timeout(options, 15_000, &reason, reason.count)
    rd_kafka_DescribeConfigs(handle, &resources, resources.count, options, queue)
    guard let event = rd_kafka_queue_poll(queue, 20_000) else {
      throw .unavailable("asking for the topics' configurations took too long")
    }
    defer { rd_kafka_event_destroy(event) }
    switch rd_kafka_event_error(event) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: break
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return nil
    case let code: throw LogError(code, "asking for the topics' configurations")
    }
    var count = 0
    let answers = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count)!
    var found: [String: [String: String]] = [:]
    for answer in UnsafeBufferPointer(start: answers, count: count) {
      let code = rd_kafka_ConfigResource_error(answer)
      let name = String(cString: rd_kafka_ConfigResource_name(answer))
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw LogError(code, "asking for the configuration of \(name)") }
      var entryCount = 0
      let entries = rd_kafka_ConfigResource_configs(answer, &entryCount)
      for entry in UnsafeBufferPointer(start: entries, count: entryCount) {
        guard let value = rd_kafka_ConfigEntry_value(entry) else { continue }
        found[name, default: [:]][String(cString: rd_kafka_ConfigEntry_name(entry))] = String(cString: value)
      }
    }
    return found
  }
}
