import Contracts

/// What the suite's scenario offers.
enum SuiteCatalog {
  static let portfolio: [(id: String, ageMin: Int)] = [
    ("mortgage", 0), ("pension", 50), ("savings", 0), ("cards", 0), (trial, 0),
    (seats, 0), (vouchers, 0),
  ]

  /// There is only so much of them over all customers: of the one so many contacts may see it, of the other so many leads
  /// are opened.
  static let seats = "seats"
  static let vouchers = "vouchers"
  static let scarce = [seats, vouchers]
  static let seatsMax = 2
  static let vouchersMax = 2

  /// Whoever accepts it forgets it, and its first step may not take for ever: so its lead is lost by a tick.
  static let trial = "trial"
  static let trialHours = 2
  /// What a channel is asked to sign with the customer.
  private static let signedTogether = ["mortgage", "savings"]

  static var catalog: Catalog {
    var catalog = Catalog(version: "1-simulated", appliedMs: 1, name: "simulated", currency: "EUR")
    catalog.attributes = [AttributeDeclaration(name: "age", kind: .number, scope: .customer)]
    catalog.attributes += SuiteSegments.catalogAttributes
    catalog.segments = SuiteSegments.segments
    catalog.propositions = portfolio.enumerated().map { rank, item in
      var proposition = Proposition(id: item.id, name: "The \(item.id)", issue: "sales", group: item.id, kind: .offer)
      proposition.treatments = [Treatment(channel: "web", headline: item.id, body: "Good.", callToAction: "Yes")]
      proposition.valueMinor = Int64(90_000 - rank * 10_000)
      proposition.startProbability = 0.1
      if item.ageMin > 0 {
        proposition.eligibility = [Rule(name: "old enough", when: "customer.age >= \(item.ageMin)")]
      }
      proposition.steps = [
        SalesStep(
          name: "apply", summary: "Applies",
          completedBy: StepTrigger(event: "form.submitted", form: "\(item.id)-form")),
        SalesStep(name: "sign", summary: "Signs", completedBy: StepTrigger(event: "order.placed", product: item.id)),
      ]
      let task = StepTask(channel: "call-centre", instruction: "Call")
      if item.id == trial { (proposition.steps[0].task, proposition.steps[0].dueHours) = (task, trialHours) }
      if signedTogether.contains(item.id) { proposition.steps[1].task = task }
      if item.id == seats { proposition.limits = [PropositionLimit(max: Int64(seatsMax), per: .ever, of: .contacts)] }
      if item.id == vouchers {
        proposition.limits = [PropositionLimit(max: Int64(vouchersMax), per: .ever, of: .acceptances)]
      }
      return proposition
    }
    return catalog
  }
}
