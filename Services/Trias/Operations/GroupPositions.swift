import Contracts
import MessageLog
import Streams

/// Where consumer groups stand: what they have committed, beside what there is. Reads only; belongs to one thread.
package final class GroupPositions {
  /// A group and what it reads.
  package struct Group: Sendable {
    package let group: ConsumerGroup
    package let inputs: [Topic]

    package init(group: ConsumerGroup, inputs: [Topic]) {
      self.group = group
      self.inputs = inputs
    }

    package init(_ processor: AnyProcessor) { self.init(group: processor.group, inputs: processor.inputs) }
  }

  package struct Standing: Sendable, Equatable {
    /// Records that it has not yet finished with.
    package var lag: Int64 = 0
    /// False where it has never committed anything.
    package var hasCommitted = false
    package var counters = Counters()
    /// The sum of the ends of its inputs: rises whenever it is given something.
    package var ends: Int64 = 0
    /// Of each partition of its inputs: up to where it has finished, and the end.
    package var taken: [TopicPartition: Int64] = [:]
    package var end: [TopicPartition: Int64] = [:]
  }

  private let log: any MessageLog
  private let groups: [Group]
  private var committers: [ConsumerGroup: any LogConsumer] = [:]
  private var reader: (any LogConsumer)?
  private var partitionCounts: [String: Int] = [:]

  package init(log: any MessageLog, groups: [Group]) {
    self.log = log
    self.groups = groups
  }

  deinit { close() }

  package func close() {
    for consumer in committers.values { consumer.close() }
    reader?.close()
    (committers, reader) = ([:], nil)
  }

  package func partitions(of topic: Topic) throws(LogError) -> [TopicPartition] {
    let count: Int
    if let known = partitionCounts[topic.name] {
      count = known
    } else {
      guard let found = try log.partitionCount(of: topic.name) else {
        throw .rejected("there is no topic \(topic.name): `trias topics apply` creates it")
      }
      partitionCounts[topic.name] = found
      count = found
    }
    return (0..<Int32(count)).map { TopicPartition(topic.name, $0) }
  }

  package func ends(of topic: Topic) throws(LogError) -> [TopicPartition: Int64] {
    var ends: [TopicPartition: Int64] = [:]
    let reader = try theReader()
    for partition in try partitions(of: topic) { ends[partition] = try reader.bounds(of: partition).end }
    return ends
  }

  /// All groups at about the same time. Each topic's ends are asked for once.
  package func measure() throws(LogError) -> [ConsumerGroup: Standing] {
    var bounds: [TopicPartition: (begin: Int64, end: Int64)] = [:]
    var standings: [ConsumerGroup: Standing] = [:]
    for group in groups {
      var partitions: [TopicPartition] = []
      for topic in group.inputs { partitions += try self.partitions(of: topic) }
      // First what was taken, then what there is: the difference is never too small.
      let committed = try committer(group.group).committed(partitions)
      let reader = try theReader()
      for partition in partitions where bounds[partition] == nil {
        bounds[partition] = try reader.bounds(of: partition)
      }
      standings[group.group] = standing(partitions, committed, bounds)
    }
    return standings
  }

  private func standing(
    _ partitions: [TopicPartition], _ committed: [TopicPartition: Position],
    _ bounds: [TopicPartition: (begin: Int64, end: Int64)]
  ) -> Standing {
    var standing = Standing()
    standing.hasCommitted = !committed.isEmpty
    var counters: [Int32: Counters] = [:]
    for partition in partitions {
      guard let bounds = bounds[partition] else { continue }
      standing.ends += bounds.end
      let taken = max(committed[partition]?.offset ?? 0, bounds.begin)
      (standing.taken[partition], standing.end[partition]) = (taken, bounds.end)
      standing.lag += max(0, bounds.end - taken)
      // A partition's counts stand in the position of each of its inputs; the latest has the most.
      guard let counted = committed[partition].flatMap({ CommitMetadata($0.metadata) })?.counters else { continue }
      let known = counters[partition.partition] ?? Counters()
      counters[partition.partition] = known.total > counted.total ? known : counted
    }
    for counted in counters.values { standing.counters.add(counted) }
    return standing
  }

  private func theReader() throws(LogError) -> any LogConsumer {
    if let reader { return reader }
    let made = try log.makeConsumer(name: "positions", group: nil)
    reader = made
    return made
  }

  private func committer(_ group: ConsumerGroup) throws(LogError) -> any LogConsumer {
    if let known = committers[group] { return known }
    // It never subscribes, so it is no member and takes nothing from anybody.
    let made = try log.makeConsumer(name: "positions.\(group.rawValue)", group: group.rawValue)
    committers[group] = made
    return made
  }
}

extension Counters {
  package var total: Int64 { applied + duplicates + deadLettered }

  package mutating func add(_ other: Counters) {
    applied += other.applied
    duplicates += other.duplicates
    deadLettered += other.deadLettered
  }
}
