import Contracts
import Foundation
import MessageLog

/// What customers do in the kill-and-restart test, one script a customer, with waits where a real customer waits: for the
/// list that he answers, and for nothing else.
final class Scenario {
  static let catalog = """
    name: end to end
    currency: EUR
    channels: [web]
    attributes:
      - { name: age, scope: customer, type: number }
    propositions:
    \(proposition("mortgage", 90_000, rule: nil))
    \(proposition("pension", 60_000, rule: "customer.age >= 50"))
    \(proposition("savings", 30_000, rule: nil))
    \(proposition("cards", 10_000, rule: nil))
    """

  /// The same, as the oracle knows it.
  static let oracle = Oracle(
    portfolio: [("mortgage", 0), ("pension", 50), ("savings", 0), ("cards", 0)],
    forms: ["mortgage": "mortgage-form", "pension": "pension-form", "savings": "savings-form", "cards": "cards-form"])

  private static func proposition(_ id: String, _ value: Int, rule: String?) -> String {
    """
      - id: \(id)
        name: The \(id)
        issue: sales
        group: \(id)
        kind: offer
        valueMinor: \(value)
        costMinor: 0
        startProbability: 0.1
        treatments:
          - { channel: web, headline: "\(id)", body: "It is good.", callToAction: "Yes" }
    \(rule.map { "    eligibility:\n      - { name: old enough, when: \"\($0)\" }\n" } ?? "")\
        steps:
          - { name: apply, summary: Applies, completedBy: { event: form.submitted, form: \(id)-form } }
          - { name: sign, summary: Signs, completedBy: { event: order.placed, product: \(id) } }
    """
  }

  let run = String(UUID().uuidString.prefix(8).lowercased())
  private let raw: RawLog
  private let producer: any LogProducer
  /// A little ago, and in steps: long ago would be taken as contacts that were abandoned since.
  private var nowMs = Int64(Date().timeIntervalSince1970 * 1_000) - 60_000
  private var events = 0
  /// The ids of lists by contact, as an adapter learns them.
  private var lists: [String: (id: String, version: Int)] = [:]
  private let reader: any LogConsumer

  init(_ suite: SuiteProcesses) throws {
    raw = RawLog(log: suite.log, partitions: suite.partitions)
    producer = try suite.log.makeProducer(name: "scenario")
    reader = try suite.log.makeConsumer(name: "scenario.lists", group: nil)
    try reader.assign(
      Dictionary(
        uniqueKeysWithValues: try (0..<Int32(suite.partitions)).map {
          let at = TopicPartition(Topics.nbaLists.name, $0)
          return (at, try reader.bounds(of: at).end)
        }))
  }

  deinit {
    reader.close()
    producer.close(timeoutMs: 1_000)
  }

  /// Customer `n` from first visit to wherever his kind gets to.
  func customer(_ n: Int) throws {
    let cookie = ["namespace": "cookie", "value": "\(run)-\(n)"]
    let number = ["namespace": "customer", "value": "\(run)-\(n)"]
    let contact = "\(run)-c\(n)"
    try say("contact.started", [cookie], contact)
    for page in 0..<(n % 3 + 1) {
      try say("page.viewed", [cookie], contact, ["page": "/\(page)", "category": "savings"])
    }
    try say("identity.asserted", [number, cookie], contact)
    try say("customer.recorded", [number], nil, ["attributes": ["age": 30 + n % 40]], source: true)
    guard n % 4 != 0 else { return }
    let list = try waitForList(contact)
    try say("nba.presented", [number, cookie], contact, ["list": list, "proposition": "savings", "rank": 2])
    try say("nba.accepted", [number, cookie], contact, ["list": list, "proposition": "savings"])
    // The same again, as a nervous finger does it.
    try say("nba.accepted", [number, cookie], contact, ["list": list, "proposition": "savings"], repeating: true)
    if n % 4 >= 2 {
      try say("form.submitted", [number, cookie], contact, ["form": "savings-form", "conversion": "hard"])
    }
    if n % 4 == 3 {
      try say("contact.ended", [number, cookie], contact)
      // By another way, hence only when the lead stands where the order finds it.
      try waitForLead(number["value"]!, step: 1)
      try say(
        "order.placed", [number], nil,
        ["order": "o-\(run)-\(n)", "product": "savings", "amountMinor": 1_000 + n, "currency": "EUR"], source: true)
    }
  }

  private func say(
    _ short: String, _ identifiers: [[String: String]], _ contact: String?, _ fields: [String: Any] = [:],
    source: Bool = false, repeating: Bool = false
  ) throws {
    if !repeating {
      events += 1
      nowMs += 10
    }
    var data = fields
    data["identifiers"] = identifiers
    if !source { data["channel"] = "web" }
    if let contact { data["contact"] = contact }
    try raw.publish(
      source ? Topics.sourceRecords : Topics.channelInteractions,
      key: "\(identifiers[0]["namespace"]!):\(identifiers[0]["value"]!)", type: "trias.\(short).v1",
      id: "\(run)-\(events)", data: data, timeMs: nowMs, producer: producer)
  }

  private func waitForList(_ contact: String) throws -> String {
    try SuiteProcesses.wait(90, "a list for \(contact)") {
      for record in try reader.poll(maxRecords: 500, timeoutMs: 20) {
        guard let value = record.value,
          let list = try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any],
          let contact = list["contact"] as? String, let id = list["id"] as? String,
          let version = list["version"] as? Int
        else { continue }
        if version > lists[contact]?.version ?? -1 { lists[contact] = (id, version) }
      }
      return lists[contact]?.id
    }
  }

  private func waitForLead(_ customer: String, step: Int) throws {
    _ = try SuiteProcesses.wait(90, "the lead of \(customer) to stand at step \(step)") {
      try raw.states(of: Topics.leadState).values.contains { state in
        (state["leads"] as? [[String: Any]] ?? []).contains {
          ($0["identifier"] as? [String: Any])?["value"] as? String == customer && $0["step"] as? Int == step
        }
      } ? true : nil
    }
  }
}
