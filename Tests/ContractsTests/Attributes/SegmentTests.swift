import JSONTrees
import Testing

@testable import Contracts

/// Segments and decided attributes: predicates over the customer, true or not at every moment.
struct SegmentTests {
  private static let day = Computation.dayMs

  private static let attributes: [AttributeDeclaration] = [
    AttributeDeclaration("views_1d", Computation(.count, event: "page.viewed", windowMs: day)),
    AttributeDeclaration("spent_30d", Computation(.sum, event: "order.placed", windowMs: 30 * day)),
    AttributeDeclaration("orders", Computation(.count, event: "order.placed")),
    AttributeDeclaration("order_days", Computation(.recency, event: "order.placed")),
    AttributeDeclaration("interest", Computation(.decayed, event: "page.viewed", halfLifeMs: 2 * day)),
    AttributeDeclaration(
      "relation",
      cases: [
        AttributeCase("lapsed", when: "customer.order_days > 10"),
        AttributeCase("large", when: "customer.spent_30d >= 10000"),
        AttributeCase("regular", when: "customer.orders > 3"),
        AttributeCase("new", when: "customer.orders > 0"),
      ], otherwise: "prospect"),
  ]

  private static let segments = [
    Segment(name: "active", when: "customer.views_1d > 0 or customer.order_days < 1.5"),
    Segment(name: "keen", when: "customer.interest >= 1.25"),
    Segment(name: "lapsed", when: #"customer.relation == "lapsed""#),
    Segment(name: "quiet_large", when: #"customer.relation == "large" and not in_segment("active")"#),
    Segment(name: "seen_lately", when: "days_since_first_seen <= 20 and 3 > days_since_interest(\"loan\")"),
    Segment(name: "odd", when: "customer.order_days / 2 < 3"),
  ]

  private func definitions() throws -> CustomerDefinitions {
    let catalog = Catalog.defining(Self.attributes, segments: Self.segments)
    #expect(catalog.mistakes.filter { !$0.place.hasPrefix("propositions") }.isEmpty)
    return try CustomerDefinitions(catalog)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `between one change and the next nobody enters or leaves`(seed: UInt64) throws {
    let definitions = try definitions()
    let events = Events(seed: seed, count: 25)
    let view = CustomerView(events.profile(25, definitions))
    func members(_ nowMs: Int64) -> [String] {
      definitions.segments(Situation(view, nowMs: nowMs, definitions: definitions))
    }
    // What one knows who looks only when told to, against who looks every seven minutes.
    let endMs = events.latestMs + 45 * Self.day
    var nowMs = events.latestMs
    var known = members(nowMs)
    var nextMs = definitions.nextSegmentChangeMs(Situation(view, nowMs: nowMs, definitions: definitions))
    var looks = 0
    while nowMs < endMs {
      while let dueMs = nextMs, dueMs <= nowMs {
        looks += 1
        known = members(dueMs)
        nextMs = definitions.nextSegmentChangeMs(Situation(view, nowMs: dueMs, definitions: definitions))
      }
      let there = members(nowMs)
      // "odd" makes more of a number than a comparison, so it is looked at once a day.
      #expect(known.filter { $0 != "odd" } == there.filter { $0 != "odd" }, "\(nowMs - events.latestMs) ms later")
      nowMs += 7 * 60_000
    }
    #expect(looks < 400, "\(looks) looks in 45 days")
  }

  @Test func `the relation is that of the first case that holds`() throws {
    let definitions = try definitions()
    var state = ProfileState(id: "p", nowMs: 0)
    #expect(definitions.value("relation", of: state, nowMs: 0) == .string("prospect"))
    var body = FacetBody()
    var order = Interaction(identifiers: [])
    (order.amountMinor, order.currency) = (500, "EUR")
    func relation(after orders: Int, laterMs: Int64 = 0) -> AttributeValue? {
      for _ in 0..<orders { definitions.take(.orderPlaced, order, atMs: Events.startMs, into: &body) }
      state.facets = [Facet(id: "customer:1#0", version: 0, seq: 1, body: body)]
      return definitions.value("relation", of: state, nowMs: Events.startMs + laterMs)
    }
    #expect(relation(after: 1) == .string("new"))
    #expect(relation(after: 3) == .string("regular"))
    #expect(relation(after: 20) == .string("large"))
    #expect(relation(after: 0, laterMs: 10 * Self.day) == .string("large"))
    #expect(relation(after: 0, laterMs: 10 * Self.day + 1) == .string("lapsed"))
  }

  @Test(arguments: [
    ("in_segment(\"a\")", "in_segment(\"a\") → in_segment(\"a\")"),
    ("in_segment(\"b\")", "in_segment(\"a\") → in_segment(\"b\") → in_segment(\"a\")"),
    ("customer.r == \"x\"", "customer.r → in_segment(\"a\") → customer.r"),
  ]) func `a definition that refers to itself is refused`(when: String, circle: String) {
    let relation = AttributeDeclaration("r", cases: [AttributeCase("x", when: "in_segment(\"a\")")], otherwise: nil)
    let catalog = Catalog.defining(
      [relation], segments: [Segment(name: "a", when: when), Segment(name: "b", when: "in_segment(\"a\")")])
    let mistakes = catalog.mistakes.filter { $0.reason.contains("refers to itself") }
    #expect(mistakes.count == 1 && mistakes[0].reason == "refers to itself: \(circle)", "\(catalog.mistakes)")
    #expect(throws: PredicateErrors.self) { try CustomerDefinitions(catalog) }
  }

  @Test func `a segment can't ask about a contact, nor by a condition that does`() {
    var catalog = Catalog.defining(
      [AttributeDeclaration(name: "job", kind: .string, scope: .contact)],
      segments: [
        Segment(name: "one", when: "contact.channel == \"web\""), Segment(name: "two", when: "@busy"),
        Segment(name: "three", when: "contact.job == \"x\""),
      ])
    catalog.conditions = [NamedCondition(name: "busy", when: "contact.intent == \"x\"")]
    let places = catalog.mistakes.map(\.place)
    for index in 0..<3 { #expect(places.contains("segments[\(index)].when"), "\(catalog.mistakes)") }
    #expect(!places.contains("conditions[0].when"))
  }

  @Test func `what a definition must keep to`() {
    func mistakes(_ computation: Computation) -> [String] {
      Catalog.defining([AttributeDeclaration("a", computation)]).mistakes
        .filter { $0.place.hasPrefix("attributes") }.map { "\($0.place) \($0.reason)" }
    }
    #expect(mistakes(Computation(.count, event: "page.viewed")).isEmpty)
    #expect(mistakes(Computation(.count, event: "page.view")).first?.contains("did you mean") == true)
    #expect(mistakes(Computation(.distinct, event: "page.viewed")).first?.contains("needs the field") == true)
    #expect(mistakes(Computation(.last, of: "form", event: "page.viewed")).first?.contains("no field form") == true)
    #expect(mistakes(Computation(.sum, event: "page.viewed")).first?.contains("no amount") == true)
    #expect(mistakes(Computation(.decayed, event: "page.viewed")).first?.contains("halfLife") == true)
    for (ms, isRight) in [(59, false), (60, true), (60 * 24 * 365, true), (60 * 24 * 366, false)] {
      let computation = Computation(.count, event: "page.viewed", windowMs: Int64(ms) * 60_000)
      #expect(mistakes(computation).isEmpty == isRight, "\(ms) minutes")
    }
    #expect(mistakes(Computation(.recency, event: "page.viewed", windowMs: Self.day)).isEmpty == false)
  }
}
