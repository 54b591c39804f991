/// What data stewards have to decide and have decided, as it follows from the entries of `identity.map`, in bounded
/// memory: what came last is kept.
public struct StewardList: Sendable {
  /// Two of whom it may have to be said whether they are one person.
  public struct Case: Sendable, Equatable {
    public var identifier: Identifier
    public var conflict: PossibleConflict

    public init(identifier: Identifier, conflict: PossibleConflict) {
      self.identifier = identifier
      self.conflict = conflict
    }
  }

  /// What was said of two, and holds.
  public struct Decision: Sendable, Equatable {
    public var kind: StewardCommandType
    public var identifier: Identifier
    public var with: Identifier
    /// The id of the command.
    public var command: String
    public var by: String
    public var reason: String
    public var atMs: Int64
  }

  private struct Held: Sendable {
    var place: (Int64, Int64)
    var cases: [Case]
    var decisions: [Decision]

    var lastMs: Int64 { (cases.compactMap(\.conflict.evidence.last?.atMs) + decisions.map(\.atMs)).max() ?? 0 }
  }

  public let identifiersMax: Int
  private var held: [String: Held] = [:]
  /// How many identifiers are not held because there are later ones.
  public private(set) var forgotten = 0
  /// Grows with every change.
  public private(set) var revision: Int64 = 0

  public init(identifiersMax: Int = 5_000) { self.identifiersMax = identifiersMax }

  /// The next record of the topic. Nearly all of them are of no concern, and are not decoded.
  public mutating func take(key: [UInt8], value: [UInt8]?) throws(JSONError) {
    let name = String(decoding: key, as: UTF8.self)
    guard let value else { return remove(name) }
    let isOfConcern = Self.marks.contains { mark in Self.contains(value, mark) }
    guard isOfConcern || held[name] != nil else { return }
    let entry = try IdentityMapEntry(json: value)
    let place = (entry.version, entry.lastClaim ?? 0)
    // A repetition of an earlier one says nothing.
    if let known = held[name], known.place > place { return }
    let next = Held(place: place, cases: Self.cases(entry), decisions: Self.decisions(entry))
    guard !next.cases.isEmpty || !next.decisions.isEmpty else { return remove(name) }
    held[name] = next
    revision += 1
    guard held.count > identifiersMax, let oldest = held.min(by: { $0.value.lastMs < $1.value.lastMs }) else { return }
    held[oldest.key] = nil
    forgotten += 1
  }

  /// What waits for a decision, the latest evidence first.
  public var cases: [Case] {
    held.values.flatMap(\.cases).sorted {
      let (one, other) = ($0.conflict.evidence.last, $1.conflict.evidence.last)
      return (other?.atMs ?? 0, other?.number ?? 0, $0.identifier.key) < (
        one?.atMs ?? 0, one?.number ?? 0, $1.identifier.key
      )
    }
  }

  /// What has been decided, the last word first; of two the last word alone, since it took the place of those before.
  public var decisions: [Decision] {
    var latest: [Set<Identifier>: Decision] = [:]
    for decision in held.values.flatMap(\.decisions) {
      let pair: Set<Identifier> = [decision.identifier, decision.with]
      // Both have it; of the two sides always the same one is told.
      if let known = latest[pair],
        (known.atMs, known.command, known.identifier.key) >= (decision.atMs, decision.command, decision.identifier.key)
      {
        continue
      }
      latest[pair] = decision
    }
    return latest.values.sorted { ($1.atMs, $1.command) < ($0.atMs, $0.command) }
  }

  private mutating func remove(_ key: String) {
    if held.removeValue(forKey: key) != nil { revision += 1 }
  }

  private static func cases(_ entry: IdentityMapEntry) -> [Case] {
    (entry.conflicts ?? []).filter(\.isOpen).map { Case(identifier: entry.identifier, conflict: $0) }
  }

  private static func decisions(_ entry: IdentityMapEntry) -> [Decision] {
    let parted = (entry.partings ?? []).map { parting in
      Decision(
        kind: parting.apart == true ? .notSamePerson : .split, identifier: entry.identifier, with: parting.identifier,
        command: parting.command, by: parting.by, reason: parting.reason, atMs: parting.atMs)
    }
    func said(_ kind: StewardCommandType, _ with: Identifier, _ word: StewardWord) -> Decision {
      Decision(
        kind: kind, identifier: entry.identifier, with: with, command: word.command, by: word.by, reason: word.reason,
        atMs: word.atMs)
    }
    let joined = (entry.claims ?? []).compactMap { claim -> Decision? in
      guard let word = claim.steward, let other = claim.identifiers.first(where: { $0 != entry.identifier }),
        !parted.contains(where: { $0.with == other })
      else { return nil }
      return said(.samePerson, other, word)
    }
    let left = (entry.conflicts ?? []).compactMap { conflict in
      conflict.isOpen ? nil : conflict.left.map { said(.leave, conflict.with, $0) }
    }
    return parted + joined + left
  }

  private static let marks = ["\"conflicts\"", "\"partings\"", "\"steward\""].map { Array($0.utf8) }

  private static func contains(_ bytes: [UInt8], _ mark: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      guard bytes.count >= mark.count else { return false }
      var index = 0
      while index <= bytes.count - mark.count {
        if bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) { return true }
        index += 1
      }
      return false
    }
  }
}
