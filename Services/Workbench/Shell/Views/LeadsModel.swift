// The leads of all customers, for the people who work them.

import Contracts

struct LeadsModel: Encodable, Sendable {
  struct Row: Encodable, Sendable {
    var profile: String
    var lead: Lead
  }

  struct Totals: Encodable, Sendable {
    var count = 0
    /// By currency: expected for open leads, net revenue for won ones.
    var amounts: [String: Int64] = [:]
  }

  static let rowsMax = 200

  var revision: Int64
  var open = Totals()
  var won = Totals()
  var lost = Totals()
  var rows: [Row]
  /// How many match, of which `rows` are the last changed.
  var matching: Int

  init(_ all: [(profile: String, lead: Lead)], revision: Int64, status: Lead.Status?, search: String) {
    self.revision = revision
    for (_, lead) in all {
      switch lead.status {
      case .open: open.add(lead.expectedValueMinor, lead.currency)
      case .won: won.add(lead.netRevenueMinor ?? 0, lead.currency)
      case .lost: lost.add(lead.expectedValueMinor, lead.currency)
      }
    }
    let needle = search.lowercased()
    let found = all.filter { _, lead in
      guard status == nil || lead.status == status else { return false }
      return needle.isEmpty
        || [lead.name, lead.id, lead.group, lead.channel, lead.identifier.key].contains {
          $0.lowercased().contains(needle)
        }
    }
    matching = found.count
    rows = found.prefix(Self.rowsMax).map { Row(profile: $0.profile, lead: $0.lead) }
  }
}

extension LeadsModel.Totals {
  fileprivate mutating func add(_ amountMinor: Int64, _ currency: String) {
    count += 1
    amounts[currency, default: 0] += amountMinor
  }
}
