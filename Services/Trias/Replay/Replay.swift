import Contracts
import Foundation
import MessageLog
import Operations
import Streams
import Synchronization

/// What is replayed, and how.
package struct ReplayOptions: Sendable {
  package var dataset: Dataset
  package var path: String
  /// How many times as fast as it happened; nil: as fast as the services take it.
  package var speed: Double?
  package var times: ReplayTimes
  /// At most that many rows.
  package var limit: Int64?
  /// Instead of the dataset's own.
  package var channel: String?
  /// At most that many events are sent beyond what the services have finished with.
  package var aheadMax: Int64 = 2_000
  /// The same where people click in the suite meanwhile: whatever they do waits behind that many events.
  package static let aheadBesideVisitors: Int64 = 100
  /// How many rows later that happens which a customer does only after a while. Large enough at full speed that the
  /// services have finished with the beginning of a contact by then, as they have in life.
  var heldRows: Int64 { speed == nil ? aheadMax / 4 + 100 : 10 }
  /// So long may nothing move before it is given up.
  package var patienceMs: Int64 = 60_000

  package init(dataset: Dataset, path: String) {
    self.dataset = dataset
    self.path = path
    times = dataset.defaultTimes
  }
}

/// Drives the suite from a file. `run` blocks its thread until the services have finished with the last event.
package final class Replay: Sendable {
  let options: ReplayOptions
  let log: any MessageLog
  private let ids: ReplayIds
  private let groups: [GroupPositions.Group]
  private let report: @Sendable (ReplayProgress) -> Void
  private let ending = Mutex(Ending.none)

  private enum Ending { case none, finishing, abandoned }

  /// `groups` are those that have to keep up.
  package init(
    _ options: ReplayOptions, log: any MessageLog, secret: String, groups: [GroupPositions.Group],
    report: @escaping @Sendable (ReplayProgress) -> Void = { _ in }
  ) {
    self.options = options
    self.log = log
    ids = ReplayIds(mint: IdMint(secret: secret))
    self.groups = groups
    self.report = report
  }

  /// Ends it after the event under way, and when the services have finished with what was sent. From any thread.
  package func stop() { ending.withLock { if $0 == .none { $0 = .finishing } } }

  /// The same without waiting for the services, which are ending too. There is no result.
  package func abandon() { ending.withLock { $0 = .abandoned } }

  package var isStopping: Bool { ending.withLock { $0 != .none } }
  private var isAbandoned: Bool { ending.withLock { $0 == .abandoned } }

  /// nil: it was abandoned.
  package func run() throws -> ReplayResult? {
    let total = try countRows()
    let observer = try ReplayObserver(options, log: log, groups: groups, rowsTotal: total, report: report)
    defer { observer.close() }
    let sender = try ReplaySender(options, log: log)
    defer { sender.close() }
    var mapper = options.dataset.mapper(ids: ids, channel: options.channel)
    let table = try open()
    var result = ReplayResult(dataset: options.dataset.rawValue)
    let began = ContinuousClock.now
    func send(_ event: ReplayEvent) throws {
      try observer.waitForRoom(sent: sender.sent) { self.isStopping }
      sender.waitUntilItsTime(event) { self.isStopping }
      let timeMs = try sender.send(event)
      observer.progress(rows: result.rows, sent: sender.sent)
      guard event.type == .contactStarted, let contact = event.data.contact else { return }
      observer.contactStarted(contact, atMs: timeMs)
    }
    var held = HeldEvents()
    while !isStopping, options.limit.map({ result.rows < $0 }) ?? true, let row = try table.next() {
      result.rows += 1
      do {
        for event in try mapper.events(row, number: result.rows) {
          if event.isLater { held.hold(event, row: result.rows) } else { try send(event) }
        }
      } catch let error as RowError {
        result.badRows += 1
        if result.firstBadRow == nil { result.firstBadRow = "row \(result.rows): \(error)" }
      }
      while let event = held.next(upTo: result.rows - options.heldRows) { try send(event) }
    }
    while !isAbandoned, let event = held.next(upTo: result.rows) { try send(event) }
    try sender.flush()
    try observer.waitForTheServices(sent: sender.sent) { self.isAbandoned }
    if isAbandoned { return nil }
    observer.fill(&result, sent: sender.sent)
    result.elapsedMs = (ContinuousClock.now - began).milliseconds
    result.isStopped = isStopping
    result.aheadMax = options.speed == nil ? options.aheadMax : nil
    return result
  }

  private func open() throws -> TableReader {
    let table = try TableReader(path: options.path, separator: options.dataset.separator)
    let missing = options.dataset.columns.filter { table.columns[$0] == nil }
    guard missing.isEmpty else {
      throw ReplayError(
        "\(options.path) is not \(options.dataset.rawValue): it has no column \(missing.joined(separator: ", "))")
    }
    return table
  }

  /// Reading a file twice costs little beside replaying it, and tells how far it is.
  private func countRows() throws -> Int64 {
    let table = try open()
    var rows: Int64 = 0
    while rows < options.limit ?? .max, try table.next() != nil { rows += 1 }
    return rows
  }
}

/// Events that wait for later rows, in their order.
private struct HeldEvents {
  private var events: [(row: Int64, event: ReplayEvent)] = []
  private var at = 0

  mutating func hold(_ event: ReplayEvent, row: Int64) { events.append((row, event)) }

  /// The first of those of that row and the ones before it.
  mutating func next(upTo row: Int64) -> ReplayEvent? {
    guard at < events.count, events[at].row <= row else { return nil }
    at += 1
    let event = events[at - 1].event
    if at >= 1_024 {
      events.removeFirst(at)
      at = 0
    }
    return event
  }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}

/// Milliseconds since 1970.
func wallClockMs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
