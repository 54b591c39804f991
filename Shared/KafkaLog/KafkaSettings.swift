import Contracts
import MessageLog

/// How to reach a Kafka cluster. Everything that librdkafka can be told goes through `properties` and wins over the
/// defaults of this file.
package struct KafkaSettings: Sendable {
  package var bootstrapServers: String
  package var clientId: String
  /// librdkafka's own names: `security.protocol`, `sasl.username`, `ssl.ca.location` and so on.
  package var properties: [String: String]
  /// Whether the cluster is the embedded broker; nil: found out from the cluster's id.
  package var embedded: Bool?
  /// Copies of every topic that is created; -1 is the cluster's own default.
  package var replicationFactor: Int
  /// How long who leaves his group waits for its answer. An orderly end has nine seconds in all: three for a last commit,
  /// one to hand over.
  package var leaveMs = 3_000
  /// librdkafka's log lines, by syslog's levels: 3 is an error, 4 a warning. Lines of a lower urgency don't come
  /// unless `log_level` among the properties asks for them. May be called on any thread.
  package var log: @Sendable (_ level: Int32, _ facility: String, _ message: String) -> Void

  package init(
    bootstrapServers: String, clientId: String, properties: [String: String] = [:], embedded: Bool? = nil,
    replicationFactor: Int = -1,
    log: @escaping @Sendable (_ level: Int32, _ facility: String, _ message: String) -> Void = { _, _, _ in }
  ) {
    self.bootstrapServers = bootstrapServers
    self.clientId = clientId
    self.properties = properties
    self.embedded = embedded
    self.replicationFactor = replicationFactor
    self.log = log
  }
}

extension KafkaSettings {
  /// After how long a silence the group gives a member up.
  private var sessionTimeoutMs: Int { properties["session.timeout.ms"].flatMap { Int($0) } ?? 10_000 }

  /// What a consumer fetches before it is asked for it, and as much again while an answer of a broker comes in. Enough for a
  /// second of the fastest stage; librdkafka's own 64 MiB are too much for a process that has up to ten consumers.
  private var readAheadKiB: Int { properties["queued.max.messages.kbytes"].flatMap { Int($0) } ?? 16_384 }

  /// Properties that librdkafka would take and that don't go together.
  func check() throws(LogError) {
    guard let set = properties["message.timeout.ms"].flatMap({ Int($0) }) else { return }
    if set == 0 || set >= sessionTimeoutMs {
      throw .fatal(
        "Kafka property message.timeout.ms: \(set) is not below session.timeout.ms, which is \(sessionTimeoutMs): what an "
          + "owner has in hand must not reach the log when its partitions are another's")
    }
  }

  func producerProperties(name: String) -> [String: String] {
    merged(
      [
        "client.id": "\(clientId).\(name)",
        "enable.idempotence": "true",
        "enable.gapless.guarantee": "true",
        "acks": "all",
        "linger.ms": "0",
        // Below the session's time-out: when the group gives a partition to somebody else, nothing that its old owner
        // still had in hand can reach the log any more. Eight seconds outlast the election of a leader.
        "message.timeout.ms": "\(min(8_000, sessionTimeoutMs * 4 / 5))",
        "queue.buffering.max.kbytes": "131072",
        // The client's own bound is for all topics, so it is that of the largest record; each topic's is looked at before.
        "message.max.bytes": "\(Catalog.recordBytesMax + 65_536)",
      ])
  }

  func consumerProperties(name: String, group: String?, embedded: Bool) -> [String: String] {
    var defaults = [
      "client.id": "\(clientId).\(name)",
      // librdkafka wants a name even from a reader that joins no group; nothing is ever committed under this one.
      "group.id": group ?? "\(clientId).reader",
      "enable.auto.commit": "false",
      "enable.auto.offset.store": "false",
      // Starting offsets are always explicit, so an offset that isn't there is a loss and never a reason to jump.
      "auto.offset.reset": "error",
      // Only range keeps the same partition of all topics at one member; and it must be the only one offered, since
      // the embedded broker can't choose.
      "partition.assignment.strategy": "range",
      "session.timeout.ms": "\(sessionTimeoutMs)",
      "heartbeat.interval.ms": "\(min(3_000, sessionTimeoutMs / 3))",
      "fetch.min.bytes": "1",
      "queued.max.messages.kbytes": "\(readAheadKiB)",
      // Or one answer could hold 50 MiB on top of it. No less than the largest record.
      "fetch.max.bytes": "\(max(readAheadKiB, 1_024) * 1_024)",
      "isolation.level": "read_uncommitted",
      // What came compressed by a stream says not how large it is: librdkafka tries thrice as much each time, and gives up
      // above this bound, for ever. So it has to reach over the largest record by as much.
      "receive.message.max.bytes": "\(3 * Topics.recordBytesMax + 1_000_000)",
    ]
    if embedded {
      // An empty fetch always waits its full time at the embedded broker.
      defaults["fetch.wait.max.ms"] = "5"
    }
    return merged(defaults)
  }

  /// For questions about the cluster: topics, its id, creating topics. A consumer's, since librdkafka's consumers
  /// don't make the topics that they ask for.
  func adminProperties() -> [String: String] {
    merged(["client.id": "\(clientId).admin"])
  }

  private func merged(_ defaults: [String: String]) -> [String: String] {
    var all = [
      "bootstrap.servers": bootstrapServers,
      "log_level": "4",
      // Small requests follow each other; none waits until the one before it is acknowledged by the network.
      "socket.nagle.disable": "true",
      // A broker that comes back is found again within a second or two instead of ten.
      "reconnect.backoff.max.ms": "1500",
      // A broker that keeps its sockets and says nothing is given up after ten seconds instead of sixty.
      "socket.timeout.ms": "10000",
    ]
    all.merge(defaults) { $1 }
    all.merge(properties) { $1 }
    return all
  }
}
