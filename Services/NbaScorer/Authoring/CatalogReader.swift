import Contracts
import NbaScorerCore

/// Reads the sections of the file into the catalogue, and checks what each says by itself and about the others.
struct CatalogReader {
  let top: Section
  let notes: MistakeNotes
  /// Channels are declared, since a misspelt one would be shown nowhere and be missed by nobody.
  private(set) var channels: [String] = []
  private var known = KnownNames()

  init(top: Section, notes: MistakeNotes) {
    self.top = top
    self.notes = notes
  }

  static let listMax = 5_000

  mutating func read() -> Catalog {
    var catalog = Catalog(version: "", appliedMs: 0, name: top.text("name"), currency: currency())
    channels = readChannels()
    catalog.attributes = attributes()
    catalog.conditions = conditions()
    let sections = top.sections("propositions", fields: PropositionReader.fields, max: Self.listMax, isRequired: true)
    catalog.propositions = sections.map { section in
      let proposition = PropositionReader(section, channels: channels).read()
      unique(proposition.id, "id", section, &known.propositions)
      return proposition
    }
    catalog.contextWeights = contextWeights(catalog.propositions)
    catalog.contactPolicy = contactPolicy()
    catalog.fallback = fallback(catalog.propositions)
    return catalog
  }

  private struct KnownNames {
    var attributes: [String: Int] = [:]
    var conditions: [String: Int] = [:]
    var propositions: [String: Int] = [:]
    var weights: [String: Int] = [:]
    var fallback: [String: Int] = [:]
  }

  private func unique(_ name: String, _ field: String, _ section: Section, _ known: inout [String: Int]) {
    guard !name.isEmpty else { return }
    if let first = known[name] {
      section.fail(field, "\(name) is there twice, first on line \(first)")
    } else {
      known[name] = section.line(of: field)
    }
  }

  private func currency() -> String {
    let code = top.text("currency")
    let isCode = code.utf8.count == 3 && code.utf8.allSatisfy { (65...90).contains($0) }
    if !code.isEmpty, !isCode { top.fail("currency", "\(code) is no currency: ISO 4217's three capitals, as EUR") }
    return code
  }

  private func readChannels() -> [String] {
    var channels: [String: Int] = [:]
    for (channel, line) in top.texts("channels", max: 100, isRequired: true) {
      if let reason = Names.mistake(inId: channel) { notes.add(line, "channels", reason) }
      if let first = channels[channel] {
        notes.add(line, "channels", "\(channel) is there twice, first on line \(first)")
      } else {
        channels[channel] = line
      }
    }
    return channels.keys.sorted()
  }

  private mutating func attributes() -> [AttributeDeclaration] {
    top.sections("attributes", fields: ["name", "scope", "type", "values"], max: 500).map { section in
      let name = section.text("name")
      let scope = section.choice("scope", of: AttributeDeclaration.Scope.self)
      let kind = section.choice("type", of: AttributeDeclaration.Kind.self)
      let values = section.texts("values", max: 1_000)
      if let reason = Names.mistake(inName: name) { section.fail("name", reason) }
      if let kind, kind != .string, section.has("values") {
        section.fail("values", "only an attribute of type string has values, this is a \(kind.rawValue)")
      }
      for (index, value) in values.enumerated() where values[..<index].contains(where: { $0.text == value.text }) {
        notes.add(value.line, section.path("values"), "\(value.text) is there twice")
      }
      if let scope, !name.isEmpty {
        let path = "\(scope.rawValue).\(name)"
        if PredicateScope.reservedPaths.contains(path) {
          section.fail("name", "\(path) is there already, for every customer or contact")
        }
        unique(path, "name", section, &known.attributes)
      }
      return AttributeDeclaration(
        name: name, kind: kind ?? .string, scope: scope ?? .contact, values: values.map(\.text))
    }
  }

  private mutating func conditions() -> [NamedCondition] {
    top.sections("conditions", fields: ["name", "when"], max: Self.listMax).map { section in
      let name = section.text("name")
      if let reason = Names.mistake(inName: name) { section.fail("name", reason) }
      unique(name, "name", section, &known.conditions)
      return NamedCondition(name: name, when: section.predicate())
    }
  }

  private mutating func contextWeights(_ propositions: [Proposition]) -> [ContextWeight] {
    let issues = Set(propositions.map(\.issue))
    let groups = Set(propositions.map(\.group))
    let ids = Set(propositions.map(\.id))
    let fields = ["name", "title", "when", "issue", "group", "proposition", "factor"]
    return top.sections("contextWeights", fields: fields, max: Self.listMax).map { section in
      let name = section.text("name")
      unique(name, "name", section, &known.weights)
      if !section.has("issue"), !section.has("group"), !section.has("proposition") {
        notes.add(section.line, section.place, "says neither issue, group nor proposition: what is it to weigh?")
      }
      return ContextWeight(
        name: name, when: section.predicate(), issue: section.reference("issue", "issue", among: issues),
        group: section.reference("group", "group", among: groups),
        proposition: section.reference("proposition", "proposition", among: ids),
        factor: section.number("factor", default: nil, in: 0...1_000), title: section.optionalText("title"))
    }
  }

  private func contactPolicy() -> ContactPolicy {
    let fields = ["presentationsMax", "presentationsDays", "rejectionsMax", "restDays", "acceptedRestDays"]
    var policy = ContactPolicy()
    guard let section = top.section("contactPolicy", fields: fields) else { return policy }
    func count(_ name: String, _ value: Int, from lower: Int64 = 1) -> Int {
      Int(section.integer(name, default: Int64(value), in: lower...100_000))
    }
    policy.presentationsMax = count("presentationsMax", policy.presentationsMax)
    policy.presentationsDays = count("presentationsDays", policy.presentationsDays)
    policy.rejectionsMax = count("rejectionsMax", policy.rejectionsMax)
    policy.restDays = count("restDays", policy.restDays, from: 0)
    policy.acceptedRestDays = count("acceptedRestDays", policy.acceptedRestDays, from: 0)
    return policy
  }

  private mutating func fallback(_ propositions: [Proposition]) -> [FallbackList] {
    let byId = Dictionary(propositions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return top.sections("fallback", fields: ["channel", "propositions"], max: 100).map { section in
      let channel = section.channel("channel", among: channels)
      unique(channel, "channel", section, &known.fallback)
      var seen: Set<String> = []
      let ids = section.texts("propositions", max: 100, isRequired: true)
      for (id, line) in ids {
        let place = section.path("propositions")
        guard let proposition = byId[id] else {
          notes.add(line, place, "there is no proposition \(id)\(Suggestion.text(for: id, among: byId.keys))")
          continue
        }
        if !seen.insert(id).inserted { notes.add(line, place, "\(id) is there twice") }
        if channels.contains(channel), !proposition.treatments.contains(where: { $0.channel == channel }) {
          notes.add(line, place, "\(id) has no treatment for \(channel), so it can't be shown there")
        }
      }
      return FallbackList(channel: channel, propositions: ids.map(\.text))
    }
  }
}
