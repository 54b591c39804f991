// The runtime's telemetry, brought to swift-log and to the registry.

import Logging
import Streams

package struct HostTelemetry: Telemetry {
  private let registry: MetricsRegistry
  private let logger: Logger

  package init(registry: MetricsRegistry, logger: Logger) {
    self.registry = registry
    self.logger = logger
  }

  package func count(_ name: StaticString, _ n: Int, labels: [(String, String)]) {
    registry.count("\(name)", n, labels: labels)
  }

  package func gauge(_ name: StaticString, _ value: Double, labels: [(String, String)]) {
    registry.gauge("\(name)", value, labels: labels)
  }

  package func clear(_ name: StaticString, labels: [(String, String)]) {
    registry.remove("\(name)", labels: labels)
  }

  package func observe(_ name: StaticString, count: Int, labels: [(String, String)]) {
    // The histogram's bounds are good for counts as they are for milliseconds.
    registry.observe("\(name)", ms: Double(count), labels: labels)
  }

  package func observe(_ name: StaticString, ms: Double, labels: [(String, String)]) {
    registry.observe("\(name)", ms: ms, labels: labels)
  }

  package func log(_ level: TelemetryLevel, _ message: String, _ metadata: [(String, String)]) {
    let pairs = Dictionary(metadata.map { ($0.0, Logger.MetadataValue.string($0.1)) }) { $1 }
    let level: Logger.Level =
      switch level {
      case .debug: .debug
      case .info: .info
      case .warning: .warning
      case .error: .error
      }
    logger.log(level: level, "\(message)", metadata: pairs)
  }
}
