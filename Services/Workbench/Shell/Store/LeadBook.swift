// The leads, by customer and by id.

import Contracts

struct LeadBook: Sendable {
  struct Entry: Sendable {
    var leads: [Lead]
    var revision: Int64
  }

  private var byProfile: LruTable<String, Entry>
  /// A lead moves with its customer, and the two profiles' states are read in any order: for a while it may be in both.
  private var profiles: [String: [String]] = [:]
  private(set) var revision: Int64 = 0

  init(countMax: Int) {
    byProfile = LruTable(countMax: countMax)
  }

  subscript(profile: String) -> Entry? { byProfile[profile] }

  /// Where it is in two states, the one that changed last.
  func lead(_ id: String) -> (profile: String, lead: Lead)? {
    let found = (profiles[id] ?? []).compactMap { profile in
      byProfile[profile]?.leads.first { $0.id == id }.map { (profile: profile, lead: $0) }
    }
    return found.max { $0.lead.changedMs < $1.lead.changedMs }
  }

  mutating func put(_ profile: String, _ leads: [Lead], revision: Int64) {
    self.revision = revision
    forget(profile, byProfile[profile]?.leads ?? [])
    for lead in leads { profiles[lead.id, default: []].append(profile) }
    for gone in byProfile.put(profile, Entry(leads: leads, revision: revision)) { forget(gone.key, gone.value.leads) }
  }

  mutating func remove(_ profile: String, revision: Int64) {
    self.revision = revision
    if let gone = byProfile.remove(profile) { forget(profile, gone.leads) }
  }

  /// All of them, the last changed first.
  var all: [(profile: String, lead: Lead)] {
    profiles.keys.compactMap(lead).sorted { ($1.lead.changedMs, $0.lead.id) < ($0.lead.changedMs, $1.lead.id) }
  }

  private mutating func forget(_ profile: String, _ leads: [Lead]) {
    for lead in leads {
      profiles[lead.id]?.removeAll { $0 == profile }
      if profiles[lead.id]?.isEmpty == true { profiles[lead.id] = nil }
    }
  }
}
