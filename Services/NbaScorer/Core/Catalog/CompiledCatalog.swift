import Contracts

/// A catalogue with its predicates parsed: made once per version, used for every contact.
package struct CompiledCatalog: Sendable {
  package let catalog: Catalog
  package let propositions: [CompiledProposition]
  package let groups: [String]
  package let queries: QueryTable
  let weights: [CompiledWeight]
  private let indices: [String: Int]

  /// Throws every mistake in every predicate, with what it belongs to.
  package init(_ catalog: Catalog) throws(CatalogErrors) {
    var compiler = PredicateCompiler(scope: PredicateScope(catalog))
    var errors: [CatalogErrors.Mistake] = []
    func compile(_ source: String, _ place: String) -> Predicate? {
      do { return try compiler.compile(source) } catch {
        errors += error.errors.map { CatalogErrors.Mistake(place: place, error: $0) }
        return nil
      }
    }
    func rules(_ rules: [Rule], _ place: String) -> [CompiledRule] {
      rules.enumerated().compactMap { index, rule in
        compile(rule.when, "\(place)[\(index)].when").map { CompiledRule(name: rule.name, predicate: $0) }
      }
    }
    for (index, condition) in catalog.conditions.enumerated() {
      do { _ = try compiler.condition(condition.name) } catch {
        errors += error.errors.map { CatalogErrors.Mistake(place: "conditions[\(index)].when", error: $0) }
      }
    }
    var groups: [String] = []
    var groupIndices: [String: Int] = [:]
    var compiled: [CompiledProposition] = []
    for (index, proposition) in catalog.propositions.enumerated() {
      let place = "propositions[\(index)]"
      let group = groupIndices[proposition.group] ?? groups.count
      if group == groups.count {
        groupIndices[proposition.group] = group
        groups.append(proposition.group)
      }
      compiled.append(
        CompiledProposition(
          index: index, proposition: proposition, group: group,
          eligibility: rules(proposition.eligibility, "\(place).eligibility"),
          applicability: rules(proposition.applicability, "\(place).applicability"),
          suitability: rules(proposition.suitability, "\(place).suitability")))
    }
    var weights: [CompiledWeight] = []
    for (index, weight) in catalog.contextWeights.enumerated() {
      guard let predicate = compile(weight.when, "contextWeights[\(index)].when") else { continue }
      weights.append(CompiledWeight(weight: weight, predicate: predicate))
    }
    guard errors.isEmpty else { throw CatalogErrors(mistakes: errors) }
    self.catalog = catalog
    self.groups = groups
    self.weights = weights
    propositions = compiled
    queries = compiler.queries
    indices = Dictionary(compiled.map { ($0.proposition.id, $0.index) }, uniquingKeysWith: { first, _ in first })
  }

  package func index(of proposition: String) -> Int? { indices[proposition] }
}

/// A class, and with what every stage asks beside the proposition itself: a portfolio of a thousand is gone through in a
/// millisecond only where nothing is copied on the way.
package final class CompiledProposition: Sendable {
  package let index: Int
  package let proposition: Proposition
  package let id: String
  /// Index into the catalogue's groups.
  package let group: Int
  let isMandatory: Bool
  let startProbability: Double
  let valueMinor: Int64
  let costMinor: Int64
  let lever: Double
  let eligibility: [CompiledRule]
  let applicability: [CompiledRule]
  let suitability: [CompiledRule]

  init(
    index: Int, proposition: Proposition, group: Int, eligibility: [CompiledRule], applicability: [CompiledRule],
    suitability: [CompiledRule]
  ) {
    self.index = index
    self.proposition = proposition
    self.group = group
    self.eligibility = eligibility
    self.applicability = applicability
    self.suitability = suitability
    id = proposition.id
    isMandatory = proposition.isMandatory
    startProbability = proposition.startProbability
    valueMinor = proposition.valueMinor
    costMinor = proposition.costMinor
    lever = proposition.lever
  }

  func isShown(in channel: String) -> Bool { proposition.treatments.contains { $0.channel == channel } }

  package func treatment(_ channel: String) -> Treatment? {
    proposition.treatments.first { $0.channel == channel }
  }
}

struct CompiledRule: Sendable {
  let name: String
  let predicate: Predicate
}

struct CompiledWeight: Sendable {
  let weight: ContextWeight
  let predicate: Predicate

  func concerns(_ proposition: Proposition) -> Bool {
    (weight.issue == nil || weight.issue == proposition.issue)
      && (weight.group == nil || weight.group == proposition.group)
      && (weight.proposition == nil || weight.proposition == proposition.id)
  }
}

/// All mistakes in a catalogue's predicates.
package struct CatalogErrors: Error, Sendable, CustomStringConvertible {
  package struct Mistake: Sendable {
    /// As a path in the catalogue: `propositions[2].eligibility[0].when`.
    package var place: String
    package var error: PredicateError
  }

  package var mistakes: [Mistake]

  package var description: String { mistakes.map { "\($0.place): \($0.error)" }.joined(separator: "\n") }
}
