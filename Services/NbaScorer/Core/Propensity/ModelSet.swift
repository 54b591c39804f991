import Contracts

/// The models as the scorer holds them: weights by number instead of by name, so that a thousand propositions are
/// predicted with additions only.
package struct ModelSet: Sendable {
  private var numbers: [String: Int]
  /// By `channel/direction`, then by proposition.
  private var models: [String: [String: CompiledModel]] = [:]

  /// More names than this are not numbered; features without a number are predicted as unlearned.
  private static let numbersMax = 50_000

  package init() {
    numbers = Dictionary(
      uniqueKeysWithValues: PropositionFeatures.names.enumerated().map { ($0.element, $0.offset) })
  }

  /// The models for contacts of that kind, by proposition.
  package func models(_ contact: Contact) -> [String: CompiledModel] {
    models["\(contact.channel)/\(contact.direction)"] ?? [:]
  }

  /// Takes a model; one that is not newer than its own, or whose id is no model's, is ignored.
  package mutating func take(_ model: PropensityModel) {
    let parts = model.id.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return }
    let proposition = parts.dropLast(2).joined(separator: "/")
    let kind = parts.suffix(2).joined(separator: "/")
    if let own = models[kind]?[proposition], own.version >= model.version { return }
    var weights: [(number: Int, weight: PropensityModel.Weight)] = []
    for weight in model.weights where weight.precision > 0 && weight.mean.isFinite && weight.precision.isFinite {
      if let number = number(weight.feature) { weights.append((number, weight)) }
    }
    models[kind, default: [:]][proposition] = CompiledModel(model, weights)
  }

  private mutating func number(_ feature: String) -> Int? {
    if let number = numbers[feature] { return number }
    guard numbers.count < Self.numbersMax else { return nil }
    numbers[feature] = numbers.count
    return numbers.count - 1
  }

  /// The features of a contact by number.
  package func numbered(_ features: [Feature]) -> NumberedFeatures {
    NumberedFeatures(features) { numbers[$0] }
  }
}

/// A model with its weights by number.
package final class CompiledModel: Sendable {
  package let version: Int64
  package let evidenceCount: Int64
  let startProbability: Double?
  private let means: [Double]
  /// 0: nothing was learned.
  private let precisions: [Double]

  init(_ model: PropensityModel, _ weights: [(number: Int, weight: PropensityModel.Weight)]) {
    version = model.version
    evidenceCount = model.evidenceCount
    startProbability = model.startProbability
    let count = (weights.lazy.map(\.number).max() ?? -1) + 1
    var means = [Double](repeating: 0, count: count)
    var precisions = means
    for (number, weight) in weights { (means[number], precisions[number]) = (weight.mean, weight.precision) }
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
