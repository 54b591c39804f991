import Contracts

// Marks: how they are ordered, kept and forgotten.

extension LeadMark {
  /// When it counts.
  var countsMs: Int64 { sinceMs ?? brief.atMs }

  /// Of what counts at the same time, what opens a lead comes before what it waits for.
  private var rank: (Int64, Int) { (countsMs, opens == nil ? 1 : 0) }

  func counts(before other: LeadMark) -> Bool { rank < other.rank }

  /// Whether some step of that lead could be completed by it, or its task or the lead be given up.
  func matters(to lead: Lead) -> Bool {
    guard brief.atMs >= lead.openedMs - Leads.clockToleranceMs, !brief.isRefund else { return false }
    if let task = brief.task { return task.hasPrefix("\(lead.id).") }
    if brief.event == EventType.nbaRejected.shortName { return brief.proposition == lead.proposition }
    return lead.steps.contains { $0.completedBy.matches(brief) }
  }
}

extension [LeadMark] {
  /// Behind all that count no later.
  mutating func insert(inOrder mark: LeadMark) {
    var place = count
    while place > 0, mark.counts(before: self[place - 1]) { place -= 1 }
    insert(mark, at: place)
  }

  func contains(_ event: String) -> Bool { contains { $0.brief.id == event } }

  /// An opening that stands beside its lead is told by it: what the lead began as is the lead without what was done.
  func told(by leads: [Lead]) -> [LeadMark] {
    map { mark in
      guard mark.hasOpened == true, let lead = leads.first(where: { $0.id == mark.lead }), lead.asBegun == mark.opens
      else {
        return mark
      }
      var mark = mark
      mark.opens = nil
      return mark
    }
  }

  func whole(with leads: [Lead]) -> [LeadMark] {
    map { mark in
      guard mark.opens == nil, mark.hasOpened == true else { return mark }
      var mark = mark
      mark.opens = leads.first { $0.id == mark.lead }?.asBegun
      return mark
    }
  }
}

extension LeadState {
  /// Leads and events of earlier builds have no marks: such a lead begins as it stands.
  var wholeMarks: [LeadMark] {
    var whole = (marks ?? []).whole(with: leads)
    for lead in leads where !whole.contains(where: { $0.hasOpened == true && $0.lead == lead.id }) {
      whole.insert(inOrder: LeadMark(opening: lead, facetVersion: lead.facetVersion))
    }
    for brief in recent { whole.insert(inOrder: LeadMark(facet: "", brief: brief)) }
    return whole
  }
}

extension LeadMark {
  /// Of a lead that came without one.
  init(opening lead: Lead, facetVersion: Int64?) {
    self.init(facet: lead.facet, brief: EventBrief(id: lead.id, event: "lead", atMs: lead.openedMs))
    self.facetVersion = facetVersion
    self.lead = lead.id
    opens = lead
    hasOpened = true
  }
}

extension Lead {
  /// As it was when it was opened.
  var asBegun: Lead {
    var lead = self
    lead.facetVersion = nil
    lead.status = .open
    (lead.step, lead.failures, lead.history) = (0, 0, [])
    (lead.stepSinceMs, lead.changedMs) = (openedMs, openedMs)
    (lead.netRevenueMinor, lead.lostReason) = (nil, nil)
    return lead
  }
}

extension LeadState {
  /// Of each mark whether no lead here, nor one that was only noted, could ever make anything of it.
  static func idle(_ marks: [LeadMark], _ leads: [Lead]) -> [Bool] {
    let all = leads + marks.compactMap(\.opens)
    return marks.map { mark in
      mark.hasOpened != true && mark.opens == nil && mark.asked == nil && !all.contains { mark.matters(to: $0) }
    }
  }
}

extension LeadWork {
  /// Forgets what can't matter any more, and keeps to the bounds.
  mutating func forget() {
    makeRoom()
    let before = marks.count
    let known = Set(state.leads.map(\.id))
    marks.removeAll { mark in
      if mark.opens != nil { return !known.contains(mark.lead ?? "") }
      return mark.asked.map { !known.contains($0.lead) } ?? false
    }
    forgetRecent()
    while let next = tooMany { bake(next) }
    if marks.count != before { isChanged = true }
  }

  /// What no lead waits for is kept for one that may be on its way here, for a while.
  private mutating func forgetRecent() {
    var room = LeadState.recentMax
    var kept: [LeadMark] = []
    for (mark, isIdle) in zip(marks, LeadState.idle(marks, state.leads)).reversed() {
      if isIdle {
        guard room > 0, mark.brief.atMs + Leads.recentMs > now else { continue }
        room -= 1
      }
      kept.append(mark)
    }
    marks = kept.reversed()
  }

  /// Which one goes: the oldest that nothing came of while there are many of those, else the oldest.
  private var tooMany: Int? {
    let others = marks.indices.filter { marks[$0].hasOpened != true }
    guard others.count > LeadState.marksMax else { return nil }
    let unused = others.filter { index in !state.leads.contains { $0.hasDone(marks[index].brief.id) } }
    return unused.count > LeadState.marksMax / 2 ? unused.first : others.first
  }

  /// What came of it is from now on how its leads began.
  private mutating func bake(_ index: Int) {
    let id = marks[index].brief.id
    if state.leads.contains(where: { $0.hasDone(id) }) {
      var then = LeadWork(state: LeadState(profile: state.profile, nowMs: now), now: now)
      then.marks = marks.enumerated().filter { $0.offset <= index || $0.element.hasOpened == true }.map(\.element)
      then.countAll()
      for lead in then.state.leads where lead.hasDone(id) {
        guard let place = marks.firstIndex(where: { $0.hasOpened == true && $0.lead == lead.id }) else { continue }
        var begins = lead
        begins.facetVersion = nil
        marks[place].opens = begins
      }
    }
    marks.remove(at: index)
  }
}
