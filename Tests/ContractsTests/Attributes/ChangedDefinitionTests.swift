import Testing

@testable import Contracts

/// Definitions that come, or change, when customers have a past.
struct ChangedDefinitionTests {
  private static let day = Computation.dayMs

  private func definitions(
    _ computation: Computation, version: Int = 1, definedMs: Int64
  ) throws -> CustomerDefinitions {
    try CustomerDefinitions(
      .defining([AttributeDeclaration("a", computation, version: version, definedMs: definedMs)]))
  }

  @Test(arguments: [
    Computation(.count, event: "page.viewed"), Computation(.sum, event: "order.placed"),
    Computation(.recency, event: "order.placed"),
    Computation(.count, event: "order.placed"),
  ]) func `lifetimes are filled back from what is retained`(computation: Computation) throws {
    let events = Events(seed: 7, count: 60)
    let known = try definitions(computation, definedMs: 0)
    let late = try definitions(computation, definedMs: Events.startMs)
    // Asked of a profile that no event has come to since, and of one with events after it.
    for from in [60, 30] {
      let nowMs = events.latestMs + 1_000
      let state = events.profile(60, late, from: from)
      let whole = known.value("a", of: events.profile(60, known), nowMs: nowMs)
      #expect(late.value("a", of: state, nowMs: nowMs) == whole)
      #expect(late.exactFromMs("a", CustomerView(state), nowMs: nowMs) == nil)
    }
  }

  @Test func `a window says from when on it is exact, and is`() throws {
    let events = Events(seed: 3, count: 60)
    let computation = Computation(.count, event: "page.viewed", windowMs: 7 * Self.day)
    let known = try definitions(computation, definedMs: 0)
    let late = try definitions(computation, definedMs: Events.startMs)
    for from in stride(from: 5, to: 55, by: 5) {
      let state = events.profile(60, late, from: from)
      let whole = events.profile(60, known)
      let exactMs = late.exactFromMs("a", CustomerView(state), nowMs: events.latestMs)
      if let exactMs { #expect(exactMs > events.latestMs && exactMs < events.latestMs + 9 * Self.day) }
      let fromMs = max(exactMs ?? 0, events.latestMs)
      for laterMs in [0, Self.day, 3 * Self.day] {
        #expect(
          late.value("a", of: state, nowMs: fromMs + laterMs) == known.value("a", of: whole, nowMs: fromMs + laterMs))
      }
      #expect(late.exactFromMs("a", CustomerView(state), nowMs: fromMs) == nil)
    }
  }

  @Test func `what nobody retained is never said to be exact`() throws {
    let events = Events(seed: 3, count: 20)
    let late = try definitions(Computation(.first, of: "page", event: "page.viewed"), definedMs: Events.startMs)
    let state = events.profile(20, late, from: 10)
    #expect(late.exactFromMs("a", CustomerView(state), nowMs: events.latestMs) == .max)
  }

  @Test func `a new version begins anew, another attribute goes on`() throws {
    let events = Events(seed: 5, count: 40)
    let count = Computation(.count, event: "page.viewed", windowMs: 365 * Self.day)
    func both(_ version: Int, _ definedMs: Int64) throws -> CustomerDefinitions {
      try CustomerDefinitions(
        .defining([
          AttributeDeclaration("changed", count, version: version, definedMs: definedMs),
          AttributeDeclaration("kept", count, definedMs: 0),
        ]))
    }
    let (first, second) = (try both(1, 0), try both(2, Events.startMs))
    var bodies = events.profile(40, first).facets.map(\.body)
    let views = bodies.map { $0.counts.first { $0.event == "page.viewed" }?.count ?? 0 }
    var interaction = Interaction(identifiers: [], channel: "web")
    interaction.page = "/"
    for index in bodies.indices {
      second.catchUp(&bodies[index])
      second.take(.pageViewed, interaction, atMs: events.latestMs, into: &bodies[index])
      let aggregates = bodies[index].aggregates!
      func total(_ name: String) -> Int64 {
        aggregates.filter { $0.attribute == name }.flatMap(\.tiles).reduce(0) { $0 + $1.amount! }
      }
      #expect(total("changed") == 1 && total("kept") == views[index] + 1)
      #expect(aggregates.count == 2, "nothing of the old version stays")
    }
  }

  /// The attribute as version 1, then something else in its place, then as version 1 again; each version of the catalogue
  /// says when it was another than the one before.
  private func eras(
    _ computation: Computation, then other: AttributeDeclaration?
  ) throws -> (first: CustomerDefinitions, between: CustomerDefinitions, again: CustomerDefinitions) {
    func definitions(_ attributes: [AttributeDeclaration], definedMs: Int64) throws -> CustomerDefinitions {
      var catalog = Catalog.defining(attributes)
      catalog.definedMs = definedMs
      return try CustomerDefinitions(catalog)
    }
    let kept = AttributeDeclaration("kept", Computation(.count, event: "order.placed"), definedMs: 1)
    func own(_ definedMs: Int64) -> AttributeDeclaration {
      AttributeDeclaration("a", computation, version: 1, definedMs: definedMs)
    }
    return (
      try definitions([kept, own(1)], definedMs: 1), try definitions([kept] + (other.map { [$0] } ?? []), definedMs: 2),
      try definitions([kept, own(3)], definedMs: 3)
    )
  }

  static let computations = [
    Computation(.count, event: "page.viewed", windowMs: 7 * day), Computation(.count, event: "page.viewed"),
    Computation(.sum, event: "order.placed", windowMs: 30 * day),
    Computation(.distinct, of: "page", event: "page.viewed", windowMs: 14 * day),
    Computation(.last, of: "page", event: "page.viewed"), Computation(.decayed, event: "page.viewed", halfLifeMs: day),
  ]

  /// What a rollback does.
  @Test(arguments: computations, [true, false])
  func `a definition that comes back never says more than is known`(computation: Computation, isRaised: Bool) throws {
    let raised = AttributeDeclaration("a", Computation(.count, event: "order.placed"), version: 2, definedMs: 2)
    let (first, between, again) = try eras(computation, then: isRaised ? raised : nil)
    var exact = 0
    for seed in UInt64(1)...12 {
      let events = Events(seed: seed, count: 40)
      for (out, back) in [(10, 10), (10, 11), (15, 25), (20, 30), (39, 40), (0, 20)] {
        for count in stride(from: back, through: 40, by: 5) where count > 0 {
          let state = events.profile(count, eras: [(0, first), (out, between), (back, again)])
          let whole = events.profile(count, first)
          for laterMs in [0, 3 * Self.day, 40 * Self.day] {
            let nowMs = events.latestMs + laterMs
            guard again.exactFromMs("a", CustomerView(state), nowMs: nowMs) == nil else { continue }
            exact += 1
            #expect(again.value("a", of: state, nowMs: nowMs) == first.value("a", of: whole, nowMs: nowMs))
          }
        }
      }
    }
    #expect(exact > 100, "\(exact)")
  }

  /// A device that was only named beside somebody, say.
  @Test(arguments: computations)
  func `of an identifier that has seen no event nothing was missed`(computation: Computation) throws {
    let (definitions, _, _) = try eras(computation, then: nil)
    let events = Events(seed: 1, count: 20)
    let state = events.profile(20, definitions)
    var named = state
    named.facets.append(
      Facet(id: "cookie:named#0", version: 0, seq: 0, body: FacetBody(firstSeenMs: 1, lastSeenMs: events.latestMs)))
    func exact(_ state: ProfileState) -> Int64? {
      definitions.exactFromMs("a", CustomerView(state), nowMs: events.latestMs)
    }
    #expect(exact(named) == exact(state) && exact(state) == nil)
  }

  @Test(arguments: computations, [true, false])
  func `who did nothing in between has what he had`(computation: Computation, isRaised: Bool) throws {
    let raised = AttributeDeclaration("a", Computation(.count, event: "order.placed"), version: 2, definedMs: 2)
    let (first, between, again) = try eras(computation, then: isRaised ? raised : nil)
    for seed in UInt64(1)...6 {
      let events = Events(seed: seed, count: 40)
      for (back, count) in [(20, 20), (20, 21), (25, 40)] {
        let state = events.profile(count, eras: [(0, first), (back, between), (back, again)])
        let whole = events.profile(count, first)
        #expect(
          again.value("a", of: state, nowMs: events.latestMs) == first.value("a", of: whole, nowMs: events.latestMs))
        // Of whom nothing had been counted, it is not known that there was nothing to count.
        let counted = events.profile(back, first).facets.filter { facet in
          facet.body.aggregates?.contains { $0.attribute == "a" } == true
        }
        #expect(!counted.isEmpty)
        for facet in counted {
          func own(_ state: ProfileState) -> FacetBody? { state.facets.first { $0.id == facet.id }?.body }
          #expect(own(state)?.aggregates == own(whole)?.aggregates)
        }
      }
    }
  }
}
