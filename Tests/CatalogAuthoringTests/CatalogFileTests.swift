import CatalogAuthoring
import Contracts
import NbaScorerCore
import Testing

/// What a catalogue's text becomes, and that nothing half right gets through.
@Suite struct CatalogFileTests {
  @Test func `what is written is what is read`() throws {
    let catalog = try CatalogFile.read(text: Given.text)
    #expect(catalog.name == "Test" && catalog.currency == "EUR" && catalog.version.isEmpty)
    #expect(catalog.attributes[1].values == ["phone", "desktop"])
    #expect(catalog.conditions.map(\.name) == ["adult", "caller"])
    let loan = try #require(catalog.proposition("loan"))
    #expect(loan.validFromMs == Timestamps.milliseconds("2026-01-01T00:00:00Z"))
    #expect(loan.validUntilMs == Timestamps.milliseconds("2026-12-31T12:00:00Z"))
    #expect(loan.valueMinor == 1000 && loan.costMinor == 10 && loan.startProbability == 0.25)
    #expect(loan.applicability == [Rule(name: "adult", when: "customer.age >= 18")])
    #expect(loan.steps.map(\.completedBy) == [StepTrigger(event: "form.submitted", form: "loan")])
    #expect(loan.steps[0].dueHours == 24 && loan.isInStock && !loan.isPaused)
    #expect(catalog.contactPolicy == ContactPolicy(restDays: 3))
    #expect(catalog.contextWeights[0].group == "loans" && catalog.contextWeights[0].factor == 2)
    #expect(catalog.contextWeights[0].title == "looks at loans" && loan.applicability[0].title == nil)
    #expect(catalog.fallback == [FallbackList(channel: "web", propositions: ["loan"])])
  }

  private static let business = """
    contactPolicy:
      restDays: 3
      ignoredMax: 8
      groups:
        - {group: loans, rejectionsMax: 2, restDays: 60}
        - {ignoredMax: 30}
      channels:
        - {channel: call-centre, contactsMax: 1, days: 30}
        - {channel: web, presentationsMax: 50}
      blocks:
        - {after: call-centre, channel: web, days: 5}
      preferredChannel: wants
    contactCosts:
      - {channel: call-centre, costMinor: 850}
    levers:
      - {name: spring, title: spring campaign, group: loans, percent: 20, validFrom: 2026-03-01, validUntil: 2026-06-01}
      - {name: card, proposition: card, percent: -30}
    exclusions:
      - {proposition: card, reason: the rate is wrong}
    """

  private static func with(_ old: String = "", _ new: String = "") -> String {
    let text = Given.text.replacing("contactPolicy:\n  restDays: 3", with: business)
      .replacing("attributes:\n", with: "attributes:\n  - { name: wants, scope: customer, type: string }\n")
      .replacing("costMinor: 10\n", with: "costMinor: 10\n    priceMinor: 2500\n    maxCpaMinor: 4000\n")
      .replacing("{ channel: call-centre, headline", with: "{ channel: call-centre, placement: script, headline")
    return old.isEmpty ? text : text.replacing(old, with: new)
  }

  @Test func `what the business says beside the propositions`() throws {
    let catalog = try CatalogFile.read(text: Self.with())
    var policy = ContactPolicy(restDays: 3)
    policy.ignoredMax = 8
    policy.groups = [GroupRest(group: "loans", rejectionsMax: 2, restDays: 60), GroupRest(ignoredMax: 30, restDays: 3)]
    policy.channels = [
      ChannelLimit(channel: "call-centre", contactsMax: 1, days: 30),
      ChannelLimit(channel: "web", presentationsMax: 50, days: 7),
    ]
    policy.blocks = [ContactBlock(after: "call-centre", channel: "web", days: 5)]
    policy.preferredChannel = "wants"
    #expect(catalog.contactPolicy == policy)
    #expect(catalog.contactCosts == [ContactCost(channel: "call-centre", costMinor: 850)])
    var spring = Lever(name: "spring", percent: 20, group: "loans", title: "spring campaign")
    spring.validFromMs = Timestamps.milliseconds("2026-03-01T00:00:00Z")
    spring.validUntilMs = Timestamps.milliseconds("2026-06-01T00:00:00Z")
    #expect(catalog.levers == [spring, Lever(name: "card", percent: -30, proposition: "card")])
    #expect(catalog.exclusions == [Exclusion(reason: "the rate is wrong", proposition: "card")])
    #expect(catalog.propositions[0].priceMinor == 2_500 && catalog.propositions[0].maxCpaMinor == 4_000)
    #expect(catalog.propositions[1].treatments[0].placement == "script")
  }

  @Test(arguments: [
    ("ignoredMax: 8", "ignoredMax: 0", "0 is outside 1…100000"),
    (
      "{group: loans, rejectionsMax", "{group: laons, rejectionsMax", "there is no group laons; did you mean \"loans\"?"
    ),
    ("{ignoredMax: 30}", "{restDays: 30}", "says neither rejectionsMax nor ignoredMax"),
    ("{ignoredMax: 30}", "{group: loans, ignoredMax: 30}", "loans is there twice, first on line"),
    ("contactsMax: 1, days: 30", "contactsMax: 1, days: 32", "32 is outside 1…31"),
    ("contactsMax: 1, ", "", "says neither contactsMax nor presentationsMax"),
    ("{after: call-centre", "{after: call-center", "there is no channel call-center; did you mean"),
    ("preferredChannel: wants", "preferredChannel: age", "there is no attribute age of customers with type string"),
    ("costMinor: 850", "costMinor: -850", "-850 is negative"),
    ("percent: 20", "percent: -120", "-120 is outside -100…100000"),
    ("title: spring", "titel: spring", "there is no field titel; did you mean \"title\"?"),
    ("name: card, proposition: card", "name: spring, proposition: card", "spring is there twice"),
    ("name: card, proposition: card", "name: card", "says neither issue, group nor proposition: what is it to move?"),
    ("validUntil: 2026-06-01", "validUntil: 2026-03-01", "is not after validFrom"),
    ("- {proposition: card, reason", "- {proposition: crad, reason", "there is no proposition crad; did you mean"),
    (", reason: the rate is wrong", "", "reason is missing"),
    ("maxCpaMinor: 4000", "maxCpaMinor: -1", "-1 is negative"),
    ("priceMinor: 2500", "priceMinor: free", "takes a whole number"),
  ]) func `what the business says wrongly is refused with its line`(old: String, new: String, says: String) throws {
    let text = Self.with(old, new)
    let mistakes = Given.mistakes(text)
    let mistake = try #require(mistakes.first { $0.reason.contains(says) }, "\(mistakes)")
    let line = text.split(separator: "\n", omittingEmptySubsequences: false)[mistake.line - 1]
    #expect(mistakes.count == 1 && (new.isEmpty || line.contains(new)), "line \(mistake.line): \(line)")
  }

  static let customers = """
    attributes:
      - name: orders_30d
        take: count
        event: order.placed
        where: {category: loans}
        over: 30d
        version: 3
      - {name: favourite, take: favourite, of: category, event: page.viewed, halfLife: 12h}
      - name: relation
        type: string
        values: [regular, prospect]
        cases:
          - {value: regular, when: customer.orders_30d > 2}
        otherwise: prospect
    segments:
      - {name: regulars, title: buys often, when: customer.relation == "regular"}
    """ + "\n"

  private static func defining(_ old: String = "", _ new: String = "") -> String {
    let text = Given.text.replacing("attributes:\n", with: customers.split(separator: "segments:")[0])
      .replacing("propositions:\n", with: "segments:" + customers.split(separator: "segments:")[1] + "propositions:\n")
    return old.isEmpty ? text : text.replacing(old, with: new)
  }

  @Test func `what is computed, what is decided and who is in a segment`() throws {
    let catalog = try CatalogFile.read(text: Self.defining())
    var orders = Computation(.count, event: "order.placed", matching: [FieldMatch("category", "loans")])
    orders.windowMs = 30 * 86_400_000
    #expect(catalog.attributes[0] == AttributeDeclaration("orders_30d", orders, version: 3))
    let favourite = Computation(.favourite, of: "category", event: "page.viewed", halfLifeMs: 43_200_000)
    #expect(catalog.attributes[1] == AttributeDeclaration("favourite", favourite))
    #expect(catalog.attributes[2].cases == [AttributeCase("regular", when: "customer.orders_30d > 2")])
    #expect(catalog.attributes[2].otherwise == "prospect" && catalog.attributes[3].name == "age")
    let segment = Segment(name: "regulars", when: "customer.relation == \"regular\"", title: "buys often")
    #expect(catalog.segments == [segment])
  }

  @Test(arguments: [
    ("over: 30d", "over: 30x", "30x is no duration: 90m, 12h, 30d, or lifetime"),
    ("over: 30d", "over: 500d", "lies outside 1h…365d"),
    ("event: order.placed\n", "event: order.place\n", "there is no event order.place; did you mean \"order.placed\"?"),
    ("{category: loans}", "{categry: loans}", "there is no field categry; did you mean \"category\"?"),
    ("{category: loans}", "{form: loans}", "there is no field form"),
    ("take: count", "take: cuont", "cuont is none of count, sum"),
    (", halfLife: 12h", "", "favourite needs one"),
    ("customer.orders_30d > 2", "customer.order_30d > 2", "did you mean \"customer.orders_30d\"?"),
    ("customer.orders_30d > 2", "customer.relation == \"regular\"", "refers to itself"),
    ("== \"regular\"}", "== \"regluar\"}", "is none of the declared values"),
    ("otherwise: prospect", "otherwise: propect", "there is no declared value propect"),
    ("customer.relation ==", "contact.channel ==", "can't be asked"),
  ]) func `a definition that doesn't hold is refused with its line`(old: String, new: String, says: String) throws {
    let text = Self.defining(old, new)
    let mistakes = Given.mistakes(text)
    #expect(mistakes.contains { $0.reason.contains(says) }, "\(mistakes)")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(mistakes.first { $0.reason.contains(says) }?.line)
    let around = lines[max(0, line - 3)..<min(lines.count, line + 1)].joined(separator: "\n")
    #expect(
      new.isEmpty || around.contains(new.split(separator: "\n")[0]) || says.contains("itself"),
      "line \(line): \(around)")
  }

  @Test(arguments: [
    ("take: count", "type: bool", "what it has is a number, whatever is said here"),
    ("take: count", "scope: contact", "what comes out of events is the customer's, not a contact's"),
    ("over: 30d", "values: [a]", "only an attribute of type string has values"),
  ]) func `what doesn't fit how an attribute comes about is told on its own line`(
    before: String, field: String, says: String
  ) throws {
    let text = Self.defining(before, "\(before)\n    \(field)")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lines.firstIndex { $0.contains(field) }) + 1
    let mistake = Given.mistakes(text).first { $0.reason.contains(says) }
    #expect(mistake?.line == line, "\(Given.mistakes(text))")
  }

  @Test func `a condition's mistake is told where it is made and not wherever it is used`() {
    let (text, line) = Given.broken("when: customer.age >= 18 }", "when: customer.agee >= 18 }")
    #expect(Given.mistakes(text).map(\.line) == [line])
  }

  @Test func `an offer that is won by its acceptance is remarked on and taken`() throws {
    #expect(try Given.remarks(Given.text) == [])
    let (text, line) = Given.broken("    group: cards\n", "    group: cards\n    valueMinor: 500\n")
    let remarks = try Given.remarks(text)
    #expect(remarks.count == 1)
    #expect(
      remarks.first?.hasPrefix("\(line - 3): card has no steps: whoever accepts it counts as won at once") == true)
  }

  @Test func `a channel that shows nothing while the suite is away is remarked on`() throws {
    let (_, line) = Given.broken("  - channel: web\n    propositions: [loan]", "")
    #expect(
      try Given.remarks(Given.text, "") == [
        "\(line): call-centre has no fallback list: while the suite is away it shows nothing"
      ])
  }

  @Test(arguments: [
    ("validUntil: 2026-12-31T12:00:00Z", "validUntil: 2026-02-01", "over since 2026-02-01T00:00:00.000Z"),
    ("validFrom: 2026-01-01", "validFrom: 2026-10-01", "not before 2026-10-01T00:00:00.000Z"),
    ("    valueMinor: 1000\n", "    valueMinor: 1000\n    paused: true\n", "paused"),
    ("    valueMinor: 1000\n", "    valueMinor: 1000\n    inStock: false\n", "out of stock"),
    ("fallback:\n", "exclusions: [{ group: loans, reason: a recall }]\nfallback:\n", "taken out: a recall"),
  ]) func `a fallback list of which nothing can be shown is remarked on`(
    old: String, new: String, why: String
  ) throws {
    let (text, _) = Given.broken(old, new)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.firstIndex { $0.hasSuffix("- channel: web") }
    #expect(
      try Given.remarks(text) == [
        "\((line ?? 0) + 1): of the fallback list of web nothing can be shown now: loan (\(why))"
      ])
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var old: String
    var new: String
    /// What the one mistake says; it is on the line of `old`, `lines` further down.
    var says: String
    var lines = 0

    var testDescription: String { "\(old) → \(new)" }

    init(_ old: String, _ new: String, _ says: String, lines: Int = 0) {
      self.old = old
      self.new = new
      self.says = says
      self.lines = lines
    }
  }

  static let fields = [
    Case("valueMinor: 1000", "valueMinro: 1000", "there is no field valueMinro; did you mean \"valueMinor\"?"),
    Case("name: Test", "name: Test\ncolour: red", "there is no field colour; there are name, currency", lines: 1),
    Case("    group: loans\n", "", "group is missing", lines: -3),
    Case("name: Test\n", "", "name is missing"),
    Case("valueMinor: 1000", "valueMinor: much", "takes a whole number, this is the text \"much\""),
    Case("valueMinor: 1000", "valueMinor: 10.50", "takes a whole number, this is the number 10.50"),
    Case("valueMinor: 1000", "valueMinor: '1000'", "takes a whole number, this is the text \"1000\""),
    Case("valueMinor: 1000", "valueMinor: [1]", "takes a whole number, this is a list"),
    Case("valueMinor: 1000", "valueMinor: -5", "-5 is negative"),
    Case("costMinor: 10", "costMinor: -1", "-1 is negative"),
    Case("startProbability: 0.25", "startProbability: 7", "7 is outside 0…1"),
    Case("startProbability: 0.25", "startProbability: -0.1", "-0.1 is negative"),
    Case("startProbability: 0.25", "startProbability: .nan", "takes a number, this is the text \".nan\""),
    Case("costMinor: 10", "paused: maybe", "takes true or false, this is the text \"maybe\""),
    Case("name: Loan", "name: true", "it is the truth value true"),
    Case("name: Loan", "name: { a: b }", "there is no field a; there are en, nl"),
    Case("name: Loan", "name: [a]", "takes a text, this is a list"),
    Case("id: loan\n", "id: \"a loan\"\n", "\"a loan\" is no id"),
    Case("kind: offer", "kind: ofer", "ofer is none of offer, content, service, retention, question; did you mean"),
    Case("currency: EUR", "currency: euro", "euro is no currency"),
    Case("currency: EUR", "currency: EUR\nlanguage: de", "de is none of en, nl", lines: 1),
    Case("validFrom: 2026-01-01", "validFrom: 2026-02-30", "2026-02-30 is no date"),
    Case("validFrom: 2026-01-01", "validFrom: 1.1.2026", "1.1.2026 is no date"),
    Case("validFrom: 2026-01-01", "validFrom: 2027-01-01", "is not after validFrom", lines: 1),
    Case("restDays: 3", "restDays: -3", "-3 is negative"),
    Case("scope: customer", "scope: custmer", "custmer is none of customer, contact; did you mean \"customer\"?"),
    Case("type: number }", "type: number, values: [a] }", "only an attribute of type string has values"),
    Case("name: device, scope", "name: channel, scope", "contact.channel is there already"),
    Case("name: device, scope", "name: my-device, scope", "can't be named in a predicate"),
    Case("treatments:\n      - { channel: web, ", "treatments:\n      - { channel: wbe, ", "no channel wbe", lines: 1),
    Case(
      "    treatments:\n      - { channel: call-centre, headline: A card, body: Now., callToAction: Yes }\n", "",
      "treatments is missing", lines: -5),
    Case("[web, call-centre]", "[]", "the list is empty"),
  ]

  static let references = [
    Case("id: card", "id: loan", "loan is there twice, first on line 11"),
    Case("name: caller", "name: adult", "adult is there twice, first on line 8"),
    Case("name: device, scope: contact", "name: age, scope: customer", "customer.age is there twice, first on line 5"),
    Case("[web, call-centre]", "[web, call-centre, web]", "web is there twice"),
    Case("propositions: [loan]", "propositions: [laon]", "there is no proposition laon; did you mean \"loan\"?"),
    Case("propositions: [loan]", "propositions: [loan, card]", "card has no treatment for web"),
    Case("propositions: [loan]", "propositions: [loan, loan]", "loan is there twice"),
    Case("channel: web\n    propositions", "channel: fax\n    propositions", "there is no channel fax"),
    Case("group: loans, factor", "group: laons, factor", "there is no group laons; did you mean \"loans\"?"),
    Case("group: loans, factor", "factor", "says neither issue, group nor proposition"),
    Case("event: form.submitted", "event: form.submited", "no event form.submited; did you mean \"form.submitted\"?"),
    Case("event: form.submitted, form: loan", "event: facet.left", "there is no event facet.left"),
    Case("event: form.submitted, form", "event: order.placed, form", "order.placed has no form, so it never completes"),
    Case("event: form.submitted, form", "event: form.submitted, purpose", "form.submitted has no purpose, so it never"),
    Case("event: form.submitted, form: loan", "event: task.done", "the step has no task"),
    Case("event: form.submitted, form: loan", "event: nba.rejected", "a rejection loses the lead"),
    Case("event: form.submitted, form: loan", "event: task.failed", "a failed task is asked for again"),
    Case("        summary: It is applied for.\n", "", "summary is missing", lines: -1),
    Case("dueHours: 24", "dueHours: 0", "0 is outside 1…100000"),
    Case(
      "when: customer.age >= 18 }\n    steps", "when: customer.aeg >= 18 }\n    steps",
      "at character 1: there is no customer.aeg; did you mean \"customer.age\"?"),
    Case(
      "interest(\"loans\") > 1", "has_lead(\"laons\")", "at character 10: \"laons\" is no group of the catalogue; did"),
    Case(
      "when: customer.age >= 18 }\n    steps", "when: customer.age >= }\n    steps", "expected a value, found the end"),
    Case("contact.channel ==", "contact.chanel ==", "at character 12: there is no contact.chanel; did you mean"),
    Case("\"@adult and", "\"@adlt and", "there is no condition @adlt; did you mean \"adult\"?"),
    Case(
      "when: customer.age >= 18 }\n  - { name: caller", "when: '@caller' }\n  - { name: caller", "in a circle",
      lines: 1),
    Case(
      "when: customer.age >= 18 }\n    steps",
      "when: true }\n      - name: twice\n        when: |\n          true and\n"
        + "          customer.aeg == 1\n    steps", "at character 1: there is no customer.aeg", lines: 4),
  ]

  @Test(arguments: fields + references)
  func `a mistake is told with its line and reason`(_ given: Case) throws {
    let (text, line) = Given.broken(given.old, given.new)
    try #require(line > 0, "the catalogue has no \(given.old)")
    let mistakes = Given.mistakes(text)
    #expect(
      mistakes.contains { $0.line == line + given.lines && $0.reason.contains(given.says) },
      "line \(line + given.lines) should say \(given.says):\n\(CatalogMistakes(mistakes))")
  }

  @Test(arguments: [
    ("", 1, "there is nothing in it"), ("- a\n- b", 1, "takes fields"), ("just words", 1, "takes fields"),
    ("name: a\nname: b\n", 2, "name is there twice"), ("name: a\n  b: c\n", 2, "can't be read as YAML"),
    ("name: \"a\n", 2, "can't be read as YAML"), ("name: *gone\n", 1, "undefined alias"),
    ("name: a\n---\nname: b\n", 2, "can't be read as YAML"),
  ])
  func `a text that is no catalogue at all is refused with its line`(_ text: String, _ line: Int, _ says: String) {
    let mistakes = Given.mistakes(text)
    #expect(
      mistakes.contains { $0.line == line && $0.reason.contains(says) }, "\(CatalogMistakes(mistakes))")
  }

  @Test func `all mistakes are told at once, in the order of their lines`() {
    var text = Given.text
    for (old, new) in [
      ("currency: EUR", "currency: 7"), ("scope: contact", "scope: visit"), ("valueMinor: 1000", "valueMinor: -1"),
      ("startProbability: 0.25", "startProbability: 7"), ("event: form.submitted", "event: form.sent"),
      ("when: interest(\"loans\") > 1", "when: interst(\"loans\") > 1"), ("[loan]", "[laon]"), ("id: card", "id: loan"),
    ] {
      text = text.replacing(old, with: new, maxReplacements: 1)
    }
    let mistakes = Given.mistakes(text)
    #expect(mistakes.map(\.line) == mistakes.map(\.line).sorted())
    let lines = [2, 6, 18, 20, 28, 30, 38, 43]
    #expect(Set(mistakes.map(\.line)) == Set(lines), "\(CatalogMistakes(mistakes))")
    #expect(mistakes.count == lines.count, "\(CatalogMistakes(mistakes))")
  }

  @Test func `every mistake of one predicate and of one line is told`() {
    let text = Given.text.replacing("interest(\"loans\") > 1", with: "customer.aeg > 1 and contact.devise == \"phone\"")
    #expect(Given.mistakes(text).count == 2)
    #expect(Set(Given.mistakes(text).map(\.line)) == [38])
  }

  /// It would fit neither in a record nor in a person's head.
  @Test func `a file of too many propositions is refused, with what a catalogue has room for`() {
    let one = """
        - {id: p, name: P, issue: i, group: g, kind: offer, treatments: [{channel: web, headline: h, body: b, callToAction: c}]}

      """
    let text = Given.text.replacing(
      "propositions:\n  - id: loan",
      with: "propositions:\n" + String(repeating: one.replacing("    - ", with: "  - "), count: 20_000) + "  - id: loan"
    )
    let reasons = Given.mistakes(text).map(\.reason)
    #expect(reasons.contains { $0.contains("has 20002 entries, more than 20000") }, "\(reasons.prefix(3))")
  }

  @Test func `a text too large for one record is refused`() {
    let text = Given.text.replacing("body: Now.", with: "body: \(String(repeating: "a", count: 20_000_000))")
    #expect(Given.mistakes(text).map(\.reason).first?.contains("is too large") == true)
  }
}
