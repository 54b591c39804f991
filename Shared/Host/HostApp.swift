// One process: the given shells, run together until somebody says stop or one of them fails.

import Contracts
import Foundation
import Logging
import MessageLog
import ServiceLifecycle
import Streams

package final class HostApp: Sendable {
  package let health: Health
  package let metrics: MetricsRegistry
  /// Where the services' own pages and API are; never known where no shell has any.
  package let http = BoundPort()
  package let ops = BoundPort()
  private let group: ServiceGroup
  private let parts: [Parts]
  private let logger: Logger

  /// `onSignals` is for the process's main; in tests a process has other uses for its signals.
  package init(
    _ shells: [Shell], settings: Settings, log: any MessageLog, logger: Logger,
    metrics: MetricsRegistry = MetricsRegistry(), assignment: RuntimeSettings.Assignment = .group,
    onSignals: Bool = false, clock: @escaping @Sendable () -> Int64 = { wallClockMs() }
  ) throws {
    let health = Health()
    self.health = health
    self.metrics = metrics
    self.logger = logger
    let (http, ops) = (http, ops)
    ProcessMetrics.register(in: metrics)
    parts = try shells.map { shell in
      var labelled = logger
      if shells.count > 1 { labelled[metadataKey: "service"] = "\(shell.executable.rawValue)" }
      return try shell.make(
        HostContext(
          executable: shell.executable, settings: settings, log: log, logger: labelled,
          telemetry: HostTelemetry(registry: metrics, logger: labelled), metrics: metrics, health: health,
          http: http, ops: ops, assignment: assignment, clock: clock))
    }

    let opsRouter = HTTPRouter(options: .autoGenerateHeadEndpoints)
    opsRouter.add(middleware: ProblemMiddleware())
    addOpsRoutes(to: opsRouter, health: health, metrics: metrics)
    addMethodRefusals(to: opsRouter)
    let host = settings.text(.httpHost)
    let plans = Self.plans(parts, partitions: settings.integer(.partitions))
    let threads = parts.flatMap(\.threads)
    var joins: @Sendable () throws -> Void = {}
    if case .group = assignment, threads.contains(where: { $0 is ProcessorRunner }) {
      joins = { try Host.requireRoom(log, settings) }
    }
    // Stopped from the last to the first: no new requests, then the work, and the health until the end.
    var services: [any Service] = [
      HTTPService(
        description: "operations", responder: opsRouter.buildResponder(), host: host, port: settings.integer(.opsPort),
        setting: .opsPort, bound: ops, logger: logger),
      ThreadsService(threads, topics: plans, log: log, logger: logger, health: health, joins: joins),
    ]
    services += parts.flatMap(\.services)
    let routes = parts.compactMap(\.routes)
    if !routes.isEmpty {
      let router = makeRouter(metrics: metrics)
      for add in routes { add(router) }
      addMethodRefusals(to: router)
      let server = HTTPService(
        description: "http", responder: router.buildResponder(), host: host, port: settings.integer(.httpPort),
        setting: .httpPort, bound: http, logger: logger)
      services.append(server)
      health.add("http") {
        CheckState(ok: http.port != nil, detail: http.port.map { "listening on \($0)" } ?? "not listening yet")
      }
    }
    services.append(DrainService(health: health))

    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    var configuration = ServiceGroupConfiguration(
      services: services.map {
        .init(
          service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
          failureTerminationBehavior: .gracefullyShutdownGroup)
      }, logger: quiet)
    if onSignals { configuration.gracefulShutdownSignals = [.sigterm, .sigint] }
    group = ServiceGroup(configuration: configuration)
  }

  /// Returns when everything has stopped because it was asked to; throws what made it stop otherwise.
  package func run() async throws {
    defer { for part in parts { part.close() } }
    try await group.run()
    logger.info("stopped")
  }

  package func stop() async {
    await group.triggerGracefulShutdown()
  }

  private static func plans(_ parts: [Parts], partitions: Int) -> [TopicPlan] {
    var seen = Set<Topic>()
    return parts.flatMap(\.topics).filter { seen.insert($0).inserted }
      .map { TopicPlan($0, domainPartitions: partitions) }
  }
}

/// The first to hear of a shutdown: readiness is withdrawn before anything else stops.
private struct DrainService: Service {
  let health: Health

  func run() async throws {
    let health = health
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await gracefulShutdown()
    } onCancelOrGracefulShutdown: {
      health.drain()
    }
  }
}

/// Milliseconds since 1970.
package func wallClockMs() -> Int64 {
  Int64(Date().timeIntervalSince1970 * 1000)
}
