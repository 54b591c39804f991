// The way by which libraries that report to swift-metrics (Hummingbird) reach the registry.

import CoreMetrics

package struct RegistryMetricsFactory: MetricsFactory {
  private let registry: MetricsRegistry

  package init(_ registry: MetricsRegistry) {
    self.registry = registry
  }

  package func makeCounter(label: String, dimensions: [(String, String)]) -> CounterHandler {
    Handler(registry.series(.counter, name(label, "_total"), dimensions), .counter)
  }

  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> FloatingPointCounterHandler {
    Handler(registry.series(.counter, name(label, "_total"), dimensions), .counter)
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> MeterHandler {
    Handler(registry.series(.gauge, name(label), dimensions), .gauge)
  }

  package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> RecorderHandler {
    let kind: MetricsRegistry.Kind = aggregate ? .histogram : .gauge
    return Handler(registry.series(kind, name(label), dimensions), kind)
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> TimerHandler {
    Handler(registry.series(.histogram, name(label, "_ms"), dimensions), .histogram)
  }

  package func destroyCounter(_ handler: CounterHandler) {}
  package func destroyFloatingPointCounter(_ handler: FloatingPointCounterHandler) {}
  package func destroyMeter(_ handler: MeterHandler) {}
  package func destroyRecorder(_ handler: RecorderHandler) {}
  package func destroyTimer(_ handler: TimerHandler) {}

  private func name(_ label: String, _ suffix: String = "") -> String {
    let name = MetricsRegistry.sanitized(label)
    return name.hasSuffix(suffix) ? name : name + suffix
  }

  /// All of swift-metrics' handler protocols over one series.
  private final class Handler: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler
  {
    private let series: MetricsRegistry.Series
    private let kind: MetricsRegistry.Kind

    init(_ series: MetricsRegistry.Series, _ kind: MetricsRegistry.Kind) {
      self.series = series
      self.kind = kind
    }

    func increment(by amount: Int64) { series.add(Double(amount)) }
    func increment(by amount: Double) { series.add(amount) }
    func decrement(by amount: Double) { series.add(-amount) }
    func set(_ value: Int64) { series.set(Double(value)) }
    func set(_ value: Double) { series.set(value) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { kind == .histogram ? series.observe(value) : series.set(value) }
    func recordNanoseconds(_ duration: Int64) { series.observe(Double(duration) / 1e6) }
    func reset() { series.set(0) }
  }
}
