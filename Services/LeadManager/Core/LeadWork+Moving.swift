import Contracts

// Leads go where the facet goes that opened them. The timeline says that a facet left; the lead itself follows as a
// command to the other profile, and may be overtaken by more of that. So it goes the facet's whole way, by the versions
// under which the facet left, and takes along what is remembered at each place.

extension LeadWork {
  mutating func leave(_ facet: FacetReference, to profile: String) {
    guard profile != state.profile else { return }
    if state.left.contains(where: { $0.facet == facet.facet && $0.version >= facet.version }) { return }
    // What came with a later move has overtaken this one.
    let goes = { (lead: Lead) in lead.facet == facet.facet && lead.facetVersion ?? 0 < facet.version }
    let leads = state.leads.filter(goes)
    state.leads.removeAll(where: goes)
    state.left.append(FacetGone(facet: facet.facet, to: profile, version: facet.version, atMs: now))
    if state.left.count > LeadState.leftMax { state.left.removeFirst() }
    isChanged = true
    for lead in leads { send(lead, after: state.left.count - 1) }
    if state.leads.contains(where: { $0.wasTold(by: facet.facet) }) || isParted(facet.facet) { lookAtPartings() }
  }

  /// Whether it is from before the facet left. It was taken in then: what still comes is a repetition, which must not open
  /// a lead a second time that has gone with the facet.
  func hasLeft(_ facet: FacetReference) -> Bool {
    state.left.contains { $0.facet == facet.facet && $0.version > facet.version }
  }

  /// A lead comes from another profile.
  mutating func takeOver(_ command: LeadCommand) throws(Refusal) {
    guard var lead = command.transferred else {
      throw Refusal(stage: "schema", field: "transferred", reason: "a transfer has the lead itself")
    }
    if state.leads.contains(where: { $0.id == lead.id }) { return }
    lead.facetVersion = command.facetVersion
    for index in state.left.indices { state.left[index].leads.removeAll { $0 == lead.id } }
    // Here nothing may be dropped: it is put aside, and can come again when there is room.
    guard add(lead) else { throw Refusal(stage: "lead", field: "transferred", reason: Self.noRoom) }
    outputs.append(.event(.received, LeadEvent(lead: lead, reason: command.by)))
    if lead.told?.contains(where: { $0.away == state.profile || state.left.place(of: $0) != nil }) == true {
      lookAtPartings()
    }
    catchUp(state.leads.count - 1)
    follow(state.leads.count - 1, from: command.facetVersion ?? 0)
    requestWithheldTasks()
  }

  /// The facet was here and has left: the lead has missed it, and follows with what happened here meanwhile. Even if the
  /// facet has come back since, for what happened to it where it was is there.
  mutating func follow(_ index: Int, from version: Int64) {
    let facet = state.leads[index].facet
    let missed = state.left.indices.filter { state.left[$0].facet == facet && state.left[$0].version > version }
    if let next = missed.min(by: { state.left[$0].version < state.left[$1].version }) {
      send(state.leads.remove(at: index), after: next)
    }
  }

  /// Tells the other profile, and remembers where what is asked of the lead must be sent.
  private mutating func send(_ lead: Lead, after index: Int) {
    let gone = state.left[index]
    if !gone.leads.contains(lead.id) { state.left[index].leads.append(lead.id) }
    notePartings(lead, gone)
    outputs.append(.event(.left, LeadEvent(lead: lead, reason: gone.to)))
    var command = LeadCommand(lead: lead.id, by: state.profile, transferred: lead)
    command.transferred?.told = lead.told?.map { brief in
      guard state.left.place(of: brief)?.to == gone.to else { return brief }
      var brief = brief
      brief.heardBy = gone.to
      return brief
    }
    command.facetVersion = gone.version
    outputs.append(.command(to: gone.to, .transfer, command))
  }
}
