import AdapterSDK
import Contracts
import Foundation
import KafkaLog
import MessageLog
import TestKit
import Testing

/// The adapter over a real Kafka client and protocol: the broker that `trias run` embeds.
struct EmbeddedBrokerTests {
  @Test func aContactGetsItsListOverKafka() async throws {
    let topics = [Topics.channelInteractions, Topics.nbaLists, Topics.marketingCatalog].map {
      TopicPlan($0, domainPartitions: 3)
    }
    let broker = try EmbeddedBroker(topics: topics)
    defer { broker.stop() }
    let log = try KafkaLog(
      KafkaSettings(bootstrapServers: broker.bootstrapServers, clientId: "test", embedded: true), broker: broker)
    let clock: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
    let adapter = ChannelAdapter(
      settings: AdapterSettings(partitions: 3, instance: "web-1", secret: "test"), log: log, clock: clock)
    let reader = Thread { adapter.run() }
    reader.start()
    try await eventually("the adapter to be ready") { adapter.readiness.ready }
    var start = IncomingEvent(
      type: "contact.started", interaction: Interaction(identifiers: [Identifier("cookie", "c1")], contact: "k1"))
    start.interaction.direction = "inbound"
    try await adapter.start(
      try adapter.checks.check(
        start, source: "test", channel: "web", replyTo: adapter.instance, nowMs: adapter.nowMs, newId: { "e1" }))

    let producer = try log.makeProducer(name: "scorer")
    let list = NbaList(
      id: adapter.ids.list(contact: "k1", version: 1, items: []), contact: "k1", version: 1, channel: "web",
      placement: nil, atMs: 0, catalogVersion: "1", items: [], considered: 0, dropped: [])
    async let waiting = adapter.awaitList("k1", budgetMs: 30_000)
    _ = try producer.append(
      [
        OutgoingRecord(
          topic: Topics.nbaLists.name, partition: 1, key: Array("p1".utf8), value: list.json,
          headers: Headers([("ce_replyto", "web-1")]))
      ], timeoutMs: 10_000)
    #expect(await waiting?.id == list.id)
    producer.close(timeoutMs: 1_000)
    adapter.close()
  }
}
