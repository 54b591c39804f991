import Contracts
import MessageLog
import Operations
import Streams

/// What becomes of a replay's events, seen from outside: it reads what the services write, from where the topics ended
/// when the replay began. Belongs to one thread.
final class ReplayWatch {
  private(set) var found = Found()
  private let dataset: Dataset
  private let positions: GroupPositions
  private let consumer: any LogConsumer
  private var next: [TopicPartition: Int64] = [:]
  private var applied: Set<UInt64> = []
  private var contactsStarted: [String: Int64] = [:]
  private var contactsInOrder: [String] = []

  struct Found: Sendable, Equatable {
    /// Different events of the replay on the timeline.
    var applied: Int64 = 0
    /// By the group that could not take them; `profile-aggregator.facets` comes before the timeline, the rest after it.
    var deadLettered: [ConsumerGroup: Int64] = [:]
    /// One of the reasons, for whoever has to look.
    var deadLetterReason: String?
    var lists: Int64 = 0
    var leads: Int64 = 0
    /// From the start of a contact to its first list.
    var listMs: [Int64] = []
  }

  /// As many contacts are waited for at a time, and as many times of lists are kept.
  static let contactsMax = 200_000
  static let samplesMax = 1_000_000

  init(_ dataset: Dataset, log: any MessageLog, positions: GroupPositions) throws {
    self.dataset = dataset
    self.positions = positions
    consumer = try log.makeConsumer(name: "replay", group: nil)
    for topic in Self.topics { next.merge(try positions.ends(of: topic)) { $1 } }
    try consumer.assign(next)
  }

  private static let topics =
    [Topics.profileTimeline, Topics.nbaLists, Topics.leadEvents] + ConsumerGroup.allCases.map(\.deadLetter)
  private static let deadLetters = Dictionary(
    uniqueKeysWithValues: ConsumerGroup.allCases.map { ($0.deadLetter.name, $0) })

  func close() { consumer.close() }

  /// Sent at that time: its first list is waited for.
  func contactStarted(_ contact: String, atMs: Int64) {
    guard contactsStarted[contact] == nil else { return }
    if contactsInOrder.count >= Self.contactsMax {
      for old in contactsInOrder.prefix(Self.contactsMax / 2) { contactsStarted[old] = nil }
      contactsInOrder.removeFirst(Self.contactsMax / 2)
    }
    contactsStarted[contact] = atMs
    contactsInOrder.append(contact)
  }

  /// Reads what is there; true when there was something.
  func poll(timeoutMs: Int) throws -> Bool {
    let records = try consumer.poll(maxRecords: 1_000, timeoutMs: timeoutMs)
    for record in records {
      next[TopicPartition(record.topic, record.partition)] = record.offset + 1
      take(record)
    }
    return !records.isEmpty
  }

  /// Whether all that the topics held just now has been read.
  func hasReadAll() throws -> Bool {
    for topic in Self.topics {
      for (partition, end) in try positions.ends(of: topic) where (next[partition] ?? 0) < end { return false }
    }
    return true
  }

  private func take(_ record: Record) {
    switch record.topic {
    case Topics.profileTimeline.name:
      guard isOurs(record), let id = record.headers.string("ce_id") else { return }
      if applied.insert(ReplayHash.of(id)).inserted { found.applied += 1 }
    case Topics.nbaLists.name:
      guard let value = record.value, let list = try? NbaList(json: value),
        list.contact.hasPrefix(dataset.contactPrefix)
      else { return }
      found.lists += 1
      guard list.version > 0, let startedMs = contactsStarted.removeValue(forKey: list.contact), record.timestampMs > 0
      else { return }
      if found.listMs.count < Self.samplesMax { found.listMs.append(max(0, record.timestampMs - startedMs)) }
    case Topics.leadEvents.name:
      guard record.headers.string("ce_type") == LeadEventType.opened.rawValue,
        record.headers.string("ce_correlationid")?.hasPrefix(dataset.contactPrefix) == true
      else { return }
      found.leads += 1
    default:
      guard let group = Self.deadLetters[record.topic], isOurs(record) else { return }
      found.deadLettered[group, default: 0] += 1
      if found.deadLetterReason == nil {
        found.deadLetterReason = "\(group.rawValue): \(DeadLetterBox.Letter(record).refusal.words)"
      }
    }
  }

  private func isOurs(_ record: Record) -> Bool { record.headers.string("ce_source") == dataset.source }
}
