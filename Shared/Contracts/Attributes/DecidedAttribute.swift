// What is decided about a customer by predicates over himself, whatever contact he is in.

/// A predicate with the questions that it asks, so that it can also say when its answer may change.
final class DecidedPredicate: Sendable {
  let queries: QueryTable
  private let predicate: Predicate

  /// `wordsRead` grows by what was read for it, its conditions among it, whether it can be used or not.
  init(_ source: String, _ scope: PredicateScope, _ wordsRead: inout Int) throws(PredicateErrors) {
    var compiler = PredicateCompiler(scope: scope)
    defer { wordsRead += compiler.wordsRead }
    predicate = try compiler.compile(source)
    queries = compiler.queries
  }

  /// Without what it asks of other attributes and segments.
  var steps: Int { predicate.size.steps }

  func holds(_ situation: Situation) -> Bool { predicate.holds(queries.answers(situation)) }

  func nextChangeMs(_ situation: Situation) -> Int64? {
    var next: Int64?
    for slot in queries.queries.indices {
      let ms = situation.nextChangeMs(queries.queries[slot], thresholds: queries.thresholds(slot))
      next = earliest(next, ms)
    }
    return next
  }
}

final class DecidedAttribute: Sendable {
  let cases: [(value: AttributeValue, predicate: DecidedPredicate)]
  let otherwise: AttributeValue?

  init(cases: [(value: AttributeValue, predicate: DecidedPredicate)], otherwise: AttributeValue?) {
    self.cases = cases
    self.otherwise = otherwise
  }

  func value(_ situation: Situation) -> AttributeValue? {
    holding(situation).map { cases[$0].value } ?? otherwise
  }

  /// The first case that holds, by its place.
  func holding(_ situation: Situation) -> Int? { cases.firstIndex { $0.predicate.holds(situation) } }

  func nextChangeMs(_ situation: Situation) -> Int64? {
    cases.reduce(nil) { earliest($0, $1.predicate.nextChangeMs(situation)) }
  }

  var queries: [Query] { cases.flatMap { $0.predicate.queries.queries } }

  var steps: Int { cases.reduce(0) { $0 + $1.predicate.steps } }
}

/// nil: never.
func earliest(_ one: Int64?, _ other: Int64?) -> Int64? {
  guard let one, let other else { return one ?? other }
  return min(one, other)
}

extension Situation {
  /// The next time at which the answer may be another without any event. `thresholds` are the numbers that it is compared
  /// with; nil: anything may be made of it.
  func nextChangeMs(_ query: Query, thresholds: [Double]?) -> Int64? {
    switch query {
    case .customerAttribute(let name): definitions.nextChangeMs(name, self, thresholds: thresholds)
    case .inSegment(let name): definitions.nextChangeMs(ofSegment: name, self)
    case .daysSinceLastOrder: crossing(lastOrderMs, thresholds)
    case .daysSinceFirstSeen: crossing(view.firstSeenMs > 0 ? view.firstSeenMs : nil, thresholds)
    case .daysSinceInterest(let category): crossing(view.interest(category)?.lastMs, thresholds)
    case .contactAttribute, .channel, .placement, .intent, .direction, .isIdentified, .hasIdentifier, .orderCount,
      .orderAmountMinor, .interest, .count, .offered, .hasOpenLead, .hasWonLead, .hasConsent, .hasRefused,
      .relationCount, .related, .role:
      nil
    }
  }

  private func crossing(_ sinceMs: Int64?, _ thresholds: [Double]?) -> Int64? {
    sinceMs.flatMap { Clockwork.nextCrossing(sinceMs: $0, nowMs: nowMs, days: thresholds) }
  }
}
