import Contracts

/// Where propensities come from: the models, or the record of an earlier decision.
package enum PropensitySource: Sendable {
  case models(ModelSet)
  case recorded([PropensityRecord])
}

/// The whole portfolio gone through for one customer and contact: a pure function of what it is made from.
package struct Portfolio: Sendable {
  package let catalog: CompiledCatalog
  package let situation: Situation
  /// As the customer's control group leaves them.
  package let settings: ScoringSettings
  package let controlGroup: ControlGroup
  /// In the catalogue's order.
  package private(set) var candidates: [Candidate]
  /// Indices of the listed candidates, best first.
  package private(set) var ranked: [Int] = []
  package let features: [Feature]
  /// What stands in for interests of the customer's own; nil: he has some, or nothing is known of his groups.
  package let group: GroupAggregate?
  let summaries: OfferSummaries
  /// The settings that it was told.
  let given: ScoringSettings
  /// Of beginning the contact; 0 where the customer did.
  private let contactCostMinor: Int64
  /// nil: nothing is limited over all customers.
  private var units: Units?
  private let source: PropensitySource
  private let numbered: NumberedFeatures?
  /// Which of the catalogue's context weights hold, and which of its levers are valid.
  private(set) var holds: [Bool] = []
  private(set) var valid: [Bool] = []
  private let models: ModelSet.Models

  package init(
    _ catalog: CompiledCatalog, _ situation: Situation, _ settings: ScoringSettings, _ source: PropensitySource,
    group: GroupAggregate? = nil, units: Units? = nil
  ) {
    self.units = units
    self.catalog = catalog
    self.situation = situation
    given = settings
    contactCostMinor =
      situation.contact.direction == "outbound" ? catalog.contactCosts[situation.contact.channel] ?? 0 : 0
    controlGroup = Self.controlGroup(catalog.catalog, situation, settings)
    self.settings = settings.ranking(controlGroup)
    self.source = source
    self.group = group
    summaries = OfferSummaries(catalog, view: situation.view, without: situation.contact)
    candidates = catalog.propositions.map { Candidate(index: $0.index) }
    if case .models(let models) = source {
      features = ContactFeatures.features(situation, catalog.catalog.attributes, group: group)
      numbered = models.numbered(features)
      self.models = models.models(situation.contact)
    } else {
      features = []
      numbered = nil
      models = .none
    }
    var gates = Gates(catalog, situation)
    for index in candidates.indices { candidates[index].drop = gates.drop(catalog.propositions[index]) }
    predict()
    arbitrate(gates.answers)
    constrain()
    for (index, drivers) in zip(ranked, drivers) { candidates[index].drivers = drivers }
  }

  /// What is ranked and takes a unit that this contact does not have.
  package var wanting: [String] {
    guard let units else { return [] }
    return ranked.filter { units.wants(catalog.propositions[$0]) }.map { catalog.propositions[$0].id }
  }

  /// The same without what has no unit yet.
  package func withholding() -> Portfolio {
    var other = self
    other.units?.isWithholding = true
    other.ranked = []
    for index in other.candidates.indices {
      (other.candidates[index].rank, other.candidates[index].drivers) = (nil, [])
      if other.candidates[index].drop?.stage == .constraints { other.candidates[index].drop = nil }
    }
    other.constrain()
    for (index, drivers) in zip(other.ranked, other.drivers) { other.candidates[index].drivers = drivers }
    return other
  }

  /// What the decision was told of units, of all that came as far as to need one.
  package var unitsRecord: DecisionUnits? {
    guard let units else { return nil }
    var record = DecisionUnits(isWithholding: units.isWithholding)
    for index in catalog.limited {
      guard candidates[index].drop.map({ $0.stage == .constraints }) ?? true else { continue }
      let id = catalog.propositions[index].id
      if units.granted.contains(id) { record.granted.append(id) }
      if units.reached.contains(id) { record.reached.append(id) }
    }
    return record
  }

  /// The same for a profile all month, that of the contact's beginning, so that midnight ranks nothing anew. Who turns out
  /// to be somebody else, by logging in, is in that one's.
  static func controlGroup(
    _ catalog: Catalog, _ situation: Situation, _ settings: ScoringSettings
  ) -> ControlGroup {
    guard settings.usesControlGroups != false, let groups = catalog.controlGroups else { return .none }
    let month = String(Timestamps.text(situation.contact.startedMs).prefix(7))
    return groups.group(lot: Numerics.lot("control-group", situation.view.profile, month))
  }

  /// The candidates, taken out to be changed: changed in place from a method of the portfolio, the whole array would be
  /// copied for every one of them.
  private mutating func takeCandidates() -> [Candidate] {
    var taken: [Candidate] = []
    swap(&taken, &candidates)
    return taken
  }

  // Propensity

  private mutating func predict() {
    let interests = catalog.groups.map { situation.view.interest($0) }
    let recorded: [String: PropensityRecord]
    if case .recorded(let records) = source {
      recorded = Dictionary(records.map { ($0.proposition, $0) }, uniquingKeysWith: { first, _ in first })
    } else {
      recorded = [:]
    }
    let drawn = Numerics.Digest(situation.contact.id)
    var candidates = takeCandidates()
    for compiled in catalog.propositions where candidates[compiled.index].drop == nil {
      predict(compiled, interests[compiled.group], recorded[compiled.id], drawn, &candidates[compiled.index])
    }
    self.candidates = candidates
  }

  private func predict(
    _ compiled: CompiledProposition, _ interest: Interest?, _ record: PropensityRecord?, _ drawn: Numerics.Digest,
    _ candidate: inout Candidate
  ) {
    if let numbered {
      PropositionFeatures.numbers(
        offer: summaries.byProposition[compiled.index], group: summaries.byGroup[compiled.group], interest: interest,
        nowMs: situation.nowMs, into: &candidate.ownFeatures)
      let model = models[compiled.id]
      candidate.prediction =
        numbered.predict(
          model, own: candidate.ownFeatures, startProbability: compiled.startProbability
        ).rounded
      candidate.modelVersion = model?.version ?? 0
      candidate.evidenceCount = model?.evidenceCount ?? 0
      candidate.siblings = model?.siblings ?? []
    } else if let record {
      candidate.prediction = Prediction(mean: record.mean, variance: record.variance)
      candidate.modelVersion = record.modelVersion
      candidate.evidenceCount = record.evidenceCount
      candidate.siblings = record.siblings ?? []
    }
    guard let prediction = candidate.prediction, prediction.isFinite else {
      candidate.drop = Drop(.propensity, "no-propensity")
      return
    }
    let deviation = prediction.variance.squareRoot()
    candidate.probability = Numerics.moderated(mean: prediction.mean, variance: prediction.variance)
    candidate.propensity =
      settings.isSampling
      ? Numerics.sigmoid(prediction.mean + deviation * Numerics.normalDraw(drawn, compiled.id))
      : candidate.probability
    if !compiled.isMandatory, settings.usesPropensity,
      Numerics.sigmoid(prediction.mean + 2 * deviation) < settings.probabilityMin
    {
      candidate.drop = Drop(.propensity, "too-improbable")
    }
  }

  // Arbitration: P × C × V × L

  private mutating func arbitrate(_ answers: Answers) {
    holds = catalog.weights.map { $0.predicate.holds(answers) }
    valid = catalog.levers.map { $0.isValid(atMs: situation.nowMs) }
    var candidates = takeCandidates()
    for compiled in catalog.propositions where candidates[compiled.index].drop == nil {
      arbitrate(compiled, holds, valid, &candidates[compiled.index])
    }
    self.candidates = candidates
  }

  /// `contexts` and `levers` say of each of the catalogue's whether it holds, and is valid, now.
  private func arbitrate(
    _ compiled: CompiledProposition, _ contexts: [Bool], _ levers: [Bool], _ candidate: inout Candidate
  ) {
    for index in compiled.weights where contexts[index] {
      candidate.contextWeight *= catalog.weights[index].weight.factor
    }
    candidate.valueMinor = compiled.valueMinor
    for index in compiled.levers where levers[index] { candidate.lever += catalog.levers[index].percent / 100 }
    candidate.lever = max(0, candidate.lever)
    // What has no value in money still competes: the other factors must have something to multiply.
    let value = Double(max(1, compiled.valueMinor))
    candidate.priority =
      (settings.usesPropensity ? candidate.propensity : 1) * (settings.usesContext ? candidate.contextWeight : 1)
      * (settings.usesValue ? value : 1) * (settings.usesLevers ? candidate.lever : 1)
    if controlGroup == .randomEligible {
      candidate.priority = Numerics.lot("random-eligible", situation.contact.id, compiled.id)
    }
    if !candidate.priority.isFinite {
      candidate.drop = Drop(.arbitration, "no-priority")
    } else if !compiled.isMandatory, let rule = unworthiness(compiled, candidate) {
      candidate.drop = Drop(.arbitration, rule)
    }
  }

  /// By the mean: a draw decides who comes before whom, never who takes part. What weighs nothing is held back from
  /// everybody; whether it is worth its cost is only asked where that ranks it.
  private func unworthiness(_ compiled: CompiledProposition, _ candidate: Candidate) -> String? {
    if given.usesContext && candidate.contextWeight <= 0 || given.usesLevers && candidate.lever <= 0 {
      return "weighs-nothing"
    }
    guard controlGroup == .none else { return nil }
    let cost = Double(offerCostMinor(compiled))
    if cost > 0, candidate.probability * Double(compiled.valueMinor) < cost { return "not-worth-its-cost" }
    // So many offers does one acceptance take.
    if let max = compiled.maxCpaMinor, cost > candidate.probability * Double(max) {
      return "costs-too-much-per-acquisition"
    }
    return nil
  }

  /// Of making the offer once; a contact that the customer began is there anyway.
  func offerCostMinor(_ compiled: CompiledProposition) -> Int64 {
    compiled.costMinor + contactCostMinor
  }

  /// What of the catalogue is in its context weight.
  package func contexts(_ candidate: Candidate) -> [ContextWeight] {
    guard candidate.isArbitrated else { return [] }
    return catalog.propositions[candidate.index].weights.filter { holds[$0] }.map { catalog.weights[$0].weight }
  }

  /// And in its lever.
  package func levers(_ candidate: Candidate) -> [Lever] {
    guard candidate.isArbitrated else { return [] }
    return catalog.propositions[candidate.index].levers.filter { valid[$0] }.map { catalog.levers[$0] }
  }

  // Constraints

  /// Why there is no unit of it for this contact.
  func unitRefusal(_ index: Int) -> String? { units?.refusal(catalog.propositions[index]) }

  private mutating func constrain() {
    let propositions = catalog.propositions
    var candidates = takeCandidates()
    var order: [(isMandatory: Bool, priority: Double, index: Int)] = []
    for index in candidates.indices where candidates[index].drop == nil {
      order.append((propositions[index].isMandatory, candidates[index].priority, index))
    }
    order.sort { one, other in
      if one.isMandatory != other.isMandatory { return one.isMandatory }
      if one.priority != other.priority { return one.priority > other.priority }
      return propositions[one.index].id < propositions[other.index].id
    }
    var groups: Set<Int> = []
    for (_, _, index) in order {
      let compiled = propositions[index]
      if let rule = units?.refusal(compiled) {
        candidates[index].drop = Drop(.constraints, rule)
      } else if groups.contains(compiled.group), !compiled.isMandatory {
        candidates[index].drop = Drop(.constraints, "one-per-group")
      } else if ranked.count >= settings.listLength {
        candidates[index].drop = Drop(.constraints, "list-length")
      } else {
        groups.insert(compiled.group)
        ranked.append(index)
        candidates[index].rank = ranked.count
      }
    }
    self.candidates = candidates
  }

  // What it was decided on

  /// Of each that is listed, best first: what spoke most for or against it. For its reasons, and for nothing else.
  package var drivers: [[Feature]] { ranked.map { drivers(candidates[$0]) } }

  private func drivers(_ candidate: Candidate) -> [Feature] {
    let proposition = catalog.propositions[candidate.index].id
    switch source {
    case .recorded(let records): return records.first { $0.proposition == proposition }?.drivers ?? []
    case .models:
      guard let numbered, let model = models[proposition] else { return [] }
      return numbered.drivers(model, own: candidate.ownFeatures, count: 3)
    }
  }

  /// Every propensity that was asked for; drivers where it was listed.
  package var propensities: Propensities {
    var propensities = Propensities(kind: situation.contact.kind, capacity: candidates.count)
    for index in candidates.indices {
      // What is no number can't be written; without it the proposition drops out again as it did.
      guard let prediction = candidates[index].prediction, prediction.isFinite else { continue }
      propensities.add(
        catalog.propositions[index].id, mean: prediction.mean, variance: prediction.variance,
        modelVersion: candidates[index].modelVersion, evidenceCount: candidates[index].evidenceCount,
        siblings: candidates[index].siblings, drivers: candidates[index].rank == nil ? nil : candidates[index].drivers)
    }
    return propensities
  }

  package var dropped: [StageCount] {
    var counts = [Int](repeating: 0, count: Stage.allCases.count)
    for index in candidates.indices {
      if let stage = candidates[index].drop?.stage { counts[stage.place] += 1 }
    }
    return Stage.allCases.filter { counts[$0.place] > 0 }.map { StageCount(stage: $0, count: counts[$0.place]) }
  }
}
