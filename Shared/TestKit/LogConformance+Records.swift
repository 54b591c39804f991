import Contracts
import MessageLog
import Synchronization

/// Promises about writing and reading records.
extension LogConformance {
  func offsets() throws {
    let topic = try topic("offsets", partitions: 2)
    try withProducer { producer in
      let first = try producer.append(
        [record(topic, 0, "a"), record(topic, 1, "b"), record(topic, 0, "c")], timeoutMs: 10_000)
      try expectEqual(first, [0, 0, 1], "offsets of the first append")
      try expectEqual(try producer.append([record(topic, 0, "d")], timeoutMs: 10_000), [2], "offset of the second")
      try expectEqual(try producer.append([], timeoutMs: 10_000), [], "offsets of nothing")
    }
  }

  func order() throws {
    let topic = try topic("order", partitions: 2)
    let values = (0..<1_500).map { "\($0)" }
    try withProducer { producer in
      for start in stride(from: 0, to: values.count, by: 500) {
        let records = values[start..<(start + 500)].flatMap { [record(topic, 0, $0), record(topic, 1, $0)] }
        _ = try producer.append(records, timeoutMs: 10_000)
      }
    }
    for partition in Int32(0)...1 {
      let records = try readAll(topic, partition: partition, count: values.count)
      try expect(records.map(\.text) == values, "partition \(partition) comes in another order")
      try expect(records.map(\.offset) == Array(0..<Int64(values.count)), "partition \(partition): offsets")
    }
  }

  func roundTrip() throws {
    let topic = try topic("roundtrip")
    let binary = (0...255).map { UInt8($0) }
    var headers = Headers([("ce_id", "1"), ("ce_id", "again"), ("", "no name"), ("empty", ""), ("é", "ü")])
    headers.append("binary", binary)
    let sent = [
      OutgoingRecord(topic: topic, partition: 0, key: binary, value: binary, headers: headers, timestampMs: 1_234),
      OutgoingRecord(topic: topic, partition: 0, key: nil, value: Array("no key".utf8), timestampMs: 1_235),
      OutgoingRecord(topic: topic, partition: 0, key: Array("tombstone".utf8), value: nil, timestampMs: 1_236),
      OutgoingRecord(topic: topic, partition: 0, key: [], value: [], timestampMs: 1_237),
      OutgoingRecord(topic: topic, partition: 0, key: binary, value: [UInt8](repeating: 7, count: 900_000)),
    ]
    _ = try withProducer { try $0.append(sent, timeoutMs: 10_000) }
    let read = try readAll(topic, count: sent.count)
    for (record, original) in zip(read, sent) {
      try expect(record.key == original.key, "the key of record \(record.offset) is another")
      try expect(record.value == original.value, "the value of record \(record.offset) is another")
      try expect(record.headers == original.headers, "the headers of record \(record.offset) are others")
      if let time = original.timestampMs {
        try expectEqual(record.timestampMs, time, "time of record \(record.offset)")
      }
      try expectEqual(record.at, TopicPartition(topic, 0), "place of record \(record.offset)")
    }
    try expect(read[4].timestampMs > 0, "a record without a time gets the time of writing")
  }

  func completions() throws {
    let topic = try topic("completions")
    let reported = Mutex<[Int: Int64]>([:])
    let count = 200
    try withProducer { producer in
      for index in 0..<count {
        try producer.append(record(topic, 0, "\(index)")) { result in
          reported.withLock { $0[index, default: -1] += 1 + ((try? result.get()) ?? -1_000) }
        }
      }
      try until("all completions are called") { reported.withLock { $0.count == count } }
    }
    // The sum above gives the offset only if the completion was called exactly once.
    try expect(
      reported.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, Int64($0)) }),
      "completions don't carry their offsets once each: \(reported.withLock { $0 })")
  }

  func batches() throws {
    let topic = try topic("batches", partitions: 2)
    _ = try withProducer { producer in
      try producer.append(
        (0..<50).flatMap { [record(topic, 0, "\($0)"), record(topic, 1, "\($0)")] }, timeoutMs: 10_000)
    }
    try withReader(of: [TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0]) { consumer in
      var next: [TopicPartition: Int64] = [:]
      var count = 0
      try until("all records are read") {
        let records = try consumer.poll(maxRecords: 7, timeoutMs: 100)
        try expect(records.count <= 7, "a poll for 7 records gave \(records.count)")
        for record in records {
          try expectEqual(record.offset, next[record.at, default: 0], "next offset of \(record.at)")
          next[record.at] = record.offset + 1
        }
        count += records.count
        return count == 100
      }
    }
    try largeRecords()
  }

  /// However many records of the largest size are waiting, a poll doesn't take them all.
  private func largeRecords() throws {
    let topic = try topic("large", partitions: 2)
    let value = String(repeating: "x", count: 900_000)
    _ = try withProducer { producer in
      for number in 0..<10 { _ = try producer.append([record(topic, Int32(number % 2), value)], timeoutMs: 10_000) }
    }
    let nothing = try self.topic("nothing")
    try withReader(of: [TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0]) { consumer in
      var count = 0
      try until("a large record is read") {
        count = try consumer.poll(maxRecords: 1, timeoutMs: 100).count
        return count == 1
      }
      // Time to fetch the others ahead; without it there is less that could be taken.
      try withReader(of: [TopicPartition(nothing, 0): 0]) { _ = try $0.poll(maxRecords: 1, timeoutMs: 500) }
      try until("all large records are read") {
        let records = try consumer.poll(maxRecords: 100, timeoutMs: 100)
        let bytes = records.reduce(0) { $0 + $1.byteCount }
        try expect(bytes < Record.pollBytes + 1_000_000, "a poll took \(bytes) bytes")
        count += records.count
        return count == 10
      }
    }
  }

  func waiting() throws {
    let topic = try topic("waiting")
    try withReader(of: [TopicPartition(topic, 0): 0]) { consumer in
      let clock = ContinuousClock()
      // Once through, so that connections stand and the reader is at the end of the log.
      _ = try withProducer { try $0.append([record(topic, 0, "first")], timeoutMs: 10_000) }
      _ = try read(consumer, count: 1)
      var records: [Record] = []
      let empty = try clock.measure { records = try consumer.poll(maxRecords: 10, timeoutMs: 0) }
      try expect(records.isEmpty && empty < .milliseconds(500), "a poll with time-out 0 took \(empty)")
      let timed = try clock.measure { records = try consumer.poll(maxRecords: 10, timeoutMs: 200) }
      try expect(records.isEmpty && timed >= .milliseconds(150), "a poll of 200 ms came back after \(timed)")
      let producer = try log.makeProducer(name: "late")
      defer { producer.close(timeoutMs: 5_000) }
      try producer.append(record(topic, 0, "late")) { _ in }
      let woken = try clock.measure { records = try consumer.poll(maxRecords: 10, timeoutMs: 30_000) }
      try expect(records.count == 1 && woken < .seconds(15), "a record didn't end the wait: \(woken)")
    }
  }

  func assignment() throws {
    let topic = try topic("assignment", partitions: 2)
    _ = try withProducer { producer in
      try producer.append(
        (0..<20).flatMap { [record(topic, 0, "\($0)"), record(topic, 1, "\($0)")] }, timeoutMs: 10_000)
    }
    try withReader(of: [TopicPartition(topic, 0): 15]) { consumer in
      var records = try read(consumer, count: 5)
      try expect(records.map(\.offset) == [15, 16, 17, 18, 19], "reading from 15 gave \(records.map(\.offset))")
      // Assigned again in the middle of reading: nothing of the old assignment may follow.
      try consumer.assign([TopicPartition(topic, 0): 0])
      _ = try consumer.poll(maxRecords: 3, timeoutMs: 1_000)
      try consumer.assign([TopicPartition(topic, 1): 18])
      records = try read(consumer, count: 2)
      try expect(
        records.allSatisfy { $0.partition == 1 } && records.map(\.offset) == [18, 19],
        "after a new assignment came \(records.map { "\($0.partition)/\($0.offset)" })")
      try consumer.assign([:])
      _ = try withProducer { try $0.append([record(topic, 1, "unread")], timeoutMs: 10_000) }
      records = try consumer.poll(maxRecords: 10, timeoutMs: 200)
      try expect(records.isEmpty, "records came without an assignment")
    }
  }

  func outOfRange() throws {
    let topic = try topic("range")
    _ = try withProducer { try $0.append([record(topic, 0, "only")], timeoutMs: 10_000) }
    try withReader(of: [TopicPartition(topic, 0): 10]) { consumer in
      try expectError("reading from beyond the end", \.isFatal) {
        try until("the reader is stopped") { try !consumer.poll(maxRecords: 10, timeoutMs: 100).isEmpty }
      }
    }
  }

  func bounds() throws {
    let topic = try topic("bounds")
    let partition = TopicPartition(topic, 0)
    try withReader(of: [:]) { consumer in
      var bounds = try consumer.bounds(of: partition)
      try expect(bounds == (0, 0), "the bounds of an empty partition are \(bounds)")
      _ = try withProducer { try $0.append([record(topic, 0, "a"), record(topic, 0, "b")], timeoutMs: 10_000) }
      bounds = try consumer.bounds(of: partition)
      try expect(bounds == (0, 2), "the bounds after two records are \(bounds)")
      try expectError("bounds of a topic that doesn't exist", { _ in true }) {
        _ = try consumer.bounds(of: TopicPartition("\(run).nowhere", 0))
      }
    }
  }

  func knownEnd() throws {
    let topic = try topic("known-end")
    _ = try withProducer { try $0.append((1...5).map { record(topic, 0, "\($0)") }, timeoutMs: 10_000) }
    try withReader(of: [TopicPartition(topic, 0): 0]) { reader in
      var taken: [Record] = []
      try until("two of five records are read") {
        taken += try reader.poll(maxRecords: 2, timeoutMs: 100)
        return taken.count >= 2
      }
      try until("the end is known") {
        _ = try reader.poll(maxRecords: 1, timeoutMs: 0)
        return reader.knownEnd(of: TopicPartition(topic, 0)) == 5
      }
    }
  }

  func rejections() throws {
    let topic = try topic("rejections")
    try withProducer { producer in
      let large = OutgoingRecord(topic: topic, partition: 0, key: nil, value: [UInt8](repeating: 1, count: 3_000_000))
      let refused = [
        ("a record that is too large", large),
        ("a record for a topic that doesn't exist", record("\(run).nowhere", 0, "x")),
        ("a record for a partition that doesn't exist", record(topic, 7, "x")),
        ("a record for a negative partition", record(topic, -1, "x")),
      ]
      for (what, record) in refused {
        try expectError(what, \.isRejected) { _ = try producer.append([record], timeoutMs: 10_000) }
        try expectError("\(what), not waited for", \.isRejected) {
          let told = Mutex<LogError?>(nil)
          try producer.append(record) { result in
            if case .failure(let error) = result { told.withLock { $0 = error } }
          }
          try until("the completion is told of the rejection") { told.withLock { $0 != nil } }
          throw told.withLock { $0! }
        }
      }
      // A rejection took nothing, so the producer is as good as before.
      try expectEqual(
        try producer.append([record(topic, 0, "fine")], timeoutMs: 10_000), [0], "offset after rejections")
    }
    try expectEqual(try log.partitionCount(of: "\(run).nowhere"), nil, "partitions of a topic that was written to")
  }

  /// The catalogue's topic takes the largest records there are, also of bytes that nothing makes smaller.
  func largest() throws {
    let topic = "\(run).\(Topics.marketingCatalog.name)"
    try log.createTopics([
      TopicPlan(name: topic, partitions: 2, cleanup: .keep, recordBytesMax: Catalog.recordBytesMax)
    ])
    var noise: UInt64 = 1
    let value = (0..<Catalog.recordBytesMax - 1_000).map { _ in
      noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(noise >> 56)
    }
    let largest = OutgoingRecord(topic: topic, partition: 0, key: Array("1".utf8), value: value)
    // As well as it can be compressed: what comes of it has to be guessed by who reads it.
    let plain = OutgoingRecord(
      topic: topic, partition: 1, key: Array("2".utf8),
      value: value.prefix(2_000_000) + [UInt8](repeating: 0, count: value.count - 2_000_000))
    try withProducer { producer in
      try expectEqual(try producer.append([largest], timeoutMs: 30_000), [0], "offset of the largest record")
      var larger = largest
      larger.value! += [UInt8](repeating: 0, count: 2_000)
      try expectError("a record larger than that", \.isRejected) {
        _ = try producer.append([larger], timeoutMs: 30_000)
      }
      try expectEqual(try producer.append([plain], timeoutMs: 30_000), [0], "offset of the plain one")
    }
    let consumer = try log.makeConsumer(name: "reader", group: nil)
    defer { consumer.close() }
    try consumer.assign([TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0])
    var taken: [Record] = []
    try until("the largest records are read") {
      taken += try consumer.poll(maxRecords: 2, timeoutMs: 100)
      return taken.count == 2
    }
    // Not compared by `expectEqual`, which would print them.
    for (partition, sent) in [(Int32(0), largest), (1, plain)] {
      let isThere = taken.contains { $0.partition == partition && $0.value == sent.value }
      try expectEqual(isThere, true, "whether the largest record of partition \(partition) comes back as it was")
    }
  }

  func topics() throws {
    try expectEqual(try log.partitionCount(of: "\(run).topics"), nil, "partitions before creation")
    try expectEqual(try log.partitionCount(of: "\(run).topics"), nil, "partitions when asked again")
    let topic = try topic("topics", partitions: 3)
    try expectEqual(try log.partitionCount(of: topic), 3, "partitions after creation")
    let plans = [
      TopicPlan(name: topic, partitions: 5, cleanup: .compact),
      TopicPlan(name: "\(run).topics.state", partitions: 2, cleanup: .compact),
      TopicPlan(name: "\(run).topics.kept", partitions: 1, cleanup: .keep),
    ]
    try log.createTopics(plans)
    try expectEqual(try log.partitionCount(of: topic), 3, "partitions of a topic that was there")
    try expectEqual(try log.partitionCount(of: "\(run).topics.state"), 2, "partitions of a new topic")
    try expectEqual(try log.partitionCount(of: "\(run).topics.kept"), 1, "partitions of another")
  }

  func closingTwice() throws {
    let topic = try topic("closing")
    let producer = try log.makeProducer(name: "writer")
    _ = try producer.append([record(topic, 0, "a")], timeoutMs: 10_000)
    producer.close(timeoutMs: 1_000)
    producer.close(timeoutMs: 1_000)
    try expectError("appending after close", \.isFatal) {
      _ = try producer.append([record(topic, 0, "b")], timeoutMs: 1_000)
    }
    let consumer = try log.makeConsumer(name: "reader", group: nil)
    try consumer.assign([TopicPartition(topic, 0): 0])
    consumer.close()
    consumer.close()
    try expectError("polling after close", \.isFatal) { _ = try consumer.poll(maxRecords: 1, timeoutMs: 0) }
  }
}
