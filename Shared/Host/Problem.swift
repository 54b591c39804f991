// What an HTTP client is told when its request can't be done: a problem document as in RFC 9457, with the field that is
// to blame where there is one.

import Hummingbird
import Logging
import NIOHTTP1

package struct Problem: Error, Sendable, Equatable {
  /// The last part of the type's URN; stable, for programs.
  package var kind: String
  package var title: String
  package var status: Int
  package var detail: String
  /// Where in the request: a dotted path into the body, a query parameter or a header.
  package var field: String?
  package var retryAfterSeconds: Int?
  /// Under which the request's events were sent, where it isn't known what became of them: sent again under these, each
  /// counts once.
  package var ids: [String] = []
  /// The methods that the path has; only with 405.
  package private(set) var allow: String?

  package init(
    _ status: Int, _ kind: String, _ title: String, detail: String, field: String? = nil, retryAfterSeconds: Int? = nil
  ) {
    self.kind = kind
    self.title = title
    self.status = status
    self.detail = detail
    self.field = field
    self.retryAfterSeconds = retryAfterSeconds
  }

  package static func invalid(_ field: String, _ detail: String) -> Problem {
    Problem(422, "invalid-field", "A field is not as it must be", detail: detail, field: field)
  }

  package static func malformed(_ detail: String, field: String? = nil) -> Problem {
    Problem(400, "malformed", "The request can't be read", detail: detail, field: field)
  }

  package static func unauthorized(_ detail: String, field: String? = nil) -> Problem {
    Problem(401, "unauthorized", "A key or token is needed", detail: detail, field: field)
  }

  package static func forbidden(_ detail: String, field: String? = nil) -> Problem {
    Problem(403, "forbidden", "Not allowed", detail: detail, field: field)
  }

  package static func notFound(_ detail: String, field: String? = nil) -> Problem {
    Problem(404, "not-found", "There is no such thing", detail: detail, field: field)
  }

  package static func methodNotAllowed(_ detail: String, allow: String) -> Problem {
    var problem = Problem(405, "method-not-allowed", "Not with this method", detail: detail)
    problem.allow = allow
    return problem
  }

  package static func tooLarge(_ detail: String, field: String? = nil) -> Problem {
    Problem(413, "too-large", "Too large", detail: detail, field: field)
  }

  package static func tooMany(_ detail: String, retryAfterSeconds: Int) -> Problem {
    Problem(429, "too-many-requests", "Slow down", detail: detail, retryAfterSeconds: retryAfterSeconds)
  }

  package static func unavailable(_ detail: String) -> Problem {
    Problem(503, "unavailable", "Not available at the moment", detail: detail, retryAfterSeconds: 2)
  }

  package var json: String {
    var out = "{\"type\":\(JSONText.quoted("urn:trias:problem:\(kind)")),\"title\":\(JSONText.quoted(title))"
    out += ",\"status\":\(status),\"detail\":\(JSONText.quoted(detail))"
    if let field { out += ",\"field\":\(JSONText.quoted(field))" }
    if !ids.isEmpty { out += ",\"ids\":[\(ids.map(JSONText.quoted).joined(separator: ","))]" }
    return out + "}"
  }

  package var response: Response {
    var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
    if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
    if let allow { headers[.allow] = allow }
    if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
    return Response(
      status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: json)))
  }
}

extension Problem {
  /// The same for a person who has followed a link: a page, with the way back.
  var page: Response {
    var page = response
    let text = { (text: String) in
      text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
    page.headers[.contentType] = "text/html; charset=utf-8"
    page.headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    page.body = ResponseBody(
      byteBuffer: ByteBuffer(
        string: """
          <!doctype html>
          <html lang="en">
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>\(text(title))</title>
          <style>
            :root { color-scheme: light dark; }
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 34em; margin: 18vh auto; padding: 0 20px; }
          </style>
          <h1>\(text(title))</h1>
          <p>\(text(detail))</p>
          <p><a href="/">To the beginning</a></p>
          </html>

          """))
    return page
  }
}

extension Request {
  /// Whether a browser asks because a person wants to see something; programs get problem documents.
  fileprivate var isForReading: Bool {
    (method == .get || method == .head) && headers[.accept]?.contains("text/html") == true
  }
}

/// The outermost middleware: whatever is thrown below it leaves as a problem document.
package struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
  package init() {}

  package func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let problem as Problem {
      return request.isForReading ? problem.page : problem.response
    } catch let error as HTTPError {
      let problem = Self.problem(error, request)
      return request.isForReading ? problem.page : problem.response
    } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
      return Problem.tooLarge("the body is larger than is accepted here").response
    } catch is HTTPParserError {
      // The client has gone, or took too long and was told so on its connection: nothing that broke here.
      return Problem.malformed("the request ended before it was whole").response
    } catch {
      context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return Problem(500, "internal", "Something broke here", detail: "it is logged; try again later").response
    }
  }

  private static func problem(_ error: HTTPError, _ request: Request) -> Problem {
    let detail = error.body ?? error.status.reasonPhrase
    switch error.status.code {
    case 404: return .notFound("nothing is at \(request.method.rawValue) \(request.uri.path)")
    case 413: return .tooLarge("the body is larger than is accepted here")
    case 400: return .malformed(detail)
    default: return Problem(error.status.code, "http-\(error.status.code)", error.status.reasonPhrase, detail: detail)
    }
  }
}
