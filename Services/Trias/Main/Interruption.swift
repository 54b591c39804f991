import Dispatch
import Foundation

/// Signals as events. The process's own disposition is to ignore them, so that no thread is killed by one.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  /// Calls the handler on each of the signals, for as long as this is kept.
  init(_ signals: [Int32], _ handler: @escaping @Sendable () -> Void) {
    sources = signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler(handler: handler)
      source.resume()
      return source
    }
  }

  func cancel() { for source in sources { source.cancel() } }
}

/// SIGTERM or SIGINT, to be waited for; heard from when this is made.
struct Ending {
  private let semaphore: DispatchSemaphore
  private let interruption: Interruption

  init() {
    let semaphore = DispatchSemaphore(value: 0)
    self.semaphore = semaphore
    interruption = Interruption([SIGTERM, SIGINT]) { semaphore.signal() }
  }

  func wait() {
    semaphore.wait()
    interruption.cancel()
  }
}
