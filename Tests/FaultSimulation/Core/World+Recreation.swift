import Contracts
import MessageLog
import Streams

// The last thing that goes wrong in some runs, when everything else has come to rest and was found right: the topic of the
// events from outside is deleted and made again under its name, and others have written to it. Each partition that was read
// must stand still, with nothing taken of what is not the log that it knows.

extension World {
  private static var topic: Topic { Topics.channelInteractions }
  private static var group: ConsumerGroup { .facets }

  func violationsAfterRecreation() -> [String] {
    let read = positions
    let forgetting = random.chance(500)
    note("\(Self.topic.name) is made again\(forgetting ? ", and its positions are gone" : "")")
    happened[.recreation] += 1
    log.recreate(Self.topic.name, forgettingPositions: forgetting)
    for (number, offset) in read.sorted(by: { $0.key < $1.key }) {
      // Fewer than before, as many, or more.
      for _ in 0..<max(0, Int(offset) - 3 + random.below(8)) { publishAnother(to: number) }
    }
    let before = states
    for instance in instances { crash(instance) }
    if let restless = comeToRest() { return [restless] }
    var stopped: Set<Int32> = []
    for instance in instances where instance.role.group == Self.group {
      stopped.formUnion(instance.engine?.standing.stopped.keys.map { $0 } ?? [])
    }
    let after = states
    return read.keys.sorted().compactMap { number in
      if !stopped.contains(number) { return "I5: \(Self.topic.name)/\(number) was recreated and is read on" }
      return after[number] == before[number] ? nil : "I5: partition \(number) took records of another log"
    }
  }

  /// Of each partition that anything was read of, the position that the group's commits tell.
  private var positions: [Int32: Int64] {
    var read: [Int32: Int64] = [:]
    for (partition, position) in log.committed(group: Self.group.rawValue) {
      let offset = CommitMetadata(position.metadata)?.inputs[Self.topic.name]?.offset ?? 0
      if offset > 0 { read[partition.partition] = max(read[partition.partition] ?? 0, offset) }
    }
    return read
  }

  private var states: [Int32: Int] {
    RawTopics(log).records(of: Topics.facetState).reduce(into: [:]) { $0[$1.partition, default: 0] += 1 }
  }

  private func publishAnother(to number: Int32) {
    let key = "key-\(random.below(6))"
    let envelope = Envelope(
      id: "another-\(random.next())", source: "shop", type: "small.event", timeMs: time.nowMs)
    publish(
      OutgoingRecord(
        topic: Self.topic.name, partition: number, key: Array(key.utf8), value: Words.encode([1, 2, 3]),
        headers: envelope.headers))
  }
}
