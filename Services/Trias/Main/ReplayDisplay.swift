import Foundation
import Replay
import Synchronization

/// Shows how far a replay is: a bar that moves on a terminal, else a line a second.
final class ReplayDisplay: Sendable {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex((last: ContinuousClock.now - .seconds(1), hasBar: false))

  func show(_ progress: ReplayProgress) {
    let isDue = state.withLock { state in
      guard isTerminal || ContinuousClock.now - state.last >= .seconds(1) else { return false }
      state.last = .now
      state.hasBar = isTerminal
      return true
    }
    guard isDue else { return }
    write(isTerminal ? "\r\(progress.bar(width: 30))\u{1b}[K" : "\(progress.line)\n")
  }

  /// Leaves the bar where it is and goes on below it.
  func end() {
    let hadBar = state.withLock { state in
      defer { state.hasBar = false }
      return state.hasBar
    }
    if hadBar { write("\n") }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
