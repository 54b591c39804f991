import Contracts
import MessageLog
import Streams
import TestKit
import Testing

@testable import MemoryLog

/// A topic that was deleted and made again has other records at the offsets that were read. Its keys would take them for
/// seen, so whoever finds that out stands still.
@Suite("A log under the name of another is noticed")
struct RecreationTests {
  let driver: TopologyDriver
  let input = Topics.channelInteractions.name
  let table = Topics.facetState.name

  init() throws {
    driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    for n in 1...5 { try driver.send("k", id: "e\(n)") }
    try driver.settle()
  }

  private func successor(_ telemetry: any Telemetry = NoTelemetry()) throws -> ProcessorEngine {
    let engine = ProcessorEngine(counter, log: driver.log, settings: driver.settings, telemetry: telemetry)
    try engine.open()
    while try engine.runOnce(timeoutMs: 0) > 0 {}
    return engine
  }

  private var position: Position? {
    driver.log.committed(group: ConsumerGroup.facets.rawValue)[TopicPartition(input, 0)]
  }

  /// Apache Kafka deletes the positions in a topic with it, others don't. However many records the new one has, none of
  /// them is taken.
  @Test(arguments: [1, 4, 5, 6, 20], [true, false])
  func anInputThatWasRecreatedStopsItsPartition(records: Int, positionsAreForgotten: Bool) throws {
    let before = (try #require(position), driver.records(of: Topics.facetState).count)
    driver.log.recreate(input, forgettingPositions: positionsAreForgotten)
    for n in 1...records { try driver.send("k", id: "other\(n)") }
    for _ in 1...2 {
      let engine = try successor()
      let why = try #require(engine.standing.stopped[0])
      #expect(why.contains("recreated") && why.contains("topic-prefix"), "\(why)")
      #expect(driver.records(of: Topics.facetState).count == before.1)
      #expect(position == (positionsAreForgotten ? nil : before.0))
      engine.close(graceful: true)
    }
  }

  /// They expire when a group is away for long. The table still knows how far it has seen its inputs: on the log that it
  /// knows it goes on, and where another one is shorter it stands still.
  @Test(arguments: [true, false]) func withoutAnyPositionTheTableTells(isRecreated: Bool) throws {
    driver.log.forgetPositions(of: ConsumerGroup.facets.rawValue)
    if isRecreated {
      driver.log.recreate(input, forgettingPositions: true)
      for n in 1...3 { try driver.send("k", id: "other\(n)") }
    } else {
      try driver.send("k", id: "e6")
    }
    let engine = try successor()
    #expect(
      engine.standing.stopped[0]?.contains("was applied up to offset 4, but ends at 3") == (isRecreated ? true : nil))
    #expect(engine.state(of: "k", as: CountState.self)?.count == (isRecreated ? nil : 6))
  }

  /// Without positions, and with a log that begins behind what the table has seen, nobody knows what lay between.
  @Test(arguments: [5, 6]) func withoutAnyPositionALogThatBeginsLaterIsNotSkipped(begin: Int64) throws {
    driver.log.forgetPositions(of: ConsumerGroup.facets.rawValue)
    for n in 6...7 { try driver.send("k", id: "e\(n)") }
    driver.log.truncate(input, before: begin)
    let engine = try successor()
    guard begin > 5 else {
      #expect(engine.state(of: "k", as: CountState.self)?.count == 7)
      return
    }
    #expect(engine.standing.stopped[0]?.contains("was applied up to offset 4, but begins at 6") == true)
    #expect(engine.standing.stopped[0]?.contains("set the group's position to 6") == true)
    engine.close(graceful: true)
    // Whoever has looked, and knows that nothing is missing, says so.
    let consumer = try driver.log.makeConsumer(name: "operator", group: ConsumerGroup.facets.rawValue)
    try consumer.commit([TopicPartition(input, 0): Position(offset: 6)], wait: true)
    #expect(try successor().state(of: "k", as: CountState.self)?.count == 6)
  }

  @Test func oneRecordIsEnoughToTell() throws {
    let one = try TopologyDriver(partitions: 1)
    try one.add(counter)
    try one.send("k", id: "e1")
    try one.settle()
    one.log.recreate(input, forgettingPositions: false)
    try one.send("k", id: "other")
    let engine = ProcessorEngine(counter, log: one.log, settings: one.settings, telemetry: NoTelemetry())
    try engine.open()
    _ = try engine.runOnce(timeoutMs: 0)
    #expect(engine.standing.stopped[0]?.contains("recreated") == true)
    try one.send("k", id: "one more")
    #expect(try engine.runOnce(timeoutMs: 0) == 0, "what stands still isn't read any more")
  }

  @Test func theOtherPartitionsGoOn() throws {
    let driver = try TopologyDriver(partitions: 2)
    try driver.add(counter)
    let keys = ["k", "l", "m", "n", "o"]
    let read = keys.filter { Partitioner.partition(of: $0, count: 2) == 0 }
    for key in read { try driver.send(key, id: "e-\(key)") }
    try driver.settle()
    driver.log.recreate(input, forgettingPositions: false)
    for n in 1...3 { for key in keys { try driver.send(key, id: "other\(n)-\(key)") } }
    let engine = ProcessorEngine(counter, log: driver.log, settings: driver.settings, telemetry: NoTelemetry())
    try engine.open()
    while try engine.runOnce(timeoutMs: 0) > 0 {}
    #expect(engine.standing.stopped.keys.sorted() == [0])
    for key in keys { #expect(engine.state(of: key, as: CountState.self)?.count == (read.contains(key) ? 1 : 3)) }
  }

  /// Record by record with its time, as from a backup.
  @Test func aLogThatWasBroughtBackIsGoneOnWith() throws {
    let old = driver.log.records(of: input)
    driver.clock.advance(ms: 5_000)
    driver.log.recreate(input, forgettingPositions: true)
    for record in old {
      try driver.publish(
        OutgoingRecord(
          topic: record.topic, partition: record.partition, key: record.key, value: record.value,
          headers: record.headers, timestampMs: record.timestampMs))
    }
    try driver.send("k", id: "e6")
    let engine = try successor()
    #expect(engine.standing.stopped.isEmpty)
    #expect(engine.state(of: "k", as: CountState.self)?.count == 6)
  }

  @Test func whatIsReadToBeComparedIsNotCounted() throws {
    let telemetry = TelemetryRecorder()
    let engine = try successor(telemetry)
    #expect(telemetry.observed("trias_batch_records{group=profile-aggregator.facets}").isEmpty)
    #expect(telemetry.gauges.filter { $0.key.hasPrefix("trias_consumer_lag_records{") }.allSatisfy { $0.value == 0 })
    try driver.send("k", id: "e6")
    while try engine.runOnce(timeoutMs: 0) > 0 {}
    #expect(engine.state(of: "k", as: CountState.self)?.count == 6)
    let metadata = try #require(position.flatMap { CommitMetadata($0.metadata) })
    #expect((metadata.counters.applied, metadata.counters.duplicates) == (6, 0))
    #expect(position?.offset == 6)
  }

  @Test(arguments: ["retention", "compaction"])
  func whereTheRecordBeforeIsGoneReadingGoesOn(by what: String) throws {
    try driver.send("k", id: "e6")
    if what == "retention" { driver.log.truncate(input, before: 5) } else { driver.log.compact(input) }
    #expect(driver.log.records(of: input).map(\.offset) == [5])
    let engine = try successor()
    #expect(engine.standing.stopped.isEmpty)
    #expect(engine.state(of: "k", as: CountState.self)?.count == 6)
  }

  /// As an older version commits, and as a tool does that sets positions.
  @Test(arguments: ["w=1;a=5;d=0;x=0;e=-1", ""])
  func aPositionThatTellsNothingIsGoneOnFrom(metadata: String) throws {
    let consumer = try driver.log.makeConsumer(name: "older", group: ConsumerGroup.facets.rawValue)
    try consumer.commit([TopicPartition(input, 0): Position(offset: 5, metadata: metadata)], wait: true)
    try driver.send("k", id: "e6")
    let engine = try successor()
    #expect(engine.standing.stopped.isEmpty)
    #expect(engine.state(of: "k", as: CountState.self)?.count == 6)
  }

  @Test(arguments: [0, 1, 2, 30])
  func aTableThatWasRecreatedStopsItsPartition(records: Int) throws {
    driver.log.recreate(table, forgettingPositions: false)
    for n in 0..<records {
      try driver.publish(OutgoingRecord(topic: table, partition: 0, key: Array("x\(n)".utf8), value: Array("{}".utf8)))
    }
    let engine = try successor()
    #expect(engine.standing.stopped[0]?.contains("recreated") == true, "\(engine.standing)")
    let takeovers = driver.log.records(of: table).filter { Takeover.isTakeover($0) }.count
    #expect(takeovers == (records > 1 ? 1 : 0), "an end that comes too early is seen before anything is written")
    #expect(engine.state(of: "k", as: CountState.self) == nil)
  }

  /// In the process that holds the table.
  @Test func aTableThatIsKeptOverAFaultIsOfTheLogThatItCameFrom() throws {
    driver.log.recreate(table, forgettingPositions: true)
    try driver.reopen(.facets)
    try driver.send("k", id: "e6")
    try driver.settle()
    #expect(driver.records(of: Topics.facetState).isEmpty)
  }

  @Test func aCommitTellsOfAllInputsAndAnOlderVersionReadsIt() throws {
    let text = try #require(position).metadata
    let metadata = try #require(CommitMetadata(text))
    #expect(metadata.inputs[input]?.offset == 5 && metadata.inputs[input]?.fingerprint != nil)
    #expect(metadata.inputs[ConsumerGroup.facets.ticks.name] == InputMark(offset: 0, fingerprint: nil))
    #expect(metadata.stateFingerprint != nil)
    #expect(metadata.text == text)
    // What it asks of a text: pairs with numbers.
    #expect(text.split(separator: ";").allSatisfy { Int64($0.split(separator: "=")[1]) != nil }, "\(text)")
    #expect(text.utf8.count < 4_096, "the most that a broker takes")
  }
}
