// What every instance reads whole is read once, not again with every batch.

import Contracts
import MessageLog
import Streams
import Synchronization
import TestKit
import Testing

@Suite("What all instances know is read once")
struct GlobalsTests {
  private final class Watching: Logic {
    private let logic = CountLogic()
    private let seen: Seen

    init(_ seen: Seen) { self.seen = seen }

    func now(of state: CountState) -> Int64 { state.nowMs }

    func observe(_ record: Record) throws(Refusal) { seen.count.withLock { $0 += 1 } }

    func step(_ key: String, _ state: CountState?, _ input: Input, now: Int64) throws(Refusal) -> Step<CountState> {
      try logic.step(key, state, input, now: now)
    }
  }

  private final class Seen: Sendable {
    let count = Mutex(0)
  }

  @Test func aTurnReadsWhatHasComeSinceAndNothingElse() throws {
    let seen = Seen()
    let driver = try TopologyDriver(partitions: 1)
    let processor = Processor<CountState>(
      group: .facets, inputs: [Topics.channelInteractions], globals: [Topics.marketingCatalog],
      table: Topics.facetState, outputs: [Topics.profileTimeline], makeLogic: { Watching(seen) })
    func publish(_ version: String) throws {
      let envelope = Envelope(id: version, source: "test", type: "trias.catalog.applied.v1", timeMs: 1)
      try driver.publish(
        OutgoingRecord(
          topic: Topics.marketingCatalog.name, partition: 0, key: Array(version.utf8), value: Array("{}".utf8),
          headers: envelope.headers))
    }
    try publish("1")
    try driver.add(processor)
    try driver.send("k", id: "e1")
    try driver.settle()
    // With its partitions it reads them from the beginning, whatever it has seen before.
    let first = seen.count.withLock { $0 }
    #expect(first > 0)
    for n in 2...5 {
      try driver.send("k", id: "e\(n)")
      try driver.settle()
    }
    #expect(driver.count("k") == 5)
    #expect(seen.count.withLock { $0 } == first)
    try publish("2")
    try driver.settle()
    #expect(seen.count.withLock { $0 } == first + 1)
  }
}
