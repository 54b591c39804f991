import Contracts

/// The stages that say yes or no, from validity to contact policy. Every no has the name of its rule. What is the same for
/// every proposition is found out once: a copy of the customer for each of a thousand would cost more than asking him.
package struct Gates {
  /// What is taken out by one of the catalogue's exclusions drops out by it.
  package static let exclusionRule = "emergency-exclusion"

  let answers: Answers
  private let tests: [Predicate]
  /// Of each test whether it holds; nil: it was not asked yet.
  private var outcomes: [Bool?]
  private let pressure: ContactPressure
  private let nowMs: Int64
  /// What of each proposition is shown in the contact.
  private let showing: CompiledCatalog.Place
  /// What the contact policy says of each group, and which propositions he was ever offered.
  private let groups: [ContactPressure.OfGroup]
  private var offered: [Bool]
  private let consents: [Consent]
  /// Issues and groups that he wants to hear nothing of.
  private let refusedTopics: [String]
  private let refusesOffers: Bool
  /// Why he isn't approached in this channel at all.
  private let channelRefusal: String?

  init(_ catalog: CompiledCatalog, _ situation: Situation) {
    let policy = catalog.catalog.contactPolicy
    let (view, contact) = (situation.view, situation.contact)
    answers = catalog.queries.answers(situation)
    tests = catalog.tests
    outcomes = Array(repeating: nil, count: tests.count)
    let pressure = ContactPressure(
      policy, view: view, contact: contact, nowMs: situation.nowMs,
      preferredChannel: policy.preferredChannel.flatMap { name in
        if case .string(let channel)? = situation.definitions.value(name, situation) { channel } else { nil }
      },
      group: { catalog.group(of: $0) })
    nowMs = situation.nowMs
    showing = catalog.place(contact.channel, contact.placement)
    self.pressure = pressure
    groups = catalog.groups.map { pressure.ofGroup($0) }
    offered = Array(repeating: false, count: catalog.propositions.count)
    for offer in view.offers {
      if let index = catalog.index(of: offer.proposition) { offered[index] = true }
    }
    consents = view.consents
    let prefix = Consent.topic("")
    refusedTopics = consents.filter { !$0.isGiven && $0.purpose.hasPrefix(prefix) }
      .map { String($0.purpose.dropFirst(prefix.count)) }
    refusesOffers = view.consent(Self.personalOffers)?.isGiven == false
    let refused = Consent.purposes(ofChannel: contact.channel).first { view.consent($0)?.isGiven == false }
    channelRefusal = contact.direction == "outbound" ? refused.map { "opted-out-of-\($0)" } : nil
  }

  mutating func drop(_ compiled: CompiledProposition) -> Drop? {
    if let rule = invalidity(compiled) { return Drop(.validity, rule) }
    if let rule = broken(compiled.eligibility) { return Drop(.eligibility, rule) }
    if let rule = broken(compiled.applicability) { return Drop(.applicability, rule) }
    if let rule = broken(compiled.suitability) { return Drop(.suitability, rule) }
    if let rule = missingConsent(compiled) { return Drop(.consent, rule) }
    let rule = pressure.refusal(
      offered[compiled.index] ? compiled.id : nil, groups[compiled.group], isDue: compiled.isDue)
    return rule.map { Drop(.contactPolicy, $0) }
  }

  private func invalidity(_ compiled: CompiledProposition) -> String? {
    switch compiled.availability.withholding(atMs: nowMs) {
    case .excluded: return Self.exclusionRule
    case .paused: return "paused"
    case .notYetValid: return "not-yet-valid"
    case .noLongerValid: return "no-longer-valid"
    case .outOfStock: return "out-of-stock"
    case nil: break
    }
    switch showing.shows(compiled.places) {
    case .something: return nil
    case .elsewhere: return "no-treatment-for-placement"
    case .nothing: return "no-treatment-for-channel"
    }
  }

  private mutating func broken(_ rules: [CompiledRule]) -> String? {
    for index in rules.indices where !holds(rules[index].test) { return rules[index].name }
    return nil
  }

  private mutating func holds(_ test: Int) -> Bool {
    if let known = outcomes[test] { return known }
    let holds = tests[test].holds(answers)
    outcomes[test] = holds
    return holds
  }

  /// A purpose needs a yes. Besides, who said no to personal offers gets none on any legal basis, who said no to a topic
  /// hears of it where it serves him only, and who said no to a channel is not approached in it; he may still come by it.
  private func missingConsent(_ compiled: CompiledProposition) -> String? {
    if let purpose = compiled.purpose, !consents.contains(where: { $0.purpose == purpose && $0.isGiven }) {
      return "no-consent-to-\(purpose)"
    }
    if refusesOffers, compiled.kind == .offer { return "opted-out-of-\(Self.personalOffers)" }
    if !refusedTopics.isEmpty, compiled.kind != .service {
      for topic in [compiled.proposition.group, compiled.proposition.issue] where refusedTopics.contains(topic) {
        return "opted-out-of-\(Consent.topic(topic))"
      }
    }
    return channelRefusal
  }

  private static let personalOffers = "personal-offers"
}
