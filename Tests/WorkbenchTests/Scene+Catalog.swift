// What the scene's bank has to offer.

import Contracts

extension Scene {
  static let catalog: Catalog = {
    var catalog = Catalog(version: "3-9c1d", appliedMs: 1_790_000_000_000, name: "Hanse Retail Bank", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration(name: "age", kind: .number, scope: .customer),
      AttributeDeclaration(name: "segment", kind: .string, scope: .customer, values: ["mass", "affluent"]),
      AttributeDeclaration(name: "device", kind: .string, scope: .contact),
    ]
    catalog.conditions = [NamedCondition(name: "is_affluent", when: "customer.segment == \"affluent\"")]
    catalog.contextWeights = [
      ContextWeight(
        name: "wants-to-cancel", when: "contact.intent == \"cancellation\"", issue: "retention", group: nil,
        proposition: nil, factor: 2)
    ]
    catalog.fallback = [FallbackList(channel: "web", propositions: ["day-money", "gold-card"])]
    catalog.propositions = [
      offer("fixed-mortgage", "Mortgage, fixed for 15 years", "growth", "mortgage", 145_000, 0.04),
      offer("day-money", "Day money at 2.5 %", "growth", "savings", 9_000, 0.11),
      offer("savings-plan", "Savings plan from € 25", "growth", "savings", 21_000, 0.07),
      offer("gold-card", "Gold credit card", "growth", "cards", 14_000, 0.06),
      offer("travel-cover", "Travel cover", "growth", "insurance", 6_500, 0.05),
      offer("fee-waiver", "A year without account fees", "retention", "accounts", 18_000, 0.2, .retention),
      offer("advisor-call", "Talk to your adviser", "service", "advice", 12_000, 0.09, .service),
    ]
    return catalog
  }()

  static let reasons: [String: [String]] = [
    "fixed-mortgage": ["looked at mortgages 6 times in 2 days", "customers like this one accept it 2.4 × as often"],
    "day-money": ["has an account, but no savings with us", "read about interest rates today"],
    "savings-plan": ["interest in savings"],
    "advisor-call": ["asked a question that is not answered yet"],
    "gold-card": ["travels often"],
  ]

  private static func offer(
    _ id: String, _ name: String, _ issue: String, _ group: String, _ value: Int64, _ probability: Double,
    _ kind: Proposition.Kind = .offer
  ) -> Proposition {
    var proposition = Proposition(id: id, name: name, issue: issue, group: group, kind: kind)
    proposition.valueMinor = value
    proposition.startProbability = probability
    proposition.treatments = [
      Treatment(channel: "web", headline: name, body: "Made for what you looked at.", callToAction: "Get it now"),
      Treatment(
        channel: "call-centre", headline: "Mention: \(name)", body: "“I see something that would suit you …”",
        callToAction: "Customer agrees"),
    ]
    proposition.eligibility = [Rule(name: "of-age", when: "customer.age >= 18")]
    proposition.applicability = [Rule(name: "interest", when: "interest(\"\(group)\") >= 1")]
    proposition.suitability = [Rule(name: "affordable", when: "customer.segment in [\"mass\", \"affluent\"]")]
    proposition.purpose = "personal-offers"
    proposition.steps = [
      SalesStep(
        name: "application", summary: "The customer applies", completedBy: StepTrigger(event: "form.submitted"),
        dueHours: 72),
      SalesStep(
        name: "check", summary: "The bank checks", completedBy: StepTrigger(event: "task.done"),
        task: StepTask(channel: "call-centre", instruction: "Call and go through the papers")),
      SalesStep(name: "contract", summary: "Signed and booked", completedBy: StepTrigger(event: "order.placed")),
    ]
    return proposition
  }
}
