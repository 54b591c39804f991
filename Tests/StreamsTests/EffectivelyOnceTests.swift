import Contracts
import MessageLog
import Streams
import TestKit
import Testing

@testable import MemoryLog

@Suite("No accepted event is lost, none counts twice")
struct EffectivelyOnceTests {
  @Test func eachEventCountsOnce() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    for n in 1...20 { try driver.send("k\(n % 4)", id: "e\(n)") }
    try driver.settle()
    #expect((0..<4).map { driver.count("k\($0)") } == [5, 5, 5, 5])
    #expect(Set(driver.said).count == 20)
  }

  @Test func theSameIdTwiceCountsOnce() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    try driver.send("k", id: "e1")
    try driver.settle()
    try driver.send("k", id: "e1")
    try driver.send("k", id: "e1", source: "app")
    try driver.settle()
    #expect(driver.count("k") == 2)
  }

  @Test func aNumberingSourceIsTakenAtItsNumber() throws {
    let driver = try TopologyDriver()
    try driver.add(counter) { $0.recentMax = 2 }
    for n in 1...50 { try driver.send("k", id: "e\(n)", sequence: Int64(n)) }
    try driver.settle()
    for n in 1...50 { try driver.send("k", id: "e\(n)", sequence: Int64(n)) }
    try driver.settle()
    #expect(driver.count("k") == 50)
  }

  /// What is remembered of a source without numbers are its last events: the oldest of them is still known, the one before
  /// it counts again.
  @Test func ofASourceWithoutNumbersTheLastIdsAreKnown() throws {
    let driver = try TopologyDriver()
    try driver.add(counter) { $0.recentMax = 3 }
    for id in ["e1", "e2", "e3", "e4"] { try driver.send("k", id: id) }
    try driver.settle()
    try driver.send("k", id: "e2")
    try driver.settle()
    #expect(driver.count("k") == 4, "at the bound")
    try driver.send("k", id: "e1")
    try driver.settle()
    #expect(driver.count("k") == 5, "beyond it")
  }

  @Test func ofNumberingSourcesTheLastHeardAreKnown() throws {
    let driver = try TopologyDriver()
    try driver.add(counter) { $0.sourcesMax = 2 }
    for source in ["a", "b", "c"] { try driver.send("k", id: "e", source: source, sequence: 1) }
    try driver.settle()
    try driver.send("k", id: "e", source: "b", sequence: 1)
    try driver.settle()
    #expect(driver.count("k") == 3, "at the bound")
    try driver.send("k", id: "e", source: "a", sequence: 1)
    try driver.settle()
    #expect(driver.count("k") == 4, "beyond it")
  }

  /// Orders go to another topic than page views, and between topics there is no order: a number is one of its topic's.
  @Test func aSourceMayNumberThroughTwoTopics() throws {
    let driver = try TopologyDriver()
    try driver.add(counterOfTwo)
    try driver.send("k", id: "e7", sequence: 7, on: Topics.sourceRecords)
    try driver.settle()
    try driver.send("k", id: "e6", sequence: 6)
    try driver.send("k", id: "e6 again", sequence: 6)
    try driver.settle()
    #expect(driver.count("k") == 2)
  }

  /// It comes behind what its source has said at home since, and is told apart by its id.
  @Test(arguments: [true, false]) func aNumberedEventInTheWrongPartitionCountsOnce(isStructured: Bool) throws {
    let driver = try TopologyDriver(partitions: 2)
    try driver.add(counter)
    try driver.send("k", id: "e6", sequence: 6)
    try driver.settle()
    let home = Partitioner.partition(of: "k", count: 2)
    for id in ["e1", "e2", "e1"] {
      var envelope = Envelope(id: id, source: "shop", type: "test.event", timeMs: driver.clock.nowMs)
      envelope.sequence = Int64(id.dropFirst())
      let structured =
        #"{"specversion":"1.0","id":"\#(id)","source":"shop","type":"test.event","time":"2026-01-01T00:00:00Z","#
        + #""sequence":"\#(id.dropFirst())","data":{}}"#
      try driver.publish(
        OutgoingRecord(
          topic: Topics.channelInteractions.name, partition: 1 - home, key: Array("k".utf8),
          value: Array((isStructured ? structured : "{}").utf8),
          headers: isStructured ? Headers([("content-type", "application/cloudevents+json")]) : envelope.headers))
    }
    try driver.settle()
    #expect(driver.count("k") == 3)
  }

  /// A deployment that is told to remember less forgets the oldest, and one that is told to remember more knows what is
  /// still there.
  @Test func howMuchIsRememberedMayChangeOverARestart() throws {
    let driver = try TopologyDriver()
    try driver.add(counter) {
      $0.recentMax = 4
      $0.sourcesMax = 3
    }
    for id in ["e1", "e2", "e3", "e4"] { try driver.send("k", id: id) }
    for source in ["a", "b", "c"] { try driver.send("k", id: "e", source: source, sequence: 1) }
    try driver.settle()
    let smaller = try TopologyDriver(log: driver.log, clock: driver.clock, instance: "smaller")
    try smaller.add(counter) {
      $0.recentMax = 2
      $0.sourcesMax = 1
    }
    try smaller.send("k", id: "e1")
    try smaller.send("k", id: "e", source: "a", sequence: 1)
    try smaller.settle()
    #expect(smaller.count("k") == 7, "all that was remembered is still known, until something is written")
    try smaller.send("k", id: "e5")
    try smaller.send("k", id: "e", source: "d", sequence: 1)
    try smaller.settle()
    let larger = try TopologyDriver(log: driver.log, clock: driver.clock, instance: "larger")
    try larger.add(counter)
    try larger.send("k", id: "e4")
    try larger.send("k", id: "e", source: "d", sequence: 1)
    try larger.settle()
    #expect(larger.count("k") == 9, "what is remembered")
    try larger.send("k", id: "e3")
    try larger.send("k", id: "e", source: "c", sequence: 1)
    try larger.settle()
    #expect(larger.count("k") == 11, "what was forgotten")
  }

  @Test func whatTheSuiteSaysTwiceIsKnownByItsOrigin() throws {
    let driver = try TopologyDriver()
    try driver.add(downstreamCounter)
    for ordinal: Int32 in [0, 1, 0, 1, 2] {
      var envelope = Envelope(id: "x\(ordinal)", source: "trias", type: "test.event", timeMs: 1)
      envelope.origin = Origin(topic: "upstream", partition: 7, offset: 3, ordinal: ordinal)
      try driver.publish(Topics.profileTimeline, key: "k", envelope, [])
    }
    try driver.settle()
    #expect(driver.state(.leads, "k", as: CountState.self)?.count == 3)
  }

  /// Who may write a topic from outside has no say in what the suite's own services have said.
  @Test func anOriginFromOutsideIsNotBelieved() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    for (id, offset) in [("e1", 9), ("e2", 3), ("e1", 11)] as [(String, Int64)] {
      var envelope = Envelope(id: id, source: "outside", type: "test.event", timeMs: 1)
      envelope.origin = Origin(topic: "upstream", partition: 7, offset: offset, ordinal: 0)
      try driver.publish(Topics.channelInteractions, key: "k", envelope, [])
    }
    try driver.settle()
    #expect(driver.count("k") == 2)
  }

  /// Every write of a batch fails once: before the broker had it, or after, with the ack lost. Each time a successor
  /// that remembers nothing takes over. Whatever was said is said again with the same id, and the counts are right.
  @Test(arguments: [Topics.facetState.name, Topics.profileTimeline.name], [0, 1, Int.max])
  func aFailedWriteLosesNothing(topic: String, taken: Int) throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    for n in 1...10 { try driver.send("k\(n % 3)", id: "e\(n)") }
    driver.log.failNextAppend(to: topic, taking: taken, with: .unavailable("test"))
    #expect(throws: LogError.self) { try driver.settle() }
    let successor = try TopologyDriver(log: driver.log, clock: driver.clock, instance: "successor")
    try successor.add(counter)
    for n in 1...10 { try driver.send("k\(n % 3)", id: "e\(n)") }
    try successor.settle()
    #expect((0..<3).map { successor.count("k\($0)")! }.reduce(0, +) == 10)
    #expect(
      Set(successor.said) == Set((0..<3).flatMap { k in (1...successor.count("k\(k)")!).map { "counted-k\(k)-\($0)" } })
    )
  }

  @Test func aFaultInTheSameProcessRestoresOnlyTheTail() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    for n in 1...10 { try driver.send("k", id: "e\(n)") }
    try driver.settle()
    // Gone from the log, but not from this process.
    driver.log.truncate(Topics.facetState.name, before: 1)
    try driver.send("k", id: "e11")
    driver.log.failNextAppend(to: Topics.facetState.name, taking: .max, with: .unavailable("the ack was lost"))
    #expect(throws: LogError.self) { try driver.settle() }
    try driver.reopen(.facets)
    try driver.settle()
    #expect(driver.count("k") == 11)
    #expect(driver.said.last == "counted-k-11")
  }

  @Test func aCompactedTableRestores() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    for n in 1...30 {
      try driver.send("k\(n % 2)", id: "e\(n)")
      try driver.settle()
    }
    driver.log.compact(Topics.facetState.name)
    let successor = try TopologyDriver(log: driver.log, clock: driver.clock)
    try successor.add(counter)
    try successor.settle()
    #expect([successor.count("k0"), successor.count("k1")] == [15, 15])
    #expect(successor.said.count == 30)
  }

  /// The old owner hung and writes on after a successor took over: its state is ignored, written over, and it stops.
  @Test func aZombieIsFencedAndWrittenOver() throws {
    let zombie = try TopologyDriver(instance: "zombie")
    try zombie.add(counter)
    try zombie.send("k", id: "e1")
    try zombie.settle()
    try zombie.send("k", id: "e2")
    let successor = try TopologyDriver(log: zombie.log, clock: zombie.clock, instance: "successor")
    try successor.add(counter)
    #expect(throws: StreamsError.self) { _ = try zombie.turn(.facets) }
    try successor.send("k", id: "e3")
    try successor.settle()
    #expect(successor.count("k") == 3)
    // Also to those who compact and restore after all of it.
    zombie.log.compact(Topics.facetState.name)
    let third = try TopologyDriver(log: zombie.log, clock: zombie.clock, instance: "third")
    try third.add(counter)
    try third.settle()
    #expect(third.count("k") == 3)
    #expect(Set(third.said) == ["counted-k-1", "counted-k-2", "counted-k-3"])
  }

  /// The zombie's late write is the last record of its key, and whoever takes over next reads it.
  @Test func aZombiesLateStateIsIgnoredByRestore() throws {
    let zombie = try TopologyDriver(instance: "zombie")
    try zombie.add(counter) { $0.batchRecordsMax = 1 }
    try zombie.send("k", id: "e1")
    try zombie.settle()
    try zombie.send("k", id: "e2")
    let successor = try TopologyDriver(log: zombie.log, clock: zombie.clock, instance: "successor")
    try successor.add(counter)
    try successor.send("k", id: "e3")
    try successor.settle()
    #expect(throws: StreamsError.self) { _ = try zombie.turn(.facets) }
    let third = try TopologyDriver(log: zombie.log, clock: zombie.clock, instance: "third")
    try third.add(counter)
    try third.settle()
    #expect(third.count("k") == 3)
  }

  /// Anybody who may write to the cluster can put something into a table's topic, by mistake or a tool's.
  @Test func whatIsNoOwnersInATableIsWrittenOver() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    try driver.send("k", id: "e1")
    try driver.settle()
    let key = Array("k".utf8)
    try driver.publish(
      OutgoingRecord(topic: Topics.facetState.name, partition: 0, key: key, value: Array("{garbage".utf8)))
    let successor = try TopologyDriver(partitions: 1, log: driver.log, clock: driver.clock)
    try successor.add(counter)
    try successor.send("k", id: "e2")
    #expect(successor.count("k") == 1)
    let last = try #require(successor.records(of: Topics.facetState).last { $0.key == key })
    #expect(try CountState.decode(last.value ?? []).count == 1, "what compaction keeps is the owner's")
    try successor.settle()
    #expect(successor.count("k") == 2)
  }

  @Test func anEventGoesOnWhereItsPredecessorIsBad() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    try driver.send("k", id: "e1", data: "bad")
    try driver.send("k", id: "e2")
    try driver.publish(OutgoingRecord(topic: Topics.channelInteractions.name, partition: 0, key: nil, value: []))
    try driver.settle()
    #expect(driver.count("k") == 1)
    let dead = driver.records(of: ConsumerGroup.facets.deadLetter)
    #expect(Set(dead.compactMap { $0.headers.string(DeadLetterHeader.stage) }) == ["schema", "key"])
    let schema = try #require(dead.first { $0.headers.string(DeadLetterHeader.stage) == "schema" })
    #expect(schema.value == Array("bad".utf8))
    #expect(schema.headers.string(DeadLetterHeader.reason) == "is bad")
    #expect(schema.headers.string(DeadLetterHeader.topic) == Topics.channelInteractions.name)
  }

  /// A broker takes no letter that is larger than the largest record, and one that can't be written would be tried for
  /// ever.
  @Test func ofARecordThatIsAsLargeAsCanBeTheDeadLetterHasTheBeginning() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    let key = [UInt8](repeating: 0xFF, count: 400_000)
    let value = [UInt8](repeating: 0x62, count: 500_000)
    let headers = Headers([("ce_id", "e1"), ("huge", String(repeating: "x", count: 90_000))])
    try driver.publish(
      OutgoingRecord(
        topic: Topics.channelInteractions.name, partition: 0, key: key, value: value, headers: headers))
    try driver.settle()
    let dead = driver.records(of: ConsumerGroup.facets.deadLetter)
    try #require(dead.count == 1)
    let (kept, size) = (dead[0].key!.count + dead[0].value!.count, dead[0].headers.bytes.count)
    #expect(kept + size < 901_000)
    #expect(key.starts(with: dead[0].key!) && value.starts(with: dead[0].value!) && dead[0].value!.count > 400_000)
    #expect(dead[0].headers.string("ce_id") == "e1")
    let leftOut = try #require(dead[0].headers.string(DeadLetterHeader.leftOut).flatMap { Int($0) })
    #expect(leftOut == key.count - dead[0].key!.count + value.count - dead[0].value!.count + 90_000 + 9)
  }

  @Test func aRecordInTheWrongPartitionIsForwardedOnce() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    let home = Partitioner.partition(of: "k", count: driver.partitions)
    let envelope = Envelope(id: "e1", source: "foreign", type: "test.event", timeMs: 1)
    try driver.publish(
      OutgoingRecord(
        topic: Topics.channelInteractions.name, partition: (home + 1) % Int32(driver.partitions), key: Array("k".utf8),
        value: [], headers: envelope.headers))
    try driver.settle()
    #expect(driver.count("k") == 1)
  }

  @Test func structuredModeIsReadToo() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    let text = #"{"specversion":"1.0","id":"s1","source":"x","type":"t","time":"2026-01-01T00:00:00Z","data":{"a":1}}"#
    try driver.publish(
      OutgoingRecord(
        topic: Topics.channelInteractions.name, partition: Partitioner.partition(of: "k", count: driver.partitions),
        key: Array("k".utf8), value: Array(text.utf8),
        headers: Headers([("content-type", "application/cloudevents+json")])))
    try driver.settle()
    #expect(driver.count("k") == 1)
  }

  @Test func aStateThatNoBrokerTakesIsNotWritten() throws {
    let driver = try TopologyDriver()
    try driver.add(counter) { $0.recordBytesMax = 10 }
    try driver.send("k", id: "e1")
    try driver.settle()
    #expect(driver.count("k") == nil)
    #expect(driver.records(of: ConsumerGroup.facets.deadLetter).first?.headers.string(DeadLetterHeader.stage) == "size")
  }

  /// Nor what came with that which made it too large.
  @Test func onlyWhatMakesAStateTooLargeIsRefused() throws {
    let driver = try TopologyDriver(partitions: 1)
    // With each id that is remembered it grows by 8 bytes.
    try driver.add(downstreamCounter) { $0.recordBytesMax = 700 }
    for n in 1...100 {
      try driver.send("k", id: "e\(n)", on: Topics.profileTimeline)
      // Once it is known to be large; the others come in one batch.
      if n == 10 { try driver.settle() }
    }
    try driver.settle()
    let letters = driver.records(of: ConsumerGroup.leads.deadLetter).compactMap { $0.headers.string("ce_id") }
    let count = Int(driver.state(.leads, "k", as: CountState.self)?.count ?? 0)
    #expect(count > 20 && letters.count > 20, "\(count) and \(letters.count)")
    #expect(letters == ((count + 1)...100).map { "e\($0)" }, "each is applied or refused, and none is both")
  }

  @Test func theCommitTellsWhatBecameOfTheRecords() throws {
    let driver = try TopologyDriver(partitions: 1)
    try driver.add(counter)
    for id in ["a", "b", "a"] { try driver.send("k", id: id) }
    try driver.send("k", id: "c", data: "bad")
    try driver.settle()
    let position = driver.log.committed(group: ConsumerGroup.facets.rawValue)[
      TopicPartition(Topics.channelInteractions.name, 0)]
    let metadata = try #require(position.flatMap { CommitMetadata($0.metadata) })
    #expect(position?.offset == 4)
    #expect(metadata.counters.applied == 2)
    #expect(metadata.counters.duplicates == 1)
    #expect(metadata.counters.deadLettered == 1)
  }
}
