import Contracts
import MessageLog

/// An input, with what is asked of it for every record.
struct InputTopic {
  let name: String
  let hash: UInt64
  let isTicks: Bool
  /// A state topic of another owner: of a key the last value counts.
  let isState: Bool
  /// Channels, systems and staff write it.
  let isOpen: Bool

  init(_ topic: Topic, isTicks: Bool) {
    name = topic.name
    hash = StableHash.of(topic.name)
    self.isTicks = isTicks
    isState = topic.cleanup == .compact
    isOpen = topic.owner == nil
  }
}

/// What a batch of records leads to, decided on an overlay over the tables: within it each record sees its predecessor's
/// state, and nothing of it is visible until it is committed.
struct Batch {
  /// A key that the batch has changed.
  struct Change {
    let key: String
    let partition: Partition
    var state: (any HeldState)?
    var bookkeeping: Bookkeeping
    var nowMs: Int64 = 0
    var outbox: [OutboxItem] = []
    /// The records behind it, for the dead letter if the state turns out too large to be written.
    var inputs: [Record] = []
    var applied: Int64 = 0
    /// The id of the last event behind it.
    var cause: String?
    /// Its state was too large to be written: nothing of it happens.
    var isDropped = false

    init(_ key: String, _ partition: Partition, _ entry: Entry?) {
      self.key = key
      self.partition = partition
      state = entry?.state
      bookkeeping = entry?.bookkeeping ?? Bookkeeping()
    }
  }

  /// In the order in which the keys first changed.
  private(set) var changes: [Change] = []
  private var indices: [String: Int] = [:]
  /// What goes out without a state of its own: dead letters and forwarded records.
  private(set) var loose: [OutgoingRecord] = []
  private(set) var counters: [Counters]
  private(set) var outboxBytes = 0
  /// Which change the outputs belong to, in the order of the input.
  private var outputs: [Int] = []
  /// The next offset to read, per input and partition; -1 where the batch has none.
  private var positions: [Int64]
  private let partitionCount: Int

  /// Partitions and inputs are few and numbered, so what is kept for each is in arrays: a look-up by name for every
  /// record would cost as much as reading its envelope.
  init(inputs: Int, partitions: Int) {
    partitionCount = partitions
    counters = Array(repeating: Counters(), count: partitions)
    positions = Array(repeating: -1, count: inputs * partitions)
  }

  // MARK: Positions and counts

  mutating func advance(_ input: Int, _ record: Record) {
    positions[input * partitionCount + Int(record.partition)] = record.offset + 1
  }

  func forEachPosition(_ body: (_ input: Int, _ partition: Int32, _ offset: Int64) -> Void) {
    for (index, offset) in positions.enumerated() where offset >= 0 {
      body(index / partitionCount, Int32(index % partitionCount), offset)
    }
  }

  mutating func count(_ partition: Int32, _ change: (inout Counters) -> Void) { change(&counters[Int(partition)]) }

  // MARK: Changes

  /// Where the key's change is, if it has one.
  func index(of key: String) -> Int? { indices[key] }

  mutating func open(_ key: String, _ partition: Partition, _ entry: Entry?) -> Int {
    indices[key] = changes.count
    changes.append(Change(key, partition, entry))
    return changes.count - 1
  }

  mutating func update(_ index: Int, _ body: (inout Change) -> Void) { body(&changes[index]) }

  mutating func send(_ record: OutgoingRecord) { loose.append(record) }

  /// Records an output with the state that it follows from.
  mutating func send(_ record: OutgoingRecord, from index: Int) {
    changes[index].outbox.append(OutboxItem(number: changes[index].partition.nextNumber(), record: record))
    outputs.append(index)
    outboxBytes += (record.value?.count ?? 0) + record.headers.bytes.count
  }

  mutating func drop(_ index: Int) { changes[index].isDropped = true }

  /// What goes out once the states are written, in the order of the input.
  var outgoing: [OutgoingRecord] {
    var records: [OutgoingRecord] = []
    records.reserveCapacity(outputs.count)
    var taken = [Int](repeating: 0, count: changes.count)
    for index in outputs where !changes[index].isDropped {
      records.append(changes[index].outbox[taken[index]].record)
      taken[index] += 1
    }
    return records
  }
}
