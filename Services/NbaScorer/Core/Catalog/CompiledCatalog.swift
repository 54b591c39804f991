import Contracts

/// A catalogue with its predicates parsed: made once per version, used for every contact.
package struct CompiledCatalog: Sendable {
  package let catalog: Catalog
  package let propositions: [CompiledProposition]
  package let groups: [String]
  package let queries: QueryTable
  package let definitions: CustomerDefinitions
  let tests: [Predicate]
  let weights: [CompiledWeight]
  let levers: [Lever]
  /// In minor units, by channel.
  let contactCosts: [String: Int64]
  /// Indices of the propositions of which there is only so much.
  let limited: [Int]
  /// By path.
  let titledAttributes: [String: AttributeDeclaration]
  private let indices: [String: Int]
  private let placeNames: PlaceNames

  /// Throws the first predicate's mistakes. All that can be wrong with a catalogue is `Catalog.mistakes`' to say.
  package init(_ catalog: Catalog) throws(PredicateErrors) {
    try self.init(catalog, CustomerDefinitions(catalog))
  }

  /// `definitions` are the catalogue's.
  package init(_ catalog: Catalog, _ definitions: CustomerDefinitions) throws(PredicateErrors) {
    var compiler = PredicateCompiler(scope: PredicateScope(catalog))
    var tests: [Predicate] = []
    var testIndices: [String: Int] = [:]
    func rules(_ rules: [Rule]) throws(PredicateErrors) -> [CompiledRule] {
      var compiled: [CompiledRule] = []
      for rule in rules {
        let test = testIndices[rule.when] ?? tests.count
        if test == tests.count {
          tests.append(try compiler.compile(rule.when))
          testIndices[rule.when] = test
        }
        compiled.append(CompiledRule(name: rule.name, test: test))
      }
      return compiled
    }
    let levers = catalog.levers ?? []
    var groups: [String] = []
    var groupIndices: [String: Int] = [:]
    var names = PlaceNames()
    var compiled: [CompiledProposition] = []
    for (index, proposition) in catalog.propositions.enumerated() {
      let group = groupIndices[proposition.group] ?? groups.count
      if group == groups.count {
        groupIndices[proposition.group] = group
        groups.append(proposition.group)
      }
      compiled.append(
        CompiledProposition(
          index: index, proposition: proposition, group: group,
          places: proposition.treatments.map { names.add($0.channel, $0.placement) },
          availability: catalog.availability(of: proposition),
          weights: catalog.contextWeights.indices.filter { catalog.contextWeights[$0].concerns(proposition) },
          levers: levers.indices.filter { levers[$0].concerns(proposition) },
          eligibility: try rules(proposition.eligibility),
          applicability: try rules(proposition.applicability),
          suitability: try rules(proposition.suitability)))
    }
    var weights: [CompiledWeight] = []
    for weight in catalog.contextWeights {
      weights.append(CompiledWeight(weight: weight, predicate: try compiler.compile(weight.when)))
    }
    self.definitions = definitions
    self.catalog = catalog
    self.groups = groups
    self.tests = tests
    self.weights = weights
    self.levers = levers
    placeNames = names
    contactCosts = (catalog.contactCosts ?? []).reduce(into: [:]) { $0[$1.channel] = $1.costMinor }
    propositions = compiled
    titledAttributes = Dictionary(
      catalog.attributes.filter { $0.title != nil }.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    limited = compiled.filter { !$0.limits.isEmpty }.map(\.index)
    queries = compiler.queries
    indices = Dictionary(compiled.map { ($0.proposition.id, $0.index) }, uniquingKeysWith: { first, _ in first })
  }

  package func index(of proposition: String) -> Int? { indices[proposition] }

  /// Of a contact.
  func place(_ channel: String, _ placement: String?) -> Place { placeNames.place(channel, placement) }

  func group(of proposition: String) -> String? { indices[proposition].map { groups[propositions[$0].group] } }
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
  /// It has to be said, or serves the customer: no pressure of others holds it back.
  let isDue: Bool
  /// Whether anybody may have it at all.
  let availability: Availability
  let kind: Proposition.Kind
  /// The consent that it needs.
  let purpose: String?
  /// Where it is shown.
  let places: [CompiledCatalog.Place]
  let startProbability: Double
  let valueMinor: Int64
  let costMinor: Int64
  let maxCpaMinor: Int64?
  /// How much there is of it over all customers, and whether a contact takes a unit to list it.
  let limits: [PropositionLimit]
  let takesUnitPerContact: Bool
  /// Indices of the catalogue's context weights and levers that concern it.
  let weights: [Int]
  let levers: [Int]
  let eligibility: [CompiledRule]
  let applicability: [CompiledRule]
  let suitability: [CompiledRule]

  init(
    index: Int, proposition: Proposition, group: Int, places: [CompiledCatalog.Place], availability: Availability,
    weights: [Int], levers: [Int],
    eligibility: [CompiledRule], applicability: [CompiledRule], suitability: [CompiledRule]
  ) {
    self.index = index
    self.proposition = proposition
    self.group = group
    self.places = places
    (kind, purpose) = (proposition.kind, proposition.purpose)
    self.availability = availability
    self.weights = weights
    self.levers = levers
    self.eligibility = eligibility
    self.applicability = applicability
    self.suitability = suitability
    id = proposition.id
    isMandatory = proposition.isMandatory
    isDue = proposition.isMandatory || proposition.kind == .service
    startProbability = proposition.startProbability
    valueMinor = proposition.valueMinor
    costMinor = proposition.costMinor
    maxCpaMinor = proposition.maxCpaMinor
    limits = proposition.limits ?? []
    takesUnitPerContact = proposition.takesUnitPerContact
  }

  /// Of making the offer once, in a contact of that cost; one that the customer began is there anyway, and has none.
  func offerCostMinor(_ contactCostMinor: Int64) -> Int64 { costMinor + contactCostMinor }
}

/// Rules that ask the same, and most rules of a large portfolio do, share a test: it is made once, and asked once a contact.
struct CompiledRule: Sendable {
  let name: String
  /// Index into the catalogue's tests.
  let test: Int
}

struct CompiledWeight: Sendable {
  let weight: ContextWeight
  let predicate: Predicate
}
