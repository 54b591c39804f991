import Contracts
import Customer360
import Foundation
import MemoryLog
import MessageLog
import Streams
import TestKit
import Testing

@testable import Workbench

/// Whatever is written to the catalogue's topic, the screens, and who tells of customers, go by the version before it.
@Suite struct HostileVersionsTests {
  private func record(_ value: [UInt8], _ offset: Int64) -> Record {
    Record(
      topic: Topics.marketingCatalog.name, partition: 0, offset: offset,
      timestampMs: HostileCatalog.good.appliedMs + 1_000, key: Array("any".utf8), value: value, headers: Headers())
  }

  private static let good = JSONCoding.encode(HostileCatalog.good)

  @Test(arguments: HostileCatalog.all) func theScreensRefuseIt(hostile: HostileCatalog) throws {
    let books = Books()
    let refused = books.apply([record(Self.good, 0), record(hostile.bytes, 1)], nowMs: 0) { _ in true }
    #expect(refused.count <= 1)
    #expect(hostile.isToldOf(in: refused.first.map { "\($0.error)" }), "\(refused)")
    #expect(books.read { $0.catalogs.current?.catalog.version } == "5-good")
    #expect(books.read { $0.catalogs.soFar.inForce } == "5-good")
  }

  /// As many were there before as come.
  @Test(arguments: [false, true]) func theFeedGoesByTheOneBefore(wereThere: Bool) async throws {
    let log = MemoryLog(clock: { HostileCatalog.good.appliedMs + 1_000 })
    try log.createTopics([TopicPlan(Topics.marketingCatalog, domainPartitions: 3)])
    func put(_ versions: [[UInt8]]) throws {
      let records = versions.map {
        OutgoingRecord(topic: Topics.marketingCatalog.name, partition: 0, key: Array("any".utf8), value: $0)
      }
      _ = try log.makeProducer(name: "anybody").append(records, timeoutMs: 1_000)
    }
    let feed = CatalogFeed(name: "feed", log: log, telemetry: NoTelemetry())
    let hostile = HostileCatalog.all.map(\.bytes)
    try put([Self.good] + (wereThere ? hostile : []))
    let thread = Thread { try? feed.run() }
    thread.start()
    try await eventually { feed.readiness.ready }
    #expect(feed.current?.catalog.version == "5-good")
    if !wereThere { try put(hostile) }
    var next = HostileCatalog.good
    next.version = "7-next"
    try put([JSONCoding.encode(next)])
    try await eventually { feed.current?.catalog.version != "5-good" }
    #expect(feed.current?.catalog.version == "7-next")
    feed.stop()
  }
}
