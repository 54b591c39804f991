import Contracts
import MessageLog

/// What a data steward sees of identifiers, and what he has done with them. It reads what everybody can read, and writes
/// commands: what becomes of them is the linker's to say.
package struct IdentityDesk: Sendable {
  /// An identifier, and all that are of its profile, itself among them; of a device, of the profile whose it is now.
  package struct Known: Sendable, Equatable {
    package var entry: IdentityMapEntry
    package var members: [IdentityMapEntry]
  }

  package enum Outcome: Sendable, Equatable {
    /// What the linker has said because of it, the identifier's own entry last.
    case judged([IdentityMapEntry])
    /// Put aside, with the reason: it can't be read, or is not granted.
    case refused(String)
    /// Nothing was heard for as long as one would wait. The command is on its topic, and will be read.
    case unanswered
  }

  private let log: any MessageLog

  package init(log: any MessageLog) { self.log = log }

  /// nil where no claim has named it. Members may be in any partition, so it reads the whole map, and keeps of it what was
  /// ever said of that profile.
  package func known(_ identifier: Identifier) throws -> Known? {
    guard let profile = try entry(identifier)?.current else { return nil }
    var latest: [Identifier: IdentityMapEntry] = [:]
    try TopicReader.forEach(Topics.identityMap, in: log) { record in
      guard let value = record.value else { return true }
      let entry = try IdentityMapEntry(json: value)
      if entry.isOf(profile) || latest[entry.identifier] != nil { latest[entry.identifier] = entry }
      return true
    }
    guard let entry = latest[identifier] else { return nil }
    let members = latest.values.filter { $0.isOf(entry.current) }
    return Known(
      entry: entry,
      members: members.sorted {
        ($0.firstClaim ?? .max, $0.identifier.key) < ($1.firstClaim ?? .max, $1.identifier.key)
      })
  }

  /// The profile that it belongs to now; where no claim has named it, the one that it makes under that mint.
  package func profile(_ identifier: Identifier, _ mint: IdMint) throws -> String {
    try entry(identifier)?.current ?? mint.profile(identifier)
  }

  private func entry(_ identifier: Identifier) throws -> IdentityMapEntry? {
    let newest = try TopicReader.newest(Topics.identityMap, in: log, key: Array(identifier.key.utf8)) {
      $0.key == Array(identifier.key.utf8) && $0.value != nil
    }
    return try newest?.value.map { try IdentityMapEntry(json: $0) }
  }

  /// What waits for a decision, and what has been decided.
  package func list() throws -> StewardList {
    var list = StewardList()
    try TopicReader.forEach(Topics.identityMap, in: log) { record in
      if let key = record.key { try list.take(key: key, value: record.value) }
      return true
    }
    return list
  }

  /// Sends the command and waits for what becomes of it, for as long as `isPatient`.
  package func ask(
    _ type: StewardCommandType, _ command: StewardCommand, id: String, nowMs: Int64, source: String = "trias/identity",
    isPatient: () -> Bool
  ) throws -> Outcome {
    let reader = try log.makeConsumer(name: "identity", group: nil)
    defer { reader.close() }
    // From before it is sent, or what comes at once would be missed.
    var next = try ends(reader)
    try reader.assign(next)
    try send(type, command, id: id, nowMs: nowMs, source: source)
    var entries: [Identifier: IdentityMapEntry] = [:]
    /// How far to read once the identifier's own verdict has come: it is said last, so the others have been written.
    var all: [TopicPartition: Int64]?
    while isPatient() {
      for record in try reader.poll(maxRecords: 1_000, timeoutMs: 200) {
        next[TopicPartition(record.topic, record.partition)] = record.offset + 1
        if record.topic != Topics.identityMap.name {
          if record.headers.string("ce_id") == id { return .refused(DeadLetterBox.Letter(record).refusal.words) }
        } else if record.headers.string("ce_causationid") == id, let value = record.value {
          let entry = try IdentityMapEntry(json: value)
          entries[entry.identifier] = entry
        }
      }
      guard let own = entries[command.identifier] else { continue }
      let ends = try all ?? ends(reader)
      all = ends
      guard ends.allSatisfy({ next[$0.key] ?? 0 >= $0.value }) else { continue }
      let others = entries.values.filter { $0.identifier != own.identifier }
      return .judged(others.sorted { $0.identifier.key < $1.identifier.key } + [own])
    }
    return .unanswered
  }

  /// Where the topics end on which it is answered.
  private func ends(_ reader: any LogConsumer) throws -> [TopicPartition: Int64] {
    var ends: [TopicPartition: Int64] = [:]
    for topic in [Topics.identityMap, ConsumerGroup.linker.deadLetter] {
      guard let count = try log.partitionCount(of: topic.name) else {
        throw LogError.rejected("there is no topic \(topic.name): `trias topics apply` creates it")
      }
      for partition in (0..<Int32(count)).map({ TopicPartition(topic.name, $0) }) {
        ends[partition] = try reader.bounds(of: partition).end
      }
    }
    return ends
  }

  private func send(
    _ type: StewardCommandType, _ command: StewardCommand, id: String, nowMs: Int64, source: String
  ) throws {
    let envelope = Envelope(id: id, source: source, type: type.rawValue, timeMs: nowMs)
    let producer = try log.makeProducer(name: "identity")
    defer { producer.close(timeoutMs: 5_000) }
    _ = try producer.append(
      [
        OutgoingRecord(
          topic: Topics.stewardCommands.name, partition: 0, key: Array(StewardCommand.key.utf8), value: command.json,
          headers: envelope.headers)
      ], timeoutMs: 30_000)
  }
}

extension IdentityMapEntry {
  /// It, or a device in one of its generations, is of that profile.
  fileprivate func isOf(_ profile: String) -> Bool { profiles.contains(profile) }
}
