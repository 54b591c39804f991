import MessageLog

/// A consumer group with eager rebalancing: when anybody joins or leaves, everybody first gives up what he has, and
/// only when the last one has done so does anybody get partitions. Members notice in their own `poll`, so a member
/// that doesn't poll holds up the others, as with Kafka until its session ends.
struct MemoryGroup {
  struct Member {
    var topics: [String]
    /// The generation whose partitions he has, or nil when he has given them up.
    var holds: Int?
  }

  enum Step {
    case steady
    case revoke
    case assign([TopicPartition])
    case waitForOthers
    /// He was put out of the group and has to join again.
    case expelled
  }

  private(set) var members: [Int: Member] = [:]
  private var generation = 0
  var committed: [TopicPartition: Position] = [:]

  mutating func join(_ id: Int, topics: [String]) {
    members[id] = Member(topics: topics, holds: nil)
    generation += 1
  }

  mutating func leave(_ id: Int) {
    if members.removeValue(forKey: id) != nil { generation += 1 }
  }

  mutating func rebalance() { generation += 1 }

  func step(of id: Int, partitionCount: (String) -> Int) -> Step {
    guard let member = members[id] else { return .expelled }
    if let held = member.holds { return held == generation ? .steady : .revoke }
    let allGaveUp = members.values.allSatisfy { $0.holds == nil || $0.holds == generation }
    return allGaveUp ? .assign(range(of: id, partitionCount: partitionCount)) : .waitForOthers
  }

  mutating func hold(_ id: Int) { members[id]?.holds = generation }

  mutating func giveUp(_ id: Int) { members[id]?.holds = nil }

  /// Kafka's range assignor: per topic the members in order of their ids get consecutive partitions, so that
  /// partition p of every topic is at the same member.
  private func range(of id: Int, partitionCount: (String) -> Int) -> [TopicPartition] {
    var mine: [TopicPartition] = []
    for topic in members[id]!.topics {
      let readers = members.filter { $0.value.topics.contains(topic) }.keys.sorted()
      let at = readers.firstIndex(of: id)!
      let (share, extra) = partitionCount(topic).quotientAndRemainder(dividingBy: readers.count)
      let first = at * share + min(at, extra)
      for partition in first..<(first + share + (at < extra ? 1 : 0)) {
        mine.append(TopicPartition(topic, Int32(partition)))
      }
    }
    return mine
  }
}
