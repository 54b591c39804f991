import Contracts

/// The port to a partitioned log. Three adapters pass one conformance suite: MemoryLog, KafkaLog on the embedded
/// broker, and KafkaLog on any other broker.
package protocol MessageLog: Sendable {
  /// An idempotent producer with acks from all replicas.
  func makeProducer(name: String) throws(LogError) -> any LogProducer

  /// A consumer. `group` nil: it can neither subscribe nor commit; it reads what it is assigned.
  func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer

  /// How many partitions a topic has; nil where there is no such topic. Never creates one.
  func partitionCount(of topic: String) throws(LogError) -> Int?

  /// Creates the topics that are missing, with their clean-up policies. Existing ones are left as they are. Returns those
  /// that the broker would make only with its own bound of what a record may have.
  @discardableResult
  func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic]

  /// What topics are configured with at the broker, by name; nil for a broker that can't be asked (the embedded one).
  func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]?

  /// True for a log that silently drops its oldest records (the embedded broker): a state topic that has lost its
  /// beginning can't be restored from it.
  var forgets: Bool { get }
}

/// A topic to be created: a declaration of Contracts with the deployment's partition count.
package struct TopicPlan: Sendable, Equatable {
  package var name: String
  package var partitions: Int
  package var cleanup: Cleanup
  /// The broker's clock stamps the records, not their producer's: where everybody may write, some clock is wrong.
  package var isStampedByBroker: Bool
  /// In bytes of key, value and headers, before anything is compressed.
  package var recordBytesMax: Int

  package init(
    name: String, partitions: Int, cleanup: Cleanup, isStampedByBroker: Bool = false,
    recordBytesMax: Int = Topic.recordBytesUsual
  ) {
    self.name = name
    self.partitions = partitions
    self.cleanup = cleanup
    self.isStampedByBroker = isStampedByBroker
    self.recordBytesMax = recordBytesMax
  }

  /// As the topic is declared.
  package init(_ topic: Topic, domainPartitions: Int) {
    self.init(
      name: topic.name, partitions: topic.partitionCount(domainPartitions: domainPartitions), cleanup: topic.cleanup,
      isStampedByBroker: topic.owner == nil, recordBytesMax: topic.recordBytesMax)
  }

  /// What the topic is configured with at the broker.
  package var configuration: [(name: String, value: String)] {
    retention + (isStampedByBroker ? [("message.timestamp.type", "LogAppendTime")] : [])
      + (recordBytesMax > Topic.recordBytesUsual ? [("max.message.bytes", "\(recordBytesMax + Self.addedBytes)")] : [])
  }

  /// What Kafka adds to a record that comes alone, and more.
  private static let addedBytes = 65_536

  private var retention: [(name: String, value: String)] {
    switch cleanup {
    case .delete(let days):
      [("cleanup.policy", "delete"), ("retention.ms", "\(days * 86_400_000)"), ("retention.bytes", "-1")]
    case .compact:
      // For at least an hour every version of a state stays readable: an owner that finds a gap in its own writes
      // must be able to read what stands there.
      [("cleanup.policy", "compact"), ("min.compaction.lag.ms", "3600000")]
    case .keep:
      [("cleanup.policy", "delete"), ("retention.ms", "-1"), ("retention.bytes", "-1")]
    }
  }
}

/// A topic that takes what its broker takes as it comes, and not the largest records that were planned.
package struct SmallTopic: Sendable, Equatable {
  package var name: String
  /// What the broker has said against more.
  package var reason: String

  package init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }
}

extension TopicPlan {
  /// The same without a word on how large a record may be; nil where none is said.
  package var withoutBound: TopicPlan? {
    guard recordBytesMax > Topic.recordBytesUsual else { return nil }
    var plan = self
    plan.recordBytesMax = Topic.recordBytesUsual
    return plan
  }
}

/// Writes records. Safe to call from any thread.
package protocol LogProducer: AnyObject, Sendable {
  /// Appends the records in order and waits for all acknowledgements. Returns each record's offset, in the order given.
  /// Throws at the first failure: what then became of the other records is unknown, and the caller must treat the
  /// producer as broken (close it, make a new one).
  func append(_ records: [OutgoingRecord], timeoutMs: Int) throws(LogError) -> [Int64]

  /// Appends one record without waiting; `completion` is called once, on a thread of the producer's, with its offset
  /// or the failure. Throws `.queueFull` at once when the client's buffer is full: back-pressure, nothing was taken.
  func append(
    _ record: OutgoingRecord, completion: @escaping @Sendable (Result<Int64, LogError>) -> Void
  ) throws(LogError)

  /// Waits for what is under way (at most that long) and frees the client. Idempotent.
  func close(timeoutMs: Int)
}

/// Where a successor starts: the next offset to read and what the owner wants to be told with it.
package struct Position: Sendable, Equatable {
  package var offset: Int64
  package var metadata: String

  package init(offset: Int64, metadata: String = "") {
    self.offset = offset
    self.metadata = metadata
  }
}

/// Reads records. Belongs to one thread, which calls everything on it.
package protocol LogConsumer: AnyObject {
  /// Joins the group with eager range assignment. Both handlers run on the polling thread, inside `poll`. `onAssign`
  /// gets the partitions that are now ours and returns for each the offset to start from; a partition that it leaves
  /// out is ours but isn't read. After `onRevoke` (also when they were lost) nothing of those partitions is delivered.
  func subscribe(
    to topics: [String],
    onAssign: @escaping ([TopicPartition]) -> [TopicPartition: Int64],
    onRevoke: @escaping ([TopicPartition]) -> Void
  ) throws(LogError)

  /// Reads exactly these partitions from these offsets, replacing any earlier assignment; no group membership.
  func assign(_ offsets: [TopicPartition: Int64]) throws(LogError)

  /// Goes on from these offsets instead, with what it was assigned or as a member of its group; what is left out isn't
  /// read any more, and nothing that was fetched before is delivered. A member keeps its membership, and of what isn't its
  /// own it reads nothing. Not from inside a handler.
  func restart(from offsets: [TopicPartition: Int64]) throws(LogError)

  /// Waits up to `timeoutMs` for the first record, then takes what is there at once, at most `maxRecords` and none more
  /// once they hold `Record.pollBytes`, in log order per partition. Empty when nothing came. Throws `.unavailable` when no
  /// broker can be reached.
  func poll(maxRecords: Int, timeoutMs: Int) throws(LogError) -> [Record]

  /// Stores positions for the group; asynchronous when `wait` is false, and `commitFault` says what became of it.
  func commit(_ positions: [TopicPartition: Position], wait: Bool) throws(LogError)

  /// Why the last commit that wasn't waited for was refused, as heard in `poll`; nil: it was stored, or is under way.
  var commitFault: LogError? { get }

  /// What the group has committed; a partition without a commit is left out.
  func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Position]

  /// The first offset that is still there and the offset the next record will get, asked from the broker.
  func bounds(of partition: TopicPartition) throws(LogError) -> (begin: Int64, end: Int64)

  /// The end of a partition that is being read, as the last reading showed it; nil where it hasn't. Costs no request.
  func knownEnd(of partition: TopicPartition) -> Int64?

  /// Leaves the group and frees the client. Idempotent.
  func close()
}

/// What can go wrong at the log, by what is to be done about it.
package enum LogError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The broker is away, too slow or electing: try again later.
  case unavailable(String)
  /// The client's send buffer is full: slow down.
  case queueFull
  /// This record can't be written (too large, no such topic or partition, not allowed): don't try again.
  case rejected(String)
  /// The client is beyond repair (fenced, fatal): close it and make a new one.
  case fatal(String)

  package var description: String {
    switch self {
    case .unavailable(let why): "the log is unavailable: \(why)"
    case .queueFull: "the producer's queue is full"
    case .rejected(let why): "the log rejects the record: \(why)"
    case .fatal(let why): "the log client failed: \(why)"
    }
  }
}
