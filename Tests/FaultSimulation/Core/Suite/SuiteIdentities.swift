import Contracts
import Deployment
import Foundation

/// What is claimed of identifiers, and where they are in the end.
struct SuiteIdentities {
  private let input: [RawLog.Event]

  init(_ input: [RawLog.Event]) { self.input = input }

  func check(_ raw: RawLog, _ topics: RawTopics, _ violations: inout [String]) throws {
    let claimed = Set(
      topics.distinct(Topics.identityClaims, &violations).compactMap { $0.record.headers.string("ce_causationid") })
    let expected = claims()
    if claimed != expected {
      violations.append(
        "I3: claimed too much because of \(claimed.subtracting(expected).sorted()), too little because of "
          + "\(expected.subtracting(claimed).sorted())")
    }
    try checkMap(raw, topics, &violations)
  }

  /// Each event that names somebody with whom its key was not named before. In the scenario two are always named under
  /// the same one of them, and what is said under one key comes in its order: so it doesn't matter who heard what first.
  private func claims() -> Set<String> {
    var named: [String: Set<String>] = [:]
    var claims: Set<String> = []
    for event in input.sorted(by: { $0.timeMs < $1.timeMs }) {
      let others = Set(Oracle.identifiers(event)).subtracting([event.key])
      if !others.isSubset(of: named[event.key] ?? []) { claims.insert(event.id) }
      named[event.key, default: []].formUnion(others)
    }
    return claims
  }

  /// The map's last word on each identifier is the profile that has its facet, and each facet is in one profile.
  private func checkMap(_ raw: RawLog, _ topics: RawTopics, _ violations: inout [String]) throws {
    var owners: [String: [String]] = [:]
    for (profile, state) in try raw.states(of: Topics.profileState) {
      for facet in state["facets"] as? [[String: Any]] ?? [] {
        let identifier = (facet["id"] as? String ?? "").prefix { $0 != "#" }
        owners[String(identifier), default: []].append(profile)
      }
    }
    for (identifier, profiles) in owners where profiles.count > 1 {
      violations.append("I2: \(identifier) is in \(profiles.sorted())")
    }
    for (identifier, value) in topics.states(of: Topics.identityMap) {
      let entry = try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
      let profile = entry?["profile"] as? String ?? "?"
      // Of whom nothing was heard but his name there is no facet.
      if let owner = owners[identifier], owner != [profile] {
        violations.append("I2: the map has \(identifier) in \(profile), its facet is in \(owner)")
      }
    }
  }
}
