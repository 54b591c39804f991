import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

@Suite("Records that can't be read", .serialized)
struct PoisonTests {
  /// Each becomes one dead letter with its reason, and what comes after it on its partition is applied at once.
  @Test(.timeLimit(.minutes(10)))
  func becomeOneDeadLetterEachAndHoldNobodyUp() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    scenario.begin(4)
    try scenario.finish()
    let producer = try deployment.log.makeProducer(name: "poison")
    defer { producer.close(timeoutMs: 1_000) }
    let key = "cookie:\(scenario.run)-poisoned"
    let good: [String: Any] = [
      "identifiers": [["namespace": "cookie", "value": "\(scenario.run)-poisoned"]], "channel": "web",
      "contact": "\(scenario.run)-pc",
    ]
    var slowest = 0.0
    let poisons = Self.poisons(key, good, partitions: deployment.partitions)
    for (number, (name, poison)) in poisons.enumerated() {
      try appendLargest(poison, producer)
      let sent = Date()
      let after = RawLog.record(
        Topics.channelInteractions, key: key, type: number == 0 ? "trias.contact.started.v1" : "trias.page.viewed.v1",
        id: "\(scenario.run)-p\(number)", data: good.merging(["page": "/\(number)"]) { $1 },
        timeMs: Int64(Date().timeIntervalSince1970 * 1_000), partitions: deployment.partitions)
      _ = try producer.append([after], timeoutMs: 10_000)
      let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
      _ = try SuiteProcesses.wait(60, "the event after \(name) to be on the timeline") {
        try raw.records(of: Topics.profileTimeline).contains {
          $0.headers.string("ce_id")?.contains("\(scenario.run)-p\(number)") == true
            || $0.headers.string("ce_causationid") == "\(scenario.run)-p\(number)"
        } ? true : nil
      }
      slowest = max(slowest, Date().timeIntervalSince(sent))
    }
    print("the slowest event after a bad record took \(String(format: "%.2f", slowest)) s")
    // Too large for any broker: its sender hears of it.
    var tooLarge = poisons[0].record
    tooLarge.value = [UInt8](repeating: 0x20, count: 1_100_000)
    #expect(throws: LogError.self) { _ = try producer.append([tooLarge], timeoutMs: 10_000) }
    scenario.begin(4)
    try scenario.finish()
    try Verdict(deployment: deployment, scenario: scenario).expect(deadLetters: poisons.count)
  }

  /// Cut, where it must be, to the very largest that can be written.
  private func appendLargest(_ poison: OutgoingRecord, _ producer: any LogProducer) throws {
    var poison = poison
    while poison.value?.count ?? 0 > 990_000, (try? producer.append([poison], timeoutMs: 10_000)) == nil {
      poison.value?.removeLast(8)
    }
    if poison.value?.count ?? 0 <= 990_000 { _ = try producer.append([poison], timeoutMs: 10_000) }
  }

  static func poisons(
    _ key: String, _ good: [String: Any], partitions: Int
  ) -> [(name: String, record: OutgoingRecord)] {
    func record(_ id: String, _ change: (inout OutgoingRecord) -> Void) -> OutgoingRecord {
      var record = RawLog.record(
        Topics.channelInteractions, key: key, type: "trias.page.viewed.v1", id: "poison-\(id)", data: good,
        timeMs: Int64(Date().timeIntervalSince1970 * 1_000), partitions: partitions)
      change(&record)
      return record
    }
    func typed(_ id: String, _ type: String) -> OutgoingRecord {
      RawLog.record(
        Topics.channelInteractions, key: key, type: type, id: "poison-\(id)", data: good,
        timeMs: Int64(Date().timeIntervalSince1970 * 1_000), partitions: partitions)
    }
    return [
      ("poison bytes", record("bytes") { $0.value = (0..<2_000).map { UInt8(truncatingIfNeeded: $0 &* 151) } }),
      ("no value", record("nothing") { $0.value = nil }),
      ("no headers", record("bare") { $0.headers = Headers() }),
      (
        "a text that is not UTF-8",
        record("utf8") {
          $0.value =
            Array(#"{"identifiers":[{"namespace":"cookie","value":""#.utf8) + [0xC3, 0x28] + Array(#""}]}"#.utf8)
        }
      ),
      ("a key that is not UTF-8", record("key") { $0.key = [0xFF, 0xFE] }),
      (
        "JSON 100,000 deep",
        record("deep") { $0.value = Array(String(repeating: "[", count: 100_000).utf8) }
      ),
      (
        "JSON deep in a field that nobody knows",
        record("deeper") {
          $0.value = Array(
            (#"{"unknown":"# + String(repeating: #"{"a":"#, count: 50_000) + "1" + String(repeating: "}", count: 50_000)
              + "}").utf8)
        }
      ),
      ("an unknown major version", typed("version", "trias.page.viewed.v9")),
      ("an unknown type", typed("type", "trias.nothing.happened.v1")),
      ("a time that is none", record("time") { $0.headers = $0.headers.replacing("ce_time", "yesterday") }),
      (
        "a record as large as the broker takes",
        record("large") { $0.value = [UInt8](repeating: 0x62, count: 1_000_000) }
      ),
      (
        "a header as large as the broker takes",
        record("header") { $0.headers.append("huge", [UInt8](repeating: 0x62, count: 990_000)) }
      ),
    ]
  }
}

extension Headers {
  fileprivate func replacing(_ name: String, _ value: String) -> Headers {
    var headers = Headers()
    for (each, old) in pairs { headers.append(each, each == name ? Array(value.utf8) : old) }
    return headers
  }
}
