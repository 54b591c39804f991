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
    func compile(_ source: String, _ place: String) -> DecidedPredicate? {
      do throws(PredicateErrors) { return try DecidedPredicate(source, scope) } catch { fail(place, error) }
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

  /// What refers to itself, over others or not: where it stands, and what is wrong with it; nil: nothing does.
  func circle(in catalog: Catalog) -> (place: String, error: PredicateError)? {
    guard let path = circle() else { return nil }
    let attribute = catalog.attributes.firstIndex { Self.path(attribute: $0.name) == path[0] }
    let segment = catalog.segments?.firstIndex { Self.path(segment: $0.name) == path[0] }
    return (
      attribute.map { "attributes[\($0)]" } ?? segment.map { "segments[\($0)]" } ?? "attributes",
      PredicateError(0, "refers to itself: \(path.joined(separator: " → "))")
    )
  }

  private static func path(attribute name: String) -> String { "customer.\(name)" }
  private static func path(segment name: String) -> String { "in_segment(\"\(name)\")" }

  private func circle() -> [String]? {
    var questions: [String: [Query]] = [:]
    for (name, attribute) in decided { questions[Self.path(attribute: name)] = attribute.queries }
    for (name, segment) in segments { questions[Self.path(segment: name)] = segment.queries.queries }
    var finished: Set<String> = []
    func walk(_ name: String, _ path: [String]) -> [String]? {
      if let start = path.firstIndex(of: name) { return Array(path[start...]) + [name] }
      guard !finished.contains(name), let queries = questions[name] else { return nil }
      for query in queries {
        let next =
          switch query {
          case .customerAttribute(let other): Self.path(attribute: other)
          case .inSegment(let other): Self.path(segment: other)
          default: ""
          }
        if let circle = walk(next, path + [name]) { return circle }
      }
      finished.insert(name)
      return nil
    }
    for name in questions.keys.sorted() {
      if let circle = walk(name, []) { return circle }
    }
    return nil
  }
}
