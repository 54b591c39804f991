import Contracts

/// The stages that say yes or no, from validity to contact policy. Every no has the name of its rule.
struct Gates {
  let answers: Answers
  let pressure: ContactPressure
  let situation: Situation

  init(_ catalog: CompiledCatalog, _ situation: Situation) {
    answers = catalog.queries.answers(situation)
    pressure = ContactPressure(
      catalog.catalog.contactPolicy, view: situation.view, contact: situation.contact, nowMs: situation.nowMs)
    self.situation = situation
  }

  func drop(_ compiled: CompiledProposition) -> Drop? {
    if let rule = invalidity(compiled) { return Drop(.validity, rule) }
    if let rule = broken(compiled.eligibility) { return Drop(.eligibility, rule) }
    if let rule = broken(compiled.applicability) { return Drop(.applicability, rule) }
    if let rule = broken(compiled.suitability) { return Drop(.suitability, rule) }
    if let rule = missingConsent(compiled.proposition) { return Drop(.consent, rule) }
    if let rule = pressure.refusal(proposition: compiled.id, group: compiled.proposition.group) {
      return Drop(.contactPolicy, rule)
    }
    return nil
  }

  private func invalidity(_ compiled: CompiledProposition) -> String? {
    if compiled.proposition.isPaused { return "paused" }
    if let from = compiled.proposition.validFromMs, situation.nowMs < from { return "not-yet-valid" }
    if let until = compiled.proposition.validUntilMs, situation.nowMs >= until { return "no-longer-valid" }
    if !compiled.proposition.isInStock { return "out-of-stock" }
    return compiled.isShown(in: situation.contact.channel) ? nil : "no-treatment-for-channel"
  }

  private func broken(_ rules: [CompiledRule]) -> String? {
    for rule in rules where !rule.predicate.holds(answers) { return rule.name }
    return nil
  }

  /// A purpose needs a yes. Besides, who said no to personal offers gets none on any legal basis, and who said no to a
  /// channel is not approached in it; he may still come by it.
  private func missingConsent(_ proposition: Proposition) -> String? {
    let view = situation.view
    if let purpose = proposition.purpose, view.consent(purpose)?.isGiven != true { return "no-consent-to-\(purpose)" }
    if proposition.kind == .offer, view.consent(Self.personalOffers)?.isGiven == false {
      return "opted-out-of-\(Self.personalOffers)"
    }
    guard situation.contact.direction == "outbound" else { return nil }
    let channel = situation.contact.channel
    let purpose = channel == "call-centre" ? "phone" : channel
    return view.consent(purpose)?.isGiven == false ? "opted-out-of-\(purpose)" : nil
  }

  private static let personalOffers = "personal-offers"
}
