import Contracts
import Deployment
import Foundation
import MessageLog

/// What must be known of each segment's customers together: counted anew from the raw input and who is in which profile,
/// and what must have been said of it, told from what was given, one after the other, by rules of its own.
struct SuiteGroups {
  /// Small, as these worlds are; and nothing is rounded, so that nothing is hidden from the judge.
  static let sizeMin = 2

  private let owners: Oracle.Owners
  private var interests: [String: Set<String>] = [:]
  private var refusing: Set<String> = []

  init(_ owners: Oracle.Owners) {
    self.owners = owners
    let offered = Set(SuiteCatalog.portfolio.map(\.id))
    for event in owners.events {
      let owner = owners.owner(of: event)
      if let category = event.data["category"] as? String, offered.contains(category) {
        interests[owner, default: []].insert(category)
      }
      if event.type == "trias.consent.withdrawn.v1" { refusing.insert(owner) }
    }
  }

  /// `overwritten` are the segments of which an earlier aggregate was said once more behind a later one: readers drop it by
  /// its version, but once the topic is compacted it is all that there is.
  func check(
    _ raw: RawLog, _ topics: RawTopics, overwritten: inout Set<String>, _ violations: inout [String]
  ) throws {
    let counted = try counted(raw)
    var said: [String: [Group]] = [:]
    var groups: [String: Group] = [:]
    for (_, record) in topics.distinct(Topics.groupContributions, &violations) {
      let segment = String(decoding: record.key ?? [], as: UTF8.self)
      let data = try object(record)
      var group = groups[segment] ?? Group()
      if group.take(data) { said[segment, default: []].append(group) }
      groups[segment] = group
    }
    let states = try raw.states(of: Topics.groupState)
    for segment in Set(counted.keys).union(states.keys).union(groups.keys).sorted() {
      let state = states[segment] ?? [:]
      let seen = Self.counts(state)
      let wanted = counted[segment] ?? [:]
      if seen != wanted { violations.append("I2: the group of \(segment) is \(seen), expected \(wanted)") }
      if seen != groups[segment]?.counts ?? [:] {
        violations.append("I3: to the group of \(segment) was given \(groups[segment]?.counts ?? [:]), it has \(seen)")
      }
      if state["version"] as? Int ?? 0 != said[segment]?.count ?? 0 {
        violations.append("I3: of \(segment) \(state["version"] ?? 0) are said, expected \(said[segment]?.count ?? 0)")
      }
    }
    try checkAggregates(topics, said, &overwritten, &violations)
  }

  private func checkAggregates(
    _ topics: RawTopics, _ said: [String: [Group]], _ overwritten: inout Set<String>, _ violations: inout [String]
  ) throws {
    var highest: [String: Int] = [:]
    for (id, record) in topics.distinct(Topics.groupAggregates, &violations) {
      let data = try object(record)
      let segment = String(decoding: record.key ?? [], as: UTF8.self)
      let version = data["version"] as? Int ?? 0
      highest[segment] = max(highest[segment] ?? 0, version)
      guard let all = said[segment], all.indices.contains(version - 1) else {
        violations.append("I3: \(id) should never have been said")
        continue
      }
      let wanted = all[version - 1].isSaid ? all[version - 1].counts : [:]
      let seen = Self.counts(data)
      if seen != wanted { violations.append("I3: \(id) says \(seen), expected \(wanted)") }
    }
    let before = overwritten
    for (segment, all) in said where highest[segment] != all.count && !before.contains(segment) {
      violations.append("I3: of \(segment) the last said is \(highest[segment] ?? 0), expected \(all.count)")
    }
    for record in topics.records(of: Topics.groupAggregates) {
      let segment = String(decoding: record.key ?? [], as: UTF8.self)
      if try object(record)["version"] as? Int != highest[segment] {
        overwritten.insert(segment)
      } else if !before.contains(segment) {
        overwritten.remove(segment)
      }
    }
  }

  private func counted(_ raw: RawLog) throws -> [String: [String: Int]] {
    var counted: [String: [String: Int]] = [:]
    for state in try raw.states(of: Topics.profileState).values {
      let keys = (state["facets"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
        .map { String($0.prefix { $0 != "#" }) }
      guard let owner = owners.owner(of: keys), !refusing.contains(owner) else { continue }
      let names = (interests[owner] ?? []).union([""])
      // Whether he is in it is `SuiteSegments`' to judge.
      for segment in state["segments"] as? [String] ?? [] {
        for name in names { counted[segment, default: [:]][name, default: 0] += 1 }
      }
    }
    return counted
  }

  private func object(_ record: Record) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any] ?? [:]
  }

  /// What has a number, by name; the customers themselves under none.
  private static func counts(_ data: [String: Any]) -> [String: Int] {
    var counts: [String: Int] = [:]
    for interest in data["interests"] as? [[String: Any]] ?? [] {
      counts[interest["category"] as? String ?? "?"] = interest["members"] as? Int
    }
    if let count = data["members"] as? Int, count != 0 { counts[""] = count }
    return counts
  }
}

/// A group as it must be after so many contributions.
private struct Group {
  var counts: [String: Int] = [:]
  var changed: Set<Int> = []
  var isSaid = false

  /// Whether something is said of it then.
  mutating func take(_ data: [String: Any]) -> Bool {
    add(data["members"] as? Int ?? 0, "")
    for name in data["gained"] as? [String] ?? [] { add(1, name) }
    for name in data["lost"] as? [String] ?? [] { add(-1, name) }
    changed.insert(data["customer"] as? Int ?? 0)
    let isEnough = counts[""] ?? 0 >= SuiteGroups.sizeMin
    guard isEnough ? changed.count >= SuiteGroups.sizeMin : isSaid else { return false }
    isSaid = isEnough
    if isEnough { changed = [] }
    return true
  }

  private mutating func add(_ count: Int, _ name: String) {
    let sum = (counts[name] ?? 0) + count
    counts[name] = sum == 0 ? nil : sum
  }
}
