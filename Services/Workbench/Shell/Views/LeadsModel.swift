// The leads of all customers as a work list: what is to be done next for whom, and until when.

import Contracts

struct LeadsModel: Encodable, Sendable {
  struct Row: Encodable, Sendable {
    var profile: String
    var lead: Lead
    var dueMs: Int64?
    var customer: LeadCustomer?
  }

  struct Totals: Encodable, Sendable {
    var count = 0
    /// By currency: the value of open and lost leads, net revenue of won ones.
    var amounts: [String: Int64] = [:]
  }

  /// What there is to choose from, with how many leads it has.
  struct Choice: Encodable, Sendable, Equatable {
    var id: String
    var name: String
    var count: Int
  }

  var revision: Int64
  var open = Totals()
  var won = Totals()
  var lost = Totals()
  /// Of those with the status and the search that were asked for.
  var offers: [Choice]
  var steps: [Choice]
  var rows: [Row]
  /// How many match, of which `rows` are the first.
  var matching: Int

  init(_ all: [(profile: String, lead: Lead)], revision: Int64, query: LeadsQuery) {
    self.revision = revision
    for (_, lead) in all {
      switch lead.status {
      case .open: open.add(lead.expectedValueMinor, lead.currency)
      case .won: won.add(lead.netRevenueMinor ?? 0, lead.currency)
      case .lost: lost.add(lead.expectedValueMinor, lead.currency)
      }
    }
    let wanted = all.filter { query.admits($0.lead) }
    offers = Self.choices(wanted.lazy.map { ($0.lead.proposition, $0.lead.name) })
    steps = Self.choices(wanted.lazy.compactMap { $0.lead.openStep.map { ($0.name, $0.name) } })
    let found = wanted.filter { query.chooses($0.lead) }
    matching = found.count
    rows = query.sorted(found).prefix(query.rows).map { Row(profile: $0.profile, lead: $0.lead, dueMs: $0.lead.dueMs) }
  }

  private static func choices(_ pairs: some Sequence<(String, String)>) -> [Choice] {
    var counts: [String: Choice] = [:]
    for (id, name) in pairs { counts[id, default: Choice(id: id, name: name, count: 0)].count += 1 }
    return counts.values.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }
}

/// Which leads are asked for, and in what order.
struct LeadsQuery: Sendable {
  enum Order: String, Sendable, CaseIterable {
    /// What has to be done soonest; then what has waited for longest; then what is closed, the last first.
    case due
    case value
    /// What changed last.
    case changed
  }

  static let rowsMax = 2_000

  var status: Lead.Status?
  var search = ""
  var offer: String?
  /// The step under way.
  var step: String?
  var order = Order.changed
  var rows = 200

  func admits(_ lead: Lead) -> Bool {
    guard status == nil || lead.status == status else { return false }
    let needle = search.lowercased()
    return needle.isEmpty
      || [lead.name, lead.id, lead.group, lead.channel, lead.identifier.key].contains {
        $0.lowercased().contains(needle)
      }
  }

  func chooses(_ lead: Lead) -> Bool {
    (offer == nil || lead.proposition == offer) && (step == nil || lead.openStep?.name == step)
  }

  /// They come with the last changed first.
  func sorted(_ leads: [(profile: String, lead: Lead)]) -> [(profile: String, lead: Lead)] {
    switch order {
    case .changed: leads
    case .value:
      leads.sorted { ($1.lead.expectedValueMinor, $0.lead.id) < ($0.lead.expectedValueMinor, $1.lead.id) }
    case .due:
      leads.map { ($0, $0.lead.urgency) }.sorted { $0.1 < $1.1 }.map(\.0)
    }
  }
}

/// Whom a lead is about, for somebody who wants to ring him up.
struct LeadCustomer: Encodable, Sendable, Equatable {
  var name: String?
  /// Where to reach him, as far as it is known: `phone:…`, `email:…`.
  var reach: [String]

  /// nil where the state can't be read.
  init?(_ state: [UInt8], reachable: (String) -> Bool) {
    guard let view = (try? ProfileState(json: state)).map(CustomerView.init) else { return nil }
    let names = ["name", "firstName"].lazy.compactMap { name -> String? in
      guard case .string(let text) = view.attribute(name), !text.isEmpty else { return nil }
      return text
    }
    name = names.first
    reach = view.identifiers.filter { reachable($0.namespace) }.map(\.key)
  }
}

extension Lead {
  /// nil where it is closed, or all is done.
  fileprivate var openStep: SalesStep? { status == .open ? currentStep : nil }

  /// The less, the more urgent.
  fileprivate var urgency: (Int, Int64, Int64, String) {
    status == .open ? (0, dueMs ?? .max, stepSinceMs, id) : (1, -changedMs, 0, id)
  }
}

extension LeadsModel.Totals {
  fileprivate mutating func add(_ amountMinor: Int64, _ currency: String) {
    count += 1
    amounts[currency, default: 0] += amountMinor
  }
}
