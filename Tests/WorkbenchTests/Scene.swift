// A bank with one busy customer, on a log in memory: what the services' owners would have written to the public topics.

import Contracts
import Foundation
import Host
import MemoryLog
import MessageLog
import Synchronization

final class Scene: Sendable {
  static let partitions = 3

  let log: MemoryLog
  let nowMs: Int64
  private let number = Mutex(0)
  private let producer: any LogProducer

  init(startMs: Int64 = Int64(Date().timeIntervalSince1970 * 1_000)) throws {
    nowMs = startMs
    let plans = Topics.all.map {
      TopicPlan($0, domainPartitions: Self.partitions)
    }
    log = MemoryLog(topics: plans, clock: { Int64(Date().timeIntervalSince1970 * 1_000) })
    producer = try log.makeProducer(name: "scene")
  }

  func put(
    _ topic: Topic, key: String, type: String? = nil, id: String? = nil, _ data: [UInt8]?, timeMs: Int64? = nil,
    headers extra: [(String, String)] = []
  ) throws {
    let n = number.withLock { n in
      n += 1
      return n
    }
    var headers = Envelope(
      id: id ?? "e\(n)", source: "scene", type: type ?? "trias.\(topic.name)", timeMs: timeMs ?? nowMs
    ).headers
    for (name, value) in extra { headers.append(name, value) }
    let count = topic.partitionCount(domainPartitions: Self.partitions)
    _ = try producer.append(
      [
        OutgoingRecord(
          topic: topic.name, partition: Partitioner.partition(of: key, count: count), key: Array(key.utf8), value: data,
          headers: headers, timestampMs: timeMs)
      ], timeoutMs: 1_000)
  }

  func records(_ topic: Topic) -> [Record] { log.records(of: topic.name) }

  static func json(_ value: some Encodable) throws -> [UInt8] { [UInt8](try JSONEncoder().encode(value)) }

  // MARK: Who and what

  static let profile = "p3fa94c20be77d1"
  static let cookie = "cookie:9f2c7e1a44b0"
  static let customer = "customer:4711"
  static let contact = "web-5d0c11"

  static func listId(_ version: Int64, contact: String = Scene.contact) -> String {
    IdMint(secret: Setting.developmentSecret).list(
      contact: contact, version: version, items: catalog.propositions.map(\.id))
  }

  func state(
    profile: String = Scene.profile, identifiers: [String] = [Scene.cookie], version: Int64 = 1,
    contact: String? = Scene.contact
  ) -> ProfileState {
    var state = ProfileState(id: profile, nowMs: nowMs)
    for (index, identifier) in identifiers.enumerated() {
      var body = FacetBody(firstSeenMs: nowMs - 86_400_000, lastSeenMs: nowMs)
      if index == 0, let contact {
        var open = Contact(
          id: contact, channel: "web", direction: "inbound", isStarted: true, startedMs: nowMs - 60_000)
        open.placement = "home"
        body.contacts = [open]
      }
      state.facets.append(Facet(id: "\(identifier)#0", version: version, seq: 7, body: body))
    }
    return state
  }

  func list(
    _ propositions: [String], version: Int64, contact: String = Scene.contact, cause: String? = nil
  ) -> NbaList {
    var list = NbaList(
      id: Self.listId(version, contact: contact), contact: contact, version: version, channel: "web", placement: "home",
      atMs: nowMs, catalogVersion: Self.catalog.version,
      items: propositions.enumerated().map { item($1, rank: $0 + 1) }, considered: 14,
      dropped: [
        StageCount(stage: .eligibility, count: 3), StageCount(stage: .applicability, count: 2),
        StageCount(stage: .suitability, count: 1), StageCount(stage: .contactPolicy, count: 1),
      ])
    list.cause = cause
    return list
  }

  func item(_ id: String, rank: Int) -> NbaItem {
    let proposition = Self.catalog.proposition(id)!
    let probability = [0.31, 0.22, 0.064, 0.118, 0.041, 0.027, 0.02][(rank - 1) % 7]
    var item = NbaItem(
      rank: rank, proposition: id, name: proposition.name, issue: proposition.issue, group: proposition.group,
      kind: proposition.kind, treatment: proposition.treatments[0], probability: probability,
      valueMinor: proposition.valueMinor,
      expectedValueMinor: Int64((probability * Double(proposition.valueMinor)).rounded()), currency: "EUR",
      priority: probability * Double(proposition.valueMinor), reasons: Self.reasons[id] ?? [])
    item.propensity = probability
    item.evidenceCount = 300
    return item
  }

  /// As a build from before propensities stood in columns recorded it.
  func olderDecision(_ version: Int64) throws -> [UInt8] {
    let decision = NbaDecision(
      list: Self.listId(version), contact: Self.contact, version: version, atMs: nowMs,
      catalogVersion: Self.catalog.version, profile: state(), propensities: Propensities(), settings: ScoringSettings())
    var old = try JSONSerialization.jsonObject(with: Data(decision.json)) as? [String: Any]
    old?["propensities"] = [["proposition": "day-money", "model": "day-money/web/inbound", "mean": -1.2]]
    return Array(try JSONSerialization.data(withJSONObject: old ?? [:]))
  }

  func lead(_ id: String, _ proposition: String, step: Int = 0, status: Lead.Status = .open) -> Lead {
    let offer = Self.catalog.proposition(proposition)!
    var lead = Lead(
      id: id, proposition: proposition, name: offer.name, group: offer.group, facet: "\(Self.customer)#0",
      contact: Self.contact, list: Self.listId(1), channel: "web", steps: offer.steps,
      openedMs: nowMs - 300_000, expectedValueMinor: offer.valueMinor / 3, currency: "EUR",
      identifier: Identifier(key: Self.customer)!)
    lead.step = step
    lead.status = status
    lead.changedMs = nowMs - 40_000
    if status == .won { lead.netRevenueMinor = offer.valueMinor }
    if status == .lost { lead.lostReason = "overdue" }
    lead.history = offer.steps.prefix(step).map {
      LeadStepDone(step: $0.name, event: $0.completedBy.event, channel: "web", atMs: nowMs - 120_000)
    }
    return lead
  }

  func put(_ state: ProfileState) throws { try put(Topics.profileState, key: state.id, state.json) }

  func put(_ list: NbaList, profile: String = Scene.profile) throws {
    try put(Topics.nbaLists, key: profile, type: "trias.nba.listed.v1", Self.json(list))
  }

  func put(_ leads: [Lead], profile: String = Scene.profile) throws {
    var state = LeadState(profile: profile, nowMs: nowMs)
    state.leads = leads
    try put(Topics.leadState, key: profile, Self.json(state))
  }

  func put(_ catalog: Catalog) throws {
    try put(Topics.marketingCatalog, key: catalog.version, type: "trias.catalog.applied.v1", Self.json(catalog))
  }
}
