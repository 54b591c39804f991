// What a sample of customers gets by what is in force, and would get by a draft, as the pages show it: in numbers, and page
// by page with everybody's list.

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

  var nowMs: Int64
  /// The version that is in force.
  var inForce: String
  /// False: there is no draft, and what comes after is what was before.
  var isCompared: Bool
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
  /// All of the sample: those with another first place, then those with another list, then the rest.
  var profiles: [String]

  init(_ rehearsal: Rehearsal, _ trial: CustomerTrial, known: Int, nowMs: Int64) {
    let names = Self.names(trial)
    (self.nowMs, self.known) = (nowMs, known)
    (inForce, isCompared) = (trial.inForce.catalog.version, trial.draft != nil)
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
    profiles = rehearsal.profiles
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

struct RehearsalPage: Encodable, Sendable {
  /// The version that is in force: another than the sample's came meanwhile.
  var inForce: String
  var nowMs: Int64
  var rows: [SampledCustomer] = []
  /// Profiles that are no longer there: another's by now, or forgotten here.
  var gone: [String] = []
}

/// One of a sample, with his whole list.
struct SampledCustomer: Encodable, Sendable {
  struct Item: Encodable, Sendable {
    var proposition: String
    var name: String
    var probability: Double?
    var valueMinor: Int64?
    var reasons: [String]
  }

  var profile: String
  /// The strongest.
  var identifier: String?
  var contact: RehearsedContact
  /// Best first.
  var before: [Item]
  /// nil: there is no draft.
  var after: [Item]?
  var currency: String

  init(_ customer: RehearsedCustomer, identifier: String?, names: [String: String]) {
    func items(_ portfolio: Portfolio) -> [Item] {
      portfolio.entries().prefix { $0.rank != nil }.map { entry in
        Item(
          proposition: entry.proposition, name: names[entry.proposition] ?? entry.name,
          probability: entry.probability, valueMinor: entry.valueMinor, reasons: entry.reasons)
      }
    }
    (profile, self.identifier) = (customer.profile, identifier)
    contact = RehearsedContact(customer)
    before = items(customer.before)
    after = customer.after.map(items)
    currency = (customer.after ?? customer.before).catalog.catalog.currency
  }
}

/// In which contact it was decided.
struct RehearsedContact: Encodable, Sendable {
  struct Place: Encodable, Sendable {
    var channel: String
    var direction: String
    var placement: String?

    init(_ contact: Contact) {
      (channel, direction, placement) = (contact.channel, contact.direction, contact.placement)
    }
  }

  /// False: one that begins.
  var isOwn: Bool
  var decidedFor: Place
  /// The one that he is in; nil: none.
  var open: Place?

  init(_ customer: RehearsedCustomer) {
    isOwn = customer.isInContact
    decidedFor = Place(customer.contact)
    open = customer.open.map(Place.init)
  }
}
