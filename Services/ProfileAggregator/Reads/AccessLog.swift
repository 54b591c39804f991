// Who looked at whom: one line for each answer that told something of a customer, or that there is none.

import Host
import Hummingbird
import Logging

/// One look, as far as it is known.
struct Access: Sendable {
  /// What somebody calls himself, and by what he was let in.
  var who: String
  var route: String
  /// nil where an identifier turned out to be nobody's. An identifier itself is not logged: it may be an address.
  var profile: String?
  /// The namespace of the identifier that he was looked up by.
  var namespace: String?
  var answeredBy: String = ""
  var ageMs: Int64?
}

struct AccessLog: Sendable {
  let logger: Logger
  let metrics: MetricsRegistry

  func note(_ access: Access, status: Int) {
    metrics.count(
      "trias_profile_reads_total", labels: [("route", access.route), ("answered", access.answeredBy)])
    var metadata: Logger.Metadata = [
      "who": "\(access.who)", "route": "\(access.route)", "profile": "\(access.profile ?? "none")",
      "answered": "\(access.answeredBy)", "status": "\(status)",
    ]
    if let namespace = access.namespace { metadata["by"] = "\(namespace)" }
    if let ageMs = access.ageMs { metadata["ageMs"] = "\(ageMs)" }
    logger.notice("profile read", metadata: metadata)
  }
}

extension StaffGate {
  /// Throws where he may not see any customer.
  func reader(_ request: Request) throws(Problem) -> String {
    guard admits(request) else { throw .unauthorized("a staff token is needed", field: "Authorization") }
    return name(request) ?? "staff-token"
  }
}
