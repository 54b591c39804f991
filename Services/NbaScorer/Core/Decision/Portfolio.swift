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
  package private(set) var candidates: [Candidate] = []
  /// Indices of the listed candidates, best first.
  package private(set) var ranked: [Int] = []
  package let features: [Feature]
  /// What stands in for interests of the customer's own; nil: he has some, or nothing is known of his groups.
  package let group: GroupAggregate?
  let summaries: OfferSummaries
  /// The settings that it was told.
  let given: ScoringSettings
  /// Of beginning the contact; 0 where the customer did.
  let contactCostMinor: Int64
  /// nil: nothing is limited over all customers.
  private var units: Units?
  let source: PropensitySource
  let numbered: NumberedFeatures?
  /// Which of the catalogue's context weights hold, and which of its levers are valid.
  private(set) var holds: [Bool] = []
  private(set) var valid: [Bool] = []
  let models: ModelSet.Models

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
    holds = catalog.weights.map { $0.predicate.holds(gates.answers) }
    valid = catalog.levers.map { $0.isValid(atMs: situation.nowMs) }
    candidates = Self.candidates(catalog.propositions, &gates, Weighing(self))
    constrain()
    for (index, drivers) in zip(ranked, drivers) { candidates[index].drivers = drivers }
  }

  private static func candidates(
    _ propositions: [CompiledProposition], _ gates: inout Gates, _ weighing: Weighing
  ) -> [Candidate] {
    var candidates = propositions.indices.map { Candidate(index: $0) }
    for index in propositions.indices {
      if let drop = gates.drop(propositions[index]) {
        candidates[index].drop = drop
      } else {
        weighing.weigh(propositions[index], &candidates[index])
      }
    }
    return candidates
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

  // Arbitration

  func offerCostMinor(_ compiled: CompiledProposition) -> Int64 {
    compiled.offerCostMinor(contactCostMinor)
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

  /// Only who can still be listed is put in order: all that is mandatory, and of each group its first.
  private mutating func constrain() {
    let propositions = catalog.propositions
    var candidates = takeCandidates()
    let priorities = candidates.map(\.priority)
    func isBefore(_ one: Int, _ other: Int) -> Bool {
      let (a, b) = (priorities[one], priorities[other])
      return a != b ? a > b : propositions[one].id < propositions[other].id
    }
    var mandatory: [Int] = []
    var first = [Int?](repeating: nil, count: catalog.groups.count)
    var rest: [Int] = []
    for index in candidates.indices where candidates[index].drop == nil {
      let compiled = propositions[index]
      if let rule = units?.refusal(compiled) {
        candidates[index].drop = Drop(.constraints, rule)
      } else if compiled.isMandatory {
        mandatory.append(index)
      } else if let before = first[compiled.group], !isBefore(index, before) {
        rest.append(index)
      } else {
        if let before = first[compiled.group] { rest.append(before) }
        first[compiled.group] = index
      }
    }
    var taken = [Bool](repeating: false, count: catalog.groups.count)
    let order = mandatory.sorted(by: isBefore) + first.compactMap(\.self).sorted(by: isBefore)
    for index in order + rest {
      let compiled = propositions[index]
      if taken[compiled.group], !compiled.isMandatory {
        candidates[index].drop = Drop(.constraints, "one-per-group")
      } else if ranked.count >= settings.listLength {
        candidates[index].drop = Drop(.constraints, "list-length")
      } else {
        taken[compiled.group] = true
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
