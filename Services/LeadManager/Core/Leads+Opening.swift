import Contracts

// How a lead begins: by accepting a proposition, or by a process that the customer opens himself.

extension Leads {
  /// Opens the lead of an acceptance. The same acceptance opens nothing twice, and while a lead for the proposition is
  /// open, another acceptance is only noted on it. What was not on the list can't be accepted, nor what the catalogue lets
  /// nobody have.
  func accept(_ event: TimelineEvent, _ work: inout LeadWork) throws(Refusal) {
    guard let contact = event.data.contact, let list = event.data.list, let id = event.data.proposition else {
      throw Refusal(stage: "schema", field: "contact", reason: "an acceptance has contact, list and proposition")
    }
    guard let listing = mint.listing(list, contact: contact) else {
      throw Refusal(stage: "list", field: "list", reason: "no list of this contact has that id: \(list)")
    }
    guard listing.has(id) else {
      return work.refuse(refusal(of: event, "proposition", "\(id) was not on the list"))
    }
    guard let proposition = catalog.proposition(id, acceptedMs: event.timeMs) else {
      // Of imported history the catalogue need not know everything that was ever sold.
      if listing.isImported { return }
      if catalog.isRetired(id) {
        return work.refuse(
          refusal(of: event, "proposition", "\(id) was withdrawn, and its lists are too old to answer"))
      }
      // Somebody has listed it, so there is a catalogue with it that is not here: once it is, this can come again.
      throw Refusal(
        stage: "catalog", field: "proposition", reason: "no catalogue up to \(catalog.version) has a proposition \(id)")
    }
    let lead = lead(proposition, contact: contact, list: list, event)
    if work.state.leads.contains(where: { $0.id == lead.id }) { return }
    if !listing.isImported, let withholding = catalog.withholding(of: id, acceptedMs: event.timeMs) {
      return work.refuse(refusal(of: event, "proposition", "\(id) is \(withholding.text)"))
    }
    if let open = work.state.leads.firstIndex(where: { $0.proposition == id && $0.status == .open }) {
      work.note(work.brief(of: event), of: lead, on: open)
    } else if proposition.takesUnitPerAcceptance, !listing.isImported {
      work.claim(lead, work.brief(of: event), from: event.facet.version, mint: mint)
    } else {
      open(lead, of: event, &work)
    }
  }

  /// A customer who accepts more than can be kept open is told of, not served.
  func open(_ lead: Lead, of event: TimelineEvent, _ work: inout LeadWork) {
    if !work.open(lead) { work.refuse(refusal(of: event, "proposition", LeadWork.noRoom)) }
  }

  private func refusal(of event: TimelineEvent, _ field: String, _ reason: String) -> LeadRefusal {
    var refusal = LeadRefusal(
      id: mint.refusal(of: event.id), refused: event.type.shortName, eventId: event.id, atMs: event.timeMs,
      field: field, reason: reason)
    refusal.contact = event.data.contact
    refusal.list = event.data.list
    refusal.proposition = event.data.proposition
    return refusal
  }

  private func lead(_ proposition: Proposition, contact: String, list: String, _ event: TimelineEvent) -> Lead {
    // Where nothing is left to do after the acceptance, an offer has earned its value and a service has earned nothing.
    let earnsNothing = proposition.steps.isEmpty && [.service, .content, .question].contains(proposition.kind)
    var lead = Lead(
      id: mint.lead(contact: contact, proposition: proposition.id), proposition: proposition.id,
      name: proposition.name, group: proposition.group, facet: event.facet.facet, contact: contact, list: list,
      channel: event.data.channel ?? "", steps: proposition.steps, openedMs: event.timeMs,
      expectedValueMinor: earnsNothing ? 0 : proposition.valueMinor, currency: catalog.currency,
      identifier: event.identifier)
    lead.marginPercent = proposition.marginPercent
    lead.costMinor = proposition.costMinor
    return lead
  }

  /// Two complaints are two leads, so its id comes from the event and not from the contact.
  func lead(_ process: ServiceProcess, _ event: TimelineEvent) -> Lead {
    let proposition = process.proposition
    return Lead(
      id: mint.lead(contact: event.id, proposition: proposition.id), proposition: proposition.id,
      name: proposition.name, group: proposition.group, facet: event.facet.facet,
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

extension EventBrief {
  /// An acceptance of what is being bought, with the lead that it would have opened.
  func noting(_ lead: Lead) -> EventBrief {
    var brief = self
    brief.noted = NotedAcceptance(
      lead: lead.id, contact: lead.contact, list: lead.list, identifier: lead.identifier)
    return brief
  }
}

extension LeadWork {
  static let noRoom = "the customer has \(LeadState.leadsMax) open leads already"

  /// False where there is no room for it.
  mutating func open(_ lead: Lead) -> Bool {
    if state.leads.contains(where: { $0.id == lead.id }) { return true }
    guard add(lead) else { return false }
    judgeTask(state.leads.count - 1)
    outputs.append(.event(.opened, LeadEvent(lead: state.leads[state.leads.count - 1])))
    beginStep(state.leads.count - 1)
    catchUp(state.leads.count - 1)
    return true
  }

  /// An acceptance of what is being bought already.
  mutating func note(_ brief: EventBrief, of lead: Lead, on index: Int) {
    guard !state.leads[index].hasDone(brief.id) else { return }
    note(brief.noting(lead), on: index)
  }

  mutating func note(_ brief: EventBrief, on index: Int) {
    state.leads[index].record(brief)
    isChanged = true
    // Of each facet the first is enough: it would have opened the lead on which the others were noted.
    let lead = state.leads[index]
    let isKnown = lead.told?.contains { $0.noted != nil && $0.away == nil && $0.facet == brief.facet } ?? true
    if brief.facet != lead.facet, !isKnown { tell(brief, to: index) }
  }

  /// Makes room by dropping the closed lead that changed longest ago; false where all are open.
  mutating func add(_ lead: Lead) -> Bool {
    while state.leads.count >= LeadState.leadsMax {
      let closed = state.leads.indices.filter { state.leads[$0].status != .open }
      guard let oldest = closed.min(by: { state.leads[$0].changedMs < state.leads[$1].changedMs }) else { return false }
      state.leads.remove(at: oldest)
    }
    state.leads.append(lead)
    isChanged = true
    return true
  }
}
