import Contracts
import Deployment
import Foundation

/// What is claimed of identifiers, and where they are in the end.
struct SuiteIdentities {
  private let input: [RawLog.Event]

  init(_ input: [RawLog.Event]) { self.input = input }

  /// `overwritten` are the identifiers whose last word was followed by a late repetition of an earlier one, as it may be with
  /// an output that is a table: a reader drops it by its number, but once the map is compacted it is all that there is.
  func check(
    _ raw: RawLog, _ topics: RawTopics, overwritten: inout Set<String>, _ violations: inout [String]
  ) throws {
    let claimed = Set(
      topics.distinct(Topics.identityClaims, &violations).compactMap { $0.record.headers.string("ce_causationid") })
    let (expected, possible) = claims()
    let tooMany = claimed.subtracting(expected).subtracting(possible)
    let missing = expected.subtracting(claimed)
    if !tooMany.isEmpty || !missing.isEmpty {
      violations.append(
        "I3: claimed too much because of \(tooMany.sorted()), too little because of \(missing.sorted())")
    }
    try checkMap(raw, topics, &overwritten, &violations)
  }

  /// Each event that names somebody with whom its key was not named before, or a tablet that has become another's since. In
  /// the scenario two are always named under the same one of them, and what is said under one key comes in its order; and
  /// who logs in on a tablet waits until the others know: so it doesn't matter who heard what first. On other devices
  /// nobody waits; who names one again may have heard already that it has become another's.
  private func claims() -> (expected: Set<String>, possible: Set<String>) {
    var named: [String: Set<String>] = [:]
    var expected: Set<String> = []
    var possible: Set<String> = []
    for event in input.sorted(by: { $0.saidMs < $1.saidMs }) {
      let others = Set(Oracle.identifiers(event)).subtracting([event.key])
      // A telephone is nobody's to lose, so who is named with it again says nothing new.
      let isSaidByOthers = others.contains { device in
        !device.hasPrefix("phone:") && named.contains { $0.key != event.key && $0.value.contains(device) }
      }
      if !others.isSubset(of: named[event.key] ?? []) {
        expected.insert(event.id)
      } else if isSaidByOthers {
        possible.insert(event.id)
      }
      for tablet in others where tablet.hasPrefix("cookie:sim-f") {
        for person in named.keys where person != event.key { named[person]?.remove(tablet) }
      }
      named[event.key, default: []].formUnion(others)
    }
    return (expected, possible)
  }

  /// The map's last word on each identifier is the profile that has its facet, and each facet is in one profile.
  private func checkMap(
    _ raw: RawLog, _ topics: RawTopics, _ overwritten: inout Set<String>, _ violations: inout [String]
  ) throws {
    var owners: [String: [String]] = [:]
    for (profile, state) in try raw.states(of: Topics.profileState) {
      for facet in state["facets"] as? [[String: Any]] ?? [] {
        owners[facet["id"] as? String ?? "", default: []].append(profile)
      }
    }
    for (facet, profiles) in owners where profiles.count > 1 {
      violations.append("I2: \(facet) is in \(profiles.sorted())")
    }
    for (facet, profile) in try lastWords(topics, &overwritten) {
      // Of whom nothing was heard but his name there is no facet.
      if let owner = owners[facet], owner != [profile] {
        violations.append("I2: the map has \(facet) in \(profile), it is in \(owner)")
      }
    }
  }

  private func lastWords(_ topics: RawTopics, _ overwritten: inout Set<String>) throws -> [String: String] {
    let before = overwritten
    var words: [String: (version: Int, claim: Int, profiles: [String: String])] = [:]
    for record in topics.records(of: Topics.identityMap) {
      guard let value = record.value, let entry = try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
      else { continue }
      let identifier = String(decoding: record.key ?? [], as: UTF8.self)
      let word = (entry["version"] as? Int ?? -1, entry["lastClaim"] as? Int ?? -1, profiles(entry, identifier))
      if let last = words[identifier], (word.0, word.1) < (last.version, last.claim) {
        overwritten.insert(identifier)
      } else {
        overwritten.remove(identifier)
        words[identifier] = word
      }
    }
    overwritten.formUnion(before)
    return words.filter { !before.contains($0.key) }.values.reduce(into: [:]) { all, word in
      all.merge(word.profiles) { one, _ in one }
    }
  }

  /// By facet: a device has one for each of its generations.
  private func profiles(_ entry: [String: Any], _ identifier: String) -> [String: String] {
    var profiles = ["\(identifier)#0": entry["profile"] as? String ?? "?"]
    for generation in entry["generations"] as? [[String: Any]] ?? [] {
      profiles["\(identifier)#\(generation["number"] ?? "?")"] = generation["profile"] as? String ?? "?"
    }
    return profiles
  }
}
