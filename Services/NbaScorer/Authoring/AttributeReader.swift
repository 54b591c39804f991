import Contracts

/// Reads what is said about customers: attributes, said by others, computed from events or decided by cases; and segments.
struct AttributeReader {
  private let top: Section

  init(_ top: Section) { self.top = top }

  static let fields = [
    "name", "title", "scope", "type", "values", "take", "of", "event", "where", "over", "halfLife", "version", "cases",
    "otherwise", "conflict", "sources", "mayDecide",
  ]

  func attributes() -> [AttributeDeclaration] {
    top.sections("attributes", fields: Self.fields, max: 500).map { section in
      var attribute =
        section.has("take") ? computed(section) : section.has("cases") ? decided(section) : said(section)
      (attribute.title, attribute.titles) = section.optionalLocalText("title")
      if section.says("mayDecide") { attribute.mayDecide = section.flag("mayDecide", default: true) }
      return attribute
    }
  }

  func segments() -> [Segment]? {
    guard top.has("segments") else { return nil }
    return top.sections("segments", fields: ["name", "title", "when"], max: Catalog.segmentsMax).map { section in
      let (title, titles) = section.optionalLocalText("title")
      var segment = Segment(name: section.text("name"), when: section.predicate(), title: title)
      segment.titles = titles
      return segment
    }
  }

  private func said(_ section: Section) -> AttributeDeclaration {
    refuse(["of", "event", "where", "over", "halfLife", "version"], in: section, "take is missing: how it is computed")
    refuse(["otherwise"], in: section, "cases are missing")
    var attribute = AttributeDeclaration(
      name: section.text("name"), kind: section.choice("type", of: AttributeDeclaration.Kind.self) ?? .string,
      scope: section.choice("scope", of: AttributeDeclaration.Scope.self) ?? .contact,
      values: section.texts("values", max: 1_000).map(\.text))
    if section.says("conflict") { attribute.conflict = section.choice("conflict", of: ConflictRule.self) }
    if section.has("sources") { attribute.sources = section.texts("sources", max: 100).map(\.text) }
    return attribute
  }

  private func computed(_ section: Section) -> AttributeDeclaration {
    refuse(["cases", "otherwise"], in: section, "it is computed already, by take")
    refuse(["conflict", "sources"], in: section, "nobody says it: it is computed")
    var computation = Computation(
      section.choice("take", of: Computation.Operation.self) ?? .count, event: section.text("event"))
    computation.of = section.optionalText("of")
    computation.matching = section.section("where", fields: ComputedField.names)?.matches() ?? []
    if section.says("over") {
      if section.optionalText("over") != "lifetime" { computation.windowMs = section.duration("over") }
    }
    if section.says("halfLife") { computation.halfLifeMs = section.duration("halfLife") }
    var attribute = AttributeDeclaration(
      section.text("name"), computation, version: Int(section.integer("version", default: 1)))
    add(section, to: &attribute)
    return attribute
  }

  private func decided(_ section: Section) -> AttributeDeclaration {
    refuse(
      ["of", "event", "where", "over", "halfLife", "version", "conflict", "sources"], in: section,
      "it is decided by its cases")
    let cases = section.sections("cases", fields: ["value", "when"], max: 50, isRequired: true).map { one in
      AttributeCase(one.text("value"), when: one.predicate())
    }
    var attribute = AttributeDeclaration(
      section.text("name"), cases: cases, otherwise: section.optionalText("otherwise"))
    add(section, to: &attribute)
    return attribute
  }

  private func refuse(_ names: [String], in section: Section, _ reason: String) {
    for name in names where section.has(name) { section.fail(name, reason) }
  }

  /// What is said of it beside how it comes about; whether that fits, the catalogue's own check says.
  private func add(_ section: Section, to attribute: inout AttributeDeclaration) {
    attribute.values = section.texts("values", max: 1_000).map(\.text)
    if section.says("scope"), let scope = section.choice("scope", of: AttributeDeclaration.Scope.self) {
      attribute.scope = scope
    }
    if section.says("type"), let kind = section.choice("type", of: AttributeDeclaration.Kind.self) {
      attribute.kind = kind
    }
  }
}

extension Section {
  /// `90m`, `12h`, `30d`, in milliseconds; 0 after a mistake.
  fileprivate func duration(_ name: String) -> Int64 {
    let text = text(name)
    guard !text.isEmpty else { return 0 }
    let units: [Character: Int64] = ["m": 60_000, "h": Computation.hourMs, "d": Computation.dayMs]
    guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()), (1...100_000) ~= number
    else {
      fail(name, "\(text) is no duration: 90m, 12h, 30d, or lifetime")
      return 0
    }
    return number * unit
  }

  fileprivate func matches() -> [FieldMatch] {
    ComputedField.names.filter { says($0) }.map { FieldMatch($0, text($0)) }
  }
}
