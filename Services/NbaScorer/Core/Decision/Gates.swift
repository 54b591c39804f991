import Contracts

/// The stages that say yes or no, from validity to contact policy. Every no has the name of its rule.
struct Gates {
  let answers: Answers
  let pressure: ContactPressure
  let situation: Situation

  init(_ catalog: CompiledCatalog, _ situation: Situation) {
    let policy = catalog.catalog.contactPolicy
    answers = catalog.queries.answers(situation)
    pressure = ContactPressure(
      policy, view: situation.view, contact: situation.contact, nowMs: situation.nowMs,
      preferredChannel: policy.preferredChannel.flatMap { name in
        if case .string(let channel)? = situation.definitions.value(name, situation) { channel } else { nil }
      },
      group: { catalog.group(of: $0) })
    self.situation = situation
  }

  func drop(_ compiled: CompiledProposition) -> Drop? {
    if let rule = invalidity(compiled) { return Drop(.validity, rule) }
    if let rule = broken(compiled.eligibility) { return Drop(.eligibility, rule) }
    if let rule = broken(compiled.applicability) { return Drop(.applicability, rule) }
    if let rule = broken(compiled.suitability) { return Drop(.suitability, rule) }
    if let rule = missingConsent(compiled.proposition) { return Drop(.consent, rule) }
    let rule = pressure.refusal(
      proposition: compiled.id, group: compiled.proposition.group, isService: compiled.isService)
    return rule.map { Drop(.contactPolicy, $0) }
  }

  private func invalidity(_ compiled: CompiledProposition) -> String? {
    if compiled.exclusion != nil { return "emergency-exclusion" }
    if compiled.proposition.isPaused { return "paused" }
    if let from = compiled.proposition.validFromMs, situation.nowMs < from { return "not-yet-valid" }
    if let until = compiled.proposition.validUntilMs, situation.nowMs >= until { return "no-longer-valid" }
    if !compiled.proposition.isInStock { return "out-of-stock" }
    if compiled.treatment(situation.contact) != nil { return nil }
    let channel = situation.contact.channel
    return compiled.proposition.treatments.contains { $0.channel == channel }
      ? "no-treatment-for-placement" : "no-treatment-for-channel"
  }

  private func broken(_ rules: [CompiledRule]) -> String? {
    for rule in rules where !rule.predicate.holds(answers) { return rule.name }
    return nil
  }

  /// A purpose needs a yes. Besides, who said no to personal offers gets none on any legal basis, who said no to a topic
  /// hears of it where it serves him only, and who said no to a channel is not approached in it; he may still come by it.
  private func missingConsent(_ proposition: Proposition) -> String? {
    let view = situation.view
    if let purpose = proposition.purpose, view.consent(purpose)?.isGiven != true { return "no-consent-to-\(purpose)" }
    if proposition.kind == .offer, view.consent(Self.personalOffers)?.isGiven == false {
      return "opted-out-of-\(Self.personalOffers)"
    }
    if !view.consents.isEmpty, proposition.kind != .service {
      for topic in [proposition.group, proposition.issue].map(Consent.topic) where view.consent(topic)?.isGiven == false
      {
        return "opted-out-of-\(topic)"
      }
    }
    guard situation.contact.direction == "outbound" else { return nil }
    let channel = situation.contact.channel
    let purpose = channel == "call-centre" ? "phone" : channel
    return view.consent(purpose)?.isGiven == false ? "opted-out-of-\(purpose)" : nil
  }

  private static let personalOffers = "personal-offers"
}
