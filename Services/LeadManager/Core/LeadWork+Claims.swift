import Contracts

// What there is only so much of is promised to nobody before there is a unit for him: its lead opens when the budget has
// answered. So at most so many leads are ever opened as the limit says, whatever was on lists.

extension LeadWork {
  /// Asks for a unit. Once for a lead, however often it is accepted.
  mutating func claim(
    _ lead: Lead, of event: TimelineEvent, _ limits: [PropositionLimit], catalogVersion: String, mint: IdMint
  ) {
    var pending = state.pending ?? []
    if pending.contains(where: { $0.lead.id == lead.id }) { return }
    if let index = pending.firstIndex(where: { $0.lead.proposition == lead.proposition }) {
      // He is waiting for one already: as where his lead is open, that is noted on it.
      guard pending[index].noted.count < PendingLead.notedMax else { return }
      pending[index].noted.append(event.brief)
    } else if pending.count >= LeadState.leadsMax {
      return refuse(refusal(of: PendingLead(lead: lead, eventId: event.id, facetVersion: 0), Self.noRoom, mint))
    } else {
      pending.append(PendingLead(lead: lead, eventId: event.id, facetVersion: event.facet.version))
      outputs.append(
        .claim(
          BudgetRequest(
            proposition: lead.proposition, limits: limits, catalogVersion: catalogVersion, profile: state.profile,
            contact: lead.contact, lead: lead.id)))
    }
    state.pending = pending
    isChanged = true
  }

  /// The budget has answered. An answer to nobody who waits is a repetition.
  mutating func take(_ answer: BudgetAnswer, mint: IdMint) {
    guard let index = state.pending?.firstIndex(where: { $0.lead.id == answer.lead }),
      let pending = state.pending?.remove(at: index)
    else { return }
    if state.pending?.isEmpty == true { state.pending = nil }
    isChanged = true
    guard answer.isGranted else {
      let all = answer.reached.map { "all \($0.max) \($0.words) are taken" } ?? "all are taken"
      return refuse(refusal(of: pending, "\(pending.lead.proposition) is limited, and \(all)", mint))
    }
    guard open(pending.lead) else { return refuse(refusal(of: pending, Self.noRoom, mint)) }
    guard let opened = state.leads.firstIndex(where: { $0.id == pending.lead.id }) else { return }
    for brief in pending.noted { note(brief, on: opened) }
    // Its facet has left while it waited.
    follow(opened, from: pending.facetVersion)
  }

  private func refusal(of pending: PendingLead, _ reason: String, _ mint: IdMint) -> LeadRefusal {
    let lead = pending.lead
    var refusal = LeadRefusal(
      id: mint.refusal(of: pending.eventId), refused: EventType.nbaAccepted.shortName, eventId: pending.eventId,
      atMs: lead.openedMs, field: "proposition", reason: reason)
    refusal.contact = lead.contact
    refusal.list = lead.list
    refusal.proposition = lead.proposition
    return refusal
  }
}

extension PropositionLimit {
  fileprivate var words: String { per == .ever ? "that there are" : "of this \(per.rawValue)" }
}
