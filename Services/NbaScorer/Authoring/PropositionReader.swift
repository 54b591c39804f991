import Contracts

/// Reads one proposition with its treatments, rules and steps.
struct PropositionReader {
  private let section: Section
  private let channels: [String]

  static let fields = [
    "id", "name", "issue", "group", "kind", "validFrom", "validUntil", "paused", "mandatory", "inStock", "limits",
    "purpose",
    "priceMinor", "valueMinor", "costMinor", "maxCpaMinor", "marginPercent", "startProbability", "treatments",
    "eligibility", "applicability", "suitability", "steps",
  ]

  init(_ section: Section, channels: [String]) {
    self.section = section
    self.channels = channels
  }

  func read() -> Proposition {
    let (name, names) = section.localText("name")
    var proposition = Proposition(
      id: section.text("id"), name: name, issue: section.text("issue"), group: section.text("group"),
      kind: section.choice("kind", of: Proposition.Kind.self) ?? .offer)
    proposition.names = names
    proposition.validFromMs = section.date("validFrom")
    proposition.validUntilMs = section.date("validUntil")
    proposition.isPaused = section.flag("paused", default: false)
    proposition.isMandatory = section.flag("mandatory", default: false)
    proposition.isInStock = section.flag("inStock", default: true)
    proposition.limits = limits()
    proposition.purpose = section.optionalText("purpose")
    if section.says("priceMinor") { proposition.priceMinor = section.integer("priceMinor", default: 0) }
    if section.says("maxCpaMinor") { proposition.maxCpaMinor = section.integer("maxCpaMinor", default: 0) }
    proposition.valueMinor = section.integer("valueMinor", default: 0)
    proposition.costMinor = section.integer("costMinor", default: 0)
    if section.says("marginPercent") { proposition.marginPercent = section.number("marginPercent", default: 100) }
    proposition.startProbability = section.number("startProbability", default: proposition.startProbability)
    proposition.treatments = treatments()
    proposition.eligibility = rules("eligibility")
    proposition.applicability = rules("applicability")
    proposition.suitability = rules("suitability")
    proposition.steps = StepReader(section, channels: channels).read()
    return proposition
  }

  private func limits() -> [PropositionLimit]? {
    guard section.has("limits") else { return nil }
    return section.sections("limits", fields: ["max", "per", "of"], max: 100).map { limit in
      PropositionLimit(
        max: limit.requiredInteger("max"), per: limit.choice("per", of: PropositionLimit.Period.self) ?? .ever,
        of: limit.choice("of", of: PropositionLimit.Measure.self) ?? .acceptances)
    }
  }

  private func treatments() -> [Treatment] {
    let fields = ["channel", "placement", "headline", "body", "callToAction"]
    return section.sections("treatments", fields: fields, max: 100, isRequired: true).map { treatment in
      Treatment(
        channel: treatment.channel("channel", among: channels), headline: treatment.text("headline"),
        body: treatment.text("body"), callToAction: treatment.text("callToAction"),
        placement: treatment.optionalText("placement"))
    }
  }

  private func rules(_ stage: String) -> [Rule] {
    section.sections(stage, fields: ["name", "title", "when"], max: 100).map { rule in
      let (title, titles) = rule.optionalLocalText("title")
      var read = Rule(name: rule.text("name"), when: rule.predicate(), title: title)
      read.titles = titles
      return read
    }
  }
}
