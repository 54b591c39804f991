import Contracts
import Deployment
import Foundation
import MessageLog

/// A day of customers whom three sources tell of. Each event takes up to five minutes on its way, so that what two
/// sources say lies in the log in any order; one in ten comes twice. The ledger numbers its events, and keeps their order.
struct Day {
  /// In the order in which they are published.
  private(set) var records: [OutgoingRecord] = []
  /// How many events there are, each counted once.
  private(set) var events = 0

  private static let delayMsMax: Int64 = 300_000
  /// An hour less than the longest that a contact may be silent and go on.
  private static let lengthMs: Int64 = 23 * 3_600_000
  private static let repeatedPercent = 10
  /// More events of one customer than are remembered by their ids.
  static let ledgerEvents = 220
  /// As many under one identifier as the test's deployment remembers by their ids, and more than is usual.
  static let unnumberedEvents = 100

  private enum Source: String { case shop, app, ledger }

  private struct Event {
    var source: Source
    var atMs: Int64
    var type: String
    var identifiers: [[String: String]]
    var fields: [String: Any]
  }

  init(_ run: String, customers: Int, partitions: Int, using random: inout SeededRandom) {
    var all: [Event] = []
    for customer in 0..<customers { all += Self.usual(customer, run, using: &random) }
    for number in 0..<Self.ledgerEvents { all.append(Self.order("long-\(number)", "\(run)-long", run, using: &random)) }
    for _ in 0..<Self.unnumberedEvents { all.append(Self.view(.shop, "\(run)-many", run, using: &random)) }
    all.sort { $0.atMs < $1.atMs }
    events = all.count

    let beganMs = Int64(Date().timeIntervalSince1970 * 1_000) - Self.lengthMs - 2 * Self.delayMsMax
    var arriving: [(atMs: Int64, record: OutgoingRecord)] = []
    var ledgerMs: Int64 = 0
    for (number, event) in all.enumerated() {
      var record = Self.record(event, "\(run)-d\(number)", beganMs + event.atMs, partitions)
      var arrivalMs = event.atMs + Int64.random(in: 0...Self.delayMsMax, using: &random)
      if event.source == .ledger {
        record.headers.append("ce_sequence", String(number))
        ledgerMs = max(ledgerMs, arrivalMs)
        arrivalMs = ledgerMs
      }
      arriving.append((arrivalMs, record))
      if Int.random(in: 0..<100, using: &random) < Self.repeatedPercent {
        arriving.append((arrivalMs + Int64.random(in: 1...Self.delayMsMax, using: &random), record))
      }
    }
    // Of the ledger's events some arrive at one instant, and stay in their order.
    records = arriving.enumerated().sorted { ($0.element.atMs, $0.offset) < ($1.element.atMs, $1.offset) }.map {
      $0.element.record
    }
  }

  private static func usual(_ customer: Int, _ run: String, using random: inout SeededRandom) -> [Event] {
    let name = "\(run)-d\(customer)"
    var events = (0..<8).flatMap { _ in [view(.shop, name, run, using: &random), view(.app, name, run, using: &random)]
    }
    events += (0..<6).map { order("\(customer)-\($0)", name, run, using: &random) }
    events.append(
      Event(
        source: .shop, atMs: .random(in: 0...lengthMs, using: &random), type: "identity.asserted",
        identifiers: [number(name), cookie(name)], fields: ["channel": "web", "contact": "\(name)-c"]))
    events.append(
      Event(
        source: .ledger, atMs: .random(in: 0...lengthMs, using: &random), type: "customer.recorded",
        identifiers: [number(name)], fields: ["attributes": ["age": 30 + customer]]))
    return events
  }

  private static func cookie(_ name: String) -> [String: String] { ["namespace": "cookie", "value": name] }
  private static func number(_ name: String) -> [String: String] { ["namespace": "customer", "value": name] }

  private static func view(
    _ source: Source, _ name: String, _ run: String, using random: inout SeededRandom
  ) -> Event {
    Event(
      source: source, atMs: .random(in: 0...lengthMs, using: &random), type: "page.viewed",
      identifiers: [cookie(name)],
      fields: ["channel": source == .shop ? "web" : "app", "contact": "\(name)-c", "page": "/", "category": "cards"])
  }

  private static func order(
    _ id: String, _ name: String, _ run: String, using random: inout SeededRandom
  ) -> Event {
    Event(
      source: .ledger, atMs: .random(in: 0...lengthMs, using: &random), type: "order.placed",
      identifiers: [number(name)],
      fields: [
        "order": "o-\(run)-\(id)", "product": "cards", "amountMinor": Int.random(in: 1...9_999, using: &random),
        "currency": "EUR",
      ])
  }

  private static func record(_ event: Event, _ id: String, _ timeMs: Int64, _ partitions: Int) -> OutgoingRecord {
    var data = event.fields
    data["identifiers"] = event.identifiers
    return RawLog.record(
      event.source == .ledger ? Topics.sourceRecords : Topics.channelInteractions,
      key: Oracle.key(event.identifiers[0]), type: "trias.\(event.type).v1", id: id, data: data, timeMs: timeMs,
      partitions: partitions, source: event.source.rawValue)
  }
}
