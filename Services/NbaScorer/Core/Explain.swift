import Contracts

/// A past decision derived again: the whole portfolio, with rank or the stage and rule of its drop.
package struct Explanation: Sendable {
  package struct Entry: Sendable {
    package var proposition: String
    package var name: String
    package var issue: String
    package var group: String
    package var rank: Int?
    package var drop: Drop?
    /// The drop as a sentence, and why it is listed: for the agent, weightiest first.
    package var refusal: String?
    package var reasons: [String]
    /// What it is expected to be, and what stood for it in the priority, which may be a draw: nil where it dropped out
    /// before.
    package var probability: Double?
    package var propensity: Double?
    package var modelVersion: Int64?
    /// What other channels' models knew of it.
    package var siblings: [ModelReference]
    package var contextWeight: Double?
    package var contexts: [String]
    package var valueMinor: Int64?
    package var lever: Double?
    /// The names of the levers in it.
    package var levers: [String]
    package var priority: Double?
    package var drivers: [Feature]
  }

  /// Ranked ones first, then those that came furthest.
  package var entries: [Entry]
  /// The list as it is derived again, but for what no decision is about: which of its contact's lists it is (`version`) is
  /// the decision's record, and after which event (`cause`) the published list's own word.
  package var list: NbaList
  /// Where it differs from the published one; empty: they are equal.
  package var differences: [String]
  /// Of its words.
  package var language: Language
  let portfolio: Portfolio

  /// How a proposition fared, for the auditor: every rule, number, version and draw, stage by stage.
  package func audit(_ proposition: String) -> [String] {
    guard let index = portfolio.catalog.index(of: proposition) else { return [] }
    return portfolio.audit(portfolio.candidates[index], language)
  }
}

package struct ExplanationError: Error, CustomStringConvertible {
  package var description: String
}

/// Derives a decision again from its record and the catalogue of its version. Promised for the same build. `mint` has the
/// secret under which the list's id was made: with it the id is derived too, from contact, version and what is on the list;
/// nil: it is the one that was recorded. `language` is of the words beside the list; the list itself is in its own.
package func explain(
  _ decision: NbaDecision, catalog: Catalog, published: NbaList? = nil, mint: IdMint? = nil,
  language: Language = .english
) throws -> Explanation {
  try explain(decision, catalog: CompiledCatalog(catalog), published: published, mint: mint, language: language)
}

/// The same for who has many to derive.
package func explain(
  _ decision: NbaDecision, catalog compiled: CompiledCatalog, published: NbaList? = nil, mint: IdMint? = nil,
  language: Language = .english
) throws -> Explanation {
  let catalog = compiled.catalog
  guard catalog.version == decision.catalogVersion else {
    throw ExplanationError(
      description: "the decision was made with catalogue \(decision.catalogVersion), this is \(catalog.version)")
  }
  guard decision.propensities.left == 0 else {
    let all = Int64(decision.propensities.propositions.count) + decision.propensities.left
    throw ExplanationError(
      description: "its record had no room for \(decision.propensities.left) of \(all) propensities")
  }
  let view = CustomerView(decision.profile)
  guard let contactView = view.contact(decision.contact) else {
    throw ExplanationError(description: "the recorded profile has no contact \(decision.contact)")
  }
  let situation = Situation(
    view: view, contact: contactView.contact, nowMs: decision.atMs, currency: catalog.currency,
    knownNamespaces: decision.settings.knownNamespaces, definitions: compiled.definitions)
  let portfolio = Portfolio(
    compiled, situation, decision.settings, .recorded(decision.propensities.records), group: decision.group,
    units: decision.units.map(Units.init))
  let items = portfolio.listed.items
  let id = mint?.list(contact: decision.contact, version: decision.version, items: items.map(\.proposition))
  let list = portfolio.list(
    id: id ?? decision.list, version: decision.version, cause: published?.cause, items: items)
  return Explanation(
    entries: portfolio.entries(language), list: list, differences: published.map { differences(list, $0) } ?? [],
    language: language, portfolio: portfolio)
}

extension Portfolio {
  /// Ranked ones first, then those that came furthest.
  package func entries(_ language: Language = .english) -> [Explanation.Entry] {
    func place(_ candidate: Candidate) -> (Int, Int, String) {
      let stage = candidate.drop?.stage.place ?? Stage.allCases.count
      return (candidate.rank ?? .max, -stage, catalog.propositions[candidate.index].proposition.id)
    }
    return candidates.sorted { place($0) < place($1) }.map { candidate in
      let proposition = catalog.propositions[candidate.index].proposition
      let isPredicted = candidate.prediction != nil
      let isArbitrated = candidate.isArbitrated
      return Explanation.Entry(
        proposition: proposition.id, name: proposition.name(in: language), issue: proposition.issue,
        group: proposition.group,
        rank: candidate.rank, drop: candidate.drop, refusal: refusal(candidate, language),
        reasons: candidate.rank == nil ? [] : reasonTexts(candidate, language),
        probability: isPredicted ? candidate.probability : nil,
        propensity: isPredicted ? candidate.propensity : nil,
        modelVersion: isPredicted ? candidate.modelVersion : nil,
        siblings: candidate.siblings.map { $0.reference(proposition.id) },
        contextWeight: isArbitrated ? candidate.contextWeight : nil, contexts: contexts(candidate).map(\.name),
        valueMinor: isArbitrated ? candidate.valueMinor : nil, lever: isArbitrated ? candidate.lever : nil,
        levers: levers(candidate).map(\.name),
        priority: isArbitrated ? candidate.priority : nil,
        drivers: candidate.drivers)
    }
  }
}

private func differences(_ derived: NbaList, _ published: NbaList) -> [String] {
  var differences: [String] = []
  func compare<Value: Equatable>(_ what: String, _ a: Value, _ b: Value) {
    if a != b { differences.append("\(what): derived \(a), published \(b)") }
  }
  compare("id", derived.id, published.id)
  compare("version", derived.version, published.version)
  compare("catalogue", derived.catalogVersion, published.catalogVersion)
  compare("control group", derived.controlGroup, published.controlGroup)
  compare("considered", derived.considered, published.considered)
  compare("dropped", derived.dropped, published.dropped)
  compare("propositions", derived.items.map(\.proposition), published.items.map(\.proposition))
  for (one, other) in zip(derived.items, published.items) where one != other && one.proposition == other.proposition {
    compare("\(one.proposition): probability", one.probability, other.probability)
    compare("\(one.proposition): priority", one.priority, other.priority)
    compare("\(one.proposition): treatment", one.treatment, other.treatment)
    compare("\(one.proposition): reasons", one.reasons, other.reasons)
    compare("\(one.proposition): value", one.expectedValueMinor, other.expectedValueMinor)
  }
  if differences.isEmpty, derived != published { differences.append("the lists differ in their description") }
  return differences
}
