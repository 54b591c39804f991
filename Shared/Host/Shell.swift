// What a service hands to Host. The same value is run alone by the service's own executable, or beside the others by
// `trias run`, on one HTTP port.

import Contracts
import Hummingbird
import Logging
import MessageLog
import ServiceLifecycle
import Streams

package typealias HTTPRouter = Router<HTTPContext>

/// What a service gets to build its parts from.
package struct HostContext: Sendable {
  package let executable: Executable
  package let settings: Settings
  package let log: any MessageLog
  package let logger: Logger
  package let telemetry: any Telemetry
  package let metrics: MetricsRegistry
  package let health: Health
  /// Where this process listens, once it does.
  package let http: BoundPort
  package let ops: BoundPort
  /// Whether partitions are shared with other instances, or this process takes them all.
  package let assignment: RuntimeSettings.Assignment
  package let clock: @Sendable () -> Int64

  package var partitions: Int { settings.integer(.partitions) }
  package var instance: String { settings.text(.instance) }
  package var ids: IdMint { IdMint(secret: settings.text(.secret)) }

  package var runtime: RuntimeSettings {
    var runtime = RuntimeSettings(
      domainPartitions: partitions, assignment: assignment, instance: instance, clock: clock)
    runtime.commitIntervalMs = Int64(settings.integer(.commitIntervalMs))
    runtime.recentMax = settings.integer(.recentIdsMax)
    runtime.sourcesMax = settings.integer(.recentSourcesMax)
    if let set = settings.kafka["session.timeout.ms"].flatMap(Int64.init) { runtime.sessionTimeoutMs = set }
    runtime.tableVersions = TableVersions(settings.text(.tableVersions))?.versions ?? [:]
    return runtime
  }
}

/// What a service consists of.
package struct Parts: Sendable {
  /// Nothing is started before these exist with the deployment's partition count.
  package var topics: [Topic]
  /// Processors and readers: each gets a thread of its own.
  package var threads: [any ThreadService]
  /// Work in the cooperative pool.
  package var services: [any Service]
  package var routes: (@Sendable (HTTPRouter) -> Void)?
  /// Called when everything has stopped: close producers here.
  package var close: @Sendable () -> Void

  package init(
    topics: [Topic], threads: [any ThreadService] = [], services: [any Service] = [],
    routes: (@Sendable (HTTPRouter) -> Void)? = nil, close: @escaping @Sendable () -> Void = {}
  ) {
    self.topics = topics
    self.threads = threads
    self.services = services
    self.routes = routes
    self.close = close
  }
}

package struct Shell: Sendable {
  package let executable: Executable
  /// Its own, beside those that all executables have.
  package let settings: [Setting]
  package let make: @Sendable (HostContext) throws -> Parts

  package init(
    _ executable: Executable, settings: [Setting] = [],
    make: @escaping @Sendable (HostContext) throws -> Parts
  ) {
    self.executable = executable
    self.settings = settings
    self.make = make
  }
}
