import Contracts
import Foundation
import NbaScorerCore
import Seeds
import Testing

/// Whatever was listed to whom, by whichever version of the catalogue and of the models: from what was recorded with it
/// the same list is derived again, to the last bit.
@Suite struct ExplainedDecisionsTests {
  /// The demonstration's catalogue in several versions, as they follow each other.
  private static func versions() throws -> [CompiledCatalog] {
    var catalog = try DemoCatalogTests.catalog()
    var versions: [Catalog] = []
    func add(_ change: (inout Catalog) -> Void) {
      change(&catalog)
      catalog.version = "\(versions.count + 1)-explained"
      versions.append(catalog)
    }
    add { _ in }
    add { catalog in
      for index in catalog.propositions.indices { catalog.propositions[index].valueMinor *= Int64(index % 3 + 1) }
    }
    add { catalog in
      catalog.levers = catalog.propositions.enumerated().map { index, proposition in
        Lever(name: "lever-\(index)", percent: Double(index % 5) * 100 / 7, proposition: proposition.id)
      }
      catalog.controlGroups = ControlGroups(
        randomEligiblePercent: 20, propensityOnlyPercent: 20, valueOnlyPercent: 20)
      for index in catalog.contextWeights.indices { catalog.contextWeights[index].factor *= 1.1 }
    }
    add { catalog in
      for index in stride(from: 0, to: catalog.propositions.count, by: 4) {
        catalog.propositions[index].isPaused = true
      }
      catalog.propositions[1].isMandatory = true
    }
    add { catalog in
      for index in catalog.propositions.indices { catalog.propositions[index].isPaused = false }
      catalog.propositions.removeAll { $0.id == "pension-top-up" }
      catalog.conditions[0].when = "customer.age < 21"
      catalog.contactPolicy.presentationsMax = 2
      catalog.contactPolicy.restDays = 3
    }
    return try versions.map { try CompiledCatalog($0) }
  }

  /// `make test-long` tries ten thousand.
  private static let count = ProcessInfo.processInfo.environment["DECISIONS"].flatMap { Int($0) } ?? 1_000

  @Test func `each decision is derived again, across changes of the catalogue and of the models`() throws {
    let versions = try Self.versions()
    let byVersion = Dictionary(uniqueKeysWithValues: versions.map { ($0.catalog.version, $0) })
    var crowd = Crowd(seed: 1)
    var recorded: [(decision: [UInt8], list: [UInt8])] = []
    var (explained, models, drops, groups): (Int, Set<Int64>, Set<Stage>, Int) = (0, [], [], 0)
    while explained < Self.count {
      let catalog = versions[explained * versions.count / Self.count]
      while recorded.count < 250 { recorded += crowd.step(catalog).map { ($0.decision.json, $0.list.json) } }
      // What was recorded is bytes on a topic, read when models and customers have long gone on.
      for (decisionBytes, listBytes) in recorded {
        let decision = try NbaDecision(json: decisionBytes)
        let list = try NbaList(json: listBytes)
        let explanation = try explain(
          decision, catalog: try #require(byVersion[decision.catalogVersion]), published: list)
        if explanation.differences != [] || explanation.list.json != listBytes {
          Issue.record("decision \(explained): \(explanation.differences)")
          return
        }
        models.formUnion(decision.propensities.records.map(\.modelVersion))
        drops.formUnion(list.dropped.map(\.stage))
        groups += decision.group == nil ? 0 : 1
        explained += 1
      }
      recorded.removeAll(keepingCapacity: true)
    }
    // It was put to the test: models of many versions took part, stand-ins did, and nearly every stage took something out.
    #expect(models.count > 10, "\(models.count) versions of models")
    #expect(drops.count >= 7, "\(drops)")
    #expect(groups > explained / 100, "\(groups) with the interests of a group")
    #expect(crowd.answers > explained / 10, "\(crowd.answers) answers")
  }
}

/// Customers who come, look at things and answer, from a seed.
private struct Crowd {
  private var random: Seeded
  private var customers: [(profile: ProfileState, state: ScorerState?, list: NbaList?)]
  private var models = ModelSet()
  private var learned: [String: PropensityModel] = [:]
  private var groups = GroupSet()
  private var nowMs: Int64 = 1_790_000_000_000
  private var contacts = 0
  private(set) var answers = 0

  init(seed: UInt64) {
    random = Seeded(seed)
    customers = (0..<150).map { number in
      var profile = ProfileState(id: "p\(number)", nowMs: 1)
      let identifier = Identifier(number % 2 == 0 ? "cookie" : "customer", "\(number)")
      let facet = Facet.id(identifier, generation: 0)
      profile.facets = [
        Facet(id: facet, version: 0, seq: 1, body: FacetBody(firstSeenMs: Int64(number), lastSeenMs: 1))
      ]
      return (profile, nil, nil)
    }
    groups.take(
      GroupAggregate(
        segment: "newcomers", version: 1, atMs: 1, members: 40,
        interests: [GroupInterest(category: "mortgage", members: 30), GroupInterest(category: "card", members: 10)]))
  }

  /// One customer does something, and what is listed to him because of it.
  mutating func step(_ catalog: CompiledCatalog) -> [Scorer.Published] {
    nowMs += Int64(random.below(3_000_000))
    let index = random.below(customers.count)
    var (profile, state, list) = customers[index]
    act(&profile.facets[0].body, list)
    profile.nowMs = nowMs
    let scorer = Scorer(
      catalog: catalog, models: models, groups: groups, settings: ScoringSettings(), mint: IdMint(secret: "explained"))
    let outcome = scorer.score(profile, state, now: nowMs, cause: "event-\(nowMs)")
    for found in outcome.evidence { learn(found.evidence) }
    state = outcome.state
    list = outcome.lists.last?.list ?? list
    customers[index] = (profile, state, list)
    return outcome.lists
  }

  private mutating func learn(_ evidence: NbaEvidence) {
    var model = learned[evidence.model] ?? PropensityModel(id: evidence.model)
    guard model.learn(evidence) else { return }
    model.version += 1
    learned[evidence.model] = model
    models.take(model)
  }

  private mutating func act(_ body: inout FacetBody, _ list: NbaList?) {
    body.lastSeenMs = nowMs
    let open = body.contacts.lastIndex { $0.endedMs == nil }
    switch random.below(10) {
    case 0..<2: look(&body)
    case 2..<6 where open != nil: answer(&body, list, open!)
    case 6: know(&body)
    default: begin(&body)
    }
  }

  private mutating func look(_ body: inout FacetBody) {
    body.counts = [EventCount(event: "page.viewed", channel: "web", count: Int64(1 + random.below(9)))]
    // Some never look at anything that says what they want.
    guard body.firstSeenMs % 4 > 0 else { return }
    let category = random.pick(["mortgage", "savings", "card", "loan", "investing", "cancellation", "insurance"])
    body.interests.removeAll { $0.category == category }
    body.interests.append(Interest(category: category, count: Int64(1 + random.below(5)), lastMs: nowMs))
  }

  private mutating func answer(_ body: inout FacetBody, _ list: NbaList?, _ contact: Int) {
    guard let list, list.contact == body.contacts[contact].id, !list.items.isEmpty else { return }
    answers += 1
    let item = random.pick(Array(list.items.prefix(4)))
    let outcome = random.pick(Outcome.allCases)
    body.contacts[contact].responses.append(
      Response(list: list.id, proposition: item.proposition, outcome: outcome, atMs: nowMs))
    var history = OfferHistory(proposition: item.proposition, channel: list.channel)
    history.present(atMs: nowMs)
    if outcome == .rejected { (history.rejected, history.lastRejectedMs) = (1, nowMs) }
    if outcome == .accepted { (history.accepted, history.lastAcceptedMs) = (1, nowMs) }
    if let known = body.offers.firstIndex(where: { $0.proposition == item.proposition && $0.channel == list.channel }) {
      body.offers[known].unite(history)
    } else {
      body.offers.append(history)
    }
    if body.offers.count > 12 { body.offers.removeFirst() }
  }

  private mutating func know(_ body: inout FacetBody) {
    body.attributes = [
      Attribute(name: "age", value: .number(Double(14 + random.below(70))), atMs: nowMs),
      Attribute(name: "monthly_income", value: .number(Double(random.below(60)) * 100), atMs: nowMs),
      Attribute(name: "risk_profile", value: .string(random.pick(["cautious", "balanced", "bold"])), atMs: nowMs),
    ]
    body.consents = [Consent(purpose: "personal-offers", isGiven: random.below(4) > 0, atMs: nowMs)]
  }

  private mutating func begin(_ body: inout FacetBody) {
    contacts += 1
    for index in body.contacts.indices where body.contacts[index].endedMs == nil {
      (body.contacts[index].endedMs, body.contacts[index].endReason) = (nowMs, "ended")
    }
    var contact = Contact(
      id: "contact-\(contacts)", channel: random.pick(["web", "email", "call-centre"]),
      direction: random.pick(["inbound", "inbound", "outbound"]), isStarted: true, startedMs: nowMs)
    contact.intent = random.pick([nil, nil, "cancellation", "question", "lost-card"])
    contact.context = [
      NamedValue("device", .string(random.pick(["phone", "desktop"]))),
      NamedValue("campaign", .number(Double(random.below(40)) / 3)),
      NamedValue("euribor3m", .number(Double(random.below(5_000)) / 997)),
    ]
    body.contacts.append(contact)
    if body.contacts.count > 3 { body.contacts.removeFirst() }
  }
}
