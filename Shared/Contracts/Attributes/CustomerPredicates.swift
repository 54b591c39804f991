/// What a catalogue says about customers by predicates, compiled: the cases of decided attributes, and the segments.
struct CustomerPredicates: Sendable {
  private(set) var decided: [String: DecidedAttribute] = [:]
  private(set) var segments: [String: DecidedPredicate] = [:]

  /// Throws the first mistake.
  init(_ catalog: Catalog) throws(PredicateErrors) {
    var first: PredicateErrors?
    self.init(catalog) { _, errors in first = first ?? errors }
    if let first { throw first }
  }

  /// Tells every mistake with the place of its predicate; what has one is left out.
  init(_ catalog: Catalog, fail: (String, PredicateErrors) -> Void) {
    let scope = PredicateScope(catalog).withoutContact
    var wordsRead = 0
    func compile(_ source: String, _ place: String) -> DecidedPredicate? {
      // Each reads the conditions that it refers to for itself.
      guard wordsRead <= PredicateSize.allStepsMax else { return nil }
      defer {
        if wordsRead > PredicateSize.allStepsMax { fail(place, PredicateErrors([.tooMuchInAll])) }
      }
      do throws(PredicateErrors) { return try DecidedPredicate(source, scope, &wordsRead) } catch { fail(place, error) }
      return nil
    }
    for (index, attribute) in catalog.attributes.enumerated() {
      guard let cases = attribute.cases else { continue }
      let compiled = cases.enumerated().compactMap { number, one in
        compile(one.when, "attributes[\(index)].cases[\(number)].when").map {
          (value: AttributeValue.string(one.value), predicate: $0)
        }
      }
      decided[attribute.name] = DecidedAttribute(cases: compiled, otherwise: attribute.otherwise.map { .string($0) })
    }
    for (index, segment) in (catalog.segments ?? []).enumerated() {
      segments[segment.name] = compile(segment.when, "segments[\(index)].when")
    }
  }
}

/// What the definitions of customers ask of each other, and so what it takes to answer them: every time that one asks
/// another, it is answered anew.
struct DefinitionSizes {
  private let predicates: CustomerPredicates
  private var known: [Definition: PredicateSize] = [:]

  /// How many steps all of them take together.
  private(set) var steps = 0

  private enum Definition: Hashable {
    case attribute(String)
    case segment(String)

    var word: String {
      switch self {
      case .attribute(let name): "customer.\(name)"
      case .segment(let name): "in_segment(\"\(name)\")"
      }
    }
  }

  init(_ predicates: CustomerPredicates) { self.predicates = predicates }

  /// The first that refers to itself, or takes too much, in the order of their names: where it stands, and what is wrong.
  mutating func mistake(in catalog: Catalog) -> (place: String, error: PredicateError)? {
    let attributes = predicates.decided.keys.sorted().map { Definition.attribute($0) }
    for definition in attributes + predicates.segments.keys.sorted().map({ .segment($0) }) {
      do throws(Tangle) {
        steps += try size(definition, []).steps
        if steps > PredicateSize.allStepsMax { throw Tangle(definition, .tooMuchInAll) }
      } catch {
        return (place(of: error.definition, in: catalog), error.error)
      }
    }
    return nil
  }

  private struct Tangle: Error {
    let definition: Definition
    let error: PredicateError

    init(_ definition: Definition, _ error: PredicateError) { (self.definition, self.error) = (definition, error) }
  }

  /// `path` is how one came to it.
  private mutating func size(_ definition: Definition, _ path: [Definition]) throws(Tangle) -> PredicateSize {
    if let size = known[definition] { return size }
    if let start = path.firstIndex(of: definition) {
      let circle = (path[start...] + [definition]).map(\.word).joined(separator: " → ")
      throw Tangle(definition, PredicateError(0, "refers to itself: \(circle)"))
    }
    var (size, queries) = own(definition)
    // Before it is followed: what is read comes from anybody, and is never followed further than this.
    if path.count > PredicateSize.levelsMax { throw tooDeep(path[0]) }
    for query in queries {
      let other: Definition
      switch query {
      case .customerAttribute(let name) where predicates.decided[name] != nil: other = .attribute(name)
      case .inSegment(let name) where predicates.segments[name] != nil: other = .segment(name)
      default: continue
      }
      let its = try self.size(other, path + [definition])
      size.steps += its.steps
      size.levels = max(size.levels, its.levels + 1)
      if size.levels > PredicateSize.levelsMax { throw tooDeep(definition) }
      if size.steps > PredicateSize.allStepsMax { throw Tangle(definition, .tooMuchInAll) }
    }
    known[definition] = size
    return size
  }

  private func tooDeep(_ definition: Definition) -> Tangle {
    Tangle(definition, PredicateError(0, "refers to others deeper than \(PredicateSize.levelsMax) levels"))
  }

  /// Without what it asks.
  private func own(_ definition: Definition) -> (PredicateSize, [Query]) {
    switch definition {
    case .attribute(let name):
      let attribute = predicates.decided[name]
      return (PredicateSize(steps: attribute?.steps ?? 0), attribute?.queries ?? [])
    case .segment(let name):
      let segment = predicates.segments[name]
      return (PredicateSize(steps: segment?.steps ?? 0), segment?.queries.queries ?? [])
    }
  }

  private func place(of definition: Definition, in catalog: Catalog) -> String {
    switch definition {
    case .attribute(let name):
      catalog.attributes.firstIndex { $0.scope == .customer && $0.name == name }.map { "attributes[\($0)]" }
        ?? "attributes"
    case .segment(let name): catalog.segments?.firstIndex { $0.name == name }.map { "segments[\($0)]" } ?? "segments"
    }
  }
}

extension PredicateError {
  /// Told at the first that is too much.
  static var tooMuchInAll: PredicateError {
    PredicateError(
      0, "what the catalogue asks of a customer takes more than \(PredicateSize.allStepsMax) steps up to here")
  }
}
