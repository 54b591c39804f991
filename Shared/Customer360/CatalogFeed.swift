// The catalogue in force, for who tells of customers: read whole from its topic, by every instance for itself.

import Contracts
import Foundation
import MessageLog
import Streams
import Synchronization

package final class CatalogFeed: ThreadService {
  private struct State {
    var isStopping = false
    var current: CheckedCatalog?
    var succession = CatalogSuccession()
    var isCaughtUp = false
    var problem: String?
  }

  package let name: String
  private let log: any MessageLog
  private let telemetry: any Telemetry
  private let state = Mutex(State())
  private static let partition = TopicPartition(Topics.marketingCatalog.name, 0)
  private static let pauseMs = 500

  package init(name: String, log: any MessageLog, telemetry: any Telemetry) {
    self.name = name
    self.log = log
    self.telemetry = telemetry
  }

  /// nil: none has been applied yet.
  package var current: CheckedCatalog? { state.withLock { $0.current } }

  package func stop() { state.withLock { $0.isStopping = true } }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  package var readiness: (ready: Bool, detail: String) {
    state.withLock { state in
      guard state.isCaughtUp else { return (false, state.problem ?? "reads the catalogue") }
      return (true, state.current.map { "catalogue \($0.catalog.version)" } ?? "no catalogue yet")
    }
  }

  /// What was read once holds while the log is away.
  package func run() throws {
    var next: Int64?
    while !isStopping {
      do throws(LogError) {
        try read(&next)
      } catch {
        state.withLock { $0.problem = error.description }
        telemetry.log(.warning, "reading the catalogue is interrupted: \(error)", [])
        let end = Uptime.nowMs + Int64(Self.pauseMs)
        while !isStopping, Uptime.nowMs < end { Thread.sleep(forTimeInterval: 0.02) }
      }
    }
  }

  /// Until stopped, or until the log fails.
  private func read(_ next: inout Int64?) throws(LogError) {
    let consumer = try log.makeConsumer(name: name, group: nil)
    defer { consumer.close() }
    let bounds = try consumer.bounds(of: Self.partition)
    // From the beginning where the topic was made anew, too.
    var position = next.flatMap { (bounds.begin...bounds.end).contains($0) ? $0 : nil } ?? bounds.begin
    next = position
    try consumer.assign([Self.partition: position])
    while !isStopping {
      if position >= bounds.end { state.withLock { $0.isCaughtUp = true } }
      for record in try consumer.poll(maxRecords: 100, timeoutMs: 100) {
        take(record)
        position = record.offset + 1
        next = position
      }
    }
  }

  /// One that can't be read or doesn't hold leaves the one before in force.
  private func take(_ record: Record) {
    guard let value = record.value else { return }
    do throws(Refusal) {
      var succession = state.withLock { $0.succession }
      guard let checked = try succession.read(value) else { return }
      state.withLock { ($0.current, $0.succession) = (checked, succession) }
    } catch {
      telemetry.log(.warning, "the catalogue at offset \(record.offset) is refused: \(error)", [])
    }
  }
}
