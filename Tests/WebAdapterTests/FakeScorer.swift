import Contracts
import Foundation
import MemoryLog
import MessageLog
import Synchronization

/// A double of profile-aggregator and nba-scorer together, for lists alone: on every event of a contact it writes the
/// contact's next list, as the header asks.
final class FakeScorer: Sendable {
  private let log: MemoryLog
  private let ids: IdMint
  private let stopping = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(log: MemoryLog, secret: String) {
    self.log = log
    ids = IdMint(secret: secret)
  }

  func start() throws {
    let consumer = UncheckedConsumer(try log.makeConsumer(name: "scorer", group: nil))
    let producer = try log.makeProducer(name: "scorer")
    let topic = Topics.channelInteractions.name
    var offsets: [TopicPartition: Int64] = [:]
    for partition in 0..<Int32(try log.partitionCount(of: topic) ?? 0) { offsets[TopicPartition(topic, partition)] = 0 }
    try consumer.value.assign(offsets)
    Thread { [self] in
      var versions: [String: Int64] = [:]
      var replyTo: [String: String] = [:]
      // Of a facet the same id counts once.
      var seen: Set<String> = []
      while !stopping.load(ordering: .relaxed) {
        for record in (try? consumer.value.poll(maxRecords: 100, timeoutMs: 5)) ?? [] {
          guard let contact = record.headers.string("ce_correlationid"), let id = record.headers.string("ce_id"),
            seen.insert("\(record.key ?? []) \(id)").inserted
          else { continue }
          replyTo[contact] = record.headers.string("ce_replyto") ?? replyTo[contact]
          versions[contact, default: 0] += 1
          let list = Self.list(contact, versions[contact] ?? 1, ids)
          var headers = Headers([("ce_correlationid", contact)])
          if let reply = replyTo[contact] { headers.append("ce_replyto", reply) }
          _ = try? producer.append(
            [
              OutgoingRecord(
                topic: Topics.nbaLists.name, partition: 0, key: Array("p1".utf8), value: list.json, headers: headers)
            ], timeoutMs: 1_000)
        }
      }
      consumer.value.close()
      ended.signal()
    }.start()
  }

  func stop() {
    stopping.store(true, ordering: .relaxed)
    ended.wait()
  }

  /// Handed to the thread that alone uses it.
  private struct UncheckedConsumer: @unchecked Sendable {
    let value: any LogConsumer
    init(_ value: any LogConsumer) { self.value = value }
  }

  static func list(_ contact: String, _ version: Int64, _ ids: IdMint) -> NbaList {
    let items = ["saver", "card"].enumerated().map { index, id in
      NbaItem(
        rank: index + 1, proposition: id, name: id, issue: "grow", group: "savings", kind: .offer,
        treatment: Treatment(channel: "web", headline: "h", body: "b", callToAction: "c"), probability: 0.25,
        valueMinor: 1_000, expectedValueMinor: 250, currency: "EUR", priority: 2.5, reasons: ["because"])
    }
    return NbaList(
      id: ids.list(contact: contact, version: version, items: items.map(\.proposition)), contact: contact,
      version: version, channel: "web", placement: nil, atMs: 1, catalogVersion: "1", items: items, considered: 3,
      dropped: [StageCount(stage: .eligibility, count: 1)])
  }
}
