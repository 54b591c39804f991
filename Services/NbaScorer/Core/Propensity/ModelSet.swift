import Contracts

/// The models as the scorer holds them: weights by number instead of by name, so that a thousand propositions are
/// predicted with additions only; and each with what its siblings know (`SharedLearning`).
package struct ModelSet: Sendable {
  private var numbers: [String: Int]
  /// What was learned, by proposition; one for each `channel/direction` that had answers.
  private var learned: [String: [LearnedModel]] = [:]
  /// By `channel/direction`, then by proposition.
  private var models: [String: [String: CompiledModel]] = [:]
  /// For a `channel/direction` in which a proposition had no answers yet, by proposition.
  private var unseen: [String: CompiledModel] = [:]

  /// More names than this are not numbered; features without a number are predicted as unlearned.
  private static let numbersMax = 50_000

  package init() {
    numbers = Dictionary(
      uniqueKeysWithValues: PropositionFeatures.names.enumerated().map { ($0.element, $0.offset) })
  }

  /// The models for contacts of that kind.
  package func models(_ contact: Contact) -> Models {
    Models(own: models[contact.kind] ?? [:], unseen: unseen)
  }

  /// One kind of contact's models, by proposition.
  package struct Models: Sendable {
    fileprivate let own: [String: CompiledModel]
    fileprivate let unseen: [String: CompiledModel]

    package static let none = Models(own: [:], unseen: [:])

    package subscript(_ proposition: String) -> CompiledModel? { own[proposition] ?? unseen[proposition] }
  }

  /// Takes a model; one that is not newer than its own, or whose id is no model's, is ignored.
  package mutating func take(_ model: PropensityModel) {
    let parts = model.id.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return }
    let proposition = parts.dropLast(2).joined(separator: "/")
    let kind = self.kind(parts.suffix(2).joined(separator: "/"))
    var all = learned[proposition] ?? []
    let place = all.firstIndex { $0.kind == kind }
    if let place, all[place].version >= model.version { return }
    let taken = LearnedModel(model, kind: kind) { number($0) }
    if let place { all[place] = taken } else { all.append(taken) }
    learned[proposition] = all
    let shared = SharedLearning(all)
    for one in all { models[one.kind, default: [:]][proposition] = shared.model(of: one) }
    unseen[proposition] = shared.model(of: nil)
  }

  /// One text for all models of that kind: they are compared a thousand times a decision.
  private func kind(_ kind: String) -> String { models.index(forKey: kind).map { models.keys[$0] } ?? kind }

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

extension Contact {
  /// `channel/direction`: contacts of one kind are learned from together.
  var kind: String { "\(channel)/\(direction)" }
}
