// Wakes the open screens. A signal says only that something is new; each screen then takes what it lacks from the
// books, so that a slow one gets less often what a fast one gets often, and nothing queues up for anybody.

import Foundation
import ServiceLifecycle
import Synchronization

final class Hub: Sendable {
  static let screensMax = 200

  private struct State {
    var screens: [Int: AsyncStream<Void>.Continuation] = [:]
    var nextId = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  /// nil where too many look already, or the process is about to end.
  func open() -> AsyncStream<Void>? {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id: Int? = state.withLock { state in
      guard !state.isClosed, state.screens.count < Self.screensMax else { return nil }
      defer { state.nextId += 1 }
      state.screens[state.nextId] = continuation
      return state.nextId
    }
    guard let id else { return nil }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.screens[id] = nil } }
    continuation.yield()
    return stream
  }

  func signal() {
    // Yielded outside the lock: a termination handler takes it.
    for screen in state.withLock({ Array($0.screens.values) }) { screen.yield() }
  }

  /// Ends all screens: they hold the server's shutdown up.
  func close() {
    let screens = state.withLock { state in
      state.isClosed = true
      defer { state.screens = [:] }
      return Array(state.screens.values)
    }
    for screen in screens { screen.finish() }
  }

  var count: Int { state.withLock { $0.screens.count } }
}

/// Signals now and then: for what was held back to spare the screens, and to find out which of them have gone.
struct Pulse: Service {
  static let intervalMs = 200

  let hub: Hub

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: .milliseconds(Self.intervalMs))
        hub.signal()
      }
    }
  }
}

func sleepMs(_ ms: Int) { Thread.sleep(forTimeInterval: Double(ms) / 1_000) }
