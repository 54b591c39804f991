import Contracts

// Evidence is where its facet is, and a lead where its own is. Facets that leave a profile one after the other meet again
// at the next one, so nothing is decided at once. Some time later a lead and its evidence may still be at different places:
// the two were never one person. The evidence is taken out of the lead then, and goes to the profile where its facet is.

extension LeadWork {
  /// The wait begins with the next tick: what comes late, or from a clock that is behind, would shorten it.
  mutating func lookAtPartings() {
    (state.partingMs, state.isPartingTimed) = (now, nil)
    isChanged = true
  }

  mutating func comeBack(_ facet: FacetReference) {
    for index in state.left.indices
    where state.left[index].facet == facet.facet && state.left[index].version < facet.version {
      guard state.left[index].isBack != true else { continue }
      state.left[index].isBack = true
      isChanged = true
    }
    for index in state.leads.indices {
      for at in (state.leads[index].told ?? []).indices {
        guard let brief = state.leads[index].told?[at], brief.facet == facet.facet,
          brief.facetVersion ?? 0 < facet.version
        else { continue }
        if brief.away == nil, brief.heardBy != state.profile {
          state.leads[index].told?[at].heardBy = state.profile
          isChanged = true
        } else if brief.away != nil, brief.away != state.profile {
          state.leads[index].told?[at].away = state.profile
          lookAtPartings()
        }
      }
    }
  }

  func isParted(_ facet: String) -> Bool {
    state.parted?.contains { $0.facet == facet || $0.leadFacet == facet } == true
  }

  /// A lead leaves with what it was told here by other facets, of which it isn't known yet whether they come after it.
  mutating func notePartings(_ lead: Lead, _ gone: FacetGone) {
    guard !isContact(lead.facet) else { return }
    let others = (lead.told ?? []).filter {
      $0.heardBy == state.profile && $0.away == nil && $0.facet != nil && $0.facet != lead.facet
    }
    guard !others.isEmpty else { return }
    var parted = (state.parted ?? []).filter { $0.lead != lead.id }
    parted += others.map {
      PartedEvidence(
        lead: lead.id, leadFacet: lead.facet, leadVersion: gone.version, event: $0.id, facet: $0.facet ?? "",
        facetVersion: $0.facetVersion ?? 0)
    }
    state.parted = parted.suffix(LeadState.partedMax)
    lookAtPartings()
  }

  /// Every facet has had time to follow.
  mutating func part() {
    let parted = state.parted ?? []
    (state.parted, state.partingMs, state.isPartingTimed) = (nil, nil, nil)
    isChanged = true
    let left = state.left
    state.recent.removeAll { left.place(of: $0) != nil }
    for lead in state.leads.map(\.id) {
      withdraw(from: lead) { brief in left.place(of: brief).map { ($0.to, $0.version) } }
    }
    for (lead, evidence) in Dictionary(grouping: parted, by: \.lead).sorted(by: { $0.key < $1.key }) {
      askBack(evidence, of: lead)
    }
  }

  /// Asks the profile that has the lead for what has stayed here, or gone elsewhere.
  private mutating func askBack(_ parted: [PartedEvidence], of lead: String) {
    var asked: [String: [PartedEvidence]] = [:]
    var profile: String?
    for evidence in parted {
      guard let gone = state.left.place(of: evidence.leadFacet, after: evidence.leadVersion - 1) else { continue }
      profile = gone.to
      let follows = state.left.place(of: evidence.facet, after: evidence.facetVersion)
      var evidence = evidence
      if let follows { evidence.facetVersion = follows.version }
      asked[follows?.to ?? state.profile, default: []].append(evidence)
    }
    guard let profile else { return }
    for (to, withdrawn) in asked.sorted(by: { $0.key < $1.key }) {
      var command = LeadCommand(lead: lead, by: state.profile)
      (command.withdrawn, command.to, command.facetVersion) = (withdrawn, to, withdrawn[0].leadVersion)
      outputs.append(.command(to: profile, .withdraw, command))
    }
  }

  /// Another profile says that what the lead was told there is of somebody who isn't here; or that he is here too.
  mutating func withdraw(_ command: LeadCommand) {
    guard let to = command.to else { return }
    guard let index = state.leads.firstIndex(where: { $0.id == command.lead }) else {
      _ = sendAfter(.withdraw, command)
      return
    }
    if to == state.profile { return meetAgain(index, command.withdrawn ?? []) }
    loseOverdue()
    withdraw(from: command.lead) { brief in
      command.withdrawn?.first { $0.event == brief.id }.map { (to, $0.facetVersion) }
    }
  }

  /// The lead came after the facets that it was told by, so it wasn't here to be told that they are.
  private mutating func meetAgain(_ index: Int, _ met: [PartedEvidence]) {
    for at in (state.leads[index].told ?? []).indices {
      guard let brief = state.leads[index].told?[at], let evidence = met.first(where: { $0.event == brief.id }),
        brief.facetVersion ?? 0 < evidence.facetVersion
      else { continue }
      state.leads[index].told?[at].facetVersion = evidence.facetVersion
      state.leads[index].told?[at].heardBy = state.profile
      isChanged = true
      guard brief.away != nil else { continue }
      state.leads[index].told?[at].away = state.profile
      lookAtPartings()
    }
  }

  /// Takes out of a lead what is elsewhere, and sends it there; what is here again counts again.
  private mutating func withdraw(from id: String, _ goes: (EventBrief) -> (to: String, version: Int64)?) {
    guard let index = state.leads.firstIndex(where: { $0.id == id }), isDerivable(state.leads[index]) else { return }
    let lead = state.leads[index]
    var told = lead.told ?? []
    var gone: [String: [EventBrief]] = [:]
    for at in told.indices {
      if told[at].away == state.profile {
        told[at].away = state.left.place(of: told[at])?.to
      } else if told[at].away == nil, let (to, version) = goes(told[at]) {
        told[at].facetVersion = version
        var brief = told[at]
        brief.isRecalled = nil
        gone[to, default: []].append(brief)
        told[at].away = to
      }
    }
    guard told != lead.told else { return }
    revise(index, told: told, without: Set(gone.values.joined().compactMap(\.facet)))
    for (to, evidence) in gone.sorted(by: { $0.key < $1.key }) {
      var command = LeadCommand(lead: id, by: state.profile)
      command.revision = state.leads[index].revision
      (command.evidence, command.to) = (evidence, to)
      command.openings = evidence.compactMap { lead.opening($0) }
      outputs.append(.command(to: to, .evidence, command))
    }
  }

  /// What was evidence elsewhere is evidence here from now on, as if it had always been.
  mutating func take(_ command: LeadCommand, mint: IdMint, takesUnit: (String) -> Bool) {
    loseOverdue()
    var sentOn: [String: [EventBrief]] = [:]
    for var brief in command.evidence ?? [] {
      if let gone = state.left.place(of: brief) {
        brief.facetVersion = gone.version
        sentOn[gone.to, default: []].append(brief)
      } else if let noted = brief.noted {
        accept(brief, noted, command.openings ?? [], mint: mint, takesUnit: takesUnit)
      } else {
        take(brief)
      }
    }
    for (to, evidence) in sentOn.sorted(by: { $0.key < $1.key }) {
      var next = command
      next.evidence = evidence
      outputs.append(.command(to: to, .evidence, next))
      isChanged = true
    }
  }

  private mutating func accept(
    _ brief: EventBrief, _ noted: NotedAcceptance, _ openings: [Lead], mint: IdMint, takesUnit: (String) -> Bool
  ) {
    guard var lead = openings.first(where: { $0.id == noted.lead }) else { return }
    if let index = state.leads.firstIndex(where: { $0.id == lead.id }) {
      openEarlier(index, lead)
    } else if let index = state.leads.firstIndex(where: { $0.proposition == lead.proposition && $0.status == .open }) {
      if !state.leads[index].hasDone(brief.id) { note(brief, on: index) }
    } else {
      lead.facetVersion = brief.facetVersion
      // The unit that the other's lead has is the other's.
      if takesUnit(lead.proposition) {
        claim(lead, brief, from: brief.facetVersion ?? 0, mint: mint)
      } else {
        if open(lead) { loseOverdue() }
      }
    }
  }

  /// When the lead on which he was noted had ended, he accepted again.
  private mutating func openEarlier(_ index: Int, _ opening: Lead) {
    let lead = state.leads[index]
    guard opening.openedMs < lead.openedMs, let told = lead.told, isDerivable(lead) else { return }
    (state.leads[index].openedMs, state.leads[index].channel) = (opening.openedMs, opening.channel)
    (state.leads[index].list, state.leads[index].identifier) = (opening.list, opening.identifier)
    revise(index, told: told)
    catchUp(index)
  }

  private mutating func take(_ brief: EventBrief) {
    if brief.hasMoney, state.leads.contains(where: { $0.hasDone(brief.id) }) { return }
    let concerned = state.leads.filter { $0.isConcerned(by: brief) }.map(\.id)
    for id in concerned {
      guard let index = state.leads.firstIndex(where: { $0.id == id }) else { continue }
      take(brief, index)
      if brief.hasMoney, state.leads[index].hasDone(brief.id) {
        state.recent.removeAll { $0.id == brief.id }
        return
      }
    }
    remember(brief)
  }

  /// At its place among what the lead was told, by when it was heard.
  private mutating func take(_ brief: EventBrief, _ index: Int) {
    guard let told = state.leads[index].told, isDerivable(state.leads[index]) else {
      if !advance(index, with: brief) { _ = finish(index, with: brief) }
      return
    }
    if let known = told.firstIndex(where: { $0.id == brief.id }) {
      guard told[known].away != nil else { return }
      var told = told
      (told[known].away, told[known].facetVersion) = (nil, brief.facetVersion)
      return revise(index, told: told)
    }
    var brief = brief
    brief.heardBy = state.profile
    let at = told.firstIndex { $0.heardMs ?? 0 > brief.heardMs ?? 0 } ?? told.endIndex
    let all = Array(told[..<at]) + [brief] + told[at...]
    revise(index, told: all)
    if all.count > Lead.toldMax { state.leads[index].told = nil }
  }
}

extension [FacetGone] {
  /// Where the facet of that evidence has gone to, and by which move; nil: it hasn't, as far as is known here.
  func place(of brief: EventBrief) -> FacetGone? {
    brief.facet.flatMap { place(of: $0, after: brief.facetVersion ?? 0) }
  }

  fileprivate func place(of facet: String, after version: Int64) -> FacetGone? {
    let moves = filter { $0.facet == facet && $0.version > version }
    return moves.max { $0.version < $1.version }.flatMap { $0.isBack == true ? nil : $0 }
  }
}

extension Lead {
  /// The lead that a noted acceptance would have opened.
  fileprivate func opening(_ brief: EventBrief) -> Lead? {
    guard let noted = brief.noted, let facet = brief.facet else { return nil }
    var lead = Lead(
      id: noted.lead, proposition: proposition, name: name, group: group, facet: facet, contact: noted.contact,
      list: noted.list, channel: brief.channel ?? "", steps: steps, openedMs: brief.atMs,
      expectedValueMinor: expectedValueMinor, currency: currency, identifier: noted.identifier)
    lead.marginPercent = marginPercent
    lead.costMinor = costMinor
    return lead
  }
}
