import Contracts
import NbaScorerCore

/// The tests beside a catalogue as people write them: YAML, as the demonstration's `deploy/demo/catalog.tests.yaml`. Like
/// the catalogue they are taken whole or refused whole, with every mistake that is in them.
package enum CatalogCaseFile {
  /// `catalog.yaml` has its tests in `catalog.tests.yaml`.
  package static func path(beside catalog: String) -> String {
    for ending in [".yaml", ".yml"] where catalog.hasSuffix(ending) {
      return "\(catalog.dropLast(ending.count)).tests\(ending)"
    }
    return "\(catalog).tests.yaml"
  }

  /// What propositions, attributes and channels there are, the catalogue says.
  package static func read(
    text: String, for catalog: Catalog, namespaces: Namespaces = .standard
  ) throws(CatalogMistakes) -> [CatalogCase] {
    guard text.utf8.count <= Catalog.bytesMax else {
      let reason = "is too large: the text has \(text.utf8.count) bytes, more than \(Catalog.bytesMax)"
      throw CatalogMistakes([CatalogMistake(line: 1, place: "", reason: reason)])
    }
    let root = try CatalogText.root(text)
    let notes = MistakeNotes()
    let top = Section(root, place: "", notes: notes, fields: ["now", "cases"])
    let nowMs = top.date("now") ?? CatalogCase.standardNowMs
    let fields = ["name", "now", "given", "contact", "expect"]
    let sections = top.sections("cases", fields: fields, max: CatalogCase.casesMax, isRequired: true)
    let reader = CaseReader(catalog: catalog, namespaces: namespaces)
    var names: [String: Int] = [:]
    let cases = sections.map { section in
      let one = reader.read(section, nowMs: nowMs)
      if let first = names.updateValue(one.line, forKey: one.name), !one.name.isEmpty {
        section.fail("name", "\(one.name) is there twice, first on line \(first)")
      }
      return one
    }
    guard notes.mistakes.isEmpty else {
      // A field that several events are made of is read for each of them.
      throw CatalogMistakes(
        notes.mistakes.reduce(into: []) { told, mistake in
          if !told.contains(mistake) { told.append(mistake) }
        })
    }
    return cases
  }
}

/// Reads one case: the customer, his contact, and what is expected.
struct CaseReader {
  let catalog: Catalog
  let namespaces: Namespaces

  func read(_ section: Section, nowMs: Int64) -> CatalogCase {
    let nowMs = section.date("now") ?? nowMs
    var one = CatalogCase(name: section.text("name"), line: section.line, nowMs: nowMs)
    let given = section.section("given", fields: ["identifiers", "attributes", "consents", "did"])
    let people = identifiers(given)
    let contact = section.requiredSection("contact", fields: ContactReader.fields).map {
      ContactReader($0, self, people, nowMs: nowMs)
    }
    let start = contact?.start
    var events =
      given?.sections("did", fields: nil, max: CatalogCase.eventsMax).enumerated().flatMap { index, event in
        CaseEventReader(event, self, people, index: index, nowMs: nowMs, start: start).read()
      } ?? []
    // What is known of him from the first on is known when he is first seen.
    let firstMs = (events.map(\.atMs) + [start?.atMs ?? nowMs]).min() ?? nowMs
    events = known(given, people, atMs: firstMs) + (contact?.event.map { [$0] } ?? []) + events
    one.events = events.enumerated().sorted { ($0.element.atMs, $0.offset) < ($1.element.atMs, $1.offset) }
      .map(\.element)
    if one.events.count > CatalogCase.eventsMax {
      section.fail("given", "\(one.events.count) events are more than \(CatalogCase.eventsMax)")
    }
    expectations(section, &one)
    return one
  }

  /// Who is known by what tells customers best: by a customer number, unless the deployment has none.
  private var somebody: [Identifier] {
    (namespaces.known.first ?? namespaces.all.first?.name).map { [Identifier($0, "case")] } ?? []
  }

  private func identifiers(_ given: Section?) -> [Identifier] {
    let texts = given?.texts("identifiers", max: Interaction.identifiersMax) ?? []
    let identifiers = texts.enumerated().compactMap { index, text -> Identifier? in
      guard !text.text.isEmpty else { return nil }
      let place = "identifiers[\(index)]"
      guard let identifier = Identifier(key: text.text), !identifier.value.isEmpty else {
        given?.fail(place, "\(text.text) is no identifier: <namespace>:<value>, as cookie:1")
        return nil
      }
      if namespaces[identifier.namespace] == nil {
        let hint = Suggestion.text(for: identifier.namespace, among: namespaces.all.map(\.name))
        given?.fail(place, "there is no namespace \(identifier.namespace)\(hint)")
        return nil
      }
      return identifier
    }
    return identifiers.isEmpty ? somebody : namespaces.byStrength(identifiers)
  }

  /// Attributes and consents, as records and events say them.
  private func known(_ given: Section?, _ people: [Identifier], atMs: Int64) -> [CatalogCase.Event] {
    guard let given else { return [] }
    var events: [CatalogCase.Event] = []
    if let section = given.section("attributes", fields: nil) {
      let values = values(section, .customer)
      let data = CaseData(people) { writer in
        writer.key("attributes")
        values.write(to: &writer)
      }
      if !values.isEmpty { events.append(data.event(.customerRecorded, given.line(of: "attributes"), atMs: atMs)) }
    }
    if let section = given.section("consents", fields: nil) {
      for purpose in section.names {
        let data = CaseData(people) { writer in
          writer.field("channel", "web")
          writer.field("purpose", purpose)
        }
        let type: EventType = section.flag(purpose, default: true) ? .consentGiven : .consentWithdrawn
        events.append(data.event(type, section.line(of: purpose), atMs: atMs))
      }
    }
    return events
  }

  /// Values of declared attributes, each of its type.
  func values(_ section: Section, _ scope: AttributeDeclaration.Scope) -> NamedValues {
    let declared = catalog.attributes.filter { $0.scope == scope }
    var values = NamedValues()
    for name in section.names {
      guard let attribute = declared.first(where: { $0.name == name }) else {
        let hint = Suggestion.text(for: name, among: declared.map(\.name))
        section.fail(name, "the catalogue declares no attribute \(name) of the \(scope.rawValue)\(hint)")
        continue
      }
      if attribute.computation != nil {
        section.fail(name, "is computed from what he did: say that, under did")
        continue
      }
      if attribute.cases != nil {
        section.fail(name, "is decided by its cases: say what they ask")
        continue
      }
      switch attribute.kind {
      case .string:
        let text = section.text(name)
        if !text.isEmpty, !attribute.values.isEmpty, !attribute.values.contains(text) {
          let hint = Suggestion.text(for: text, among: attribute.values)
          section.fail(name, "\(text) is none of \(attribute.values.joined(separator: ", "))\(hint)")
        }
        values[name] = .string(text)
      case .number: values[name] = .number(section.number(name, default: 0))
      case .bool: values[name] = .bool(section.flag(name, default: true))
      }
    }
    return values
  }

  // MARK: What is expected

  private func expectations(_ section: Section, _ one: inout CatalogCase) {
    guard let expect = section.requiredSection("expect", fields: ["list", "whole", "dropped"]) else { return }
    for (index, text) in expect.texts("list", max: NbaList.itemsMax).enumerated() {
      check(text.text, "list[\(index)]", expect)
      if one.expected.contains(where: { $0.proposition == text.text }), !text.text.isEmpty {
        expect.notes.tell(text.line, expect.path("list[\(index)]"), "\(text.text) is there twice")
      }
      one.expected.append(CatalogCase.Expected(proposition: text.text, line: text.line))
    }
    if expect.flag("whole", default: false) { one.wholeLine = expect.line(of: "whole") }
    let dropped = expect.section("dropped", fields: nil)
    if let dropped {
      for name in dropped.names { drop(name, dropped, &one) }
    }
    if one.expected.isEmpty, dropped?.names.isEmpty ?? true, one.wholeLine == nil,
      !expect.notes.isBroken(expect.path("list"))
    {
      section.fail("expect", "expects nothing: a list, that it is the whole list, or what has dropped out")
    }
  }

  private func drop(_ name: String, _ dropped: Section, _ one: inout CatalogCase) {
    check(name, name, dropped)
    if one.expected.contains(where: { $0.proposition == name }) {
      dropped.fail(name, "\(name) can't be on the list and drop out")
    }
    if let drop = drop(name, dropped) { one.dropped.append(drop) }
  }

  private func check(_ proposition: String, _ field: String, _ section: Section) {
    guard !proposition.isEmpty, catalog.proposition(proposition) == nil else { return }
    let hint = Suggestion.text(for: proposition, among: catalog.propositions.map(\.id))
    section.fail(field, "there is no proposition \(proposition)\(hint)")
  }

  /// A stage; or a stage and the rule by which it drops out there.
  private func drop(_ proposition: String, _ section: Section) -> CatalogCase.ExpectedDrop? {
    let line = section.line(of: proposition)
    guard section.hasFields(proposition), let ruled = section.section(proposition, fields: nil) else {
      return section.choice(proposition, of: Stage.self).map {
        CatalogCase.ExpectedDrop(proposition: proposition, stage: $0, rule: nil, line: line)
      }
    }
    guard ruled.names.count == 1, let name = ruled.names.first else {
      section.fail(proposition, "takes one stage with its rule, has \(ruled.names.count)")
      return nil
    }
    guard let stage = Stage(rawValue: name) else {
      let stages = Stage.allCases.map(\.rawValue)
      let hint = Suggestion.text(for: name, among: stages)
      ruled.fail(name, "\(name) is none of \(stages.joined(separator: ", "))\(hint)")
      return nil
    }
    let rule = ruled.text(name)
    if let rules = rules(of: proposition, stage), !rules.contains(rule), !rule.isEmpty {
      let hint = Suggestion.text(for: rule, among: rules)
      ruled.fail(name, "\(proposition) has no rule \(rule) for its \(name)\(hint)")
    }
    return CatalogCase.ExpectedDrop(proposition: proposition, stage: stage, rule: rule, line: ruled.line(of: name))
  }

  /// Of the stages whose rules the catalogue names; nil: the others, whose rules are the suite's.
  private func rules(of proposition: String, _ stage: Stage) -> [String]? {
    guard let proposition = catalog.proposition(proposition) else { return nil }
    return switch stage {
    case .eligibility: proposition.eligibility.map(\.name)
    case .applicability: proposition.applicability.map(\.name)
    case .suitability: proposition.suitability.map(\.name)
    case .validity, .consent, .contactPolicy, .propensity, .arbitration, .constraints: nil
    }
  }
}
