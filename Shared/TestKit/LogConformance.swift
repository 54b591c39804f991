import Contracts
import MessageLog

/// What every MessageLog promises, whatever is behind it. Each promise is checked on topics and groups of its own, so
/// that all of them can run at once against one broker. A broken promise is a thrown `Broken`.
package struct LogConformance: Sendable {
  package enum Promise: String, CaseIterable, Sendable {
    case offsetsAreConsecutivePerPartition
    case orderIsKeptInAPartition
    case recordsComeBackAsTheyWere
    case completionsCarryTheOffsets
    case pollTakesWhatIsThereUpToTheMaximum
    case pollWaitsNoLongerThanItMust
    case assignmentStartsAtItsOffsetAndReplacesTheLast
    case anOffsetThatIsNotThereStopsTheReader
    case commitsCarryMetadata
    case aConsumerWithoutMembershipCommitsForItsGroup
    case aReaderWithoutGroupNeitherSubscribesNorCommits
    case membersShareByRangeAndHandOver
    case aPartitionLeftOutIsOwnedButNotRead
    case aMemberStartsAgainWithoutLeaving
    case closingRevokes
    case boundsAreTheLogsOwn
    case readingShowsTheEnd
    case whatCannotBeWrittenIsRejected
    case theLargestRecordsAreTakenWhole
    case topicsAreCreatedOnceAndOnlyOnRequest
    case closingTwiceIsHarmless
  }

  package struct Broken: Error, CustomStringConvertible {
    package var description: String
  }

  let log: any MessageLog
  /// Part of every name, so that runs against a lasting broker don't meet.
  let run: String
  /// How long anything may take that needs other parties: a rebalance, above all.
  let patience: Duration

  package init(log: any MessageLog, run: String, patience: Duration = .seconds(120)) {
    self.log = log
    self.run = run
    self.patience = patience
  }

  /// Blocks; call it on a thread of its own.
  package func check(_ promise: Promise) throws {
    switch promise {
    case .offsetsAreConsecutivePerPartition: try offsets()
    case .orderIsKeptInAPartition: try order()
    case .recordsComeBackAsTheyWere: try roundTrip()
    case .completionsCarryTheOffsets: try completions()
    case .pollTakesWhatIsThereUpToTheMaximum: try batches()
    case .pollWaitsNoLongerThanItMust: try waiting()
    case .assignmentStartsAtItsOffsetAndReplacesTheLast: try assignment()
    case .anOffsetThatIsNotThereStopsTheReader: try outOfRange()
    case .commitsCarryMetadata: try commits()
    case .aConsumerWithoutMembershipCommitsForItsGroup: try commitsOfStrangers()
    case .aReaderWithoutGroupNeitherSubscribesNorCommits: try readersWithoutGroup()
    case .membersShareByRangeAndHandOver: try sharing()
    case .aPartitionLeftOutIsOwnedButNotRead: try leavingOut()
    case .aMemberStartsAgainWithoutLeaving: try startingAgain()
    case .closingRevokes: try closingRevokes()
    case .boundsAreTheLogsOwn: try bounds()
    case .readingShowsTheEnd: try knownEnd()
    case .whatCannotBeWrittenIsRejected: try rejections()
    case .theLargestRecordsAreTakenWhole: try largest()
    case .topicsAreCreatedOnceAndOnlyOnRequest: try topics()
    case .closingTwiceIsHarmless: try closingTwice()
    }
  }
}

// MARK: - Tools of the checks

extension LogConformance {
  func topic(_ name: String, partitions: Int = 1) throws -> String {
    let topic = "\(run).\(name)"
    try log.createTopics([TopicPlan(name: topic, partitions: partitions, cleanup: .delete(days: 1))])
    return topic
  }

  func group(_ name: String) -> String { "\(run).\(name)" }

  func record(_ topic: String, _ partition: Int32 = 0, _ value: String, key: String = "k") -> OutgoingRecord {
    OutgoingRecord(topic: topic, partition: partition, key: Array(key.utf8), value: Array(value.utf8))
  }

  func withProducer<Result>(_ body: (any LogProducer) throws -> Result) throws -> Result {
    let producer = try log.makeProducer(name: "writer")
    defer { producer.close(timeoutMs: 5_000) }
    return try body(producer)
  }

  func withReader<Result>(
    of offsets: [TopicPartition: Int64], _ body: (any LogConsumer) throws -> Result
  ) throws -> Result {
    let consumer = try log.makeConsumer(name: "reader", group: nil)
    defer { consumer.close() }
    try consumer.assign(offsets)
    return try body(consumer)
  }

  /// Everything that comes until there are so many records.
  func read(_ consumer: any LogConsumer, count: Int) throws -> [Record] {
    var records: [Record] = []
    try until("\(count) records are read") {
      records += try consumer.poll(maxRecords: 1_000, timeoutMs: 100)
      return records.count >= count
    }
    return records
  }

  func readAll(_ topic: String, partition: Int32 = 0, count: Int) throws -> [Record] {
    try withReader(of: [TopicPartition(topic, partition): 0]) { try read($0, count: count) }
  }

  func until(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + patience
    while try !condition() {
      if ContinuousClock.now > deadline { throw Broken(description: "not in time: \(what)") }
    }
  }

  func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw Broken(description: what()) }
  }

  func expectEqual<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
    try expect(found == expected, "\(what): found \(found), expected \(expected)")
  }

  func expectError(_ what: String, _ kind: (LogError) -> Bool, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as LogError {
      return try expect(kind(error), "\(what): threw \(error)")
    }
    throw Broken(description: "\(what): nothing was thrown")
  }
}

extension LogError {
  var isRejected: Bool { if case .rejected = self { true } else { false } }
  var isFatal: Bool { if case .fatal = self { true } else { false } }
}

extension Record {
  var text: String { String(decoding: value ?? [], as: UTF8.self) }
  var at: TopicPartition { TopicPartition(topic, partition) }
}
