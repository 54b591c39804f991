import Contracts

/// What one model has learned, its weights by number.
struct LearnedModel: Sendable {
  struct Weight: Sendable {
    var number: Int
    var mean: Double
    var precision: Double
    /// The precision before anything was learned.
    var prior: Double

    /// What the evidence says beyond the prior, which is around 0.
    var information: Double { max(0, precision - prior) }
  }

  let kind: String
  let version: Int64
  let evidenceCount: Int64
  let startProbability: Double?
  let weights: [Weight]
  let bias: Weight?

  init(_ model: PropensityModel, kind: String, number: (String) -> Int?) {
    self.kind = kind
    (version, evidenceCount) = (model.version, model.evidenceCount)
    startProbability = model.startProbability
    var weights: [Weight] = []
    var bias: Weight?
    for weight in model.weights where weight.precision > 0 && weight.mean.isFinite && weight.precision.isFinite {
      guard let number = number(weight.feature) else { continue }
      let numbered = Weight(
        number: number, mean: weight.mean, precision: weight.precision,
        prior: PropensityMath.priorPrecision(weight.feature))
      weights.append(numbered)
      if weight.feature == ContactFeatures.bias { bias = numbered }
    }
    self.weights = weights
    self.bias = bias
  }
}

/// What the models of one proposition know together, each in its channel and direction: the two-level normal model
/// ("partial pooling": Gelman and others, Bayesian Data Analysis, third edition, section 5.4). Every weight is one that
/// all channels share plus a deviation of the channel's own, both normal around 0, and together as uncertain as the
/// weight's prior. So a channel without answers begins where the others have come to, shrunk towards the catalogue's
/// start and with the deviation's uncertainty left; its own answers soon outweigh them; and a proposition that nobody
/// has answered anywhere is as uncertain as ever.
struct SharedLearning {
  /// How much of a weight's prior variance is shared: the correlation of the same weight in two channels.
  static let sharedPart = 0.8
  /// That many channels count, those with the most answers.
  static let pooledMax = 8

  private let pooled: [LearnedModel]
  /// By number: what all pooled models together say of the shared weight, as precision and as mean × precision.
  private var precisions: [Double]
  private var products: [Double]
  private var priors: [Double]

  init(_ models: [LearnedModel]) {
    let byAnswers = models.sorted {
      ($1.evidenceCount, $0.kind) < ($0.evidenceCount, $1.kind)
    }
    pooled = Array(byAnswers.prefix(Self.pooledMax))
    let count = (pooled.lazy.flatMap(\.weights).map(\.number).max() ?? -1) + 1
    precisions = [Double](repeating: 0, count: count)
    products = precisions
    priors = precisions
    for model in pooled {
      for weight in model.weights {
        let said = Self.said(weight)
        precisions[weight.number] += said.precision
        products[weight.number] += said.product
        priors[weight.number] = weight.prior
      }
    }
  }

  /// What one channel's weight says of the shared one: less than of itself, by the deviation's variance.
  private static func said(_ weight: LearnedModel.Weight) -> (precision: Double, product: Double) {
    let damping = 1 + (1 - sharedPart) / weight.prior * weight.information
    return (weight.information / damping, weight.precision * weight.mean / damping)
  }

  /// The model of that channel and direction with what its siblings know; nil: of one without answers.
  func model(of own: LearnedModel?) -> CompiledModel {
    let siblings = pooled.filter { $0.kind != own?.kind }
    let start = own?.startProbability ?? siblings.first?.startProbability
    let count = max(precisions.count, (own?.weights.lazy.map(\.number).max() ?? -1) + 1)
    var means = [Double](repeating: 0, count: count)
    /// 0: nothing was learned.
    var merged = means
    for weight in own?.weights ?? [] { (means[weight.number], merged[weight.number]) = (weight.mean, weight.precision) }
    if !siblings.isEmpty {
      var (others, weighted) = (precisions, products)
      if let own, siblings.count < pooled.count {
        for weight in own.weights {
          let said = Self.said(weight)
          others[weight.number] -= said.precision
          weighted[weight.number] -= said.product
        }
      }
      if let start { shiftBias(siblings, to: start, &weighted) }
      for number in others.indices where others[number] > 1e-9 {
        let prior = priors[number]
        let information = merged[number] > 0 ? max(0, merged[number] - prior) : 0
        let sharedPrecision = prior / Self.sharedPart + others[number]
        let sharedMean = weighted[number] / sharedPrecision
        let precision = 1 / (1 / sharedPrecision + (1 - Self.sharedPart) / prior)
        let product = means[number] * merged[number] + sharedMean * precision
        merged[number] = information + precision
        means[number] = product / merged[number]
      }
    }
    return CompiledModel(
      own, siblings: siblings.map { SiblingModel(kind: $0.kind, version: $0.version, evidenceCount: $0.evidenceCount) },
      startProbability: start, means: means, precisions: merged)
  }

  /// A bias is relative to the start probability that its model began from: where the catalogue has changed that in
  /// between, it is brought over to the other's.
  private func shiftBias(_ siblings: [LearnedModel], to start: Double, _ products: inout [Double]) {
    for sibling in siblings {
      guard let bias = sibling.bias, let other = sibling.startProbability, other != start else { continue }
      products[bias.number] += Self.said(bias).precision * (Numerics.logit(other) - Numerics.logit(start))
    }
  }
}
