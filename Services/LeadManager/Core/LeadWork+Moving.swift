import Contracts

// Leads go where the facet goes that opened them. The timeline says that a facet left or came; the lead itself follows as
// a command to the other profile, and may be overtaken by either.

extension LeadWork {
  mutating func leave(_ facet: FacetReference, to profile: String) {
    guard profile != state.profile else { return }
    if let known = state.left.first(where: { $0.facet == facet.facet }), known.version >= facet.version { return }
    let leads = state.leads.filter { $0.facet == facet.facet }
    state.leads.removeAll { $0.facet == facet.facet }
    let earlier = state.left.first { $0.facet == facet.facet }?.leads ?? []
    state.left.removeAll { $0.facet == facet.facet }
    state.left.append(
      FacetGone(facet: facet.facet, to: profile, version: facet.version, atMs: now, leads: earlier))
    if state.left.count > LeadState.leftMax { state.left.removeFirst() }
    isChanged = true
    for lead in leads { send(lead, after: state.left.count - 1) }
  }

  /// Whether it is from before the facet left. It was taken in then: what still comes is a repetition, which must not open
  /// a lead a second time that has gone with the facet.
  func hasLeft(_ facet: FacetReference) -> Bool {
    state.left.contains { $0.facet == facet.facet && $0.version > facet.version }
  }

  /// The facet is here (again): leads that come for it stay.
  mutating func receive(_ facet: FacetReference) {
    let before = state.left.count
    state.left.removeAll { $0.facet == facet.facet && $0.version < facet.version }
    if state.left.count != before { isChanged = true }
  }

  /// A lead comes from another profile.
  mutating func takeOver(_ command: LeadCommand) throws(Refusal) {
    guard let lead = command.transferred else {
      throw Refusal(stage: "schema", field: "transferred", reason: "a transfer has the lead itself")
    }
    if state.leads.contains(where: { $0.id == lead.id }) { return }
    // Here nothing may be dropped: it is put aside, and can come again when there is room.
    guard add(lead) else { throw Refusal(stage: "lead", field: "transferred", reason: Self.noRoom) }
    outputs.append(.event(.received, LeadEvent(lead: lead, reason: command.by)))
    catchUp(state.leads.count - 1)
    // The facet was here and has left: the lead has missed it, and follows with what happened here meanwhile.
    let gone = state.left.firstIndex { $0.facet == lead.facet && $0.version > command.facetVersion ?? 0 }
    if let gone { send(state.leads.removeLast(), after: gone) }
  }

  /// Tells the other profile, and remembers where what is asked of the lead must be sent.
  private mutating func send(_ lead: Lead, after index: Int) {
    let gone = state.left[index]
    if !gone.leads.contains(lead.id) { state.left[index].leads.append(lead.id) }
    outputs.append(.event(.left, LeadEvent(lead: lead, reason: gone.to)))
    var command = LeadCommand(lead: lead.id, by: state.profile, transferred: lead)
    command.facetVersion = gone.version
    outputs.append(.command(to: gone.to, .transfer, command))
  }
}
