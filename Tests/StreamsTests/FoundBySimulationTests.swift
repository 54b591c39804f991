import Contracts
import MessageLog
import Synchronization
import TestKit
import Testing

@testable import MemoryLog
@testable import Streams

/// What the fault simulation has found once, each as short as it can be told.
@Suite struct FoundBySimulationTests {
  /// The state that goes beyond a bad record must not be there before its letter is.
  @Test func aDeadLetterSurvivesACrashBetweenStateAndOutputs() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    try driver.send("k", id: "e1", data: "bad")
    try driver.send("k", id: "e2")
    driver.log.failNextAppend(to: Topics.profileTimeline.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try driver.settle() }
    let successor = try TopologyDriver(partitions: 1, log: driver.log, clock: driver.clock, instance: "successor")
    try successor.add(counter)
    try successor.settle()
    #expect(successor.count("k") == 1)
    #expect(!driver.records(of: ConsumerGroup.facets.deadLetter).isEmpty)
  }

  /// Its states are in the log, though its outputs failed: it is not decided a second time.
  @Test func aTableThatIsKeptReadsTheBatchThatFailed() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    try driver.send("k", id: "e1")
    driver.log.failNextAppend(to: Topics.profileTimeline.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try driver.settle() }
    let written = driver.records(of: Topics.facetState).count
    try driver.reopen(.facets)
    try driver.settle()
    #expect(driver.said == ["counted-k-1"])
    #expect(driver.records(of: Topics.facetState).count == written)
  }

  /// Only part of a batch may get written: that must be its beginning, whichever keys it came back to.
  @Test func aKeyThatABatchComesBackToIsWrittenAgainInItsPlace() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    for (key, id) in [("a", "e1"), ("b", "e2"), ("a", "e3"), ("a", "e4")] { try driver.send(key, id: id) }
    try driver.settle()
    let keys = driver.records(of: Topics.facetState).map { String(decoding: $0.key ?? [], as: UTF8.self) }
    #expect(keys == ["a", "b", "a"])
    #expect(driver.said == ["counted-a-1", "counted-b-1", "counted-a-2", "counted-a-3"])
  }

  /// A batch that failed had already seen its input's owner change. The commit of what lies before it must not say so, or
  /// what the batch has to read again would be taken for a zombie's.
  @Test func aFailedBatchLeavesNoTraceInACommit() throws {
    let driver = try TopologyDriver(partitions: 1)
    let processor = Processor<CountState>(
      group: .scorer, inputs: [Topics.profileState], table: Topics.nbaContacts, outputs: [],
      makeLogic: { SilentLogic() })
    var settings = driver.settings
    settings.assignment = .group
    settings.commitIntervalMs = .max
    let engine = ProcessorEngine(processor, log: driver.log, settings: settings, telemetry: NoTelemetry())
    func publish(_ key: String, _ header: String, _ value: String) throws {
      try driver.publish(
        OutgoingRecord(
          topic: Topics.profileState.name, partition: 0, key: Array(key.utf8), value: Array("{}".utf8),
          headers: Headers([(header, value)])))
    }
    func settle() throws { while try engine.runOnce(timeoutMs: 0) > 0 {} }
    try engine.open()
    try publish("trias-takeover", "trias_takeover", "first")
    try publish("k", "trias_epoch", "0")
    try settle()
    try publish("l", "trias_epoch", "0")
    try publish("trias-takeover", "trias_takeover", "second")
    driver.log.failNextAppend(to: Topics.nbaContacts.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try settle() }
    driver.log.expelMembers(of: ConsumerGroup.scorer.rawValue)
    try settle()
    #expect(["k", "l"].map { engine.state(of: $0, as: CountState.self)?.count } == [1, 1])
  }

  /// Writing what goes before the states may take as long as a session, and so may they: the group is asked behind it, not
  /// before, and once more before the outputs, where there are any.
  @Test(arguments: [true, false]) func theGroupIsHeardBetweenLongWrites(saysSomething: Bool) throws {
    let time = SlowWrites()
    let plans = Topics.all.map { TopicPlan($0, domainPartitions: 1) }
    let log = MemoryLog(topics: plans, clock: { time.write() })
    var settings = RuntimeSettings(
      domainPartitions: 1, assignment: .group, instance: "slow", clock: { 1_790_000_000_000 })
    settings.honoursBatchInterval = false
    settings.uptimeMs = { time.nowMs }
    let driver = try TopologyDriver(partitions: 1, log: log)
    let engine = ProcessorEngine(
      saysSomething ? counter : downstreamCounter, log: log, settings: settings, telemetry: NoTelemetry())
    try engine.open()
    while try engine.runOnce(timeoutMs: 0) > 0 {}
    let topic = saysSomething ? Topics.channelInteractions : Topics.profileTimeline
    try driver.send("k", id: "e1", data: "bad", on: topic)
    try driver.send("k", id: "e2", on: topic)
    time.msForEach = settings.sessionTimeoutMs
    _ = try engine.runOnce(timeoutMs: 0)
    #expect(engine.state(of: "k", as: CountState.self)?.count == 1)
    #expect(engine.lastHeardMs == (saysSomething ? 2 : 1) * settings.sessionTimeoutMs)
  }

  /// A partition at rest: the zombie's write is its key's last record, and nothing but a look finds it.
  @Test func aZombiesWriteIsFoundByAnOwnerAtRest() throws {
    let zombie = try TopologyDriver(partitions: 1, instance: "zombie")
    try zombie.add(counter)
    try zombie.send("k", id: "e1")
    try zombie.settle()
    let late = try #require(zombie.records(of: Topics.facetState).last)
    try zombie.send("k", id: "e2")
    let owner = try TopologyDriver(partitions: 1, log: zombie.log, clock: zombie.clock, instance: "owner")
    try owner.add(counter)
    try owner.settle()
    // Its ticks are over: nothing will be written.
    try owner.advance(ms: 5_000)
    try owner.publish(
      OutgoingRecord(
        topic: late.topic, partition: late.partition, key: late.key, value: late.value, headers: late.headers))
    try owner.advance(ms: 60_000)
    owner.log.compact(Topics.facetState.name)
    for instance in ["third", "fourth"] {
      let next = try TopologyDriver(partitions: 1, log: zombie.log, clock: zombie.clock, instance: instance)
      try next.add(counter)
      try next.settle()
      #expect(next.count("k") == 2)
      next.log.compact(Topics.facetState.name)
    }
  }
}

/// Time in which every record that is written takes as long as it is told to.
private final class SlowWrites: Sendable {
  private let state = Mutex((nowMs: Int64(0), msForEach: Int64(0)))

  var nowMs: Int64 { state.withLock { $0.nowMs } }

  var msForEach: Int64 {
    get { state.withLock { $0.msForEach } }
    set { state.withLock { $0.msForEach = newValue } }
  }

  func write() -> Int64 {
    state.withLock { state in
      state.nowMs += state.msForEach
      return 1_790_000_000_000 + state.nowMs
    }
  }
}
