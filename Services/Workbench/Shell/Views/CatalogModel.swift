// A version of the catalogue as its page shows it: what it says, who applied it and why, and what came of it.

import CatalogAuthoring
import Contracts

struct CatalogModel: Encodable, Sendable {
  struct Version: Encodable, Sendable {
    var version: String
    var appliedMs: Int64
    /// Who applied it, and why; nil: nobody said so.
    var appliedBy: String?
    var note: String?
    var name: String
    var propositions: Int
  }

  var versions: [Version]
  /// What came of a proposition, in whichever version of the catalogue.
  struct Results: Encodable, Sendable {
    var shown = 0
    var accepted = 0
    var open = 0
    var won = 0
    var lost = 0
    var netRevenueMinor: Int64 = 0
  }

  /// What came of what a control group was shown, with the catalogue's values.
  struct ControlGroupResults: Encodable, Sendable {
    var controlGroup: ControlGroup
    var shown = 0
    var accepted = 0
    /// Of all acceptances together.
    var valueMinor: Double = 0
  }

  var isCurrent: Bool
  var catalog: Catalog
  /// By proposition, what keeps it from everybody now; of those that nothing does there is nothing.
  var standings: [String: [Standing]]
  var remarks: Remarks
  var results: [String: Results]
  /// How much of a proposition there is over all customers, and what of it is given out.
  struct Limit: Encodable, Sendable {
    var limit: PropositionLimit
    var taken: Int64
  }

  /// By proposition, where there is only so much of it.
  var limits: [String: [Limit]]
  /// From when on presentations were counted; nil: there were none.
  var resultsSinceMs: Int64?
  /// In the order of `ControlGroup`; those that were shown nothing yet are not there.
  var controlGroups: [ControlGroupResults]
}

extension Books {
  /// That version, or the one that applies now.
  func catalog(_ version: String?, nowMs: Int64, namespaces: Namespaces) -> CatalogModel? {
    let (book, counted, leads) = read { ($0.catalogs, $0.results, $0.leads.all) }
    guard let catalog = (version.map({ book[$0] }) ?? book.current)?.catalog else { return nil }
    var results = counted.byProposition.mapValues { CatalogModel.Results(shown: $0.shown, accepted: $0.accepted) }
    for (_, lead) in leads {
      switch lead.status {
      case .open: results[lead.proposition, default: .init()].open += 1
      case .lost: results[lead.proposition, default: .init()].lost += 1
      case .won:
        results[lead.proposition, default: .init()].won += 1
        if lead.currency == catalog.currency {
          results[lead.proposition]!.netRevenueMinor += lead.netRevenueMinor ?? 0
        }
      }
    }
    let budgets = read { content in
      Dictionary(
        catalog.propositions.compactMap { one in content.budgets[one.id].map { (one.id, $0) } },
        uniquingKeysWith: { first, _ in first })
    }
    return CatalogModel(
      versions: book.versions.reversed().map(\.catalog).map {
        .init(
          version: $0.version, appliedMs: $0.appliedMs, appliedBy: $0.appliedBy, note: $0.note, name: $0.name,
          propositions: $0.propositions.count)
      }, isCurrent: catalog.version == book.current?.catalog.version, catalog: catalog,
      standings: standings(catalog, nowMs: nowMs),
      remarks: Remarks(on: catalog, nowMs: nowMs, namespaces: namespaces), results: results,
      limits: limits(catalog, budgets, nowMs: nowMs), resultsSinceMs: counted.sinceMs,
      controlGroups: controlGroups(counted, catalog))
  }

  private func standings(_ catalog: Catalog, nowMs: Int64) -> [String: [Standing]] {
    let all = catalog.propositions.map { ($0.id, Standing.all(of: $0, in: catalog, nowMs: nowMs)) }
    return Dictionary(all.filter { !$0.1.isEmpty }, uniquingKeysWith: { first, _ in first })
  }

  private func limits(
    _ catalog: Catalog, _ budgets: [String: Budget], nowMs: Int64
  ) -> [String: [CatalogModel.Limit]] {
    var limits: [String: [CatalogModel.Limit]] = [:]
    for proposition in catalog.propositions {
      guard let all = proposition.limits, !all.isEmpty else { continue }
      let counts = budgets[proposition.id]?.counts ?? []
      limits[proposition.id] = all.map { limit in
        let count = counts.first { $0.limit.of == limit.of && $0.limit.per == limit.per }
        // What was given out in a period that is over counts no more, though nobody has asked since.
        let isNow = count.map { limit.per.startMs(at: nowMs) <= $0.sinceMs } ?? false
        return CatalogModel.Limit(limit: limit, taken: isNow ? count?.taken ?? 0 : 0)
      }
    }
    return limits
  }

  private func controlGroups(_ counted: ResultsBook, _ catalog: Catalog) -> [CatalogModel.ControlGroupResults] {
    let values = Dictionary(
      catalog.propositions.map { ($0.id, $0.valueMinor) }, uniquingKeysWith: { first, _ in first })
    return ControlGroup.allCases.compactMap { group in
      guard let results = counted.byControlGroup[group] else { return nil }
      return results.reduce(into: CatalogModel.ControlGroupResults(controlGroup: group)) { sum, one in
        sum.shown += one.value.shown
        sum.accepted += one.value.accepted
        sum.valueMinor += Double(one.value.accepted) * Double(values[one.key] ?? 0)
      }
    }
  }
}
