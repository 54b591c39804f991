import Contracts
import Deployment
import Foundation
import MessageLog

/// What sales must have said of each lead, once each and nothing beside it, from the input and from where the oracle says
/// that the lead stands.
struct SuiteLeads {
  private struct Acceptance: Hashable {
    var contact: String
    var proposition: String
  }

  private struct Accepted {
    var by: String
    var firstMs: Int64
    var lastMs: Int64
  }

  private var accepted: [Acceptance: Accepted] = [:]
  /// `open/<step>`, `won/<revenue>` or `lost/<step>`.
  private var stands: [Acceptance: String] = [:]

  /// Where somebody accepted the same as one for whom he was taken: which lead showed what, and when, is not the input's
  /// to say, but where each stands in the end is.
  private var contested: Set<Acceptance> = []

  /// An instance's clock is wrong by that much at most, and so are its ticks.
  private static let skewMs: Int64 = 3_600_000
  /// An event's own time is that much later at most than it was published.
  private static let aheadMs: Int64 = 1_000

  init(_ input: [RawLog.Event]) {
    var seen: Set<String> = []
    for event in input where event.type == "trias.nba.accepted.v1" && seen.insert(event.id).inserted {
      guard let contact = event.data["contact"] as? String, let proposition = event.data["proposition"] as? String,
        let identifier = (event.data["identifiers"] as? [[String: Any]])?.first,
        // Whether there was one for him is `SuiteScarce`'s to say.
        proposition != SuiteCatalog.vouchers
      else { continue }
      let acceptance = Acceptance(contact: contact, proposition: proposition)
      accepted[
        acceptance,
        default: Accepted(by: Oracle.key(identifier), firstMs: event.timeMs, lastMs: event.timeMs)
      ].lastMs = event.timeMs
    }
    contested = Self.contested(input, accepted)
  }

  /// By the contacts' names: `sim-<customer>-…` and `sim-s<stranger>-…`.
  private static func contested(_ input: [RawLog.Event], _ accepted: [Acceptance: Accepted]) -> Set<Acceptance> {
    var groups: [String: Set<String>] = [:]
    for event in input where event.type == "trias.identity.asserted.v1" {
      let names = Oracle.identifiers(event)
      guard let host = names.first(where: { $0.hasPrefix("customer:sim-") }) else { continue }
      groups[host, default: []].formUnion(names.map(person))
    }
    var contested: Set<Acceptance> = []
    for people in groups.values {
      let theirs = accepted.keys.filter { people.contains(person("contact:\($0.contact)")) }
      for rivals in Dictionary(grouping: theirs, by: \.proposition).values
      where Set(rivals.map { person("contact:\($0.contact)") }).count > 1 {
        contested.formUnion(rivals)
      }
    }
    return contested
  }

  /// `sim-<person>`
  private static func person(_ key: String) -> String {
    key.drop { $0 != ":" }.dropFirst().split(separator: "-").prefix(2).joined(separator: "-")
  }

  var lapsed: Int { stands.values.count { $0.hasPrefix("lost") } }

  /// The oracle knows no time limits: where one has passed, the lead it takes for open is lost.
  mutating func expect(_ wanted: Oracle.Customer, _ seen: Oracle.Customer, nowMs: Int64) -> Oracle.Customer {
    var wanted = wanted
    for (acceptance, accepted) in accepted where wanted.identifiers.contains(accepted.by) {
      if acceptance.proposition == SuiteCatalog.trial {
        let limitMs = Int64(SuiteCatalog.trialHours) * 3_600_000
        let mustBeLost = nowMs >= accepted.lastMs + limitMs + Self.aheadMs
        // A clock that was ahead may have said so earlier.
        let mayBeLost = nowMs + Self.skewMs >= accepted.firstMs + limitMs
        let isLost = seen.leads[acceptance.proposition] == "lost/0"
        if mustBeLost || (mayBeLost && isLost) { wanted.leads[acceptance.proposition] = "lost/0" }
      }
      stands[acceptance] = wanted.leads[acceptance.proposition]
    }
    return wanted
  }

  /// By who counts by id: what was accepted before and again after its facet moved is opened by both profiles under one
  /// id, until the lead that is handed over meets its like.
  func check(_ topics: RawTopics, _ violations: inout [String]) {
    var wanted: Set<String> = []
    for (acceptance, standing) in stands {
      let name = "\(acceptance.contact) \(acceptance.proposition)"
      wanted.insert("opened \(name)")
      if contested.contains(acceptance) { continue }
      if steps(standing, acceptance.proposition).count > 1 { wanted.insert("advanced \(name)") }
      if standing.hasPrefix("won") { wanted.insert("won \(name)") }
      if standing.hasPrefix("lost") { wanted.insert("lost \(name)") }
    }
    var said: [String: Set<String>] = [:]
    var leads: [Acceptance: String] = [:]
    for (id, record) in topics.distinct(Topics.leadEvents, byOrigin: true, &violations) {
      let type = record.headers.string("ce_type")?.split(separator: ".").dropFirst(2).first.map(String.init) ?? "?"
      // Which ways a lead goes with its facet is not the input's to say.
      if ["left", "received"].contains(type) { continue }
      let data = record.value.flatMap { try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] }
      let lead = data?["lead"] as? [String: Any] ?? data ?? [:]
      if lead["proposition"] as? String == SuiteCatalog.vouchers { continue }
      let acceptance = Acceptance(
        contact: lead["contact"] as? String ?? "?", proposition: lead["proposition"] as? String ?? "?")
      if type != "opened", contested.contains(acceptance) { continue }
      said["\(type) \(acceptance.contact) \(acceptance.proposition)", default: []].insert(id)
      if type == "opened" { leads[acceptance] = lead["id"] as? String }
    }
    compare(Set(said.keys), wanted, "sales", &violations)
    for (what, ids) in said where ids.count != 1 { violations.append("I3: \(what) was said as \(ids.sorted())") }
    let tasks = stands.filter { !contested.contains($0.key) }.flatMap { acceptance, standing in
      steps(standing, acceptance.proposition).filter { $0.task }.map {
        "\(leads[acceptance] ?? "?").\($0.number)"
      }
    }
    let asked = topics.distinct(Topics.contactTasks, byOrigin: true, &violations)
    let others = contested.compactMap { leads[$0].map { "\($0)." } }
    let ids = asked.map(\.id).filter { id in !others.contains { id.hasPrefix($0) } }
    compare(Set(ids), Set(tasks), "tasks", &violations)
  }

  /// The steps that such a lead has come to, and which of them ask for a task.
  private func steps(_ standing: String, _ proposition: String) -> [(number: Int, task: Bool)] {
    let steps = SuiteCatalog.catalog.propositions.first { $0.id == proposition }?.steps ?? []
    let last = standing.hasPrefix("won") ? steps.count - 1 : Int(standing.drop { $0 != "/" }.dropFirst()) ?? 0
    return steps.prefix(last + 1).enumerated().map { ($0, $1.task != nil) }
  }

  private func compare(_ said: Set<String>, _ wanted: Set<String>, _ what: String, _ violations: inout [String]) {
    if said == wanted { return }
    violations.append(
      "I3: \(what) said \(said.subtracting(wanted).sorted()) too much and \(wanted.subtracting(said).sorted()) too little"
    )
  }
}
