import Contracts

/// The value of `facet.state`: a facet as its owner keeps it.
package struct FacetState: Sendable, Equatable {
  package var identifier: Identifier
  /// Counts the persons that the identifier belonged to, one after the other. This version knows only the first.
  package var generation: Int
  /// The profile that it belongs to, by the last verdict that moved it.
  package var profile: String
  package var version: Int64
  package var seq: Int64
  package var body: FacetBody
  /// Other identifiers whose link with this one is claimed or judged: no need to claim it again. The oldest first.
  package var judged: [Identifier]
  package var nowMs: Int64
  /// When the first open contact will have been silent for too long.
  package var nextDueMs: Int64?

  package init(identifier: Identifier, profile: String) {
    self.identifier = identifier
    self.profile = profile
    generation = 0
    version = 0
    seq = 0
    body = FacetBody()
    judged = []
    nowMs = 0
  }

  package var id: String { Facet.id(identifier, generation: generation) }

  package mutating func noteJudged(_ identifiers: [Identifier]) {
    for identifier in identifiers where identifier != self.identifier && !judged.contains(identifier) {
      judged.append(identifier)
    }
    if judged.count > IdentityMapEntry.judgedMax { judged.removeFirst(judged.count - IdentityMapEntry.judgedMax) }
  }
}

extension FacetState: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    writer.field("generation", generation)
    writer.field("profile", profile)
    writer.field("version", version)
    writer.field("seq", seq)
    writer.field("nowMs", nowMs)
    writer.field("nextDueMs", nextDueMs)
    writer.field("judged", judged)
    writer.field("body", body)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var state = FacetState(identifier: Identifier("", ""), profile: "")
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": state.identifier = try Identifier(from: &reader)
      case "generation": state.generation = Int(try reader.int())
      case "profile": state.profile = try reader.string()
      case "version": state.version = try reader.int()
      case "seq": state.seq = try reader.int()
      case "nowMs": state.nowMs = try reader.int()
      case "nextDueMs": state.nextDueMs = try reader.optionalInt()
      case "judged": state.judged = try reader.list()
      case "body": state.body = try FacetBody(from: &reader)
      default: break
      }
    }
    if state.identifier.namespace.isEmpty { throw reader.fail("is missing", member: "identifier") }
    if state.profile.isEmpty { throw reader.fail("is missing", member: "profile") }
    self = state
  }
}
