import CoreMetrics
import Host
import Testing

struct MetricsTests {
  @Test func countersGaugesAndHistogramsAreExposedAsPrometheusText() {
    let registry = MetricsRegistry()
    registry.count("trias_records_total", 2, labels: [("topic", "a\"b\\c\nd"), ("group", "g")])
    registry.count("trias_records_total", 3, labels: [("group", "g"), ("topic", "a\"b\\c\nd")])
    registry.gauge("trias_lag_records", 1.5)
    registry.observe("trias_step_ms", ms: 0.25)
    registry.observe("trias_step_ms", ms: 99_999)
    let text = registry.exposition()
    #expect(text.contains("# TYPE trias_records_total counter\n"))
    #expect(text.contains(#"trias_records_total{group="g",topic="a\"b\\c\nd"} 5"# + "\n"))
    #expect(text.contains("# TYPE trias_lag_records gauge\ntrias_lag_records 1.5\n"))
    #expect(text.contains("trias_step_ms_bucket{le=\"0.1\"} 0\n"))
    #expect(text.contains("trias_step_ms_bucket{le=\"0.25\"} 1\n"))
    #expect(text.contains("trias_step_ms_bucket{le=\"10000\"} 1\n"))
    #expect(text.contains("trias_step_ms_bucket{le=\"+Inf\"} 2\n"))
    #expect(text.contains("trias_step_ms_sum 99999.25\ntrias_step_ms_count 2\n"))
  }

  @Test func whatLibrariesReportIsExposedUnderNamesThatPrometheusTakes() {
    let registry = MetricsRegistry()
    let factory = RegistryMetricsFactory(registry)
    factory.makeCounter(label: "hb.requests", dimensions: [("a.b", "c")]).increment(by: 4)
    factory.makeTimer(label: "hb.request.duration", dimensions: []).recordNanoseconds(3_000_000)
    factory.makeMeter(label: "connections", dimensions: []).set(Int64(7))
    let text = registry.exposition()
    #expect(text.contains("hb_requests_total{a_b=\"c\"} 4\n"))
    #expect(text.contains("hb_request_duration_ms_sum 3\n"))
    #expect(text.contains("connections 7\n"))
  }

  @Test func aKeyInALabelCannotFillTheMemory() {
    let registry = MetricsRegistry()
    for i in 0..<5_000 { registry.count("trias_oops_total", labels: [("customer", "\(i)")]) }
    let lines = registry.exposition().split(separator: "\n").filter { $0.hasPrefix("trias_oops_total{") }
    #expect(lines.count == 2_000)
  }

  @Test func valuesThatAreReadAreReadAtExposition() {
    let registry = MetricsRegistry()
    registry.onCollect { $0.gauge("trias_now", 1) }
    #expect(registry.exposition().contains("trias_now 1\n"))
  }
}
