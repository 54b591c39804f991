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
    var shelf = CatalogShelf()
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
      if position >= bounds.end, !state.withLock({ $0.isCaughtUp }) {
        guard settle() else {
          next = nil
          return
        }
      }
      for record in try consumer.poll(maxRecords: 100, timeoutMs: 100) {
        take(record, wasThere: record.offset < bounds.end)
        position = record.offset + 1
        next = position
      }
    }
  }

  /// All that was there is put aside. False: it has to be read once more.
  private func settle() -> Bool {
    // Read outside of the lock, since who tells of customers asks for what there is meanwhile.
    var shelf = state.withLock { $0.shelf }
    var found: CheckedCatalog?
    let settled = shelf.settle { found = $0 }
    for (offset, refusal) in settled.refused { refuse(offset, refusal) }
    state.withLock { [shelf, found] state in
      state.shelf = shelf
      if let found { state.current = found }
      state.isCaughtUp = !settled.isToBeReadAgain
    }
    return !settled.isToBeReadAgain
  }

  /// One that can't be read or doesn't hold leaves the one before in force.
  private func take(_ record: Record, wasThere: Bool) {
    guard let value = record.value else { return }
    var shelf = state.withLock { $0.shelf }
    var found: CheckedCatalog?
    do throws(Refusal) {
      if wasThere, !state.withLock({ $0.isCaughtUp }) {
        try shelf.put(value, offset: record.offset, writtenMs: record.timestampMs)
      } else {
        try shelf.read(value, writtenMs: record.timestampMs) { found = $0 }
      }
    } catch {
      refuse(record.offset, error)
    }
    state.withLock { [shelf, found] state in
      state.shelf = shelf
      if let found { state.current = found }
    }
  }

  private func refuse(_ offset: Int64, _ refusal: Refusal) {
    telemetry.log(.warning, "the catalogue at offset \(offset) is refused: \(refusal)", [])
  }
}
