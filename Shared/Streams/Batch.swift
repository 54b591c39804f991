import Contracts
import MessageLog

/// What a batch of records leads to, decided on an overlay over the tables: within it each record sees its predecessor's
/// state, and nothing of it is visible until it is committed.
struct Batch<State: TableValue> {
  /// A key that the batch has changed.
  struct Change {
    var partition: Int32
    var state: State?
    var bookkeeping: Bookkeeping
    var nowMs: Int64
    var outbox: [OutboxItem] = []
    /// The records behind it, for the dead letter if the state turns out too large to be written.
    var inputs: [Record] = []
    var applied: Int64 = 0
  }

  private(set) var changes: [String: Change] = [:]
  /// The changed keys in the order in which they first changed.
  private(set) var keys: [String] = []
  /// What goes out without a state of its own: dead letters and forwarded records.
  private(set) var loose: [OutgoingRecord] = []
  /// The next offsets to read, per partition and topic.
  private(set) var positions: [TopicPartition: Int64] = [:]
  private(set) var counters: [Int32: Counters] = [:]
  private(set) var outboxBytes = 0

  mutating func advance(_ record: Record) {
    positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
  }

  mutating func count(_ partition: Int32, _ change: (inout Counters) -> Void) {
    change(&counters[partition, default: Counters()])
  }

  mutating func send(_ record: OutgoingRecord) { loose.append(record) }

  mutating func set(_ key: String, _ change: Change) {
    if changes.updateValue(change, forKey: key) == nil { keys.append(key) }
  }

  mutating func drop(_ key: String) {
    changes[key] = nil
    keys.removeAll { $0 == key }
  }

  mutating func noteOutbox(bytes: Int) { outboxBytes += bytes }
}
