import Contracts
import MessageLog
import Streams
import TestKit
import Testing

@testable import MemoryLog

@Suite("Time is a record, and what cannot go on says so")
struct TimeAndRefusalTests {
  @Test func aKeyIsWokenWhenItIsDue() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    try driver.send("k", id: "e1")
    try driver.settle()
    try driver.advance(ms: 999)
    #expect(driver.said == ["counted-k-1"])
    try driver.advance(ms: 1)
    #expect(driver.said == ["counted-k-1", "woken-k-1"])
    try driver.advance(ms: 10_000)
    #expect(driver.said.count == 2)
  }

  @Test func aSuccessorWakesWhatItsPredecessorLeft() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    try driver.send("k", id: "e1")
    try driver.settle()
    let successor = try TopologyDriver(log: driver.log, clock: driver.clock)
    try successor.add(counter)
    try successor.advance(ms: 1_000)
    #expect(successor.said == ["counted-k-1", "woken-k-1"])
  }

  @Test func anInputThatLostUnreadRecordsStopsThePartitionVisibly() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    for n in 1...5 { try driver.send("k", id: "e\(n)") }
    try driver.settle()
    for n in 6...9 { try driver.send("k", id: "e\(n)") }
    driver.log.truncate(Topics.channelInteractions.name, before: 8)
    let engine = ProcessorEngine(counter, log: driver.log, settings: driver.settings, telemetry: NoTelemetry())
    try engine.open()
    _ = try engine.runOnce(timeoutMs: 0)
    #expect(engine.standing.stopped[0]?.contains("records were lost unread") == true)
    #expect(engine.state(of: "k", as: CountState.self) == nil)
  }

  @Test func aLogThatForgetsRefusesToRestoreWhatItLost() throws {
    let clock = ManualClock(1_000_000)
    let plans = Topics.all.map {
      TopicPlan($0, domainPartitions: 1)
    }
    let log = MemoryLog(topics: plans, forgets: true, clock: { clock.nowMs })
    let driver = try TopologyDriver(partitions: 1, log: log, clock: clock)
    try driver.add(counter)
    for n in 1...5 { try driver.send("k", id: "e\(n)") }
    try driver.settle()
    log.truncate(Topics.facetState.name, before: 1)
    let engine = ProcessorEngine(counter, log: log, settings: driver.settings, telemetry: NoTelemetry())
    try engine.open()
    #expect(engine.standing.stopped[0]?.contains("has forgotten") == true)
  }

  @Test func stateOfANewerVersionIsRefused() throws {
    let driver = try TopologyDriver(partitions: 1)
    let newer = Processor<CountState>(
      group: .facets, inputs: counter.inputs, table: counter.table, outputs: counter.outputs, reducerVersion: 2,
      makeLogic: { CountLogic() })
    try driver.add(newer)
    try driver.send("k", id: "e1")
    try driver.settle()
    let engine = ProcessorEngine(counter, log: driver.log, settings: driver.settings, telemetry: NoTelemetry())
    try engine.open()
    #expect(engine.standing.stopped[0]?.contains("deploy the newer one first") == true)
  }

  @Test func aTopicWithOtherPartitionCountsIsRefused() throws {
    let driver = try TopologyDriver(partitions: 2)
    var settings = driver.settings
    settings.domainPartitions = 3
    let engine = ProcessorEngine(counter, log: driver.log, settings: settings, telemetry: NoTelemetry())
    #expect(throws: StreamsError.self) { try engine.open() }
  }
}
