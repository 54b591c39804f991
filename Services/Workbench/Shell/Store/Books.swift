// Everything the screens show, built from the records of the public topics, in bounded memory.

import Contracts
import Foundation
import MessageLog
import Streams
import Synchronization

/// How much is held.
struct Bounds: Sendable {
  var profiles = 50_000
  var profileBytes = 256 << 20
  var contacts = 20_000
  var identifiers = 100_000
  var identityBytes = 64 << 20
  var listBytes = 128 << 20
  var decisions = 2_000
  var decisionBytes = 64 << 20
  var waitingEvents = 8_192
  /// Of what one poll brings of a topic, that many records are looked at for the strip; the others are only counted.
  var shownPerBatch = 50
}

final class Books: Sendable {
  struct Content: Sendable {
    var profiles: ProfileBook
    var lists: ListBook
    var leads: LeadBook
    var identities: IdentityBook
    var catalogs = CatalogBook()
    var drafts = DraftBook()
    var decisions: LruTable<String, [UInt8]>
    var flow = Flow()
    var results = ResultsBook()
    var steward = StewardBook()
    /// What was given out of what there is only so much of, without who has it.
    var budgets = LruTable<String, Budget>(countMax: 10_000)
    /// When events were written, and the lists that came before their event was read.
    var eventsMs: LruTable<String, Int64>
    var listsWaiting: LruTable<String, (contact: String, list: String, atMs: Int64)>
    var filter = StateFilter()
    var revision: Int64 = 0
    var refused = 0

    init(_ bounds: Bounds) {
      profiles = ProfileBook(countMax: bounds.profiles, bytesMax: bounds.profileBytes)
      lists = ListBook(countMax: bounds.contacts, bytesMax: bounds.listBytes)
      leads = LeadBook(countMax: bounds.profiles)
      identities = IdentityBook(countMax: bounds.identifiers, bytesMax: bounds.identityBytes)
      decisions = LruTable(countMax: bounds.decisions, costMax: bounds.decisionBytes)
      eventsMs = LruTable(countMax: bounds.waitingEvents)
      listsWaiting = LruTable(countMax: bounds.waitingEvents)
    }
  }

  /// What was put aside of what was asked from here.
  static let letters: Set<String> = [ConsumerGroup.linker.deadLetter.name, ConsumerGroup.drafts.deadLetter.name]

  private let content: Mutex<Content>
  private let bounds: Bounds

  init(bounds: Bounds = Bounds()) {
    self.bounds = bounds
    content = Mutex(Content(bounds))
  }

  func read<Result: Sendable>(_ body: (inout sending Content) -> sending Result) -> Result {
    content.withLock { body(&$0) }
  }

  /// The list that a decision is about, where it is still held: as its contact's latest, or the one before.
  func published(_ list: String, decision: [UInt8]) throws -> NbaList? {
    let contact = try Content.member("contact", of: decision)
    guard let entry = read({ $0.lists[contact] }) else { return nil }
    return try [entry.list, entry.previous].compactMap(\.self).map { try NbaList(json: $0) }.first { $0.id == list }
  }

  /// Takes what one poll brought. What is not live was there before the workbench started: it fills the books but does
  /// not pass through the strip. Returns what could not be read.
  func apply(
    _ records: [Record], nowMs: Int64, isLive: (Record) -> Bool
  ) -> [(record: Record, error: any Error)] {
    var left: [String: Int] = [:]
    for record in records { left[record.topic, default: 0] += 1 }
    return content.withLock { content in
      var refused: [(record: Record, error: any Error)] = []
      for record in records {
        do {
          try content.apply(record)
        } catch {
          content.refused += 1
          refused.append((record, error))
        }
        left[record.topic]! -= 1
        guard !Self.letters.contains(record.topic), isLive(record), !Takeover.isTakeover(record),
          !Handover.isHandover(record)
        else { continue }
        content.flow.count(record.topic, 1)
        if left[record.topic]! < bounds.shownPerBatch { content.show(record, nowMs: nowMs) }
      }
      return refused
    }
  }
}

extension Books.Content {
  /// Of state topics the state; of lists the highest version; of decisions the bytes.
  fileprivate mutating func apply(_ record: Record) throws {
    guard let key = record.key.map({ String(decoding: $0, as: UTF8.self) }), filter.admits(record) else { return }
    switch record.topic {
    case Topics.profileState.name:
      revision += 1
      if let value = record.value {
        try profiles.put(key, value, revision: revision)
      } else {
        profiles.remove(key)
      }
    case Topics.leadState.name:
      revision += 1
      if let value = record.value {
        let state = try JSONDecoder().decode(LeadState.self, from: Data(value))
        leads.put(key, state.leads, revision: revision)
      } else {
        leads.remove(key, revision: revision)
      }
    case Topics.marketingCatalog.name:
      revision += 1
      if let value = record.value {
        try catalogs.take(
          record.key, value, text: record.headers.string(CatalogHeader.text), writtenMs: record.timestampMs)
      }
    case Topics.marketingDrafts.name:
      revision += 1
      try drafts.put(key, record.value)
    case Topics.budgets.name:
      revision += 1
      if let value = record.value { budgets.put(key, try Budget(counts: value)) }
    case ConsumerGroup.drafts.deadLetter.name: drafts.takeLetter(record)
    case Topics.identityMap.name:
      revision += 1
      try steward.take(record, key: key)
      if let value = record.value { try identities.put(key, value, revision: revision) }
    case Topics.nbaLists.name:
      guard let value = record.value else { return }
      let head = try ListBook.head(of: value)
      revision += 1
      if lists.put(key, head, value, revision: revision) { time(head, record) }
    case Topics.nbaDecisions.name:
      if let value = record.value { decisions.put(try Self.member("list", of: value), value, cost: value.count) }
    case Topics.nbaEvidence.name:
      if let value = record.value { try results.take(value) }
    case ConsumerGroup.linker.deadLetter.name: steward.takeLetter(record)
    case Topics.channelInteractions.name, Topics.sourceRecords.name:
      guard record.timestampMs > 0, let id = record.headers.string("ce_id") else { return }
      eventsMs.put(id, record.timestampMs)
      if let list = listsWaiting.remove(id) {
        sample(list.contact, list.list, list.atMs - record.timestampMs, atMs: list.atMs)
      }
    default: break
    }
  }

  private mutating func time(_ head: ListBook.Head, _ record: Record) {
    guard let cause = head.cause, record.timestampMs > 0 else { return }
    if let eventMs = eventsMs[cause] {
      sample(head.contact, head.id, record.timestampMs - eventMs, atMs: record.timestampMs)
    } else {
      listsWaiting.put(cause, (head.contact, head.id, record.timestampMs))
    }
  }

  private mutating func sample(_ contact: String, _ list: String, _ ms: Int64, atMs: Int64) {
    // A list long after its event was brought about by time, not by the event.
    guard (0...60_000).contains(ms) else { return }
    revision += 1
    flow.sample(ms, atMs: atMs)
    lists.setLatency(ms, contact: contact, list: list, revision: revision)
  }

  fileprivate mutating func show(_ record: Record, nowMs: Int64) {
    let key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let type = record.headers.string("ce_type") ?? "–"
    let written = record.timestampMs > 0 ? record.timestampMs : nil
    flow.add(
      FlowRecord(
        seq: 0, topic: record.topic, type: Self.short(type, record), key: key, atMs: written ?? nowMs,
        delayMs: written.map { max(0, nowMs - $0) }, partition: record.partition, offset: record.offset))
  }

  /// `trias.page.viewed.v1` → `page.viewed`; a state's type is its topic, which the lane says already.
  private static func short(_ type: String, _ record: Record) -> String {
    if record.value == nil { return "deleted" }
    if type == "trias.\(record.topic)" { return "new state" }
    let parts = type.split(separator: ".")
    guard parts.count > 2, parts.first == "trias" else { return type }
    let last = parts.last!.first == "v" ? 1 : 0
    return parts.dropFirst().dropLast(last).joined(separator: ".")
  }

  /// Of a decision, one of its texts.
  fileprivate static func member(_ name: StaticString, of decision: [UInt8]) throws(JSONError) -> String {
    try JSONReader.read(decision) { reader throws(JSONError) in
      var text = ""
      try reader.object { reader, key throws(JSONError) in
        if key == name { text = try reader.string() } else { try reader.skip() }
      }
      return text
    }
  }
}
