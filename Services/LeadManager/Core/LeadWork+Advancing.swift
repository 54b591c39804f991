import Contracts

// How a lead goes on and ends.

extension LeadWork {
  /// Takes an event to all leads that it concerns, oldest first. True when it is used up: money counts once.
  mutating func advance(with event: RecentEvent) -> Bool {
    if event.hasMoney, state.leads.contains(where: { $0.hasDone(event.id) }) { return true }
    for index in state.leads.indices where advance(index, with: event) {
      if event.hasMoney { return true }
    }
    return false
  }

  /// True when the event meant something to that lead.
  mutating func advance(_ index: Int, with event: RecentEvent) -> Bool {
    let lead = state.leads[index]
    guard lead.status == .open, let step = lead.currentStep, !lead.hasDone(event.id) else { return false }
    switch event.event {
    case EventType.taskFailed.shortName:
      guard event.task == lead.taskId else { return false }
      failTask(index, event)
    case EventType.nbaRejected.shortName where event.proposition == lead.proposition:
      guard event.atMs >= lead.openedMs else { return false }
      state.leads[index].record(event)
      lose(index, reason: "rejected", atMs: event.atMs)
    default:
      guard lead.isCompleted(step, by: event) else { return false }
      completeStep(index, event)
    }
    isChanged = true
    return true
  }

  mutating func completeStep(_ index: Int, _ event: RecentEvent, by: String? = nil) {
    state.leads[index].record(event, by: by)
    state.leads[index].step += 1
    state.leads[index].failures = 0
    state.leads[index].stepSinceMs = max(state.leads[index].stepSinceMs, event.atMs)
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

  /// What was earned is what the order was for that completed a step, else what the proposition is worth.
  mutating func win(_ index: Int, netRevenueMinor: Int64? = nil, atMs: Int64) {
    var lead = state.leads[index]
    let order = lead.history.last { $0.amountMinor != nil }
    lead.status = .won
    lead.netRevenueMinor = netRevenueMinor ?? order?.amountMinor ?? lead.expectedValueMinor
    if netRevenueMinor == nil, let currency = order?.currency { lead.currency = currency }
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
  private mutating func failTask(_ index: Int, _ event: RecentEvent) {
    state.leads[index].record(event)
    state.leads[index].failures += 1
    if state.leads[index].failures < Leads.taskAttemptsMax {
      requestTask(state.leads[index])
    } else {
      lose(index, reason: "task-failed", atMs: event.atMs)
    }
  }

  private mutating func requestTask(_ lead: Lead) {
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
  func isCompleted(_ step: SalesStep, by event: RecentEvent) -> Bool {
    guard step.completedBy.matches(event), event.atMs >= openedMs - Leads.clockToleranceMs else { return false }
    if event.event == EventType.taskDone.shortName { return event.task.map(isTaskOfCurrentStep) ?? false }
    return event.proposition == nil || event.proposition == proposition
  }

  /// First the step's own channel, then the one in which the customer accepted, then a person who calls.
  func taskChannel(_ task: StepTask) -> String {
    var ways = [task.channel]
    for way in [channel, "call-centre"] where !way.isEmpty && !ways.contains(way) { ways.append(way) }
    return ways[failures % ways.count]
  }
}
