import Contracts

// What a customer's leads are follows from what sales remembers of him: the marks, each in its turn. What happens in order
// only goes on from there. What is heard late, comes with a facet or goes with one is counted where it belongs, and all
// leads are derived anew: they are what they would be had it always been so.

extension LeadWork {
  func knows(_ mark: LeadMark) -> Bool {
    marks.contains(mark.brief.id) || state.leads.contains { $0.hasDone(mark.brief.id) }
  }

  /// Under which of its facet's versions it was heard tells whether it is from before what has come with a later one.
  mutating func hear(_ heard: LeadMark, under version: Int64 = .max) {
    guard !knows(heard) else { return }
    let isOld = heard.brief.atMs <= now - Leads.recentMs
    if isOld, heard.opens == nil, heard.asked == nil, !state.leads.contains(where: { heard.matters(to: $0) }) { return }
    var mark = heard
    countLater(&mark, under: version)
    isChanged = true
    if isNext(mark) {
      marks.append(mark)
      count(marks.count - 1)
    } else {
      marks.insert(inOrder: mark)
      derive(from: state.leads, because: "late")
    }
    if mark.opens != nil, let place = marks.firstIndex(where: { $0.brief.id == mark.brief.id }),
      marks[place].hasOpened != true
    {
      marks[place].wasNoted = true
    }
    forget()
  }

  /// All marks, each in its turn.
  mutating func countAll() {
    for place in marks.indices { count(place) }
  }

  /// The leads anew, and says what is otherwise than was said of them.
  mutating func derive(from before: [Lead], because reason: String, received: Set<String> = []) {
    var anew = LeadWork(state: LeadState(profile: state.profile, nowMs: now), now: now)
    for mark in marks { anew.marks.insert(inOrder: mark.counting(among: marks)) }
    anew.countAll()
    anew.loseOverdue()
    (state.leads, marks) = (anew.state.leads, anew.marks)
    isChanged = true
    for was in before where !state.leads.contains(where: { $0.id == was.id }) {
      outputs.append(.event(.withdrawn, LeadEvent(lead: was, reason: reason)))
    }
    for lead in state.leads {
      let story = anew.outputs.filter { $0.lead == lead.id }
      guard let was = before.first(where: { $0.id == lead.id }) else {
        outputs += story
        continue
      }
      // One that both profiles have opened began with the earlier.
      if was.openedMs != lead.openedMs, received.contains(lead.id) {
        outputs.append(.event(.received, LeadEvent(lead: lead)))
      }
      if lead.stands(as: was) { continue }
      let more = story.filter { $0.isBeyond(was) }
      outputs += more
      if lead.goesOn(from: was) { continue }
      outputs.append(.event(.revised, LeadEvent(lead: lead, reason: reason)))
      let isAsked = was.status == .open && was.taskId == lead.taskId || more.contains { $0.isTask(lead.taskId) }
      if lead.status == .open, !isAsked { requestTask(lead) }
    }
  }

  private mutating func count(_ place: Int) {
    let mark = marks[place]
    if let asked = mark.asked { return carryOut(asked, mark.brief) }
    advance(with: mark.brief, under: mark.facet)
    open(place)
  }

  /// Whether nothing that it could have changed has been counted already.
  private func isNext(_ mark: LeadMark) -> Bool {
    if let last = marks.last, mark.counts(before: last) { return false }
    return !state.leads.contains {
      $0.lostReason == Lead.overdue && $0.changedMs > mark.brief.atMs && mark.matters(to: $0)
    }
  }

  /// Clocks differ: what is heard while a step waits for it counts from when that began, and so is an acceptance noted on
  /// the lead that is open. What staff does is done now.
  private func countLater(_ mark: inout LeadMark, under version: Int64) {
    if mark.asked != nil {
      mark.sinceMs = max(now, marks.last?.countsMs ?? 0)
      return
    }
    for lead in state.leads
    where lead.status == .open && !(lead.facet == mark.facet && lead.facetVersion ?? 0 > version) {
      guard let sinceMs = mark.begins(with: lead), sinceMs > mark.countsMs else { continue }
      (mark.sinceMs, mark.sinceLead) = (sinceMs, lead.id)
    }
  }
}

extension LeadMark {
  /// From when on an open lead waits for it.
  fileprivate func begins(with lead: Lead) -> Int64? {
    if let begun = opens, begun.isAnother(of: lead) { return lead.openedMs }
    guard let step = lead.currentStep, brief.atMs >= lead.stepSinceMs - Leads.clockToleranceMs else { return nil }
    if brief.event == EventType.taskFailed.shortName {
      let failedMs = lead.history.last { $0.event == brief.event }?.atMs ?? 0
      return brief.task == lead.taskId ? max(lead.stepSinceMs, failedMs) : nil
    }
    if lead.isCompleted(step, by: brief) { return lead.stepSinceMs }
    return lead.isFinished(by: brief) ? lead.openedMs : nil
  }

  /// Without the lead that it was heard beside it counts from when it happened.
  fileprivate func counting(among marks: [LeadMark]) -> LeadMark {
    guard let lead = sinceLead, !marks.contains(where: { $0.hasOpened == true && $0.lead == lead }) else { return self }
    var mark = self
    (mark.sinceMs, mark.sinceLead) = (nil, nil)
    return mark
  }
}

extension Lead {
  /// What was done for it; acceptances that are only noted don't count.
  private var work: [LeadStepDone] { history.filter { $0.event != EventType.nbaAccepted.shortName } }

  /// Whether more was done since, and nothing else is otherwise.
  fileprivate func goesOn(from was: Lead) -> Bool {
    guard was.status == .open, step >= was.step else { return false }
    let (mine, its) = (work.map(\.eventId), was.work.map(\.eventId))
    if its.count < Lead.historyMax / 2 { return mine.starts(with: its) }
    return its.last.map(mine.contains) ?? true
  }

  fileprivate func stands(as was: Lead) -> Bool {
    status == was.status && step == was.step && failures == was.failures && netRevenueMinor == was.netRevenueMinor
      && lostReason == was.lostReason
  }
}

extension LeadOutput {
  /// The lead that it is about.
  fileprivate var lead: String? {
    switch self {
    case .event(_, let event): event.lead.id
    case .task(let task, _): task.lead
    case .refusal, .command: nil
    }
  }

  fileprivate func isTask(_ id: String) -> Bool { if case .task(let task, _) = self { task.id == id } else { false } }

  /// Whether it was not yet to be said when the lead stood there.
  fileprivate func isBeyond(_ was: Lead) -> Bool {
    switch self {
    case .event(.advanced, let event): event.lead.step > was.step
    case .event(.won, _), .event(.lost, _): was.status == .open
    case .task(let task, _): !was.hasAskedFor(task.id)
    default: false
    }
  }
}

extension Lead {
  /// Whether that is the task of a step before the one under way, or of that one at an earlier attempt or the present one.
  fileprivate func hasAskedFor(_ task: String) -> Bool {
    let number = task.dropFirst(id.count + 1).split(separator: ".").compactMap { Int($0) }
    guard let first = number.first else { return false }
    return (first, number.dropFirst().first ?? 0) <= (step, failures)
  }
}
