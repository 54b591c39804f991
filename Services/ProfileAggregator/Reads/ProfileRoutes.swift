// What staff, and programs that work for them, read of customers: the complete view and the timeline, from any instance.

import Contracts
import Customer360
import Foundation
import Host
import Hummingbird
import NIOCore

struct ProfileRoutes: Sendable {
  let customers: CustomerReads
  let timelines: TimelineReads
  let catalog: CatalogFeed
  let namespaces: Namespaces
  let gate: StaffGate
  let access: AccessLog
  let clock: @Sendable () -> Int64

  func addRoutes(to router: HTTPRouter) {
    router.get("v1/profiles.json") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
    }
    router.get("v1/profiles") { request, _ in try await byIdentifier(request) }
    router.get("v1/profiles/:id") { request, context in
      var look = Access(who: try gate.reader(request), route: "/v1/profiles/{id}")
      return try await answer(customer(context.parameters, &look), request, &look)
    }
    router.get("v1/profiles/:id/timeline") { request, context in try await timeline(request, context.parameters) }
  }

  // MARK: The view

  private func byIdentifier(_ request: Request) async throws -> Response {
    var look = Access(who: try gate.reader(request), route: "/v1/profiles")
    let identifier = try identifier(request)
    look.namespace = identifier.namespace
    let resolved = try await customers.profile(of: identifier)
    guard let id = resolved.id else { throw unknown("nobody is known under that identifier", "identifier", &look) }
    look.profile = id
    var found = try await customers.customer(id)
    if resolved.by == .stale { found.by = .stale }
    found.asOfMs = min(found.asOfMs, resolved.asOfMs)
    return try answer(found, request, &look)
  }

  private func customer(_ parameters: Parameters, _ look: inout Access) async throws -> FoundCustomer {
    let id = parameters.get("id")?.removingPercentEncoding ?? ""
    guard !id.isEmpty, id.utf8.count <= Self.idBytesMax else {
      throw unknown("there is no such profile", "id", &look)
    }
    look.profile = id
    return try await customers.customer(id)
  }

  /// Far longer than an id is.
  private static let idBytesMax = 64

  private func answer(_ found: FoundCustomer, _ request: Request, _ look: inout Access) throws -> Response {
    guard let state = found.state else { throw unknown("there is no such profile", "id", &look) }
    look.answeredBy = found.by.rawValue
    var headers = headers(found.by, found.asOfMs, &look)
    let answer = CustomerAnswer(
      state, catalog.current, found, namespaces: namespaces, language: try language(request))
    let tag = answer.tag
    headers[.eTag] = tag
    if request.headers[.ifNoneMatch]?.contains(tag) == true {
      access.note(look, status: 304)
      return Response(status: .notModified, headers: headers)
    }
    access.note(look, status: 200)
    return json(JSONCoding.encode(answer), headers)
  }

  // MARK: The timeline

  private func timeline(_ request: Request, _ parameters: Parameters) async throws -> Response {
    var look = Access(who: try gate.reader(request), route: "/v1/profiles/{id}/timeline")
    let limit = try limit(request)
    let cursor = try request.uri.queryParameters["before"].map { text in
      guard let cursor = TimelineCursor(String(text)) else {
        throw Problem.malformed("takes what an earlier page gave as next", field: "before")
      }
      return cursor
    }
    let found = try await customer(parameters, &look)
    let id = look.profile ?? ""
    let page = try await timelines.page(id, found.state, before: cursor, limit: limit)
    if found.state == nil, cursor == nil, page.events.isEmpty { throw unknown("there is no such profile", "id", &look) }
    look.answeredBy = found.by.rawValue
    let headers = headers(found.by, found.asOfMs, &look)
    access.note(look, status: 200)
    return json(page.json(profile: id, isStale: found.by == .stale, asOfMs: found.asOfMs), headers)
  }

  private func limit(_ request: Request) throws(Problem) -> Int {
    guard let text = request.uri.queryParameters["limit"] else { return TimelineReads.limitUsual }
    guard let limit = Int(text), (1...TimelineReads.limitMax).contains(limit) else {
      throw .malformed("takes 1 to \(TimelineReads.limitMax)", field: "limit")
    }
    return limit
  }

  // MARK: Requests and answers

  private func language(_ request: Request) throws(Problem) -> Language? {
    guard let text = request.uri.queryParameters["language"] else { return nil }
    guard let language = Language(rawValue: String(text)) else {
      throw .malformed("takes \(Language.allCases.map(\.rawValue).joined(separator: " or "))", field: "language")
    }
    return language
  }

  private func identifier(_ request: Request) throws(Problem) -> Identifier {
    guard let text = request.uri.queryParameters["identifier"].map(String.init),
      let identifier = Identifier(key: text), !identifier.value.isEmpty
    else { throw .malformed("takes namespace:value, such as customer:4711", field: "identifier") }
    guard namespaces[identifier.namespace] != nil else {
      let known = namespaces.all.map(\.name).joined(separator: ", ")
      throw .malformed("there is no namespace \(identifier.namespace); there are \(known)", field: "identifier")
    }
    guard identifier.value.utf8.count <= Identifier.valueBytesMax else {
      throw .malformed("takes a value of at most \(Identifier.valueBytesMax) bytes", field: "identifier")
    }
    return identifier
  }

  /// Also that there is nobody was told.
  private func unknown(_ detail: String, _ field: String, _ look: inout Access) -> Problem {
    look.answeredBy = "unknown"
    access.note(look, status: 404)
    return .notFound(detail, field: field)
  }

  private func headers(_ by: AnsweredBy, _ asOfMs: Int64, _ look: inout Access) -> HTTPFields {
    var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "private, no-cache"]
    guard by == .stale else { return headers }
    let ageMs = max(0, clock() - asOfMs)
    look.ageMs = ageMs
    headers[.age] = String(ageMs / 1_000)
    headers[.init("Warning")!] = "110 trias \"Response is Stale\""
    return headers
  }

  private func json(_ bytes: [UInt8], _ headers: HTTPFields) -> Response {
    Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
