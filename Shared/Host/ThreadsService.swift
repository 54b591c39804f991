// Runs thread services, each on a thread of its own, as one service of the process's group: first it waits for the
// topics, and the first thread that fails takes all of them down, because a process that does half of its work looks
// well from outside.

import Contracts
import Foundation
import Logging
import MessageLog
import ServiceLifecycle
import Streams
import Synchronization

/// A thread service that returned though nobody had asked it to.
package struct UnexpectedEnd: Error, CustomStringConvertible {
  package let name: String
  package var description: String { "\(name) ended by itself" }
}

/// A topic that exists with another number of partitions than the deployment's setting says.
package struct WrongPartitions: Error, CustomStringConvertible {
  package let topic: String
  package let found: Int
  package let expected: Int
  package var description: String {
    "topic \(topic) has \(found) partitions, but the setting partitions asks for \(expected)"
  }
}

final class ThreadsService: Service, CustomStringConvertible {
  private struct State {
    var waitsFor: String? = "not started"
    var isStopping = false
    var running: Set<String> = []
  }

  private let threads: [any ThreadService]
  private let topics: [TopicPlan]
  private let log: any MessageLog
  private let logger: Logger
  /// Throws where those who join a group have no place at that log.
  private let joins: @Sendable () throws -> Void
  private let state = Mutex(State())

  let description = "threads"

  init(
    _ threads: [any ThreadService], topics: [TopicPlan], log: any MessageLog, logger: Logger, health: Health,
    joins: @escaping @Sendable () throws -> Void
  ) {
    self.threads = threads
    self.topics = topics
    self.log = log
    self.logger = logger
    self.joins = joins
    health.add("topics") { [weak self] in
      let missing = self?.state.withLock { $0.waitsFor }
      return CheckState(ok: missing == nil, detail: missing ?? "all there")
    }
    for thread in threads {
      let name = thread.name
      health.add(name) {
        let readiness = thread.readiness
        return CheckState(ok: readiness.ready, detail: readiness.detail)
      }
      health.add(name, .live) { [weak self] in
        let fine = self?.state.withLock { $0.waitsFor != nil || $0.isStopping || $0.running.contains(name) } ?? true
        return CheckState(ok: fine, detail: fine ? "running" : "its thread has ended")
      }
    }
  }

  func run() async throws {
    try await withTaskCancellationOrGracefulShutdownHandler {
      guard try await topicsAreThere() else { return }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for thread in threads {
          group.addTask { try await self.run(thread) }
        }
        if threads.isEmpty { group.addTask { try? await gracefulShutdown() } }
        try await group.waitForAll()
      }
    } onCancelOrGracefulShutdown: {
      self.state.withLock { $0.isStopping = true }
    }
  }

  private func run(_ thread: any ThreadService) async throws {
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let body = Thread { [self] in
          state.withLock { _ = $0.running.insert(thread.name) }
          let result = Result { try thread.run() }
          state.withLock { _ = $0.running.remove(thread.name) }
          continuation.resume(with: result)
        }
        body.name = thread.name
        body.stackSize = 8 << 20
        body.start()
      }
    } onCancelOrGracefulShutdown: {
      thread.stop()
    }
    guard state.withLock({ $0.isStopping }) || Task.isCancelled else { throw UnexpectedEnd(name: thread.name) }
    logger.info("stopped", metadata: ["thread": "\(thread.name)"])
  }

  /// False where it was stopped before all were there. In any order of starting: whoever comes first waits.
  private func topicsAreThere() async throws -> Bool {
    var said = ""
    while !state.withLock({ $0.isStopping }) {
      let missing = try await onThread { [self] in try firstMissing() }
      state.withLock { $0.waitsFor = missing }
      guard let missing else { return true }
      if missing != said { logger.notice("waiting", metadata: ["for": "\(missing)"]) }
      said = missing
      try? await Task.sleep(for: .milliseconds(200))
    }
    return false
  }

  private func firstMissing() throws -> String? {
    for topic in topics {
      do {
        guard let count = try log.partitionCount(of: topic.name) else { return "topic \(topic.name)" }
        guard count == topic.partitions else {
          try joins()
          throw WrongPartitions(topic: topic.name, found: count, expected: topic.partitions)
        }
      } catch let error as LogError {
        guard case .unavailable(let why) = error else { throw error }
        return "the broker: \(why)"
      }
    }
    do { try joins() } catch LogError.unavailable(let why) { return "the broker: \(why)" }
    return nil
  }
}

/// Runs blocking work outside the cooperative pool, which has two threads here and would starve.
package func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    let thread = Thread { continuation.resume(with: Result { try body() }) }
    thread.start()
  }
}
