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

  /// A service that is away for longer than ticks are kept: what it had written and not read is gone, and who was due
  /// still is.
  @Test func ticksThatWereDeletedUnreadStopNobody() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    try driver.send("k", id: "e1")
    try driver.settle()
    driver.clock.advance(ms: 1_000)
    let dying = ProcessorEngine(counter, log: driver.log, settings: driver.settings, telemetry: NoTelemetry())
    try dying.open()
    _ = try dying.runOnce(timeoutMs: 0)
    #expect(driver.records(of: ConsumerGroup.facets.ticks).count == 1, "a tick is written, and not read")
    driver.log.truncate(ConsumerGroup.facets.ticks.name, before: 1)
    let successor = try TopologyDriver(partitions: 1, log: driver.log, clock: driver.clock)
    try successor.add(counter)
    try successor.settle()
    #expect(successor.said == ["counted-k-1", "woken-k-1"])
  }

  /// The same for one that slept for so long: the table that it has kept knows who is due, and not whom it was to wake.
  @Test func whoKeptItsTableWakesThemToo() throws {
    let driver = try TopologyDriver(partitions: 1)
    let engine = ProcessorEngine(counter, log: driver.log, settings: driver.settings, telemetry: NoTelemetry())
    try engine.open()
    try driver.send("k", id: "e1")
    _ = try engine.runOnce(timeoutMs: 0)
    driver.clock.advance(ms: 1_000)
    _ = try engine.runOnce(timeoutMs: 0)
    #expect(driver.records(of: ConsumerGroup.facets.ticks).count == 1, "a tick is written, and not read")
    driver.log.truncate(ConsumerGroup.facets.ticks.name, before: 1)
    engine.close(graceful: false)
    try engine.open()
    for _ in 1...3 { _ = try engine.runOnce(timeoutMs: 0) }
    #expect(driver.said == ["counted-k-1", "woken-k-1"])
  }

  /// Each event moves its key's due time on.
  @Test func whoIsDueIsNotedAboutTwiceHoweverManyEventsThereAre() throws {
    let driver = try TopologyDriver(partitions: 1)
    let telemetry = TelemetryRecorder()
    var settings = driver.settings
    settings.dueSlack = 10
    let engine = ProcessorEngine(counter, log: driver.log, settings: settings, telemetry: telemetry)
    try engine.open()
    var most = 0.0
    for n in 1...200 {
      for key in ["k", "l", "m"] {
        let envelope = Envelope(
          id: "e\(n)", source: "shop", type: "test.event", timeMs: 1_790_000_000_000 + Int64(n) * 5)
        try driver.publish(Topics.channelInteractions, key: key, envelope, Array("{}".utf8))
      }
      // On a clock that goes back it is measured on every turn.
      driver.clock.advance(ms: -1)
      _ = try engine.runOnce(timeoutMs: 0)
      most = max(most, telemetry.gauge("trias_due_entries{group=profile-aggregator.facets}") ?? 0)
    }
    #expect(most > 3 && most <= 2 * 3 + 10 + 3, "\(most)")
    driver.clock.advance(ms: 200 + 1_999)
    for _ in 1...3 { _ = try engine.runOnce(timeoutMs: 0) }
    #expect(!driver.said.contains { $0.hasPrefix("woken-") }, "only the last time is true")
    driver.clock.advance(ms: 1)
    for _ in 1...3 { _ = try engine.runOnce(timeoutMs: 0) }
    #expect(driver.said.filter { $0.hasPrefix("woken-") } == ["woken-k-200", "woken-l-200", "woken-m-200"])
    let ticks = driver.records(of: ConsumerGroup.facets.ticks)
    #expect(ticks.count == 1 && String(decoding: ticks[0].value ?? [], as: UTF8.self).split(separator: "\"").count < 12)
  }

  /// Where what is wrong is as long as a record, the letter has its beginning: one that is too large to be written would
  /// stop its processor for good.
  @Test(arguments: ["ce_sequence", "ce_origin"])
  func aDeadLetterIsNoLargerThanWhatItTellsOf(header: String) throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    var headers = Envelope(id: "e1", source: "shop", type: "test.event", timeMs: 0).headers
    headers.append(header, String(repeating: "é", count: 250_000))
    try driver.publish(
      OutgoingRecord(
        topic: Topics.channelInteractions.name, partition: 0, key: Array("k".utf8), value: Array("{}".utf8),
        headers: headers))
    try driver.settle()
    let letter = try #require(driver.records(of: ConsumerGroup.facets.deadLetter).first)
    #expect(letter.headers.string(DeadLetterHeader.reason)?.hasSuffix("…") == true)
    #expect(letter.byteCount < 504_000, "\(letter.byteCount)")
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
    let plans = Topics.all.map { TopicPlan($0, domainPartitions: 1) }
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

  @Test func aStateThatCannotBeReadStopsItsPartitionAndNoOther() throws {
    let driver = try TopologyDriver(partitions: 2)
    try driver.add(counter)
    let keys = ["k", "l", "m", "n", "o"]
    for key in keys { try driver.send(key, id: key) }
    try driver.settle()
    var broken = try #require(driver.records(of: Topics.facetState).last { $0.key != Array(Takeover.key.utf8) })
    broken.value = Array("{garbage".utf8)
    try driver.publish(
      OutgoingRecord(
        topic: broken.topic, partition: broken.partition, key: broken.key, value: broken.value, headers: broken.headers)
    )
    let engine = ProcessorEngine(counter, log: driver.log, settings: driver.settings, telemetry: NoTelemetry())
    try engine.open()
    _ = try engine.runOnce(timeoutMs: 0)
    #expect(engine.standing.stopped[broken.partition]?.contains("can't be read") == true)
    #expect(engine.standing.stopped.count == 1)
    let here = keys.filter { engine.state(of: $0, as: CountState.self) != nil }
    #expect(here == keys.filter { Partitioner.partition(of: $0, count: 2) != broken.partition })
  }

  /// A producer whose clock is years ahead must not take its customer there: time only ever goes forward.
  @Test func aRecordFromTomorrowIsRefused() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    for (id, aheadMs) in [("now", 0), ("soon", 86_400_000), ("tomorrow", 86_400_001)] as [(String, Int64)] {
      let timeMs = driver.clock.nowMs + aheadMs
      let envelope = Envelope(id: id, source: "shop", type: "test.event", timeMs: timeMs)
      try driver.publish(
        OutgoingRecord(
          topic: Topics.channelInteractions.name, partition: 0, key: Array(id.utf8), value: [],
          headers: envelope.headers, timestampMs: timeMs))
    }
    try driver.settle()
    #expect(["now", "soon", "tomorrow"].map { driver.count($0) } == [1, 1, nil])
    let stages = driver.records(of: ConsumerGroup.facets.deadLetter).map { $0.headers.string(DeadLetterHeader.stage) }
    #expect(stages == ["time"])
  }

  @Test func whatIsNoCloudEventIsSaidToBeNone() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    var wrongVersion = Headers()
    for (name, value) in Envelope(id: "e", source: "s", type: "t", timeMs: 1).headers.pairs {
      if name == "ce_specversion" { wrongVersion.append(name, "2.0") } else { wrongVersion.append(name, value) }
    }
    for headers in [Headers(), wrongVersion] {
      try driver.publish(
        OutgoingRecord(
          topic: Topics.channelInteractions.name, partition: 0, key: Array("k".utf8), value: Array("{}".utf8),
          headers: headers))
    }
    try driver.settle()
    let dead = driver.records(of: ConsumerGroup.facets.deadLetter)
    #expect(dead.first?.headers.string(DeadLetterHeader.reason)?.hasPrefix("is no CloudEvent") == true)
    #expect(dead.last?.headers.string(DeadLetterHeader.field) == "ce_specversion")
  }

  @Test func aTopicWithOtherPartitionCountsIsRefused() throws {
    let driver = try TopologyDriver(partitions: 2)
    var settings = driver.settings
    settings.domainPartitions = 3
    let engine = ProcessorEngine(counter, log: driver.log, settings: settings, telemetry: NoTelemetry())
    #expect(throws: StreamsError.self) { try engine.open() }
  }
}
