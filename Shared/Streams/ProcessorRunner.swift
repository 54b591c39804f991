import Contracts
import MessageLog
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Gives a processor its thread's loop: opens it and turns it. While the log is away it turns on, for as long as that
/// lasts, since there is nothing else to do; it shows in the readiness meanwhile. After another fault it closes it and
/// opens it again, waiting a little longer each time.
package final class ProcessorRunner: ThreadService, @unchecked Sendable {
  // Unchecked: the engine is only touched by the thread inside `run`, everything else is atomic or behind the mutex.
  private let engine: ProcessorEngine
  private let telemetry: any Telemetry
  private let stopping = Atomic<Bool>(false)
  /// Its positions are not taken, and that was said.
  private var isRefused = false
  private let standing = Mutex<(ready: Bool, detail: String)>((false, "starting"))

  package let name: String

  package init(
    _ processor: AnyProcessor, log: any MessageLog, settings: RuntimeSettings, telemetry: any Telemetry
  ) {
    engine = ProcessorEngine(processor, log: log, settings: settings, telemetry: telemetry)
    self.telemetry = telemetry
    name = processor.group.rawValue
    engine.isStopping = { [weak self] in self?.isStopping ?? true }
    engine.isBusyWith = { [weak self] what in self?.standing.withLock { $0 = (false, what) } }
  }

  package var readiness: (ready: Bool, detail: String) { standing.withLock { $0 } }

  package func stop() { stopping.store(true, ordering: .relaxed) }

  package func run() throws {
    var isOpen = false
    var failures = 0
    var isWaiting = false
    while !isStopping {
      do {
        if !isOpen { try engine.open() }
        isOpen = true
        if try engine.runOnce(timeoutMs: 100) > 0 { failures = 0 }
        isWaiting = false
        report()
        rest(ms: min(engine.restMs, 100))
      } catch _ where isStopping {
        // What it was at, a long restore perhaps, is for its successor to do.
        engine.close(graceful: false)
        isOpen = false
      } catch LogError.unavailable(let why) where isOpen {
        // It keeps its place in the group and tries again: whether the group has given it up is the group's to say.
        standing.withLock { $0 = (false, "waits for the log: \(why)") }
        if !isWaiting { telemetry.log(.warning, "\(name) waits for the log: \(why)", [("group", name)]) }
        isWaiting = true
        rest(ms: Self.waitMs)
      } catch {
        engine.close(graceful: false)
        isOpen = false
        failures += 1
        if case LogError.unavailable = error {
          say("lost the log and tries again", error)
          pause(afterFailures: failures, restMsMax: Self.waitMs)
        } else {
          // Settings and versions that don't fit may be mended from outside (a topic created); the wait costs nothing.
          say(error is StreamsError ? "stands still" : "lost the log and tries again", error)
          pause(afterFailures: failures, restMsMax: 10_000)
        }
      }
    }
    // Of a log that is away there is nothing to be had any more.
    if isOpen { engine.close(graceful: !isWaiting) }
    standing.withLock { $0 = (false, "stopped") }
  }

  private static let waitMs = 200

  private var isStopping: Bool { stopping.load(ordering: .relaxed) }

  private func say(_ what: String, _ error: any Error) {
    standing.withLock { $0 = (false, "\(what): \(error)") }
    telemetry.count("trias_processor_restarts_total", 1, labels: [("group", name)])
    telemetry.log(.warning, "\(name) \(what): \(error)", [("group", name)])
  }

  private func report() {
    let (running, stopped) = engine.standing
    let problem = engine.commitProblem
    if let problem, !isRefused { telemetry.log(.warning, "\(name) works on, but \(problem)", [("group", name)]) }
    isRefused = problem != nil
    standing.withLock {
      if let first = stopped.min(by: { $0.key < $1.key }) {
        $0 = (false, "partition \(first.key) stands still: \(first.value)")
      } else if let problem {
        $0 = (false, problem)
      } else {
        // An instance without partitions is a healthy spare, but only once the group has settled.
        $0 = (engine.isSettled, engine.isSettled ? held(running.count) : "waits for its group")
      }
    }
  }

  private func held(_ count: Int) -> String {
    let all = engine.tablePartitions
    return count == all ? "\(count) partitions" : "\(count) of \(all) partitions"
  }

  /// Whether that is what one says of itself while other instances have some of its group's partitions.
  package static func isShare(_ detail: String) -> Bool {
    detail.wholeMatch(of: /[0-9]+ of [0-9]+ partitions/) != nil
  }

  /// 100 ms, doubled with every failure.
  private func pause(afterFailures failures: Int, restMsMax: Int) {
    rest(ms: min(100 << min(failures - 1, 7), restMsMax))
  }

  /// In short naps, so that `stop` is heard.
  private func rest(ms: Int) {
    var rest = ms
    while rest > 0, !isStopping {
      usleep(50_000)
      rest -= 50
    }
  }
}
