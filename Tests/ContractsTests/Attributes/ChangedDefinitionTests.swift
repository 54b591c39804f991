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
    Computation(.count, event: "order.placed", matching: [FieldMatch("channel", "web")]),
  ]) func `lifetimes are filled back from what is retained`(computation: Computation) throws {
    let events = Events(seed: 7, count: 60)
    let known = try definitions(computation, definedMs: 0)
    let late = try definitions(computation, definedMs: Events.startMs)
    // Asked of a profile that no event has come to since, and of one with events after it.
    for from in [60, 30] {
      let nowMs = events.latestMs + 1_000
      let state = events.profile(60, late, from: from)
      let whole = known.value("a", of: events.profile(60, known), nowMs: nowMs)
      if computation.take == .recency {
        // The retained time is that of the last order that was no refund.
        #expect(late.value("a", of: state, nowMs: nowMs) != nil)
      } else {
        #expect(late.value("a", of: state, nowMs: nowMs) == whole)
      }
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
}
