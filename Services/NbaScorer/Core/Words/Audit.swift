import Contracts

// The auditor's voice: how one proposition fared, stage by stage, with every rule, number, version and draw that it came
// from. What the agent reads is in `Reasons.swift`; both are derived from the same portfolio.

extension Portfolio {
  package func audit(_ candidate: Candidate, _ language: Language) -> [String] {
    let words = Words(language: language)
    let compiled = catalog.propositions[candidate.index]
    var lines = [gates(candidate, compiled, words)]
    if candidate.prediction != nil { lines += propensity(candidate, compiled, words) }
    if candidate.isArbitrated { lines.append(priority(candidate, compiled, words)) }
    if let drop = candidate.drop {
      let sentence = refusal(candidate, language).map { ": \($0)" } ?? ""
      let at = "\(drop.stage.rawValue), \(drop.rule)\(sentence)\(source(drop, compiled.proposition))"
      lines.append(words.say("Dropped out at \(at)", "Afgevallen bij \(at)"))
    } else if let rank = candidate.rank {
      lines.append(words.say("Rank \(rank)", "Plaats \(rank)"))
    }
    let version = catalog.catalog.version
    let group = controlGroup.rawValue
    lines.append(
      words.say("Catalogue \(version), control group \(group)", "Catalogus \(version), controlegroep \(group)"))
    return lines
  }

  /// The rules of each stage that held, by their names; the stages without rules of the catalogue's too.
  private func gates(_ candidate: Candidate, _ compiled: CompiledProposition, _ words: Words) -> String {
    let proposition = compiled.proposition
    var held: [String] = []
    for stage in Stage.allCases where stage != .propensity && stage != .arbitration && stage != .constraints {
      if stage == candidate.drop?.stage { break }
      let rules =
        switch stage {
        case .eligibility: proposition.eligibility.map(\.name)
        case .applicability: proposition.applicability.map(\.name)
        case .suitability: proposition.suitability.map(\.name)
        case .consent: [proposition.purpose].compactMap { $0 }
        default: [String]()
        }
      held.append(rules.isEmpty ? stage.rawValue : "\(stage.rawValue) (\(rules.joined(separator: ", ")))")
    }
    let none = words.say("none", "geen")
    return "\(words.say("Passed", "Doorstaan")): \(held.isEmpty ? none : held.joined(separator: ", "))"
  }

  private func propensity(_ candidate: Candidate, _ compiled: CompiledProposition, _ words: Words) -> [String] {
    guard let prediction = candidate.prediction else { return [] }
    let model =
      candidate.modelVersion == 0
      ? words.say(
        "no model yet, the catalogue's \(compiled.startProbability) to start with",
        "nog geen model, de \(compiled.startProbability) van de catalogus als begin")
      : words.say(
        "version \(candidate.modelVersion) of its model, after \(candidate.evidenceCount) outcomes",
        "versie \(candidate.modelVersion) van het model, na \(candidate.evidenceCount) uitkomsten")
    var lines = [
      words.say(
        "P \(Self.number(candidate.probability, 5)): log odds \(Self.number(prediction.mean, 4)), "
          + "variance \(Self.number(prediction.variance, 4)); \(model)",
        "P \(Self.number(candidate.probability, 5)): log-odds \(Self.number(prediction.mean, 4)), "
          + "variantie \(Self.number(prediction.variance, 4)); \(model)")
    ]
    if !candidate.siblings.isEmpty {
      let siblings = candidate.siblings.map { "\(compiled.id)/\($0.kind) v\($0.version) (\($0.evidenceCount))" }
        .joined(separator: ", ")
      lines.append(words.say("Also knows what was learned by \(siblings)", "Weet ook wat geleerd is door \(siblings)"))
    }
    if !candidate.drivers.isEmpty {
      let parts = candidate.drivers.map { "\($0.name) \($0.value < 0 ? "" : "+")\(Self.number($0.value, 4))" }
        .joined(separator: ", ")
      lines.append(words.say("Largest contributions: \(parts)", "Grootste bijdragen: \(parts)"))
    }
    if settings.isSampling, settings.usesPropensity {
      let drawn = Self.number(candidate.propensity, 5)
      let seed = "\(situation.contact.id)/\(compiled.id)"
      lines.append(words.say("Drawn \(drawn), with the seed \(seed)", "Getrokken \(drawn), met zaad \(seed)"))
    }
    return lines
  }

  private func priority(_ candidate: Candidate, _ compiled: CompiledProposition, _ words: Words) -> String {
    let value = Self.number(candidate.priority, settings.usesValue ? 2 : 5)
    if controlGroup == .randomEligible {
      let seed = "\(situation.contact.id)/\(compiled.id)"
      return words.say(
        "Priority \(value), a lot with the seed \(seed)", "Prioriteit \(value), een lot met zaad \(seed)")
    }
    var factors: [String] = []
    if settings.usesPropensity { factors.append("P \(Self.number(candidate.propensity, 5))") }
    if settings.usesContext {
      let names = names(contexts(candidate).map(\.name))
      factors.append("C \(Self.number(candidate.contextWeight, 4))\(names)")
    }
    if settings.usesValue { factors.append("V \(max(1, compiled.valueMinor))") }
    if settings.usesLevers {
      let names = names(levers(candidate).map(\.name))
      factors.append("L \(Self.number(candidate.lever, 4))\(names)")
    }
    return "\(words.say("Priority", "Prioriteit")) \(value) = \(factors.joined(separator: " × "))"
  }

  private func names(_ names: [String]) -> String { names.isEmpty ? "" : " (\(names.joined(separator: ", ")))" }

  /// The predicate that did not hold, as the catalogue has it.
  private func source(_ drop: Drop, _ proposition: Proposition) -> String {
    let rules: [Rule] =
      switch drop.stage {
      case .eligibility: proposition.eligibility
      case .applicability: proposition.applicability
      case .suitability: proposition.suitability
      default: []
      }
    return rules.first { $0.name == drop.rule }.map { " (\($0.when))" } ?? ""
  }

  /// With at most so many digits after the point.
  private static func number(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let rounded = abs(value) < 1e12 ? (value * scale).rounded() / scale : value
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
  }
}
