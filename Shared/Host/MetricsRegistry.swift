// The process's metrics, and their exposition as Prometheus text. Not a client library: counters, gauges and
// histograms with fixed buckets made for latencies in milliseconds, which is all that the suite measures.

import Synchronization

package final class MetricsRegistry: Sendable {
  package static let bucketsMs: [Double] = [
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
  ]

  /// One series' numbers. A handle to it can be kept, which saves the look-up by name and labels.
  package final class Series: Sendable {
    struct Numbers {
      var value = 0.0
      var count: UInt64 = 0
      var buckets: [UInt64] = []
    }
    let numbers: Mutex<Numbers>

    init(isHistogram: Bool) {
      numbers = Mutex(
        Numbers(buckets: isHistogram ? Array(repeating: 0, count: MetricsRegistry.bucketsMs.count) : []))
    }

    package func add(_ amount: Double) { numbers.withLock { $0.value += amount } }
    package func set(_ value: Double) { numbers.withLock { $0.value = value } }

    package func observe(_ value: Double) {
      numbers.withLock {
        $0.value += value
        $0.count += 1
        // What is larger than every bucket's bound is in `+Inf` alone, which is the count.
        if let at = MetricsRegistry.bucketsMs.firstIndex(where: { value <= $0 }) { $0.buckets[at] += 1 }
      }
    }

    package var value: Double { numbers.withLock { $0.value } }
    package var count: UInt64 { numbers.withLock { $0.count } }
  }

  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  struct Family {
    var kind: Kind
    var series: [String: Series] = [:]
  }

  /// More label combinations than this under one name mean that somebody put a key into a label.
  private static let seriesMax = 2_000

  private let families = Mutex<[String: Family]>([:])
  private let collectors = Mutex<[@Sendable (MetricsRegistry) -> Void]>([])
  private let overflow = Series(isHistogram: true)

  package init() {}

  /// Called before each exposition, for values that are read rather than counted.
  package func onCollect(_ body: @escaping @Sendable (MetricsRegistry) -> Void) {
    collectors.withLock { $0.append(body) }
  }

  package func series(_ kind: Kind, _ name: String, _ labels: [(String, String)] = []) -> Series {
    let key = Self.labelText(labels)
    return families.withLock { families in
      if let known = families[name]?.series[key] { return known }
      var family = families[name] ?? Family(kind: kind)
      guard family.kind == kind, family.series.count < Self.seriesMax else { return overflow }
      let new = Series(isHistogram: kind == .histogram)
      family.series[key] = new
      families[name] = family
      return new
    }
  }

  package func count(_ name: String, _ n: Int = 1, labels: [(String, String)] = []) {
    series(.counter, name, labels).add(Double(n))
  }

  package func gauge(_ name: String, _ value: Double, labels: [(String, String)] = []) {
    series(.gauge, name, labels).set(value)
  }

  package func observe(_ name: String, ms: Double, labels: [(String, String)] = []) {
    series(.histogram, name, labels).observe(ms)
  }

  package func remove(_ name: String, labels: [(String, String)]) {
    let key = Self.labelText(labels)
    families.withLock { _ = $0[name]?.series.removeValue(forKey: key) }
  }

  /// The whole registry in text format 0.0.4, in the order of names.
  package func exposition() -> String {
    for collect in collectors.withLock({ $0 }) { collect(self) }
    let families = families.withLock { $0 }
    var out = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
      out += "# TYPE \(name) \(family.kind.rawValue)\n"
      for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
        let numbers = series.numbers.withLock { $0 }
        if family.kind == .histogram {
          Self.write(histogram: numbers, name, labels, to: &out)
        } else {
          out += name + (labels.isEmpty ? "" : "{\(labels)}") + " \(Self.number(numbers.value))\n"
        }
      }
    }
    return out
  }

  private static func write(histogram: Series.Numbers, _ name: String, _ labels: String, to out: inout String) {
    let prefix = labels.isEmpty ? "" : labels + ","
    var cumulative: UInt64 = 0
    for (bound, count) in zip(bucketsMs, histogram.buckets) {
      cumulative += count
      out += "\(name)_bucket{\(prefix)le=\"\(number(bound))\"} \(cumulative)\n"
    }
    out += "\(name)_bucket{\(prefix)le=\"+Inf\"} \(histogram.count)\n"
    let braces = labels.isEmpty ? "" : "{\(labels)}"
    out += "\(name)_sum\(braces) \(number(histogram.value))\n\(name)_count\(braces) \(histogram.count)\n"
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  static func labelText(_ labels: [(String, String)]) -> String {
    if labels.isEmpty { return "" }
    return labels.sorted { $0.0 < $1.0 }.map { "\(sanitized($0.0))=\"\(escaped($0.1))\"" }.joined(separator: ",")
  }

  private static func escaped(_ value: String) -> String {
    var out = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }

  /// Foreign libraries name metrics with dots and dashes.
  static func sanitized(_ name: String) -> String {
    String(
      name.unicodeScalars.map { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ":": Character(scalar)
        default: "_"
        }
      })
  }
}
