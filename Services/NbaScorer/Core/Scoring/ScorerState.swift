import Contracts

/// What the scorer remembers of one customer: per contact what it last listed, and which outcomes it has passed on. It
/// holds no more contacts than the profile does.
package struct ScorerState: Codable, Sendable, Equatable {
  package var nowMs: Int64
  package var contacts: [ScoredContact]

  package init(nowMs: Int64 = 0, contacts: [ScoredContact] = []) {
    self.nowMs = nowMs
    self.contacts = contacts
  }
}

package struct ScoredContact: Codable, Sendable, Equatable {
  package var id: String
  /// How many lists of it were published from this profile.
  package var lists: Int64 = 0
  package var digest: Int64 = 0
  /// The facet's version at the last look; nil in states from before it was kept.
  package var facetVersion: Int64?
  /// The last lists, with what their predictions were made from: evidence is learned with what was known then.
  package var kept: [KeptList] = []
  /// Hashes of the lists and propositions whose outcome was passed on.
  package var given: [Int64] = []

  package static let keptMax = 3
  /// More responses than a contact of many parts holds.
  package static let givenMax = 256

  package init(id: String) { self.id = id }
}

package struct KeptList: Codable, Sendable, Equatable {
  package var id: String
  package var features: [Feature]
  package var items: [Item]
  /// How it was ranked; nil in states from before there were control groups.
  package var controlGroup: ControlGroup?

  package struct Item: Codable, Sendable, Equatable {
    package var proposition: String
    /// The numbers of the proposition's own features.
    package var own: [Int]
    package var probability: Double
    package var modelVersion: Int64
  }

  package init(id: String, features: [Feature], items: [Item], controlGroup: ControlGroup? = nil) {
    self.controlGroup = controlGroup
    self.id = id
    self.features = features
    self.items = items
  }
}
