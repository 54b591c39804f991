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
  /// What a run of records, without another key's of that partition in between, has made of a key. One state record
  /// each, in the order in which they were decided: whatever part of a batch gets written is its beginning, and goes out
  /// before what a successor decides. A reader that has seen an origin takes what lies before it as seen.
  struct Change {
    let key: String
    let partition: Partition
    var state: (any HeldState)?
    var bookkeeping: Bookkeeping
    var nowMs: Int64 = 0
    /// All that the batch has sent for the key so far, since compaction may keep only the last of its records.
    var outbox: [OutboxItem] = []
    /// So many of them are of earlier runs.
    fileprivate(set) var sentBefore = 0
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

  private(set) var changes: [Change] = []
  /// The last change of each key, and of each partition.
  private var indices: [String: Int] = [:]
  private var lastOfPartition: [Int]
  /// What goes out without a state of its own: dead letters and forwarded records.
  private(set) var loose: [OutgoingRecord] = []
  private(set) var counters: [Counters]
  private(set) var outboxBytes = 0
  /// Which change the outputs belong to, in the order of the input.
  private var outputs: [Int] = []
  /// What it is made of.
  private let records: [Record]
  /// Which of them is the last, per input and partition; -1 where the batch has none.
  private var lastTaken: [Int]
  private let partitionCount: Int

  /// Partitions and inputs are few and numbered, so what is kept for each is in arrays: a look-up by name for every
  /// record would cost as much as reading its envelope.
  init(of records: [Record], inputs: Int, partitions: Int) {
    self.records = records
    partitionCount = partitions
    counters = Array(repeating: Counters(), count: partitions)
    lastTaken = Array(repeating: -1, count: inputs * partitions)
    lastOfPartition = Array(repeating: -1, count: partitions)
  }

  // MARK: Positions and counts

  mutating func advance(_ input: Int, _ partition: Int32, to index: Int) {
    lastTaken[input * partitionCount + Int(partition)] = index
  }

  func forEachLastTaken(_ body: (_ input: Int, _ partition: Int32, _ record: Record) -> Void) {
    for (place, index) in lastTaken.enumerated() where index >= 0 {
      body(place / partitionCount, Int32(place % partitionCount), records[index])
    }
  }

  mutating func count(_ partition: Int32, _ change: (inout Counters) -> Void) { change(&counters[Int(partition)]) }

  // MARK: Changes

  /// Where the key's last change is, if it has one.
  func index(of key: String) -> Int? { indices[key] }

  /// Where the next change of the key belongs: to the run that goes on, or to one that begins.
  mutating func open(_ key: String, _ partition: Partition, _ entry: Entry?) -> Int {
    let number = Int(partition.number)
    var change = Change(key, partition, entry)
    if let index = indices[key] {
      if lastOfPartition[number] == index { return index }
      change.outbox = changes[index].outbox
      change.sentBefore = change.outbox.count
      outboxBytes += change.outbox.reduce(0) { $0 + $1.bytes }
    }
    indices[key] = changes.count
    lastOfPartition[number] = changes.count
    changes.append(change)
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
    var taken = changes.map(\.sentBefore)
    for index in outputs where !changes[index].isDropped {
      records.append(changes[index].outbox[taken[index]].record)
      taken[index] += 1
    }
    return records
  }
}
