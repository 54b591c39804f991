// What the tests of reading let happen, and how they ask: events as channels send them, answers as JSON.

import Contracts
import Deployment
import Foundation
import MemoryLog
import MessageLog
import TestKit

/// What a test of instances in this process begins with: a log in memory, and a channel that publishes on it.
class OnOneLog {
  let log: MemoryLog
  let channel: Channel

  init() throws {
    log = try memoryLog()
    channel = try Channel(log, partitions: Instance.partitions)
  }
}

/// Publishes what customers do.
final class Channel {
  let partitions: Int
  private let producer: any LogProducer
  private let run = UUID().uuidString.prefix(6).lowercased()
  private var events = 0

  init(_ log: any MessageLog, partitions: Int) throws {
    self.partitions = partitions
    producer = try log.makeProducer(name: "test")
  }

  deinit { producer.close(timeoutMs: 1_000) }

  func number(_ n: Int) -> Identifier { Identifier("customer", "\(run)-\(n)") }
  func cookie(_ n: Int) -> Identifier { Identifier("cookie", "\(run)-\(n)") }

  /// Returns the event's id.
  @discardableResult
  func say(_ type: EventType, _ identifiers: [Identifier], _ fields: [String: Any] = [:]) throws -> String {
    var data = fields
    data["identifiers"] = identifiers.map { ["namespace": $0.namespace, "value": $0.value] }
    if type.topic == Topics.channelInteractions { data["channel"] = "web" }
    events += 1
    let id = "\(run)-e\(events)"
    _ = try producer.append(
      [
        RawLog.record(
          type.topic!, key: identifiers[0].key, type: type.rawValue, id: id, data: data,
          timeMs: Int64(Date().timeIntervalSince1970 * 1_000), partitions: partitions)
      ], timeoutMs: 30_000)
    return id
  }

  /// From then on the catalogue says that.
  func apply(_ catalog: Catalog) throws { try apply(catalog.version, JSONCoding.encode(catalog)) }

  func apply(_ version: String, _ bytes: [UInt8]) throws {
    let envelope = Envelope(
      id: version, source: "test", type: "trias.catalog.applied.v1", timeMs: Int64(Date().timeIntervalSince1970 * 1_000)
    )
    _ = try producer.append(
      [
        OutgoingRecord(
          topic: Topics.marketingCatalog.name, partition: 0, key: Array(version.utf8), value: bytes,
          headers: envelope.headers)
      ], timeoutMs: 30_000)
  }

  /// A visitor who looks at a page, and then says who he is.
  func visit(_ n: Int) throws {
    try say(.pageViewed, [cookie(n)], ["page": "/"])
    try say(.identityAsserted, [number(n), cookie(n)])
  }
}

/// What an instance answers.
struct Answered: CustomStringConvertible {
  var status: Int
  var headers: [String: String]
  var json: [String: Any]

  init(_ answer: WebClient.Answer) {
    status = answer.status
    headers = answer.headers
    json = (try? JSONSerialization.jsonObject(with: answer.body) as? [String: Any]) ?? [:]
  }

  var description: String { "\(status) \(headers) \(json)" }
  var profile: String? { json["profile"] as? String }
  var isStale: Bool? { json["isStale"] as? Bool }
  var by: String? { json["answeredBy"] as? String }
  var identifiers: [String] {
    (json["identifiers"] as? [[String: Any]] ?? []).map { "\($0["namespace"] ?? ""):\($0["value"] ?? "")" }
  }
  var events: [[String: Any]] { json["events"] as? [[String: Any]] ?? [] }

  /// What is said of the customer, without when and by whom.
  var customer: NSDictionary {
    NSDictionary(dictionary: json.filter { !["asOfMs", "isStale", "answeredBy"].contains($0.key) })
  }

  func count(_ event: String) -> Int {
    (json["counts"] as? [[String: Any]] ?? []).filter { $0["event"] as? String == event }
      .reduce(0) { $0 + ($1["count"] as? Int ?? 0) }
  }
}
