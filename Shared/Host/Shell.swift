// What a service hands to Host. The same value is run alone by the service's own executable, or beside the others by
// `trias run`, on one HTTP port.

import Contracts
import Hummingbird
import Logging
import MessageLog
import ServiceLifecycle
import Streams

package typealias HTTPRouter = Router<BasicRequestContext>

/// What a service gets to build its parts from.
package struct HostContext: Sendable {
  package let executable: Executable
  package let settings: Settings
  package let log: any MessageLog
  package let logger: Logger
  package let telemetry: any Telemetry
  package let metrics: MetricsRegistry
  package let health: Health

  package var partitions: Int { settings.integer(.partitions) }
  package var instance: String { settings.text(.instance) }
  package var secret: [UInt8] { Array(settings.text(.secret).utf8) }
}

/// What a service consists of.
package struct Parts: Sendable {
  /// Processors and readers: each gets a thread of its own.
  package var threads: [any ThreadService]
  /// Work in the cooperative pool.
  package var services: [any Service]
  package var routes: (@Sendable (HTTPRouter) -> Void)?
  /// Called when everything has stopped: close producers here.
  package var close: @Sendable () -> Void

  package init(
    threads: [any ThreadService] = [], services: [any Service] = [],
    routes: (@Sendable (HTTPRouter) -> Void)? = nil, close: @escaping @Sendable () -> Void = {}
  ) {
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
  /// Nothing is started before these exist with the deployment's partition count.
  package let topics: [Topic]
  package let make: @Sendable (HostContext) throws -> Parts

  package init(
    _ executable: Executable, settings: [Setting] = [], topics: [Topic],
    make: @escaping @Sendable (HostContext) throws -> Parts
  ) {
    self.executable = executable
    self.settings = settings
    self.topics = topics
    self.make = make
  }
}
