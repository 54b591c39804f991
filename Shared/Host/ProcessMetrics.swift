// What a Prometheus user expects to find about any process.

import Foundation

package enum ProcessMetrics {
  static func register(in registry: MetricsRegistry) {
    let startSeconds = Date().timeIntervalSince1970
    registry.onCollect { registry in
      var usage = rusage()
      #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      #else
        getrusage(RUSAGE_SELF, &usage)
      #endif
      let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      let micros = Double(usage.ru_utime.tv_usec) + Double(usage.ru_stime.tv_usec)
      registry.series(.counter, "process_cpu_seconds_total").set(seconds + micros / 1e6)
      registry.gauge("process_start_time_seconds", startSeconds)
      // Beside the time of the scrape it shows whose clock is off.
      registry.gauge("trias_clock_seconds", Date().timeIntervalSince1970)
      if let bytes = residentBytes() { registry.gauge("process_resident_memory_bytes", bytes) }
    }
  }

  /// This process's memory that is in use; nil where the system doesn't tell.
  package static func residentBytes() -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}
