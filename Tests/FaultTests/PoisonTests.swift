import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

@Suite("Records that can't be read", .serialized)
struct PoisonTests {
  /// Each becomes one dead letter, which tells of this record and why, and what comes after it on its partition is applied
  /// at once: most within a second, each within POISON_SECONDS, which leaves a noisy machine its time.
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
    var took: [Double] = []
    var letters: [String: String] = [:]
    let secondsMax = Double(Extent.integer("POISON_SECONDS", 20))
    let poisons = try Self.poisons(key, good, partitions: deployment.partitions)
    for (number, poison) in poisons.enumerated() {
      let offset = try appendLargest(poison.record, producer)
      letters["\(poison.record.topic)/\(poison.record.partition)/\(offset)"] = "\(poison.stage): \(poison.reason)"
      let sentMs = Int64(Date().timeIntervalSince1970 * 1_000)
      var after = RawLog.record(
        Topics.channelInteractions, key: key, type: number == 0 ? "trias.contact.started.v1" : "trias.page.viewed.v1",
        id: "\(scenario.run)-p\(number)", data: good.merging(["page": "/\(number)"]) { $1 },
        timeMs: sentMs, partitions: deployment.partitions)
      // As large as an event may be: that is no reason.
      after.value! += [UInt8](repeating: 0x20, count: Self.eventBytesMax - after.value!.count)
      _ = try producer.append([after], timeoutMs: 10_000)
      let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
      let applied = try SuiteProcesses.wait(60, "the event after \(poison.name) to be on the timeline") {
        try raw.records(of: Topics.profileTimeline).first {
          $0.headers.string("ce_id") == "\(scenario.run)-p\(number)"
        }
      }
      // By when it was written, not by when this test came to see it.
      let seconds = Double(applied.timestampMs - sentMs) / 1_000
      #expect(seconds < secondsMax, "\(poison.name) has held up the next event")
      took.append(seconds)
    }
    took.sort()
    let (median, slowest) = (took[took.count / 2], took[took.count - 1])
    print(String(format: "after a bad record half of the events took %.2f s, the slowest %.2f s", median, slowest))
    #expect(median < 1, "bad records hold up what comes after them")
    // Too large for any broker: its sender hears of it.
    var tooLarge = poisons[0].record
    tooLarge.value = [UInt8](repeating: 0x20, count: 1_100_000)
    #expect(throws: LogError.self) { _ = try producer.append([tooLarge], timeoutMs: 10_000) }
    scenario.begin(4)
    try scenario.finish()
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    try verdict.expect(deadLetters: poisons.count)
    expect(letters, in: try verdict.raw.records(of: ConsumerGroup.facets.deadLetter))
  }

  /// `letters`: topic, partition and offset of a bad record → stage and the beginning of the reason.
  private func expect(_ letters: [String: String], in topic: [Record]) {
    let found = Dictionary(
      topic.map { letter in
        func header(_ name: String) -> String { letter.headers.string(name) ?? "?" }
        let place = [DeadLetterHeader.topic, DeadLetterHeader.partition, DeadLetterHeader.offset].map(header)
        return (
          place.joined(separator: "/"), ["\(header(DeadLetterHeader.stage)): \(header(DeadLetterHeader.reason))"]
        )
      }, uniquingKeysWith: +)
    #expect(found.keys.sorted() == letters.keys.sorted(), "there is a letter for each bad record, and for no other")
    for (place, reasons) in found {
      #expect(reasons.count == 1 && reasons[0].hasPrefix(letters[place] ?? "?"), "\(place): \(reasons)")
    }
  }

  /// Cut, where it must be, to the very largest that can be written.
  private func appendLargest(_ poison: OutgoingRecord, _ producer: any LogProducer) throws -> Int64 {
    var poison = poison
    while poison.value?.count ?? 0 > 990_000 {
      if let offsets = try? producer.append([poison], timeoutMs: 10_000) { return offsets[0] }
      poison.value?.removeLast(8)
    }
    return try producer.append([poison], timeoutMs: 10_000)[0]
  }

  struct Poison {
    var name: String
    var stage: String
    /// Begins so.
    var reason: String
    var record: OutgoingRecord
  }

  static let eventBytesMax = 65_536

  static func poisons(
    _ key: String, _ good: [String: Any], partitions: Int
  ) throws -> [Poison] {
    let pageless = Array(try JSONSerialization.data(withJSONObject: good))
    // Good but for what is wrong with each.
    let data = good.merging(["page": "/"]) { $1 }
    func record(_ id: String, _ change: (inout OutgoingRecord) -> Void) -> OutgoingRecord {
      var record = RawLog.record(
        Topics.channelInteractions, key: key, type: "trias.page.viewed.v1", id: "poison-\(id)", data: data,
        timeMs: Int64(Date().timeIntervalSince1970 * 1_000), partitions: partitions)
      change(&record)
      return record
    }
    func typed(_ id: String, _ type: String) -> OutgoingRecord {
      RawLog.record(
        Topics.channelInteractions, key: key, type: type, id: "poison-\(id)", data: data,
        timeMs: Int64(Date().timeIntervalSince1970 * 1_000), partitions: partitions)
    }
    return [
      Poison(
        name: "poison bytes", stage: "schema", reason: "expected an object, found byte 0x0",
        record: record("bytes") { $0.value = (0..<2_000).map { UInt8(truncatingIfNeeded: $0 &* 151) } }),
      Poison(
        name: "no value", stage: "schema", reason: "the record has no data",
        record: record("nothing") { $0.value = nil }),
      Poison(
        name: "no headers", stage: "envelope", reason: "is no CloudEvent",
        record: record("bare") { $0.headers = Headers() }),
      Poison(
        name: "a text that is not UTF-8", stage: "schema", reason: "the string is not valid UTF-8",
        record: record("utf8") {
          $0.value =
            Array(#"{"identifiers":[{"namespace":"cookie","value":""#.utf8) + [0xC3, 0x28] + Array(#""}]}"#.utf8)
        }),
      Poison(
        name: "a key that is not UTF-8", stage: "key", reason: "the key is not UTF-8 text",
        record: record("key") { $0.key = [0xFF, 0xFE] }),
      Poison(
        name: "JSON 60,000 deep", stage: "schema", reason: "expected an object, found an array",
        record: record("deep") { $0.value = Array(String(repeating: "[", count: 60_000).utf8) }),
      Poison(
        name: "JSON deep in a field that nobody knows", stage: "schema", reason: "nested deeper than 16",
        record: record("deeper") {
          $0.value = Array(
            (#"{"unknown":"# + String(repeating: #"{"a":"#, count: 10_000) + "1" + String(repeating: "}", count: 10_000)
              + "}").utf8)
        }),
      Poison(
        name: "an unknown major version", stage: "type", reason: "no such event type: trias.page.viewed.v9",
        record: typed("version", "trias.page.viewed.v9")),
      Poison(
        name: "an unknown type", stage: "type", reason: "no such event type: trias.nothing",
        record: typed("type", "trias.nothing.happened.v1")),
      Poison(
        name: "a time that is none", stage: "envelope", reason: "is not an RFC 3339 time: yesterday",
        record: record("time") { $0.headers = $0.headers.replacing("ce_time", "yesterday") }),
      Poison(
        name: "one byte too many", stage: "size", reason: "takes at most 65536 bytes, has 65537",
        record: record("size") { $0.value! += [UInt8](repeating: 0x20, count: eventBytesMax + 1 - $0.value!.count) }),
      Poison(
        name: "a record as large as the broker takes", stage: "size", reason: "takes at most 65536 bytes",
        record: record("large") { $0.value = [UInt8](repeating: 0x62, count: 1_000_000) }),
      Poison(
        name: "a number of half a megabyte", stage: "envelope", reason: "is not an integer: aaaa",
        record: record("number") {
          $0.headers.append("ce_sequence", [UInt8](repeating: UInt8(ascii: "a"), count: 500_001))
        }),
      Poison(
        name: "an origin as large as a letter may be", stage: "envelope",
        reason: "is not topic/partition/offset/ordinal: aaaa",
        record: record("origin") {
          $0.headers.append("ce_origin", [UInt8](repeating: UInt8(ascii: "a"), count: 890_000))
        }),
      Poison(
        name: "a header as large as the broker takes, and no page", stage: "schema", reason: "is missing",
        record: record("header") {
          $0.value = pageless
          $0.headers.append("huge", [UInt8](repeating: 0x62, count: 990_000))
        }),
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
