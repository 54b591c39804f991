import Foundation

// The scripts of the scenario's customers, and the catalogue that they are offered.

extension Scenario {
  /// Every contact but those of the scripts that say so is younger, also one of the morning of a day. It is the longest
  /// that a contact may be silent.
  package static let contactIdleMinutes = 1_440

  /// Customer `n` from first visit to wherever his kind gets to; there are eight kinds.
  static func steps(_ n: Int, _ run: String) -> [Step] {
    let script = Script(n: n, run: run)
    return switch n % 8 {
    case 0: script.recognised
    case 1: script.accepting
    case 2: script.accepting + [script.form]
    case 3: script.buying
    case 4: [script.lapsed] + script.recognised
    case 5: script.accepting + script.acceptingLongAgo
    case 6: script.acceptingUnknown
    default: script.consenting + script.buying.dropFirst(script.recognised.count)
    }
  }

  private struct Script {
    let n: Int
    let run: String
    var cookie: [String: String] { ["namespace": "cookie", "value": "\(run)-\(n)"] }
    var number: [String: String] { ["namespace": "customer", "value": "\(run)-\(n)"] }
    var contact: String { "\(run)-c\(n)" }

    func say(_ type: String, _ identifiers: [[String: String]], _ fields: [String: Any] = [:]) -> Step {
      .say(Event(type: type, identifiers: identifiers, contact: contact, fields: fields))
    }

    func record(_ type: String, _ fields: [String: Any]) -> Step {
      .say(Event(type: type, identifiers: [number], fields: fields, isRecord: true))
    }

    func answer(
      _ type: String, _ proposition: String, _ identifiers: [[String: String]], ageMs: Int64 = 0
    ) -> Step {
      .say(
        Event(
          type: "nba.\(type)", identifiers: identifiers, contact: contact, fields: ["proposition": proposition],
          answersList: true, ageMs: ageMs))
    }

    /// A visitor who looks round.
    var looking: [Step] {
      [say("contact.started", [cookie])]
        + (0..<(n % 3 + 1)).map { say("page.viewed", [cookie], ["page": "/\($0)", "category": "savings"]) }
    }

    /// And says who he is.
    var naming: [Step] {
      [say("identity.asserted", [number, cookie]), record("customer.recorded", ["attributes": ["age": 30 + n % 40]])]
    }

    var recognised: [Step] { looking + naming }

    /// Its lead opens when there is a unit for it; what he does before that is said because of the unit.
    func accepts(_ identifiers: [[String: String]]) -> [Step] {
      [
        .waitForList(contact: contact), answer("presented", "savings", identifiers),
        answer("accepted", "savings", identifiers), .repeatLast,
        .waitForLead(customer: number["value"]!, step: 0),
      ]
    }

    var accepting: [Step] { recognised + accepts([number, cookie]) }

    var form: Step { say("form.submitted", [number, cookie], ["form": "savings-form", "conversion": "hard"]) }

    /// The order comes by another way, hence only when the lead stands where the order finds it.
    var buying: [Step] {
      let order: [String: Any] = [
        "order": "o-\(run)-\(n)", "product": "savings", "amountMinor": 1_000 + n, "currency": "EUR",
      ]
      return accepting + [
        form, say("contact.ended", [number, cookie]), .waitForLead(customer: number["value"]!, step: 1),
        record("order.placed", order),
      ]
    }

    /// An earlier visit that nobody ended: it is given up as soon as it is heard of.
    var lapsed: Step {
      let ageMs = Int64(Scenario.contactIdleMinutes + 60) * 60_000
      return .say(Event(type: "contact.started", identifiers: [cookie], contact: "\(run)-l\(n)", ageMs: ageMs))
    }

    /// Two hours before it is told: its first step was to be done within one.
    var acceptingLongAgo: [Step] { [answer("accepted", "cards", [number, cookie], ageMs: 7_200_000)] }

    /// Before he says who he is, so that his lead has to follow him.
    var acceptingUnknown: [Step] {
      let customer = number["value"]!
      return looking + accepts([cookie]) + naming + [
        .waitForMove(customer: customer), form,
      ]
    }

    var consenting: [Step] { recognised + [say("consent.given", [number, cookie], ["purpose": "email"])] }
  }

  /// Their values lie so far apart that their order is the same whatever the models learn: what nobody answers stays at
  /// a tenth, and what is answered can't rise above the next, nor sink below. Of two there is only so much, but enough for
  /// everybody: units are asked for and given out, and nobody is refused one.
  package static let catalog = """
    name: end to end
    currency: EUR
    channels: [web]
    # The oracle knows one ranking.
    controlGroups: { randomEligiblePercent: 0, propensityOnlyPercent: 0, valueOnlyPercent: 0 }
    attributes:
      - { name: age, scope: customer, type: number }
    segments:
      - { name: buyers, when: orders.count > 0 }
      - { name: everybody, when: orders.count >= 0 }
    propositions:
    \(proposition("mortgage", 900_000, limited: "contacts"))
    \(proposition("pension", 600_000, rule: "customer.age >= 50"))
    \(proposition("savings", 50_000, sign: ", task: { channel: web, instruction: Help to sign. }", limited: "acceptances"))
    \(proposition("cards", 1_000, apply: ", dueHours: 1, task: { channel: web, instruction: Help to apply. }"))
    """

  /// The same, as the oracle knows it.
  package static let oracle = Oracle(
    portfolio: [("mortgage", 0), ("pension", 50), ("savings", 0), ("cards", 0)],
    forms: ["mortgage": "mortgage-form", "pension": "pension-form", "savings": "savings-form", "cards": "cards-form"],
    tasks: ["savings": [1: "sign"], "cards": [0: "apply"]], dueMs: ["cards": 3_600_000],
    contactIdleMs: Int64(contactIdleMinutes) * 60_000)

  private static func proposition(
    _ id: String, _ value: Int, rule: String? = nil, apply: String = "", sign: String = "",
    limited: String? = nil
  ) -> String {
    """
      - id: \(id)
        name: The \(id)
        issue: sales
        group: \(id)
        kind: offer
        valueMinor: \(value)
        costMinor: 0
        startProbability: 0.1
    \(limited.map { "    limits: [{ max: 1000000, per: ever, of: \($0) }]\n" } ?? "")\
        treatments:
          - { channel: web, headline: "\(id)", body: "It is good.", callToAction: "Yes" }
    \(rule.map { "    eligibility:\n      - { name: old enough, when: \"\($0)\" }\n" } ?? "")\
        steps:
          - { name: apply, summary: Applies, completedBy: { event: form.submitted, form: \(id)-form }\(apply) }
          - { name: sign, summary: Signs, completedBy: { event: order.placed, product: \(id) }\(sign) }
    """
  }
}
