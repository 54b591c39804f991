import Contracts
import MessageLog
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Gives a processor its thread's loop: opens it, turns it, and after a fault closes it and opens it again, waiting a
/// little longer each time. A fault of the log is retried for as long as it lasts, since there is nothing else to do; it
/// shows in the readiness meanwhile. What no retry can mend ends the loop.
package final class ProcessorRunner: ThreadService, @unchecked Sendable {
  // Unchecked: the engine is only touched by the thread inside `run`, everything else is atomic or behind the mutex.
  private let engine: ProcessorEngine
  private let telemetry: any Telemetry
  private let stopping = Atomic<Bool>(false)
  private let standing = Mutex<(ready: Bool, detail: String)>((false, "starting"))

  package let name: String

  package init(
    _ processor: AnyProcessor, log: any MessageLog, settings: RuntimeSettings, telemetry: any Telemetry
  ) {
    engine = ProcessorEngine(processor, log: log, settings: settings, telemetry: telemetry)
    self.telemetry = telemetry
    name = processor.group.rawValue
    engine.isBusyWith = { [weak self] what in self?.standing.withLock { $0 = (false, what) } }
  }

  package var readiness: (ready: Bool, detail: String) { standing.withLock { $0 } }

  package func stop() { stopping.store(true, ordering: .relaxed) }

  package func run() throws {
    var failures = 0
    while !isStopping {
      do {
        try engine.open()
        while !isStopping {
          if try engine.runOnce(timeoutMs: 100) > 0 { failures = 0 }
          report()
          let restMs = min(engine.restMs, 100)
          if restMs > 0 { usleep(UInt32(restMs) * 1_000) }
        }
        engine.close(graceful: true)
      } catch let error as StreamsError {
        engine.close(graceful: false)
        failures += 1
        say("stands still", error)
        // Settings and versions that don't fit may be mended from outside (a topic created); the wait costs nothing.
        pause(afterFailures: failures)
      } catch {
        engine.close(graceful: false)
        failures += 1
        say("lost the log and tries again", error)
        pause(afterFailures: failures)
      }
    }
    standing.withLock { $0 = (false, "stopped") }
  }

  private var isStopping: Bool { stopping.load(ordering: .relaxed) }

  private func say(_ what: String, _ error: any Error) {
    standing.withLock { $0 = (false, "\(what): \(error)") }
    telemetry.count("trias_processor_restarts_total", 1, labels: [("group", name)])
    telemetry.log(.warning, "\(name) \(what): \(error)", [("group", name)])
  }

  private func report() {
    let (running, stopped) = engine.standing
    standing.withLock {
      if let first = stopped.min(by: { $0.key < $1.key }) {
        $0 = (false, "partition \(first.key) stands still: \(first.value)")
      } else {
        // An instance without partitions is a healthy spare, but only once the group has settled.
        $0 = (engine.isSettled, engine.isSettled ? "\(running.count) partitions" : "waits for its group")
      }
    }
  }

  /// 100 ms, doubled with every failure up to 10 s, in short naps so that `stop` is heard.
  private func pause(afterFailures failures: Int) {
    var rest = min(100 << min(failures - 1, 7), 10_000)
    while rest > 0, !isStopping {
      usleep(50_000)
      rest -= 50
    }
  }
}
