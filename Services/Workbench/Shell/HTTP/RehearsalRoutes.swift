// What customers get by what is in force, and would get by a draft: asked of the same code that decides, of customers as
// they are known now.

import Contracts
import Customer360
import Host
import Hummingbird
import MessageLog
import NbaScorerCore
import Operations
import Rehearsal

struct RehearsalRoutes: Sendable {
  let books: Books
  let log: any MessageLog
  let namespaces: Namespaces
  let listLength: Int
  let gate: StaffGate
  let access: AccessLog
  let clock: @Sendable () -> Int64
  /// Each decides for thousands: so many at once, and nobody waits for longer than he is told.
  private let workers = LogDesk()

  init(
    books: Books, log: any MessageLog, namespaces: Namespaces, listLength: Int, gate: StaffGate, access: AccessLog,
    clock: @escaping @Sendable () -> Int64
  ) {
    (self.books, self.log, self.namespaces, self.listLength) = (books, log, namespaces, listLength)
    (self.gate, self.access, self.clock) = (gate, access, clock)
  }

  static let customersMax = 5_000
  private static let customersUsual = 500
  /// So many of a sample are told of at once.
  static let pageMax = 50
  private static let waitMs = 30_000

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    for place in ["catalog", "drafts/:id"] {
      group.get("\(place)/rehearsal") { try await sample($0, $1) }
      group.get("\(place)/rehearsal/page") { try await page($0, $1) }
      group.get("\(place)/rehearsal/customer") { try await customer($0, $1) }
    }
  }

  /// In numbers. Who is in the sample is told by profile alone, in the order in which the pages have them; who they are is
  /// told, and noted, page by page.
  private func sample(_ request: Request, _ context: HTTPContext) async throws -> Response {
    let count = Int(request.query("customers") ?? "\(Self.customersUsual)") ?? 0
    guard (1...Self.customersMax).contains(count) else {
      throw Problem.invalid("customers", "takes 1 to \(Self.customersMax)")
    }
    let material = try material(request, context)
    let (states, nowMs) = (books.read { $0.profiles.states }, clock())
    let model = try await workers.run(waitMs: Self.waitMs) {
      var sample = ProfileSample(count: count)
      for (profile, state) in states { sample.take(profile, state) }
      let trial = try material.trial(nowMs)
      let rehearsal = Rehearsal(of: sample.drawn().lazy.compactMap { try? ProfileState(json: $0) }, by: trial)
      return RehearsalModel(rehearsal, trial, known: states.count, nowMs: nowMs)
    }
    return try Answers.json(model)
  }

  /// Some of a sample, each with his whole list: decided anew, of customers as they are by now.
  private func page(_ request: Request, _ context: HTTPContext) async throws -> Response {
    let profiles = (request.query("profiles") ?? "").split(separator: ",").map(String.init)
    guard (1...Self.pageMax).contains(profiles.count) else {
      throw Problem.invalid("profiles", "takes 1 to \(Self.pageMax), with commas between them")
    }
    let material = try material(request, context)
    let who = try gate.reader(request)
    let (nowMs, namespaces) = (clock(), namespaces)
    let states = books.read { content in profiles.map { content.profiles[$0]?.state } }
    let model = try await workers.run(waitMs: Self.waitMs) {
      let trial = try material.trial(nowMs)
      let names = RehearsalModel.names(trial)
      var page = RehearsalPage(inForce: trial.inForce.catalog.version, nowMs: nowMs)
      for (profile, state) in zip(profiles, states) {
        guard let state = try state.map({ try ProfileState(json: $0) }) else {
          page.gone.append(profile)
          continue
        }
        page.rows.append(
          SampledCustomer(
            trial.decide(state), identifier: CustomerView(state).strongest(namespaces), names: names))
      }
      return page
    }
    for row in model.rows {
      var look = Access(who: who, route: Self.route(context, "/page"))
      (look.profile, look.answeredBy) = (row.profile, "workbench")
      access.note(look, status: 200)
    }
    return try Answers.json(model)
  }

  /// One, by any of his identifiers or by his profile, with all that drops out.
  private func customer(_ request: Request, _ context: HTTPContext) async throws -> Response {
    let material = try material(request, context)
    var look = Access(who: try gate.reader(request), route: Self.route(context, "/customer"))
    let asked: String
    if let profile = request.query("profile") {
      asked = profile
      (look.profile, look.answeredBy) = (profile, "workbench")
    } else {
      asked = try request.identifier(namespaces).key
      look.found(asked, in: books)
    }
    let profile = look.profile
    let state = books.read { content in profile.flatMap { content.profiles[$0]?.state } }
    guard let state else {
      look.answeredBy = "unknown"
      access.note(look, status: 404)
      throw Problem.notFound("nobody is known under \(asked)", field: "identifier")
    }
    let customer = try ProfileState(json: state)
    let identifier = request.query("profile") == nil ? asked : CustomerView(customer).strongest(namespaces)
    let nowMs = clock()
    let model = try await workers.run(waitMs: Self.waitMs) {
      let trial = try material.trial(nowMs)
      return CustomerRehearsalModel(
        trial.decide(customer), identifier: identifier, names: RehearsalModel.names(trial))
    }
    access.note(look, status: 200)
    return try Answers.json(model)
  }

  private static func route(_ context: HTTPContext, _ end: String) -> String {
    "/workbench/api/\(context.draft.isEmpty ? "catalog" : "drafts")/rehearsal\(end)"
  }

  private func material(_ request: Request, _ context: HTTPContext) throws(Problem) -> Material {
    let book = books.read { $0.catalogs }
    let draft = context.draft.isEmpty ? nil : try draft(context.draft, book)
    guard let inForce = book.current?.catalog else {
      throw Problem(409, "no-catalog", "Nothing is in force", detail: "no catalogue has been applied yet")
    }
    let channels = ChannelPlaces.all([inForce, draft].compactMap { $0 }).map(\.channel)
    let channel = request.query("channel") ?? (channels.contains("web") ? "web" : channels.first ?? "web")
    guard channels.contains(channel) || channels.isEmpty else {
      throw .invalid("channel", "nothing is shown there; there is \(channels.joined(separator: ", "))")
    }
    let direction = request.query("direction") ?? "inbound"
    guard ["inbound", "outbound"].contains(direction) else { throw .invalid("direction", "takes inbound or outbound") }
    let which = request.query("contact") ?? "own"
    guard ["own", "new"].contains(which) else {
      throw .invalid("contact", "takes own, the one that each is in where he is in one, or new")
    }
    return Material(
      inForce: inForce, draft: draft, log: log, listLength: listLength, knownNamespaces: namespaces.known,
      contact: CustomerTrial.newContact(channel: channel, direction: direction, placement: request.query("placement")),
      isAlwaysNew: which == "new")
  }

  /// As it would be in force.
  private func draft(_ id: String, _ book: CatalogBook) throws(Problem) -> Catalog {
    guard let draft = books.read({ $0.drafts[id] }) else { throw .notFound("there is no draft \(id)", field: "id") }
    guard var catalog = draft.content.catalog else {
      throw Problem(
        409, "draft-wrong", "It can't be rehearsed",
        detail: "something is wrong with it, so nobody knows what it would do")
    }
    if let application = try? book.soFar.application(catalog, draft.content.text, nowMs: clock()) {
      return application.catalog
    }
    catalog.version = "draft"
    return catalog
  }

  /// What a trial is made of.
  private struct Material: Sendable {
    let inForce: Catalog
    let draft: Catalog?
    let log: any MessageLog
    let listLength: Int
    let knownNamespaces: [String]
    let contact: Contact
    let isAlwaysNew: Bool

    /// Reads what the models have learned, and what is left.
    func trial(_ nowMs: Int64) throws -> CustomerTrial {
      let learned = try LearnedState(log)
      return CustomerTrial(
        inForce: try CompiledCatalog(inForce), draft: try draft.map { try CompiledCatalog($0) }, models: learned.models,
        groups: learned.groups, budgets: learned.budgets, newContact: contact, isAlwaysNew: isAlwaysNew,
        listLength: listLength, knownNamespaces: knownNamespaces, nowMs: nowMs)
    }
  }
}

extension CustomerView {
  /// By which he is best known.
  func strongest(_ namespaces: Namespaces) -> String? {
    identifiers.min { (namespaces[$0.namespace]?.strength ?? .max) < (namespaces[$1.namespace]?.strength ?? .max) }?.key
  }
}
