import MessageLog

/// Reads a MemoryLog, alone or as a member of a group.
final class MemoryConsumer: LogConsumer {
  private struct Subscription {
    var topics: [String]
    var onAssign: ([TopicPartition]) -> [TopicPartition: Int64]
    var onRevoke: ([TopicPartition]) -> Void
  }

  private let log: MemoryLog
  private let name: String
  let group: String?
  let id: Int
  private var subscription: Subscription?
  private var owned: [TopicPartition] = []
  private var positions: [TopicPartition: Int64] = [:]
  /// The partitions in the order they are read; the first turn moves on with every poll, so that none starves.
  private var readingOrder: [TopicPartition] = []
  private(set) var commitFault: LogError?
  private var closed = false

  init(log: MemoryLog, name: String, group: String?) {
    self.log = log
    self.name = name
    self.group = group
    id = log.monitor.change { state in
      state.nextMember += 1
      return state.nextMember
    }
  }

  /// Whoever drops a consumer without closing it isn't called back any more.
  deinit {
    subscription?.onRevoke = { _ in }
    close()
  }

  func subscribe(
    to topics: [String], onAssign: @escaping ([TopicPartition]) -> [TopicPartition: Int64],
    onRevoke: @escaping ([TopicPartition]) -> Void
  ) throws(LogError) {
    guard let group else { throw .rejected("consumer \(name) has no group to subscribe with") }
    if closed { throw .fatal("the consumer is closed") }
    subscription = Subscription(topics: topics, onAssign: onAssign, onRevoke: onRevoke)
    log.monitor.change { $0.groups[group, default: MemoryGroup()].join(id, topics: topics) }
  }

  func assign(_ offsets: [TopicPartition: Int64]) throws(LogError) {
    if closed { throw .fatal("the consumer is closed") }
    if subscription != nil { throw .rejected("consumer \(name) has subscribed: its group assigns its partitions") }
    read(from: offsets)
  }

  func restart(from offsets: [TopicPartition: Int64]) throws(LogError) {
    if closed { throw .fatal("the consumer is closed") }
    read(from: subscription == nil ? offsets : offsets.filter { owned.contains($0.key) })
  }

  func poll(maxRecords: Int, timeoutMs: Int) throws(LogError) -> [Record] {
    if closed { throw .fatal("the consumer is closed") }
    let deadline = ContinuousClock.now + .milliseconds(timeoutMs)
    while true {
      rebalance()
      let (records, version) = try take(maxRecords)
      if !records.isEmpty { return records }
      if timeoutMs <= 0 || !log.monitor.waitForChange(since: version, until: deadline) { return [] }
    }
  }

  func commit(_ newPositions: [TopicPartition: Position], wait: Bool) throws(LogError) {
    guard let group else { throw .rejected("consumer \(name) has no group to commit for") }
    let fault = try log.monitor.change { (state) throws(LogError) -> LogError? in
      try state.requireBroker()
      if wait, !state.commitFaults.isEmpty { throw state.commitFaults.removeFirst() }
      // Kafka takes a commit from a stranger only while nobody has joined the group.
      let members = state.groups[group]?.members ?? [:]
      guard members.isEmpty || members[id] != nil else {
        return .unavailable("\(name) is not a member of group \(group)")
      }
      state.groups[group, default: MemoryGroup()].committed.merge(newPositions) { $1 }
      return nil
    }
    if wait, let fault { throw fault }
    commitFault = fault
  }

  func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Position] {
    guard let group else { throw .rejected("consumer \(name) has no group to ask for") }
    return try log.monitor.read { (state, _) throws(LogError) in
      try state.requireBroker()
      return (state.groups[group]?.committed ?? [:]).filter { partitions.contains($0.key) }
    }
  }

  func bounds(of partition: TopicPartition) throws(LogError) -> (begin: Int64, end: Int64) {
    try log.monitor.read { (state, _) throws(LogError) in
      try state.requireBroker()
      let found = try state.partition(partition)
      return (found.begin, found.end)
    }
  }

  func knownEnd(of partition: TopicPartition) -> Int64? { (try? bounds(of: partition))?.end }

  func close() {
    if closed { return }
    closed = true
    leave()
  }

  /// Goes as many steps of the rebalance as can be gone now. The handlers run outside the lock, because they commit
  /// and ask for bounds.
  private func rebalance() {
    guard let group, let subscription else { return }
    while true {
      switch log.monitor.read({ state, _ in state.step(of: id, in: group) }) {
      case .steady, .waitForOthers: return
      case .revoke:
        revoke(subscription)
        log.monitor.change { $0.groups[group]!.giveUp(id) }
      case .expelled:
        revoke(subscription)
        log.monitor.change { $0.groups[group]!.join(id, topics: subscription.topics) }
      case .assign:
        // Asked once more, together with taking hold: somebody may have joined in between.
        let granted = log.monitor.change { state in
          let step = state.step(of: id, in: group)
          if case .assign = step { state.groups[group]!.hold(id) }
          return step
        }
        guard case .assign(let partitions) = granted else { continue }
        owned = partitions
        read(from: subscription.onAssign(partitions))
      }
    }
  }

  private func revoke(_ subscription: Subscription) {
    let lost = owned
    owned = []
    read(from: [:])
    if !lost.isEmpty { subscription.onRevoke(lost) }
  }

  private func leave() {
    guard let group, let left = subscription else { return }
    revoke(left)
    subscription = nil
    log.monitor.change { $0.groups[group]!.leave(id) }
  }

  private func read(from offsets: [TopicPartition: Int64]) {
    positions = offsets
    readingOrder = offsets.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
  }

  private func take(_ maxRecords: Int) throws(LogError) -> (records: [Record], version: Int) {
    defer { if !readingOrder.isEmpty { readingOrder.append(readingOrder.removeFirst()) } }
    return try log.monitor.read { (state, version) throws(LogError) in
      try state.requireBroker()
      return (try take(maxRecords, from: state), version)
    }
  }

  private func take(_ maxRecords: Int, from state: borrowing MemoryLog.State) throws(LogError) -> [Record] {
    var records: [Record] = []
    var bytes = 0
    for at in readingOrder {
      let partition = try state.partition(at)
      let position = positions[at]!
      guard position >= partition.begin, position <= partition.end else {
        throw .fatal("\(at): offset \(position) lies outside \(partition.begin)..<\(partition.end)")
      }
      let some = partition.read(
        from: position, max: maxRecords - records.count, bytes: Record.pollBytes - bytes)
      records += some
      for record in some { bytes += record.byteCount }
      if let last = some.last { positions[at] = last.offset + 1 }
      if records.count >= maxRecords || bytes >= Record.pollBytes { break }
    }
    return records
  }
}
