import Contracts
import Foundation
import MessageLog

/// What customers do, one script a customer. A script waits where a real customer waits, for the list that he answers,
/// and where the order of two things that come by different ways decides what happens; the others go on meanwhile.
package final class Scenario {
  package struct Event {
    var type: String
    var identifiers: [[String: String]]
    var contact: String?
    var fields: [String: Any] = [:]
    var isRecord = false
    /// Answers the list that the contact has.
    var answersList = false
  }

  enum Step {
    case say(Event)
    /// What was said last, once more: as a nervous finger does it.
    case repeatLast
    case waitForList(contact: String)
    case waitForLead(customer: String, step: Int)
  }

  private struct Script {
    var customer: Int
    var steps: ArraySlice<Step>
    var last: (topic: Topic, record: OutgoingRecord)?
  }

  /// How often, of a hundred, an event is published again some events later, as by a source that was not sure.
  package var repeatedPercent = 0
  /// How far, at most, what an event says of its time lies before its turn.
  package var shuffledWithinMs: Int64 = 0
  package let run = String(UUID().uuidString.prefix(8).lowercased())
  private let deployment: SuiteProcesses
  private var producer: (any LogProducer)?
  private let views: Views
  private var random: SeededRandom
  private var scripts: [Script] = []
  private var customers = 0
  private var events = 0
  private var recent: [OutgoingRecord] = []
  /// A little ago, and in steps: long ago would be taken as contacts that were abandoned since.
  private var nowMs = Int64(Date().timeIntervalSince1970 * 1_000) - 60_000

  package init(_ deployment: SuiteProcesses, seed: UInt64 = .random(in: 0...UInt64.max)) throws {
    self.deployment = deployment
    random = SeededRandom(seed: seed)
    views = try Views(deployment)
  }

  deinit {
    views.close()
    producer?.close(timeoutMs: 1_000)
  }

  // MARK: Going on

  /// Lets so many more customers begin.
  package func begin(_ count: Int) {
    for _ in 0..<count {
      scripts.append(Script(customer: customers, steps: Self.steps(customers, run)[...]))
      customers += 1
    }
  }

  /// One more customer who comes, and what tells his contact from others.
  package func visit() -> String {
    begin(1)
    return "\(run)-c\(customers - 1)"
  }

  package func hasList(_ contact: String) -> Bool { views.lists[contact] != nil }

  package var isIdle: Bool { scripts.isEmpty }

  /// How many customers have not come to their ends.
  package var open: Int { scripts.count }

  /// Every customer goes on as far as he can. What the broker doesn't take is tried again the next time.
  package func goOn() {
    views.catchUp(waitMs: 5)
    for index in scripts.indices {
      while let step = scripts[index].steps.first, take(step, &scripts[index]) { scripts[index].steps.removeFirst() }
    }
    scripts.removeAll { $0.steps.isEmpty }
  }

  package func goOn(seconds: Double) {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline { goOn() }
  }

  /// Until every customer has come to his end.
  package func finish(seconds: Double = 120) throws {
    _ = try SuiteProcesses.wait(seconds, "\(scripts.count) customers to come to their ends (\(waiting))") {
      goOn()
      return isIdle ? true : nil
    }
  }

  private var waiting: String {
    scripts.prefix(3).map { "\($0.customer): \($0.steps.first.map { "\($0)" } ?? "")" }.joined(separator: "; ")
  }

  private func take(_ step: Step, _ script: inout Script) -> Bool {
    switch step {
    case .waitForList(let contact): return views.lists[contact] != nil
    case .waitForLead(let customer, let step): return views.leadSteps[customer, default: -1] >= step
    case .repeatLast: return script.last.map { publish([$0.record]) } ?? true
    case .say(var event):
      if event.answersList { event.fields["list"] = views.lists[event.contact!]!.id }
      let topic = event.isRecord ? Topics.sourceRecords : Topics.channelInteractions
      let record = self.record(event, topic)
      var records = [record]
      if let again = recent.randomElement(using: &random), Int.random(in: 0..<100, using: &random) < repeatedPercent {
        records.append(again)
      }
      guard publish(records) else { return false }
      script.last = (topic, record)
      events += 1
      nowMs += 10
      recent = recent.suffix(40) + [record]
      return true
    }
  }

  private func record(_ event: Event, _ topic: Topic) -> OutgoingRecord {
    var data = event.fields
    data["identifiers"] = event.identifiers
    if !event.isRecord { data["channel"] = "web" }
    if let contact = event.contact { data["contact"] = contact }
    let key = "\(event.identifiers[0]["namespace"]!):\(event.identifiers[0]["value"]!)"
    return RawLog.record(
      topic, key: key, type: "trias.\(event.type).v1", id: "\(run)-\(events)", data: data,
      timeMs: nowMs - Int64.random(in: 0...shuffledWithinMs, using: &random),
      partitions: deployment.partitions)
  }

  /// A failure leaves it open whether the broker has it: published again it has the same id.
  private func publish(_ records: [OutgoingRecord]) -> Bool {
    do {
      let producer = try self.producer ?? deployment.log.makeProducer(name: "scenario")
      self.producer = producer
      _ = try producer.append(records, timeoutMs: 10_000)
      return true
    } catch {
      producer?.close(timeoutMs: 0)
      producer = nil
      return false
    }
  }
}

// MARK: - The scripts

extension Scenario {
  /// Customer `n` from first visit to wherever his kind gets to.
  static func steps(_ n: Int, _ run: String) -> [Step] {
    let cookie = ["namespace": "cookie", "value": "\(run)-\(n)"]
    let number = ["namespace": "customer", "value": "\(run)-\(n)"]
    let contact = "\(run)-c\(n)"
    func say(_ type: String, _ identifiers: [[String: String]], _ fields: [String: Any] = [:]) -> Step {
      .say(Event(type: type, identifiers: identifiers, contact: contact, fields: fields))
    }
    func answer(_ type: String, _ fields: [String: Any]) -> Step {
      .say(Event(type: type, identifiers: [number, cookie], contact: contact, fields: fields, answersList: true))
    }
    func record(_ type: String, _ fields: [String: Any]) -> Step {
      .say(Event(type: type, identifiers: [number], fields: fields, isRecord: true))
    }
    var steps = [say("contact.started", [cookie])]
    for page in 0..<(n % 3 + 1) {
      steps.append(say("page.viewed", [cookie], ["page": "/\(page)", "category": "savings"]))
    }
    steps += [
      say("identity.asserted", [number, cookie]), record("customer.recorded", ["attributes": ["age": 30 + n % 40]]),
    ]
    guard n % 4 != 0 else { return steps }
    steps += [
      .waitForList(contact: contact), answer("nba.presented", ["proposition": "savings", "rank": 2]),
      answer("nba.accepted", ["proposition": "savings"]), .repeatLast,
    ]
    if n % 4 >= 2 {
      steps.append(say("form.submitted", [number, cookie], ["form": "savings-form", "conversion": "hard"]))
    }
    if n % 4 == 3 {
      let order: [String: Any] = [
        "order": "o-\(run)-\(n)", "product": "savings", "amountMinor": 1_000 + n, "currency": "EUR",
      ]
      // By another way, hence only when the lead stands where the order finds it.
      steps += [
        say("contact.ended", [number, cookie]), .waitForLead(customer: number["value"]!, step: 1),
        record("order.placed", order),
      ]
    }
    return steps
  }

  package static let catalog = """
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
  package static let oracle = Oracle(
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
}
