import CatalogAuthoring
import Contracts
import NbaScorerCore
import Testing

/// What stands in the file of tests beside a catalogue, and what is wrong with it, by line.
@Suite struct CatalogCaseTests {
  private static let catalog = """
    name: Test
    currency: EUR
    channels: [web, call-centre]
    attributes:
      - {name: age, scope: customer, type: number}
      - {name: home, scope: customer, type: string, values: [owner, tenant]}
      - {name: vip, scope: customer, type: bool}
      - {name: views, take: count, event: page.viewed, over: 30d}
      - {name: sort, values: [old, young], cases: [{value: old, when: customer.age > 60}], otherwise: young}
      - {name: device, scope: contact, type: string, values: [phone, desktop]}
    propositions:
      - id: loan
        name: Loan
        issue: lending
        group: loans
        kind: offer
        treatments: [{channel: web, headline: A loan, body: Now., callToAction: "Yes"}]
        eligibility: [{name: adult, when: customer.age >= 18}]
    """

  static let text = """
    now: 2026-03-02
    cases:
      - name: one
        given:
          identifiers: ["cookie:1", "customer:7"]
          attributes: {age: 40, home: owner, vip: true}
          consents: {email: false}
          did:
            - {page.viewed: 3d, category: loans, times: 2}
            - {nba.rejected: 2h, proposition: loan}
            - {order.placed: 40d, amountMinor: 100}
        contact: {channel: web, ago: 5m, intent: question, context: {device: phone}}
        expect:
          list: [loan]
      - name: two
        now: 2026-03-03T09:00:00Z
        contact: {channel: web}
        expect:
          dropped: {loan: {eligibility: adult}}
    """

  private func cases(_ text: String = text) throws -> [CatalogCase] {
    try CatalogCaseFile.read(text: text, for: try CatalogFile.read(text: Self.catalog))
  }

  @Test func `a case is the events that its customer caused, in their order`() throws {
    let one = try #require(try cases().first)
    #expect(one.name == "one" && one.line == 3 && one.nowMs == 1_772_409_600_000)
    #expect(
      one.events.map(\.type) == [
        .customerRecorded, .consentWithdrawn, .orderPlaced, .pageViewed, .pageViewed, .nbaRejected, .contactStarted,
      ])
    #expect(one.events.allSatisfy { $0.key == "customer:7" }, "the strongest")
    #expect(
      one.events.map { one.nowMs - $0.atMs } == [40, 40, 40, 3, 3].map { $0 * 86_400_000 } + [7_200_000, 300_000])
    #expect(one.events.map(\.line) == [6, 7, 11, 9, 9, 10, 12])
    #expect(one.expected.map(\.proposition) == ["loan"] && one.expected.map(\.line) == [14] && one.wholeLine == nil)
    let start = try Interaction.decode(type: .contactStarted, data: one.events[6].data)
    #expect(start.intent == "question" && start.context?["device"] == .string("phone"))
    let order = try Interaction.decode(type: .orderPlaced, data: one.events[2].data)
    #expect(order.currency == "EUR" && order.order != nil)
  }

  @Test func `a moment is the case's, the file's or always the same`() throws {
    #expect(try cases().map(\.nowMs) == [1_772_409_600_000, 1_772_528_400_000])
    let bare = try cases(Self.text.replacing("now: 2026-03-02\n", with: "", maxReplacements: 1))
    #expect(bare.map(\.nowMs) == [CatalogCase.standardNowMs, 1_772_528_400_000])
  }

  @Test func `what is dropped has a stage, and a rule where one is said`() throws {
    let drop = try #require(try cases().last?.dropped.first)
    #expect(drop.proposition == "loan" && drop.stage == .eligibility && drop.rule == "adult" && drop.line == 19)
    let any = try cases(Self.text.replacing("{eligibility: adult}", with: "eligibility")).last?.dropped.first
    #expect(any?.rule == nil && any?.stage == .eligibility)
  }

  @Test(arguments: [
    ("list: [loan]", "list: [laon]", "there is no proposition laon; did you mean \"loan\"?"),
    ("dropped: {loan", "dropped: {laon", "there is no proposition laon; did you mean \"loan\"?"),
    ("{eligibility: adult}", "eligible", "eligible is none of validity, eligibility"),
    ("{eligibility: adult}", "{eligibilty: adult}", "did you mean \"eligibility\"?"),
    ("{eligibility: adult}", "{eligibility: adlut}", "has no rule adlut for its eligibility; did you mean \"adult\"?"),
    ("{eligibility: adult}", "{eligibility: adult, consent: x}", "takes one stage with its rule, has 2"),
    ("age: 40", "age: forty", "takes a number, this is the text \"forty\""),
    ("age: 40", "agee: 40", "declares no attribute agee of the customer; did you mean \"age\"?"),
    ("vip: true", "vip: 1", "takes true or false, this is the number 1"),
    ("home: owner", "home: onwer", "onwer is none of owner, tenant; did you mean \"owner\"?"),
    ("home: owner", "views: 3", "is computed from what he did: say that, under did"),
    ("home: owner", "sort: old", "is decided by its cases: say what they ask"),
    ("device: phone", "devise: phone", "declares no attribute devise of the contact; did you mean \"device\"?"),
    ("page.viewed: 3d", "page.veiwed: 3d", "there is no event page.veiwed; did you mean \"page.viewed\"?"),
    ("page.viewed: 3d", "page.viewed: 3w", "3w doesn't say how long ago: now, 30s, 90m, 12h, 3d"),
    ("page.viewed: 3d, category", "page.viewed: 3d, catgory", "page.viewed has no catgory; did you mean \"category\"?"),
    ("{page.viewed: 3d, category: loans, times: 2}", "{category: loans}", "takes an event with how long ago it was"),
    ("times: 2", "times: 2, order.placed: 2d", "has 2 events, takes one"),
    ("times: 2", "times: 0", "takes 1 to 100, this is 0"),
    ("proposition: loan}", "proposition: laon}", "there is no proposition laon; did you mean \"loan\"?"),
    ("amountMinor: 100", "product: x", "amountMinor is missing"),
    ("amountMinor: 100", "amountMinor: 100, currency: euro", "currency takes the three capital letters"),
    ("cookie:1", "cokie:1", "there is no namespace cokie; did you mean \"cookie\"?"),
    ("cookie:1", "cookie", "cookie is no identifier"), ("email: false", "email: never", "takes true or false"),
    ("channel: web, ago", "channel: wbe, ago", "no proposition has a treatment for wbe; did you mean \"web\"?"),
    ("channel: web, ago: 5m", "ago: 5m", "channel is missing"), ("ago: 5m", "ago: soon", "doesn't say how long ago"),
    ("list: [loan]", "list: [loan, loan]", "loan is there twice"),
    ("list: [loan]", "list: [loan], dropped: {loan: validity}", "loan can't be on the list and drop out"),
    ("list: [loan]", "whole: false", "expects nothing"),
    ("name: two", "name: one", "one is there twice, first on line 3"),
    ("now: 2026-03-02\n", "now: tomorrow\n", "tomorrow is no date"),
  ])
  func `what is wrong is refused with line and reason`(old: String, new: String, reason: String) throws {
    let range = try #require(Self.text.firstRange(of: old))
    let line = Self.text[..<range.lowerBound].count { $0 == "\n" } + 1
    var text = Self.text
    // Where something else joins the list, it is a field of its own.
    text.replaceSubrange(range, with: new.replacing("], ", with: "]\n      "))
    let error = #expect(throws: CatalogMistakes.self) { try cases(text) }
    let mistakes = error?.mistakes ?? []
    #expect(mistakes.count == 1, "\(mistakes)")
    // What is missing is told where the section begins.
    let isNear = mistakes.first.map { (line - 1...line + 1).contains($0.line) } == true
    #expect(isNear && mistakes.first?.reason.contains(reason) == true, "line \(line): \(mistakes)")
  }

  @Test func `a text that is none is refused`() {
    for text in ["", "cases: [", "cases: []", "- x"] {
      let error = #expect(throws: CatalogMistakes.self) { try cases(text) }
      #expect(error?.mistakes.isEmpty == false, "\(text)")
    }
  }

  @Test func `the tests of a catalogue lie beside it`() {
    #expect(CatalogCaseFile.path(beside: "a/catalog.yaml") == "a/catalog.tests.yaml")
    #expect(CatalogCaseFile.path(beside: "x.yml") == "x.tests.yml")
    #expect(CatalogCaseFile.path(beside: "catalog") == "catalog.tests.yaml")
  }
}
