// What the screens ask of one customer: himself, who he is and why, and what happened, page by page. Who looked at whom is
// logged, as where the profile-aggregator is asked.

import Contracts
import Customer360
import Foundation
import Host
import Hummingbird
import NIOCore

struct CustomerRoutes: Sendable {
  let books: Books
  let timelines: TimelineReads
  let namespaces: Namespaces
  let gate: StaffGate
  let access: AccessLog

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.get("customers") { request, _ in
      let choice = try request.choice()
      return try await answered(request, "customers") { identifier in
        guard let material = books.material(identifier, since: nil), material.state != nil else { return nil }
        return try Answers.json(material.model(choice, nowMs: wallClockMs(), namespaces: namespaces))
      }
    }
    group.get("customers/identity") { request, _ in
      try await answered(request, "customers/identity") { identifier in
        try books.identity(identifier, namespaces).map { try Answers.json($0) }
      }
    }
    group.get("customers/timeline") { request, _ in
      try await answered(request, "customers/timeline") { try await timeline($0, request, types: nil) }
    }
    // The same, of nothing but who came into which segment and who left it.
    group.get("customers/segments") { request, _ in
      try await answered(request, "customers/segments") {
        try await timeline($0, request, types: [.segmentEntered, .segmentLeft])
      }
    }
  }

  /// nil where nobody is known under the identifier.
  private func timeline(_ identifier: String, _ request: Request, types: Set<EventType>?) async throws -> Response? {
    let limit = try request.query("limit").map { text throws(Problem) in
      guard let limit = Int(text), (1...TimelineReads.limitMax).contains(limit) else {
        throw .invalid("limit", "takes 1 to \(TimelineReads.limitMax)")
      }
      return limit
    }
    let cursor = try request.query("before").map { text throws(Problem) in
      guard let cursor = TimelineCursor(text) else {
        throw .invalid("before", "takes what an earlier page gave as next")
      }
      return cursor
    }
    let bytes = books.read { content in
      content.profiles.profile(of: identifier).flatMap { content.profiles[$0]?.state }
    }
    guard let bytes else { return nil }
    let state = try ProfileState(json: bytes)
    let page = try await timelines.page(
      state.id, state, before: cursor, limit: limit ?? TimelineReads.limitUsual, types: types)
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(
        byteBuffer: ByteBuffer(bytes: page.json(profile: state.id, isStale: false, asOfMs: wallClockMs()))))
  }

  /// nil is told as 404. Also that there is nobody was told.
  private func answered(
    _ request: Request, _ route: String, _ body: (String) async throws -> Response?
  ) async throws -> Response {
    let identifier = try request.identifier(namespaces)
    var look = Access(who: try gate.reader(request), route: "/workbench/api/\(route)")
    look.found(identifier.key, in: books)
    guard let response = try await body(identifier.key) else {
      look.answeredBy = "unknown"
      access.note(look, status: 404)
      throw Problem.notFound("nobody is known under \(identifier.key)", field: "identifier")
    }
    access.note(look, status: 200)
    return response
  }
}

extension Request {
  /// What a screen about one customer asks for.
  func choice() throws(Problem) -> ContactChoice {
    ContactChoice(contact: query("contact"), channel: query("channel"), language: try language())
  }
}

extension Access {
  mutating func found(_ identifier: String, in books: Books) {
    namespace = Identifier(key: identifier)?.namespace
    profile = books.read { $0.profiles.profile(of: identifier) }
    answeredBy = "workbench"
  }

  /// Of a page that shows something of many.
  mutating func foundSeveral() { (profile, answeredBy) = ("several", "workbench") }
}

extension AccessLog {
  /// A look at such a page.
  func noteSeveral(_ who: String, _ route: String) {
    var look = Access(who: who, route: "/workbench/api/\(route)")
    look.foundSeveral()
    note(look, status: 200)
  }
}
