import Foundation
import MessageLog
import Synchronization
import Testing

@testable import KafkaLog

/// What becomes of records and readers when the broker fails, with the embedded broker failing on purpose.
@Suite struct BrokerFaultTests {
  @Test func aRetriedRecordStandsInTheLogOnce() async throws {
    try await withBroker { broker, log in
      let producer = try log.makeProducer(name: "writer")
      defer { producer.close(timeoutMs: 1_000) }
      // Refused twice as if leadership had moved (6), then the connection is cut.
      try broker.pushErrors(.produce, [6, 6, -195])
      let values = (0..<20).map { "\($0)" }
      #expect(try producer.append(values.map { record($0) }, timeoutMs: 60_000) == Array(0..<20))
      #expect(try readAll(log, count: 20).map(\.text) == values)
    }
  }

  @Test func aRefusalByTheBrokerIsThrownAndCompletionsAreToldOfIt() async throws {
    try await withBroker { broker, log in
      let producer = try log.makeProducer(name: "writer")
      defer { producer.close(timeoutMs: 1_000) }
      // 29: not authorised for the topic.
      try broker.pushErrors(.produce, [29])
      #expect { _ = try producer.append([record("a")], timeoutMs: 60_000) } throws: { error in
        // The gap that the refusal leaves may also be what is reported: either way there is no use in trying again.
        switch error as? LogError {
        case .rejected, .fatal: true
        default: false
        }
      }
    }
  }

  @Test func whileTheBrokerIsAwayAppendsFailInTimeAndReadersSayUnavailable() async throws {
    try await withBroker { broker, log in
      let producer = try log.makeProducer(name: "writer")
      _ = try producer.append([record("before")], timeoutMs: 60_000)
      let reader = try log.makeConsumer(name: "reader", group: nil)
      defer { reader.close() }
      try reader.assign([partition: 0])
      #expect(try poll(reader, until: { !$0.isEmpty }).map(\.text) == ["before"])

      try broker.setDown()
      #expect(throws: LogError.self) { _ = try poll(reader, patience: .seconds(2), until: { _ in false }) }
      let told = Mutex<[LogError]>([])
      try producer.append(record("lost")) { result in
        if case .failure(let error) = result { told.withLock { $0.append(error) } }
      }
      #expect { _ = try producer.append([record("lost")], timeoutMs: 300) } throws: { isUnavailable($0) }
      producer.close(timeoutMs: 100)
      #expect(told.withLock { $0.count } == 1, "a completion is called even for what is given up on closing")

      try broker.setUp()
      let successor = try log.makeProducer(name: "successor")
      defer { successor.close(timeoutMs: 1_000) }
      _ = try successor.append([record("after")], timeoutMs: 60_000)
      let after = try poll(reader, until: { $0.last?.text == "after" })
      #expect(after.map(\.text) == ["after"], "what was given up must not appear later")
    }
  }

  @Test func aRecordThatIsTooLateFails() async throws {
    try await withBroker(properties: ["message.timeout.ms": "4000"]) { broker, log in
      let producer = try log.makeProducer(name: "writer")
      defer { producer.close(timeoutMs: 100) }
      _ = try producer.append([record("before")], timeoutMs: 60_000)
      try broker.setDown()
      #expect { _ = try producer.append([record("late")], timeoutMs: 60_000) } throws: { isUnavailable($0) }
    }
  }

  @Test func closingAmidAppendsTellsEveryCompletionOnce() async throws {
    try await withBroker { broker, log in
      try broker.setRoundTrip(ms: 20)
      for _ in 0..<5 {
        let producer = try log.makeProducer(name: "writer")
        let counts = Mutex((accepted: 0, told: 0, ended: 0))
        for _ in 0..<3 {
          Thread.detachNewThread {
            do {
              while true {
                try producer.append(record("async")) { _ in counts.withLock { $0.told += 1 } }
                counts.withLock { $0.accepted += 1 }
                _ = try producer.append([record("sync"), record("sync")], timeoutMs: 60_000)
              }
            } catch {
              counts.withLock { $0.ended += 1 }
            }
          }
        }
        while counts.withLock({ $0.told < 10 }) { usleep(1_000) }
        producer.close(timeoutMs: 0)
        while counts.withLock({ $0.ended < 3 }) { usleep(1_000) }
        let end = counts.withLock { $0 }
        #expect(end.told == end.accepted, "\(end)")
      }
    }
  }

  @Test func closingDoesNotWaitForABrokerThatIsAway() async throws {
    try await withBroker { broker, log in
      let producer = try log.makeProducer(name: "writer")
      _ = try producer.append([record("x")], timeoutMs: 60_000)
      let reader = try log.makeConsumer(name: "reader", group: nil)
      try reader.assign([partition: 0])
      _ = try poll(reader, until: { !$0.isEmpty })
      let member = try log.makeConsumer(name: "member", group: "g")
      let assigned = Mutex(false)
      try member.subscribe(
        to: [topic],
        onAssign: { partitions in
          assigned.withLock { $0 = true }
          return Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) })
        }, onRevoke: { _ in })
      _ = try poll(member, until: { _ in assigned.withLock { $0 } })
      try broker.setDown()
      let spent = ContinuousClock().measure {
        reader.close()
        member.close()
        producer.close(timeoutMs: 200)
      }
      #expect(spent < .seconds(5), "closing took \(spent)")
    }
  }

  /// Its coordinator answers a member that leaves when the group has settled, which takes the embedded broker a session;
  /// librdkafka would wait for that for five seconds.
  @Test func whoLeavesDoesNotWaitForHisGroupToSettle() async throws {
    try await withBroker(properties: ["session.timeout.ms": "60000"], leaveMs: 200) { _, log in
      let members = try (0..<3).map { try log.makeConsumer(name: "member\($0)", group: "g") }
      let revoked = Mutex(0)
      for (n, member) in members.enumerated() {
        let assigned = Mutex(false)
        try member.subscribe(
          to: [topic],
          onAssign: { partitions in
            assigned.withLock { $0 = true }
            return Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) })
          }, onRevoke: { _ in revoked.withLock { $0 += 1 } })
        if n == 0 { _ = try poll(member, until: { _ in assigned.withLock { $0 } }) }
      }
      // The first has been told that others are there, and waits with them.
      _ = try poll(
        members[0],
        until: { _ in
          _ = try? members[1].poll(maxRecords: 1, timeoutMs: 20)
          _ = try? members[2].poll(maxRecords: 1, timeoutMs: 20)
          return revoked.withLock { $0 } > 0
        })
      let spent = ContinuousClock().measure { for member in members { member.close() } }
      print("three left within \(spent)")
      #expect(spent < .seconds(4), "leaving took \(spent)")
    }
  }

  @Test func aFailedCommitIsThrown() async throws {
    try await withBroker { broker, log in
      let consumer = try log.makeConsumer(name: "committer", group: "g")
      defer { consumer.close() }
      try broker.pushErrors(.offsetCommit, [29])
      #expect { try consumer.commit([partition: Position(offset: 1)], wait: true) } throws: {
        if case .rejected = $0 as? LogError { true } else { false }
      }
      #expect(try consumer.committed([partition]) == [:])
    }
  }

  /// The embedded broker drops what exceeds 5 MiB, oldest first. A reader that starts there must hear of it.
  @Test func whatTheEmbeddedBrokerForgotIsNotSkippedInSilence() async throws {
    try await withBroker { _, log in
      #expect(log.forgets)
      let producer = try log.makeProducer(name: "writer")
      defer { producer.close(timeoutMs: 1_000) }
      let large = OutgoingRecord(topic: topic, partition: 0, key: nil, value: [UInt8](repeating: 1, count: 900_000))
      for _ in 0..<8 { _ = try producer.append([large], timeoutMs: 60_000) }
      let reader = try log.makeConsumer(name: "reader", group: nil)
      defer { reader.close() }
      #expect(try reader.bounds(of: partition).begin > 0)
      try reader.assign([partition: 0])
      #expect { _ = try poll(reader, until: { !$0.isEmpty }) } throws: {
        if case .fatal = $0 as? LogError { true } else { false }
      }
    }
  }

  @Test func anotherProcessKnowsTheEmbeddedBrokerByItsClusterId() async throws {
    try await withBroker { broker, _ in
      let stranger = try KafkaLog(KafkaSettings(bootstrapServers: broker.bootstrapServers, clientId: "stranger"))
      #expect(stranger.forgets)
      #expect(try stranger.partitionCount(of: topic) == 2)
      let missing = TopicPlan(name: "missing", partitions: 3, cleanup: .compact)
      #expect { try stranger.createTopics([missing]) } throws: {
        if case .rejected = $0 as? LogError { "\($0)".contains("missing") } else { false }
      }
      #expect(try stranger.partitionCount(of: "missing") == nil, "asking must not create")
    }
  }

  @Test(arguments: [("linger.mss", "1"), ("acks", "perhaps"), ("session.timeout.ms", "-5")])
  func aBadPropertyIsNamedAtOnce(name: String, value: String) {
    let settings = KafkaSettings(bootstrapServers: "localhost:1", clientId: "t", properties: [name: value])
    #expect { _ = try KafkaLog(settings) } throws: { "\($0)".contains(name) }
  }

  /// When a group gives partitions away, nothing that their old owner has in hand may still reach the log.
  @Test func aMessageNeverOutlivesItsWritersSession() throws {
    func settings(_ properties: [String: String]) -> KafkaSettings {
      KafkaSettings(bootstrapServers: "localhost:1", clientId: "t", properties: properties)
    }
    for properties in [
      ["message.timeout.ms": "10000"], ["message.timeout.ms": "0"],
      ["message.timeout.ms": "6000", "session.timeout.ms": "6000"],
    ] {
      #expect { _ = try KafkaLog(settings(properties)) } throws: { "\($0)".contains("message.timeout.ms") }
    }
    _ = try KafkaLog(settings(["message.timeout.ms": "9000"]))
    #expect(settings([:]).producerProperties(name: "p")["message.timeout.ms"] == "8000")
    let short = settings(["session.timeout.ms": "6000"])
    #expect(short.producerProperties(name: "p")["message.timeout.ms"] == "4800")
    #expect(short.consumerProperties(name: "c", group: "g", embedded: false)["session.timeout.ms"] == "6000")
  }

  @Test func withoutABrokerEverythingIsUnavailableInTime() async throws {
    try await onOwnThread {
      let settings = KafkaSettings(bootstrapServers: "127.0.0.1:1", clientId: "t", embedded: false)
      let log = try KafkaLog(settings)
      let producer = try log.makeProducer(name: "writer")
      defer { producer.close(timeoutMs: 0) }
      #expect { _ = try producer.append([record("x")], timeoutMs: 500) } throws: { isUnavailable($0) }
      #expect { _ = try log.partitionCount(of: topic) } throws: { isUnavailable($0) }
    }
  }
}

private let topic = "faults"
private let partition = TopicPartition(topic, 0)

private func record(_ value: String) -> OutgoingRecord {
  OutgoingRecord(topic: topic, partition: 0, key: Array("k".utf8), value: Array(value.utf8))
}

private func isUnavailable(_ error: any Error) -> Bool {
  if case .unavailable = error as? LogError { true } else { false }
}

private func withBroker(
  properties: [String: String] = [:], leaveMs: Int = 3_000,
  _ body: @escaping @Sendable (EmbeddedBroker, KafkaLog) throws -> Void
) async throws {
  try await onOwnThread {
    let broker = try EmbeddedBroker(topics: [TopicPlan(name: topic, partitions: 2, cleanup: .delete(days: 1))])
    defer { broker.stop() }
    var settings = KafkaSettings(
      bootstrapServers: broker.bootstrapServers, clientId: "test", properties: properties)
    settings.leaveMs = leaveMs
    try body(broker, try KafkaLog(settings, broker: broker))
  }
}

/// Polls on through outages until the condition holds; throws the last error when it never does.
private func poll(
  _ consumer: any LogConsumer, patience: Duration = .seconds(60), until done: ([Record]) -> Bool
) throws -> [Record] {
  let deadline = ContinuousClock.now + patience
  var records: [Record] = []
  var last = LogError.unavailable("not in time")
  while !done(records) {
    if ContinuousClock.now > deadline { throw last }
    do throws(LogError) {
      records += try consumer.poll(maxRecords: 100, timeoutMs: 50)
    } catch .unavailable(let why) {
      last = .unavailable(why)
    } catch {
      throw error
    }
  }
  return records
}

private func readAll(_ log: KafkaLog, count: Int) throws -> [Record] {
  let consumer = try log.makeConsumer(name: "reader", group: nil)
  defer { consumer.close() }
  try consumer.assign([partition: 0])
  return try poll(consumer) { $0.count >= count }
}

extension Record {
  fileprivate var text: String { String(decoding: value ?? [], as: UTF8.self) }
}
