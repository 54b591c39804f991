// Who may see any customer's data: whoever shows the deployment's staff token or one of his own, as a bearer or in a cookie
// that a page has set from it.

import Foundation
import Hummingbird

package struct StaffGate: Sendable {
  package static let cookie = "trias_staff"
  /// Who somebody is, as he called himself when he came in.
  package static let nameCookie = "trias_staff_name"
  /// The same, said by a program.
  package static let nameHeader = "X-Trias-Staff"
  package static let nameCharactersMax = 60
  private let token: String
  private let people: StaffTokens

  package init(settings: Settings) {
    token = settings.text(.staffToken)
    people = StaffTokens(settings.list(.staffTokens))
  }

  package func admits(_ request: Request) -> Bool {
    shown(request).map { admits(token: $0) } ?? false
  }

  /// For the page that turns a token into the cookie.
  package func admits(token shown: String) -> Bool {
    let isPersons = people.name(of: shown) != nil
    return isPersons || (!token.isEmpty && isSame(shown, token))
  }

  /// Who it is for certain: whose own token was shown. nil: by the shared one he may be anybody.
  package func person(_ request: Request) -> String? { shown(request).flatMap { people.name(of: $0) } }

  private func shown(_ request: Request) -> String? {
    request.bearerToken ?? request.cookies[Self.cookie]?.value
  }

  /// Who somebody is, or what he calls himself; nil where he doesn't say. Nothing in it can end a line of a log.
  package func name(_ request: Request) -> String? {
    if let person = person(request) { return person }
    let said =
      request.headers[.init(Self.nameHeader)!] ?? request.cookies[Self.nameCookie]?.value.removingPercentEncoding
    let characters = (said ?? "").filter { !$0.isNewline && !$0.unicodeScalars.contains { $0.value < 0x20 } }
    let name = characters.prefix(Self.nameCharactersMax).trimmingCharacters(in: .whitespaces)
    return name.isEmpty ? nil : name
  }

  /// False: there is no token, and nobody can come in.
  package var isSet: Bool { !token.isEmpty || !people.isEmpty }

  package func require(_ request: Request) throws(Problem) {
    guard admits(request) else { throw .unauthorized("a staff token is needed", field: "Authorization") }
  }

  /// For routes that are all for staff.
  package func middleware<Context: RequestContext>(_: Context.Type = HTTPContext.self) -> some RouterMiddleware<
    Context
  > {
    StaffMiddleware<Context>(gate: self)
  }
}

private struct StaffMiddleware<Context: RequestContext>: RouterMiddleware {
  let gate: StaffGate

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    try gate.require(request)
    return try await next(request, context)
  }
}

extension Request {
  package var bearerToken: String? {
    guard let value = headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
    return value.dropFirst(7).trimmingCharacters(in: .whitespaces)
  }
}

/// Compares secrets in a time that doesn't depend on where they differ.
package func isSame(_ a: String, _ b: String) -> Bool {
  let a = Array(a.utf8)
  let b = Array(b.utf8)
  guard a.count == b.count else { return false }
  var difference: UInt8 = 0
  for (x, y) in zip(a, b) { difference |= x ^ y }
  return difference == 0
}
