import Contracts
import CRdKafka
import MessageLog

// How declared topics come to be at a broker.

extension TopicPlan {
  /// What the topic is configured with at the broker.
  var configuration: [(name: String, value: String)] {
    retention + (isStampedByBroker ? [("message.timestamp.type", "LogAppendTime")] : [])
  }

  private var retention: [(name: String, value: String)] {
    switch cleanup {
    case .delete(let days):
      [("cleanup.policy", "delete"), ("retention.ms", "\(days * 86_400_000)")]
    case .compact:
      // For at least an hour every version of a state stays readable: an owner that finds a gap in its own writes
      // must be able to read what stands there.
      [("cleanup.policy", "compact"), ("min.compaction.lag.ms", "3600000")]
    case .keep:
      [("cleanup.policy", "delete"), ("retention.ms", "-1"), ("retention.bytes", "-1")]
    }
  }
}

extension Client {
  /// Creates the topics and waits for the answer; one that exists by now is as good.
  func createTopics(_ topics: [TopicPlan], replicationFactor: Int) throws(LogError) {
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
    for index in 0..<count {
      let code = rd_kafka_topic_result_error(results[index])
      if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
      let name = String(cString: rd_kafka_topic_result_name(results[index]))
      let why = rd_kafka_topic_result_error_string(results[index]).map { String(cString: $0) } ?? ""
      throw LogError(code, "topic \(name): \(why)")
    }
  }
}
