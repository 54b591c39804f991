import Contracts

/// A model with its weights by number, its siblings' knowledge among them.
package final class CompiledModel: Sendable {
  /// 0, and no evidence, where only siblings know something.
  package let version: Int64
  package let evidenceCount: Int64
  package let siblings: [ModelReference]
  let startProbability: Double?
  private let means: [Double]
  /// 0: nothing was learned.
  private let precisions: [Double]

  init(
    _ own: ModelReference?, siblings: [ModelReference], startProbability: Double?, means: [Double],
    precisions: [Double]
  ) {
    version = own?.version ?? 0
    evidenceCount = own?.evidenceCount ?? 0
    self.siblings = siblings
    self.startProbability = startProbability
    self.means = means
    self.precisions = precisions
  }

  func weight(_ number: Int) -> (mean: Double, precision: Double)? {
    number >= 0 && number < means.count && precisions[number] > 0 ? (means[number], precisions[number]) : nil
  }
}

/// A contact's features, ready for every model.
package struct NumberedFeatures: Sendable {
  package let features: [Feature]
  fileprivate let numbers: [Int]
  fileprivate let priors: [Double]
  fileprivate let priorVariance: Double

  init(_ features: [Feature], number: (String) -> Int?) {
    self.features = features
    numbers = features.map { number($0.name) ?? -1 }
    priors = features.map { PropensityMath.priorPrecision($0.name) }
    priorVariance = zip(features, priors).reduce(0) { $0 + $1.0.value * $1.0.value / $1.1 }
  }
}

/// What a model says of one proposition in one contact.
package struct Prediction: Sendable, Equatable {
  package var mean: Double
  package var variance: Double

  /// A model may be so far off that it says nothing.
  var isFinite: Bool { mean.isFinite && variance.isFinite }

  /// To a billionth of the log odds, far finer than any model is sure of: it is written with every decision on it, and all
  /// digits would take half as much room again.
  var rounded: Prediction { Prediction(mean: Self.rounded(mean), variance: Self.rounded(variance)) }

  private static func rounded(_ value: Double) -> Double {
    abs(value) < 1e6 ? (value * 1e9).rounded() / 1e9 : value
  }
}

extension NumberedFeatures {
  /// `own` are the numbers of the proposition's own features.
  func predict(_ model: CompiledModel?, own: [Int], startProbability: Double) -> Prediction {
    let ownPrior = 1 / PropensityMath.weightPrecision
    let priorVariance = self.priorVariance + Double(own.count) * ownPrior
    let start = model?.startProbability ?? startProbability
    let offset = PropensityMath.offset(startProbability: start, priorVariance: priorVariance)
    guard let model else { return Prediction(mean: offset, variance: priorVariance) }
    var (mean, variance) = (offset, 0.0)
    for index in features.indices {
      let value = features[index].value
      let weight = model.weight(numbers[index])
      mean += (weight?.mean ?? 0) * value
      variance += value * value / (weight?.precision ?? priors[index])
    }
    for number in own {
      let weight = model.weight(number)
      mean += weight?.mean ?? 0
      variance += 1 / (weight?.precision ?? PropensityMath.weightPrecision)
    }
    return Prediction(mean: mean, variance: variance)
  }

  /// What spoke most for or against, weightiest first; the bias speaks of everybody and is left out.
  func drivers(_ model: CompiledModel, own: [Int], count: Int) -> [Feature] {
    var drivers: [Feature] = []
    for index in features.indices.dropFirst() {
      if let weight = model.weight(numbers[index]) {
        drivers.append(Feature(features[index].name, weight.mean * features[index].value))
      }
    }
    for number in own {
      if let weight = model.weight(number) { drivers.append(Feature(PropositionFeatures.names[number], weight.mean)) }
    }
    drivers.sort { (abs($1.value), $0.name) < (abs($0.value), $1.name) }
    return Array(drivers.prefix(count))
  }
}
