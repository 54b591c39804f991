import Contracts
import Deployment
import Foundation
import LeadManager
import MessageLog
import NbaScorer
import NbaScorerCore
import ProfileAggregator
import Streams

/// The suite itself: all its processors, and customers who come as strangers, are recognised, get lists, accept, fill in
/// forms and order. Each waits where a real one waits, for the list that he answers and for what he can only do then.
final class SuiteScenario: Scenario {
  let partitions: Int
  private var random: Seeded
  private var customers: [SuiteCustomer]
  private var views: SuiteViews?
  private var events = 0
  private var lastMs: Int64 = 0
  private var sent: [OutgoingRecord] = []
  private(set) var poison: Set<String> = []

  init(random: inout Seeded) {
    partitions = 1 + random.below(3)
    var own = Seeded(random.next())
    customers = (0..<(1 + own.below(3))).map { SuiteCustomer($0, &own) }
    self.random = own
  }

  private static let secret = "simulated"

  var topics: [Topic] { Topics.all }
  var restMs: Int64 { 20_000 }
  var isDone: Bool { customers.allSatisfy(\.isDone) }

  let roles = [
    // No contact is given up for silence: whether it is depends on how long a fault lasted.
    Role(ProfileAggregator.facets(secret: secret, contactIdleMs: 1_000 * 3_600_000)),
    Role(ProfileAggregator.linker(secret: secret)), Role(ProfileAggregator.profiles()),
    Role(NbaScorer.scorer(secret: secret, settings: .init(isSampling: false))), Role(NbaScorer.trainer()),
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
    views?.catchUp()
    let waiting = customers.indices.filter { !customers[$0].isDone }
    let index = waiting[random.below(waiting.count)]
    guard let said = customers[index].next(views!) else { return }
    lastMs = max(lastMs + 1, world.time.nowMs)
    events += 1
    let topic = said.isFact ? Topics.sourceRecords : Topics.channelInteractions
    let key = said.identifiers[0]
    var data = said.fields
    data["identifiers"] = said.identifiers.map {
      ["namespace": String($0.prefix { $0 != ":" }), "value": String($0.drop { $0 != ":" }.dropFirst())]
    }
    if !said.isFact { data["channel"] = "web" }
    let envelope = Envelope(id: "sim-\(events)", source: "shop", type: "trias.\(said.type).v1", timeMs: lastMs)
    let record = OutgoingRecord(
      topic: topic.name, partition: Partitioner.partition(of: key, count: partitions), key: Array(key.utf8),
      value: try? Array(JSONSerialization.data(withJSONObject: data, options: .sortedKeys)), headers: envelope.headers)
    sent.append(record)
    world.publish(record)
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
      return try SuiteChecks(world: world, partitions: partitions).violations()
    } catch {
      return ["I2: the topics can't be read: \(error)"]
    }
  }
}

/// What waiting customers see.
final class SuiteViews {
  /// The id of the latest list of each contact.
  private(set) var lists: [String: (version: Int, id: String)] = [:]
  /// Per customer the furthest step of his leads.
  private(set) var steps: [String: Int] = [:]
  private let reader: (any LogConsumer)?

  init(_ world: World, partitions: Int) {
    reader = try? world.log.makeConsumer(name: "views", group: nil)
    var starts: [TopicPartition: Int64] = [:]
    for topic in [Topics.nbaLists, Topics.leadState] {
      for partition in 0..<Int32(partitions) { starts[TopicPartition(topic.name, partition)] = 0 }
    }
    try? reader?.assign(starts)
  }

  func catchUp() {
    while let records = try? reader?.poll(maxRecords: 1_000, timeoutMs: 0), !records.isEmpty {
      for record in records {
        guard let value = record.value,
          let data = try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
        else { continue }
        if let contact = data["contact"] as? String, let version = data["version"] as? Int,
          let id = data["id"] as? String
        {
          if version > lists[contact]?.version ?? -1 { lists[contact] = (version, id) }
        }
        for lead in data["leads"] as? [[String: Any]] ?? [] {
          guard let contact = lead["contact"] as? String, let step = lead["step"] as? Int else { continue }
          steps[contact] = max(steps[contact] ?? -1, step)
        }
      }
    }
  }
}
