import Contracts
import NbaScorerCore

/// What keeps a proposition from everybody at a moment, whoever he is and wherever: what the stage of validity says without
/// asking where it is to be shown.
package struct Standing: Codable, Sendable, Equatable {
  /// As that stage names it.
  package let rule: String
  /// From when on it may be shown, or since when no longer.
  package let atMs: Int64?
  /// Of what was taken out at once.
  package let reason: String?

  private init(_ rule: String, atMs: Int64? = nil, reason: String? = nil) {
    (self.rule, self.atMs, self.reason) = (rule, atMs, reason)
  }

  /// All that does; empty: nothing. The first is the one that the stage names.
  package static func all(of proposition: Proposition, in catalog: Catalog, nowMs: Int64) -> [Standing] {
    var all = (catalog.exclusions ?? []).filter { $0.concerns(proposition) }
      .map { Standing(Gates.exclusionRule, reason: $0.reason) }
    if proposition.isPaused { all.append(Standing("paused")) }
    if let from = proposition.validFromMs, nowMs < from { all.append(Standing("not-yet-valid", atMs: from)) }
    if let until = proposition.validUntilMs, nowMs >= until { all.append(Standing("no-longer-valid", atMs: until)) }
    if !proposition.isInStock { all.append(Standing("out-of-stock")) }
    return all
  }

  package var text: String {
    switch (reason, atMs) {
    case (let reason?, _): "taken out: \(reason)"
    case (nil, let atMs?):
      rule == "not-yet-valid" ? "not before \(Timestamps.text(atMs))" : "over since \(Timestamps.text(atMs))"
    case (nil, nil): rule.replacing("-", with: " ")
    }
  }
}
