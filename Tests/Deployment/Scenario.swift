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
    /// How long before its turn it happened, by its own word.
    var ageMs: Int64 = 0
  }

  enum Step {
    case say(Event)
    /// What was said last, once more: as a nervous finger does it.
    case repeatLast
    case waitForList(contact: String)
    case waitForLead(customer: String, step: Int)
    /// Until the lead has followed its facet to another profile.
    case waitForMove(customer: String)
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
  /// What tells this run's customers from others; and since it is part of every key, it decides on partitions too.
  package let run: String
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

  package init(_ deployment: SuiteProcesses, seed: UInt64 = Seed.ofThisRun) throws {
    self.deployment = deployment
    random = SeededRandom(seed: seed)
    run = String(String(random.next() | 1 << 63, radix: 36).suffix(8))
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
    case .waitForMove(let customer): return views.movedLeads.contains(customer)
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
      timeMs: nowMs - event.ageMs - Int64.random(in: 0...shuffledWithinMs, using: &random),
      partitions: deployment.partitions)
  }

  /// What the ids of records begin with that nobody can take.
  package static let spoiled = "bad-"

  /// Sends a record that it can't take to each reader whose input is his to read only, and an event of a new visitor into
  /// a partition that isn't his.
  package func spoil() {
    func bad(_ topic: Topic, key: String, type: String) -> OutgoingRecord {
      defer { events += 1 }
      return RawLog.record(
        topic, key: key, type: type, id: "\(Self.spoiled)\(run)-\(events)", data: [:], timeMs: nowMs,
        partitions: deployment.partitions)
    }
    let stray = ["namespace": "cookie", "value": "\(run)-s\(events)"]
    var misplaced = record(
      Event(type: "page.viewed", identifiers: [stray], fields: ["page": "/"]), Topics.channelInteractions)
    misplaced.partition = (misplaced.partition + 1) % Int32(deployment.partitions)
    events += 1
    _ = publish([
      misplaced, bad(Topics.channelInteractions, key: "cookie:\(run)-bad", type: "trias.nothing.happened.v1"),
      bad(Topics.stewardCommands, key: IdentityClaim.key, type: "trias.nothing.asked.v1"),
      bad(Topics.leadEvents, key: "nobody", type: "trias.lead.vanished.v1"),
      bad(Topics.leadCommands, key: "nobody", type: "trias.lead.forget.v1"),
      bad(Topics.nbaEvidence, key: "nothing/web/inbound", type: NbaEvidence.type),
      bad(Topics.groupContributions, key: "everybody", type: "trias.group.contribution.v1"),
      bad(Topics.budgetRequests, key: "savings", type: "trias.budget.steal.v1"),
      bad(Topics.budgetAnswers, key: "nobody", type: BudgetAnswerType.contact.rawValue),
      bad(Topics.budgetAnswers, key: "nobody", type: BudgetAnswerType.lead.rawValue),
    ])
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
