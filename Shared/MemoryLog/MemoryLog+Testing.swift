import MessageLog

/// What tests may do to the log and ask of it.
extension MemoryLog {
  /// Everything that is in a topic now, partition by partition.
  package func records(of topic: String) -> [Record] {
    monitor.read { state, _ in (state.topics[topic] ?? []).flatMap(\.records) }
  }

  package func committed(group: String) -> [TopicPartition: Position] {
    monitor.read { state, _ in state.groups[group]?.committed ?? [:] }
  }

  /// Keeps only the last record of each key. With a limit, looks only at what is older: a topic's minimum compaction lag.
  /// Returns how many records are gone.
  @discardableResult
  package func compact(_ topic: String, olderThanMs limit: Int64 = .max) -> Int {
    monitor.change { state in
      (state.topics[topic]?.indices ?? 0..<0).reduce(0) { count, index in
        let before = state.topics[topic]![index].records.count
        state.topics[topic]![index].compact(olderThanMs: limit)
        return count + before - state.topics[topic]![index].records.count
      }
    }
  }

  /// How many records the topic has got so far, whatever became of them.
  package func appended(to topic: String) -> Int64 {
    monitor.read { state, _ in (state.topics[topic] ?? []).reduce(0) { $0 + $1.end } }
  }

  /// Deletes a topic and makes it again under its name, empty. Apache Kafka then forgets the groups' positions in it.
  package func recreate(_ topic: String, forgettingPositions: Bool) {
    monitor.change { state in
      state.topics[topic] = state.topics[topic]?.map { _ in MemoryPartition() }
      guard forgettingPositions else { return }
      for group in state.groups.keys {
        state.groups[group]!.committed = state.groups[group]!.committed.filter { $0.key.topic != topic }
      }
    }
  }

  package func forgetPositions(of group: String) { monitor.change { $0.groups[group]?.committed = [:] } }

  /// Drops the records before that offset in every partition.
  package func truncate(_ topic: String, before offset: Int64) {
    monitor.change { state in
      for index in state.topics[topic]?.indices ?? 0..<0 { state.topics[topic]![index].truncate(before: offset) }
    }
  }

  /// The next append fails with that error, and yet the log takes the first `taking` of its records: 0 is a failure
  /// before the broker had them, `.max` an acknowledgement that got lost. With a topic, the next append whose first
  /// record goes there. Several of these queue up.
  package func failNextAppend(to topic: String? = nil, taking: Int, with error: LogError) {
    monitor.change { $0.faults.append(AppendFault(topic: topic, taking: taking, error: error)) }
  }

  /// The next commit that is waited for fails with that error and stores nothing.
  package func failNextCommit(with error: LogError) {
    monitor.change { $0.commitFaults.append(error) }
  }

  /// While the broker is away, everything throws `.unavailable`.
  package func setAway(_ away: Bool) {
    monitor.change { $0.away = away }
  }

  /// The same for this one consumer.
  package func expel(_ consumer: any LogConsumer) {
    guard let consumer = consumer as? MemoryConsumer, let group = consumer.group else { return }
    monitor.change { $0.groups[group]?.leave(consumer.id) }
  }

  /// Puts every member of a group out, as when its session ends while it hangs. It learns so at its next poll, joins
  /// again, and until then believes that its partitions are its own.
  package func expelMembers(of group: String) {
    monitor.change { state in
      for id in (state.groups[group]?.members ?? [:]).keys { state.groups[group]!.leave(id) }
    }
  }
}
