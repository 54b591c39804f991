import Contracts

// Why a proposition is not on the list, as a sentence. The rule's name stays what it is known by; this is what people
// read.

extension Portfolio {
  package func refusal(_ candidate: Candidate) -> String? {
    guard let drop = candidate.drop else { return nil }
    let compiled = catalog.propositions[candidate.index]
    let proposition = compiled.proposition
    switch drop.stage {
    case .validity:
      if let exclusion = compiled.exclusion { return "Taken out at once: \(exclusion.reason)" }
      return Self.invalid[drop.rule] ?? Words.sentence(drop.rule)
    case .eligibility: return unmet(drop.rule, proposition.eligibility)
    case .applicability: return unmet(drop.rule, proposition.applicability)
    case .suitability: return unmet(drop.rule, proposition.suitability)
    case .consent: return consentRefusal(drop.rule)
    case .contactPolicy: return restRefusal(drop.rule)
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

  private func restRefusal(_ rule: String) -> String {
    if rule.hasPrefix("prefers-") { return "Wants to be approached by \(Words.plain(String(rule.dropFirst(8)))) only" }
    if rule.hasPrefix("blocked-after-") {
      return "Was approached by \(Words.plain(String(rule.dropFirst(14)))) not long ago"
    }
    return Self.resting[rule] ?? Words.sentence(rule)
  }

  private func consentRefusal(_ rule: String) -> String {
    let prefixes = [
      ("no-consent-to-", "Has not agreed to"), ("opted-out-of-\(Consent.topic(""))", "Does not want to hear of"),
      ("opted-out-of-", "Has said no to"),
    ]
    for (prefix, words) in prefixes where rule.hasPrefix(prefix) {
      return "\(words) \(Words.plain(String(rule.dropFirst(prefix.count))))"
    }
    return Words.sentence(rule)
  }

  private func worthRefusal(_ rule: String, _ compiled: CompiledProposition, _ candidate: Candidate) -> String {
    switch rule {
    case "not-worth-its-cost":
      let worth = Words.money(candidate.probability * Double(compiled.valueMinor), catalog.catalog.currency)
      let cost = Words.money(Double(offerCostMinor(compiled)), catalog.catalog.currency)
      return "Expected to bring \(worth), which is less than the \(cost) that offering it costs"
    case "costs-too-much-per-acquisition":
      let cpa = Double(offerCostMinor(compiled)) / max(candidate.probability, 1e-9)
      let most = Words.money(Double(compiled.maxCpaMinor ?? 0), catalog.catalog.currency)
      return "One acceptance is expected to cost \(Words.money(cpa, catalog.catalog.currency)), more than \(most)"
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
    "no-treatment-for-placement": "Has nothing to show at this place of the channel",
  ]

  private static let resting = [
    "open-lead": "Is being bought already, or something of its kind", "rest-after-acceptance": "Was accepted lately",
    "rest-after-rejection": "Was declined lately", "presentations-per-period": "Was shown often enough for now",
    "rest-after-ignored": "Was shown often lately, and never answered",
    "group-rest-after-rejection": "Things of its kind were declined lately",
    "group-rest-after-ignored": "Things of its kind were shown often lately, and never answered",
    "contacts-per-period": "Was approached often enough in this channel for now",
    "channel-presentations-per-period": "Was shown enough in this channel for now",
  ]
}

extension Words {
  /// `37.00 EUR`, of so many hundredths.
  static func money(_ minor: Double, _ currency: String) -> String {
    let cents = Int64(min(max(minor.rounded(), -1e15), 1e15))
    let rest = abs(cents % 100)
    return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest) \(currency)"
  }
}
