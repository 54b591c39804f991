import Contracts

/// A model with its weights by number, its siblings' knowledge among them.
package final class CompiledModel: Sendable {
  /// 0, and no evidence, where only siblings know something.
  package let version: Int64
  package let evidenceCount: Int64
  package let siblings: [SiblingModel]
  let startProbability: Double?
  /// Mean and variance of each weight; the variance is 0 where nothing was learned.
  private let weights: [SIMD2<Double>]

  /// A precision of 0 says that nothing was learned.
  init(
    _ own: LearnedModel?, siblings: [SiblingModel], startProbability: Double?, means: [Double], precisions: [Double]
  ) {
    version = own?.version ?? 0
    evidenceCount = own?.evidenceCount ?? 0
    self.siblings = siblings
    self.startProbability = startProbability
    weights = zip(means, precisions).map { SIMD2($0, $1 > 0 ? 1 / $1 : 0) }
  }

  /// What the features of these numbers add to the log odds; where nothing was learned the prior is taken.
  fileprivate func sum(
    _ numbers: [Int], _ scales: [SIMD2<Double>], _ priors: [SIMD2<Double>]
  ) -> SIMD2<Double> {
    // A third of a prediction was in asking whether each index is one.
    precondition(numbers.count == scales.count && numbers.count == priors.count)
    return weights.withUnsafeBufferPointer { weights in
      scales.withUnsafeBufferPointer { scales in
        priors.withUnsafeBufferPointer { priors in
          var sum = SIMD2<Double>(0, 0)
          for (index, number) in numbers.enumerated() {
            let isLearned = number >= 0 && number < weights.count && weights[number].y > 0
            sum += scales[index] * (isLearned ? weights[number] : priors[index])
          }
          return sum
        }
      }
    }
  }

  /// nil: nothing was learned.
  func weight(_ number: Int) -> SIMD2<Double>? {
    guard number >= 0 && number < weights.count, weights[number].y > 0 else { return nil }
    return weights[number]
  }
}

/// A contact's features, ready for every model.
package struct NumberedFeatures: Sendable {
  package let features: [Feature]
  fileprivate let numbers: [Int]
  /// What each adds to the log odds for a mean and a variance of its weight of 1.
  fileprivate let scales: [SIMD2<Double>]
  fileprivate let priors: [SIMD2<Double>]
  fileprivate let priorVariance: Double

  init(_ features: [Feature], number: (String) -> Int?) {
    self.features = features
    numbers = features.map { number($0.name) ?? -1 }
    scales = features.map { SIMD2($0.value, $0.value * $0.value) }
    priors = features.map { SIMD2(0, 1 / PropensityMath.priorPrecision($0.name)) }
    priorVariance = zip(scales, priors).reduce(0) { $0 + $1.0.y * $1.1.y }
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
  var rounded: Prediction { Prediction(mean: toBillionth(mean), variance: toBillionth(variance)) }
}

private func toBillionth(_ value: Double) -> Double { abs(value) < 1e6 ? (value * 1e9).rounded() / 1e9 : value }

extension NumberedFeatures {
  /// `own` are the numbers of the proposition's own features.
  func predict(_ model: CompiledModel?, own: [Int], startProbability: Double) -> Prediction {
    let ownPrior = SIMD2(0, 1 / PropensityMath.weightPrecision)
    let priorVariance = self.priorVariance + Double(own.count) * ownPrior.y
    let start = model?.startProbability ?? startProbability
    let offset = PropensityMath.offset(startProbability: start, priorVariance: priorVariance)
    guard let model else { return Prediction(mean: offset, variance: priorVariance) }
    var sum = SIMD2(offset, 0) + model.sum(numbers, scales, priors)
    for number in own { sum += model.weight(number) ?? ownPrior }
    return Prediction(mean: sum.x, variance: sum.y)
  }

  /// What spoke most for or against, weightiest first; the bias speaks of everybody and is left out. Only what comes among
  /// the first `count` is ever put in order or named.
  func drivers(_ model: CompiledModel, own: [Int], count: Int) -> [Feature] {
    /// `part` counts the features, then the proposition's own.
    var drivers: [(part: Int, value: Double)] = []
    drivers.reserveCapacity(count)
    /// What is smaller doesn't come among them any more.
    var least = 0.0
    func name(_ part: Int) -> String {
      part < features.count ? features[part].name : PropositionFeatures.names[own[part - features.count]]
    }
    func isBefore(_ one: (part: Int, value: Double), _ other: (part: Int, value: Double)) -> Bool {
      let (size, otherSize) = (abs(one.value), abs(other.value))
      return size == otherSize ? name(one.part) < name(other.part) : size > otherSize
    }
    func offer(_ part: Int, _ value: Double) {
      if drivers.count == count {
        guard isBefore((part, value), drivers[count - 1]) else { return }
        drivers.removeLast()
      }
      drivers.insert((part, value), at: drivers.firstIndex { isBefore((part, value), $0) } ?? drivers.count)
      if drivers.count == count { least = abs(drivers[count - 1].value) }
    }
    for index in features.indices.dropFirst() {
      guard let weight = model.weight(numbers[index]) else { continue }
      let value = weight.x * scales[index].x
      if abs(value) >= least { offer(index, value) }
    }
    for (place, number) in own.enumerated() {
      if let weight = model.weight(number) { offer(features.count + place, weight.x) }
    }
    return drivers.map { Feature(name($0.part), toBillionth($0.value)) }
  }
}
