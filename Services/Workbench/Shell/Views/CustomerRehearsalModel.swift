// What one customer gets by what is in force, and would get by a draft: his lists side by side, and all that drops out.

import Contracts
import NbaScorerCore
import Rehearsal

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

  static let rowsMax = 1_000

  /// The one that was asked for, else the strongest.
  var identifier: String?
  var profile: String
  var nowMs: Int64
  var contact: RehearsedContact
  var currency: String
  /// False: there is no draft, and what comes after is what was before.
  var isCompared: Bool
  /// Those on either list first, as they stand on the later one, then those that came furthest.
  var rows: [Row]
  /// How many more there are.
  var rowsLeft: Int

  init(_ customer: RehearsedCustomer, identifier: String?, names: [String: String]) {
    (profile, self.identifier) = (customer.profile, identifier)
    nowMs = customer.nowMs
    contact = RehearsedContact(customer)
    currency = (customer.after ?? customer.before).catalog.catalog.currency
    isCompared = customer.after != nil
    let all = customer.comparisons
    rows = all.prefix(Self.rowsMax).map { one in
      Row(
        proposition: one.proposition, name: names[one.proposition] ?? one.proposition,
        before: one.before.map(Side.init), after: one.after.map(Side.init), why: one.why)
    }
    rowsLeft = all.count - rows.count
  }
}

extension CustomerRehearsalModel.Side {
  fileprivate init(_ entry: Explanation.Entry) {
    self.init(
      rank: entry.rank, probability: entry.probability, valueMinor: entry.valueMinor, reasons: entry.reasons,
      stage: entry.drop?.stage, rule: entry.drop?.rule, refusal: entry.refusal)
  }
}
