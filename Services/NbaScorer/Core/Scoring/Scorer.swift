import Contracts

/// The scorer's decision on one customer. The trigger is the level, not the edge: it looks at the profile as it stands,
/// and says what differs from what it said before.
package struct Scorer: Sendable {
  package let catalog: CompiledCatalog
  package let models: ModelSet
  package let groups: GroupSet
  package let budgets: BudgetBook
  package let settings: ScoringSettings
  package let mint: IdMint

  package init(
    catalog: CompiledCatalog, models: ModelSet, groups: GroupSet = GroupSet(), budgets: BudgetBook = BudgetBook(),
    settings: ScoringSettings, mint: IdMint
  ) {
    self.catalog = catalog
    self.models = models
    self.groups = groups
    self.budgets = budgets
    self.settings = settings
    self.mint = mint
  }

  package struct Outcome: Sendable {
    package var state: ScorerState
    package var lists: [Published] = []
    package var evidence: [Found] = []
    package var requests: [UnitRequest] = []
  }

  package struct Published: Sendable {
    package let list: NbaList
    package let decision: NbaDecision
    /// JSON of both.
    package let listData: [UInt8]
    package let decisionData: [UInt8]
    package let replyTo: String?

    init(_ list: NbaList, _ decision: NbaDecision, replyTo: String?) {
      var (decision, decisionData) = (decision, decision.json)
      if decisionData.count > Scorer.decisionBytesMax {
        let rest = decisionData.count - decision.propensities.json.count
        decision.propensities.shorten(to: max(Scorer.decisionBytesMax - rest, Scorer.propensitiesBytesMin))
        decisionData = decision.json
      }
      (self.list, self.decision, self.replyTo) = (list, decision, replyTo)
      (listData, self.decisionData) = (list.json, decisionData)
    }
  }

  // Lists and decisions go beside the state into one record of the log, which takes 900,000 bytes.

  /// When lists and decisions have come to so many bytes, the contacts that are left get theirs in the next record.
  package static let outputBytesMax = 250_000
  /// Of a decision on more propositions than go into that, some of the propensities are left out: it can't be derived again,
  /// but the customer has his list.
  package static let decisionBytesMax = 400_000
  /// As much room they have however much is known of the customer: it is enough for some hundreds of propositions.
  package static let propensitiesBytesMin = 60_000
  /// Lists and decisions, the state and the customer beside it: what is added to them in the record is less than the rest.
  static let keptBytesMax = 850_000

  package struct Found: Sendable {
    package var evidence: NbaEvidence
    package var contact: String
  }

  /// `cause` is the event that the profile changed by; `heardMs` is the broker's time, where `now` is also the customer's.
  package func score(
    _ profile: ProfileState, _ state: ScorerState?, now: Int64, cause: String?, heardMs: Int64? = nil
  ) -> Outcome {
    let heardMs = heardMs ?? now
    let view = CustomerView(profile)
    var outcome = Outcome(state: ScorerState(nowMs: now))
    let contacts = view.contacts.filter { $0.facet != nil }.map { contactView in
      let id = contactView.contact.id
      return (contactView, state?.contacts.first { $0.id == id } ?? ScoredContact(id: id))
    }
    var kept = [ScoredContact?](repeating: nil, count: contacts.count)
    var bytes = 0
    // Who has no list yet waits for none that somebody has already; and who has waited longest comes first.
    let order = contacts.indices.sorted { Self.turn($0, contacts[$0].1) < Self.turn($1, contacts[$1].1) }
    // Of a customer who is large one list goes out at a time, so that he can be kept beside it.
    lazy var profileBytes = profile.json.count
    for index in order {
      var (contactView, scored) = contacts[index]
      let contact = contactView.contact
      let situation = Situation(
        view: view, contact: contact, nowMs: now, currency: catalog.catalog.currency,
        knownNamespaces: settings.knownNamespaces, definitions: catalog.definitions)
      outcome.evidence += evidence(situation, contactView, &scored)
      note(contactView, &scored, heardMs: heardMs)
      askAgain(&scored, heardMs: heardMs, profile.id, &outcome.requests)
      if contactView.isEnded {
        (scored.digest, scored.picture, scored.behindMs) = (0, nil, nil)
        scored.kept.removeAll { list in !contact.responses.contains { $0.list == list.id } }
        release(&scored, heardMs: heardMs, profile.id, &outcome.requests)
      } else if bytes >= Self.outputBytesMax || bytes > 0 && profileBytes > Self.waitingBytesMax {
        outcome.state.hasMore = true
        scored.behindMs = scored.behindMs ?? heardMs
      } else {
        scored.behindMs = nil
        if let portfolio = portfolio(situation, contactView, &scored, profile, heardMs, &outcome.requests),
          let published = list(portfolio, contactView, &scored, profile, cause)
        {
          outcome.lists.append(published)
          bytes += published.listData.count + published.decisionData.count
        }
      }
      if !contactView.isEnded || !scored.isSpent { kept[index] = scored }
    }
    let over = contacts.indices.filter { contacts[$0].0.isEnded && kept[$0]?.kept.isEmpty == false }
      .sorted { (contacts[$1].0.contact.endedMs ?? 0, $1) < (contacts[$0].0.contact.endedMs ?? 0, $0) }
    for index in over.dropFirst(ScoredContact.overKeptMax) { kept[index]?.kept = [] }
    outcome.state.contacts = kept.compactMap(\.self)
    let isAsking = outcome.state.contacts.contains { $0.units.contains { $0.status == .asked } }
    guard isAsking || outcome.state.hasMore else { return outcome }
    // Of a customer who can't be kept even beside one list each of his events brings one, for who has waited longest.
    let fits =
      profileBytes <= Self.waitingBytesMax
      || profileBytes + bytes + outcome.state.json.count <= Self.keptBytesMax
    outcome.state.hasMore = outcome.state.hasMore && fits
    if fits { outcome.state.waiting = WaitingCustomer(profile: profile, cause: cause) }
    return outcome
  }

  private static func turn(_ index: Int, _ contact: ScoredContact) -> (Int, Int64, Int) {
    (contact.lists == 0 ? 0 : 1, contact.behindMs ?? .max, index)
  }

  /// nil: it waits for units.
  private func portfolio(
    _ situation: Situation, _ contactView: ContactView, _ scored: inout ScoredContact, _ profile: ProfileState,
    _ heardMs: Int64, _ requests: inout [UnitRequest]
  ) -> Portfolio? {
    let units = budgets.units(scored.units, catalog, at: heardMs, isMoved: contactView.facetVersion > 0)
    let portfolio = Portfolio(
      catalog, situation, settings, .models(models), group: groups.standIn(situation), units: units)
    let wanting = portfolio.wanting
    if !wanting.isEmpty, ask(wanting, &scored, heardMs: heardMs, profile, &requests) { return nil }
    scored.waitingSinceMs = nil
    return wanting.isEmpty ? portfolio : portfolio.withholding()
  }

  private func list(
    _ portfolio: Portfolio, _ contactView: ContactView, _ scored: inout ScoredContact, _ profile: ProfileState,
    _ cause: String?
  ) -> Published? {
    let (listed, picture) = (portfolio.listed, portfolio.picture)
    // A contact that was another profile's in between has that one's list, whatever was said of it here before.
    let wasAway = scored.facetVersion.map { $0 != contactView.facetVersion } ?? false
    scored.facetVersion = contactView.facetVersion
    // What the models learn of others in the meantime is for the next contact, or for when this customer's picture
    // changes: a list that moves without him moves under the reader's eyes.
    let differs = listed.digest != scored.digest && picture != scored.picture
    guard scored.lists == 0 || differs || wasAway else { return nil }
    scored.lists += 1
    (scored.digest, scored.picture) = (listed.digest, picture)
    let version = contactView.listVersion(scored.lists)
    let id = mint.list(contact: scored.id, version: version, items: listed.items.map(\.proposition))
    scored.kept.append(
      KeptList(
        id: id, features: portfolio.features,
        items: portfolio.ranked.map { index in
          let candidate = portfolio.candidates[index]
          return KeptList.Item(
            proposition: catalog.propositions[index].proposition.id, own: candidate.ownFeatures,
            probability: candidate.probability, modelVersion: candidate.modelVersion)
        }, controlGroup: portfolio.controlGroup))
    if scored.kept.count > ScoredContact.keptMax { scored.kept.removeFirst() }
    let list = portfolio.list(id: id, version: version, cause: cause, items: listed.items)
    return Published(
      list, portfolio.decision(list: list, profile: profile), replyTo: contactView.contact.replyTo)
  }
}
