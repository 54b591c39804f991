// Where contacts take place by what is in force or by a draft.

import Contracts

/// A channel, and the placements of it that have something of their own to show.
struct ChannelPlaces: Codable, Sendable, Equatable {
  var channel: String
  var placements: [String]

  static func all(_ catalogs: [Catalog]) -> [ChannelPlaces] {
    var found: [String: Set<String>] = [:]
    for treatment in catalogs.flatMap(\.propositions).flatMap(\.treatments) {
      found[treatment.channel, default: []].formUnion(treatment.placement.map { [$0] } ?? [])
    }
    return found.map { ChannelPlaces(channel: $0.key, placements: $0.value.sorted()) }.sorted {
      $0.channel < $1.channel
    }
  }
}
