import Contracts

/// Reads one proposition with its treatments, rules and steps.
struct PropositionReader {
  private let section: Section
  private let channels: [String]

  static let fields = [
    "id", "name", "issue", "group", "kind", "validFrom", "validUntil", "paused", "mandatory", "inStock", "purpose",
    "valueMinor", "costMinor", "startProbability", "lever", "treatments", "eligibility", "applicability",
    "suitability", "steps",
  ]

  init(_ section: Section, channels: [String]) {
    self.section = section
    self.channels = channels
  }

  func read() -> Proposition {
    var proposition = Proposition(
      id: section.id("id"), name: section.text("name"), issue: section.id("issue"), group: section.id("group"),
      kind: section.choice("kind", of: Proposition.Kind.self) ?? .offer)
    proposition.validFromMs = section.date("validFrom")
    proposition.validUntilMs = section.date("validUntil")
    if let from = proposition.validFromMs, let until = proposition.validUntilMs, until <= from {
      section.fail("validUntil", "is not after validFrom")
    }
    proposition.isPaused = section.flag("paused", default: false)
    proposition.isMandatory = section.flag("mandatory", default: false)
    proposition.isInStock = section.flag("inStock", default: true)
    proposition.purpose = section.optionalText("purpose")
    proposition.valueMinor = section.integer("valueMinor", default: 0, in: Self.money)
    proposition.costMinor = section.integer("costMinor", default: 0, in: Self.money)
    proposition.startProbability = section.number(
      "startProbability", default: proposition.startProbability, in: 0...1)
    proposition.lever = section.number("lever", default: 1, in: 0...1_000)
    proposition.treatments = treatments()
    proposition.eligibility = rules("eligibility")
    proposition.applicability = rules("applicability")
    proposition.suitability = rules("suitability")
    proposition.steps = StepReader(section, channels: channels).read()
    return proposition
  }

  /// Far more than anything is worth, and far from where sums would overflow.
  private static let money: ClosedRange<Int64> = 0...1_000_000_000_000

  private func treatments() -> [Treatment] {
    let fields = ["channel", "headline", "body", "callToAction"]
    var seen: Set<String> = []
    return section.sections("treatments", fields: fields, max: 100, isRequired: true).map { treatment in
      let channel = treatment.channel("channel", among: channels)
      if !channel.isEmpty, !seen.insert(channel).inserted {
        treatment.fail("channel", "\(channel) has a treatment already")
      }
      return Treatment(
        channel: channel, headline: treatment.text("headline"), body: treatment.text("body"),
        callToAction: treatment.text("callToAction"))
    }
  }

  private func rules(_ stage: String) -> [Rule] {
    var seen: Set<String> = []
    return section.sections(stage, fields: ["name", "title", "when"], max: 100).map { rule in
      let name = rule.text("name")
      if !name.isEmpty, !seen.insert(name).inserted { rule.fail("name", "\(name) is there twice") }
      return Rule(name: name, when: rule.predicate(), title: rule.optionalText("title"))
    }
  }
}
