import Contracts
import CRdKafka
import MessageLog
import Synchronization

/// An idempotent producer. One thread of its own serves the delivery reports, for those who wait and for completions
/// alike; so `append` may be called from anywhere and nobody has to poll.
final class KafkaProducer: LogProducer, @unchecked Sendable {
  /// A topic's handle, which saves librdkafka the look-up by name, and its number of partitions.
  private struct TopicHandle {
    var pointer: OpaquePointer
    var partitions: Int
    var recordBytesMax: Int
  }

  private struct State: @unchecked Sendable {
    var closed = false
    var topics: [String: TopicHandle] = [:]
  }

  private let log: KafkaLog
  private let client: Client
  /// Held while records are handed over, so that nobody is inside the handle when it is destroyed and the records of
  /// one call stand together in the log.
  private let state = Mutex(State())
  private let stopping: StopFlag
  private let poller: PlainThread

  /// Shared with the polling thread, which must not keep the producer itself alive.
  private final class StopFlag: Sendable {
    let isSet = Atomic(false)
  }

  init(log: KafkaLog, name: String) throws(LogError) {
    self.log = log
    let client = try Client(RD_KAFKA_PRODUCER, log.settings.producerProperties(name: name), log: log.settings.log)
    let stopping = StopFlag()
    self.client = client
    self.stopping = stopping
    poller = PlainThread {
      while !stopping.isSet.load(ordering: .acquiring) { rd_kafka_poll(client.handle, 100) }
    }
  }

  deinit { close(timeoutMs: 0) }

  func append(_ records: [OutgoingRecord], timeoutMs: Int) throws(LogError) -> [Int64] {
    if records.isEmpty { return [] }
    let deadline = ContinuousClock.now + .milliseconds(timeoutMs)
    let delivery = Delivery(count: records.count)
    var taken = 0
    while taken < records.count {
      do throws(LogError) {
        try withTopics(of: records[taken...], timeoutMs: timeoutMs) { (topics) throws(LogError) in
          while taken < records.count {
            try hand(over: records[taken], topics, opaque: delivery.opaque(taken))
            taken += 1
          }
        }
      } catch .queueFull {
        // The thread that serves the reports makes room.
        if ContinuousClock.now >= deadline {
          delivery.abandon(records.count - taken, .queueFull)
          throw .queueFull
        }
        pause(microseconds: 500)
      } catch {
        delivery.abandon(records.count - taken, error)
        throw error
      }
    }
    return try delivery.wait(until: deadline)
  }

  func append(
    _ record: OutgoingRecord, completion: @escaping @Sendable (Result<Int64, LogError>) -> Void
  ) throws(LogError) {
    // Where the topic isn't known yet the caller waits for the answer, so briefly.
    try withTopics(of: [record], timeoutMs: 1_000) { (topics) throws(LogError) in
      let delivery = Delivery(count: 1, completion: completion)
      do throws(LogError) {
        try hand(over: record, topics, opaque: delivery.opaque(0))
      } catch {
        delivery.abandon(1, error)
        throw error
      }
    }
  }

  func close(timeoutMs: Int) {
    let wasClosed = state.withLock { state in
      defer { state.closed = true }
      return state.closed
    }
    if wasClosed { return }
    rd_kafka_flush(client.handle, milliseconds(timeoutMs))
    // What is left is given up, so that every completion is called and no record goes out later.
    rd_kafka_purge(client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    rd_kafka_flush(client.handle, 1_000)
    stopping.isSet.store(true, ordering: .releasing)
    let queue = rd_kafka_queue_get_main(client.handle)
    rd_kafka_queue_yield(queue)
    rd_kafka_queue_destroy(queue)
    poller.join()
    state.withLock { state in
      for topic in state.topics.values { rd_kafka_topic_destroy(topic.pointer) }
      state.topics = [:]
    }
    client.destroy()
  }

  /// Runs the body under the lock with the handles of these records' topics, and asks the cluster for those that are
  /// new. librdkafka itself would take records of a topic that doesn't exist and time them out much later, which
  /// breaks the guarantee against gaps and with it the producer.
  private func withTopics(
    of records: ArraySlice<OutgoingRecord>, timeoutMs: Int,
    _ body: ([String: TopicHandle]) throws(LogError) -> Void
  ) throws(LogError) {
    while true {
      let missing: String? = try state.withLock { (state) throws(LogError) in
        if state.closed { throw .fatal("the producer is closed") }
        if let missing = records.first(where: { state.topics[$0.topic] == nil }) { return missing.topic }
        try body(state.topics)
        return nil
      }
      guard let topic = missing else { return }
      guard let partitions = try log.knownPartitionCount(of: topic, timeoutMs: timeoutMs) else {
        throw .rejected("there is no topic \(topic)")
      }
      try state.withLock { (state) throws(LogError) in
        if state.closed { throw .fatal("the producer is closed") }
        if state.topics[topic] == nil {
          state.topics[topic] = handle(of: topic, partitions)
        }
      }
    }
  }

  /// What may be larger than brokers usually take goes compressed: a tenth of it is what they then store and send.
  private func handle(of topic: String, _ partitions: Int) -> TopicHandle {
    guard let bytesMax = Topics.recordBytesMax(topic) else {
      return TopicHandle(
        pointer: rd_kafka_topic_new(client.handle, topic, nil)!, partitions: partitions,
        recordBytesMax: Topic.recordBytesUsual)
    }
    // The topic's takes the place of all that the client has for topics, acknowledgements among it.
    let configuration = rd_kafka_default_topic_conf_dup(client.handle)
    rd_kafka_topic_conf_set(configuration, "compression.codec", "zstd", nil, 0)
    return TopicHandle(
      pointer: rd_kafka_topic_new(client.handle, topic, configuration)!, partitions: partitions,
      recordBytesMax: bytesMax)
  }

  private func hand(
    over record: OutgoingRecord, _ topics: [String: TopicHandle], opaque: UnsafeMutableRawPointer
  ) throws(LogError) {
    let topic = topics[record.topic]!
    guard record.partition >= 0 && record.partition < topic.partitions else {
      throw .rejected("there is no partition \(record.topic)/\(record.partition)")
    }
    guard record.byteCount <= topic.recordBytesMax else {
      throw .rejected("a record of \(record.byteCount) bytes is larger than \(topic.recordBytesMax): \(record.topic)")
    }
    let headers = record.headers.isEmpty ? nil : kafkaHeaders(record.headers)
    let error = withBytes(record.key) { key in
      withBytes(record.value) { value in
        withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 8) { (list) -> OpaquePointer? in
          var count = 0
          func add(_ type: rd_kafka_vtype_t, _ fill: (inout rd_kafka_vu_t) -> Void) {
            var item = rd_kafka_vu_t()
            item.vtype = type
            fill(&item)
            list.initializeElement(at: count, to: item)
            count += 1
          }
          add(RD_KAFKA_VTYPE_RKT) { $0.u.rkt = topic.pointer }
          add(RD_KAFKA_VTYPE_PARTITION) { $0.u.i32 = record.partition }
          add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.u.i = RD_KAFKA_MSG_F_COPY }
          add(RD_KAFKA_VTYPE_OPAQUE) { $0.u.ptr = opaque }
          add(RD_KAFKA_VTYPE_KEY) { $0.u.mem = .init(ptr: key.start, size: key.count) }
          add(RD_KAFKA_VTYPE_VALUE) { $0.u.mem = .init(ptr: value.start, size: value.count) }
          if let time = record.timestampMs { add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.u.i64 = time } }
          if let headers { add(RD_KAFKA_VTYPE_HEADERS) { $0.u.headers = headers } }
          return rd_kafka_produceva(client.handle, list.baseAddress, count)
        }
      }
    }
    guard let error else { return }
    defer { rd_kafka_error_destroy(error) }
    // librdkafka owns the headers only once it has taken the record.
    if let headers { rd_kafka_headers_destroy(headers) }
    let code = rd_kafka_error_code(error)
    if code == RD_KAFKA_RESP_ERR__FATAL, let reason = client.fatalReason { throw .fatal(reason) }
    throw LogError(code, "\(record.topic)/\(record.partition)")
  }
}

/// Bytes for C: nil has no address, and what is empty has one, by which Kafka tells them apart.
private func withBytes<Result>(
  _ bytes: [UInt8]?, _ body: ((start: UnsafeMutableRawPointer?, count: Int)) -> Result
) -> Result {
  guard let bytes else { return body((nil, 0)) }
  return bytes.withUnsafeBytes { buffer in
    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { anywhere in
      body((UnsafeMutableRawPointer(mutating: buffer.baseAddress) ?? anywhere.baseAddress, buffer.count))
    }
  }
}

private func kafkaHeaders(_ headers: Headers) -> OpaquePointer {
  let list = rd_kafka_headers_new(12)!
  headers.forEach { name, value in
    name.withMemoryRebound(to: CChar.self) { name in
      withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { anywhere in
        let start = value.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(anywhere.baseAddress!)
        _ = rd_kafka_header_add(list, name.baseAddress, name.count, start, value.count)
      }
    }
  }
  return list
}
