import Contracts
import KafkaLog
import MessageLog
import TestKit
import Testing

@testable import ChannelSample

/// The sample of CONTRIBUTING's "Add a channel adapter", which sees of the kit only what is public, over a broker.
struct SampleTests {
  @Test func anAdapterFromOutsideStartsContactsShowsListsAndTakesAcceptances() async throws {
    let topics = [Topics.channelInteractions, Topics.nbaLists, Topics.marketingCatalog].map {
      TopicPlan(name: $0.name, partitions: $0.partitionCount(domainPartitions: 3), cleanup: $0.cleanup)
    }
    let broker = try EmbeddedBroker(topics: topics)
    defer { broker.stop() }
    let log = try KafkaLog(KafkaSettings(bootstrapServers: broker.bootstrapServers, clientId: "test"), broker: broker)
    let kiosk = try Kiosk(name: "berlin-7", brokers: broker.bootstrapServers, partitions: 3, secret: "test")
    try await eventually("the kiosk to be ready") { kiosk.isReady }

    async let shown = kiosk.scan(card: "77", patienceMs: 60_000)
    let events = Events(log)
    let started = try await events.next()
    #expect(started.headers.string("ce_type") == EventType.contactStarted.rawValue)
    #expect(started.headers.string("ce_source") == "kiosk/berlin-7")
    #expect(started.headers.string("ce_replyto") == "kiosk-berlin-7")
    #expect(started.key == Array("loyalty:77".utf8))
    let data = try #require(started.value)
    let contact = try #require(try Interaction(json: data).contact)
    try answer(contact, log)
    let list = try #require(try await shown)
    #expect(list.contact == contact)

    try await kiosk.accept(list.items[0], of: list, card: "77")
    let accepted = try await events.next()
    #expect(accepted.headers.string("ce_type") == EventType.nbaAccepted.rawValue)
    let acceptance = try Interaction.decode(type: .nbaAccepted, data: try #require(accepted.value))
    #expect(acceptance.channel == "kiosk")
    #expect(acceptance.proposition == "savings")
    try await kiosk.leave(contact, card: "77")
    #expect(try await events.next().headers.string("ce_type") == EventType.contactEnded.rawValue)
    kiosk.close()
  }

  /// The scorer is played by the test.
  private func answer(_ contact: String, _ log: KafkaLog) throws {
    let item = NbaItem(
      rank: 1, proposition: "savings", name: "Savings", issue: "grow", group: "savings", kind: .offer,
      treatment: Treatment(channel: "kiosk", headline: "h", body: "b", callToAction: "c"), probability: 0.5,
      valueMinor: 100, expectedValueMinor: 50, currency: "EUR", priority: 1, reasons: ["because"])
    let list = NbaList(
      id: IdMint(secret: "test").list(contact: contact, version: 1, items: [item.proposition]), contact: contact,
      version: 1, channel: "kiosk",
      placement: nil, atMs: 0, catalogVersion: "1", items: [item], considered: 1, dropped: [])
    let producer = try log.makeProducer(name: "scorer")
    defer { producer.close(timeoutMs: 1_000) }
    _ = try producer.append(
      [
        OutgoingRecord(
          topic: Topics.nbaLists.name, partition: 0, key: [1], value: list.json,
          headers: Headers([("ce_correlationid", contact), ("ce_replyto", "kiosk-berlin-7")]))
      ], timeoutMs: 30_000)
  }

  /// The events of the channel, one after the other.
  private final class Events {
    private let consumer: (any LogConsumer)?
    private var waiting: [Record] = []

    init(_ log: KafkaLog) {
      consumer = try? log.makeConsumer(name: "events", group: nil)
      let all = (0..<Int32(3)).map { TopicPartition(Topics.channelInteractions.name, $0) }
      try? consumer?.assign(Dictionary(uniqueKeysWithValues: all.map { ($0, 0) }))
    }

    deinit { consumer?.close() }

    func next() async throws -> Record {
      try await eventually("an event") {
        waiting += try consumer?.poll(maxRecords: 10, timeoutMs: 0) ?? []
        return !waiting.isEmpty
      }
      return waiting.removeFirst()
    }
  }
}
