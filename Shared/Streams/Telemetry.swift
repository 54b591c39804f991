// How the runtime reports what it does, without knowing logging or metrics libraries: Host hands in the adapter to
// swift-log and swift-metrics, tests hand in a recorder or nothing.

package enum TelemetryLevel: Int, Sendable, Comparable, CaseIterable {
  case debug
  case info
  case warning
  case error

  package static func < (a: TelemetryLevel, b: TelemetryLevel) -> Bool { a.rawValue < b.rawValue }
}

/// Metric names are Prometheus style, `trias_<thing>_<unit|total>`. Labels have few values: a group, a topic, a
/// partition, never a key. Every call is cheap and safe from any thread.
package protocol Telemetry: Sendable {
  /// Adds `n` to a counter.
  func count(_ name: StaticString, _ n: Int, labels: [(String, String)])
  /// Sets a value that goes up and down.
  func gauge(_ name: StaticString, _ value: Double, labels: [(String, String)])
  /// Takes a value back that is no longer known here.
  func clear(_ name: StaticString, labels: [(String, String)])
  /// Adds one latency to a histogram.
  func observe(_ name: StaticString, ms: Double, labels: [(String, String)])
  /// Adds one size to a histogram.
  func observe(_ name: StaticString, count: Int, labels: [(String, String)])
  func log(_ level: TelemetryLevel, _ message: String, _ metadata: [(String, String)])
}

extension Telemetry {
  package func count(_ name: StaticString, _ n: Int = 1) { count(name, n, labels: []) }
  package func gauge(_ name: StaticString, _ value: Double) { gauge(name, value, labels: []) }
  package func observe(_ name: StaticString, ms: Double) { observe(name, ms: ms, labels: []) }
  package func log(_ level: TelemetryLevel, _ message: String) { log(level, message, []) }
  package func clear(_ name: StaticString, labels: [(String, String)]) {}
  package func observe(_ name: StaticString, count: Int, labels: [(String, String)]) {}
}

/// Says nothing.
package struct NoTelemetry: Telemetry {
  package init() {}
  package func count(_ name: StaticString, _ n: Int, labels: [(String, String)]) {}
  package func gauge(_ name: StaticString, _ value: Double, labels: [(String, String)]) {}
  package func observe(_ name: StaticString, ms: Double, labels: [(String, String)]) {}
  package func log(_ level: TelemetryLevel, _ message: String, _ metadata: [(String, String)]) {}
}
