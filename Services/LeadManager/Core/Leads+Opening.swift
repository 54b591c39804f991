import Contracts

// How a lead begins: by accepting a proposition, or by a process that the customer opens himself.

extension Leads {
  /// Opens the lead of an acceptance. The same acceptance opens nothing twice, and while a lead for the proposition is
  /// open, another acceptance is only noted on it.
  func accept(_ event: TimelineEvent, _ work: inout LeadWork) throws(Refusal) {
    guard let contact = event.data.contact, let list = event.data.list, let id = event.data.proposition else {
      throw Refusal(stage: "schema", field: "contact", reason: "an acceptance has contact, list and proposition")
    }
    guard let version = mint.listVersion(list, contact: contact) else {
      throw Refusal(stage: "list", field: "list", reason: "no list of this contact has that id: \(list)")
    }
    guard let proposition = catalog.proposition(id) else {
      // Version 0 is imported history, of which the catalogue need not know everything that was ever sold.
      if version == 0 { return }
      throw Refusal(
        stage: "catalog", field: "proposition", reason: "catalogue \(catalog.version) has no proposition \(id)")
    }
    let lead = lead(proposition, contact: contact, list: list, event)
    if work.state.leads.contains(where: { $0.id == lead.id }) { return }
    if let open = work.state.leads.firstIndex(where: { $0.proposition == id && $0.status == .open }) {
      work.note(event.brief, on: open)
    } else {
      try work.open(lead)
    }
  }

  private func lead(_ proposition: Proposition, contact: String, list: String, _ event: TimelineEvent) -> Lead {
    // Where nothing is left to do after the acceptance, an offer has earned its value and a service has earned nothing.
    let earnsNothing = proposition.steps.isEmpty && [.service, .content, .question].contains(proposition.kind)
    return Lead(
      id: mint.lead(contact: contact, proposition: proposition.id), proposition: proposition.id,
      name: proposition.name, group: proposition.group, facet: event.facet.facet, contact: contact, list: list,
      channel: event.data.channel ?? "", steps: proposition.steps, openedMs: event.timeMs,
      expectedValueMinor: earnsNothing ? 0 : proposition.valueMinor, currency: catalog.currency,
      identifier: event.identifier)
  }

  /// Two complaints are two leads, so its id comes from the event and not from the contact.
  func lead(_ process: ServiceProcess, _ event: TimelineEvent) -> Lead {
    let proposition = process.proposition
    return Lead(
      id: mint.lead(contact: event.id, proposition: proposition.id), proposition: proposition.id,
      name: proposition.name, group: event.data.category ?? proposition.group, facet: event.facet.facet,
      contact: event.data.contact ?? "", list: "", channel: event.data.channel ?? "",
      steps: process.steps(text: event.data.text), openedMs: event.timeMs, expectedValueMinor: 0,
      currency: catalog.currency, identifier: event.identifier)
  }
}

extension TimelineEvent {
  /// The strongest that the event was seen under; else the facet's own.
  fileprivate var identifier: Identifier {
    if let first = data.identifiers.first { return first }
    let key = facet.facet.lastIndex(of: "#").map { String(facet.facet[..<$0]) } ?? facet.facet
    return Identifier(key: key) ?? Identifier("unknown", key)
  }
}

extension LeadWork {
  mutating func open(_ lead: Lead) throws(Refusal) {
    if state.leads.contains(where: { $0.id == lead.id }) { return }
    try add(lead)
    outputs.append(.event(.opened, LeadEvent(lead: lead)))
    beginStep(state.leads.count - 1)
    catchUp(state.leads.count - 1)
  }

  /// An acceptance of what is being bought already.
  mutating func note(_ brief: EventBrief, on index: Int) {
    guard !state.leads[index].hasDone(brief.id) else { return }
    state.leads[index].record(brief)
    isChanged = true
  }

  /// Makes room by dropping the closed lead that changed longest ago.
  mutating func add(_ lead: Lead) throws(Refusal) {
    while state.leads.count >= LeadState.leadsMax {
      let closed = state.leads.indices.filter { state.leads[$0].status != .open }
      guard let oldest = closed.min(by: { state.leads[$0].changedMs < state.leads[$1].changedMs }) else {
        throw Refusal(stage: "lead", reason: "the customer has \(LeadState.leadsMax) open leads already")
      }
      state.leads.remove(at: oldest)
    }
    state.leads.append(lead)
    isChanged = true
  }
}
