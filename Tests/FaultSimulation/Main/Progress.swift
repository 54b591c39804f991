import Synchronization

/// Which seeds are under way, shared by the workers.
final class Progress: Sendable {
  static let shared = Progress()

  private struct State {
    var taken = 0
    var isStopped = false
    var underWay: Set<UInt64> = []
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

  func finish(_ seed: UInt64) { state.withLock { _ = $0.underWay.remove(seed) } }

  func stop() { state.withLock { $0.isStopped = true } }
}
