import Contracts

// What sales people ask of a lead. A command that was carried out already changes nothing; one that can't be is refused.

extension LeadWork {
  mutating func obey(_ type: LeadCommandType, _ command: LeadCommand, id: String) throws(Refusal) {
    guard let index = state.leads.firstIndex(where: { $0.id == command.lead }) else {
      // The customer was recognised while somebody was looking at the lead: it is at the other profile now.
      guard let gone = state.left.last(where: { $0.leads.contains(command.lead) }) else {
        throw Refusal(stage: "lead", field: "lead", reason: "the customer has no lead \(command.lead)")
      }
      outputs.append(.command(to: gone.to, type, command))
      isChanged = true
      return
    }
    let lead = state.leads[index]
    guard !lead.hasDone(id) else { return }
    var brief = EventBrief(id: id, event: type.shortName, atMs: now)
    brief.reason = command.reason
    switch type {
    case .completeStep:
      try mustBeOpen(lead)
      if let step = command.step, step != lead.currentStep?.name {
        throw Refusal(stage: "lead", field: "step", reason: "the step under way is \(lead.currentStep?.name ?? "none")")
      }
      completeStep(index, brief, by: command.by)
    case .win:
      if lead.status == .won { return }
      try mustBeOpen(lead)
      state.leads[index].record(brief, by: command.by)
      win(index, netRevenueMinor: command.netRevenueMinor, atMs: now)
    case .lose:
      if lead.status == .lost { return }
      try mustBeOpen(lead)
      state.leads[index].record(brief, by: command.by)
      lose(index, reason: command.reason ?? "by-staff", atMs: now)
    case .transfer: break
    }
  }

  private func mustBeOpen(_ lead: Lead) throws(Refusal) {
    guard lead.status == .open else {
      throw Refusal(stage: "lead", field: "lead", reason: "the lead is \(lead.status.rawValue) already")
    }
  }
}

extension LeadCommandType {
  /// `lead.complete-step`
  package var shortName: String { String(rawValue.dropFirst("trias.".count).dropLast(".v1".count)) }
}
