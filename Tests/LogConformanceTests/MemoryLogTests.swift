import MemoryLog
import MessageLog
import Testing

/// What MemoryLog offers to tests beyond the port.
@Suite struct MemoryLogTests {
  let log = MemoryLog(topics: [TopicPlan(name: "t", partitions: 1, cleanup: .compact)], clock: { 42 })
  let partition = TopicPartition("t", 0)

  private func record(_ key: String?, _ value: String?) -> OutgoingRecord {
    OutgoingRecord(topic: "t", partition: 0, key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) })
  }

  @Test func compactionKeepsTheLastRecordOfAKeyAtItsOffset() throws {
    let producer = try log.makeProducer(name: "p")
    _ = try producer.append(
      [record("a", "1"), record("b", "1"), record(nil, "x"), record("a", "2"), record("b", nil)], timeoutMs: 0)
    log.compact("t")
    #expect(log.records(of: "t").map(\.offset) == [2, 3, 4])
    let reader = try log.makeConsumer(name: "c", group: nil)
    try reader.assign([partition: 0])
    #expect(try reader.poll(maxRecords: 10, timeoutMs: 0).map(\.offset) == [2, 3, 4])
    #expect(try reader.bounds(of: partition) == (0, 5))
  }

  @Test func truncationMovesTheBeginningAndStopsWhoStandsBeforeIt() throws {
    let producer = try log.makeProducer(name: "p")
    _ = try producer.append([record("a", "1"), record("a", "2"), record("a", "3")], timeoutMs: 0)
    log.truncate("t", before: 2)
    let reader = try log.makeConsumer(name: "c", group: nil)
    #expect(try reader.bounds(of: partition) == (2, 3))
    try reader.assign([partition: 1])
    #expect(throws: LogError.self) { try reader.poll(maxRecords: 10, timeoutMs: 0) }
    try reader.assign([partition: 2])
    #expect(try reader.poll(maxRecords: 10, timeoutMs: 0).map(\.offset) == [2])
  }

  @Test func anAppendFailsBeforeOrAfterItsRecordsAreTaken() throws {
    let producer = try log.makeProducer(name: "p")
    log.failNextAppend(taking: 0, with: .unavailable("before"))
    log.failNextAppend(taking: 1, with: .unavailable("amid"))
    log.failNextAppend(to: "other", taking: 0, with: .unavailable("never"))
    log.failNextAppend(taking: .max, with: .unavailable("after"))
    for expected in [0, 1, 3] {
      #expect(throws: LogError.self) { try producer.append([record("a", "1"), record("b", "1")], timeoutMs: 0) }
      #expect(log.records(of: "t").count == expected)
    }
    #expect(try producer.append([record("a", "1")], timeoutMs: 0) == [3])
  }

  @Test func theClockStampsWhatHasNoTime() throws {
    _ = try log.makeProducer(name: "p").append([record("a", "1")], timeoutMs: 0)
    #expect(log.records(of: "t").map(\.timestampMs) == [42])
  }

  @Test func anExpelledMemberCannotCommitUntilItHasJoinedAgain() throws {
    let member = try log.makeConsumer(name: "m", group: "g")
    var events: [String] = []
    try member.subscribe(
      to: ["t"],
      onAssign: {
        events.append("assign \($0)"); return [:]
      }, onRevoke: { events.append("revoke \($0)") })
    _ = try member.poll(maxRecords: 1, timeoutMs: 0)
    log.expelMembers(of: "g")
    let rival = try log.makeConsumer(name: "rival", group: "g")
    try rival.subscribe(to: ["t"], onAssign: { _ in [:] }, onRevoke: { _ in })
    _ = try rival.poll(maxRecords: 1, timeoutMs: 0)
    #expect(throws: LogError.self) { try member.commit([partition: Position(offset: 1)], wait: true) }
    _ = try member.poll(maxRecords: 1, timeoutMs: 0)
    #expect(events == ["assign [t/0]", "revoke [t/0]"])
    #expect(log.committed(group: "g").isEmpty)
  }

  @Test func whileTheBrokerIsAwayEverythingIsUnavailable() throws {
    let producer = try log.makeProducer(name: "p")
    log.setAway(true)
    #expect(throws: LogError.self) { try producer.append([record("a", "1")], timeoutMs: 0) }
    #expect(throws: LogError.self) { try log.partitionCount(of: "t") }
    log.setAway(false)
    #expect(try producer.append([record("a", "1")], timeoutMs: 0) == [0])
  }
}
