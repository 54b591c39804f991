import Contracts

// Outcomes become evidence when they are known: an answer at once, silence when the contact has ended. Who says yes after
// that, or after a no, has said yes: it takes the no's place under the same id.
extension Scorer {
  func evidence(_ situation: Situation, _ contactView: ContactView, _ scored: inout ScoredContact) -> [Found] {
    var found: [Found] = []
    for response in contactView.contact.responses {
      guard let index = catalog.index(of: response.proposition),
        let isAccepted = response.outcome.isAccepted(hasEnded: contactView.isEnded)
      else { continue }
      let id = "\(response.list)/\(response.proposition)"
      let mark = Numerics.hash(id)
      let isRevision = isAccepted && scored.declined.contains(mark)
      guard isRevision || !scored.given.contains(mark) else { continue }
      scored.give(mark)
      guard let basis = basis(response, index, situation, scored) else { continue }
      if !isAccepted { scored.declined.append(mark) }
      let proposition = catalog.propositions[index].proposition
      var evidence = NbaEvidence(
        id: id,
        model: PropensityModel.id(
          proposition: proposition.id, channel: situation.contact.channel, direction: situation.contact.direction),
        proposition: proposition.id, channel: situation.contact.channel, list: response.list, atMs: response.atMs,
        isAccepted: isAccepted, features: basis.features, probability: basis.probability,
        modelVersion: basis.modelVersion)
      if isRevision { evidence.isRevision = true }
      evidence.startProbability = proposition.startProbability
      evidence.controlGroup = basis.controlGroup
      found.append(Found(evidence: evidence, contact: situation.contact.id))
    }
    return found
  }

  private struct Basis {
    var features: [Feature]
    var probability: Double
    var modelVersion: Int64
    var controlGroup: ControlGroup?
  }

  /// What the prediction was made from. For a list that isn't kept (imported history, the catalogue's fallback, or made by
  /// the profile that the customer was then) it is made up for now, without this contact's own answers. nil: the list
  /// didn't have it.
  private func basis(
    _ response: Response, _ index: Int, _ situation: Situation, _ scored: ScoredContact
  ) -> Basis? {
    if let kept = scored.kept.first(where: { $0.id == response.list }) {
      guard let item = kept.items.first(where: { $0.proposition == response.proposition }) else { return nil }
      return Basis(
        features: kept.features + item.own.map(PropositionFeatures.feature), probability: item.probability,
        modelVersion: item.modelVersion, controlGroup: kept.controlGroup)
    }
    let compiled = catalog.propositions[index]
    let summaries = OfferSummaries(catalog, view: situation.view, without: situation.contact)
    let own = PropositionFeatures.numbers(
      offer: summaries.byProposition[index], group: summaries.byGroup[compiled.group],
      interest: situation.view.interest(compiled.proposition.group), nowMs: situation.nowMs)
    let features = ContactFeatures.features(
      situation, catalog.catalog.attributes, group: groups.standIn(situation))
    let model = models.models(situation.contact)[compiled.id]
    let prediction = models.numbered(features).predict(
      model, own: own, startProbability: compiled.proposition.startProbability)
    guard prediction.isFinite else { return nil }
    // What was imported and the catalogue's fallback have the version 0: no ranking of anybody's made them.
    let isOwn = mint.listing(response.list, contact: situation.contact.id).map { listing in
      listing.version > 0 && listing.version / ContactView.versionStep == scored.facetVersion
    }
    return Basis(
      features: features + own.map(PropositionFeatures.feature),
      probability: Numerics.moderated(mean: prediction.mean, variance: prediction.variance),
      modelVersion: model?.version ?? 0,
      controlGroup: isOwn == true ? Portfolio.controlGroup(catalog.catalog, situation, settings) : nil)
  }
}

extension ScoredContact {
  /// What is passed on now is what was said of it last.
  fileprivate mutating func give(_ mark: Int64) {
    declined.removeAll { $0 == mark }
    given.removeAll { $0 == mark }
    given.append(mark)
    guard given.count > Self.givenMax else { return }
    let gone = given.removeFirst()
    declined.removeAll { $0 == gone }
  }
}

extension PropositionFeatures {
  /// Numbers come back from stored state: one that is not known any more is the feature of its number, and harmless.
  static func feature(_ number: Int) -> Feature {
    names.indices.contains(number) ? Feature(names[number], 1) : Feature("own~\(number)", 1)
  }
}

extension Outcome {
  /// nil: not known yet.
  fileprivate func isAccepted(hasEnded: Bool) -> Bool? {
    switch self {
    case .accepted: true
    case .rejected: false
    case .presented, .clicked: hasEnded ? false : nil
    }
  }
}
