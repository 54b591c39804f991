import Contracts
import Testing

/// What a version on the catalogue's topic must keep to, whoever wrote it.
@Suite struct CatalogCheckTests {
  static let sound: Catalog = {
    var catalog = Catalog(version: "1-a", appliedMs: 1, name: "test", currency: "EUR")
    catalog.attributes = [AttributeDeclaration(name: "age", kind: .number, scope: .customer)]
    catalog.conditions = [NamedCondition(name: "adult", when: "customer.age >= 18")]
    var loan = Proposition(id: "loan", name: "Loan", issue: "sales", group: "loans", kind: .offer)
    loan.treatments = [Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")]
    loan.eligibility = [Rule(name: "of-age", when: "@adult")]
    loan.steps = [
      SalesStep(
        name: "call", summary: "s", completedBy: StepTrigger(event: "task.done"),
        task: StepTask(channel: "web", instruction: "Call."), dueHours: 24),
      SalesStep(name: "order", summary: "s", completedBy: StepTrigger(event: "order.placed", product: "loan")),
    ]
    catalog.propositions = [loan]
    catalog.contextWeights = [
      ContextWeight(name: "w", when: "@adult", issue: "sales", group: nil, proposition: nil, factor: 2)
    ]
    catalog.fallback = [FallbackList(channel: "web", propositions: ["loan"])]
    return catalog
  }()

  private typealias Change = @Sendable (inout Catalog) -> Void

  private static let wrong: [(String, Change)] = [
    ("currency: XXX is no currency: ISO 4217's three capitals, as EUR", { $0.currency = "XXX" }),
    (
      "attributes[1].name: customer.age is there twice, first at attributes[0].name", { $0.attributes += $0.attributes }
    ),
    (
      "attributes[0].name: \"a b\" can't be named in a predicate: letters, digits and _, with dots between them",
      {
        $0.attributes[0].name = "a b"; $0.conditions = []; $0.propositions[0].eligibility = []; $0.contextWeights = []
      }
    ),
    (
      "propositions[0].id: \"a b\" is no id: letters, digits and - between them, at most 64",
      {
        $0.propositions[0].id = "a b"; $0.fallback = []
      }
    ),
    ("propositions[1].id: loan is there twice, first at propositions[0].id", { $0.propositions += $0.propositions }),
    (
      "propositions[0].treatments[0].body: is too long: 4001 bytes, more than 4000",
      { $0.propositions[0].treatments[0].body = String(repeating: "b", count: 4_001) }
    ),
    (
      "propositions[0].treatments[0].headline: is too long: 502 bytes, more than 500",
      { $0.propositions[0].treatments[0].headline = String(repeating: "é", count: 251) }
    ),
    ("propositions[0].name: has a control character, 7", { $0.propositions[0].name = "Lo\u{7}an" }),
    (
      "levers[0]: concerns nothing: no proposition is in all of other, loans",
      {
        var other = $0.propositions[0]
        (other.id, other.issue, other.group) = ("card", "other", "cards")
        other.steps[1].completedBy.product = "card"
        $0.propositions.append(other)
        $0.levers = [Lever(name: "l", percent: 10, issue: "other", group: "loans")]
      }
    ),
    ("propositions[0].startProbability: 7 is outside 0…1", { $0.propositions[0].startProbability = 7 }),
    ("propositions[0].valueMinor: -1 is negative", { $0.propositions[0].valueMinor = -1 }),
    (
      "propositions[0].costMinor: 1000000000001 is outside 0…1000000000000",
      { $0.propositions[0].costMinor = 1_000_000_000_001 }
    ),
    ("propositions[0].marginPercent: 100.5 is outside 0…100", { $0.propositions[0].marginPercent = 100.5 }),
    (
      "propositions[0].validUntil: is not after validFrom",
      { ($0.propositions[0].validFromMs, $0.propositions[0].validUntilMs) = (2, 2) }
    ),
    (
      "propositions[0].treatments[1].channel: web has a treatment already",
      { $0.propositions[0].treatments += $0.propositions[0].treatments }
    ),
    (
      "propositions[0].steps[1].name: call is there twice, first at propositions[0].steps[0].name",
      { $0.propositions[0].steps[1].name = "call" }
    ),
    ("propositions[0].steps[0].dueHours: 0 is outside 1…100000", { $0.propositions[0].steps[0].dueHours = 0 }),
    (
      "propositions[0].steps[0].completedBy.event: the step has no task, so none can be done",
      { $0.propositions[0].steps[0].task = nil }
    ),
    (
      "propositions[0].steps[1].completedBy.event: there is no event order.plaed; did you mean \"order.placed\"?",
      { $0.propositions[0].steps[1].completedBy.event = "order.plaed" }
    ),
    (
      "propositions[0].steps[1].completedBy.form: order.placed has no form, so it never completes the step",
      { $0.propositions[0].steps[1].completedBy.form = "f" }
    ),
    (
      "contextWeights[0].group: there is no group lons; did you mean \"loans\"?",
      { $0.contextWeights[0].group = "lons" }
    ),
    ("contextWeights[0].factor: -2 is negative", { $0.contextWeights[0].factor = -2 }),
    ("contactPolicy.rejectionsMax: 0 is outside 1…100000", { $0.contactPolicy.rejectionsMax = 0 }),
    (
      "fallback[0].propositions[0]: there is no proposition lon; did you mean \"loan\"?",
      { $0.fallback[0].propositions = ["lon"] }
    ),
    (
      "fallback[0].propositions[0]: loan has no treatment for email, so it can't be shown there",
      { $0.fallback[0].channel = "email" }
    ),
    (
      "conditions[0].when: at character 1: there is no customer.agee; did you mean \"customer.age\"?",
      { $0.conditions[0].when = "customer.agee >= 18" }
    ),
    (
      "propositions[0].eligibility[0].when: at character 1: there is no condition @adul; did you mean \"adult\"?",
      { $0.propositions[0].eligibility[0].when = "@adul" }
    ),
  ]

  @Test(arguments: wrong.indices) func aVersionWithAMistakeIsRefusedWholeWithPlaceAndReason(index: Int) throws {
    let (mistake, change) = Self.wrong[index]
    var catalog = Self.sound
    change(&catalog)
    #expect(catalog.mistakes.map(\.description) == [mistake])
    let refusal = #expect(throws: Refusal.self) { try Catalog.read(JSONCoding.encode(catalog)) }
    #expect(refusal?.stage == "catalog" && refusal?.reason == "1-a is refused: \(mistake)")
  }

  @Test func aSoundVersionIsReadAsItIs() throws {
    #expect(Self.sound.mistakes.isEmpty)
    #expect(try Catalog.read(JSONCoding.encode(Self.sound)) == Self.sound)
    let refusal = #expect(throws: Refusal.self) { try Catalog.read(Array(#"{"version":"1"}"#.utf8)) }
    #expect(refusal?.stage == "schema")
  }

  @Test func aMistakeInANamedConditionIsToldOnceWhereItIsWritten() {
    var catalog = Self.sound
    catalog.conditions = [
      NamedCondition(name: "adult", when: "customer.agee >= 18"),
      NamedCondition(name: "rich", when: "@adult or @adult"),
    ]
    let rule = catalog.propositions[0].eligibility[0]
    catalog.propositions[0].eligibility = (0..<10).map { Rule(name: "r\($0)", when: rule.when + " and @rich") }
    #expect(catalog.mistakes.map(\.place) == ["conditions[0].when"])
  }

  @Test func aCircleOfConditionsIsToldOnce() {
    var catalog = Self.sound
    catalog.conditions = [
      NamedCondition(name: "adult", when: "@b"), NamedCondition(name: "b", when: "not @c"),
      NamedCondition(name: "c", when: "@adult or @b"), NamedCondition(name: "self", when: "@self"),
    ]
    #expect(
      catalog.mistakes.map(\.description) == [
        "conditions[2].when: at character 1: conditions go in a circle: @adult → @b → @c → @adult",
        "conditions[2].when: at character 11: conditions go in a circle: @b → @c → @b",
        "conditions[3].when: at character 1: conditions go in a circle: @self → @self",
      ])
  }
}
