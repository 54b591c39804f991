import Contracts

// What a lead was told, and where it stands by that alone. It is derived by what advances it: begun anew, it hears what it
// was told in the same order and at the same times.

extension LeadWork {
  /// Keeps an event with every lead that it concerns, also one that is past the step, or not there yet. Money that went to
  /// one lead is no other's.
  mutating func tell(_ brief: EventBrief, isConsumed: Bool) {
    for index in state.leads.indices where state.leads[index].isConcerned(by: brief) {
      if brief.hasMoney, isConsumed, !state.leads[index].hasDone(brief.id) { continue }
      tell(brief, to: index)
    }
  }

  mutating func tell(_ brief: EventBrief, to index: Int) {
    guard var told = state.leads[index].told else { return }
    if let known = told.firstIndex(where: { $0.id == brief.id }) {
      let isNoted = brief.noted != nil && told[known].noted == nil
      guard isNoted || told[known].away != nil else { return }
      if isNoted { told[known].noted = brief.noted }
      // It was taken out of the lead, and is here now where the lead is.
      if told[known].away != nil {
        (told[known].away, told[known].heardBy) = (nil, state.profile)
        told[known].facetVersion = brief.facetVersion
      }
    } else {
      var brief = brief
      (brief.heardMs, brief.heardBy) = (now, state.profile)
      told.append(brief)
      // What is remembered of somebody who has left meanwhile.
      if state.left.place(of: brief) != nil { lookAtPartings() }
    }
    state.leads[index].told = told.count <= Lead.toldMax ? told : nil
    isChanged = true
  }

  /// Keeps what was remembered and is too early for the step under way with the lead: what has begun that step may turn out
  /// to be another's.
  mutating func recall(_ brief: EventBrief, to index: Int) {
    let lead = state.leads[index]
    guard brief.atMs >= lead.openedMs, lead.isConcerned(by: brief),
      lead.told?.contains(where: { $0.id == brief.id }) == false
    else { return }
    var brief = brief
    brief.isRecalled = true
    tell(brief, to: index)
  }

  /// False for a lead from before there was evidence, or with more of it than is kept: it stays as it is.
  func isDerivable(_ lead: Lead) -> Bool {
    guard let told = lead.told else { return false }
    return derived(lead, from: told).stands(like: lead)
  }

  /// The lead as it would stand, had it been told that alone. What its time limits say is said when it was so: before
  /// whatever was heard after them.
  func derived(_ lead: Lead, from told: [EventBrief]) -> Lead {
    var work = with(LeadState(profile: state.profile, nowMs: 0), now: lead.openedMs)
    work.state.leads = [lead.asOpened]
    let told = told.filter { $0.away == nil && !isSpent($0, otherThanBy: lead) }
    // What was heard before there was a lead. What was remembered elsewhere wasn't heard with it, whatever the clock said.
    let isBefore = { (brief: EventBrief) in brief.isRecalled != true && brief.heardMs ?? 0 < lead.openedMs }
    work.state.recent = told.filter(isBefore)
    work.beginStep(0)
    work.catchUp(0)
    for brief in told where !isBefore(brief) {
      work.now = max(work.now, brief.heardMs ?? brief.atMs)
      work.loseOverdue()
      work.hear(brief)
    }
    work.now = now
    work.loseOverdue()
    return work.state.leads[0]
  }

  /// Money counts once.
  private func isSpent(_ brief: EventBrief, otherThanBy lead: Lead) -> Bool {
    brief.hasMoney && state.leads.contains { $0.id != lead.id && $0.hasDone(brief.id) }
  }

  private mutating func hear(_ brief: EventBrief) {
    switch brief.event {
    case LeadCommandType.completeStep.shortName: completeByStaff(brief)
    case LeadCommandType.win.shortName:
      reopen()
      state.leads[0].record(brief, by: brief.by)
      win(0, netRevenueMinor: brief.netRevenueMinor, atMs: brief.atMs)
    case LeadCommandType.lose.shortName:
      reopen()
      state.leads[0].record(brief, by: brief.by)
      lose(0, reason: brief.reason ?? "by-staff", atMs: brief.atMs)
    default:
      let isTooEarly = brief.isRecalled == true && brief.atMs < state.leads[0].stepSinceMs
      let isUsed = !isTooEarly && (advance(0, with: brief) || finish(0, with: brief))
      if brief.noted != nil, !state.leads[0].hasDone(brief.id) { state.leads[0].record(brief) }
      // As many as were told: what is too old by then is left out as it was.
      if !isUsed {
        state.recent.append(brief)
        state.recent.removeAll { $0.atMs + Leads.recentMs <= now }
      }
    }
  }

  /// What staff has won or lost stays so, whatever turns out to have been before.
  private mutating func reopen() {
    (state.leads[0].status, state.leads[0].netRevenueMinor, state.leads[0].lostReason) = (.open, nil, nil)
  }

  /// What staff has said is done is done, also where what led there is another's.
  private mutating func completeByStaff(_ brief: EventBrief) {
    let lead = state.leads[0]
    guard lead.status == .open, let said = lead.steps.firstIndex(where: { $0.name == brief.step }), said >= lead.step
    else { return }
    state.leads[0].step = said
    completeStep(0, brief, by: brief.by)
  }

  /// From now on it was told that alone. What it says of that depends on whether it went on or back.
  mutating func revise(_ index: Int, told: [EventBrief], without others: Set<String> = []) {
    let old = state.leads[index]
    let before = Set((old.told ?? []).map(\.id))
    var new = derived(old, from: told)
    // What it was never told as evidence it still knows: of acceptances that were noted the first of each facet is enough.
    let noted = old.history.filter { entry in
      !before.contains(entry.eventId ?? "") && !others.contains(entry.facet ?? "")
    }
    new.history = (new.history + noted).sorted { $0.atMs < $1.atMs }.suffix(Lead.historyMax)
    new.told = told
    new.revision = (old.revision ?? 0) + 1
    new.changedMs = max(old.changedMs, new.changedMs)
    state.leads[index] = new
    // Money counts once: what it has now is kept for no other.
    state.recent.removeAll { $0.hasMoney && new.hasDone($0.id) }
    isChanged = true
    say(index, after: old)
  }

  private mutating func say(_ index: Int, after old: Lead) {
    let isUnderWay = old.hasStepUnderWay(of: state.leads[index])
    if isUnderWay { state.leads[index].isTaskWithheld = old.isTaskWithheld } else { judgeTask(index) }
    let new = state.leads[index]
    guard !new.stands(like: old) || new.history != old.history else { return }
    let type: LeadEventType =
      switch (old.status, new.status) {
      case (.open, .won): .won
      case (.open, .lost): .lost
      case (.open, .open) where new.step > old.step: .advanced
      default: .revised
      }
    outputs.append(.event(type, LeadEvent(lead: new, reason: new.lostReason)))
    if !isUnderWay { requestTask(index) }
  }
}

extension Lead {
  var asOpened: Lead {
    var lead = self
    (lead.status, lead.step, lead.failures) = (.open, 0, 0)
    (lead.stepSinceMs, lead.changedMs) = (openedMs, openedMs)
    (lead.netRevenueMinor, lead.lostReason, lead.history, lead.told) = (nil, nil, [], nil)
    lead.isTaskWithheld = nil
    return lead
  }

  /// Whether the same attempt at the same step is under way in both.
  fileprivate func hasStepUnderWay(of other: Lead) -> Bool {
    (status, step, failures) == (.open, other.step, other.failures) && other.status == .open
  }

  func stands(like other: Lead) -> Bool {
    (status, step, stepSinceMs, failures) == (other.status, other.step, other.stepSinceMs, other.failures)
      && netRevenueMinor == other.netRevenueMinor && lostReason == other.lostReason
  }

  func wasTold(by facet: String) -> Bool { told?.contains { $0.facet == facet } == true }

  /// Whether it could do something to the lead at some step.
  func isConcerned(by brief: EventBrief) -> Bool {
    if brief.event == EventType.nbaRejected.shortName, brief.proposition == proposition { return true }
    if let task = brief.task { return task.hasPrefix("\(id).") }
    guard !brief.isRefund, brief.atMs >= openedMs - Leads.clockToleranceMs else { return false }
    return steps.contains { $0.completedBy.matches(brief) }
      && (brief.proposition == nil || brief.proposition == proposition)
  }
}
