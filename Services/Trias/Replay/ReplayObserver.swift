import Contracts
import Foundation
import MessageLog
import Operations
import Streams
import Synchronization

/// Watches on a thread of its own how the services get on, and tells the sender when to wait.
final class ReplayObserver: Sendable {
  private struct Shared {
    var progress = ReplayProgress()
    var found = ReplayWatch.Found()
    var started: [(contact: String, atMs: Int64)] = []
    /// How many events had been sent when the lag was measured.
    var sentAtMeasure: Int64 = 0
    var measures = 0
    var lagging: ConsumerGroup?
    var lag: Int64 = .max
    var ends: Int64 = 0
    var movedAt = ContinuousClock.now
    var counters = Counters()
    var first: Counters?
    var hasReadAll = false
    /// Since everything was sent: what there was when the round began, and how many rounds are over.
    var round: [ConsumerGroup: [TopicPartition: Int64]]?
    var rounds = 0
    var isDone = false
    var failure: (any Error)?
    var hasEnded = false
  }

  private let options: ReplayOptions
  private let log: any MessageLog
  private let groups: [GroupPositions.Group]
  private let report: @Sendable (ReplayProgress) -> Void
  private let shared = Mutex(Shared())

  /// Where others send too it is never quiet. An event is through when all groups have finished with what there was, so many
  /// times over: each time with what had come of the time before, and from an event to what sales says of it, and the
  /// profile makes of that, there are seven.
  static let roundsMax = 8
  static let measureMs: Int64 = 100
  static let reportMs: Int64 = 200

  init(
    _ options: ReplayOptions, log: any MessageLog, groups: [GroupPositions.Group], rowsTotal: Int64,
    report: @escaping @Sendable (ReplayProgress) -> Void
  ) throws {
    self.options = options
    self.log = log
    self.groups = groups
    self.report = report
    shared.withLock { $0.progress.rowsTotal = rowsTotal }
    let thread = Thread { [self] in observe() }
    thread.name = "replay observer"
    thread.start()
    // Nothing is sent before the ends of all topics are known, or the first results would be missed.
    try wait { $0.measures > 0 }
  }

  func close() {
    shared.withLock { $0.isDone = true }
    while !shared.withLock({ $0.hasEnded }) { Thread.sleep(forTimeInterval: 0.005) }
  }

  // MARK: For the sender

  func contactStarted(_ contact: String, atMs: Int64) { shared.withLock { $0.started.append((contact, atMs)) } }

  func progress(rows: Int64, sent: Int64) {
    shared.withLock {
      $0.progress.rows = rows
      $0.progress.sent = sent
    }
  }

  /// Waits while the services are too far behind. What was sent since the last look counts as not yet taken.
  func waitForRoom(sent: Int64, _ isStopping: () -> Bool) throws {
    try wait { isStopping() || $0.lag + (sent - $0.sentAtMeasure) < self.options.aheadMax }
  }

  /// Waits until every group has finished with everything, which it must have at two looks in a row, or with all that can
  /// have come of what was sent; or until nobody waits for that any more.
  func waitForTheServices(sent: Int64, _ isAbandoned: () -> Bool) throws {
    shared.withLock {
      $0.progress.sent = sent
      $0.progress.isDraining = true
    }
    var ends: Int64 = -1
    var measures = shared.withLock { $0.measures }
    while true {
      // The look has to have begun after the last one ended, so two more have to be over.
      try wait {
        isAbandoned() || $0.rounds >= Self.roundsMax || ($0.measures > measures + 1 && $0.lag == 0)
      }
      if isAbandoned() || shared.withLock({ $0.rounds >= Self.roundsMax }) { return }
      let (now, seen, hasReadAll) = shared.withLock { ($0.measures, $0.ends, $0.hasReadAll) }
      if seen == ends, hasReadAll { return }
      (measures, ends) = (now, seen)
    }
  }

  func fill(_ result: inout ReplayResult, sent: Int64) {
    let (found, counters, first) = shared.withLock { ($0.found, $0.counters, $0.first ?? Counters()) }
    result.sent = sent
    result.applied = found.applied
    result.duplicates = counters.duplicates - first.duplicates
    result.deadLettered = found.deadLettered[.facets] ?? 0
    result.refusedLater = found.deadLettered.filter { $0.key != .facets }
    result.deadLetterReason = found.deadLetterReason
    result.lists = found.lists
    result.leads = found.leads
    result.listMs = found.listMs
  }

  private func wait(until condition: (Shared) -> Bool) throws {
    while true {
      let (isMet, failure, stalled) = shared.withLock { shared in
        let still = ContinuousClock.now - shared.movedAt
        let stalled = still.milliseconds > options.patienceMs ? shared.lagging : nil
        return (condition(shared), shared.failure, stalled)
      }
      if let failure { throw failure }
      if isMet { return }
      if let stalled {
        throw ReplayError(
          "\(stalled.rawValue) has taken nothing for \(options.patienceMs / 1_000) s: is \(stalled.executable.rawValue) "
            + "running? `trias doctor` says more")
      }
      Thread.sleep(forTimeInterval: 0.002)
    }
  }

  // MARK: On the observer's thread

  private func observe() {
    defer { shared.withLock { $0.hasEnded = true } }
    do {
      let positions = GroupPositions(log: log, groups: groups)
      let watch = try ReplayWatch(options.dataset, log: log, positions: positions)
      defer { watch.close() }
      var measured = ContinuousClock.now - .seconds(1)
      var reported = (at: ContinuousClock.now, sent: Int64(0), rate: 0.0)
      while !shared.withLock({ $0.isDone }) {
        let started = shared.withLock { shared in
          defer { shared.started = [] }
          return shared.started
        }
        for contact in started { watch.contactStarted(contact.contact, atMs: contact.atMs) }
        let isBusy = try watch.poll(timeoutMs: 10)
        if ContinuousClock.now - measured >= .milliseconds(Self.measureMs) {
          try measure(positions, watch, isBusy: isBusy)
          measured = .now
        }
        let found = watch.found
        shared.withLock { $0.found = found }
        let since = (ContinuousClock.now - reported.at).milliseconds
        if since >= Self.reportMs { say(&reported, since) }
      }
    } catch {
      shared.withLock { $0.failure = error }
    }
  }

  private func measure(_ positions: GroupPositions, _ watch: ReplayWatch, isBusy: Bool) throws {
    let (sent, isDraining) = shared.withLock { ($0.progress.sent, $0.progress.isDraining) }
    let standings = try positions.measure()
    let worst = standings.max { $0.value.lag < $1.value.lag }
    let lag = worst?.value.lag ?? 0
    let ends = standings.values.reduce(0) { $0 + $1.ends }
    let hasReadAll = try lag == 0 && !isBusy && watch.hasReadAll()
    let found = watch.found
    shared.withLock { shared in
      if shared.lag != lag || shared.ends != ends || lag == 0 { shared.movedAt = .now }
      shared.found = found
      shared.lag = lag
      shared.ends = ends
      shared.lagging = worst?.key
      shared.sentAtMeasure = sent
      shared.hasReadAll = hasReadAll
      if isDraining {
        let isOver = shared.round?.allSatisfy { group, ends in
          ends.allSatisfy { standings[group]?.taken[$0.key] ?? 0 >= $0.value }
        }
        if isOver == true { shared.rounds += 1 }
        if isOver ?? true { shared.round = standings.mapValues(\.end) }
      }
      shared.counters = standings[.facets]?.counters ?? Counters()
      if shared.first == nil { shared.first = shared.counters }
      shared.measures += 1
    }
  }

  private func say(_ last: inout (at: ContinuousClock.Instant, sent: Int64, rate: Double), _ sinceMs: Int64) {
    let (progress, found, lag) = shared.withLock { ($0.progress, $0.found, $0.lag) }
    let rate = Double(progress.sent - last.sent) * 1_000 / Double(sinceMs)
    // Over a few looks, so that the number can be read.
    last = (.now, progress.sent, last.rate == 0 ? rate : last.rate * 0.8 + rate * 0.2)
    var said = progress
    said.eventsPerSecond = last.rate
    said.lag = lag == .max ? 0 : lag
    said.lists = found.lists
    said.leads = found.leads
    report(said)
  }
}
