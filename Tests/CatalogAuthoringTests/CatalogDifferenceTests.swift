import CatalogAuthoring
import Contracts
import Foundation
import Testing

/// What two catalogues say otherwise, by place.
@Suite struct CatalogDifferenceTests {
  private static let text = """
    name: Test
    currency: EUR
    channels: [web, call-centre]
    attributes:
      - {name: age, scope: customer, type: number}
      - {name: device, scope: contact, type: string, values: [phone, desktop]}
      - {name: views, take: count, event: page.viewed, over: 30d}
      - {name: sort, values: [old, young], cases: [{value: old, when: customer.age > 60}, {value: young, when: customer.age < 20}]}
    conditions:
      - {name: adult, when: customer.age >= 18}
    segments:
      - {name: seniors, when: customer.age > 60}
      - {name: adults, when: "@adult"}
    propositions:
      - id: loan
        name: Loan
        issue: lending
        group: loans
        kind: offer
        validFrom: 2026-01-01
        valueMinor: 1000
        treatments:
          - {channel: web, headline: A loan, body: Now., callToAction: "Yes"}
        eligibility:
          - {name: adult, when: "@adult"}
          - {name: not-too-old, when: customer.age < 80}
        steps:
          - {name: application, summary: Applied., completedBy: {event: form.submitted, form: loan}, dueHours: 24}
          - {name: signed, summary: Signed., completedBy: {event: form.submitted, form: contract}}
      - id: card
        name: Card
        issue: paying
        group: cards
        kind: offer
        treatments:
          - {channel: web, headline: A card, body: Now., callToAction: "Yes"}
    contextWeights:
      - {name: looking, when: interest("loans") > 1, group: loans, factor: 2}
    contactPolicy: {restDays: 3}
    fallback:
      - {channel: web, propositions: [loan, card]}
    """

  private func difference(_ old: String, _ new: String) throws -> CatalogDifference {
    CatalogDifference(
      from: try CatalogFile.read(text: Self.text),
      to: try CatalogFile.read(text: Self.text.replacing(old, with: new, maxReplacements: 1)))
  }

  /// A change near the end of a long text is no line that shows twice the same.
  @Test func `of long texts it is said where they differ, and both are kept whole`() throws {
    let long = String(repeating: "Again and again. ", count: 20)
    let one = try CatalogFile.read(text: Self.text.replacing("body: Now.", with: "body: \(long)Now."))
    let other = try CatalogFile.read(
      text: Self.text.replacing("body: Now.", with: "body: \(long)Now.").replacing("again. Now.", with: "again. Later.")
    )
    let change = try #require(CatalogDifference(from: one, to: other).changes.first)
    #expect(change.old == "\(long)Now." && change.new == "\(long)Later.")
    let said = "\(change)".components(separatedBy: " → ")
    #expect(said.count == 2 && said[0].hasSuffix("again. Now.") && said[1].hasSuffix("again. Later."), "\(change)")
    #expect("\(change)".count < 300)
  }

  @Test(arguments: [
    ("valueMinor: 1000", "valueMinor: 1200", "proposition loan: valueMinor: 1000 → 1200"),
    ("valueMinor: 1000", "valueMinor: 1000\n    paused: true", "proposition loan: paused: false → true"),
    ("valueMinor: 1000", "valueMinor: 1000\n    marginPercent: 1.5", "proposition loan: marginPercent: added, 1.5"),
    (
      "validFrom: 2026-01-01", "validFrom: 2026-02-01",
      "proposition loan: validFrom: 2026-01-01T00:00:00.000Z → 2026-02-01T00:00:00.000Z"
    ),
    (
      "customer.age < 80", "customer.age < 85",
      "proposition loan: eligibility not-too-old when: customer.age < 80 → customer.age < 85"
    ),
    (
      "      - {name: not-too-old, when: customer.age < 80}\n", "",
      "proposition loan: eligibility not-too-old: removed, was customer.age < 80"
    ),
    ("headline: A loan", "headline: The loan", "proposition loan: treatments web headline: A loan → The loan"),
    ("form: loan", "form: loan-2", "proposition loan: steps application completedBy form: loan → loan-2"),
    ("dueHours: 24", "dueHours: 48", "proposition loan: steps application dueHours: 24 → 48"),
    ("over: 30d", "over: 7d", "attribute customer.views: over: 30d → 7d"),
    ("[phone, desktop]", "[phone, tablet, desktop]", "attribute contact.device: values: added, tablet"),
    ("customer.age >= 18}", "customer.age >= 21}", "condition adult: when: customer.age >= 18 → customer.age >= 21"),
    ("factor: 2}", "factor: 3}", "context weight looking: factor: 2 → 3"),
    ("{restDays: 3}", "{restDays: 4}", "contactPolicy: restDays: 3 → 4"),
    ("name: Test", "name: Other", "name: Test → Other"),
    ("[loan, card]", "[card, loan]", "fallback web: propositions: other order: loan, card → card, loan"),
    ("[loan, card]", "[card]", "fallback web: propositions: loan, card → card"),
  ])
  func `one change is told as one, in its author's words`(old: String, new: String, told: String) throws {
    #expect(try difference(old, new).changes.map(\.description) == [told])
  }

  @Test func `what is said in another order is told where the order decides`() throws {
    let segments = try difference(
      "  - {name: seniors, when: customer.age > 60}\n  - {name: adults, when: \"@adult\"}",
      "  - {name: adults, when: \"@adult\"}\n  - {name: seniors, when: customer.age > 60}")
    #expect(segments.changes.map(\.description) == ["segments: other order: seniors, adults → adults, seniors"])
    #expect(segments.summary == "segments: order")
    let cases = try difference(
      "[{value: old, when: customer.age > 60}, {value: young, when: customer.age < 20}]",
      "[{value: young, when: customer.age < 20}, {value: old, when: customer.age > 60}]")
    #expect(
      cases.changes.map(\.description) == ["attribute customer.sort: cases: other order: old, young → young, old"])
    let attributes = try difference(
      "  - {name: device, scope: contact, type: string, values: [phone, desktop]}\n", ""
    ).changes
    #expect(attributes.map(\.description) == ["attribute contact.device: removed"])
    let moved = Self.text.replacing("  - {name: age, scope: customer, type: number}\n", with: "").replacing(
      "conditions:", with: "  - {name: age, scope: customer, type: number}\nconditions:")
    let nothing = CatalogDifference(
      from: try CatalogFile.read(text: Self.text), to: try CatalogFile.read(text: moved))
    #expect(nothing.isEmpty && nothing.summary == "nothing", "the order of attributes means nothing")
  }

  @Test func `what is added and removed is told whole, with the place where it stands`() throws {
    let new = Self.text.replacing("id: card", with: "id: gold").replacing("[loan, card]", with: "[loan, gold]")
    let (catalog, places) = try CatalogFile.readPlaced(text: new)
    let difference = CatalogDifference(from: try CatalogFile.read(text: Self.text), to: catalog)
    #expect(
      difference.changes.map(\.description) == [
        "fallback web: propositions: loan, card → loan, gold", "proposition gold: added, Card",
        "proposition card: removed, was Card",
      ])
    let lines = new.split(separator: "\n", omittingEmptySubsequences: false)
    let place = try #require(difference.changes.first { $0.kind == .added }?.place)
    #expect(lines[places.line(of: place) - 1].contains("id: gold"))
    #expect(difference.summary == "fallback: ~web, propositions: +gold -card")
  }

  @Test func `a place is a place in the text`() throws {
    let new = Self.text.replacing("customer.age < 80", with: "customer.age < 85").replacing(
      "over: 30d", with: "over: 7d"
    )
    .replacing("dueHours: 24", with: "dueHours: 48")
    let (catalog, places) = try CatalogFile.readPlaced(text: new)
    let difference = CatalogDifference(from: try CatalogFile.read(text: Self.text), to: catalog)
    let lines = new.split(separator: "\n", omittingEmptySubsequences: false)
    let told = difference.changes.map { String(lines[places.line(of: $0.place) - 1]) }
    #expect(told.count == 3)
    for word in ["over: 7d", "customer.age < 85", "dueHours: 48"] {
      #expect(told.contains { $0.contains(word) }, "\(told)")
    }
  }

  @Test func `what an application says of itself is no difference`() throws {
    var catalog = try CatalogFile.read(text: Self.text)
    let before = catalog
    (catalog.version, catalog.appliedMs, catalog.appliedBy, catalog.note) = ("7-x", 7, "bea", "why")
    catalog.definedMs = 7
    for index in catalog.attributes.indices { catalog.attributes[index].definedMs = 7 }
    #expect(CatalogDifference(from: before, to: catalog).isEmpty)
  }

  @Test func `against itself the demonstration's catalogue is the same, and each of its propositions is missed`() throws
  {
    let catalog = try DemoCatalogTests.catalog()
    #expect(CatalogDifference(from: catalog, to: catalog).isEmpty)
    var empty = catalog
    empty.propositions = []
    let removed = CatalogDifference(from: catalog, to: empty).changes
    #expect(removed.map(\.subject) == catalog.propositions.map(\.id) && removed.allSatisfy { $0.kind == .removed })
  }
}
