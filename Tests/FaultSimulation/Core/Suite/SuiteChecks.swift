import Contracts
import Deployment
import Foundation
import MessageLog

/// The suite's topics against the oracle of the tests with real processes, which knows the input alone.
struct SuiteChecks {
  let world: World
  let partitions: Int

  /// Whose last word in an output that is a table was followed by a late repetition of an earlier one: a reader drops it by
  /// its origin or its number, but once the topic is compacted it is all that there is.
  struct Overwritten {
    /// Customers, of whom their consents.
    var consents: Set<String> = []
    /// Segments.
    var groups: Set<String> = []
    /// Identifiers.
    var map: Set<String> = []
  }

  func violations(_ overwritten: inout Overwritten) throws -> [String] {
    let topics = RawTopics(world.log)
    var violations = topics.missing(world.scenario.topics, partitions: partitions)
    let raw = RawLog(log: world.log, partitions: partitions)
    let input = try (raw.events(of: Topics.channelInteractions) + raw.events(of: Topics.sourceRecords)).filter {
      $0.id.hasPrefix("sim-")
    }
    checkDeadLetters(topics, &violations)
    checkTimeline(topics, Set(input.map(\.id)), &violations)
    let steward = try raw.events(of: Topics.stewardCommands)
    let scarce = SuiteScarce(topics, input, &violations)
    let leads = try checkCustomers(raw, input, steward: steward, scarce, &violations)
    try scarce.check(raw, world, &violations)
    try checkConsents(raw, input, &overwritten.consents, &violations)
    leads.check(topics, &violations)
    let owners = Oracle.Owners(input, steward: steward)
    try SuiteSegments(owners).check(raw, topics, nowMs: world.time.nowMs, &violations)
    try SuiteRelations(input).check(raw, &violations)
    try SuiteGroups(owners).check(raw, topics, overwritten: &overwritten.groups, &violations)
    world.happened[.groupSaid] = topics.records(of: Topics.groupAggregates).count
    world.happened[.lapse] = leads.lapsed
    world.happened[.revision] = topics.records(of: Topics.leadEvents).count {
      $0.headers.string("ce_type") == LeadEventType.revised.rawValue
    }
    try SuiteIdentities(input).check(raw, topics, overwritten: &overwritten.map, &violations)
    for topic in [Topics.identityMap, Topics.consentState, Topics.leadCommands] {
      _ = topics.distinct(topic, &violations)
    }
    try checkLists(topics, input, &violations)
    try checkEvidence(topics, raw, input, &violations)
    return violations
  }

  private func checkDeadLetters(_ topics: RawTopics, _ violations: inout [String]) {
    let expected = topics.records(of: Topics.channelInteractions).filter {
      $0.headers.string("ce_id")?.hasPrefix("poison") == true
    }.map { "\($0.topic)/\($0.partition)/\($0.offset)" }
    for group in ConsumerGroup.allCases {
      let letters = topics.deadLetters(of: group, &violations)
      if letters != (group == .facets ? Set(expected) : []) {
        violations.append("I1: dead letters of \(group.rawValue): \(letters.sorted()), expected \(expected.sorted())")
      }
    }
  }

  /// Every event once, in each facet's own order.
  private func checkTimeline(_ topics: RawTopics, _ input: Set<String>, _ violations: inout [String]) {
    var seen: Set<String> = []
    var numbers: [String: (version: Int, seq: Int)] = [:]
    for (id, record) in topics.distinct(Topics.profileTimeline, &violations) {
      let headers = record.headers
      // What a profile says of itself is no facet's.
      if id.hasPrefix("segment:") { continue }
      if id.hasPrefix("sim-") { seen.insert(id) }
      let facet = headers.string("ce_facet") ?? "?"
      let number = (
        version: headers.string("ce_facetversion").flatMap { Int($0) } ?? -1,
        seq: headers.string("ce_facetseq").flatMap { Int($0) } ?? -1
      )
      let key = "\(String(decoding: record.key ?? [], as: UTF8.self))|\(facet)"
      if let last = numbers[key], (number.version, number.seq) <= (last.version, last.seq) {
        violations.append("I4: \(key) goes from \(last) to \(number)")
      }
      numbers[key] = number
    }
    if seen != input {
      violations.append(
        "I3: the timeline has \(seen.subtracting(input).sorted()) too much and \(input.subtracting(seen).sorted()) too little"
      )
    }
  }

  private func checkCustomers(
    _ raw: RawLog, _ input: [RawLog.Event], steward: [RawLog.Event], _ scarce: SuiteScarce,
    _ violations: inout [String]
  ) throws -> SuiteLeads {
    let oracle = Oracle(
      portfolio: SuiteCatalog.portfolio,
      forms: Dictionary(uniqueKeysWithValues: SuiteCatalog.portfolio.map { ($0.id, "\($0.id)-form") }))
    // In what order a model that learns ranks them is not the oracle's to say; what is on a list is.
    let sorted = { (customer: Oracle.Customer) in
      var customer = customer
      customer.lists = customer.lists.mapValues { $0.sorted() }
      // Who acts for whom is `SuiteRelations`' to say.
      customer.counts["relation.recorded|"] = nil
      return customer
    }
    let about = input.filter { $0.type != "trias.relation.recorded.v1" }
    let expected = oracle.customers(about, steward: steward).map(sorted)
    let observed = try Observed.customers(raw, run: "sim-").map(sorted)
    if observed.count != expected.count {
      violations.append("I2: \(observed.count) customers, expected \(expected.count)")
    }
    var leads = SuiteLeads(input)
    for (seen, wanted) in zip(observed, expected) {
      let wanted = scarce.expect(leads.expect(wanted, seen, nowMs: world.time.nowMs), seen)
      if seen != wanted { violations.append("I2: observed \(seen)\n      expected \(wanted)") }
    }
    return leads
  }

  /// Each list has its decision and follows from it, and is of a contact that there was.
  private func checkLists(_ topics: RawTopics, _ input: [RawLog.Event], _ violations: inout [String]) throws {
    let lists = topics.distinct(Topics.nbaLists, &violations)
    let decisions = topics.distinct(Topics.nbaDecisions, &violations)
    let decided = Set(decisions.map(\.id))
    let listed = Set(lists.map(\.id))
    if listed != decided {
      violations.append(
        "I3: lists \(listed.subtracting(decided).sorted()) were never decided, \(decided.subtracting(listed).sorted()) never said"
      )
    }
    world.happened[.derived] = try SuiteDecisions.derive(decisions, lists, SuiteScenario.mint, &violations)
    let started = Set(input.compactMap { $0.data["contact"] as? String })
    for (id, record) in lists {
      let data = record.value.flatMap { try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] }
      let contact = data?["contact"] as? String ?? "?"
      if !started.contains(contact) { violations.append("I3: the list \(id) is of \(contact), which never was") }
    }
  }

  private func checkConsents(
    _ raw: RawLog, _ input: [RawLog.Event], _ overwritten: inout Set<String>, _ violations: inout [String]
  ) throws {
    var given: Set<String> = []
    for event in input where event.type == "trias.consent.given.v1" { given.insert(event.key) }
    let before = overwritten
    let consents = try consents(raw, &overwritten)
    for (id, state) in try raw.states(of: Topics.profileState) where !before.contains(id) {
      let facets = (state["facets"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
      let isGiven = facets.contains { facet in given.contains(String(facet.prefix { $0 != "#" })) }
      let known = (consents[id]?["consents"] as? [[String: Any]] ?? []).contains { $0["isGiven"] as? Bool == true }
      if isGiven != known { violations.append("I2: consents of \(facets): \(known), expected \(isGiven)") }
    }
  }

  /// As a reader has them who drops what he has seen by its origin.
  private func consents(_ raw: RawLog, _ overwritten: inout Set<String>) throws -> [String: [String: Any]] {
    var consents: [String: [String: Any]] = [:]
    var seen: [String: [String: (Int, Int)]] = [:]
    var late: Set<String> = []
    for record in try raw.records(of: Topics.consentState) {
      let key = String(decoding: record.key ?? [], as: UTF8.self)
      let origin = (record.headers.string("ce_origin") ?? "").split(separator: "/").map(String.init)
      let place = origin.dropLast(2).joined(separator: "/")
      let number = (Int(origin.dropLast().last ?? "") ?? -1, Int(origin.last ?? "") ?? -1)
      if let last = seen[key]?[place], number <= last {
        if number < last { late.insert(key) }
        continue
      }
      late.remove(key)
      seen[key, default: [:]][place] = number
      consents[key] = record.value.flatMap { try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] }
    }
    overwritten.formUnion(late)
    return consents
  }

  /// A contact that moves is judged by both profiles, each with what it knew, and a yes may follow a no: one outcome under
  /// one id, of which the models have learned once, and as a yes where one was said.
  private func checkEvidence(
    _ topics: RawTopics, _ raw: RawLog, _ input: [RawLog.Event], _ violations: inout [String]
  ) throws {
    var ids: [String: Set<String>] = [:]
    var yeses: [String: Set<String>] = [:]
    for (id, record) in topics.distinct(Topics.nbaEvidence, byOrigin: true, &violations) {
      let model = String(decoding: record.key ?? [], as: UTF8.self)
      ids[model, default: []].insert(id)
      if try NbaEvidence(json: record.value ?? []).isAccepted { yeses[model, default: []].insert(id) }
    }
    for (member, there) in [("evidenceCount", ids), ("acceptedCount", yeses)] {
      let models = try raw.states(of: Topics.nbaModels).mapValues { $0[member] as? Int ?? -1 }
      if models.filter({ $0.value != 0 }) != there.mapValues(\.count) {
        violations.append("I2: of the models' \(member) is \(models), there is \(there.mapValues(\.count))")
      }
    }
    // What was accepted is known at once, what was only shown when the contact has ended.
    let said = Set(ids.values.joined())
    let accepted = answers(input) { $0 == "trias.nba.accepted.v1" }
    let any = answers(input) { $0.hasPrefix("trias.nba.") }
    let yes = Set(yeses.values.joined())
    if accepted != yes || !said.isSubset(of: any) {
      violations.append(
        "I3: a yes of \(accepted.subtracting(yes).sorted()) is missing, and evidence of "
          + "\(yes.subtracting(accepted).union(said.subtracting(any)).sorted()) too much")
    }
  }

  private func answers(_ input: [RawLog.Event], _ isMeant: (String) -> Bool) -> Set<String> {
    Set(
      input.filter { isMeant($0.type) }.compactMap { event in
        guard let list = event.data["list"] as? String, let proposition = event.data["proposition"] as? String else {
          return nil
        }
        return "\(list)/\(proposition)"
      })
  }
}
