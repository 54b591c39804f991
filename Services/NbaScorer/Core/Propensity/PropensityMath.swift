import Contracts

/// Online Bayesian logistic regression with an independent normal posterior per weight.
///
/// The prior of every weight is normal around 0. What was declared before anything was learned is the offset: the log
/// odds of the start probability, stretched by as much as the weights' uncertainty will moderate them, so that an
/// untouched model says exactly the declared probability, whatever the features.
package enum PropensityMath {
  package static let weightPrecision = 20.0
  package static let biasPrecision = 4.0
  /// What a weight knows beyond its prior fades by this factor with each piece of evidence that touches it: the world
  /// changes, and a model that stays certain can't follow.
  package static let forgetting = 0.9995

  static func priorPrecision(_ feature: String) -> Double {
    feature == ContactFeatures.bias ? biasPrecision : weightPrecision
  }

  package static func offset(startProbability: Double, priorVariance: Double) -> Double {
    Numerics.logit(startProbability) * Numerics.moderation(priorVariance)
  }
}

extension PropensityModel {
  /// Mean and variance of the log odds; `startProbability` counts where the model has learned nothing yet.
  package func logOdds(_ features: [Feature], startProbability: Double) -> (mean: Double, variance: Double) {
    let weights = Dictionary(weights.map { ($0.feature, $0) }, uniquingKeysWith: { first, _ in first })
    var (mean, variance, priorVariance) = (0.0, 0.0, 0.0)
    for feature in features {
      let square = feature.value * feature.value
      let prior = PropensityMath.priorPrecision(feature.name)
      priorVariance += square / prior
      let weight = weights[feature.name]
      mean += (weight?.mean ?? 0) * feature.value
      variance += square / (weight?.precision ?? prior)
    }
    let start = self.startProbability ?? startProbability
    return (mean + PropensityMath.offset(startProbability: start, priorVariance: priorVariance), variance)
  }

  /// Learns from one outcome; false where it was learned before. A yes takes the place of the no that was learned under
  /// its id.
  package mutating func learn(_ evidence: NbaEvidence) -> Bool {
    let mark = Numerics.hash(evidence.id)
    let isKnown = recent.contains(mark)
    // Of what was learned before it was kept which were a yes, nobody can tell which a yes may still follow.
    var accepted = recentAccepted ?? recent
    if isKnown, !evidence.isAccepted || accepted.contains(mark) { return false }
    // It may be longer ago that the no was learned than ids are known again.
    let isRevision = isKnown || evidence.isRevision == true && evidence.isAccepted && acceptedCount < evidenceCount
    if !isKnown { recent.append(mark) }
    if evidence.isAccepted { accepted.append(mark) }
    if recent.count > Self.recentMax {
      let gone = recent.removeFirst()
      accepted.removeAll { $0 == gone }
    }
    recentAccepted = accepted
    if startProbability == nil, let start = evidence.startProbability, start > 0, start < 1 { startProbability = start }
    let features = evidence.features.filter { abs($0.value) <= Self.valueMax && $0.value != 0 }.prefix(Self.featuresMax)
    if isRevision { revise(Array(features)) } else { update(Array(features), isAccepted: evidence.isAccepted) }
    evidenceCount += isRevision ? 0 : 1
    acceptedCount += evidence.isAccepted ? 1 : 0
    updatedMs = max(updatedMs, evidence.atMs)
    return true
  }

  /// One Newton step from the moderated prediction, shared among the weights by how uncertain each is.
  private mutating func update(_ features: [Feature], isAccepted: Bool) {
    let slots = slots(features.map(\.name))
    for (feature, slot) in zip(features, slots) {
      let prior = PropensityMath.priorPrecision(feature.name)
      weights[slot].precision = prior + (weights[slot].precision - prior) * PropensityMath.forgetting
    }
    let (probability, variance) = prediction(features, slots)
    let curvature = probability * (1 - probability)
    let step = ((isAccepted ? 1 : 0) - probability) / (1 + variance * curvature)
    for (feature, slot) in zip(features, slots) {
      weights[slot].mean += feature.value / weights[slot].precision * step
      weights[slot].precision += feature.value * feature.value * curvature
    }
  }

  /// What was learned as a no was a yes: between the two lies one whole answer in the step, whatever was predicted, and
  /// nothing in how much is known by it.
  private mutating func revise(_ features: [Feature]) {
    let slots = slots(features.map(\.name))
    let (probability, variance) = prediction(features, slots)
    let step = 1 / (1 + variance * probability * (1 - probability))
    for (feature, slot) in zip(features, slots) {
      weights[slot].mean += feature.value / weights[slot].precision * step
    }
  }

  /// The moderated probability, and the variance of the log odds.
  private func prediction(_ features: [Feature], _ slots: [Int]) -> (probability: Double, variance: Double) {
    var (mean, variance, priorVariance) = (0.0, 0.0, 0.0)
    for (feature, slot) in zip(features, slots) {
      let square = feature.value * feature.value
      mean += weights[slot].mean * feature.value
      variance += square / weights[slot].precision
      priorVariance += square / PropensityMath.priorPrecision(feature.name)
    }
    mean += PropensityMath.offset(startProbability: startProbability ?? 0.05, priorVariance: priorVariance)
    return (Numerics.moderated(mean: mean, variance: variance), variance)
  }

  /// Where each of these features' weights is, making room for new ones: the least learned go.
  private mutating func slots(_ names: [String]) -> [Int] {
    var index = Dictionary(weights.indices.map { (weights[$0].feature, $0) }, uniquingKeysWith: { first, _ in first })
    let missing = names.filter { index[$0] == nil }
    if weights.count + missing.count > Self.weightsMax {
      let needed = Set(names)
      let byKnowledge = weights.filter { !needed.contains($0.feature) }
        .sorted { ($1.precision, $0.feature) < ($0.precision, $1.feature) }
      let kept = weights.filter { needed.contains($0.feature) }
      weights = kept + byKnowledge.prefix(Self.weightsMax * 9 / 10 - kept.count)
      index = Dictionary(weights.indices.map { (weights[$0].feature, $0) }, uniquingKeysWith: { first, _ in first })
    }
    return names.map { name in
      if let slot = index[name] { return slot }
      weights.append(Weight(feature: name, mean: 0, precision: PropensityMath.priorPrecision(name)))
      index[name] = weights.count - 1
      return weights.count - 1
    }
  }

  /// A contact has a few dozen features; evidence with more than that is cut, not refused.
  static let featuresMax = 400
  /// Ours stay below ten; anything far above would drown the rest.
  static let valueMax = 100.0
}
