import Contracts

// Why a proposition is not on the list, as a sentence. The rule's name stays what it is known by; this is what people
// read.

extension Portfolio {
  package func refusal(_ candidate: Candidate, _ language: Language = .english) -> String? {
    guard let drop = candidate.drop else { return nil }
    let words = Words(language: language)
    let compiled = catalog.propositions[candidate.index]
    let proposition = compiled.proposition
    switch drop.stage {
    case .validity:
      if let reason = compiled.availability.exclusion {
        return "\(words.say("Taken out at once", "Per direct uitgesloten")): \(reason)"
      }
      return words.known(drop.rule)
    case .eligibility: return unmet(drop.rule, proposition.eligibility, words)
    case .applicability: return unmet(drop.rule, proposition.applicability, words)
    case .suitability: return unmet(drop.rule, proposition.suitability, words)
    case .consent: return consentRefusal(drop.rule, words)
    case .contactPolicy: return restRefusal(drop.rule, proposition.id, words)
    case .propensity, .arbitration: return worthRefusal(drop.rule, compiled, candidate, words)
    case .constraints:
      guard drop.rule == "one-per-group" else { return words.known(drop.rule) }
      let other = ranked.first { catalog.propositions[$0].group == compiled.group }
      let known = other.map { catalog.propositions[$0].proposition.name(in: language) }
      let name = known ?? words.say("another one", "een ander")
      return words.say(
        "Of its kind one is enough: \(name) is on the list", "Van deze soort is één genoeg: \(name) staat op de lijst")
    }
  }

  /// Of a rule that is the scorer's own.
  package static func sentence(of rule: String, _ language: Language) -> String {
    Words(language: language).known(rule)
  }

  private func unmet(_ name: String, _ rules: [Rule], _ words: Words) -> String {
    let title = rules.first { $0.name == name }.map(words.title) ?? Words.plain(name)
    return "\(words.say("Not met", "Voldoet niet aan")): \(title)"
  }

  private func restRefusal(_ rule: String, _ proposition: String, _ words: Words) -> String {
    if rule == "rest-after-acceptance", let since = sinceAcceptance(of: proposition, words) { return since }
    if let channel = rule.after("prefers-") {
      return words.say("Wants to be approached by \(channel) only", "Wil alleen via \(channel) benaderd worden")
    }
    if let channel = rule.after("blocked-after-") {
      return words.say("Was approached by \(channel) not long ago", "Is kort geleden via \(channel) benaderd")
    }
    return words.known(rule)
  }

  /// What became of the acceptance from which he rests; nil: nothing else than what he wanted.
  private func sinceAcceptance(of proposition: String, _ words: Words) -> String? {
    let offers = situation.view.offers.filter { $0.proposition == proposition }
    guard let acceptedMs = offers.compactMap(\.lastAcceptedMs).max() else { return nil }
    let leads = situation.view.leads.filter { $0.proposition == proposition }
    if let last = leads.max(by: { ($0.openedMs, $0.changedMs) < ($1.openedMs, $1.changedMs) }), last.status == "lost",
      last.changedMs >= acceptedMs
    {
      return words.say(
        "Was accepted lately, and nothing came of it", "Is onlangs geaccepteerd, maar er is niets van gekomen")
    }
    guard offers.contains(where: { $0.lastRejectedMs ?? .min > acceptedMs }) else { return nil }
    return words.say("Was accepted lately, and declined since", "Is onlangs geaccepteerd, en daarna afgewezen")
  }

  private func consentRefusal(_ rule: String, _ words: Words) -> String {
    if let purpose = rule.after("no-consent-to-") {
      return words.say("Has not agreed to \(purpose)", "Heeft geen toestemming gegeven voor \(purpose)")
    }
    if let topic = rule.after("opted-out-of-\(Consent.topic(""))") {
      return words.say("Does not want to hear of \(topic)", "Wil niets horen over \(topic)")
    }
    if let purpose = rule.after("opted-out-of-") {
      return words.say("Has said no to \(purpose)", "Heeft nee gezegd tegen \(purpose)")
    }
    return Words.sentence(rule)
  }

  private func worthRefusal(
    _ rule: String, _ compiled: CompiledProposition, _ candidate: Candidate, _ words: Words
  ) -> String {
    func money(_ minor: Double) -> String { words.money(minor, catalog.catalog.currency) }
    let cost = Double(offerCostMinor(compiled))
    switch rule {
    case "not-worth-its-cost":
      let (worth, cost) = (money(candidate.probability * Double(compiled.valueMinor)), money(cost))
      return words.say(
        "Expected to bring \(worth), which is less than the \(cost) that offering it costs",
        "Brengt naar verwachting \(worth) op, minder dan de \(cost) die het aanbieden kost")
    case "costs-too-much-per-acquisition":
      let (each, most) = (money(cost / max(candidate.probability, 1e-9)), money(Double(compiled.maxCpaMinor ?? 0)))
      return words.say(
        "One acceptance is expected to cost \(each), more than \(most)",
        "Eén acceptatie kost naar verwachting \(each), meer dan \(most)")
    default: return words.known(rule)
    }
  }
}

extension String {
  /// What comes after that, as one reads it; nil: it doesn't begin so.
  fileprivate func after(_ prefix: String) -> String? {
    hasPrefix(prefix) ? Words.plain(String(dropFirst(prefix.count))) : nil
  }
}

extension Words {
  /// The sentence of a rule that is the scorer's own; of any other its name.
  fileprivate func known(_ rule: String) -> String {
    guard let texts = Self.rules[rule] else { return Self.sentence(rule) }
    return say(texts.english, texts.dutch)
  }

  private static let rules: [String: (english: String, dutch: String)] = [
    "paused": ("Paused in the catalogue", "Gepauzeerd in de catalogus"),
    "not-yet-valid": ("Its time has not come yet", "Nog niet geldig"),
    "no-longer-valid": ("Its time is over", "Niet meer geldig"),
    "out-of-stock": ("Out of stock", "Niet op voorraad"),
    "no-treatment-for-channel": (
      "Has nothing to show in this channel", "Heeft in dit kanaal niets te tonen"
    ),
    "no-treatment-for-placement": (
      "Has nothing to show at this place of the channel", "Heeft op deze plek van het kanaal niets te tonen"
    ),
    "open-lead": (
      "Is being bought already, or something of its kind", "Wordt al gekocht, of iets van dezelfde soort"
    ),
    "rest-after-acceptance": ("Was accepted lately", "Is onlangs geaccepteerd"),
    "rest-after-rejection": ("Was declined lately", "Is onlangs afgewezen"),
    "rest-after-ignored": (
      "Was shown often lately, and never answered", "Is de laatste tijd vaak getoond, zonder antwoord"
    ),
    "presentations-per-period": ("Was shown often enough for now", "Is voorlopig vaak genoeg getoond"),
    "group-rest-after-rejection": ("Things of its kind were declined lately", "Soortgelijks is onlangs afgewezen"),
    "group-rest-after-ignored": (
      "Things of its kind were shown often lately, and never answered",
      "Soortgelijks is de laatste tijd vaak getoond, zonder antwoord"
    ),
    "contacts-per-period": (
      "Was approached often enough in this channel for now", "Is via dit kanaal voorlopig vaak genoeg benaderd"
    ),
    "channel-presentations-per-period": (
      "Was shown enough in this channel for now", "Kreeg in dit kanaal voorlopig genoeg te zien"
    ),
    "too-improbable": ("Hardly anybody like this accepts it", "Bijna niemand zoals deze klant zegt ja"),
    "no-propensity": ("How probable it is could not be said", "Hoe waarschijnlijk het is, was niet te zeggen"),
    "weighs-nothing": (
      "A context weight or a lever of 0 takes it out", "Een contextgewicht of hefboom van 0 haalt het eruit"
    ),
    "no-priority": ("What it is worth could not be said", "Wat het waard is, was niet te zeggen"),
    "limit-reached": (
      "There is only so much of it, and all is given out", "Er is maar een beperkt aantal van, en dat is vergeven"
    ),
    "no-unit-yet": (
      "There is only so much of it, and whether some is left was not known in time",
      "Er is maar een beperkt aantal van, en of er nog iets van is, was niet op tijd bekend"
    ),
    "list-length": ("The list is full: what is on it ranks higher", "De lijst is vol: wat erop staat, gaat voor"),
  ]
}
