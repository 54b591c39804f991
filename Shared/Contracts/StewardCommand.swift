// What data stewards ask of the linker, on `steward.commands`.

/// The types on `steward.commands`.
public enum StewardCommandType: String, Sendable, CaseIterable {
  case split = "trias.steward.split.v1"
  case samePerson = "trias.steward.same-person.v1"
  case notSamePerson = "trias.steward.not-same-person.v1"
  case leave = "trias.steward.leave.v1"
}

/// The data of a command. Its record's key is that of all claims, so that it has a place in their order.
public struct StewardCommand: Codable, Sendable, Equatable {
  public var identifier: Identifier
  /// For a split: whose link with it is wrong; nil: of everybody with whom a claim has joined it directly.
  public var from: Identifier?
  /// For every other: with whom it is one person, or isn't, or may be.
  public var with: Identifier?
  /// Who asks.
  public var by: String
  public var reason: String

  public init(
    identifier: Identifier, from: Identifier? = nil, with: Identifier? = nil, by: String, reason: String
  ) {
    self.identifier = identifier
    self.from = from
    self.with = with
    self.by = by
    self.reason = reason
  }

  /// The record key of every command.
  public static let key = IdentityClaim.key
  /// Both texts stay in the map for good.
  public static let byBytesMax = 256
  public static let reasonBytesMax = 1_024
}

extension StewardCommand: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    if let from { writer.field("from", from) }
    if let with { writer.field("with", with) }
    writer.field("by", by)
    writer.field("reason", reason)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var identifier: Identifier?
    var from: Identifier?
    var with: Identifier?
    var by: String?
    var reason: String?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": identifier = try Identifier(from: &reader)
      case "from": from = try reader.null() ? nil : try Identifier(from: &reader)
      case "with": with = try reader.null() ? nil : try Identifier(from: &reader)
      case "by": by = try reader.string()
      case "reason": reason = try reader.string()
      default: break
      }
    }
    self.init(
      identifier: try reader.required(identifier, "identifier"), from: from, with: with,
      by: try reader.required(by, "by"), reason: try reader.required(reason, "reason"))
  }
}

extension StewardCommandType {
  /// As the pages and the command line call it.
  package var word: String {
    switch self {
    case .split: "split"
    case .samePerson: "same-person"
    case .notSamePerson: "not-same-person"
    case .leave: "leave"
    }
  }
}
