import Seeds

/// Somebody who is taken for one of the customers, until a data steward says that he is not. His devices may be linked
/// with each other, and rightly with himself or with the customer by another way; so moves lead on and back while others
/// are under way. What was wrong is split before he has done all that he does: so in the end everything must be as though
/// it had never been said.
extension SuiteCustomer {
  /// What others accept he does not: of what one profile is buying already, another acceptance is only noted.
  init(stranger number: Int, takenFor customer: Int, butNot taken: Set<String>, _ random: inout Seeded) {
    self.init()
    let host = "customer:sim-\(customer)"
    let first = "cookie:sim-s\(number)-a"
    let second = "cookie:sim-s\(number)-b"
    let contact = "sim-s\(number)-c1"
    proposition = Self.propositions.first { !taken.contains($0) }
    let accepts = proposition != nil && random.chance(700)
    let isEarly = random.chance(500)
    let isChain = random.chance(400)
    let isKnown = random.chance(400)
    let wrong = isChain && random.chance(500) ? second : first

    say("contact.started", [first], ["contact": contact])
    visit(first, contact)
    if accepts, isEarly { accept([first], contact, proposition!, false) }
    if isChain { say("page.viewed", [second, first], ["page": "/both"]) }
    say("identity.asserted", [host, wrong], random.chance(500) ? ["contact": contact] : [:])
    if isKnown { identify("customer:sim-s\(number)", first, &random) }
    if random.chance(300) { say("consent.given", [first], ["purpose": "personal-offers"]) }
    if random.chance(200) { say("consent.withdrawn", [first], ["purpose": "profiling"]) }
    if random.chance(500) { visit(first, contact) }
    split(wrong, from: host, number)
    if random.chance(300) { say("identity.asserted", [host, wrong], [:]) }
    if random.chance(200) { split(wrong, from: host, number) }
    visit(first, contact)
    if isChain, random.chance(400) {
      split(first, from: second, number)
    } else if !isKnown, random.chance(500) {
      comeBack(first, second, host, wrong, number, &random)
    }
    visit(first, contact)
    // A lead doesn't hear of what was done in another's time, so he buys once his device is known to be his again.
    if accepts, isKnown {
      acts.append(.waitForParting(wrong, from: host, on: first))
      acts.append(.waitForLogin("customer:sim-s\(number)", on: first, before: []))
    }
    if accepts { buy(first, contact, proposition!, number, isEarly: isEarly, &random) }
    if random.chance(300) { say("contact.ended", [first], ["contact": contact]) }
  }

  /// Who wants what the customer wants for whom he is taken, and does about it what he does while he is taken for him. An
  /// acceptance of the one is only noted on the other's lead then, and what the one does completes a step of the other's.
  init(rival number: Int, of customer: Int, for proposition: String, _ random: inout Seeded) {
    self.init()
    self.proposition = proposition
    let (host, cookie, contact) = ("customer:sim-\(customer)", "cookie:sim-s\(number)-a", "sim-s\(number)-c1")
    let isEarly = random.chance(400)
    say("contact.started", [cookie], ["contact": contact])
    visit(cookie, contact)
    if isEarly { accept([cookie], contact, proposition, false) }
    say("identity.asserted", [host, cookie], random.chance(500) ? ["contact": contact] : [:])
    if !isEarly { accept([cookie], contact, proposition, false) }
    if random.chance(500) { visit(cookie, contact) }
    let form: [String: Any] = ["contact": contact, "form": "\(proposition)-form", "conversion": "hard"]
    let applies = random.chance(600)
    let appliesEarly = random.chance(700)
    if applies, appliesEarly { say("form.submitted", [cookie], form) }
    split(cookie, from: host, number)
    if applies, !appliesEarly { say("form.submitted", [cookie], form) }
    visit(cookie, contact)
  }

  /// He does all he wants, whosever lead shows it for the time.
  mutating func waitForNoLead() {
    acts.removeAll { if case .waitForLead = $0 { true } else { false } }
  }

  private mutating func visit(_ cookie: String, _ contact: String) {
    say("page.viewed", [cookie], ["contact": contact, "page": "/stranger", "category": "cards"])
  }

  /// Who he really is: it may be refused as long as he is taken for another.
  private mutating func identify(_ own: String, _ cookie: String, _ random: inout Seeded) {
    acts.append(
      .say(
        Said(
          type: "customer.recorded", identifiers: [own], fields: ["attributes": ["age": 20 + random.below(60)]],
          way: .fact)))
    say("identity.asserted", [own, cookie], [:])
  }

  /// Rightly this time, by another pair; and perhaps not for long.
  private mutating func comeBack(
    _ first: String, _ second: String, _ host: String, _ wrong: String, _ number: Int, _ random: inout Seeded
  ) {
    let other = wrong == first ? second : first
    say("page.viewed", [second, first], ["page": "/both"])
    say("identity.asserted", [host, other], [:])
    if random.chance(500) { split(other, from: host, number) }
  }

  mutating func split(_ identifier: String, from other: String, _ number: Int) {
    acts.append(.waitForVerdict(identifier, with: other))
    let fields: [String: Any] = [
      "identifier": SuiteScenario.identifier(identifier), "from": SuiteScenario.identifier(other), "by": "ann",
      "reason": "not the same person",
    ]
    acts.append(.say(Said(type: "steward.split", identifiers: [identifier], fields: fields, way: .steward)))
  }

  private mutating func buy(
    _ cookie: String, _ contact: String, _ proposition: String, _ number: Int, isEarly: Bool, _ random: inout Seeded
  ) {
    if !isEarly { accept([cookie], contact, proposition, false) }
    guard random.chance(700) else { return }
    say("form.submitted", [cookie], ["contact": contact, "form": "\(proposition)-form", "conversion": "hard"])
    guard random.chance(700) else { return }
    acts.append(.waitForLead(contact, step: 1))
    acts.append(
      .say(
        Said(
          type: "order.placed", identifiers: [cookie],
          fields: [
            "order": "o-s\(number)", "product": proposition, "amountMinor": 1_000 + random.below(9_000),
            "currency": "EUR",
          ], way: .fact)))
  }
}
