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
  ///
  /// A class, since it is changed where it stands and passed around in between: a copy would count a dozen references.
  final class Change {
    let key: String
    let partition: Partition
    /// What the table holds of the key; nil: nothing yet.
    let entry: Entry?
    var state: (any HeldState)?
    var bookkeeping: Bookkeeping
    var nowMs: Int64 = 0
    /// All that the batch has sent for the key so far, since compaction may keep only the last of its records.
    var outbox: [OutboxItem] = []
    /// So many of them are of earlier runs.
    fileprivate var sentBefore = 0
    fileprivate var taken = 0
    /// The records behind it, by their places in the batch, for the dead letter if the state turns out too large to be
    /// written.
    var inputs: [Int] = []
    var tallies: [Tally] = []
    var applied: Int64 = 0
    /// The id of the last event behind it.
    var cause: String?
    /// Its state was too large to be written: nothing of it happens.
    fileprivate(set) var isDropped = false

    fileprivate init(_ key: String, _ partition: Partition, _ entry: Entry?, after earlier: Change?) {
      self.key = key
      self.partition = partition
      self.entry = entry
      if let earlier {
        state = earlier.state
        bookkeeping = earlier.bookkeeping
        outbox = earlier.outbox
        sentBefore = outbox.count
      } else {
        state = entry?.state
        bookkeeping = entry?.bookkeeping ?? Bookkeeping()
      }
    }
  }

  private(set) var changes: [Change] = []
  /// The last change of each key that the table doesn't know yet. That of a known one is found with its entry.
  private var ofUnknown: [String: Change] = [:]
  private var lastOfPartition: [Change?]
  /// What goes out without a state of its own: dead letters and forwarded records.
  private(set) var loose: [OutgoingRecord] = []
  private(set) var counters: [Counters]
  private(set) var outboxBytes = 0
  /// Which change the outputs belong to, in the order of the input.
  private var outputs: [Change] = []
  /// What it is made of.
  let records: [Record]
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
    lastOfPartition = Array(repeating: nil, count: partitions)
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

  /// The key's last change, if it has one.
  func change(of key: String, _ entry: Entry?) -> Change? {
    if let entry { entry.pending } else { ofUnknown.isEmpty ? nil : ofUnknown[key] }
  }

  /// The change that the next record of the key belongs to: of the run that goes on, or of one that begins.
  mutating func open(_ key: String, _ partition: Partition, _ entry: Entry?, after earlier: Change?) -> Change {
    let number = Int(partition.number)
    if let earlier, lastOfPartition[number] === earlier { return earlier }
    let change = Change(key, partition, entry, after: earlier)
    if !change.outbox.isEmpty { outboxBytes += change.outbox.reduce(0) { $0 + $1.bytes } }
    if let entry { entry.pending = change } else { ofUnknown[key] = change }
    lastOfPartition[number] = change
    changes.append(change)
    return change
  }

  mutating func send(_ record: OutgoingRecord) { loose.append(record) }

  /// Records an output with the state that it follows from.
  mutating func send(_ record: OutgoingRecord, from change: Change) {
    let item = OutboxItem(number: change.partition.nextNumber(), record: record)
    outboxBytes += item.bytes
    change.outbox.append(item)
    outputs.append(change)
  }

  /// Nothing happens of any of the key's changes.
  func drop(_ change: Change) { change.isDropped = true }

  /// It counts, or is thrown away: nobody may take it for what is under way.
  func close() {
    for change in changes { change.entry?.pending = nil }
  }

  /// What goes out once the states are written, in the order of the input.
  var outgoing: [OutgoingRecord] {
    var records: [OutgoingRecord] = []
    records.reserveCapacity(outputs.count)
    for change in outputs { change.taken = change.sentBefore }
    for change in outputs where !change.isDropped {
      records.append(change.outbox[change.taken].record)
      change.taken += 1
    }
    return records
  }
}
