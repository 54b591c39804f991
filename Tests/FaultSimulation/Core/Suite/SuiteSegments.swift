import Contracts
import Deployment
import Foundation

/// Who must be in which segment: by the raw input and the facets of each profile, at the moment that the profile or the
/// world has come to.
struct SuiteSegments {
  static let catalogAttributes = [
    AttributeDeclaration("views_1h", Computation(.count, event: "page.viewed", windowMs: 3_600_000)),
    AttributeDeclaration("views", Computation(.count, event: "page.viewed")),
  ]
  static let segments = [
    Segment(name: "active", when: "customer.views_1h > 0"), Segment(name: "curious", when: "customer.views >= 3"),
    Segment(name: "resting", when: "customer.views > 0 and not in_segment(\"active\")"),
  ]

  private let owners: Oracle.Owners
  private var viewedMs: [String: [Int64]] = [:]

  init(_ owners: Oracle.Owners) {
    self.owners = owners
    for event in owners.events where event.type == "trias.page.viewed.v1" {
      viewedMs[owners.owner(of: event), default: []].append(event.saidMs)
    }
  }

  func check(_ raw: RawLog, _ topics: RawTopics, nowMs: Int64, _ violations: inout [String]) throws {
    let states = try raw.states(of: Topics.profileState)
    for (id, state) in states {
      let facets = (state["facets"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
      let owner = owners.owner(of: facets.map { String($0.prefix { $0 != "#" }) })
      let times = owner.flatMap { viewedMs[$0] } ?? []
      let atMs = max(nowMs, (state["nowMs"] as? NSNumber)?.int64Value ?? 0)
      let fromMs = (atMs - 3_600_000) / 300_000 * 300_000
      let isActive = times.contains { $0 >= fromMs }
      let expected = [
        isActive ? "active" : "", times.count >= 3 ? "curious" : "", !times.isEmpty && !isActive ? "resting" : "",
      ]
      .filter { !$0.isEmpty }
      let seen = state["segments"] as? [String] ?? []
      if seen != expected { violations.append("I2: \(id) of \(facets) is in \(seen), expected \(expected)") }
    }
    // Who follows the timeline knows the same as who reads the state.
    var followed: [String: Set<String>] = [:]
    for (_, record) in topics.distinct(Topics.profileTimeline, &violations) {
      let type = record.headers.string("ce_type") ?? ""
      guard type.hasPrefix("trias.segment."), let value = record.value,
        let data = try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any],
        let segment = data["segment"] as? String
      else { continue }
      let id = String(decoding: record.key ?? [], as: UTF8.self)
      let isNew =
        type == "trias.segment.entered.v1"
        ? followed[id, default: []].insert(segment).inserted : followed[id]?.remove(segment) != nil
      if !isNew { violations.append("I3: \(id) is said twice to be, or not to be, in \(segment)") }
    }
    for (id, segments) in followed {
      let seen = Set(states[id]?["segments"] as? [String] ?? [])
      if seen != segments {
        violations.append("I3: by its timeline \(id) is in \(segments.sorted()), and is in \(seen.sorted())")
      }
    }
  }
}
