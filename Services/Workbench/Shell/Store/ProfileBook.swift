// The customers by profile, and which profile an identifier is found under. States are kept as they came and decoded
// only when somebody looks: a replay brings thousands a second, a screen shows one.

import Contracts

struct ProfileBook: Sendable {
  struct Entry: Sendable {
    var state: [UInt8]
    var facets: [Reference]
    var lastSeenMs: Int64
    /// Grows with every change of anything in the workbench; tells a screen that it is behind.
    var revision: Int64
  }

  /// A facet as its profile names it.
  struct Reference: Sendable, Equatable {
    var identifier: String
    var generation: Int
    var version: Int64
  }

  private struct Owner: Sendable {
    var profile: String
    var reference: Reference
  }

  private var entries: LruTable<String, Entry>
  private var owners: [String: Owner] = [:]

  init(countMax: Int, bytesMax: Int) {
    entries = LruTable(countMax: countMax, costMax: bytesMax)
  }

  var count: Int { entries.count }
  /// By profile, in no order.
  var states: [(profile: String, state: [UInt8])] { entries.all.map { ($0.key, $0.value.state) } }
  var identifierCount: Int { owners.count }

  subscript(profile: String) -> Entry? { entries[profile] }

  /// A facet that moves has a higher version, and of a device that several have the one's whose it is has the highest: so
  /// that is where the identifier belongs now, in whatever order the profiles' records are read.
  mutating func put(_ profile: String, _ state: [UInt8], revision: Int64) throws(JSONError) {
    let (facets, lastSeenMs) = try Self.head(of: state)
    for old in entries[profile]?.facets ?? [] where !facets.contains(where: { $0.identifier == old.identifier }) {
      release(old.identifier, of: profile)
    }
    for facet in facets {
      if let owner = owners[facet.identifier], owner.reference.version > facet.version, owner.profile != profile {
        continue
      }
      // Also among those of one profile.
      if facets.contains(where: { $0.identifier == facet.identifier && $0.version > facet.version }) { continue }
      owners[facet.identifier] = Owner(profile: profile, reference: facet)
    }
    let gone = entries.put(
      profile, Entry(state: state, facets: facets, lastSeenMs: lastSeenMs, revision: revision),
      cost: state.count + 64 * facets.count)
    for (profile, entry) in gone { for facet in entry.facets { release(facet.identifier, of: profile) } }
  }

  mutating func remove(_ profile: String) {
    for facet in entries.remove(profile)?.facets ?? [] { release(facet.identifier, of: profile) }
  }

  mutating func profile(of identifier: String) -> String? {
    guard let profile = owners[identifier]?.profile else { return nil }
    entries.touch(profile)
    return profile
  }

  /// Those who were active last. A state also changes when a contact falls silent, and that is no activity.
  func lastSeen(_ count: Int) -> [(key: String, value: Entry)] { entries.greatest(count) { $0.lastSeenMs } }

  private mutating func release(_ identifier: String, of profile: String) {
    if owners[identifier]?.profile == profile { owners[identifier] = nil }
  }

  /// Reads the facets' ids and versions, and when the customer was last seen, and nothing else.
  static func head(of state: [UInt8]) throws(JSONError) -> (facets: [Reference], lastSeenMs: Int64) {
    try JSONReader.read(state) { reader throws(JSONError) in
      var facets: [Reference] = []
      var lastSeenMs: Int64 = 0
      try reader.object { reader, key throws(JSONError) in
        guard key == "facets" else { return try reader.skip() }
        try reader.array { reader throws(JSONError) in
          var id = ""
          var version: Int64 = 0
          try reader.object { reader, key throws(JSONError) in
            if key == "id" {
              id = try reader.string()
            } else if key == "version" {
              version = try reader.int()
            } else if key == "body" {
              try reader.object { reader, key throws(JSONError) in
                guard key == "lastSeenMs" else { return try reader.skip() }
                lastSeenMs = max(lastSeenMs, try reader.int())
              }
            } else {
              try reader.skip()
            }
          }
          guard let hash = id.lastIndex(of: "#"), let generation = Int(id[id.index(after: hash)...]) else { return }
          facets.append(Reference(identifier: String(id[..<hash]), generation: generation, version: version))
        }
      }
      return (facets, lastSeenMs)
    }
  }
}
