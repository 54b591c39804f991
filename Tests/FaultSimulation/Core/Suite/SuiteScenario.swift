import Contracts
import Deployment
import Foundation
import LeadManager
import LeadManagerCore
import MessageLog
import NbaScorer
import NbaScorerCore
import ProfileAggregator
import Seeds
import Streams

/// The suite itself: all its processors, and customers who come as strangers, are recognised, get lists, accept, fill in
/// forms and order; some are taken for another, until a data steward says that they are not; some have a tablet in turn; and
/// some want what there is only so much of. Each waits where a real one waits, for the list that he answers and for what he can only do then.
final class SuiteScenario: Scenario {
  let partitions: Int
  private var random: Seeded
  private var customers: [SuiteCustomer]
  private var views: SuiteViews?
  private var events = 0
  private var lastMs: Int64 = 0
  private var sent: [OutgoingRecord] = []
  /// What was said of the busy one, by those who number it and by those who don't.
  private var numbered: [OutgoingRecord] = []
  private var unnumbered: [OutgoingRecord] = []
  private var repetitions = 0
  private var sequences: [String: Int64] = [:]
  private(set) var poison: Set<String> = []
  private var overwritten = SuiteChecks.Overwritten()

  init(random: inout Seeded) {
    partitions = 1 + random.below(3)
    var own = Seeded(random.next())
    let known = 1 + own.below(3)
    customers = (0..<known).map { SuiteCustomer($0, &own) }
    for number in 0..<own.below(3) {
      let host = own.below(known)
      if own.chance(Self.rivals), let proposition = customers[host].proposition {
        customers[host].waitForNoLead()
        customers.append(SuiteCustomer(rival: number, of: host, for: proposition, &own))
        continue
      }
      let taken = Set(customers.compactMap(\.proposition))
      customers.append(SuiteCustomer(stranger: number, takenFor: host, butNot: taken, &own))
    }
    for number in 0..<known where own.chance(400) { customers[number].relate(number, &own) }
    let shoppers = SuiteCustomer.shoppersMin...SuiteCustomer.shoppersMax
    for number in 0..<(shoppers.lowerBound + own.below(shoppers.count)) {
      customers.append(SuiteCustomer(shopper: number, &own))
    }
    if own.chance(Self.families) { customers.append(SuiteCustomer(family: 0, &own)) }
    if own.chance(Self.busy) { customers.append(SuiteCustomer(busy: &own)) }
    self.random = own
  }

  /// In so many of a thousand schedules somebody is, since he takes as long as all others.
  private static let busy = 60
  private static let families = 400
  private static let rivals = 400
  private static let repetitionsMax = 60

  private static let secret = "simulated"
  static let mint = IdMint(secret: secret)

  var topics: [Topic] { Topics.all }
  var restMs: Int64 { 20_000 }
  /// Whose evidence the leads have; a clock may have been ahead.
  var laterMs: Int64 { Leads.partingMs + 3_600_000 }
  var isDone: Bool { customers.allSatisfy(\.isDone) }
  var waitsFor: String { customers.filter { !$0.isDone }.map(\.waitsFor).joined(separator: "; ") }

  var known: [OutgoingRecord] { sent + numbered + unnumbered.suffix(SuiteCustomer.rememberedMax) }

  let roles = [
    // No contact is given up for silence: whether it is depends on how long a fault lasted.
    Role(ProfileAggregator.facets(secret: secret, contactIdleMs: 1_000 * 3_600_000)),
    Role(ProfileAggregator.linker(secret: secret)), Role(ProfileAggregator.profiles()),
    Role(ProfileAggregator.groups(sizeMin: SuiteGroups.sizeMin, step: 1)),
    Role(NbaScorer.scorer(secret: secret, settings: .init(isSampling: false))), Role(NbaScorer.trainer()),
    Role(NbaScorer.budgets(secret: secret)),
    Role(LeadManager.leads(secret: secret)),
  ]

  // MARK: What happens

  func act(_ world: World) {
    if lastMs == 0 {
      lastMs = world.time.nowMs
      let catalog = SuiteCatalog.catalog
      let envelope = Envelope(
        id: catalog.version, source: "test", type: "trias.catalog.applied.v1", timeMs: world.time.nowMs)
      return world.publish(
        OutgoingRecord(
          topic: Topics.marketingCatalog.name, partition: 0, key: Array(catalog.version.utf8),
          value: JSONCoding.encode(catalog), headers: envelope.headers))
    }
    if views == nil { views = SuiteViews(world, partitions: partitions) }
    if !sent.isEmpty, random.chance(80) { return world.publish(sent[max(0, sent.count - 1 - random.below(8))]) }
    if random.chance(20) { return publishPoison(world) }
    if !numbered.isEmpty, repetitions < Self.repetitionsMax, random.chance(200) {
      repetitions += 1
      world.happened[.repetition] += 1
      return world.publish(random.pick(numbered + unnumbered.suffix(SuiteCustomer.rememberedMax)))
    }
    views?.catchUp()
    let waiting = customers.indices.filter { !customers[$0].isDone }
    let index = waiting[random.below(waiting.count)]
    guard let said = customers[index].next(views!) else { return }
    lastMs = max(lastMs + 1, world.time.nowMs)
    events += 1
    let record = record(said, id: "sim-\(events)")
    if said.identifiers == [SuiteCustomer.busyCookie] {
      if said.isNumbered { numbered.append(record) } else { unnumbered.append(record) }
    } else {
      sent.append(record)
    }
    if said.type == "steward.split" {
      world.happened[said.identifiers[0].hasPrefix("cookie:sim-f") ? .wrongLogin : .split] += 1
    }
    if said.type == "relation.recorded" { world.happened[.relation] += 1 }
    if said.identifiers.contains(where: { $0.hasPrefix("cookie:sim-f") }), said.identifiers.count > 1 {
      world.happened[.login] += 1
    }
    if said.identifiers.dropFirst().contains(where: { $0.hasPrefix("phone:") }) { world.happened[.telephone] += 1 }
    world.publish(record)
  }

  private func record(_ said: SuiteCustomer.Said, id: String) -> OutgoingRecord {
    let topic: Topic
    let key: String
    var data = said.fields
    switch said.way {
    case .steward: (topic, key) = (Topics.stewardCommands, "linker")
    case .fact, .channel:
      topic = said.way == .fact ? Topics.sourceRecords : Topics.channelInteractions
      key = said.identifiers[0]
      data["identifiers"] = said.identifiers.map(Self.identifier)
      if said.way == .channel { data["channel"] = "web" }
    }
    var envelope = Envelope(id: id, source: said.source, type: "trias.\(said.type).v1", timeMs: lastMs)
    if said.isNumbered {
      sequences["\(said.source) \(key)", default: 0] += 1
      envelope.sequence = sequences["\(said.source) \(key)"]
    }
    return OutgoingRecord(
      topic: topic.name,
      partition: Partitioner.partition(of: key, count: topic.partitionCount(domainPartitions: partitions)),
      key: Array(key.utf8), value: try? Array(JSONSerialization.data(withJSONObject: data, options: .sortedKeys)),
      headers: envelope.headers)
  }

  static func identifier(_ key: String) -> [String: String] {
    ["namespace": String(key.prefix { $0 != ":" }), "value": String(key.drop { $0 != ":" }.dropFirst())]
  }

  private func publishPoison(_ world: World) {
    events += 1
    let key = "cookie:sim-0-a"
    let envelope = Envelope(
      id: "poison-\(events)", source: "shop", type: "trias.page.viewed.v1", timeMs: world.time.nowMs)
    world.publish(
      OutgoingRecord(
        topic: Topics.channelInteractions.name, partition: Partitioner.partition(of: key, count: partitions),
        key: Array(key.utf8), value: Array("{\"identifiers\": 7".utf8), headers: envelope.headers))
  }

  func violations(_ world: World) -> [String] {
    do {
      return try SuiteChecks(world: world, partitions: partitions).violations(&overwritten)
    } catch {
      return ["I2: the topics can't be read: \(error)"]
    }
  }
}
