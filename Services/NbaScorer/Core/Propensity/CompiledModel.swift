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

  /// What spoke most for or against, weightiest first; the bias speaks of everybody and is left out. Only what comes among
  /// the first `count` is ever put in order or named.
  func drivers(_ model: CompiledModel, own: [Int], count: Int) -> [Feature] {
    /// `part` counts the features, then the proposition's own.
    var drivers: [(part: Int, value: Double)] = []
    func name(_ part: Int) -> String {
      part < features.count ? features[part].name : PropositionFeatures.names[own[part - features.count]]
    }
    func isBefore(_ one: (part: Int, value: Double), _ other: (part: Int, value: Double)) -> Bool {
      let (size, otherSize) = (abs(one.value), abs(other.value))
      return size == otherSize ? name(one.part) < name(other.part) : size > otherSize
    }
    func offer(_ part: Int, _ value: Double) {
      if drivers.count == count {
        guard let last = drivers.last, isBefore((part, value), last) else { return }
        drivers.removeLast()
      }
      drivers.insert((part, value), at: drivers.firstIndex { isBefore((part, value), $0) } ?? drivers.count)
    }
    drivers.reserveCapacity(count)
    for index in features.indices.dropFirst() {
      if let weight = model.weight(numbers[index]) { offer(index, weight.mean * features[index].value) }
    }
    for (place, number) in own.enumerated() {
      if let weight = model.weight(number) { offer(features.count + place, weight.mean) }
    }
    return drivers.map { Feature(name($0.part), $0.value) }
  }
}
