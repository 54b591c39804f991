import MessageLog

// Going on after a fault without leaving the group: who leaves makes all others rest while it settles, and has to wait for
// that itself. Where only reading failed there is nothing to mend. Where a batch was begun, what became of it stands in
// the log, as for a successor: so its owner takes his partitions over once more, with a producer of which nothing is under
// way, and reads on from the commit.

extension ProcessorEngine {
  /// What fails in there leaves something half done.
  func orTakeOver<Result>(if isBegun: Bool = true, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as LogError {
      if isBegun { mustTakeOver = true }
      throw error
    }
  }

  /// Polls: hears what the group says, and takes what there is to be read.
  func hear(_ consumer: any LogConsumer, maxRecords: Int, timeoutMs: Int) throws -> [Record] {
    let before = rebalances
    // Not when it is over: a process that was stopped in the middle wakes in it, and has not heard yet what became of it.
    let askedMs = settings.uptimeMs()
    var records = try consumer.poll(maxRecords: maxRecords, timeoutMs: timeoutMs)
    lastHeardMs = askedMs
    settings.window?.heard(atMs: lastHeardMs)
    if rebalances == before, !ahead.isEmpty { records = ahead + records }
    ahead = []
    if let error = pendingError {
      pendingError = nil
      throw error
    }
    return records
  }

  /// By now the group has been heard, so what it has granted is ours.
  func takeOverAgain(_ consumer: any LogConsumer) throws {
    telemetry.count("trias_processor_recoveries_total", 1, labels: labels)
    ahead = []
    keepWarm()
    let starts = try takeOverGranted()
    try orTakeOver { try consumer.restart(from: starts) }
  }

  func renewProducer() throws {
    producer?.close(timeoutMs: 0)
    producer = nil
    producer = try log.makeProducer(name: processor.group.rawValue)
  }

  /// What stands still is looked at anew.
  func keepWarm() {
    for (number, partition) in partitions where partition.stopped == nil && partition.epoch >= 0 {
      warm[number] = partition
    }
    settings.window?.shut()
    partitions = [:]
  }

  /// A process that was stopped, or had to wait for long, may have been given up, and its partitions be another's. What it
  /// wrote would be ignored by its epoch; but before that much time has passed it asks its group, which takes less than
  /// writing in vain and having it written over.
  func requireMembership() throws {
    guard case .group = settings.assignment, let consumer, !settings.policy.contains(.membershipNotRequired) else {
      return
    }
    guard settings.uptimeMs() - lastHeardMs > settings.sessionTimeoutMs / 2 else { return }
    let before = rebalances
    // What comes with it is for the next turn.
    let records = try hear(consumer, maxRecords: 1, timeoutMs: Self.listenMs)
    ahead = records
    guard rebalances == before else {
      throw LogError.unavailable("the group was settled anew while a batch was under way")
    }
  }

  /// The client's own thread finds out that a session has ended; after a stop it gets to it at about the same time.
  private static var listenMs: Int { 50 }

  /// Positions never decide what is right, so work goes on without them, and they are told again each time. But a successor
  /// would have all of it to read once more, and who looks at the group from outside sees nothing taken. Who has been given
  /// up since, and holds nothing of which to tell, would never hear otherwise.
  func hearOfCommits(_ consumer: any LogConsumer) {
    guard let fault = consumer.commitFault, partitions.values.contains(where: { !$0.positions.isEmpty }) else {
      refusedCommits = nil
      return
    }
    let why = if case .unavailable(let why) = fault { why } else { "\(fault)" }
    refusedCommits = (refusedCommits?.sinceMs ?? settings.uptimeMs(), why)
    for partition in partitions.values { partition.isDirty = true }
  }

  /// Why no position has been taken for longer than a group needs to settle; nil: they are taken.
  package var commitProblem: String? {
    guard let refusedCommits, settings.uptimeMs() - refusedCommits.sinceMs > settings.sessionTimeoutMs else {
      return nil
    }
    return "its positions are refused: \(refusedCommits.why)"
  }

  /// A partition that has come to stand still while it was read is not read any more.
  func leaveOutStopped(_ consumer: any LogConsumer) throws {
    guard readsStopped else { return }
    var offsets: [TopicPartition: Int64] = [:]
    for at in granted {
      guard let partition = partitions[at.partition], partition.stopped == nil else { continue }
      let next = partition.positions[at.topic] ?? partition.starts[at.topic]
      offsets[at] = partition.awaited[at.topic] == nil ? next : next.map { $0 - 1 }
    }
    ahead = []
    try orTakeOver { try consumer.restart(from: offsets) }
    readsStopped = false
  }
}

/// Milliseconds since the process began to ask.
package enum Uptime {
  private static let start = ContinuousClock.now

  package static var nowMs: Int64 { Int64(start.duration(to: .now) / .milliseconds(1)) }
}
