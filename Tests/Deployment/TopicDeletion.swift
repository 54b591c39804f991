import CRdKafka
import Contracts
import Foundation

// What the suite never does itself, and somebody else may: a topic is deleted under it.

extension SuiteProcesses {
  /// Waits until it is gone. The embedded broker deletes none.
  package func delete(_ topic: Topic) throws {
    let configuration = rd_kafka_conf_new()
    var reason = [CChar](repeating: 0, count: 512)
    rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap, &reason, reason.count)
    guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &reason, reason.count) else {
      throw Failure(description: "no client to delete \(topic.name) with")
    }
    defer { rd_kafka_destroy(client) }
    var requests = [rd_kafka_DeleteTopic_new(topicPrefix + topic.name)]
    defer { rd_kafka_DeleteTopic_destroy(requests[0]) }
    let queue = rd_kafka_queue_new(client)
    defer { rd_kafka_queue_destroy(queue) }
    rd_kafka_DeleteTopics(client, &requests, 1, nil, queue)
    guard let event = rd_kafka_queue_poll(queue, 60_000) else {
      throw Failure(description: "deleting \(topic.name) took too long")
    }
    defer { rd_kafka_event_destroy(event) }
    var count = 0
    let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
    let codes = [rd_kafka_event_error(event)] + (0..<count).map { rd_kafka_topic_result_error(results?[$0]) }
    if let code = codes.first(where: { $0 != RD_KAFKA_RESP_ERR_NO_ERROR }) {
      throw Failure(description: "\(topic.name) could not be deleted: \(String(cString: rd_kafka_err2str(code)))")
    }
    _ = try Self.wait(60, "\(topic.name) to be gone") { try log.partitionCount(of: topic.name) == nil ? true : nil }
  }
}
