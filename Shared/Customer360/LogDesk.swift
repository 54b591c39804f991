// Where requests read the log: blocking work on threads of its own, a few at a time, and nobody waits for it longer than
// he is told, whatever the broker does.

import Foundation
import Host
import MessageLog
import Synchronization

package final class LogDesk: Sendable {
  /// Each has a client with a connection and buffers of its own.
  package static let readersMax = 4
  /// A read that keeps its own time ends before that.
  package static let waitMs = 8_000

  private let reading = Mutex(0)

  package init() {}

  package func run<Value: Sendable>(
    waitMs: Int = LogDesk.waitMs, _ body: @escaping @Sendable () throws -> Value
  ) async throws(Problem) -> Value {
    let hasPlace = reading.withLock { count in
      guard count < Self.readersMax else { return false }
      count += 1
      return true
    }
    guard hasPlace else { throw .unavailable("as many requests as may are reading the log") }
    let answer = Answer<Value>()
    do {
      return try await withCheckedThrowingContinuation { continuation in
        answer.expect(continuation)
        let thread = Thread {
          let result = Result { try body() }
          // A broker that hangs keeps the place until it has been given up.
          self.reading.withLock { $0 -= 1 }
          answer.give(result)
        }
        thread.start()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(waitMs)) {
          answer.give(.failure(LogError.unavailable("no answer within \(waitMs) ms")))
        }
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw .unavailable("the log could not be read: \(error)")
    }
  }

  /// The first one counts.
  private final class Answer<Value: Sendable>: Sendable {
    private let waiting = Mutex<CheckedContinuation<Value, any Error>?>(nil)

    func expect(_ continuation: CheckedContinuation<Value, any Error>) { waiting.withLock { $0 = continuation } }

    func give(_ result: Result<Value, any Error>) {
      let continuation = waiting.withLock { waiting in
        defer { waiting = nil }
        return waiting
      }
      continuation?.resume(with: result)
    }
  }
}
