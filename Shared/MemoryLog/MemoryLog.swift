import MessageLog

/// A MessageLog in memory, for tests without a broker. It behaves as Kafka does where a processor can tell: partitions
/// and offsets, groups with eager range assignment, committed positions, compaction that leaves gaps, retention. It
/// knows no sessions: a member leaves when it is closed or when a test expels it.
package final class MemoryLog: MessageLog {
  struct State {
    var topics: [String: [MemoryPartition]] = [:]
    var configurations: [String: [String: String]] = [:]
    var groups: [String: MemoryGroup] = [:]
    var nextMember = 0
    var away = false
    var faults: [AppendFault] = []
    var commitFaults: [LogError] = []
  }

  struct AppendFault {
    var topic: String?
    var taking: Int
    var error: LogError
  }

  package let forgets: Bool
  let clock: @Sendable () -> Int64
  let maxRecordBytes: Int
  let monitor = Monitor(State())

  package init(
    topics: [TopicPlan] = [], forgets: Bool = false, maxRecordBytes: Int = 1_000_000,
    clock: @escaping @Sendable () -> Int64
  ) {
    self.forgets = forgets
    self.maxRecordBytes = maxRecordBytes
    self.clock = clock
    create(topics)
  }

  package func makeProducer(name: String) throws(LogError) -> any LogProducer { MemoryProducer(log: self) }

  package func makeConsumer(name: String, group: String?) throws(LogError) -> any LogConsumer {
    MemoryConsumer(log: self, name: name, group: group)
  }

  package func partitionCount(of topic: String) throws(LogError) -> Int? {
    try monitor.read { (state, _) throws(LogError) in
      try state.requireBroker()
      return state.topics[topic]?.count
    }
  }

  package func configurations(of topics: [String]) throws(LogError) -> [String: [String: String]]? {
    try monitor.read { (state, _) throws(LogError) in
      try state.requireBroker()
      return state.configurations.filter { topics.contains($0.key) }
    }
  }

  @discardableResult
  package func createTopics(_ topics: [TopicPlan]) throws(LogError) -> [SmallTopic] {
    try monitor.read { (state, _) throws(LogError) in try state.requireBroker() }
    create(topics)
    return []
  }

  private func create(_ topics: [TopicPlan]) {
    monitor.change { state in
      let missing = topics.filter { state.topics[$0.name] == nil }
      if missing.isEmpty { return }
      for plan in missing {
        state.topics[plan.name] = Array(repeating: MemoryPartition(), count: plan.partitions)
        state.configurations[plan.name] = Dictionary(
          uniqueKeysWithValues: plan.configuration.map { ($0.name, $0.value) })
      }
      for name in state.groups.keys { state.groups[name]?.rebalance() }
    }
  }
}

extension MemoryLog.State {
  func requireBroker() throws(LogError) {
    if away { throw .unavailable("the broker is away") }
  }

  func step(of member: Int, in group: String) -> MemoryGroup.Step {
    groups[group]!.step(of: member) { topics[$0]?.count ?? 0 }
  }

  func partition(_ at: TopicPartition) throws(LogError) -> MemoryPartition {
    guard let partitions = topics[at.topic], partitions.indices.contains(Int(at.partition)) else {
      throw .rejected("there is no partition \(at)")
    }
    return partitions[Int(at.partition)]
  }
}
