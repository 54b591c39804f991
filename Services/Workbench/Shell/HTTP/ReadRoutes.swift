// What the pages ask for once: who was active last, leads, the catalogue, a decision.

import Contracts
import Customer360
import Foundation
import Host
import Hummingbird

struct ReadRoutes: Sendable {
  let books: Books
  let explain: Explain?
  let namespaces: Namespaces
  let gate: StaffGate
  let access: AccessLog

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.get("customers/recent") { request, _ in
      access.noteSeveral(try gate.reader(request), "customers/recent")
      return try Answers.json(books.recentCustomers(24, namespaces))
    }
    group.get("leads") { request, _ in
      let query = try request.leadsQuery()
      access.noteSeveral(try gate.reader(request), "leads")
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
      let version = request.query("version")
      guard let model = books.catalog(version, nowMs: wallClockMs(), namespaces: namespaces) else {
        throw Problem.notFound(
          version.map { "there is no version \($0)" } ?? "no catalogue has been applied yet",
          field: "version")
      }
      return try Answers.json(model)
    }
    group.get("decisions/:list") { request, context in
      let list = context.parameters.get("list")?.removingPercentEncoding ?? ""
      let language = try request.language() ?? .english
      let (bytes, catalogs) = books.read { ($0.decisions[list], $0.catalogs) }
      guard let bytes else {
        throw Problem.notFound(
          "the decision of the list \(list) is not among the recent ones; trias explain looks through the whole topic",
          field: "list")
      }
      let decision: NbaDecision
      var look = Access(who: try gate.reader(request), route: "/workbench/api/decisions")
      look.answeredBy = "workbench"
      do throws(JSONError) { decision = try NbaDecision(json: bytes) } catch {
        access.note(look, status: 200)
        return try Answers.json(UnreadableDecision(list, error, published: try books.published(list, decision: bytes)))
      }
      look.profile = decision.profile.id
      access.note(look, status: 200)
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
}
