import AdapterSDK
import Contracts
import Foundation
import MemoryLog
import MessageLog
import Synchronization
import TestKit
import Testing

/// Whatever is written to the catalogue's topic, an adapter goes by the version before it, and says what is wrong.
@Suite struct HostileVersionsTests {
  private final class Words: Sendable {
    let all = Mutex<[String]>([])
    func add(_ words: String) { all.withLock { $0.append(words) } }
    func has(_ hostile: HostileCatalog) -> Bool { all.withLock { all in all.contains { hostile.isToldOf(in: $0) } } }
  }

  private let log: MemoryLog
  private let adapter: ChannelAdapter
  private let words = Words()

  init() throws {
    log = MemoryLog(clock: { HostileCatalog.good.appliedMs + 1_000 })
    let topics = [Topics.channelInteractions, Topics.nbaLists, Topics.marketingCatalog, Topics.sourceRecords]
    try log.createTopics(topics.map { TopicPlan($0, domainPartitions: 3) })
    let words = words
    adapter = ChannelAdapter(
      settings: AdapterSettings(partitions: 3, instance: "web-1", secret: "test"), log: log,
      report: AdapterReport(problem: { words.add($0) }), clock: { HostileCatalog.good.appliedMs + 2_000 })
  }

  private func put(_ versions: [[UInt8]]) throws {
    let records = versions.map {
      OutgoingRecord(topic: Topics.marketingCatalog.name, partition: 0, key: Array("any".utf8), value: $0)
    }
    _ = try log.makeProducer(name: "anybody").append(records, timeoutMs: 1_000)
  }

  /// While it does what is asked.
  private func running(_ body: () async throws -> Void) async throws {
    let ended = Ended()
    let adapter = adapter
    let thread = Thread {
      adapter.run()
      ended.isTrue.store(true, ordering: .relaxed)
    }
    thread.start()
    try await eventually { adapter.readiness.ready }
    try await body()
    adapter.close()
    try await eventually { ended.isTrue.load(ordering: .relaxed) }
  }

  private final class Ended: Sendable { let isTrue = Atomic<Bool>(false) }

  private static let good = JSONCoding.encode(HostileCatalog.good)

  /// The next that holds is taken, so all before it were read.
  private static let next: [UInt8] = {
    var next = HostileCatalog.good
    next.version = "7-next"
    return JSONCoding.encode(next)
  }()

  @Test func thoseThatComeAreRefused() async throws {
    let told = HostileCatalog.all.filter { $0.reason != nil }
    try put([Self.good])
    try await running {
      #expect(adapter.catalogVersion == "5-good")
      for hostile in HostileCatalog.all {
        try put([hostile.bytes])
        if hostile.reason != nil { try await eventually { words.has(hostile) } }
        #expect(adapter.catalogVersion == "5-good", "\(hostile)")
      }
      #expect(words.all.withLock { $0.count } == told.count)
      try put([Self.next])
      try await eventually { adapter.catalogVersion == "7-next" }
    }
  }

  @Test(arguments: HostileCatalog.all) func oneThatWasThereBeforeIsRefused(hostile: HostileCatalog) async throws {
    try put([Self.good, hostile.bytes])
    try await running {
      #expect(adapter.catalogVersion == "5-good")
      #expect(hostile.reason == nil || words.has(hostile))
    }
  }

  /// More of them than are kept aside: then the topic is read once more.
  @Test func allOfThemBeforeItsStartAreRefused() async throws {
    try put([Self.good] + HostileCatalog.all.map(\.bytes))
    try await running {
      #expect(adapter.catalogVersion == "5-good")
      // What has the number of the one in force is told of where it is among the few that are kept.
      for hostile in HostileCatalog.all where hostile.reason?.contains("has the number") == false {
        #expect(words.has(hostile), "\(hostile)")
      }
    }
  }
}
