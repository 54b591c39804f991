/// One customer of the suite's scenario: what he does, in order.
struct SuiteCustomer {
  struct Said {
    var type: String
    var identifiers: [String]
    var fields: [String: Any] = [:]
    /// From a system of record, not from a channel.
    var isFact = false
  }

  private enum Act {
    case say(Said)
    /// Answers the latest list of the contact, once there is one.
    case answer(String, Said)
    /// Goes on when his lead of that contact is at that step.
    case waitForLead(String, step: Int)
  }

  private var acts: [Act] = []
  private var at = 0

  var isDone: Bool { at == acts.count }

  init(_ number: Int, _ random: inout Seeded) {
    let customer = "customer:sim-\(number)"
    let cookie = "cookie:sim-\(number)-a"
    let contact = "sim-\(number)-c1"
    let proposition = random.pick(["mortgage", "savings", "cards"])
    let isEarly = random.chance(300)
    let accepts = random.chance(700)
    let isNervous = random.chance(300)

    say("contact.started", [cookie], ["contact": contact])
    for page in 0..<(1 + random.below(3)) {
      say("page.viewed", [cookie], ["contact": contact, "page": "/\(page)", "category": "savings"])
    }
    if isEarly { accept([cookie], contact, proposition, isNervous) }
    say("identity.asserted", [customer, cookie], ["contact": contact])
    acts.append(
      .say(
        Said(
          type: "customer.recorded", identifiers: [customer], fields: ["attributes": ["age": 30 + random.below(40)]],
          isFact: true)))
    if random.chance(400) { say("consent.given", [customer], ["purpose": "personal-offers"]) }
    if random.chance(300) { secondDevice(number, customer, &random) }
    if !isEarly {
      guard accepts else { return }
      accept([customer, cookie], contact, proposition, isNervous)
    }
    guard random.chance(700) else { return }
    say(
      "form.submitted", [customer, cookie], ["contact": contact, "form": "\(proposition)-form", "conversion": "hard"])
    if random.chance(500) { say("contact.ended", [customer, cookie], ["contact": contact]) }
    guard random.chance(700) else { return }
    // It comes by another way than the form, hence only when the lead stands where the order finds it.
    acts.append(.waitForLead(contact, step: 1))
    acts.append(
      .say(
        Said(
          type: "order.placed", identifiers: [customer],
          fields: [
            "order": "o-\(number)", "product": proposition, "amountMinor": 1_000 + random.below(9_000),
            "currency": "EUR",
          ], isFact: true)))
  }

  private mutating func accept(_ identifiers: [String], _ contact: String, _ proposition: String, _ isNervous: Bool) {
    for type in isNervous ? ["nba.presented", "nba.accepted", "nba.accepted"] : ["nba.presented", "nba.accepted"] {
      acts.append(
        .answer(
          contact,
          Said(type: type, identifiers: identifiers, fields: ["contact": contact, "proposition": proposition])))
    }
  }

  /// Another device of his, anonymous at first: one more facet that moves.
  private mutating func secondDevice(_ number: Int, _ customer: String, _ random: inout Seeded) {
    let cookie = "cookie:sim-\(number)-b"
    let contact = "sim-\(number)-c2"
    say("contact.started", [cookie], ["contact": contact])
    say("page.viewed", [cookie], ["contact": contact, "page": "/app", "category": "cards"])
    say("identity.asserted", [customer, cookie], ["contact": contact])
    if random.chance(500) { say("contact.ended", [cookie], ["contact": contact]) }
  }

  private mutating func say(_ type: String, _ identifiers: [String], _ fields: [String: Any]) {
    acts.append(.say(Said(type: type, identifiers: identifiers, fields: fields)))
  }

  /// What he does next; nil while he waits.
  mutating func next(_ views: SuiteViews) -> Said? {
    switch acts[at] {
    case .say(let said):
      at += 1
      return said
    case .answer(let contact, var said):
      guard let list = views.lists[contact] else { return nil }
      said.fields["list"] = list.id
      at += 1
      return said
    case .waitForLead(let contact, let step):
      if views.steps[contact] ?? -1 >= step { at += 1 }
      return nil
    }
  }
}
