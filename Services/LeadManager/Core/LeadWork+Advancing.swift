import Contracts

// How a lead goes on and ends.

extension LeadWork {
  /// Takes an event to all leads that it concerns, the oldest first. Money counts once, and first where it is waited for:
  /// with a lead that was opened under the same identifier before others.
  mutating func advance(with brief: EventBrief, under facet: String) {
    guard brief.hasMoney else {
      for index in state.leads.indices { _ = advance(index, with: brief) }
      return
    }
    if state.leads.contains(where: { $0.hasDone(brief.id) }) { return }
    let own = state.leads.map { Facet.identifierKey($0.facet) == Facet.identifierKey(facet) }
    let indices = own.indices.filter { own[$0] } + own.indices.filter { !own[$0] }
    for index in indices where advance(index, with: brief) { return }
    for index in indices where finish(index, with: brief) { return }
  }

  /// True when the event meant something to that lead.
  private mutating func advance(_ index: Int, with brief: EventBrief) -> Bool {
    let lead = state.leads[index]
    guard lead.status == .open, let step = lead.currentStep, !lead.hasDone(brief.id), lead.hears(brief, at: step),
      !isLost(index, atMs: brief.atMs)
    else { return false }
    switch brief.event {
    case EventType.taskFailed.shortName: failTask(index, brief)
    case EventType.nbaRejected.shortName where brief.proposition == lead.proposition:
      state.leads[index].record(brief)
      lose(index, reason: "rejected", atMs: brief.atMs)
    default: completeStep(index, brief)
    }
    isChanged = true
    return true
  }

  /// An order for the last step wins the lead from any step: who has bought has bought, and the system of record may be
  /// heard before the form or the call that led there.
  private mutating func finish(_ index: Int, with brief: EventBrief) -> Bool {
    let lead = state.leads[index]
    guard lead.status == .open, lead.currentStep != nil, !lead.hasDone(brief.id), lead.isFinished(by: brief),
      !isLost(index, atMs: brief.atMs)
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
    if state.leads[index].currentStep != nil {
      outputs.append(.event(.advanced, LeadEvent(lead: state.leads[index])))
    }
    beginStep(index)
    isChanged = true
  }

  /// Asks for the task of the step under way; where no step is left, the lead is won.
  mutating func beginStep(_ index: Int) {
    guard state.leads[index].currentStep != nil else { return win(index, atMs: state.leads[index].stepSinceMs) }
    requestTask(state.leads[index])
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
    state.leads[index] = lead
    outputs.append(.event(type, LeadEvent(lead: lead, reason: lead.lostReason)))
    isChanged = true
  }

  /// A failed task is asked for again in another way, a few times.
  private mutating func failTask(_ index: Int, _ brief: EventBrief) {
    state.leads[index].record(brief)
    state.leads[index].failures += 1
    if state.leads[index].failures < Leads.taskAttemptsMax {
      requestTask(state.leads[index])
    } else {
      lose(index, reason: "task-failed", atMs: brief.atMs)
    }
  }

  mutating func requestTask(_ lead: Lead) {
    guard let step = lead.currentStep, let task = step.task else { return }
    outputs.append(
      .task(
        ContactTask(
          id: lead.taskId, lead: lead.id, proposition: lead.proposition, step: step.name,
          channel: lead.taskChannel(task), instruction: task.instruction, identifier: lead.identifier,
          dueMs: lead.dueMs),
        contact: lead.contact))
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

  /// Whether it completes the step under way, or says of its task or of the lead itself that nothing comes of it.
  func hears(_ brief: EventBrief, at step: SalesStep) -> Bool {
    switch brief.event {
    case EventType.taskFailed.shortName: brief.task == taskId
    case EventType.nbaRejected.shortName where brief.proposition == proposition: brief.atMs >= openedMs
    default: isCompleted(step, by: brief)
    }
  }

  func isFinished(by brief: EventBrief) -> Bool {
    guard let last = steps.last else { return false }
    return brief.isOrder(for: self, last) && isCompleted(last, by: brief)
  }

  func isCompleted(_ step: SalesStep, by brief: EventBrief) -> Bool {
    guard !brief.isRefund, step.completedBy.matches(brief), brief.atMs >= openedMs - Leads.clockToleranceMs else {
      return false
    }
    if brief.event == EventType.taskDone.shortName { return brief.task.map(isTaskOfCurrentStep) ?? false }
    return brief.proposition == nil || brief.proposition == proposition
  }

  /// First the step's own channel, then the one in which the customer accepted, then a person who calls.
  func taskChannel(_ task: StepTask) -> String {
    var ways = [task.channel]
    for way in [channel, "call-centre"] where !way.isEmpty && !ways.contains(way) { ways.append(way) }
    return ways[failures % ways.count]
  }
}
