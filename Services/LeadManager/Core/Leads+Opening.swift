import Contracts

// How a lead begins: by accepting a proposition, or by a process that the customer opens himself.

extension Leads {
  /// The lead that an acceptance opens; nil where it is told that it opens none, or none is needed. The same acceptance
  /// opens nothing twice, and while a lead for the proposition is open, another acceptance is only noted on it. What was not
  /// on the list can't be accepted.
  func accepted(_ event: TimelineEvent, _ work: inout LeadWork) throws(Refusal) -> Lead? {
    guard let contact = event.data.contact, let list = event.data.list, let id = event.data.proposition else {
      throw Refusal(stage: "schema", field: "contact", reason: "an acceptance has contact, list and proposition")
    }
    guard let listing = mint.listing(list, contact: contact) else {
      throw Refusal(stage: "list", field: "list", reason: "no list of this contact has that id: \(list)")
    }
    guard listing.has(id) else {
      work.refuse(refusal(of: event, "proposition", "\(id) was not on the list"))
      return nil
    }
    guard let proposition = catalog.proposition(id, acceptedMs: event.timeMs) else {
      // Of imported history the catalogue need not know everything that was ever sold.
      if listing.isImported { return nil }
      if catalog.isRetired(id) {
        work.refuse(
          refusal(of: event, "proposition", "\(id) was withdrawn, and its lists are too old to answer"))
        return nil
      }
      // Somebody has listed it, so there is a catalogue with it that is not here: once it is, this can come again.
      throw Refusal(
        stage: "catalog", field: "proposition", reason: "no catalogue up to \(catalog.version) has a proposition \(id)")
    }
    return lead(proposition, contact: contact, list: list, event)
  }

  /// A customer who accepts more than can be kept open is told of, not served.
  func hasRoom(for lead: Lead, _ event: TimelineEvent, _ work: inout LeadWork) -> Bool {
    if work.hasRoom(for: lead) { return true }
    work.refuse(refusal(of: event, "proposition", LeadWork.noRoom))
    return false
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
    let key = String(Facet.identifierKey(facet.facet))
    return Identifier(key: key) ?? Identifier("unknown", key)
  }
}

extension LeadWork {
  static let noRoom = "the customer has \(LeadState.leadsMax) open leads already"

  func hasRoom(for lead: Lead) -> Bool {
    state.leads.contains { $0.id == lead.id || ($0.status == .open && lead.isAnother(of: $0)) }
      || state.leads.count { $0.status == .open } < LeadState.leadsMax
  }

  /// Opens the lead of a mark, or notes it on the one that is open for the same.
  mutating func open(_ place: Int) {
    guard let begun = marks[place].opens else { return }
    let mark = marks[place]
    if state.leads.contains(where: { $0.id == begun.id }) {
      (marks[place].lead, marks[place].hasOpened) = (begun.id, nil)
    } else if let open = openLead(like: begun, mark) {
      (marks[place].lead, marks[place].hasOpened) = (state.leads[open].id, nil)
      let isNoted = marks[..<place].contains { $0.opens?.id == begun.id && $0.lead == marks[place].lead }
      if !isNoted, !state.leads[open].hasDone(mark.brief.id) { state.leads[open].record(mark.brief) }
    } else {
      var lead = begun
      lead.facetVersion = mark.facetVersion
      (marks[place].lead, marks[place].hasOpened) = (lead.id, true)
      state.leads.append(lead)
      outputs.append(.event(.opened, LeadEvent(lead: lead)))
      if begun == begun.asBegun { beginStep(state.leads.count - 1) }
    }
    isChanged = true
  }

  /// An acceptance of what is being bought already.
  private mutating func openLead(like begun: Lead, _ mark: LeadMark) -> Int? {
    state.leads.indices.first { index in
      let lead = state.leads[index]
      return lead.status == .open && begun.isAnother(of: lead) && mark.apart?.contains(lead.id) != true
        && !isLost(index, atMs: mark.countsMs)
    }
  }

  /// Makes room by dropping the closed lead that changed longest ago.
  mutating func makeRoom() {
    while state.leads.count > LeadState.leadsMax {
      let closed = state.leads.indices.filter { state.leads[$0].status != .open }
      guard let oldest = closed.min(by: { state.leads[$0].changedMs < state.leads[$1].changedMs }) else { return }
      state.leads.remove(at: oldest)
      isChanged = true
    }
  }
}

extension Lead {
  /// A process that a customer opens himself is always another: two complaints are two.
  func isAnother(of lead: Lead) -> Bool { !list.isEmpty && proposition == lead.proposition }
}
