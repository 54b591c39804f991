// What stands on the data steward's list: two identifiers that may be one person's, and what speaks for it.

/// Two of whom a data steward may have to say whether they are one person: the identifier that this stands with, and
/// another.
public struct PossibleConflict: Codable, Sendable, Equatable {
  public var with: Identifier
  /// The first claim and the latest, in their order.
  public var evidence: [ConflictEvidence]
  /// The data steward who has left it undecided. It is on the list again when there is evidence that he hasn't seen.
  public var left: StewardWord?

  public init(with: Identifier, evidence: [ConflictEvidence], left: StewardWord? = nil) {
    self.with = with
    self.evidence = evidence
    self.left = left
  }

  public static let evidenceMax = 4

  /// It waits for a decision.
  public var isOpen: Bool { (evidence.last?.number ?? 0) > (left?.number ?? -1) }
}

/// A claim that two may be one person, as its event made it.
public struct ConflictEvidence: Codable, Sendable, Equatable {
  /// Its place in the order of judging.
  public var number: Int64
  /// The id and the source of the event.
  public var claim: String
  public var source: String
  public var atMs: Int64
  /// Whom it named.
  public var identifiers: [Identifier]
  /// Why the two are not one person on its word: `two-persons`, `belongs-to-another-person`, `too-many-identifiers`; or
  /// `shared-contact-identifier`, where all that speaks for it is `via`.
  public var reason: String
  public var via: Identifier?

  public init(
    number: Int64, claim: String, source: String, atMs: Int64, identifiers: [Identifier], reason: String,
    via: Identifier? = nil
  ) {
    self.number = number
    self.claim = claim
    self.source = source
    self.atMs = atMs
    self.identifiers = identifiers
    self.reason = reason
    self.via = via
  }
}

/// On whose word something holds, and why: a command that a data steward gave.
public struct StewardWord: Codable, Sendable, Hashable {
  /// The id of the command, and its place in the order of judging.
  public var command: String
  public var number: Int64
  public var by: String
  public var reason: String
  public var atMs: Int64

  public init(command: String, number: Int64, by: String, reason: String, atMs: Int64) {
    self.command = command
    self.number = number
    self.by = by
    self.reason = reason
    self.atMs = atMs
  }
}

extension PossibleConflict: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("with", with)
    writer.field("evidence", evidence)
    if let left { writer.field("left", left) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var with: Identifier?
    var evidence: [ConflictEvidence]?
    var left: StewardWord?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "with": with = try Identifier(from: &reader)
      case "evidence": evidence = try reader.list()
      case "left": left = try reader.null() ? nil : try StewardWord(from: &reader)
      default: break
      }
    }
    self.init(with: try reader.required(with, "with"), evidence: try reader.required(evidence, "evidence"), left: left)
  }
}

extension ConflictEvidence: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("number", number)
    writer.field("claim", claim)
    writer.field("source", source)
    writer.field("atMs", atMs)
    writer.field("identifiers", identifiers)
    writer.field("reason", reason)
    if let via { writer.field("via", via) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var number: Int64?
    var claim: String?
    var source: String?
    var atMs: Int64?
    var identifiers: [Identifier]?
    var reason: String?
    var via: Identifier?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "number": number = try reader.int()
      case "claim": claim = try reader.string()
      case "source": source = try reader.string()
      case "atMs": atMs = try reader.int()
      case "identifiers": identifiers = try reader.list()
      case "reason": reason = try reader.string()
      case "via": via = try reader.null() ? nil : try Identifier(from: &reader)
      default: break
      }
    }
    self.init(
      number: try reader.required(number, "number"), claim: try reader.required(claim, "claim"),
      source: try reader.required(source, "source"), atMs: try reader.required(atMs, "atMs"),
      identifiers: try reader.required(identifiers, "identifiers"), reason: try reader.required(reason, "reason"),
      via: via)
  }
}

extension StewardWord: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("command", command)
    writer.field("number", number)
    writer.field("by", by)
    writer.field("reason", reason)
    writer.field("atMs", atMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var command: String?
    var number: Int64?
    var by: String?
    var reason: String?
    var atMs: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "command": command = try reader.string()
      case "number": number = try reader.int()
      case "by": by = try reader.string()
      case "reason": reason = try reader.string()
      case "atMs": atMs = try reader.int()
      default: break
      }
    }
    self.init(
      command: try reader.required(command, "command"), number: try reader.required(number, "number"),
      by: try reader.required(by, "by"), reason: try reader.required(reason, "reason"),
      atMs: try reader.required(atMs, "atMs"))
  }
}
