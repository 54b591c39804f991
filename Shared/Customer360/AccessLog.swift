// Who looked at whom: one line for each answer that told something of a customer, or that there is none.

import Host
import Hummingbird
import Logging

/// One look, as far as it is known.
package struct Access: Sendable {
  /// What somebody calls himself, and by what he was let in.
  package var who: String
  package var route: String
  /// nil where an identifier turned out to be nobody's. An identifier itself is not logged: it may be an address.
  package var profile: String?
  /// The namespace of the identifier that he was looked up by.
  package var namespace: String?
  package var answeredBy: String = ""
  package var ageMs: Int64?

  package init(who: String, route: String) {
    self.who = who
    self.route = route
  }
}

package struct AccessLog: Sendable {
  private let logger: Logger
  private let metrics: MetricsRegistry

  package init(logger: Logger, metrics: MetricsRegistry) {
    self.logger = logger
    self.metrics = metrics
  }

  package func note(_ access: Access, status: Int) {
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
  /// What he calls himself, or by what he was let in. Throws where he may not see any customer.
  package func reader(_ request: Request) throws(Problem) -> String {
    try require(request)
    return name(request) ?? "staff-token"
  }
}
