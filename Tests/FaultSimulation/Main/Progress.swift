import FaultSimulation
import Synchronization

/// Which seeds are under way, shared by the workers.
final class Progress: Sendable {
  static let shared = Progress()

  private struct State {
    var taken = 0
    var isStopped = false
    var underWay: Set<UInt64> = []
    var happened = Happenings()
  }

  private let state = Mutex(State())

  var underWay: [UInt64] { state.withLockIfAvailable { $0.underWay.sorted() } ?? [] }

  func take(from seed: UInt64, count: Int) -> UInt64? {
    state.withLock { state in
      guard !state.isStopped, state.taken < count else { return nil }
      let next = seed + UInt64(state.taken)
      state.taken += 1
      state.underWay.insert(next)
      return next
    }
  }

  /// Of all that have ended.
  var happened: Happenings { state.withLock { $0.happened } }

  func finish(_ seed: UInt64, _ happened: Happenings) {
    state.withLock { state in
      state.underWay.remove(seed)
      state.happened.add(happened)
    }
  }

  func stop() { state.withLock { $0.isStopped = true } }
}
