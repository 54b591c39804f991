// Who asks, and may he? Writing takes a source key; anything about one contact also takes the token that its start gave
// out, or the staff token.

import AdapterSDK
import Contracts
import Host
import Hummingbird

/// Hummingbird hands on the fields but not the type of their names.
typealias HeaderName = HTTPFields.Element.Name

extension HeaderName {
  static let sourceKey = Self("X-Trias-Source-Key")!
  static let contactToken = Self("X-Trias-Contact-Token")!
  static let accelBuffering = Self("X-Accel-Buffering")!
  static let lastEventId = Self("Last-Event-ID")!
  static let referrerPolicy = Self("Referrer-Policy")!
}

struct Access: Sendable {
  let keys: SourceKeys
  let staff: StaffGate
  let ids: IdMint
  let clock: @Sendable () -> Int64

  /// The source whose key the request shows, if it comes from where that key may be shown.
  func source(_ request: Request) throws(Problem) -> Source {
    guard let key = request.headers[.sourceKey] ?? request.bearerToken else {
      throw .unauthorized("a source key is needed to send anything", field: "X-Trias-Source-Key")
    }
    guard let source = keys.source(of: key) else {
      throw .unauthorized("there is no such source key", field: "X-Trias-Source-Key")
    }
    if let origin = request.headers[.origin], !request.isSameOrigin, !source.admits(origin: origin) {
      throw .forbidden("this key may not be used from \(origin)", field: "Origin")
    }
    return source
  }

  /// One before the body is read, so that nonsense isn't free; the rest once it is known how many events there are.
  func spend(_ tokens: Int, taken: Int = 0, _ source: Source) throws(Problem) {
    if let seconds = source.bucket.take(tokens, taken: taken, nowMs: clock()) {
      throw .tooMany("the source \(source.name) sends more than it may", retryAfterSeconds: seconds)
    }
  }

  /// What a source may not vouch for it may not say.
  func check(_ identifiers: [Identifier], _ source: Source, at path: String) throws(Problem) {
    guard !source.namespaces.isEmpty else { return }
    for (index, identifier) in identifiers.enumerated() where !source.namespaces.contains(identifier.namespace) {
      throw .forbidden(
        "the source \(source.name) may not send identifiers of \(identifier.namespace)",
        field: "\(path)[\(index)].namespace")
    }
  }

  /// - Parameter inQuery: browsers' event streams can't send headers.
  func contact(_ contact: String, _ request: Request, inQuery: Bool = false) throws(Problem) {
    guard contact.utf8.count <= Interaction.nameBytesMax else {
      throw .notFound("there is no such contact", field: "contact")
    }
    if staff.admits(request) { return }
    let shown =
      request.headers[.contactToken] ?? (inQuery ? request.uri.queryParameters["token"].map(String.init) : nil)
    guard let shown else {
      throw .unauthorized("the contact's token is needed, as its start gave it out", field: "X-Trias-Contact-Token")
    }
    guard isSame(shown, ids.contactToken(contact)) else {
      throw .forbidden("the token is not this contact's", field: "X-Trias-Contact-Token")
    }
  }
}

extension Request {
  /// A page of our own: its origin is the host that was asked.
  var isSameOrigin: Bool {
    guard let origin = headers[.origin], let host = head.authority else { return false }
    return origin.split(separator: "/").last.map(String.init) == host
  }
}
