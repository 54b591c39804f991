/// Who acts for whom: a person for an organisation or a household. Both sides keep it, each with the other's identifier:
/// so each follows its own identifier through every profile that it ever belongs to, and names the other for good.
public struct Relation: Codable, Sendable, Equatable {
  /// The identifier of the other side.
  public var other: Identifier
  /// Whether the other is the organisation; else it is the person who acts for this one.
  public var isOrganisation: Bool
  public var role: String
  public var sinceMs: Int64
  /// nil: he still does.
  public var endedMs: Int64?
  /// When it was said, the last time.
  public var atMs: Int64
  /// The CloudEvents source that said it.
  public var source: String

  public init(
    other: Identifier, isOrganisation: Bool, role: String, sinceMs: Int64, endedMs: Int64? = nil, atMs: Int64,
    source: String
  ) {
    self.other = other
    self.isOrganisation = isOrganisation
    self.role = role
    self.sinceMs = sinceMs
    self.endedMs = endedMs
    self.atMs = atMs
    self.source = source
  }

  public var isCurrent: Bool { endedMs == nil }

  /// The same person in the same role for the same organisation: of several words the latest holds.
  func isSame(as relation: Relation) -> Bool { other == relation.other && role == relation.role }

  /// Whether this word holds and not that one: the later; of two at the same time the end, then the earlier beginning. So
  /// both sides keep the same, in whatever order they hear of it.
  public func holds(over relation: Relation) -> Bool {
    let mine = (atMs, isCurrent ? 0 : 1, -sinceMs, source)
    return mine > (relation.atMs, relation.isCurrent ? 0 : 1, -relation.sinceMs, relation.source)
  }
}

extension FacetBody {
  /// More act for nobody that one decides for; those that ended make room first, then what was said longest ago.
  public static let relationsMax = 64

  public func relation(like relation: Relation) -> Relation? { relations?.first { $0.isSame(as: relation) } }

  /// Takes what was said of a relation; what was said before the word that it has changes nothing. Where it was not said
  /// since when, what is known of that stays: who is told again, or that it is over, began no later. Who comes back begins
  /// anew.
  public mutating func say(_ relation: Relation, isSinceSaid: Bool = true) {
    var (relation, all) = (relation, relations ?? [])
    if let index = all.firstIndex(where: { $0.isSame(as: relation) }) {
      if !isSinceSaid, all[index].isCurrent || !relation.isCurrent {
        relation.sinceMs = min(relation.sinceMs, all[index].sinceMs)
      }
      guard relation.holds(over: all[index]) else { return }
      all[index] = relation
    } else {
      all.append(relation)
      if all.count > Self.relationsMax,
        let oldest = all.indices.min(by: {
          (all[$0].isCurrent ? 1 : 0, all[$0].atMs) < (all[$1].isCurrent ? 1 : 0, all[$1].atMs)
        })
      {
        all.remove(at: oldest)
      }
    }
    relations = all
  }
}

extension CustomerView {
  /// In which role the contact's actor acts for this customer: of several, the one that began last.
  func role(of actor: Identifier) -> String? {
    relations.filter { $0.isCurrent && !$0.isOrganisation && $0.other == actor }
      .max { ($0.sinceMs, $1.role) < ($1.sinceMs, $0.role) }?.role
  }
}

extension Relation: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("other", other)
    writer.field("isOrganisation", isOrganisation)
    writer.field("role", role)
    writer.field("sinceMs", sinceMs)
    writer.field("endedMs", endedMs)
    writer.field("atMs", atMs)
    writer.field("source", source)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var other: Identifier?
    var isOrganisation: Bool?
    var role: String?
    var sinceMs: Int64 = 0
    var endedMs: Int64?
    var atMs: Int64 = 0
    var source = ""
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "other": other = try Identifier(from: &reader)
      case "isOrganisation": isOrganisation = try reader.bool()
      case "role": role = try reader.string()
      case "sinceMs": sinceMs = try reader.int()
      case "endedMs": endedMs = try reader.optionalInt()
      case "atMs": atMs = try reader.int()
      case "source": source = try reader.string()
      default: break
      }
    }
    self.init(
      other: try reader.required(other, "other"), isOrganisation: try reader.required(isOrganisation, "isOrganisation"),
      role: try reader.required(role, "role"), sinceMs: sinceMs, endedMs: endedMs, atMs: atMs, source: source)
  }
}
