import Contracts

/// The state under change, with what is to be said about it.
struct LeadWork {
  var state: LeadState
  var now: Int64
  var outputs: [LeadOutput] = []
  var isChanged = false

  init(state: LeadState, now: Int64) {
    self.state = state
    self.now = now
  }

  var decision: LeadDecision {
    guard isChanged else { return LeadDecision(change: .none, outputs: outputs) }
    if state.leads.isEmpty, state.left.isEmpty, state.recent.isEmpty, state.pending == nil, state.partingMs == nil {
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
    if let partingMs = state.partingMs, partingMs <= now { part() }
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
