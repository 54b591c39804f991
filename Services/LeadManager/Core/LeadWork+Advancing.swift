import Contracts

// How a lead goes on and ends.

extension LeadWork {
  /// Takes an event to all leads that it concerns, oldest first. True when it is used up: money counts once, and first
  /// where it is waited for.
  mutating func advance(with brief: EventBrief) -> Bool {
    if brief.hasMoney, state.leads.contains(where: { $0.hasDone(brief.id) }) { return true }
    for index in state.leads.indices where advance(index, with: brief) {
      if brief.hasMoney { return true }
    }
    for index in state.leads.indices where finish(index, with: brief) { return true }
    return false
  }

  /// True when the event meant something to that lead.
  mutating func advance(_ index: Int, with brief: EventBrief) -> Bool {
    let lead = state.leads[index]
    guard lead.status == .open, let step = lead.currentStep, !lead.hasDone(brief.id) else { return false }
    switch brief.event {
    case EventType.taskFailed.shortName:
      guard brief.task.map(lead.isTaskUnderWay) == true else { return false }
      failTask(index, brief)
    case EventType.nbaRejected.shortName where brief.proposition == lead.proposition:
      guard brief.atMs >= lead.openedMs else { return false }
      state.leads[index].record(brief)
      lose(index, reason: "rejected", atMs: brief.atMs)
    default:
      guard lead.isCompleted(step, by: brief) else { return false }
      completeStep(index, brief)
    }
    isChanged = true
    return true
  }

  /// An order for the last step wins the lead from any step: who has bought has bought, and the system of record may be
  /// heard before the form or the call that led there.
  mutating func finish(_ index: Int, with brief: EventBrief) -> Bool {
    let lead = state.leads[index]
    guard lead.status == .open, let last = lead.steps.last, lead.currentStep != nil, !lead.hasDone(brief.id),
      brief.isOrder(for: lead, last), lead.isCompleted(last, by: brief)
    else { return false }
    state.leads[index].step = lead.steps.count - 1
    state.leads[index].failures = 0
    completeStep(index, brief)
    return true
  }

  mutating func completeStep(_ index: Int, _ brief: EventBrief, by: String? = nil) {
    state.leads[index].record(brief, by: by)
    state.leads[index].step += 1
    state.leads[index].failures = 0
    state.leads[index].stepSinceMs = max(state.leads[index].stepSinceMs, brief.atMs)
    judgeTask(index)
    if state.leads[index].currentStep != nil {
      outputs.append(.event(.advanced, LeadEvent(lead: state.leads[index])))
    }
    beginStep(index)
    isChanged = true
    catchUp(index)
  }

  /// What came before the lead was ready for it: the identifiers of one customer are read side by side, so that what he
  /// did under one may be heard before what he did earlier under another. What happened before the step began it has seen,
  /// or was too early.
  mutating func catchUp(_ index: Int) {
    for brief in state.recent.sorted(by: { $0.atMs < $1.atMs }) {
      guard brief.atMs >= state.leads[index].stepSinceMs else {
        recall(brief, to: index)
        continue
      }
      let isUsed = advance(index, with: brief) || finish(index, with: brief)
      if isUsed || state.leads[index].isConcerned(by: brief) { tell(brief, to: index) }
      if isUsed, brief.hasMoney { state.recent.removeAll { $0.id == brief.id } }
    }
  }

  /// Asks for the task of the step under way; where no step is left, the lead is won.
  mutating func beginStep(_ index: Int) {
    guard state.leads[index].currentStep != nil else { return win(index, atMs: state.leads[index].stepSinceMs) }
    requestTask(index)
  }

  /// Staff may say what was earned; else the lead itself knows.
  mutating func win(_ index: Int, netRevenueMinor: Int64? = nil, atMs: Int64) {
    var lead = state.leads[index]
    lead.status = .won
    lead.netRevenueMinor = netRevenueMinor ?? lead.earnedMinor
    close(index, lead, .won, atMs: atMs)
  }

  mutating func lose(_ index: Int, reason: String, atMs: Int64) {
    var lead = state.leads[index]
    lead.status = .lost
    lead.lostReason = reason
    close(index, lead, .lost, atMs: atMs)
  }

  private mutating func close(_ index: Int, _ lead: Lead, _ type: LeadEventType, atMs: Int64) {
    var lead = lead
    lead.changedMs = max(lead.changedMs, atMs)
    lead.isTaskWithheld = nil
    state.leads[index] = lead
    outputs.append(.event(type, LeadEvent(lead: lead, reason: lead.lostReason)))
    isChanged = true
  }

  /// A failed task is asked for again in another way, a few times.
  private mutating func failTask(_ index: Int, _ brief: EventBrief) {
    state.leads[index].record(brief)
    state.leads[index].failures += 1
    if state.leads[index].failures < Leads.taskAttemptsMax {
      judgeTask(index)
      requestTask(index)
    } else {
      lose(index, reason: "task-failed", atMs: brief.atMs)
    }
  }
}

extension Lead {
  /// The margin of what was ordered, where the order was for this proposition and in its currency, else what the
  /// proposition is worth; less what the offer cost.
  var earnedMinor: Int64 {
    let order = history.last { $0.amountMinor != nil && $0.currency ?? currency == currency }
    let revenueMinor = order?.amountMinor.map { Int64((Double($0) * (marginPercent ?? 100) / 100).rounded()) }
    return (revenueMinor ?? expectedValueMinor) - (costMinor ?? 0)
  }

  func isCompleted(_ step: SalesStep, by brief: EventBrief) -> Bool {
    guard !brief.isRefund, step.completedBy.matches(brief), brief.atMs >= openedMs - Leads.clockToleranceMs else {
      return false
    }
    if brief.event == EventType.taskDone.shortName { return brief.task.map(isTaskOfCurrentStep) ?? false }
    return brief.proposition == nil || brief.proposition == proposition
  }
}
