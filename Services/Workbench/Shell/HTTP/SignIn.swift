// How staff come in: by the link that `trias run` prints, or by the form. Both leave the token in a cookie that no
// script can read and no other site can send.

import Foundation
import HTTPTypes
import Host
import Hummingbird

enum SignIn {
  private static let secondsMax = 12 * 3_600

  static func addRoutes(to router: HTTPRouter, gate: StaffGate, pages: Pages) {
    router.get("/sign-in") { request, _ in pages.response(.signIn, values: values(request, gate: gate)) }
    router.post("/sign-in") { request, _ in
      let body = try await request.body.collect(upTo: 8_192)
      let form = form(String(buffer: body))
      guard let token = form["token"], gate.admits(token: token) else {
        // Guessing is slow, at no cost to anybody else.
        try await Task.sleep(for: .milliseconds(300))
        var values = values(request, gate: gate)
        values["next"] = local(form["next"])
        values["message"] = "That is not a staff token."
        return pages.response(.signIn, status: .unauthorized, values: values)
      }
      var response = Answers.redirect(local(form["next"]))
      keep(token, name: form["name"], in: &response, request)
      return response
    }
    router.post("/sign-out") { request, _ in
      var response = Answers.redirect("/sign-in")
      for name in [StaffGate.cookie, StaffGate.nameCookie] {
        response.setCookie(Cookie(name: name, value: "", maxAge: 0, path: "/", httpOnly: true, sameSite: .strict))
      }
      return response
    }
  }

  /// The link with `?token=`: the token leaves the address bar at once.
  static func enter(_ request: Request, token: String, gate: StaffGate, pages: Pages) -> Response {
    guard gate.admits(token: token) else { return refusal(request, gate: gate, pages: pages) }
    let others = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("token=") }
    let query = others.isEmpty ? "" : "?" + others.joined(separator: "&")
    var response = Answers.redirect(request.uri.path + query)
    keep(token, name: nil, in: &response, request)
    return response
  }

  static func refusal(_ request: Request, gate: StaffGate, pages: Pages) -> Response {
    var values = values(request, gate: gate)
    values["next"] = local(request.uri.path == "/sign-in" ? nil : request.uri.path)
    if request.query("token") != nil {
      values["message"] = "The token of this link is not, or no longer, the right one."
    }
    var response = pages.response(.signIn, status: .unauthorized, values: values)
    response.headers[.wwwAuthenticate] = "Bearer"
    return response
  }

  private static func values(_ request: Request, gate: StaffGate) -> [String: String] {
    [
      "next": local(request.query("next")),
      "message": gate.isSet
        ? "" : "No staff token is set: start with --staff-token, TRIAS_STAFF_TOKEN or TRIAS_STAFF_TOKEN_FILE.",
    ]
  }

  private static func keep(_ token: String, name: String?, in response: inout Response, _ request: Request) {
    let isSecure = request.headers[HTTPField.Name("X-Forwarded-Proto")!]?.lowercased() == "https"
    func cookie(_ name: String, _ value: String) -> Cookie {
      Cookie(
        name: name, value: value, maxAge: secondsMax, path: "/", secure: isSecure, httpOnly: true, sameSite: .strict)
    }
    response.setCookie(cookie(StaffGate.cookie, token))
    let name = (name ?? "").trimmingCharacters(in: .whitespacesAndNewlines).prefix(StaffGate.nameCharactersMax)
    if !name.isEmpty, let value = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) {
      response.setCookie(cookie(StaffGate.nameCookie, value))
    }
  }

  /// A path of ours and nobody else's, whatever the form says.
  static func local(_ path: String?) -> String {
    guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"),
      !path.unicodeScalars.contains(where: { $0.value < 0x20 })
    else { return "/" }
    return path
  }

  /// `application/x-www-form-urlencoded`
  static func form(_ text: String) -> [String: String] {
    var form: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { String($0).replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? "" }
      if decoded.count == 2 { form[decoded[0]] = decoded[1] }
    }
    return form
  }
}
