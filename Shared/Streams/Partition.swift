import Contracts
import MessageLog

/// What an owner holds of one partition: the table, who is due, how far it has come.
final class Partition {
  let number: Int32
  var table = MemoryTable()
  var due = DueHeap()
  /// The offset of our takeover record.
  var epoch: Int64 = -1
  /// The last offset of the state partition that we know: the next one we write must follow it.
  var lastStateOffset: Int64 = -1
  /// The state offset up to which all outputs are out.
  var watermark: Int64 = -1
  /// The record of ours that stands there, until a commit tells its fingerprint.
  var watermarkRecord: OutgoingRecord?
  var watermarkFingerprint: Int64?
  /// Numbers what this owner writes: outputs for the order of a resend, states for their ids.
  var lastNumber: Int64 = 0
  /// The next offset to read, per input topic.
  var positions: [String: Int64] = [:]
  /// Where reading began, per input topic.
  var starts: [String: Int64] = [:]
  /// The last record taken, per input topic, until a commit tells its fingerprint.
  var lastTaken: [String: Record] = [:]
  /// Of the record before the position, per input topic.
  var fingerprints: [String: Int64] = [:]
  /// Where what comes first, per input topic, is the record before the position, to be compared and not processed.
  var awaited: [String: InputMark] = [:]
  /// How far the keys have applied each input, by the hash of its topic.
  var appliedThrough: [UInt64: Int64] = [:]
  /// Keys whose state takes more than half of what a record may.
  private(set) var large: Set<[UInt8]> = []
  /// Keys whose state was deleted, in the order of their deletion, and when each was last.
  var deletions: [(key: String, atMs: Int64)] = []
  var deletedMs: [String: Int64] = [:]
  var counters = Counters()
  /// The highest epoch seen on inputs that are state topics of others.
  var inputEpochs: [String: Int64] = [:]
  /// The same up to the positions: a batch that fails has seen more than a successor will have.
  var positionEpochs: [String: Int64] = [:]
  /// The logic's revision when its outdated keys were last woken.
  var revision: Int64 = 0
  var isDirty = false
  /// Whether a commit has told where the owner's takeover record stands.
  var isTold = false
  /// Why it stands still, if it does.
  var stopped: String?

  init(number: Int32) { self.number = number }

  /// Who has taken over tells so also where there is nothing to do; not before he knows his inputs for those that were read.
  var isToBeTold: Bool { !isTold && stopped == nil && awaited.isEmpty }

  func nextNumber() -> Int64 {
    lastNumber += 1
    return lastNumber
  }

  func noteSize(_ key: String, _ bytes: Int, of bytesMax: Int) {
    if bytes > bytesMax / 2 {
      large.insert(Array(key.utf8))
    } else if !large.isEmpty {
      large.remove(Array(key.utf8))
    }
  }

  /// Whoever is written is noted as due, also where he was noted before. When most of that is no longer true, what is true
  /// is noted anew.
  func tidyDue(slack: Int) {
    if due.count > 2 * table.count + slack { noteDueAnew() }
  }

  /// Whoever is outdated is woken when it is asked for next.
  func noteDueAnew() {
    due = DueHeap()
    revision = 0
    table.forEach { key, entry in
      if let dueMs = entry.state?.nextDueMs { due.add(key, dueMs: dueMs) }
    }
  }

  /// Before it is taken over, anew or once more: what the table holds stays, where its inputs stand is the commit's to
  /// tell.
  func forgetPositions() {
    for (topic, offset) in positions {
      let hash = StableHash.of(topic)
      appliedThrough[hash] = max(appliedThrough[hash] ?? -1, offset - 1)
    }
    (positions, starts, lastTaken, fingerprints, awaited) = ([:], [:], [:], [:], [:])
    // Of records that are read again; the commit's metadata says what held where they begin.
    (inputEpochs, positionEpochs) = ([:], [:])
    isDirty = false
  }
}

/// Counted per partition since the group began; they travel in the commit's metadata, so that anybody who can read the
/// group's position also knows what became of the records up to it.
package struct Counters: Sendable, Equatable {
  package var applied: Int64 = 0
  package var duplicates: Int64 = 0
  package var deadLettered: Int64 = 0

  package init() {}

  mutating func add(_ other: Counters) {
    applied += other.applied
    duplicates += other.duplicates
    deadLettered += other.deadLettered
  }
}

/// The metadata of a commit: `w=<watermark>;a=<applied>;d=<duplicates>;x=<dead-lettered>;e=<epoch of the input>`, then
/// `o=<epoch of the owner>`, `s=<fingerprint of the state at the watermark>` and for each of the partition's inputs `p:<topic>=<next offset>` and
/// `f:<topic>=<fingerprint of the record before it>`. All values are numbers, and who knows a name not leaves it out.
package struct CommitMetadata: Sendable, Equatable {
  package var watermark: Int64
  package var counters: Counters
  package var inputEpoch: Int64
  /// Where in the state partition the owner's takeover record stands, which says who he is; nil from before it was told.
  package var ownerEpoch: Int64?
  package var stateFingerprint: Int64?
  package var inputs: [String: InputMark]

  package init(
    watermark: Int64, counters: Counters, inputEpoch: Int64, ownerEpoch: Int64? = nil,
    stateFingerprint: Int64? = nil, inputs: [String: InputMark] = [:]
  ) {
    self.watermark = watermark
    self.counters = counters
    self.inputEpoch = inputEpoch
    self.ownerEpoch = ownerEpoch
    self.stateFingerprint = stateFingerprint
    self.inputs = inputs
  }

  package init?(_ text: String) {
    self.init(watermark: -1, counters: Counters(), inputEpoch: -1)
    var fingerprints: [String: Int64] = [:]
    for part in text.split(separator: ";") {
      guard let equals = part.firstIndex(of: "="), let number = Int64(part[part.index(after: equals)...]) else {
        return nil
      }
      let name = part[..<equals]
      switch name {
      case "w": watermark = number
      case "a": counters.applied = number
      case "d": counters.duplicates = number
      case "x": counters.deadLettered = number
      case "e": inputEpoch = number
      case "o": ownerEpoch = number
      case "s": stateFingerprint = number
      case _ where name.hasPrefix("p:"): inputs[String(name.dropFirst(2))] = InputMark(offset: number, fingerprint: nil)
      case _ where name.hasPrefix("f:"): fingerprints[String(name.dropFirst(2))] = number
      default: break
      }
    }
    for (topic, fingerprint) in fingerprints { inputs[topic]?.fingerprint = fingerprint }
  }

  package var text: String {
    var text =
      "w=\(watermark);a=\(counters.applied);d=\(counters.duplicates);x=\(counters.deadLettered);e=\(inputEpoch)"
    if let ownerEpoch { text += ";o=\(ownerEpoch)" }
    if let stateFingerprint { text += ";s=\(stateFingerprint)" }
    for (topic, mark) in inputs.sorted(by: { $0.key < $1.key }) {
      text += ";p:\(topic)=\(mark.offset)"
      if let fingerprint = mark.fingerprint { text += ";f:\(topic)=\(fingerprint)" }
    }
    return text
  }
}

/// A key's entry: deleted keys keep what they have seen, so that a late repetition does not bring them back.
/// A class, so that a record's key is looked up once: what a batch makes of it hangs on it until the batch counts.
final class Entry {
  var state: (any HeldState)?
  var bookkeeping: Bookkeeping
  /// The last change of the batch that is under way.
  var pending: Batch.Change?

  init(state: (any HeldState)?, bookkeeping: Bookkeeping) {
    self.state = state
    self.bookkeeping = bookkeeping
  }
}

/// The table of one partition. A protocol, so that a store on disk can follow where a partition outgrows memory.
protocol Table {
  subscript(key: String) -> Entry? { get set }
  var count: Int { get }
  func forEach(_ body: (String, Entry) -> Void)
}

struct MemoryTable: Table {
  private var entries: [String: Entry] = [:]

  subscript(key: String) -> Entry? {
    get { entries[key] }
    set { entries[key] = newValue }
  }

  var count: Int { entries.count }

  func forEach(_ body: (String, Entry) -> Void) {
    for (key, entry) in entries { body(key, entry) }
  }
}

/// Which keys are due when. An entry that is no longer true is found out when it comes up, not searched for.
struct DueHeap {
  /// Of those that are due together the order is one and the same in every process.
  private struct Item: Comparable {
    var dueMs: Int64
    var key: String

    static func < (one: Item, other: Item) -> Bool {
      one.dueMs != other.dueMs ? one.dueMs < other.dueMs : one.key < other.key
    }
  }

  private var items: [Item] = []

  var count: Int { items.count }

  mutating func add(_ key: String, dueMs: Int64) {
    items.append(Item(dueMs: dueMs, key: key))
    var child = items.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if items[parent] <= items[child] { break }
      items.swapAt(parent, child)
      child = parent
    }
  }

  /// The due time of what was decided with other globals than those that there are now.
  static let outdatedMs: Int64 = .min

  var nextDueMs: Int64? { items.first?.dueMs }

  mutating func popDue(_ nowMs: Int64) -> (key: String, dueMs: Int64)? {
    guard let first = items.first, first.dueMs <= nowMs else { return nil }
    let last = items.removeLast()
    if !items.isEmpty {
      items[0] = last
      sink()
    }
    return (first.key, first.dueMs)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var child = parent * 2 + 1
      if child >= items.count { return }
      if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
      if items[parent] <= items[child] { return }
      items.swapAt(parent, child)
      parent = child
    }
  }
}
