import Contracts

// What sales people ask of a lead. A command that was carried out already changes nothing; one that can't be is refused.

extension LeadWork {
  mutating func obey(_ type: LeadCommandType, _ command: LeadCommand, id: String, mint: IdMint) {
    guard let index = state.leads.firstIndex(where: { $0.id == command.lead }) else {
      if sendAfter(type, command) { return }
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
    if type == .completeStep, let step = command.step, step != lead.currentStep?.name {
      let name = lead.currentStep?.name ?? "none"
      return refuse(command, type, id: id, mint, "step", "the step under way is \(name)")
    }
    var brief = EventBrief(id: id, event: type.shortName, atMs: now)
    brief.reason = command.reason
    brief.by = command.by
    brief.step = lead.currentStep?.name
    brief.netRevenueMinor = command.netRevenueMinor
    tell(brief, to: index)
    switch type {
    case .completeStep:
      completeStep(index, brief, by: command.by)
    case .win:
      state.leads[index].record(brief, by: command.by)
      win(index, netRevenueMinor: command.netRevenueMinor, atMs: now)
    case .lose:
      state.leads[index].record(brief, by: command.by)
      lose(index, reason: command.reason ?? "by-staff", atMs: now)
    case .transfer, .withdraw, .evidence: break
    }
  }

  /// The customer was recognised while somebody was looking at the lead: it is at the other profile now. False where
  /// nothing is known of it.
  mutating func sendAfter(_ type: LeadCommandType, _ command: LeadCommand) -> Bool {
    guard let gone = state.left.last(where: { $0.leads.contains(command.lead) }) else { return false }
    outputs.append(.command(to: gone.to, type, command))
    isChanged = true
    return true
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
