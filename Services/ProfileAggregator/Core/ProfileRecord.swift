import Contracts

/// The value of `profile.state` as its owner keeps it: the profile, and what only the owner needs. Readers see the
/// profile alone.
package struct ProfileRecord: Sendable, Equatable {
  package var profile: ProfileState
  /// Facets that left, with the version under which they did: what arrives late for a lower one is stale.
  package var left: [FacetLeft]
  /// When its segments may be others without an event.
  package var nextDueMs: Int64?
  /// The fingerprint of the definitions that its segments were found by.
  package var definedBy: Int64?
  /// The interests that it has given to the groups of its segments, in the order of their names; nil: it has given nothing.
  package var given: [String]?

  package static let leftMax = 64

  package init(id: String, nowMs: Int64) {
    profile = ProfileState(id: id, nowMs: nowMs)
    left = []
  }

  package var isEmpty: Bool { profile.facets.isEmpty && profile.leads.isEmpty }

  /// Per purpose the latest word; of two at the same time, the withdrawal.
  package var consents: [Consent] {
    var latest: [Consent] = []
    for consent in profile.facets.lazy.flatMap(\.body.consents) {
      if let index = latest.firstIndex(where: { $0.purpose == consent.purpose }) {
        let known = latest[index]
        if consent.atMs > known.atMs || (consent.atMs == known.atMs && !consent.isGiven) { latest[index] = consent }
      } else {
        latest.append(consent)
      }
    }
    return latest.sorted { $0.purpose < $1.purpose }
  }

  func leftVersion(_ facet: String) -> Int64? { left.first { $0.facet == facet }?.version }

  mutating func noteLeft(_ facet: String, version: Int64) {
    left.removeAll { $0.facet == facet }
    left.append(FacetLeft(facet: facet, version: version))
    if left.count > Self.leftMax { left.removeFirst() }
  }
}

package struct FacetLeft: Sendable, Equatable {
  package var facet: String
  package var version: Int64
}

extension ProfileRecord: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    profile.writeMembers(to: &writer)
    writer.key("left")
    writer.beginArray()
    for gone in left {
      writer.beginObject()
      writer.field("facet", gone.facet)
      writer.field("version", gone.version)
      writer.endObject()
    }
    writer.endArray()
    writer.field("nextDueMs", nextDueMs)
    writer.field("definedBy", definedBy)
    if let given { writer.field("given", given) }
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var record = ProfileRecord(id: "", nowMs: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "left": try reader.array { reader throws(JSONError) in record.left.append(try Self.gone(&reader)) }
      case "nextDueMs": record.nextDueMs = try reader.optionalInt()
      case "definedBy": record.definedBy = try reader.optionalInt()
      case "given": record.given = try reader.null() ? nil : try reader.texts()
      default: try record.profile.read(key, from: &reader)
      }
    }
    if record.profile.id.isEmpty { throw reader.fail("is missing", member: "id") }
    self = record
  }

  private static func gone(_ reader: inout JSONReader) throws(JSONError) -> FacetLeft {
    var gone = FacetLeft(facet: "", version: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "facet": gone.facet = try reader.string()
      case "version": gone.version = try reader.int()
      default: break
      }
    }
    return gone
  }
}
