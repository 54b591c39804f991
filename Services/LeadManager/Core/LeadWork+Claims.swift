import Contracts

// What there is only so much of is promised to nobody before there is a unit for him: its lead opens when the budget has
// answered. So at most so many leads are ever opened as the limit says, whatever was on lists.

extension LeadWork {
  /// Asks for a unit. Once for a lead, however often it is accepted.
  mutating func claim(_ lead: Lead, _ acceptance: EventBrief, from facetVersion: Int64, mint: IdMint) {
    var pending = state.pending ?? []
    if pending.contains(where: { $0.lead.id == lead.id }) { return }
    if let index = pending.firstIndex(where: { $0.lead.proposition == lead.proposition }) {
      // He is waiting for one already: as where his lead is open, that is noted on it.
      guard pending[index].noted.count < PendingLead.notedMax else {
        let all = "he has accepted it \(PendingLead.notedMax + 1) times while the first waits for a unit"
        return refuse(refusal(of: pending[index], acceptance.id, atMs: acceptance.atMs, all, mint))
      }
      pending[index].noted.append(acceptance.noting(lead))
    } else {
      let waiting = PendingLead(lead: lead, eventId: acceptance.id, facetVersion: facetVersion, askedMs: now)
      guard pending.count < LeadState.leadsMax else {
        return refuse(refusal(of: waiting, waiting.eventId, atMs: lead.openedMs, Self.noRoom, mint))
      }
      pending.append(waiting)
      // The same lead may be claimed again when it was refused once: by another acceptance, so under another id.
      outputs.append(.claim(waiting.request(state.profile), id: "claim.\(lead.id).\(mint.refusal(of: acceptance.id))"))
    }
    state.pending = pending
    isChanged = true
  }

  /// What nobody has answered is asked again: the question, or its answer, was put aside or is gone.
  mutating func claimAgain(mint: IdMint) {
    guard let pending = state.pending else { return }
    for index in pending.indices where pending[index].askedMs + Leads.claimAgainMs <= now {
      state.pending?[index].askedMs = now
      // Before and after a move two profiles may wait for one lead, and ask again with one tick; and where a clock was
      // ahead, two ticks say the same time.
      let acceptance = mint.refusal(of: pending[index].eventId)
      let id = "claim.\(pending[index].lead.id).\(acceptance).\(state.profile).\(now)"
      outputs.append(.claim(pending[index].request(state.profile), id: id))
      isChanged = true
    }
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
      return refuse(pending, "\(pending.lead.proposition) is limited, and \(all)", mint)
    }
    guard open(pending.lead) else { return refuse(pending, Self.noRoom, mint) }
    guard let opened = state.leads.firstIndex(where: { $0.id == pending.lead.id }) else { return }
    for brief in pending.noted { note(brief, on: opened) }
    // Its facet has left while it waited.
    follow(opened, from: pending.facetVersion)
  }

  /// Every acceptance that waited is told of.
  private mutating func refuse(_ pending: PendingLead, _ reason: String, _ mint: IdMint) {
    refuse(refusal(of: pending, pending.eventId, atMs: pending.lead.openedMs, reason, mint))
    for brief in pending.noted { refuse(refusal(of: pending, brief.id, atMs: brief.atMs, reason, mint)) }
  }

  private func refusal(
    of pending: PendingLead, _ eventId: String, atMs: Int64, _ reason: String, _ mint: IdMint
  ) -> LeadRefusal {
    let lead = pending.lead
    var refusal = LeadRefusal(
      id: mint.refusal(of: eventId), refused: EventType.nbaAccepted.shortName, eventId: eventId,
      atMs: atMs, field: "proposition", reason: reason)
    refusal.contact = lead.contact
    refusal.list = lead.list
    refusal.proposition = lead.proposition
    return refusal
  }
}

extension PendingLead {
  fileprivate func request(_ profile: String) -> BudgetRequest {
    BudgetRequest(
      proposition: lead.proposition, profile: profile, contact: lead.contact, lead: lead.id, askedMs: askedMs)
  }
}

extension PropositionLimit {
  fileprivate var words: String { per == .ever ? "that there are" : "of this \(per.rawValue)" }
}
