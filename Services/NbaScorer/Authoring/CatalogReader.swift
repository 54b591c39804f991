import Contracts

/// Reads the sections of the file into the catalogue. What they must keep to beyond their form is the catalogue's own to
/// say (`Catalog.mistakes`); only the channels are the file's alone.
struct CatalogReader {
  let top: Section
  let notes: MistakeNotes
  /// Channels are declared, since a misspelt one would be shown nowhere and be missed by nobody.
  private(set) var channels: [String] = []

  init(top: Section, notes: MistakeNotes) {
    self.top = top
    self.notes = notes
  }

  static let listMax = 5_000

  mutating func read() -> Catalog {
    var catalog = Catalog(version: "", appliedMs: 0, name: top.text("name"), currency: top.text("currency"))
    if top.says("language") { catalog.language = top.choice("language", of: Language.self) }
    notes.language = catalog.language ?? .english
    channels = readChannels()
    let customers = AttributeReader(top)
    catalog.attributes = customers.attributes()
    catalog.segments = customers.segments()
    catalog.conditions = top.sections("conditions", fields: ["name", "when"], max: Self.listMax).map { section in
      NamedCondition(name: section.text("name"), when: section.predicate())
    }
    let sections = top.sections(
      "propositions", fields: PropositionReader.fields, max: Catalog.propositionsMax, isRequired: true)
    catalog.propositions = sections.map { PropositionReader($0, channels: channels).read() }
    oneIssueEach(catalog.propositions, sections)
    catalog.contextWeights = contextWeights()
    let business = BusinessReader(top, channels: channels)
    catalog.contactPolicy = business.contactPolicy()
    catalog.contactCosts = business.contactCosts()
    catalog.controlGroups = business.controlGroups()
    catalog.levers = business.levers()
    catalog.exclusions = business.exclusions()
    catalog.fallback = top.sections("fallback", fields: ["channel", "propositions"], max: 100).map { section in
      FallbackList(
        channel: section.channel("channel", among: channels),
        propositions: section.texts("propositions", max: NbaList.itemsMax, isRequired: true).map(\.text))
    }
    return catalog
  }

  private func readChannels() -> [String] {
    var channels: [String: Int] = [:]
    for (channel, line) in top.texts("channels", max: 100, isRequired: true) where !channel.isEmpty {
      if let reason = CatalogNames.mistake(inId: channel) { notes.add(line, "channels", reason) }
      if let first = channels[channel] {
        notes.add(line, "channels", "\(channel) is there twice, first on line \(first)")
      } else {
        channels[channel] = line
      }
    }
    return channels.keys.sorted()
  }

  /// What is said of a group, and what is weighed by it, is said of one business question.
  private func oneIssueEach(_ propositions: [Proposition], _ sections: [Section]) {
    var first: [String: Int] = [:]
    for (index, proposition) in propositions.enumerated() {
      guard !proposition.group.isEmpty, !proposition.issue.isEmpty, let other = first[proposition.group] else {
        first[proposition.group] = index
        continue
      }
      guard propositions[other].issue != proposition.issue else { continue }
      sections[index].tell(
        "issue",
        "the group \(proposition.group) is \(propositions[other].issue)'s, first on line \(sections[other].line(of: "group"))"
          + ": a group has one issue")
    }
  }

  private func contextWeights() -> [ContextWeight] {
    let fields = ["name", "title", "when", "issue", "group", "proposition", "factor"]
    return top.sections("contextWeights", fields: fields, max: Self.listMax).map { section in
      let (title, titles) = section.optionalLocalText("title")
      var weight = ContextWeight(
        name: section.text("name"), when: section.predicate(), issue: section.optionalText("issue"),
        group: section.optionalText("group"), proposition: section.optionalText("proposition"),
        factor: section.number("factor", default: nil), title: title)
      weight.titles = titles
      return weight
    }
  }
}
