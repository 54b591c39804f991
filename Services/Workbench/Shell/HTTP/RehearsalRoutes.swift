// What customers would get by a draft: asked of the same code that decides, of customers as they are known now.

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

  private static let customersMax = 5_000
  private static let waitMs = 30_000

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.get("drafts/:id/rehearsal") { request, context in
      let count = Int(request.query("customers") ?? "1000") ?? 0
      guard (1...Self.customersMax).contains(count) else {
        throw Problem.invalid("customers", "takes 1 to \(Self.customersMax)")
      }
      let material = try material(context.draft, request)
      let (states, nowMs, namespaces) = (books.read { $0.profiles.states }, clock(), namespaces)
      let model = try await workers.run(waitMs: Self.waitMs) {
        var sample = ProfileSample(count: count)
        for (profile, state) in states { sample.take(profile, state) }
        let drawn = sample.drawn().compactMap { try? ProfileState(json: $0) }
        let trial = try material.trial(nowMs)
        let rehearsal = Rehearsal(of: drawn, by: trial)
        let chosen = Set(rehearsal.examples.map(\.profile))
        let identifiers = Dictionary(
          drawn.filter { chosen.contains($0.id) }.map { ($0.id, CustomerView($0).strongest(namespaces)) },
          uniquingKeysWith: { first, _ in first })
        return RehearsalModel(rehearsal, trial, known: states.count, nowMs: nowMs) { identifiers[$0] ?? nil }
      }
      for example in model.examples {
        var look = Access(who: try gate.reader(request), route: "/workbench/api/drafts/rehearsal")
        (look.profile, look.answeredBy) = (example.profile, "workbench")
        access.note(look, status: 200)
      }
      return try Answers.json(model)
    }
    group.get("drafts/:id/rehearsal/customer") { request, context in
      let identifier = try request.identifier(namespaces)
      let material = try material(context.draft, request)
      var look = Access(who: try gate.reader(request), route: "/workbench/api/drafts/rehearsal/customer")
      look.found(identifier.key, in: books)
      let state = books.read { content in
        content.profiles.profile(of: identifier.key).flatMap { content.profiles[$0]?.state }
      }
      guard let state else {
        look.answeredBy = "unknown"
        access.note(look, status: 404)
        throw Problem.notFound("nobody is known under \(identifier.key)", field: "identifier")
      }
      let profile = try ProfileState(json: state)
      let nowMs = clock()
      let model = try await workers.run(waitMs: Self.waitMs) {
        let trial = try material.trial(nowMs)
        return CustomerRehearsalModel(
          trial.decide(profile), identifier: identifier.key, names: RehearsalModel.names(trial))
      }
      access.note(look, status: 200)
      return try Answers.json(model)
    }
  }

  private func material(_ id: String, _ request: Request) throws(Problem) -> Material {
    let (found, book) = books.read { ($0.drafts[id], $0.catalogs) }
    guard let draft = found else { throw .notFound("there is no draft \(id)", field: "id") }
    guard let inForce = book.current?.catalog else {
      throw Problem(409, "no-catalog", "Nothing to compare with", detail: "no catalogue has been applied yet")
    }
    guard let catalog = draft.content.catalog else {
      throw Problem(
        409, "draft-wrong", "It can't be rehearsed",
        detail: "something is wrong with it, so nobody knows what it would do")
    }
    // As it would be in force.
    var asApplied = catalog
    asApplied.version = "draft"
    if let application = try? book.soFar.application(catalog, draft.content.text, nowMs: clock()) {
      asApplied = application.catalog
    }
    let channels = Set([inForce, catalog].flatMap(\.propositions).flatMap(\.treatments).map(\.channel)).sorted()
    let channel = request.query("channel") ?? (channels.contains("web") ? "web" : channels.first ?? "web")
    guard channels.contains(channel) || channels.isEmpty else {
      throw .invalid("channel", "nothing is shown there; there is \(channels.joined(separator: ", "))")
    }
    let direction = request.query("direction") ?? "inbound"
    guard ["inbound", "outbound"].contains(direction) else { throw .invalid("direction", "takes inbound or outbound") }
    return Material(
      inForce: inForce, draft: asApplied, log: log, listLength: listLength, knownNamespaces: namespaces.known,
      contact: CustomerTrial.newContact(
        channel: channel, direction: direction, placement: request.query("placement")))
  }

  /// What a trial is made of.
  private struct Material: Sendable {
    let inForce: Catalog
    let draft: Catalog
    let log: any MessageLog
    let listLength: Int
    let knownNamespaces: [String]
    let contact: Contact

    /// Reads what the models have learned.
    func trial(_ nowMs: Int64) throws -> CustomerTrial {
      let learned = try LearnedState(log)
      return CustomerTrial(
        inForce: try CompiledCatalog(inForce), draft: try CompiledCatalog(draft), models: learned.models,
        groups: learned.groups, newContact: contact, listLength: listLength, knownNamespaces: knownNamespaces,
        nowMs: nowMs)
    }
  }
}

extension CustomerView {
  /// By which he is best known.
  func strongest(_ namespaces: Namespaces) -> String? {
    identifiers.min { (namespaces[$0.namespace]?.strength ?? .max) < (namespaces[$1.namespace]?.strength ?? .max) }?.key
  }
}
