import Contracts

// What sales remembers goes where the facet goes that it happened under. The timeline says that a facet left; the marks and
// leads follow as a command to the other profile, and may be overtaken by more of that. So they go the facet's whole way, by
// the versions under which the facet left. What happens together or comes by several ways is the same in the end: leads
// follow from the marks that are there, in whichever order they came.

extension LeadWork {
  mutating func leave(_ facet: FacetReference, to profile: String) {
    guard profile != state.profile else { return }
    if state.left.contains(where: { $0.facet == facet.facet && $0.version >= facet.version }) { return }
    state.left.append(FacetGone(facet: facet.facet, to: profile, version: facet.version, atMs: now))
    if state.left.count > LeadState.leftMax { state.left.removeFirst() }
    isChanged = true
    // What came with a later move has overtaken this one.
    let goes = { (mark: LeadMark) in mark.facet == facet.facet && mark.facetVersion ?? 0 < facet.version }
    let gone = marks.filter(goes)
    guard !gone.isEmpty else { return }
    let opened = Set(gone.filter { $0.hasOpened == true }.compactMap(\.lead))
    let leads = state.leads.filter { opened.contains($0.id) }
    var command = LeadCommand(lead: leads.first?.id ?? "", by: state.profile)
    command.facet = facet.facet
    command.marks = gone.told(by: leads)
    command.leads = leads
    marks.removeAll(where: goes)
    for lead in leads { outputs.append(.event(.left, LeadEvent(lead: lead, reason: profile))) }
    send(command, after: state.left.count - 1)
    derive(from: state.leads.filter { !opened.contains($0.id) }, because: "left")
    forget()
  }

  /// Whether it is from before the facet left. It was taken in then: what still comes is a repetition, which must not open
  /// a lead a second time that has gone with the facet.
  func hasLeft(_ facet: FacetReference) -> Bool {
    state.left.contains { $0.facet == facet.facet && $0.version > facet.version }
  }

  /// What is remembered under a facet comes from another profile.
  mutating func takeOver(_ command: LeadCommand) throws(Refusal) {
    let command = command.whole
    guard let facet = command.facet, let came = command.marks else {
      throw Refusal(stage: "schema", field: "marks", reason: "a transfer has a facet, and what is remembered under it")
    }
    let version = command.facetVersion ?? 0
    let leads = command.leads ?? []
    // The facet was here and has left: this has missed it, and follows. Even if the facet has come back since, for from
    // where it was that comes too.
    let missed = state.left.indices.filter { state.left[$0].facet == facet && state.left[$0].version > version }
    if let last = missed.max(by: { state.left[$0].version < state.left[$1].version }) {
      isChanged = true
      return send(command, after: last)
    }
    for index in state.left.indices { state.left[index].leads.removeAll { id in leads.contains { $0.id == id } } }
    for var mark in came.whole(with: leads) {
      mark.facetVersion = command.facetVersion
      keepApart(&mark)
      add(mark)
    }
    let own = state.leads
    let new = leads.filter { lead in !own.contains { $0.id == lead.id } }
    for lead in new {
      var lead = lead
      lead.facetVersion = command.facetVersion
      outputs.append(.event(.received, LeadEvent(lead: lead, reason: command.by)))
    }
    derive(from: own + new, because: "received", received: Set(leads.map(\.id)))
    // Here nothing may be dropped: it is put aside, and can come again when there is room.
    guard state.leads.count(where: { $0.status == .open }) <= LeadState.leadsMax else {
      throw Refusal(stage: "lead", field: "leads", reason: Self.noRoom)
    }
    forget()
  }

  /// Two leads for the same that were opened under two identifiers, before these were known to be one customer's, stay two.
  private mutating func keepApart(_ mark: inout LeadMark) {
    for place in marks.indices where marks[place].isApart(from: mark) {
      mark.apart = (mark.apart ?? []) + [marks[place].lead!]
      marks[place].apart = (marks[place].apart ?? []) + [mark.lead!]
    }
  }

  /// What is known here already came by another way, or was heard here once more.
  private mutating func add(_ mark: LeadMark) {
    guard let known = marks.firstIndex(where: { $0.brief.id == mark.brief.id }) else {
      return marks.insert(inOrder: mark)
    }
    if marks[known].facet == mark.facet {
      marks[known].facetVersion = max(marks[known].facetVersion ?? 0, mark.facetVersion ?? 0)
    }
    if mark.hasOpened == true { marks[known].hasOpened = true }
  }

  /// Tells the other profile, and remembers where what is asked of the leads must be sent.
  private mutating func send(_ sent: LeadCommand, after index: Int) {
    let gone = state.left[index]
    for lead in sent.leads ?? [] where !gone.leads.contains(lead.id) { state.left[index].leads.append(lead.id) }
    var command = sent
    command.facetVersion = gone.version
    outputs.append(.command(to: gone.to, .transfer, command))
  }
}

extension LeadMark {
  fileprivate func isApart(from other: LeadMark) -> Bool {
    guard let begun = opens, let its = other.opens, let itsLead = other.lead, lead != nil, begun.isAnother(of: its),
      begun.id != its.id, apart?.contains(itsLead) != true
    else { return false }
    return [self, other].allSatisfy { $0.hasOpened == true && $0.wasNoted != true }
      && Facet.identifierKey(facet) != Facet.identifierKey(other.facet)
  }
}

extension LeadCommand {
  /// An earlier build sends the lead alone.
  fileprivate var whole: LeadCommand {
    guard marks == nil, let lead = transferred else { return self }
    var whole = self
    (whole.facet, whole.leads, whole.transferred) = (lead.facet, [lead], nil)
    whole.marks = [LeadMark(opening: lead, facetVersion: facetVersion)]
    return whole
  }
}
