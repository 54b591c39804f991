import Contracts

// What sales people ask of a lead. A command that was carried out already changes nothing; one that can't be is refused.

extension LeadWork {
  mutating func obey(_ type: LeadCommandType, _ command: LeadCommand, id: String, mint: IdMint) {
    guard let index = state.leads.firstIndex(where: { $0.id == command.lead }) else {
      // The customer was recognised while somebody was looking at the lead: it is at the other profile now.
      if let gone = state.left.last(where: { $0.leads.contains(command.lead) }) {
        outputs.append(.command(to: gone.to, type, command))
        isChanged = true
        return
      }
      return refuse(command, type, id: id, mint, "lead", "the customer has no lead \(command.lead)")
    }
    let lead = state.leads[index]
    guard !lead.hasDone(id) else { return }
    // What is so already needs no doing.
    if type == .win, lead.status == .won { return }
    if type == .lose, lead.status == .lost { return }
    guard lead.status == .open else {
      return refuse(command, type, id: id, mint, "lead", "the lead is \(lead.status.rawValue) already")
    }
    let underWay = lead.currentStep?.name ?? "none"
    if type == .completeStep, let step = command.step, step != underWay {
      return refuse(command, type, id: id, mint, "step", "the step under way is \(underWay)")
    }
    var brief = EventBrief(id: id, event: type.shortName, atMs: now)
    brief.reason = command.reason
    let opening = marks.first { $0.hasOpened == true && $0.lead == lead.id }
    var mark = LeadMark(facet: lead.facet, brief: brief)
    mark.facetVersion = opening?.facetVersion
    mark.asked = LeadAsked(
      lead: lead.id, by: command.by, step: underWay, netRevenueMinor: command.netRevenueMinor)
    hear(mark)
  }

  /// What staff has done stays done to the lead, where that stands as it stood then.
  mutating func carryOut(_ asked: LeadAsked, _ brief: EventBrief) {
    guard let index = state.leads.firstIndex(where: { $0.id == asked.lead }) else { return }
    let lead = state.leads[index]
    guard lead.status == .open, !lead.hasDone(brief.id) else { return }
    switch LeadCommandType.allCases.first(where: { $0.shortName == brief.event }) {
    case .completeStep:
      guard lead.currentStep?.name == asked.step else { return }
      completeStep(index, brief, by: asked.by)
    case .win:
      state.leads[index].record(brief, by: asked.by)
      win(index, netRevenueMinor: asked.netRevenueMinor, atMs: brief.atMs)
    case .lose:
      state.leads[index].record(brief, by: asked.by)
      lose(index, reason: brief.reason ?? "by-staff", atMs: brief.atMs)
    case .transfer, nil: break
    }
  }

  private mutating func refuse(
    _ command: LeadCommand, _ type: LeadCommandType, id: String, _ mint: IdMint, _ field: String, _ reason: String
  ) {
    var refusal = LeadRefusal(
      id: mint.refusal(of: id), refused: type.shortName, eventId: id, atMs: now, field: field, reason: reason)
    refusal.lead = command.lead
    refusal.by = command.by
    refuse(refusal)
  }
}

extension LeadCommandType {
  /// `lead.complete-step`
  package var shortName: String { String(rawValue.dropFirst("trias.".count).dropLast(".v1".count)) }
}
