/// How much one customer was approached with what: the contact history as the contact policy judges it. One policy for
/// all who approach customers.
///
/// `contact` is the one in which something is to be said. What happened in it doesn't count against itself, but for his
/// answers: beginning it and showing its list must not change its list.
public struct ContactPressure: Sendable {
  /// Of a proposition or a group, over all channels.
  private struct History {
    var lastAcceptedMs: Int64?
    var lastRejectedMs: Int64?
    var lastClickedMs: Int64?
    /// In the contact's channel, within the policy's days.
    var presented: Int64 = 0
    /// When it was rejected, and presentations by day, channel after channel.
    var rejectedMs: [Int64] = []
    var days: [DayCount] = []
    /// Of what was rejected, or presented, before it, not everything is known.
    var rejectedKnownMs: Int64?
    var presentedKnownDay: Int64?

    mutating func add(_ offer: OfferHistory) {
      lastAcceptedMs = latest(lastAcceptedMs, offer.lastAcceptedMs)
      lastRejectedMs = latest(lastRejectedMs, offer.lastRejectedMs)
      lastClickedMs = latest(lastClickedMs, offer.lastClickedMs)
      let (rejectedMs, days) = (offer.rejectionTimesMs, offer.presentedDays ?? [])
      if rejectedMs.count >= OfferHistory.rejectedAtMax {
        rejectedKnownMs = latest(rejectedKnownMs, rejectedMs.first)
      }
      if days.count >= [DayCount].daysMax { presentedKnownDay = latest(presentedKnownDay, days.first?.day) }
      if self.rejectedMs.isEmpty { self.rejectedMs = rejectedMs } else { self.rejectedMs += rejectedMs }
      if self.days.isEmpty { self.days = days } else { self.days += days }
    }

    mutating func add(_ other: History) {
      lastAcceptedMs = latest(lastAcceptedMs, other.lastAcceptedMs)
      lastRejectedMs = latest(lastRejectedMs, other.lastRejectedMs)
      lastClickedMs = latest(lastClickedMs, other.lastClickedMs)
      rejectedMs += other.rejectedMs
      days += other.days
      rejectedKnownMs = latest(rejectedKnownMs, other.rejectedKnownMs)
      presentedKnownDay = latest(presentedKnownDay, other.presentedKnownDay)
    }

    /// Takes back so many presentations, the last ones, of those since then. `inPeriod` of them are within the policy's days.
    mutating func forget(_ count: Int64, inPeriod: Int64, sinceDay day: Int64) {
      presented = max(0, presented - inPeriod)
      var left = count
      while left > 0, let last = days.indices.max(by: { days[$0].day < days[$1].day }), days[last].day >= day {
        let taken = min(left, days[last].count)
        left -= taken
        days[last].count -= taken
        if days[last].count <= 0 { days.remove(at: last) }
      }
    }

    /// Rejections since he accepted last.
    func rests(afterRejections max: Int, days restDays: Int, nowMs: Int64) -> Bool {
      // More of one thing in one channel are not remembered, and he who said it as often may well be left alone.
      let max = min(max, OfferHistory.rejectedAtMax)
      guard rejectedMs.count >= max else { return false }
      let accepted = lastAcceptedMs ?? .min
      let times = rejectedMs.filter { $0 > accepted }.sorted()
      return RestRule(max: Int64(max), rest: Int64(restDays) * dayMs, beginsAnewWithin: true)
        .rests(at: nowMs, times.lazy.map { ($0, 1) }, areAll: rejectedKnownMs.map { $0 <= accepted } ?? true)
    }

    /// Presentations on the days after his last answer.
    func rests(afterIgnored max: Int?, days restDays: Int, nowMs: Int64) -> Bool {
      guard let max, !days.isEmpty else { return false }
      let answered = latest(latest(lastAcceptedMs, lastRejectedMs), lastClickedMs).map { $0 / dayMs } ?? .min
      let ignored = days.filter { $0.day > answered }.sorted { $0.day < $1.day }
      return RestRule(max: Int64(max), rest: Int64(restDays), beginsAnewWithin: false)
        .rests(
          at: nowMs / dayMs, ignored.lazy.map { ($0.day, $0.count) },
          areAll: presentedKnownDay.map { $0 <= answered } ?? true)
    }
  }

  private let policy: ContactPolicy
  private let nowMs: Int64
  private var propositions: [String: History] = [:]
  /// Why all of a group rests.
  private var groupRefusals: [String: String] = [:]
  private var groupsWithOpenLead: Set<String> = []
  private let refusals: [RefusedAcceptance]
  /// Why no proposition but those that serve him may be brought up in this contact; nil: any may.
  private let contactRefusal: String?

  /// `preferredChannel` is what the customer wants, `group` which group a proposition belongs to.
  public init(
    _ policy: ContactPolicy, view: CustomerView, contact: Contact, nowMs: Int64, preferredChannel: String? = nil,
    group: (String) -> String?
  ) {
    self.policy = policy
    self.nowMs = nowMs
    refusals = view.refusals
    contactRefusal = Self.refusal(policy, view, contact, nowMs, preferredChannel)
    for lead in view.leads where lead.status == "open" { groupsWithOpenLead.insert(lead.group) }
    for offer in view.offers {
      let presented =
        offer.channel == contact.channel
        ? offer.presentations(withinDays: policy.presentationsDays, nowMs: nowMs) : 0
      propositions[offer.proposition, default: History()].add(offer)
      propositions[offer.proposition]!.presented += presented
    }
    let startDay = contact.startedMs / dayMs
    for response in contact.responses {
      propositions[response.proposition]?.forget(1, inPeriod: 1, sinceDay: startDay)
    }
    for earlier in contact.earlierPresentations ?? [] {
      let inPeriod = earlier.count(withinDays: policy.presentationsDays, nowMs: nowMs)
      propositions[earlier.proposition]?.forget(earlier.count, inPeriod: inPeriod, sinceDay: startDay)
    }
    if let rests = policy.groups {
      var groups: [String: History] = [:]
      for (proposition, history) in propositions {
        if let group = group(proposition) { groups[group, default: History()].add(history) }
      }
      for (group, history) in groups { groupRefusals[group] = refusal(group, history, rests) }
    }
  }

  /// What is the same for all of a group.
  public struct OfGroup: Sendable {
    fileprivate let hasOpenLead: Bool
    fileprivate let refusal: String?
  }

  public func ofGroup(_ group: String) -> OfGroup {
    OfGroup(hasOpenLead: groupsWithOpenLead.contains(group), refusal: groupRefusals[group])
  }

  /// The rule that forbids to offer it now, or nil. What has to be said, or serves the customer, is only held back by his
  /// own answers to it. `proposition` may be nil where it is none of those that he was ever offered.
  public func refusal(_ proposition: String?, _ group: OfGroup, isDue: Bool) -> String? {
    if !isDue, let contactRefusal { return contactRefusal }
    if !isDue, group.hasOpenLead { return "open-lead" }
    if let proposition, let history = propositions[proposition] {
      if isWithin(policy.acceptedRestDays, history.lastAcceptedMs), !isInVain(proposition, history.lastAcceptedMs) {
        return "rest-after-acceptance"
      }
      if history.rests(afterRejections: policy.rejectionsMax, days: policy.restDays, nowMs: nowMs) {
        return "rest-after-rejection"
      }
      if !isDue, history.rests(afterIgnored: policy.ignoredMax, days: policy.restDays, nowMs: nowMs) {
        return "rest-after-ignored"
      }
      if !isDue, history.presented >= policy.presentationsMax { return "presentations-per-period" }
    }
    return isDue ? nil : group.refusal
  }

  private func refusal(_ group: String, _ history: History, _ rests: [GroupRest]) -> String? {
    guard let rest = rests.first(where: { $0.group == group }) ?? rests.first(where: { $0.group == nil }) else {
      return nil
    }
    if let max = rest.rejectionsMax, history.rests(afterRejections: max, days: rest.restDays, nowMs: nowMs) {
      return "group-rest-after-rejection"
    }
    return history.rests(afterIgnored: rest.ignoredMax, days: rest.restDays, nowMs: nowMs)
      ? "group-rest-after-ignored" : nil
  }

  /// Who wanted it and couldn't have it need not rest from it.
  private func isInVain(_ proposition: String, _ acceptedMs: Int64?) -> Bool {
    refusals.contains { $0.proposition == proposition && $0.atMs == acceptedMs }
  }

  private func isWithin(_ days: Int, _ ms: Int64?) -> Bool { ms.map { nowMs - $0 < Int64(days) * dayMs } ?? false }

  // What keeps the whole contact from having offers

  private static func refusal(
    _ policy: ContactPolicy, _ view: CustomerView, _ contact: Contact, _ nowMs: Int64, _ preferred: String?
  ) -> String? {
    let isOurs = contact.direction == "outbound"
    /// Before this contact: one that began when it was under way takes nothing from it.
    func approaches(_ channel: String, _ days: Int) -> Int64 {
      let all = view.approaches.first { $0.channel == channel }?.count(withinDays: days, nowMs: nowMs) ?? 0
      if all == 0 { return 0 }
      let others = view.contacts.lazy.map(\.contact).filter { other in
        other.isStarted && other.direction == "outbound" && other.channel == channel
          && (other.startedMs, other.id) > (contact.startedMs, contact.id)
      }
      let own = isOurs && channel == contact.channel ? isOn(contact.startedMs, days, nowMs) : 0
      return max(0, others.reduce(all - own) { $0 - isOn($1.startedMs, days, nowMs) })
    }
    if isOurs {
      if let preferred, !preferred.isEmpty, preferred != contact.channel { return "prefers-\(preferred)" }
      for block in policy.blocks ?? [] where block.channel == contact.channel {
        if approaches(block.after, block.days) > 0 { return "blocked-after-\(block.after)" }
      }
    }
    for limit in policy.channels ?? [] where limit.channel == contact.channel {
      if isOurs, let max = limit.contactsMax, approaches(contact.channel, limit.days) >= max {
        return "contacts-per-period"
      }
      if let max = limit.presentationsMax, presentations(view, contact, limit.days, nowMs) >= max {
        return "channel-presentations-per-period"
      }
    }
    return nil
  }

  private static func presentations(
    _ view: CustomerView, _ contact: Contact, _ days: Int, _ nowMs: Int64
  ) -> Int64 {
    let all = view.offers.reduce(0) {
      $1.channel == contact.channel ? $0 + $1.presentations(withinDays: days, nowMs: nowMs) : $0
    }
    let others = contact.responses.reduce(all) { $0 - isOn($1.atMs, days, nowMs) }
    return (contact.earlierPresentations ?? []).reduce(others) { $0 - $1.count(withinDays: days, nowMs: nowMs) }
  }

  /// 1 for what happened within the days, else 0.
  private static func isOn(_ ms: Int64, _ days: Int, _ nowMs: Int64) -> Int64 {
    ms / dayMs >= [DayCount].firstDay(within: days, nowMs: nowMs) ? 1 : 0
  }
}

private let dayMs = Computation.dayMs
