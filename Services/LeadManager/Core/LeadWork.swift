import Contracts

/// The state under change, with what is to be said about it.
struct LeadWork {
  var state: LeadState
  /// What the leads follow from, in the order in which it counts.
  var marks: [LeadMark]
  let now: Int64
  var outputs: [LeadOutput] = []
  var isChanged = false

  init(state: LeadState, now: Int64) {
    self.state = state
    self.now = now
    marks = state.wholeMarks
  }

  var decision: LeadDecision {
    guard isChanged else { return LeadDecision(change: .none, outputs: outputs) }
    if state.leads.isEmpty, state.left.isEmpty, marks.isEmpty {
      return LeadDecision(change: .delete, outputs: outputs)
    }
    var state = state
    state.nowMs = now
    state.recent = []
    state.marks = marks.isEmpty ? nil : marks.told(by: state.leads)
    return LeadDecision(change: .set(state), outputs: outputs)
  }

  /// Says what is not done, and why. Nothing else changes.
  mutating func refuse(_ refusal: LeadRefusal) {
    outputs.append(.refusal(refusal))
    isChanged = true
  }

  /// Time has passed: steps are overdue, and what was kept for latecomers can go.
  mutating func expire() {
    loseOverdue()
    forget()
    let before = state.left.count
    state.left.removeAll { $0.atMs + Leads.leftMs <= now }
    if state.left.count != before { isChanged = true }
  }

  mutating func loseOverdue() {
    for index in state.leads.indices { _ = isLost(index, atMs: now) }
  }

  /// Whether its step was overdue by then. Then it is lost, whether time has come here or not.
  mutating func isLost(_ index: Int, atMs: Int64) -> Bool {
    guard let dueMs = state.leads[index].dueMs, dueMs <= atMs else { return false }
    lose(index, reason: Lead.overdue, atMs: dueMs)
    return true
  }
}

extension Lead {
  static let overdue = "overdue"
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
