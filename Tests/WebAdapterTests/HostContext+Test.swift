import Contracts
import Logging
import MemoryLog
import Streams

@testable import Host
@testable import WebAdapter

// A context for routes that are tested without a running service.

extension HostContext {
  /// Enough to build a shell's parts from without running them.
  static func forRoutes(
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ change: (Settings) -> Settings = { $0 }
  ) -> HostContext {
    let clock: @Sendable () -> Int64 = { 0 }
    return HostContext(
      executable: .webAdapter, settings: change(Settings.defaults.with(WebAdapter.demoShop, "true")),
      log: MemoryLog(clock: clock), logger: logger,
      telemetry: NoTelemetry(), metrics: MetricsRegistry(), health: Health(), http: BoundPort(),
      ops: BoundPort(), assignment: .group, clock: clock)
  }
}
