// Writes what staff do. Each event is acknowledged by the broker before anybody is told that it is done.

import Contracts
import Foundation
import Host
import MessageLog
import Synchronization

final class Publisher: Sendable {
  private let log: any MessageLog
  private let partitions: Int
  private let source: String
  private let clock: @Sendable () -> Int64
  private let producer = Mutex<(any LogProducer)?>(nil)

  init(log: any MessageLog, partitions: Int, source: String, clock: @escaping @Sendable () -> Int64) {
    self.log = log
    self.partitions = partitions
    self.source = source
    self.clock = clock
  }

  /// Returns the event's id once the log has it.
  func publish(
    _ topic: Topic, key: String, type: String, data: [UInt8], correlation: String? = nil, causation: String? = nil
  ) async throws -> String {
    var envelope = Envelope(id: UUID().uuidString.lowercased(), source: source, type: type, timeMs: clock())
    envelope.correlationId = correlation
    envelope.causationId = causation
    let count = topic.partitionCount(domainPartitions: partitions)
    let record = OutgoingRecord(
      topic: topic.name, partition: Partitioner.partition(of: key, count: count), key: Array(key.utf8), value: data,
      headers: envelope.headers, timestampMs: envelope.timeMs)
    do {
      let producer = try current()
      _ = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int64, any Error>) in
        do {
          try producer.append(record) { result in continuation.resume(with: result) }
        } catch {
          continuation.resume(throwing: error)
        }
      }
    } catch let error as LogError {
      throw problem(for: error)
    }
    return envelope.id
  }

  func close() {
    let producer = producer.withLock { producer in
      defer { producer = nil }
      return producer
    }
    producer?.close(timeoutMs: 2_000)
  }

  private func current() throws(LogError) -> any LogProducer {
    try producer.withLock { (producer) throws(LogError) in
      if let producer { return producer }
      let made = try log.makeProducer(name: "workbench")
      producer = made
      return made
    }
  }

  private func problem(for error: LogError) -> Problem {
    switch error {
    case .queueFull: return .tooMany("the log takes no more at the moment", retryAfterSeconds: 1)
    case .rejected(let why): return .malformed("the log does not take it: \(why)")
    case .unavailable(let why): return .unavailable("the log is away: \(why)")
    case .fatal(let why):
      close()
      return .unavailable("the log client failed and is opened again: \(why)")
    }
  }
}
