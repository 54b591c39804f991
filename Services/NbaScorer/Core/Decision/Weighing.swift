import Contracts

/// Propensity and arbitration of one proposition after the other. What is the same for all of them is found out once.
struct Weighing {
  private let settings: ScoringSettings
  /// The settings before the control group changed them.
  private let given: ScoringSettings
  private let controlGroup: ControlGroup
  private let contact: String
  private let contactCostMinor: Int64
  private let nowMs: Int64
  private let drawn: Numerics.Digest
  private let summaries: OfferSummaries
  /// By the catalogue's groups.
  private let interests: [Interest?]
  private let numbered: NumberedFeatures?
  private let models: ModelSet.Models
  private let recorded: [String: PropensityRecord]
  /// What the catalogue's context weights multiply by, and its levers add, now.
  private let factors: [Double]
  private let parts: [Double]

  init(_ portfolio: Portfolio) {
    let (catalog, situation) = (portfolio.catalog, portfolio.situation)
    (settings, given, controlGroup) = (portfolio.settings, portfolio.given, portfolio.controlGroup)
    (contact, contactCostMinor, nowMs) = (situation.contact.id, portfolio.contactCostMinor, situation.nowMs)
    drawn = Numerics.Digest(contact)
    summaries = portfolio.summaries
    interests = catalog.groups.map { situation.view.interest($0) }
    (numbered, models) = (portfolio.numbered, portfolio.models)
    if case .recorded(let records) = portfolio.source {
      recorded = Dictionary(records.map { ($0.proposition, $0) }, uniquingKeysWith: { first, _ in first })
    } else {
      recorded = [:]
    }
    factors = zip(catalog.weights, portfolio.holds).map { $1 ? $0.weight.factor : 1 }
    parts = zip(catalog.levers, portfolio.valid).map { $1 ? $0.percent / 100 : 0 }
  }

  /// As far as it comes.
  func weigh(_ compiled: CompiledProposition, _ candidate: inout Candidate) {
    predict(compiled, &candidate)
    if candidate.drop == nil { arbitrate(compiled, &candidate) }
  }

  private func predict(_ compiled: CompiledProposition, _ candidate: inout Candidate) {
    if let numbered {
      candidate.ownFeatures = PropositionFeatures.numbers(
        offer: summaries.byProposition[compiled.index], group: summaries.byGroup[compiled.group],
        interest: interests[compiled.group], nowMs: nowMs)
      let model = models[compiled.id]
      candidate.prediction =
        numbered.predict(
          model, own: candidate.ownFeatures, startProbability: compiled.startProbability
        ).rounded
      if let model {
        candidate.modelVersion = model.version
        candidate.evidenceCount = model.evidenceCount
        candidate.siblings = model.siblings
      }
    } else if let record = recorded[compiled.id] {
      candidate.prediction = Prediction(mean: record.mean, variance: record.variance)
      candidate.modelVersion = record.modelVersion
      candidate.evidenceCount = record.evidenceCount
      candidate.siblings = record.siblingModels
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

  /// P × C × V × L
  private func arbitrate(_ compiled: CompiledProposition, _ candidate: inout Candidate) {
    for index in compiled.weights { candidate.contextWeight *= factors[index] }
    candidate.valueMinor = compiled.valueMinor
    for index in compiled.levers { candidate.lever += parts[index] }
    candidate.lever = max(0, candidate.lever)
    // What has no value in money still competes: the other factors must have something to multiply.
    let value = Double(max(1, compiled.valueMinor))
    candidate.priority =
      (settings.usesPropensity ? candidate.propensity : 1) * (settings.usesContext ? candidate.contextWeight : 1)
      * (settings.usesValue ? value : 1) * (settings.usesLevers ? candidate.lever : 1)
    if controlGroup == .randomEligible {
      candidate.priority = Numerics.lot("random-eligible", contact, compiled.id)
    }
    if !candidate.priority.isFinite {
      candidate.drop = Drop(.arbitration, "no-priority")
    } else if !compiled.isMandatory,
      let rule = unworthiness(
        compiled, candidate.contextWeight, candidate.lever, candidate.probability)
    {
      candidate.drop = Drop(.arbitration, rule)
    }
  }

  /// By the mean: a draw decides who comes before whom, never who takes part. What weighs nothing is held back from
  /// everybody; whether it is worth its cost is only asked where that ranks it.
  private func unworthiness(
    _ compiled: CompiledProposition, _ contextWeight: Double, _ lever: Double, _ probability: Double
  ) -> String? {
    if given.usesContext && contextWeight <= 0 || given.usesLevers && lever <= 0 {
      return "weighs-nothing"
    }
    // An answer to what the customer asks is not an offer that has to pay.
    guard controlGroup == .none, compiled.kind != .service else { return nil }
    let cost = Double(compiled.offerCostMinor(contactCostMinor))
    if cost > 0, probability * Double(compiled.valueMinor) < cost { return "not-worth-its-cost" }
    // So many offers does one acceptance take.
    if let max = compiled.maxCpaMinor, cost > probability * Double(max) {
      return "costs-too-much-per-acquisition"
    }
    return nil
  }
}
