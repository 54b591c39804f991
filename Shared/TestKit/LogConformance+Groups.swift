import Contracts
import MessageLog

/// Promises about groups: positions and who reads what.
extension LogConformance {
  func commits() throws {
    let topic = try topic("commits", partitions: 3)
    let (one, two, three) = (TopicPartition(topic, 0), TopicPartition(topic, 1), TopicPartition(topic, 2))
    let consumer = try log.makeConsumer(name: "committer", group: group("commits"))
    defer { consumer.close() }
    try expectEqual(try consumer.committed([one, two, three]), [:], "commits of a new group")
    try consumer.commit([one: Position(offset: 5, metadata: "état=1;x"), two: Position(offset: 0)], wait: true)
    let first = [one: Position(offset: 5, metadata: "état=1;x"), two: Position(offset: 0)]
    try expectEqual(try consumer.committed([one, two, three]), first, "first commit")
    try expectEqual(try consumer.committed([two]), [two: Position(offset: 0)], "commit of the partition asked for")
    try consumer.commit([one: Position(offset: 3, metadata: "back")], wait: true)
    try expectEqual(try consumer.committed([one]), [one: Position(offset: 3, metadata: "back")], "second commit")
    try consumer.commit([one: Position(offset: 9)], wait: false)
    try until("the commit that wasn't waited for is there") {
      try consumer.committed([one]) == [one: Position(offset: 9)]
    }
  }

  func commitsOfStrangers() throws {
    let topic = try topic("strangers")
    let partition = TopicPartition(topic, 0)
    let committer = try log.makeConsumer(name: "assigned", group: group("strangers"))
    try committer.assign([partition: 0])
    _ = try committer.poll(maxRecords: 1, timeoutMs: 0)
    try committer.commit([partition: Position(offset: 4, metadata: "m")], wait: true)
    committer.close()
    let other = try log.makeConsumer(name: "other", group: group("strangers"))
    defer { other.close() }
    try expectEqual(try other.committed([partition]), [partition: Position(offset: 4, metadata: "m")], "the commit")
    let foreign = try log.makeConsumer(name: "foreign", group: group("strangers.not"))
    defer { foreign.close() }
    try expectEqual(try foreign.committed([partition]), [:], "the commit as another group sees it")
    try refusals(of: topic, partition)
  }

  /// A group that has members takes no commits from who is none, who hears of it, until they have left. (The embedded
  /// broker's takes none ever after: it keeps a group for good.)
  private func refusals(of topic: String, _ partition: TopicPartition) throws {
    let stranger = try log.makeConsumer(name: "stranger", group: group("strangers"))
    defer { stranger.close() }
    try stranger.assign([partition: 0])
    let member = Member(try log.makeConsumer(name: "member", group: group("strangers")))
    defer { member.consumer.close() }
    try member.subscribe([topic])
    try until("the member has joined") {
      try member.poll()
      return !member.owned.isEmpty
    }
    try stranger.commit([partition: Position(offset: 7)], wait: false)
    try until("the stranger hears that his commit is refused") {
      try member.poll()
      _ = try stranger.poll(maxRecords: 1, timeoutMs: 50)
      return stranger.commitFault != nil
    }
    member.consumer.close()
    if log.forgets { return }
    try until("the stranger's commit is taken again") {
      try stranger.commit([partition: Position(offset: 8)], wait: false)
      _ = try stranger.poll(maxRecords: 1, timeoutMs: 50)
      return try stranger.commitFault == nil && stranger.committed([partition]) == [partition: Position(offset: 8)]
    }
  }

  func readersWithoutGroup() throws {
    let topic = try topic("groupless")
    let partition = TopicPartition(topic, 0)
    try withReader(of: [partition: 0]) { reader in
      try expectError("committing without a group", \.isRejected) {
        try reader.commit([partition: Position(offset: 1)], wait: true)
      }
      try expectError("asking for commits without a group", \.isRejected) { _ = try reader.committed([partition]) }
      try expectError("subscribing without a group", \.isRejected) {
        try reader.subscribe(to: [topic], onAssign: { _ in [:] }, onRevoke: { _ in })
      }
    }
  }

  func sharing() throws {
    let topics = [try topic("sharing.a", partitions: 5), try topic("sharing.b", partitions: 5)]
    let all = Set(topics.flatMap { topic in (0..<5).map { TopicPartition(topic, Int32($0)) } })
    let group = group("sharing")
    let first = Member(try log.makeConsumer(name: "first", group: group))
    defer { first.consumer.close() }
    try first.subscribe(topics)
    try until("the first member has everything") {
      try first.poll()
      return first.owned == all
    }
    try expect(first.revoked.isEmpty, "something was revoked before anybody else came")

    let second = Member(try log.makeConsumer(name: "second", group: group))
    defer { second.consumer.close() }
    try second.subscribe(topics)
    try until("both members share") {
      try first.poll()
      try second.poll()
      return !second.owned.isEmpty && !first.owned.isEmpty && first.owned.union(second.owned) == all
    }
    try expect(first.owned.isDisjoint(with: second.owned), "a partition has two owners")
    try expectEqual(first.revoked, all, "what the first member was told to give up")
    for member in [first, second] {
      let shares = topics.map { topic in member.owned.filter { $0.topic == topic }.map(\.partition).sorted() }
      try expectEqual(shares[0], shares[1], "the shares in both topics")
      try expect((2...3).contains(shares[0].count), "a share of \(shares[0].count) of 5 partitions")
      let range = Array(shares[0].first!...shares[0].last!)
      try expectEqual(shares[0], range, "a share as a range")
    }

    try write("shared", to: all)
    try until("both have read their shares") {
      try first.poll()
      try second.poll()
      return first.read.count + second.read.count >= all.count
    }
    try expectEqual(Set(first.read.map(\.at)), first.owned, "where the first member's records come from")
    try expectEqual(Set(second.read.map(\.at)), second.owned, "where the second member's records come from")
    try second.consumer.commit([second.owned.first!: Position(offset: 1, metadata: "mine")], wait: true)

    let handedOver = second.owned
    second.consumer.close()
    try expectEqual(second.revoked, handedOver, "what was revoked on leaving")
    try until("the one who stays has everything") {
      try first.poll()
      return first.owned == all
    }
    first.read = []
    try write("again", to: handedOver)
    try until("the one who stays reads what was handed over") {
      try first.poll()
      return Set(first.read.filter { $0.text == "again" }.map(\.at)) == handedOver
    }
  }

  func leavingOut() throws {
    let topic = try topic("left-out", partitions: 2)
    try write("x", to: [TopicPartition(topic, 0), TopicPartition(topic, 1)])
    let member = Member(try log.makeConsumer(name: "picky", group: group("left-out")))
    defer { member.consumer.close() }
    member.skips = [TopicPartition(topic, 0)]
    try member.subscribe([topic])
    try until("the other partition is read") {
      try member.poll()
      return !member.read.isEmpty
    }
    for _ in 0..<3 { try member.poll() }
    try expectEqual(member.owned, [TopicPartition(topic, 0), TopicPartition(topic, 1)], "what the member owns")
    try expectEqual(member.read.map(\.at), [TopicPartition(topic, 1)], "what the member reads")
  }

  func startingAgain() throws {
    let topic = try topic("again", partitions: 2)
    let (one, two) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
    let group = group("again")
    for value in ["a", "b", "c"] { try write(value, to: [one, two]) }
    let member = Member(try log.makeConsumer(name: "again", group: group))
    defer { member.consumer.close() }
    try member.subscribe([topic])
    func comes(_ expected: [TopicPartition: [String]], _ what: String) throws {
      try until(what) {
        try member.poll()
        return member.read.count >= expected.values.reduce(0) { $0 + $1.count }
      }
      for _ in 0..<3 { try member.poll() }
      try expectEqual(Dictionary(grouping: member.read, by: \.at).mapValues { $0.map(\.text) }, expected, what)
      member.read = []
    }
    try comes([one: ["a", "b", "c"], two: ["a", "b", "c"]], "everything is read")
    try member.consumer.restart(from: [one: 1])
    try write("d", to: [one, two])
    try comes([one: ["b", "c", "d"]], "one partition is read from its offset, the other is left out")
    try member.consumer.restart(from: [one: 4, two: 2, TopicPartition("\(run).of-others", 0): 0])
    try comes([two: ["c", "d"]], "what was left out is read again, and nothing that isn't owned")
    try member.consumer.commit([two: Position(offset: 4, metadata: "still a member")], wait: true)
    try expect(member.revoked.isEmpty, "starting again revoked something")
    // Fetched and not delivered yet: none of it may come.
    try write("e", to: [one, two])
    for offset in 0..<4 { try member.consumer.restart(from: [one: Int64(offset), two: Int64(offset)]) }
    try member.consumer.restart(from: [two: 4])
    try comes([two: ["e"]], "only the last start counts")

    let second = Member(try log.makeConsumer(name: "second", group: group))
    defer { second.consumer.close() }
    try second.subscribe([topic])
    try until("a second member gets its share") {
      try member.poll()
      try second.poll()
      return member.owned.count == 1 && second.owned.count == 1
    }
    try expectEqual(member.revoked, [one, two], "what was revoked, read or not")
  }

  func closingRevokes() throws {
    let topic = try topic("closing-revokes")
    let partition = TopicPartition(topic, 0)
    let group = group("closing-revokes")
    let member = Member(try log.makeConsumer(name: "leaver", group: group))
    var failure: (any Error)?
    member.onRevoke = { consumer, _ in
      do { try consumer.commit([partition: Position(offset: 7, metadata: "last")], wait: true) } catch {
        failure = error
      }
    }
    try member.subscribe([topic])
    try until("the member has the partition") {
      try member.poll()
      return member.owned == [partition]
    }
    member.consumer.close()
    try expectEqual(member.revoked, [partition], "what was revoked on closing")
    if let failure { throw Broken(description: "committing while being revoked: \(failure)") }
    let successor = try log.makeConsumer(name: "successor", group: group)
    defer { successor.close() }
    try expectEqual(
      try successor.committed([partition]), [partition: Position(offset: 7, metadata: "last")], "the last commit")
  }

  private func write(_ value: String, to partitions: Set<TopicPartition>) throws {
    let records = partitions.map { record($0.topic, $0.partition, value) }
    _ = try withProducer { try $0.append(records, timeoutMs: 10_000) }
  }
}

/// A member of a group that keeps a record of what happens to it, and starts where it left off.
private final class Member {
  let consumer: any LogConsumer
  var owned: Set<TopicPartition> = []
  var revoked: Set<TopicPartition> = []
  var skips: Set<TopicPartition> = []
  var read: [Record] = []
  var onRevoke: (any LogConsumer, [TopicPartition]) -> Void = { _, _ in }

  init(_ consumer: any LogConsumer) { self.consumer = consumer }

  func subscribe(_ topics: [String]) throws {
    try consumer.subscribe(
      to: topics,
      onAssign: { [unowned self] partitions in
        owned = Set(partitions)
        var starts: [TopicPartition: Int64] = [:]
        for partition in partitions where !skips.contains(partition) {
          starts[partition] = read.last { $0.at == partition }.map { $0.offset + 1 } ?? 0
        }
        return starts
      },
      onRevoke: { [unowned self] partitions in
        revoked.formUnion(partitions)
        owned.subtract(partitions)
        onRevoke(consumer, partitions)
      })
  }

  func poll() throws { read += try consumer.poll(maxRecords: 100, timeoutMs: 50) }
}
