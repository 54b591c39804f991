/// How much one customer was approached with what: the contact history as the contact policy judges it. One policy for
/// all who approach customers.
public struct ContactPressure: Sendable {
  private struct History {
    var lastAcceptedMs: Int64?
    var rejected: Int64 = 0
    var lastRejectedMs: Int64?
    var presented: Int64 = 0
  }

  private let policy: ContactPolicy
  private let nowMs: Int64
  private var histories: [String: History] = [:]
  private var groupsWithOpenLead: Set<String> = []

  /// `contact` is the one in which something is to be said. What was presented in it doesn't count against itself:
  /// showing a list must not change the list.
  public init(_ policy: ContactPolicy, view: CustomerView, contact: Contact, nowMs: Int64) {
    self.policy = policy
    self.nowMs = nowMs
    for lead in view.leads where lead.status == "open" { groupsWithOpenLead.insert(lead.group) }
    for offer in view.offers {
      var history = histories[offer.proposition] ?? History()
      history.lastAcceptedMs = later(history.lastAcceptedMs, offer.lastAcceptedMs)
      history.lastRejectedMs = later(history.lastRejectedMs, offer.lastRejectedMs)
      history.rejected += offer.rejected
      if offer.channel == contact.channel {
        history.presented += offer.presentations(withinDays: policy.presentationsDays, nowMs: nowMs)
      }
      histories[offer.proposition] = history
    }
    for response in contact.responses { histories[response.proposition]?.presented -= 1 }
  }

  /// The rule that forbids to offer it now, or nil.
  public func refusal(proposition: String, group: String) -> String? {
    if groupsWithOpenLead.contains(group) { return "open-lead" }
    guard let history = histories[proposition] else { return nil }
    if isWithin(policy.acceptedRestDays, history.lastAcceptedMs) { return "rest-after-acceptance" }
    if history.rejected >= policy.rejectionsMax, isWithin(policy.restDays, history.lastRejectedMs) {
      return "rest-after-rejection"
    }
    if history.presented >= policy.presentationsMax { return "presentations-per-period" }
    return nil
  }

  private func isWithin(_ days: Int, _ ms: Int64?) -> Bool {
    ms.map { nowMs - $0 < Int64(days) * 86_400_000 } ?? false
  }

  private func later(_ a: Int64?, _ b: Int64?) -> Int64? {
    guard let a, let b else { return a ?? b }
    return max(a, b)
  }
}
