import Contracts

// Why a proposition is not on the list, as a sentence. The rule's name stays what it is known by; this is what people
// read.

extension Portfolio {
  package func refusal(_ candidate: Candidate) -> String? {
    guard let drop = candidate.drop else { return nil }
    let compiled = catalog.propositions[candidate.index]
    let proposition = compiled.proposition
    switch drop.stage {
    case .validity: return Self.invalid[drop.rule] ?? Words.sentence(drop.rule)
    case .eligibility: return unmet(drop.rule, proposition.eligibility)
    case .applicability: return unmet(drop.rule, proposition.applicability)
    case .suitability: return unmet(drop.rule, proposition.suitability)
    case .consent: return consentRefusal(drop.rule)
    case .contactPolicy: return Self.resting[drop.rule] ?? Words.sentence(drop.rule)
    case .propensity, .arbitration: return worthRefusal(drop.rule, compiled, candidate)
    case .constraints:
      if drop.rule == "list-length" { return "The list is full: what is on it ranks higher" }
      let other = ranked.first { catalog.propositions[$0].group == compiled.group }
      let name = other.map { catalog.propositions[$0].proposition.name } ?? "another one"
      return "Of its kind one is enough: \(name) is on the list"
    }
  }

  private func unmet(_ name: String, _ rules: [Rule]) -> String {
    "Not met: \(rules.first { $0.name == name }.map(Words.title) ?? Words.plain(name))"
  }

  private func consentRefusal(_ rule: String) -> String {
    for (prefix, words) in [("no-consent-to-", "Has not agreed to"), ("opted-out-of-", "Has said no to")]
    where rule.hasPrefix(prefix) {
      return "\(words) \(Words.plain(String(rule.dropFirst(prefix.count))))"
    }
    return Words.sentence(rule)
  }

  private func worthRefusal(_ rule: String, _ compiled: CompiledProposition, _ candidate: Candidate) -> String {
    switch rule {
    case "not-worth-its-cost":
      let worth = Words.money(candidate.probability * Double(compiled.valueMinor), catalog.catalog.currency)
      let cost = Words.money(Double(compiled.costMinor), catalog.catalog.currency)
      return "Expected to bring \(worth), which is less than the \(cost) that offering it costs"
    case "too-improbable": return "Hardly anybody like this accepts it"
    case "weighs-nothing": return "A context weight or a lever of 0 takes it out"
    case "no-propensity": return "How probable it is could not be said"
    default: return Words.sentence(rule)
    }
  }

  private static let invalid = [
    "paused": "Paused in the catalogue", "not-yet-valid": "Its time has not come yet",
    "no-longer-valid": "Its time is over", "out-of-stock": "Out of stock",
    "no-treatment-for-channel": "Has nothing to show in this channel",
  ]

  private static let resting = [
    "open-lead": "Is being bought already, or something of its kind", "rest-after-acceptance": "Was accepted lately",
    "rest-after-rejection": "Was declined lately", "presentations-per-period": "Was shown often enough for now",
  ]
}

extension Words {
  /// `37.00 EUR`, of so many hundredths.
  static func money(_ minor: Double, _ currency: String) -> String {
    let cents = Int64(minor.rounded())
    let rest = abs(cents % 100)
    return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest) \(currency)"
  }
}
