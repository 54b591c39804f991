/// Work that owns a thread of its own for as long as it runs: a processor, or an adapter's reader of lists. Whoever
/// runs it gives it that thread; a blocking call in the cooperative pool would starve everything else.
package protocol ThreadService: Sendable {
  /// Unique within a process; in logs and in the names of health checks.
  var name: String { get }

  /// Blocks until `stop` is called or the work fails beyond what it can mend itself.
  func run() throws

  /// Asks `run` to finish what it has begun and return. Safe from any thread, any number of times, also before `run`.
  func stop()

  /// Whether it is ready to do its work (assigned, restored), and in words where it stands.
  var readiness: (ready: Bool, detail: String) { get }
}

extension ThreadService {
  package var readiness: (ready: Bool, detail: String) { (true, "running") }
}
