// A contact from its start to its end: the list comes back with the start, responses go out, the list can be read again
// and followed.

import AdapterSDK
import Contracts
import Host
import Hummingbird

struct ContactRoutes: Sendable {
  let adapter: ChannelAdapter
  let access: Access
  let clients: Clients
  let limits: Limits
  let budgetMs: Int

  func add(to v1: RouterGroup<HTTPContext>) {
    v1.post("contacts") { request, context in try await start(request, context) }
    v1.post("contacts/:contact/responses") { request, context in
      try await respond(request, context, try context.parameters.require("contact"))
    }
    v1.get("contacts/:contact/list") { request, context in
      try list(request, try context.parameters.require("contact"))
    }
    v1.get("contacts/:contact/list/stream") { request, context in
      try stream(request, try context.parameters.require("contact"))
    }
    v1.post("contacts/:contact/end") { request, context in
      try await end(request, context, try context.parameters.require("contact"))
    }
  }

  // MARK: - Start and end

  private func start(_ request: Request, _ context: HTTPContext) async throws -> Response {
    let source = try access.source(request)
    try access.spend(1, source)
    let bytes = try await limits.body(request)
    let document = try limits.read(bytes) { reader throws(JSONError) in try StartDocument(from: &reader) }
    if let budget = document.budgetMs, !(0...5_000).contains(budget) {
      throw Problem.invalid("budgetMs", "takes 0 to 5000")
    }
    var event = IncomingEvent(type: EventType.contactStarted.rawValue, interaction: document.interaction)
    let id = document.id ?? ChannelAdapter.newId()
    event.id = id
    event.time = document.time
    let contact = adapter.contact(
      source: source.eventSource, id: id, identifiers: document.interaction.identifiers)
    event.interaction.contact = contact
    event.interaction.direction = event.interaction.direction ?? "inbound"
    let checked = try check(event, source, clients.signs(request, context, source))
    do {
      try await adapter.start(checked)
    } catch {
      throw Problem(error, [checked])
    }
    let channel = checked.interaction.channel ?? "web"
    let budget = document.budgetMs.map(Int.init) ?? budgetMs
    // Nobody decides for who is filtered, so there is nothing to wait for.
    let decided = checked.filteredBy == nil ? await adapter.awaitList(contact, budgetMs: budget) : nil
    let list =
      decided
      ?? adapter.fallbackList(
        contact: contact, channel: channel, placement: checked.interaction.placement,
        language: checked.interaction.context?.language)
    let answer = ListDocument(contact: contact, list: list, isFull: source.isServer || access.staff.admits(request))
    let token = adapter.ids.contactToken(contact)
    return jsonResponse(
      .created, answer.json(token: token, filteredBy: checked.filteredBy), location: "/v1/contacts/\(contact)/list")
  }

  private func end(_ request: Request, _ context: HTTPContext, _ contact: String) async throws -> Response {
    let source = try access.source(request)
    try access.contact(contact, request)
    try access.spend(1, source)
    let bytes = try await limits.body(request)
    let document = try limits.read(bytes) { reader throws(JSONError) in try StartDocument(from: &reader) }
    var event = IncomingEvent(type: EventType.contactEnded.rawValue, interaction: document.interaction)
    // Said twice it is the same event.
    event.id = document.id ?? "\(contact)/end"
    event.time = document.time
    event.interaction.contact = contact
    event.interaction.identifiers = try identifiers(document.interaction.identifiers, of: contact)
    event.interaction.channel = event.interaction.channel ?? adapter.channel(of: contact)
    let checked = try check(event, source, clients.signs(request, context, source))
    try await publish([checked])
    return acceptedResponse([checked])
  }

  // MARK: - Responses

  private func respond(_ request: Request, _ context: HTTPContext, _ contact: String) async throws -> Response {
    let source = try access.source(request)
    try access.contact(contact, request)
    try access.spend(1, source)
    let bytes = try await limits.body(request)
    let document = try limits.read(bytes) { reader throws(JSONError) in
      try ResponsesDocument(from: &reader, responsesMax: limits.batchEventsMax)
    }
    guard !document.responses.isEmpty else { throw Problem.invalid("responses", "at least one is needed") }
    try access.spend(document.responses.count, taken: 1, source)
    guard adapter.ids.listing(document.list, contact: contact) != nil else {
      throw Problem.invalid("list", "there was no such list for this contact")
    }
    let identifiers = try identifiers(document.identifiers, of: contact)
    let listed = adapter.listed(document.list, contact: contact)
    // A fallback list isn't known here, nor is a list after a while.
    let channel = document.channel ?? listed?.channel ?? adapter.channel(of: contact)
    let client = clients.signs(request, context, source)
    var events: [ChannelEvent] = []
    for (index, response) in document.responses.enumerated() {
      let path = "responses[\(index)]"
      guard let outcome = Outcome(rawValue: response.outcome) else {
        let all = Outcome.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem.invalid("\(path).outcome", "takes one of: \(all)")
      }
      var event = IncomingEvent(type: "nba.\(outcome.rawValue)", interaction: Interaction(identifiers: identifiers))
      event.id = response.id ?? IncomingEvent.id(of: outcome, to: response.proposition, on: document.list)
      event.time = response.time
      event.interaction.channel = channel
      event.interaction.contact = contact
      event.interaction.list = document.list
      event.interaction.proposition = response.proposition
      event.interaction.rank = response.rank ?? listed?.rank(of: response.proposition).map(Int64.init)
      event.interaction.reason = response.reason
      event.interaction.placement = response.placement
      events.append(try check(event, source, client, at: path))
    }
    try await publish(events)
    return acceptedResponse(events)
  }

  // MARK: - Lists

  private func list(_ request: Request, _ contact: String) throws -> Response {
    try access.contact(contact, request, inQuery: true)
    let language = try language(request)
    let list =
      adapter.list(of: contact)
      ?? adapter.fallbackList(contact: contact, channel: channel(request), language: language)
    let document = ListDocument(contact: contact, list: list, isFull: access.staff.admits(request))
    return jsonResponse(.ok, document.json())
  }

  private func stream(_ request: Request, _ contact: String) throws -> Response {
    try access.contact(contact, request, inQuery: true)
    // A contact that was started at another instance is followed from here on.
    adapter.watch(contact)
    let language = try language(request)
    guard let lists = adapter.lists(of: contact, fallbackChannel: channel(request), language: language) else {
      throw Problem.tooMany("too many streams are open", retryAfterSeconds: 5)
    }
    return ListStream(
      lists: lists, contact: contact, isFull: access.staff.admits(request),
      seen: request.headers[.lastEventId].flatMap { ListMark($0) }, ids: adapter.ids
    ).response
  }

  private func channel(_ request: Request) -> String {
    request.uri.queryParameters["channel"].map(String.init) ?? "web"
  }

  private func language(_ request: Request) throws(Problem) -> Language? {
    guard let name = request.uri.queryParameters["language"] else { return nil }
    guard let language = Language(rawValue: String(name)) else {
      throw .invalid("language", "takes \(Language.allCases.map(\.rawValue).joined(separator: " or "))")
    }
    return language
  }

  // MARK: - What they share

  /// Those that were given, else those that the contact was started with here.
  private func identifiers(_ given: [Identifier], of contact: String) throws(Problem) -> [Identifier] {
    let identifiers = given.isEmpty ? adapter.identifiers(of: contact) : given
    guard !identifiers.isEmpty else {
      throw .invalid("identifiers", "are needed: the contact was not started at this instance")
    }
    return identifiers
  }

  private func check(
    _ event: IncomingEvent, _ source: Source, _ client: ClientSigns, at path: String? = nil
  ) throws(Problem) -> ChannelEvent {
    let checked: ChannelEvent
    do {
      checked = try adapter.check(event, source: source.eventSource, channel: "web", client: client)
    } catch {
      var refusal = error
      // The data's fields stand beside the event's own in these requests.
      if error.field == "data" { refusal.field = nil }
      if let field = error.field, field.hasPrefix("data.") { refusal.field = String(field.dropFirst(5)) }
      // And what all responses of a request have in common stands beside them.
      let isShared = ["identifiers", "list"].contains { refusal.field?.hasPrefix($0) == true }
      throw Problem(refusal, at: isShared ? nil : path)
    }
    try access.check(event.interaction.identifiers, source, at: "identifiers")
    return checked
  }

  private func publish(_ events: [ChannelEvent]) async throws(Problem) {
    do {
      try await adapter.publish(events)
    } catch {
      throw Problem(error, events)
    }
  }
}
