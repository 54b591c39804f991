import Seeds

/// One customer of the suite's scenario: what he does, in order.
struct SuiteCustomer {
  struct Said {
    /// Who says it: a channel, a system of record, or a data steward to the linker.
    enum Way { case channel, fact, steward }

    var type: String
    var identifiers: [String]
    var fields: [String: Any] = [:]
    var way = Way.channel
    var source = "shop"
    /// Whether the source numbers what it says under an identifier.
    var isNumbered = false
  }

  enum Act {
    case say(Said)
    /// Answers the latest list of the contact that has the proposition, once there is one; leaves if there never was.
    case answer(String, Said)
    /// The same, but goes on without an answer where no list has the proposition.
    case answerIfListed(String, Said)
    /// Does nothing for so many of his turns.
    case rest(turns: Int)
    /// Goes on when his lead of that contact is at that step.
    case waitForLead(String, step: Int)
    /// Goes on when the linker has judged the one together with the other.
    case waitForVerdict(String, with: String)
    /// Goes on when the device is known to be that customer's, and no more one of the others'.
    case waitForLogin(String, on: String, before: [String])
    /// Goes on when the two are parted and the device's owner knows what follows from it.
    case waitForParting(String, from: String, on: String)
  }

  var acts: [Act] = []
  /// What he may accept.
  var proposition: String?
  private var at = 0

  var isDone: Bool { at == acts.count }
  /// What he does or waits for next.
  var waitsFor: String { isDone ? "nothing" : "\(acts[at])" }

  static let propositions = ["mortgage", "savings", "cards"]

  init() {}

  init(_ number: Int, _ random: inout Seeded) {
    let customer = "customer:sim-\(number)"
    let cookie = "cookie:sim-\(number)-a"
    let contact = "sim-\(number)-c1"
    let proposition = random.pick(Self.propositions)
    self.proposition = proposition
    let isEarly = random.chance(300)
    let accepts = random.chance(700)
    let isNervous = random.chance(300)
    let (tries, triesEarly) = (random.chance(400), random.chance(300))

    say("contact.started", [cookie], ["contact": contact])
    for page in 0..<(1 + random.below(3)) {
      say("page.viewed", [cookie], ["contact": contact, "page": "/\(page)", "category": "savings"])
    }
    if isEarly { accept([cookie], contact, proposition, isNervous) }
    if tries, triesEarly { accept([cookie], contact, SuiteCatalog.trial, isNervous) }
    say("identity.asserted", [customer, cookie], ["contact": contact])
    acts.append(
      .say(
        Said(
          type: "customer.recorded", identifiers: [customer], fields: ["attributes": ["age": 30 + random.below(40)]],
          way: .fact)))
    if random.chance(400) { say("consent.given", [customer], ["purpose": "personal-offers"]) }
    if random.chance(200) { say("consent.withdrawn", [customer], ["purpose": "profiling"]) }
    if tries, !triesEarly { accept([customer, cookie], contact, SuiteCatalog.trial, isNervous) }
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
          ], way: .fact)))
  }

  mutating func accept(_ identifiers: [String], _ contact: String, _ proposition: String, _ isNervous: Bool) {
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

  mutating func say(_ type: String, _ identifiers: [String], _ fields: [String: Any]) {
    acts.append(.say(Said(type: type, identifiers: identifiers, fields: fields)))
  }

  private static func answer(_ said: Said, _ lists: [String: (version: Int, id: String)]) -> Said? {
    guard let proposition = said.fields["proposition"] as? String, let list = lists[proposition] else { return nil }
    var said = said
    said.fields["list"] = list.id
    return said
  }

  /// What he does next; nil while he waits.
  mutating func next(_ views: SuiteViews) -> Said? {
    switch acts[at] {
    case .say(let said):
      at += 1
      return said
    case .answer(let contact, let said):
      guard let lists = views.lists[contact] else { return nil }
      guard let answer = Self.answer(said, lists) else {
        at = acts.count
        return nil
      }
      at += 1
      return answer
    case .answerIfListed(let contact, let said):
      guard let lists = views.lists[contact] else { return nil }
      at += 1
      return Self.answer(said, lists)
    case .rest(let turns):
      if turns > 1 { acts[at] = .rest(turns: turns - 1) } else { at += 1 }
      return nil
    case .waitForLead(let contact, let step):
      if views.steps[contact] ?? -1 >= step { at += 1 }
      return nil
    case .waitForVerdict(let identifier, let other):
      if views.judged[identifier]?.contains(other) == true { at += 1 }
      return nil
    case .waitForParting(let identifier, let other, let device):
      if views.isParted(identifier, from: other, heardBy: device) { at += 1 }
      return nil
    case .waitForLogin(let customer, let device, let others):
      if views.hasLoggedIn(customer, on: device, before: others) { at += 1 }
      return nil
    }
  }
}
