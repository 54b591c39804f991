import Contracts

/// The state under change, with what is to be said about it.
struct LeadWork {
  var state: LeadState
  var now: Int64
  var outputs: [LeadOutput] = []
  var isChanged = false
  private let namespaces: Namespaces

  init(state: LeadState, now: Int64, namespaces: Namespaces) {
    self.state = state
    self.now = now
    self.namespaces = namespaces
  }

  /// The same for another state.
  func with(_ state: LeadState, now: Int64) -> LeadWork { LeadWork(state: state, now: now, namespaces: namespaces) }

  /// Of a telephone number or an address, which finds whoever alone has it and is nobody's for good: that somebody else is
  /// named with it too undoes nothing that was done under it.
  func isContact(_ facet: String) -> Bool {
    Identifier(key: facet).flatMap { namespaces[$0.namespace] }?.kind == .contact
  }

  /// As much of the event as may complete a step, and whose it was where that can turn out to be another's.
  func brief(of event: TimelineEvent) -> EventBrief {
    var brief = event.brief
    if isContact(event.facet.facet) { (brief.facet, brief.facetVersion) = (nil, nil) }
    return brief
  }

  var decision: LeadDecision {
    guard isChanged else { return LeadDecision(change: .none, outputs: outputs) }
    if state.isOfConsentsAlone, state.refusedPurposes == nil {
      return LeadDecision(change: .delete, outputs: outputs)
    }
    var state = state
    state.nowMs = now
    return LeadDecision(change: .set(state), outputs: outputs)
  }

  /// Keeps an event for a lead that may still be on its way here, or on its way to the step that waits for it.
  mutating func remember(_ brief: EventBrief) {
    guard brief.atMs > now - Leads.recentMs, !state.recent.contains(where: { $0.id == brief.id }) else { return }
    state.recent.append(brief)
    forgetRecent()
    isChanged = true
  }

  mutating func forgetRecent() {
    state.recent.removeAll { $0.atMs + Leads.recentMs <= now }
    if state.recent.count > LeadState.recentMax {
      state.recent.removeFirst(state.recent.count - LeadState.recentMax)
    }
  }

  /// Says what is not done, and why. Nothing else changes.
  mutating func refuse(_ refusal: LeadRefusal) {
    outputs.append(.refusal(refusal))
    isChanged = true
  }

  /// Time has passed: steps are overdue, what was kept for latecomers can go, and facets have had time to meet again.
  mutating func expire(mint: IdMint) {
    loseOverdue()
    claimAgain(mint: mint)
    let before = state.recent.count + state.left.count
    forgetRecent()
    state.left.removeAll { $0.atMs + Leads.leftMs <= now }
    if state.recent.count + state.left.count != before { isChanged = true }
    guard let partingMs = state.partingMs, partingMs <= now else { return }
    if state.isPartingTimed == true { return part() }
    (state.partingMs, state.isPartingTimed, isChanged) = (now + Leads.partingMs, true, true)
  }

  mutating func loseOverdue() {
    for index in state.leads.indices {
      if let dueMs = state.leads[index].dueMs, dueMs <= now { lose(index, reason: "overdue", atMs: dueMs) }
    }
  }
}

extension Lead {
  func hasDone(_ eventId: String) -> Bool { history.contains { $0.eventId == eventId } }

  /// Writes down that something happened to the step under way.
  mutating func record(_ brief: EventBrief, by: String? = nil) {
    var entry = LeadStepDone(
      step: currentStep?.name ?? "", event: brief.event, channel: brief.channel, atMs: brief.atMs)
    entry.eventId = brief.id
    entry.by = by
    entry.reason = brief.reason
    entry.facet = brief.facet
    if let step = currentStep, brief.isOrder(for: self, step) {
      entry.amountMinor = brief.amountMinor
      entry.currency = brief.currency
    }
    history.append(entry)
    if history.count > Lead.historyMax { history.removeFirst(history.count - Lead.historyMax) }
    changedMs = max(changedMs, brief.atMs)
  }
}

extension EventBrief {
  /// Money that goes back: it completes nothing.
  var isRefund: Bool { (amountMinor ?? 0) < 0 }

  /// Money counts once, so an event that has some completes a step of one lead only.
  var hasMoney: Bool { event == EventType.orderPlaced.shortName && amountMinor != nil }

  /// Whether its amount is what this lead has earned: the system of record names the proposition, or the step asks for a
  /// product or a category and gets it.
  func isOrder(for lead: Lead, _ step: SalesStep) -> Bool {
    guard hasMoney, step.completedBy.matches(self) else { return false }
    return proposition == lead.proposition || step.completedBy.product != nil || step.completedBy.category != nil
  }
}
