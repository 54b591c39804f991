import Contracts
import Journeys
import MemoryLog
import MessageLog
import NbaScorerCore
import TestKit
import Testing

/// Whatever was listed to whom, by whichever version of the catalogue and of the models: from what was recorded with it
/// the same list is derived again, to the last bit.
@Suite struct ExplainedDecisionsTests {
  /// Crowds, each with so many decisions: ten thousand in all.
  private static let seeds: ClosedRange<UInt64> = 1...5
  private static let decisionsEach: Int64 = 2_000

  /// The demonstration's catalogue in several versions, as they follow each other. Of some there is only so much.
  private static func versions() throws -> [Catalog] {
    var catalog = try DemoCatalogTests.catalog()
    var versions: [Catalog] = []
    func add(_ change: (inout Catalog) -> Void) {
      change(&catalog)
      catalog.version = "\(versions.count + 1)-explained"
      versions.append(catalog)
    }
    func limit(_ id: String, _ limits: PropositionLimit..., in catalog: inout Catalog) {
      let index = catalog.propositions.firstIndex { $0.id == id }!
      catalog.propositions[index].limits = limits
    }
    catalog.controlGroups = nil
    limit("gold-card", PropositionLimit(max: 20, per: .day, of: .contacts), in: &catalog)
    limit(
      "investing-plan", PropositionLimit(max: 12, per: .day, of: .contacts),
      PropositionLimit(max: 100, per: .month, of: .contacts), in: &catalog)
    limit("term-deposit", PropositionLimit(max: 3, per: .week, of: .acceptances), in: &catalog)
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
      catalog.language = .dutch
    }
    add { catalog in
      for index in catalog.propositions.indices { catalog.propositions[index].isPaused = false }
      catalog.exclusions = [Exclusion(reason: "the rate is wrong", group: "loan")]
      limit("gold-card", PropositionLimit(max: 30, per: .day, of: .contacts), in: &catalog)
    }
    add { catalog in
      catalog.propositions.removeAll { $0.id == "pension-top-up" }
      catalog.levers?.removeAll { $0.proposition == "pension-top-up" }
      catalog.exclusions = nil
      catalog.conditions[0].when = "customer.age < 21"
      catalog.contactPolicy.presentationsMax = 2
      (catalog.contactPolicy.ignoredMax, catalog.contactPolicy.restDays) = (2, 3)
    }
    return versions
  }

  @Test(arguments: seeds)
  func `each recorded decision is derived again, across changes of the catalogue and of the models`(
    seed: UInt64
  ) throws {
    let versions = try Self.versions()
    let crowd = try Crowd(seed: seed, catalog: versions[0])
    let driver = crowd.journey.driver
    try crowd.remember(contacts: 120, versions[0].propositions)
    for (number, catalog) in versions.enumerated() {
      if number > 0 { try crowd.journey.apply(catalog) }
      let end = Self.decisionsEach * Int64(number + 1) / Int64(versions.count)
      while driver.log.appended(to: Topics.nbaDecisions.name) < end { try crowd.round() }
    }
    // What was recorded is read when models and customers have long gone on.
    let derived = try Derived(crowd.journey)
    #expect(derived.count >= Self.decisionsEach)
    #expect(derived.problems.prefix(3) == [])
    derived.expectAll(of: versions)
    for group in ConsumerGroup.allCases { #expect(crowd.journey.deadLetters(group).prefix(3) == []) }
  }
}

/// The decisions on the topic, each derived from its record's bytes as `trias explain` does it; and what took part in them.
private struct Derived {
  private(set) var count = 0
  private(set) var problems: [String] = []
  private var (models, siblings, groups, moved) = (Set<Int64>(), 0, 0, 0)
  private var (stages, rules, controls) = (Set<Stage>(), Set<String>(), Set<ControlGroup>())
  private var (catalogs, channels, languages) = (Set<String>(), Set<String>(), Set<Language?>())
  private var (granted, reached, withheld, released) = (0, 0, 0, 0)
  private var caused = 0
  private var contactsMost: Int64 = 0

  init(_ journey: Journey) throws {
    let driver = journey.driver
    // A contact that was over and goes on may have a list of the same id again.
    var lists: [String: [[UInt8]]] = [:]
    for record in driver.records(of: Topics.nbaLists) {
      lists[record.headers.string("ce_id") ?? "", default: []].append(record.value ?? [])
    }
    // By its place, after which event each state of a customer came: no decision decides that, and its list says it.
    var causes: [String: String] = [:]
    for record in driver.records(of: Topics.profileState) {
      causes["\(record.topic)/\(record.partition)/\(record.offset)"] = record.headers.string("ce_causationid")
    }
    var catalogs: [String: CompiledCatalog] = [:]
    for value in driver.records(of: Topics.marketingCatalog).compactMap(\.value) {
      let catalog = try JSONCoding.decode(Catalog.self, from: value)
      catalogs[catalog.version] = try CompiledCatalog(catalog)
    }
    for record in driver.records(of: Topics.nbaDecisions) {
      let decision = try NbaDecision(json: try #require(record.value))
      let bytes = try #require(lists[decision.list]?.first)
      lists[decision.list]?.removeFirst()
      let list = try NbaList(json: bytes)
      let explanation = try explain(
        decision, catalog: try #require(catalogs[decision.catalogVersion]), published: list, mint: journey.mint)
      if explanation.differences != [] || explanation.list.json != bytes {
        problems.append("decision \(count), \(list.id): \(explanation.differences)")
      }
      // None of its own has one that was decided by an answer of a budget, or by a tick.
      if let cause = record.headers.string("ce_causationid").flatMap({ causes[$0] }) {
        caused += 1
        if cause != list.cause { problems.append("decision \(count), \(list.id): caused by \(cause)") }
      }
      count += 1
      note(decision, list, explanation)
    }
    released = driver.records(of: Topics.budgetRequests).count {
      $0.headers.string("ce_type") == BudgetRequestType.release.rawValue
    }
  }

  private mutating func note(_ decision: NbaDecision, _ list: NbaList, _ explanation: Explanation) {
    let records = decision.propensities.records
    models.formUnion(records.map(\.modelVersion))
    siblings += records.contains { $0.siblings != nil } ? 1 : 0
    groups += decision.group == nil ? 0 : 1
    moved += list.version > ContactView.versionStep ? 1 : 0
    stages.formUnion(list.dropped.map(\.stage))
    rules.formUnion(explanation.entries.compactMap(\.drop?.rule))
    controls.insert(list.controlGroup)
    catalogs.insert(list.catalogVersion)
    let view = CustomerView(decision.profile)
    let contact = view.contact(decision.contact)?.contact
    channels.insert("\(list.channel) \(contact?.direction ?? "-")")
    languages.insert(contact?.language)
    granted += decision.units?.granted.isEmpty == false ? 1 : 0
    reached += decision.units?.reached.isEmpty == false ? 1 : 0
    withheld += decision.units?.isWithholding == true ? 1 : 0
    contactsMost = max(contactsMost, view.count("contact.started"))
  }

  /// It was put to the test.
  func expectAll(of versions: [Catalog]) {
    #expect(catalogs == Set(versions.map(\.version)))
    #expect(models.count > 10 && siblings > count / 10, "\(models.count) versions of models, siblings in \(siblings)")
    #expect(groups > count / 100, "\(groups) with the interests of a group")
    #expect(moved > count / 20, "\(moved) after the customer was known by name")
    #expect(granted > count / 40 && reached > count / 20, "units for \(granted), nothing left for \(reached)")
    #expect(withheld > 0 && released > 0, "\(withheld) without waiting for a unit, \(released) units given back")
    #expect(controls == Set(ControlGroup.allCases) && languages == [nil, .english, .dutch])
    #expect(channels.isSuperset(of: ["web inbound", "email inbound", "email outbound", "call-centre outbound"]))
    #expect(stages.count >= 8, "\(stages)")
    let expected: Set = [
      Gates.exclusionRule, "paused", "limit-reached", "no-unit-yet", "one-per-group", "list-length",
      "rest-after-rejection", "rest-after-ignored", "rest-after-acceptance", "open-lead",
    ]
    #expect(rules.isSuperset(of: expected), "\(expected.subtracting(rules)) took nothing out")
    #expect(caused > count / 2, "of \(caused) it is known after which event they came")
    #expect(contactsMost >= 100, "the most that one had were \(contactsMost) contacts")
  }
}
