import CatalogAuthoring
import Contracts
import NbaScorerCore

/// Tries a catalogue on the cases of the file beside it: each customer is made by his events, and decided for as in
/// operation, only that no model has learned anything, nothing is drawn, and nothing is given out yet of what is limited.
///
/// Cases are about rules that last. An emergency exclusion does not, and has to be applied at once, without writing what is
/// expected of everybody anew: so it counts only for a case that expects it.
package struct CaseTrial {
  private let catalog: CompiledCatalog
  /// With what is excluded.
  private let excluding: CompiledCatalog
  private let namespaces: Namespaces
  private let suite: RehearsedSuite

  /// What did not come out as it was expected, on the line that expects it.
  package struct Failure: Sendable, Equatable {
    package var line: Int
    package var name: String
    package var reason: String
  }

  /// `catalog` is one in which nothing is wrong; its computed attributes have counted from the beginning.
  package init(_ catalog: Catalog, namespaces: Namespaces = .standard) throws {
    var catalog = catalog
    if catalog.version.isEmpty { catalog.version = "0-test" }
    for index in catalog.attributes.indices { catalog.attributes[index].definedMs = nil }
    excluding = try CompiledCatalog(catalog)
    catalog.exclusions = nil
    self.catalog = try CompiledCatalog(catalog)
    self.namespaces = namespaces
    suite = try RehearsedSuite(catalog: catalog, secret: CatalogCase.secret, namespaces: namespaces)
  }

  package func failures(_ cases: [CatalogCase]) -> [Failure] { cases.flatMap(failures) }

  /// Runs the tests in a file's text. Throws what is wrong with the text.
  package static func run(
    text: String, for catalog: Catalog, namespaces: Namespaces
  ) throws -> (cases: Int, failures: [Failure]) {
    let cases = try CatalogCaseFile.read(text: text, for: catalog, namespaces: namespaces)
    return (cases.count, try CaseTrial(catalog, namespaces: namespaces).failures(cases))
  }

  package func failures(_ one: CatalogCase) -> [Failure] {
    suite.clear()
    let catalog = one.dropped.contains { $0.rule == Gates.exclusionRule } ? excluding : self.catalog
    func failure(_ line: Int, _ reason: String) -> Failure { Failure(line: line, name: one.name, reason: reason) }
    for (index, event) in one.events.enumerated() {
      do {
        try suite.say(event.type, key: event.key, id: "event-\(index)", try data(event), atMs: event.atMs)
      } catch {
        return [failure(event.line, "\(event.type.shortName) is refused: \(error)")]
      }
    }
    do { try suite.advance(to: one.nowMs) } catch { return [failure(one.line, "\(error)")] }
    let found = suite.customers.lazy.compactMap { state -> (CustomerView, ContactView)? in
      let view = CustomerView(state)
      return view.contact(CatalogCase.contact).flatMap { $0.facet == nil ? nil : (view, $0) }
    }.first
    guard let (view, contact) = found else { return [failure(one.line, "the contact is nobody's")] }
    guard !contact.isEnded else {
      let end = contact.contact.endReason == "abandoned" ? "he was silent for too long" : "it was ended"
      return [failure(one.line, "there is no list, because the contact is over: \(end)")]
    }
    var settings = ScoringSettings(isSampling: false)
    // What is expected is the full ranking, whichever group a made-up customer would be in.
    settings.usesControlGroups = false
    settings.knownNamespaces = namespaces.known
    let situation = Situation(
      view: view, contact: contact.contact, nowMs: one.nowMs, currency: catalog.catalog.currency,
      knownNamespaces: settings.knownNamespaces, definitions: catalog.definitions)
    let units = BudgetBook().units(by: catalog, at: one.nowMs)
    let outcome = CaseOutcome(Portfolio(catalog, situation, settings, .models(ModelSet()), units: units))
    return outcome.complaints(one).map { failure($0.line, $0.reason) }
  }

  private func data(_ event: CatalogCase.Event) throws -> [UInt8] {
    guard event.answersLastTask else { return event.data }
    guard let task = suite.lastTask else { throw RehearsedSuite.Broken(description: "nobody was asked for a task") }
    var interaction = try Interaction.decode(type: event.type, data: event.data, namespaces: nil)
    interaction.task = task
    return interaction.json
  }
}

/// What came out, held against what was expected.
struct CaseOutcome {
  private let portfolio: Portfolio
  private let listed: [String]

  init(_ portfolio: Portfolio) {
    self.portfolio = portfolio
    listed = portfolio.ranked.map { portfolio.catalog.propositions[$0].id }
  }

  func complaints(_ one: CatalogCase) -> [(line: Int, reason: String)] {
    var complaints: [(line: Int, reason: String)] = []
    for (index, expected) in one.expected.enumerated() {
      let id = expected.proposition
      guard listed.indices.contains(index) ? listed[index] != id : true else { continue }
      var reason = "expected \(id) at rank \(index + 1); it \(whereabouts(id))"
      // Who is at its place is worth telling only where both are on the list.
      if listed.indices.contains(index), listed.contains(id) {
        reason += "; at rank \(index + 1) is \(listed[index]), \(weight(listed[index]))"
      }
      complaints.append((expected.line, reason))
    }
    if let line = one.wholeLine, listed.count > one.expected.count {
      let more = listed.dropFirst(one.expected.count).joined(separator: ", ")
      complaints.append((line, "expected nothing more on the list; after rank \(one.expected.count) come \(more)"))
    }
    for drop in one.dropped where !isDropped(drop) {
      let rule = drop.rule.map { ": \($0)" } ?? ""
      complaints.append(
        (
          drop.line,
          "expected \(drop.proposition) to drop out at \(drop.stage.rawValue)\(rule); it \(whereabouts(drop.proposition))"
        ))
    }
    return complaints
  }

  private func isDropped(_ expected: CatalogCase.ExpectedDrop) -> Bool {
    guard let drop = candidate(expected.proposition)?.drop else { return false }
    return drop.stage == expected.stage && (expected.rule == nil || expected.rule == drop.rule)
  }

  private func candidate(_ proposition: String) -> Candidate? {
    portfolio.catalog.propositions.first { $0.id == proposition }.map { portfolio.candidates[$0.index] }
  }

  private func whereabouts(_ proposition: String) -> String {
    guard let candidate = candidate(proposition) else { return "is not in the catalogue" }
    guard let drop = candidate.drop else {
      return "is at rank \(candidate.rank ?? 0), \(weight(proposition))"
    }
    let sentence = portfolio.refusal(candidate).map { " (\($0))" } ?? ""
    return "dropped out at \(drop.stage.rawValue): \(drop.rule)\(sentence)"
  }

  /// What it is ranked by, with what that is made of.
  private func weight(_ proposition: String) -> String {
    guard let candidate = candidate(proposition) else { return "" }
    let names = portfolio.contexts(candidate).map(\.name)
    let contexts = names.isEmpty ? "" : " of \(names.joined(separator: ", "))"
    let lever = candidate.lever == 1 ? "" : " × lever \(Self.short(candidate.lever))"
    return "priority \(Self.short(candidate.priority)): probability \(Self.short(candidate.probability))"
      + " × context \(Self.short(candidate.contextWeight))\(contexts) × value \(max(1, candidate.valueMinor))\(lever)"
  }

  private static func short(_ number: Double) -> String {
    let scale: Double = abs(number) >= 100 ? 1 : abs(number) >= 1 ? 100 : 10_000
    return AttributeValue.number((number * scale).rounded() / scale).description
  }
}
