import CRdKafka
import MessageLog

/// A consumer on one thread. Records are copied once, from librdkafka's buffers into the Record.
final class KafkaConsumer: LogConsumer {
  private struct Subscription {
    var onAssign: ([TopicPartition]) -> [TopicPartition: Int64]
    var onRevoke: ([TopicPartition]) -> Void
  }

  private let log: KafkaLog
  private let name: String
  private let group: String?
  private let client: Client
  private let queue: OpaquePointer?
  private var subscription: Subscription?
  private var owned: [TopicPartition] = []
  /// The batch that is being gathered. A revocation in the middle of it takes out what isn't ours any more.
  private var batch: [Record] = []
  /// An error that came after records is thrown by the next poll.
  private var pending: LogError?
  private var brokersAreDown = false
  private(set) var commitFault: LogError?
  private var topicNames = TopicNames()
  /// Between the two the handler of the last revocation may still commit.
  private var closing = false
  private var closed = false

  init(log: KafkaLog, name: String, group: String?) throws(LogError) {
    self.log = log
    self.name = name
    self.group = group
    let properties = log.settings.consumerProperties(name: name, group: group, embedded: try log.requireEmbedded())
    client = try Client(RD_KAFKA_CONSUMER, properties, log: log.settings.log)
    rd_kafka_poll_set_consumer(client.handle)
    queue = rd_kafka_queue_get_consumer(client.handle)
    if let queue { Pulse.shared.add(queue) }
    client.handlers.onRebalance = { [unowned self] in rebalance($0, $1) }
    client.handlers.onError = { [unowned self] in failed($0, $1) }
    client.handlers.onCommit = { [unowned self] in committed($0, $1) }
  }

  /// Whoever drops a consumer without closing it isn't called back any more.
  deinit {
    client.handlers = Client.Handlers()
    subscription = nil
    close()
  }

  func subscribe(
    to topics: [String], onAssign: @escaping ([TopicPartition]) -> [TopicPartition: Int64],
    onRevoke: @escaping ([TopicPartition]) -> Void
  ) throws(LogError) {
    try requireOpen()
    guard group != nil else { throw .rejected("consumer \(name) has no group to subscribe with") }
    subscription = Subscription(onAssign: onAssign, onRevoke: onRevoke)
    // The embedded broker would make a missing topic with a number of partitions of its own.
    if try log.requireEmbedded() { try requireTopics(topics) }
    let list = PartitionList()
    for topic in topics { list.add(TopicPartition(topic, RD_KAFKA_PARTITION_UA)) }
    try list.check(rd_kafka_subscribe(client.handle, list.pointer), "subscribing")
  }

  func assign(_ offsets: [TopicPartition: Int64]) throws(LogError) {
    try requireOpen()
    if subscription != nil { throw .rejected("consumer \(name) has subscribed: its group assigns its partitions") }
    try requireTopics(Set(offsets.keys.map(\.topic)))
    try read(from: offsets)
  }

  /// An assignment of the same partitions is nothing that the group hears of. Where it is about to take them away, its
  /// revocation still comes, and ends this one too.
  func restart(from offsets: [TopicPartition: Int64]) throws(LogError) {
    try requireOpen()
    let own = Set(owned)
    try read(from: subscription == nil ? offsets : offsets.filter { own.contains($0.key) })
  }

  func poll(maxRecords: Int, timeoutMs: Int) throws(LogError) -> [Record] {
    try requireOpen()
    if let error = pending {
      pending = nil
      throw error
    }
    batch = []
    var bytes = 0
    let began = ContinuousClock.now
    var wait = milliseconds(timeoutMs)
    while batch.count < maxRecords, bytes < Record.pollBytes, let message = rd_kafka_consumer_poll(client.handle, wait)
    {
      defer { rd_kafka_message_destroy(message) }
      if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
        let record = record(message)
        bytes += record.byteCount
        batch.append(record)
        brokersAreDown = false
      } else if let error = judge(message.pointee) {
        if batch.isEmpty { throw error }
        pending = error
        break
      } else if batch.isEmpty {
        // What librdkafka gets over by itself is nothing that has come.
        wait = milliseconds(max(0, timeoutMs - Int(began.duration(to: .now) / .milliseconds(1))))
        continue
      }
      wait = 0
    }
    let records = batch
    batch = []
    if records.isEmpty && brokersAreDown { try probe() }
    return records
  }

  func commit(_ positions: [TopicPartition: Position], wait: Bool) throws(LogError) {
    try requireOpen()
    guard group != nil else { throw .rejected("consumer \(name) has no group to commit for") }
    if positions.isEmpty { return }
    if subscription != nil, rd_kafka_assignment_lost(client.handle) != 0 {
      throw .unavailable("the group has given the partitions of \(name) to others")
    }
    let list = PartitionList()
    for (partition, position) in positions { list.add(partition, position) }
    if wait {
      try commit(list, within: Self.commitTimeoutMs)
    } else {
      try list.check(rd_kafka_commit(client.handle, list.pointer, 1), "committing")
    }
  }

  /// Who waits for a commit is about to give its partitions away, or to end: not for as long as a hung broker likes.
  private static let commitTimeoutMs: Int32 = 3_000

  private func commit(_ list: borrowing PartitionList, within timeoutMs: Int32) throws(LogError) {
    let queue = rd_kafka_queue_new(client.handle)
    defer { rd_kafka_queue_destroy(queue) }
    let code = rd_kafka_commit_queue(client.handle, list.pointer, queue, nil, nil)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw LogError(code, "committing") }
    guard let event = rd_kafka_queue_poll(queue, timeoutMs) else { throw .unavailable("committing took too long") }
    defer { rd_kafka_event_destroy(event) }
    let error = rd_kafka_event_error(event)
    guard let answer = rd_kafka_event_topic_partition_list(event) else {
      if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw LogError(error, "committing") }
      return
    }
    try PartitionList.check(answer, error, "committing")
  }

  /// Who reads what he is assigned is a stranger to his group, and it takes his commits as long as it has no members; the
  /// embedded broker's, as long as it has never had any.
  private func committed(
    _ code: rd_kafka_resp_err_t, _ positions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  ) {
    do throws(LogError) {
      try PartitionList.check(positions, code, "committing for the group \(group ?? "")")
      commitFault = nil
    } catch {
      let isStranger = subscription == nil && code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID
      commitFault =
        isStranger
        ? .unavailable(
          "another program has joined the group \(group ?? ""), which takes none from this one until that has left; the "
            + "embedded broker's takes none before it is started anew") : error
    }
  }

  func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Position] {
    try requireOpen()
    guard group != nil else { throw .rejected("consumer \(name) has no group to ask for") }
    if partitions.isEmpty { return [:] }
    let list = PartitionList()
    for partition in partitions { list.add(partition) }
    try list.check(rd_kafka_committed(client.handle, list.pointer, 10_000), "asking for commits")
    return list.positions
  }

  func knownEnd(of partition: TopicPartition) -> Int64? {
    var begin: Int64 = 0
    var end: Int64 = 0
    let code = rd_kafka_get_watermark_offsets(client.handle, partition.topic, partition.partition, &begin, &end)
    return code == RD_KAFKA_RESP_ERR_NO_ERROR && end >= 0 ? end : nil
  }

  func bounds(of partition: TopicPartition) throws(LogError) -> (begin: Int64, end: Int64) {
    try requireOpen()
    try requireTopics([partition.topic])
    var begin: Int64 = 0
    var end: Int64 = 0
    let code = rd_kafka_query_watermark_offsets(
      client.handle, partition.topic, partition.partition, &begin, &end, 10_000)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw LogError(code, "bounds of \(partition)") }
    return (begin, end)
  }

  func close() {
    if closing { return }
    closing = true
    // On this thread, and while the group still knows it: the handler may commit.
    revoke()
    closed = true
    if subscription == nil { _ = assign(nil) }
    if let queue {
      Pulse.shared.remove(queue)
      rd_kafka_queue_destroy(queue)
    }
    client.leave(withinMs: log.settings.leaveMs)
  }

  private func requireOpen() throws(LogError) {
    if closed { throw .fatal("the consumer is closed") }
  }

  private func requireTopics(_ topics: some Sequence<String>) throws(LogError) {
    for topic in topics where try log.knownPartitionCount(of: topic, timeoutMs: 5_000) == nil {
      throw .rejected("there is no topic \(topic)")
    }
  }

  private func read(from offsets: [TopicPartition: Int64]) throws(LogError) {
    topicNames = TopicNames()
    let list = PartitionList()
    for (partition, offset) in offsets { list.add(partition, Position(offset: offset)) }
    try list.check(assign(list.pointer), "assigning")
  }

  private func assign(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> rd_kafka_resp_err_t {
    Client.assign(client.handle, list)
  }

  private func rebalance(
    _ code: rd_kafka_resp_err_t, _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  ) {
    revoke()
    guard code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, let subscription else {
      _ = assign(nil)
      return
    }
    owned = PartitionList.partitions(partitions)
    do throws(LogError) {
      try read(from: subscription.onAssign(owned))
    } catch {
      // Nothing would be read, and nobody would notice.
      pending = .fatal("\(error)")
    }
  }

  private func revoke() {
    if owned.isEmpty { return }
    let lost = owned
    owned = []
    let gone = Set(lost)
    batch.removeAll { gone.contains(TopicPartition($0.topic, $0.partition)) }
    subscription?.onRevoke(lost)
  }

  private func failed(_ code: rd_kafka_resp_err_t, _ message: String) {
    switch code {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: brokersAreDown = true
    case RD_KAFKA_RESP_ERR__FATAL: pending = .fatal(client.fatalReason ?? message)
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL: pending = LogError(code, message)
    default: break
    }
  }

  /// What an error in place of a record means to the caller; nil where librdkafka goes on by itself.
  private func judge(_ message: rd_kafka_message_t) -> LogError? {
    let what = message.payload.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) } ?? "reading"
    switch message.err {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
      RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      // A group may wait for a topic; an assignment to one that doesn't exist is a mistake.
      return subscription == nil ? LogError(message.err, what) : nil
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE,
      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      return LogError(message.err, what)
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return group == nil ? nil : LogError(message.err, what)
    default:
      if case .fatal(let why) = LogError(message.err, what) { return .fatal(why) }
      return nil
    }
  }

  /// librdkafka says once that all brokers are down and never that one is back, so the next thing to do while nothing
  /// comes is to ask for one.
  private func probe() throws(LogError) {
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(client.handle, 0, nil, &metadata, 100)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw .unavailable("no broker can be reached") }
    rd_kafka_metadata_destroy(metadata)
    brokersAreDown = false
  }

  private func record(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> Record {
    let found = message.pointee
    return Record(
      topic: topicNames.name(of: found.rkt), partition: found.partition, offset: found.offset,
      timestampMs: rd_kafka_message_timestamp(message, nil), key: bytes(found.key, found.key_len),
      value: bytes(found.payload, found.len), headers: Headers(of: message))
  }
}

private func bytes(_ start: UnsafeMutableRawPointer?, _ count: Int) -> [UInt8]? {
  start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
}

/// Topic names by handle, so that a batch shares one String a topic. Handles stay valid as long as their partitions
/// are assigned, which is as long as this is kept.
private struct TopicNames {
  private var names: [OpaquePointer: String] = [:]
  private var last: (handle: OpaquePointer, name: String)?

  mutating func name(of handle: OpaquePointer) -> String {
    if let last, last.handle == handle { return last.name }
    let name = names[handle] ?? String(cString: rd_kafka_topic_name(handle))
    names[handle] = name
    last = (handle, name)
    return name
  }
}

extension Headers {
  fileprivate init(of message: UnsafeMutablePointer<rd_kafka_message_t>) {
    self.init()
    var list: OpaquePointer?
    guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return }
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    func forEachHeader(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
      var index = 0
      while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
        let bytes = UnsafeRawPointer(name!).assumingMemoryBound(to: UInt8.self)
        let start = value?.assumingMemoryBound(to: UInt8.self)
        body(
          UnsafeBufferPointer(start: bytes, count: length(name!)),
          UnsafeBufferPointer(start: start, count: start == nil ? 0 : size))
        index += 1
      }
    }
    // Measured first, so that the whole buffer is one allocation.
    var total = 0
    forEachHeader { total += 5 + $0.count + $1.count }
    reserve(total)
    forEachHeader { append(name: $0, value: $1) }
  }
}
