import Contracts
import Foundation
import MessageLog
import Synchronization

/// Writes a replay's events, in order and without waiting for each.
final class ReplaySender {
  private(set) var sent: Int64 = 0
  private let options: ReplayOptions
  private let producer: any LogProducer
  private let partitions: [String: Int]
  private let began = ContinuousClock.now
  private var firstMs: Int64?
  private let acks = Acks()

  static let ackTimeoutMs: Int64 = 30_000

  init(_ options: ReplayOptions, log: any MessageLog) throws {
    self.options = options
    var partitions: [String: Int] = [:]
    for topic in [Topics.channelInteractions, Topics.sourceRecords] {
      guard let count = try log.partitionCount(of: topic.name) else {
        throw ReplayError("there is no topic \(topic.name): `trias topics apply` creates it")
      }
      partitions[topic.name] = count
    }
    self.partitions = partitions
    producer = try log.makeProducer(name: "replay")
  }

  func close() { producer.close(timeoutMs: 5_000) }

  /// In their own time, events wait for it.
  func waitUntilItsTime(_ event: ReplayEvent, _ isStopping: () -> Bool) {
    let firstMs = self.firstMs ?? event.recordedMs
    self.firstMs = firstMs
    guard let speed = options.speed, speed > 0 else { return }
    let due = began + .milliseconds(Double(event.recordedMs - firstMs) / speed)
    while ContinuousClock.now < due, !isStopping() {
      Thread.sleep(forTimeInterval: min(0.1, Double((due - ContinuousClock.now).milliseconds) / 1_000 + 0.001))
    }
  }

  /// Returns when it was sent.
  func send(_ event: ReplayEvent) throws -> Int64 {
    let nowMs = wallClockMs()
    let timeMs = options.times == .sent ? nowMs : event.recordedMs
    let record = event.record(
      source: options.dataset.source, timeMs: timeMs, partitions: partitions[event.topic.name] ?? 1)
    try check()
    while !(try append(record)) {
      Thread.sleep(forTimeInterval: 0.005)
      try check()
    }
    sent += 1
    return nowMs
  }

  /// False where the client's buffer is full.
  private func append(_ record: OutgoingRecord) throws -> Bool {
    do {
      try producer.append(record) { [acks] in acks.take($0) }
      return true
    } catch {
      guard error == .queueFull else { throw error }
      return false
    }
  }

  /// Waits until all are written.
  func flush() throws {
    let deadline = ContinuousClock.now + .milliseconds(Self.ackTimeoutMs)
    while acks.count < sent {
      try check()
      guard ContinuousClock.now < deadline else { throw ReplayError("the broker doesn't confirm what was sent") }
      Thread.sleep(forTimeInterval: 0.002)
    }
  }

  private func check() throws {
    if let failure = acks.failure {
      throw ReplayError("\(failure); replay the file again, and what was taken already is recognised")
    }
  }
}

/// What the producer's threads say of the events sent.
private final class Acks: Sendable {
  private let state = Mutex((count: Int64(0), failure: LogError?.none))

  var count: Int64 { state.withLock { $0.count } }
  var failure: LogError? { state.withLock { $0.failure } }

  func take(_ result: Result<Int64, LogError>) {
    state.withLock {
      switch result {
      case .success: $0.count += 1
      case .failure(let error): $0.failure = $0.failure ?? error
      }
    }
  }
}
