import CRdKafka
import MessageLog
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A real Kafka-protocol listener on the loopback interface inside this process: librdkafka's mock cluster with one
/// broker. Other processes and kcat can connect to it.
///
/// Not implemented by it: admin calls, compaction, retention by time, transactions that isolate. It keeps the last
/// 5 MiB or 100,000 batches of a partition in memory and drops older ones without a word. An assertion in it ends the
/// process when members of one group offer different assignors. A group of two or more takes the session's time-out
/// to settle whenever somebody joins or leaves.
package final class EmbeddedBroker: Sendable {
  /// The `session.timeout.ms` that its clients are best given. Also who was alone in a group, and was given up while the
  /// broker was away, waits for the rest of a session when he is back, which Apache Kafka asks of nobody. So a session
  /// lasts as little as Kafka allows by default.
  package static let sessionTimeoutMs = 6_000

  package let bootstrapServers: String
  private let client: Client
  /// The cluster's address in memory, or nil once it is stopped. Calls hold the lock, so none outlives the cluster.
  private let cluster: Mutex<UInt?>

  package init(topics: [TopicPlan] = []) throws(LogError) {
    client = try Client(RD_KAFKA_PRODUCER, ["client.id": "trias.broker", "log_level": "2"], log: { _, _, _ in })
    guard let made = rd_kafka_mock_cluster_new(client.handle, 1) else {
      throw .fatal("the embedded broker can't open a port on the loopback interface")
    }
    bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(made))
    Self.sendAtOnce(from: bootstrapServers)
    cluster = Mutex(UInt(bitPattern: made))
    try createTopics(topics)
  }

  deinit { stop() }

  /// Ends all connections and forgets all records. Idempotent.
  package func stop() {
    cluster.withLock { address in
      guard let stopped = address.flatMap({ OpaquePointer(bitPattern: $0) }) else { return }
      rd_kafka_mock_cluster_destroy(stopped)
      client.destroy()
      address = nil
    }
  }

  /// librdkafka's mock cluster leaves its connections as the system makes them, and then the second of two answers waits
  /// until the client's system has acknowledged the first, which takes 40 ms. Connections inherit the option from the
  /// socket that they are accepted on; there is no call that gives it out, so it is found by its port.
  private static func sendAtOnce(from address: String) {
    guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else { return }
    for socket in Int32(0)..<1_024 {
      var name = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let code = withUnsafeMutablePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
      }
      guard code == 0, name.sin_family == sa_family_t(AF_INET), UInt16(bigEndian: name.sin_port) == port else {
        continue
      }
      var on: Int32 = 1
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  func createTopics(_ topics: [TopicPlan]) throws(LogError) {
    let nudges = Nudges(bootstrapServers)
    defer { nudges.stop() }
    for plan in topics {
      let code = try withCluster { rd_kafka_mock_topic_create($0, plan.name, Int32(plan.partitions), 1) }
      if code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS {
        throw LogError(code, "creating topic \(plan.name)")
      }
    }
  }

  private func withCluster<Result>(_ body: (OpaquePointer) -> Result) throws(LogError) -> Result {
    try cluster.withLock { (address) throws(LogError) in
      guard let cluster = address.flatMap({ OpaquePointer(bitPattern: $0) }) else {
        throw .fatal("the embedded broker is stopped")
      }
      return body(cluster)
    }
  }
}

/// What tests may do to it.
extension EmbeddedBroker {
  /// Ends all connections and refuses new ones.
  package func setDown() throws(LogError) { try withCluster { _ = rd_kafka_mock_broker_set_down($0, -1) } }

  package func setUp() throws(LogError) { try withCluster { _ = rd_kafka_mock_broker_set_up($0, -1) } }

  /// Delays every answer.
  package func setRoundTrip(ms: Int) throws(LogError) {
    try withCluster { _ = rd_kafka_mock_broker_set_rtt($0, -1, milliseconds(ms)) }
  }

  /// The requests that can be made to fail, with Kafka's numbers for them.
  package enum Request: Int16 {
    case produce = 0
    case fetch = 1
    case listOffsets = 2
    case metadata = 3
    case offsetCommit = 8
    case offsetFetch = 9
    case heartbeat = 12
    case initProducerId = 22
  }

  /// The next requests of that kind fail with these codes of Kafka's protocol, one each; -195 (librdkafka's own code
  /// for a transport failure) drops the connection instead of answering.
  package func pushErrors(_ request: Request, _ codes: [Int32]) throws(LogError) {
    let codes = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
    try withCluster { rd_kafka_mock_push_request_errors_array($0, request.rawValue, codes.count, codes) }
  }

  package func clearErrors(_ request: Request) throws(LogError) {
    try withCluster { rd_kafka_mock_clear_request_errors($0, request.rawValue) }
  }
}
