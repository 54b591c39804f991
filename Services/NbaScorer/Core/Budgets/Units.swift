import Contracts

/// What a decision knows of the propositions of which there is only so much over all customers.
package struct Units: Sendable, Equatable {
  /// Propositions of which this contact has a unit.
  package var granted: Set<String> = []
  /// Propositions of which there is nothing left for it.
  package var reached: Set<String> = []
  /// What takes a unit, and has none yet, is not listed. Else it is, to see whether one is wanted.
  package var isWithholding = false

  package init() {}

  /// As a decision records it.
  init(_ record: DecisionUnits) {
    granted = Set(record.granted)
    reached = Set(record.reached)
    isWithholding = record.isWithholding
  }

  /// The rule that keeps it off the list; nil: none does.
  func refusal(_ compiled: CompiledProposition) -> String? {
    if reached.contains(compiled.id) { return "limit-reached" }
    return isWithholding && wants(compiled) ? "no-unit-yet" : nil
  }

  /// Whether it takes a unit to be listed, and there is none yet.
  func wants(_ compiled: CompiledProposition) -> Bool {
    compiled.takesUnitPerContact && !granted.contains(compiled.id)
  }
}

/// The budgets as a scorer holds them: what is said to be left, which may be a moment old, and by the limits that its own
/// catalogue has.
package struct BudgetBook: Sendable {
  private var budgets: [String: Budget] = [:]

  package init() {}

  package mutating func take(_ budget: Budget) { budgets[budget.proposition] = budget }

  /// Whether nothing is left by that measure. Of a limit that was just changed that is not known before somebody asks.
  func isReached(_ compiled: CompiledProposition, _ measure: PropositionLimit.Measure, at ms: Int64) -> Bool {
    guard let reached = budgets[compiled.id]?.reached(measure, at: ms) else { return false }
    return compiled.limits.contains(reached)
  }

  /// For somebody who has no unit yet, if this catalogue came into force now: a limit that it changes goes on from what was
  /// taken, and a new one begins with nothing. nil: nothing in it is limited.
  package func units(by catalog: CompiledCatalog, at ms: Int64) -> Units? {
    guard !catalog.limited.isEmpty else { return nil }
    var units = Units()
    for index in catalog.limited {
      let compiled = catalog.propositions[index]
      guard compiled.limits.contains(where: { $0.max <= taken(compiled.id, by: $0, at: ms) }) else { continue }
      units.reached.insert(compiled.id)
    }
    return units
  }

  private func taken(_ proposition: String, by limit: PropositionLimit, at ms: Int64) -> Int64 {
    let count = budgets[proposition]?.counts.first { $0.limit.of == limit.of && $0.limit.per == limit.per }
    guard let count, limit.per.startMs(at: ms) <= count.sinceMs else { return 0 }
    return count.taken
  }

  /// For a contact that has asked for these units. nil: nothing in the catalogue is limited. One that was moved here may
  /// have units that are not known here, so it asks even where nothing is left.
  func units(_ asked: [ScoredUnit], _ catalog: CompiledCatalog, at ms: Int64, isMoved: Bool) -> Units? {
    guard !catalog.limited.isEmpty else { return nil }
    var units = Units()
    for index in catalog.limited {
      let compiled = catalog.propositions[index]
      let unit = asked.first { $0.proposition == compiled.id }
      if unit?.status == .granted { units.granted.insert(compiled.id) }
      let isTaken =
        compiled.takesUnitPerContact
        && (unit?.status == .refused || unit == nil && !isMoved && isReached(compiled, .contacts, at: ms))
      if isTaken || isReached(compiled, .acceptances, at: ms) { units.reached.insert(compiled.id) }
    }
    return units
  }
}
