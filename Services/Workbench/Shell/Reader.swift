// Reads the public topics on a thread of its own: states from their beginning, flows from their end.

import Contracts
import MessageLog
import Streams
import Synchronization

final class Reader: ThreadService {
  /// Whole tables, needed from the first record on.
  static let states: [Topic] = [
    Topics.profileState, Topics.leadState, Topics.identityMap, Topics.marketingCatalog, Topics.marketingDrafts,
    Topics.budgets,
  ]
  /// Of these so many of each partition are read again at the start, so that contacts under way have their lists, and
  /// propositions their results.
  static let recent: [Topic: Int64] = [
    Topics.nbaLists: 200, Topics.nbaDecisions: 200, Topics.nbaEvidence: Int64(ResultsBook.presentationsMax),
  ]
  static let flows: [Topic] = [
    Topics.channelInteractions, Topics.sourceRecords, Topics.profileTimeline, Topics.consentState,
    Topics.groupAggregates, Topics.nbaModels, Topics.leadCommands, Topics.leadEvents, Topics.contactTasks,
    Topics.budgetRequests, Topics.budgetAnswers, Topics.draftCommands, ConsumerGroup.linker.deadLetter,
    ConsumerGroup.drafts.deadLetter,
  ]
  static let topics = states + recent.keys + flows

  private struct State {
    var isStopping = false
    /// What is still to be read before the screens are complete.
    var behind: [TopicPartition: Int64]?
    var problem: String?
  }

  /// How far it has read. What was there before `liveFrom` fills the books and is not news.
  private struct Progress {
    var next: [TopicPartition: Int64] = [:]
    var liveFrom: [TopicPartition: Int64] = [:]
  }

  let name = "workbench.reader"
  private let log: any MessageLog
  private let partitions: Int
  private let books: Books
  private let hub: Hub
  private let telemetry: any Telemetry
  private let clock: @Sendable () -> Int64
  private let state = Mutex(State())

  init(
    log: any MessageLog, partitions: Int, books: Books, hub: Hub, telemetry: any Telemetry,
    clock: @escaping @Sendable () -> Int64
  ) {
    self.log = log
    self.partitions = partitions
    self.books = books
    self.hub = hub
    self.telemetry = telemetry
    self.clock = clock
  }

  func stop() { state.withLock { $0.isStopping = true } }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  var readiness: (ready: Bool, detail: String) {
    state.withLock { state in
      if let problem = state.problem { return (false, problem) }
      guard let behind = state.behind else { return (false, "not assigned yet") }
      return behind.isEmpty ? (true, "reading") : (false, "reading what was there: \(behind.count) partitions to go")
    }
  }

  /// Screens are worth less than the broker's peace: whatever fails is tried again after a while, where it stopped.
  func run() throws {
    var progress = Progress()
    while !isStopping {
      do {
        try read(&progress)
      } catch {
        state.withLock { $0.problem = error.description }
        telemetry.log(.warning, "reading for the screens is interrupted: \(error)", [])
        pause(ms: 500)
      }
    }
  }

  /// Until stopped, or until the log fails.
  private func read(_ progress: inout Progress) throws(LogError) {
    let consumer = try log.makeConsumer(name: name, group: nil)
    defer { consumer.close() }
    if progress.next.isEmpty { progress = try start(consumer) } else { try goOn(&progress, consumer) }
    try consumer.assign(progress.next)
    var heard = ContinuousClock.now
    while !isStopping {
      let records = try consumer.poll(maxRecords: 1_000, timeoutMs: 100)
      if !records.isEmpty {
        heard = .now
      } else if ContinuousClock.now - heard > .seconds(5) {
        // Of a broker that hangs a reader hears as much as of one with nothing new.
        _ = try log.partitionCount(of: Topics.marketingCatalog.name)
        heard = .now
      }
      state.withLock { $0.problem = nil }
      if !records.isEmpty { take(records, &progress) }
    }
  }

  private func start(_ consumer: any LogConsumer) throws(LogError) -> Progress {
    var progress = Progress()
    var behind: [TopicPartition: Int64] = [:]
    for topic in Self.topics {
      for number in 0..<topic.partitionCount(domainPartitions: partitions) {
        let partition = TopicPartition(topic.name, Int32(number))
        let bounds = try consumer.bounds(of: partition)
        progress.liveFrom[partition] = bounds.end
        if Self.states.contains(topic) {
          progress.next[partition] = bounds.begin
        } else if let count = Self.recent[topic] {
          progress.next[partition] = max(bounds.begin, bounds.end - count)
        } else {
          progress.next[partition] = bounds.end
        }
        if progress.next[partition]! < bounds.end { behind[partition] = bounds.end }
      }
    }
    state.withLock { $0.behind = behind }
    return progress
  }

  /// What the log has dropped meanwhile, or lost, is not waited for; and a topic that was made anew is read from its
  /// beginning.
  private func goOn(_ progress: inout Progress, _ consumer: any LogConsumer) throws(LogError) {
    for (partition, next) in progress.next {
      let bounds = try consumer.bounds(of: partition)
      guard next < bounds.begin || next > bounds.end else { continue }
      telemetry.log(.warning, "\(partition) no longer has offset \(next): read from \(bounds.begin)", [])
      progress.next[partition] = bounds.begin
    }
  }

  private func take(_ records: [Record], _ progress: inout Progress) {
    let liveFrom = progress.liveFrom
    let refused = books.apply(records, nowMs: clock()) {
      $0.offset >= liveFrom[TopicPartition($0.topic, $0.partition)] ?? 0
    }
    for (record, error) in refused {
      telemetry.count("trias_workbench_refused_total", 1, labels: [("topic", record.topic)])
      telemetry.log(.warning, "\(record.topic)/\(record.partition)/\(record.offset) can't be shown: \(error)", [])
    }
    for record in records { progress.next[TopicPartition(record.topic, record.partition)] = record.offset + 1 }
    state.withLock { state in
      guard state.behind?.isEmpty == false else { return }
      for record in records {
        let partition = TopicPartition(record.topic, record.partition)
        if let end = state.behind?[partition], record.offset >= end - 1 { state.behind?[partition] = nil }
      }
    }
    hub.signal()
  }

  /// In small parts, so that a shutdown is not kept waiting.
  private func pause(ms: Int) {
    let end = ContinuousClock.now + .milliseconds(ms)
    while !isStopping, ContinuousClock.now < end { sleepMs(20) }
  }
}
