// What the pages ask for once: who was active last, leads, the catalogue, a decision.

import Contracts
import Foundation
import Host
import Hummingbird

struct ReadRoutes: Sendable {
  let books: Books
  let explain: Explain?
  let namespaces: Namespaces

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.get("customers/recent") { _, _ in try Answers.json(books.recentCustomers(24, namespaces)) }
    group.get("leads") { request, _ in
      let query = try request.leadsQuery()
      let (all, revision) = books.read { ($0.leads.all, $0.leads.revision) }
      var model = LeadsModel(all, revision: revision, query: query)
      let shown = model.rows.map(\.profile)
      let states = books.read { content in shown.map { content.profiles[$0]?.state } }
      for (index, state) in states.enumerated() {
        model.rows[index].customer = state.flatMap { LeadCustomer($0) { namespaces[$0]?.kind == .contact } }
      }
      return try Answers.json(model)
    }
    group.get("catalog") { request, _ in
      guard let model = books.catalog(request.query("version"), nowMs: wallClockMs()) else {
        throw Problem.notFound(
          request.query("version").map { "there is no version \($0)" } ?? "no catalogue has been applied yet",
          field: "version")
      }
      return try Answers.json(model)
    }
    group.get("decisions/:list") { request, context in
      let list = context.parameters.get("list")?.removingPercentEncoding ?? ""
      let name = request.query("language")
      guard let language = name.map({ Language(rawValue: $0) }) ?? .english else {
        throw Problem.invalid("language", "takes \(Language.allCases.map(\.rawValue).joined(separator: " or "))")
      }
      let (bytes, catalogs) = books.read { ($0.decisions[list], $0.catalogs) }
      guard let bytes else {
        throw Problem.notFound(
          "the decision of the list \(list) is not among the recent ones; trias explain looks through the whole topic",
          field: "list")
      }
      let decision = try NbaDecision(json: bytes)
      return try Answers.json(
        DecisionModel(
          decision, catalogs[decision.catalogVersion], explain: explain, language: language, namespaces: namespaces))
    }
  }
}

extension Request {
  fileprivate func leadsQuery() throws(Problem) -> LeadsQuery {
    var query = LeadsQuery()
    query.search = self.query("search") ?? ""
    query.offer = self.query("offer")
    query.step = self.query("step")
    if let text = self.query("status") {
      query.status = Lead.Status(rawValue: text)
      guard query.status != nil else { throw .invalid("status", "takes open, won or lost") }
    }
    if let text = self.query("order") {
      guard let order = LeadsQuery.Order(rawValue: text) else {
        throw .invalid("order", "takes due, value or changed")
      }
      query.order = order
    }
    if let text = self.query("rows") {
      guard let rows = Int(text), (1...LeadsQuery.rowsMax).contains(rows) else {
        throw .invalid("rows", "takes 1 to \(LeadsQuery.rowsMax)")
      }
      query.rows = rows
    }
    return query
  }
}

struct RecentCustomer: Encodable, Sendable {
  var profile: String
  var identifier: String
  var isKnown: Bool
  var identifiers: Int
  var lastSeenMs: Int64
  var events: Int64
  var openChannel: String?
}

struct CatalogModel: Encodable, Sendable {
  struct Version: Encodable, Sendable {
    var version: String
    var appliedMs: Int64
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
  /// Those who were active last, for a start without knowing anybody's number.
  func recentCustomers(_ count: Int, _ namespaces: Namespaces) -> [RecentCustomer] {
    let entries = read { $0.profiles.lastSeen(count) }
    return entries.compactMap { profile, entry in
      guard let state = try? ProfileState(json: entry.state) else { return nil }
      let view = CustomerView(state)
      let ranked = view.identifiers.sorted {
        (namespaces[$0.namespace]?.strength ?? .max) < (namespaces[$1.namespace]?.strength ?? .max)
      }
      guard let strongest = ranked.first else { return nil }
      return RecentCustomer(
        profile: profile, identifier: strongest.key, isKnown: namespaces.isKnown(strongest.namespace),
        identifiers: view.identifiers.count, lastSeenMs: view.lastSeenMs,
        events: view.counts.reduce(0) { $0 + $1.count },
        openChannel: view.contacts.last { !$0.isEnded }?.contact.channel)
    }
  }

  /// That version, or the one that applies now.
  func catalog(_ version: String?, nowMs: Int64) -> CatalogModel? {
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
        .init(version: $0.version, appliedMs: $0.appliedMs, name: $0.name, propositions: $0.propositions.count)
      }, isCurrent: catalog.version == book.current?.catalog.version, catalog: catalog, results: results,
      limits: limits(catalog, budgets, nowMs: nowMs), resultsSinceMs: counted.sinceMs,
      controlGroups: controlGroups(counted, catalog))
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
