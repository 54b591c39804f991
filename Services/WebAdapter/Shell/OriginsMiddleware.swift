// Lets the pages of the sources' origins read our answers (CORS), errors included.

import Host
import Hummingbird

struct OriginsMiddleware: RouterMiddleware {
  let keys: SourceKeys

  func handle(
    _ request: Request, context: HTTPContext,
    next: (Request, HTTPContext) async throws -> Response
  ) async throws -> Response {
    guard let origin = request.headers[.origin] else { return try await next(request, context) }
    var response = try await next(request, context)
    response.headers[.vary] = "Origin"
    if keys.sources.contains(where: { $0.admits(origin: origin) }) {
      response.headers[.accessControlAllowOrigin] = origin
    }
    return response
  }

  /// The answer to a browser that asks before it sends.
  static func preflight(_ request: Request, _ context: HTTPContext) -> Response {
    Response(
      status: .noContent,
      headers: [
        .accessControlAllowMethods: "GET, POST",
        .accessControlAllowHeaders: "Authorization, Content-Type, X-Trias-Source-Key, X-Trias-Contact-Token",
        .accessControlMaxAge: "600",
      ])
  }
}
