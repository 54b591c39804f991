// What customers would get by a draft, as its page shows it: a sample of them in numbers, or one with his lists side by side.

import Contracts
import NbaScorerCore
import Rehearsal

struct RehearsalModel: Encodable, Sendable {
  struct Places: Encodable, Sendable {
    var listed: Int
    var first: Int
  }

  struct Row: Encodable, Sendable {
    var proposition: String
    var name: String
    /// nil: that catalogue doesn't have it.
    var before: Places?
    var after: Places?
  }

  struct StageRow: Encodable, Sendable {
    var stage: Stage
    var before: Int
    var after: Int
  }

  /// Expected, per customer.
  struct Worth: Encodable, Sendable {
    var firstMinor: Double
    var listMinor: Double
    var currency: String
  }

  struct Example: Encodable, Sendable {
    var profile: String
    /// The strongest.
    var identifier: String?
    var isOtherFirst: Bool
    /// Names, best first.
    var before: [String]
    var after: [String]
  }

  var nowMs: Int64
  /// Of so many that the workbench has.
  var known: Int
  var customers: Int
  var inContact: Int
  var otherList: Int
  var otherFirst: Int
  var places: [Row]
  /// How many propositions nobody gets by either.
  var nobodys: Int
  var before: Worth
  var after: Worth
  var stages: [StageRow]
  var examples: [Example]

  init(
    _ rehearsal: Rehearsal, _ trial: CustomerTrial, known: Int, nowMs: Int64, identifier: (String) -> String?
  ) {
    let names = Self.names(trial)
    (self.nowMs, self.known) = (nowMs, known)
    customers = rehearsal.customers
    inContact = rehearsal.inContact
    otherList = rehearsal.otherList
    otherFirst = rehearsal.otherFirst
    let all = rehearsal.places
    places = all.filter { !$0.isNobodys }.map { one in
      Row(
        proposition: one.proposition, name: names[one.proposition] ?? one.proposition,
        before: one.before.map(Places.init), after: one.after.map(Places.init))
    }
    nobodys = all.count { $0.isNobodys }
    let later = rehearsal.after ?? rehearsal.before
    before = Worth(rehearsal.before, customers: rehearsal.customers)
    after = Worth(later, customers: rehearsal.customers)
    stages = Stage.allCases.map {
      StageRow(stage: $0, before: rehearsal.before.dropped[$0] ?? 0, after: later.dropped[$0] ?? 0)
    }
    examples = rehearsal.examples.map { one in
      Example(
        profile: one.profile, identifier: identifier(one.profile), isOtherFirst: one.isOtherFirst,
        before: one.before.map { names[$0] ?? $0 }, after: one.after.map { names[$0] ?? $0 })
    }
  }

  /// By the draft, else by what is in force.
  static func names(_ trial: CustomerTrial) -> [String: String] {
    let all = trial.inForce.catalog.propositions + (trial.draft?.catalog.propositions ?? [])
    return Dictionary(all.map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
  }
}

extension RehearsalModel.Places {
  fileprivate init(_ places: Rehearsal.Tally.Places) { self.init(listed: places.listed, first: places.first) }
}

extension RehearsalModel.Worth {
  fileprivate init(_ tally: Rehearsal.Tally, customers: Int) {
    let count = Double(max(1, customers))
    self.init(firstMinor: tally.firstMinor / count, listMinor: tally.listMinor / count, currency: tally.currency)
  }
}

struct CustomerRehearsalModel: Encodable, Sendable {
  struct Side: Encodable, Sendable {
    var rank: Int?
    var probability: Double?
    var valueMinor: Int64?
    var reasons: [String]
    var stage: Stage?
    var rule: String?
    var refusal: String?
  }

  struct Row: Encodable, Sendable {
    var proposition: String
    var name: String
    /// nil: that catalogue doesn't have it.
    var before: Side?
    var after: Side?
    /// Why it came or went, or what else is otherwise.
    var why: String?
  }

  var identifier: String
  var profile: String
  var nowMs: Int64
  var isInContact: Bool
  var channel: String
  var direction: String
  var placement: String?
  var currency: String
  /// Those on either list first, as they stand on the later one.
  var rows: [Row]

  init(_ customer: RehearsedCustomer, identifier: String, names: [String: String]) {
    self.identifier = identifier
    profile = customer.profile
    nowMs = customer.nowMs
    isInContact = customer.isInContact
    channel = customer.contact.channel
    direction = customer.contact.direction
    placement = customer.contact.placement
    currency = (customer.after ?? customer.before).catalog.catalog.currency
    rows = customer.comparisons.map { one in
      Row(
        proposition: one.proposition, name: names[one.proposition] ?? one.proposition,
        before: one.before.map(Side.init), after: one.after.map(Side.init), why: one.why)
    }
  }
}

extension CustomerRehearsalModel.Side {
  fileprivate init(_ entry: Explanation.Entry) {
    self.init(
      rank: entry.rank, probability: entry.probability, valueMinor: entry.valueMinor, reasons: entry.reasons,
      stage: entry.drop?.stage, rule: entry.drop?.rule, refusal: entry.refusal)
  }
}
