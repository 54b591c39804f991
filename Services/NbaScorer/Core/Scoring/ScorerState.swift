import Contracts

/// What the scorer remembers of one customer: per contact what it last listed, and which outcomes it has passed on. It
/// holds no more contacts than the profile does, and those that ended for as long as that keeps them.
package struct ScorerState: Codable, Sendable, Equatable {
  package var nowMs: Int64
  package var contacts: [ScoredContact]
  /// The customer as he stood at the last look, while a contact of his waits for an answer or for room.
  package var waiting: WaitingCustomer?
  /// Some lists didn't fit beside the others: they are made with the next tick.
  package var hasMore = false

  package init(nowMs: Int64 = 0, contacts: [ScoredContact] = []) {
    self.nowMs = nowMs
    self.contacts = contacts
  }

  /// When it wants to be woken: there is room for more lists, a list has waited long enough, a question is lost, or a unit that nobody saw goes back.
  package var nextDueMs: Int64? {
    var due: [Int64] = hasMore ? [0] : []
    for contact in contacts {
      if let since = contact.waitingSinceMs { due.append(since + Scorer.answerMs) }
      for unit in contact.units {
        switch unit.status {
        case .asked: due.append(unit.askedMs + Scorer.lostMs)
        case .granted: if let overMs = contact.overMs { due.append(overMs + Scorer.releaseMs) }
        case .refused: break
        }
      }
    }
    return due.min()
  }
}

package struct WaitingCustomer: Codable, Sendable, Equatable {
  package var profile: ProfileState
  package var cause: String?
}

package struct ScoredContact: Codable, Sendable, Equatable {
  package var id: String
  /// How many lists of it were published from this profile.
  package var lists: Int64 = 0
  package var digest: Int64 = 0
  /// What its last list was decided on, but for what the models know (`Portfolio.picture`); nil in states from before it
  /// was kept.
  package var picture: Int64?
  /// The facet's version at the last look; nil in states from before it was kept.
  package var facetVersion: Int64?
  /// The last lists, with what their predictions were made from: evidence is learned with what was known then. Of a
  /// contact that is over, those of which something was shown.
  package var kept: [KeptList] = []
  /// Hashes of the lists and propositions whose outcome was passed on.
  package var given: [Int64] = []
  /// Those of them that were passed on as a no, which a yes may follow.
  package var declined: [Int64] = []
  /// What it has asked for of what there is only so much of.
  package var units: [ScoredUnit] = []
  /// Since when its next list waits for answers; nil: it doesn't.
  package var waitingSinceMs: Int64?
  /// Since when there was no room for its next list beside those of others; nil: there was.
  package var behindMs: Int64?
  /// When it was heard that the channel has ended it, as long as units of it are to go back.
  package var overMs: Int64?

  package static let keptMax = 3
  /// Of so many contacts that are over, those that ended last, lists are kept for a yes that comes late.
  package static let overKeptMax = 2
  /// More responses than a contact of many parts holds.
  package static let givenMax = 256
  package static let unitsMax = 32

  package init(id: String) { self.id = id }

  /// Nothing of it matters once it has ended: no number that its next list has to be above, should it go on after a
  /// silence, nothing that was passed on and isn't to be again, and no unit that is to come back.
  var isSpent: Bool { lists == 0 && given.isEmpty && units.isEmpty }
}

package struct ScoredUnit: Codable, Sendable, Equatable {
  package enum Status: String, Codable, Sendable, CaseIterable { case asked, granted, refused }

  package var proposition: String
  package var status = Status.asked
  package var askedMs: Int64
  package var answeredMs: Int64?
  /// The customer has seen it in this contact, as far as is known.
  package var isShown = false

  package init(proposition: String, askedMs: Int64) {
    self.proposition = proposition
    self.askedMs = askedMs
  }
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
