import JSONTrees
import Seeds
import Testing

@testable import Contracts

/// Attributes that come out of a customer's events, held against what the events themselves say.
struct ComputedAttributeTests {
  static let hour = Computation.hourMs
  static let day = Computation.dayMs
  static let windows: [Int64?] = [hour, day, 7 * day, 30 * day, 365 * day, nil]

  static let computations: [Computation] =
    windows.flatMap { windowMs in
      [
        Computation(.count, event: "page.viewed", windowMs: windowMs),
        Computation(.count, event: "page.viewed", matching: [FieldMatch("category", "loan")], windowMs: windowMs),
        Computation(.sum, event: "order.placed", windowMs: windowMs),
        Computation(.distinct, of: "category", event: "page.viewed", windowMs: windowMs),
        Computation(.first, of: "page", event: "page.viewed", windowMs: windowMs),
        Computation(.last, of: "category", event: "order.placed", windowMs: windowMs),
      ]
    } + [
      Computation(.recency, event: "order.placed"),
      Computation(.decayed, event: "page.viewed", matching: [FieldMatch("category", "loan")], halfLifeMs: 3 * day),
      Computation(.favourite, of: "category", event: "page.viewed", halfLifeMs: 3 * day),
    ]

  private let attributes = computations.enumerated().map { AttributeDeclaration("a\($0)", $1) }

  @Test(arguments: 1...40 as ClosedRange<UInt64>) func `say at any time what the events say`(seed: UInt64) throws {
    let definitions = try CustomerDefinitions(.defining(attributes))
    var random = Seeded(seed)
    let events = Events(seed: seed, count: 60)
    for count in [1, 20, 60] {
      let given = Array(events.all.prefix(count))
      let state = try ProfileState(json: events.profile(count, definitions).json)
      let latestMs = given.map(\.atMs).max()!
      for laterMs in [0, 1, Int64.random(in: 0...Self.day, using: &random), 20 * Self.day, 400 * Self.day] {
        for (index, computation) in Self.computations.enumerated() {
          let said = definitions.value("a\(index)", of: state, nowMs: latestMs + laterMs)
          let wanted = Self.derived(computation, given, latestMs + laterMs)
          #expect(Self.isClose(said, wanted), "\(computation), \(laterMs) ms later")
        }
      }
    }
  }

  /// The definition in words, over all events.
  private static func derived(_ computation: Computation, _ events: [Events.Event], _ nowMs: Int64) -> AttributeValue? {
    var fromMs = Int64.min
    if let windowMs = computation.windowMs {
      let tile = windowMs <= 12 * hour ? 300_000 : windowMs <= 12 * day ? hour : day
      fromMs = (nowMs - windowMs) / tile * tile
    }
    let counted = events.filter { event in
      event.type.shortName == computation.event && event.atMs >= fromMs
        && computation.matching.allSatisfy { $0.value == event.interaction.category }
        && (computation.take == .sum || event.interaction.amountMinor ?? 0 >= 0)
    }
    func text(_ event: Events.Event) -> String {
      computation.of == "page" ? event.interaction.page! : event.interaction.category!
    }
    func weight(_ event: Events.Event) -> Double {
      var weight = 1.0
      var ms = Double(nowMs - event.atMs)
      while ms >= Double(computation.halfLifeMs!) { (weight, ms) = (weight / 2, ms - Double(computation.halfLifeMs!)) }
      // What is left of a half-life, by the power series of e.
      let x = -ms / Double(computation.halfLifeMs!) * 0.693_147_180_559_945_3
      var (term, sum) = (1.0, 1.0)
      for n in 1...30 { (term, sum) = (term * x / Double(n), sum + term * x / Double(n)) }
      return weight * sum
    }
    switch computation.take {
    case .count: return .number(Double(counted.count))
    case .sum:
      return .number(
        Double(counted.filter { $0.interaction.currency == "EUR" }.reduce(0) { $0 + $1.interaction.amountMinor! }))
    case .distinct: return .number(Double(Set(counted.map(text)).count))
    case .first: return counted.min { ($0.atMs, text($0)) < ($1.atMs, text($1)) }.map { .string(text($0)) }
    case .last: return counted.max { ($0.atMs, text($0)) < ($1.atMs, text($1)) }.map { .string(text($0)) }
    case .recency: return counted.map(\.atMs).max().map { .number(Double(nowMs - $0) / Double(day)) }
    case .decayed: return .number(counted.reduce(0) { $0 + weight($1) })
    case .favourite:
      let weights = Dictionary(grouping: counted, by: text).mapValues { $0.reduce(0) { $0 + weight($1) } }
      return weights.max { $0.value < $1.value }.map { .string($0.key) }
    }
  }

  private static func isClose(_ a: AttributeValue?, _ b: AttributeValue?) -> Bool {
    if case .number(let a)? = a, case .number(let b)? = b { return abs(a - b) <= 1e-9 * max(1, abs(a)) }
    return a == b
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>) func `no time before the next change is another`(seed: UInt64) throws
  {
    let definitions = try CustomerDefinitions(.defining(attributes))
    let events = Events(seed: seed, count: 40)
    let state = events.profile(40, definitions)
    let view = CustomerView(state)
    for index in Self.computations.indices where Self.computations[index].take != .decayed {
      let name = "a\(index)"
      var nowMs = events.latestMs
      for _ in 0..<20 {
        let situation = Situation(view, nowMs: nowMs, definitions: definitions)
        let value = definitions.value(name, situation)
        guard let nextMs = definitions.nextChangeMs(name, situation, thresholds: nil) else {
          // A recency goes on for ever; what has no next change stays as it is.
          #expect(definitions.value(name, of: state, nowMs: nowMs + 800 * Self.day) == value, "\(name)")
          break
        }
        #expect(nextMs > nowMs)
        if Self.computations[index].take != .recency {
          #expect(definitions.value(name, of: state, nowMs: nextMs - 1) == value, "\(Self.computations[index])")
        }
        nowMs = nextMs
      }
    }
  }

  /// What there was no room for counts as long as it is in the window, and holds nothing down after it.
  @Test func `after a busy time values are counted exactly again`() throws {
    let definitions = try CustomerDefinitions(
      .defining([
        AttributeDeclaration("pages", Computation(.distinct, of: "page", event: "page.viewed", windowMs: Self.day))
      ]))
    func view(_ page: String, _ atMs: Int64, _ body: inout FacetBody) {
      var interaction = Interaction(identifiers: [], channel: "web")
      interaction.page = page
      body.lastSeenMs = max(body.lastSeenMs, atMs)
      definitions.take(.pageViewed, interaction, atMs: atMs, into: &body)
    }
    func pages(_ bodies: [FacetBody], _ nowMs: Int64) throws -> Double {
      var state = ProfileState(id: "p", nowMs: 0)
      state.facets = bodies.enumerated().map { Facet(id: "cookie:\($0)#0", version: 0, seq: 1, body: $1) }
      guard case .number(let pages)? = definitions.value("pages", of: state, nowMs: nowMs) else { throw NoNumber() }
      return pages
    }
    // Once an hour 20 other pages, for three days: 500 in a day. Then one in two hours.
    var (body, seen): (FacetBody, [(page: Int, atMs: Int64)]) = (FacetBody(), [])
    for hour in 0..<72 {
      for number in 0..<20 { seen.append((hour * 20 + number, Int64(hour) * Self.hour + Int64(number))) }
    }
    for number in 0..<24 { seen.append((10_000 + number, Int64(72 + number * 2) * Self.hour)) }
    for (index, one) in seen.enumerated() {
      view("/\(one.page)", one.atMs, &body)
      let startMs = (one.atMs - Self.day) / Self.hour * Self.hour
      let wanted = Double(Set(seen[...index].filter { $0.atMs >= startMs }.map(\.page)).count)
      let estimate = try pages([body], one.atMs)
      if index == seen.count - 1 { #expect(estimate == wanted && wanted == 13) }
      #expect(abs(estimate - wanted) <= 0.5 * wanted + 1, "\(estimate) for \(wanted) at \(index)")
      #expect(body.aggregates![0].tiles.count <= Aggregate.distinctMax)
      #expect(body.aggregates![0].dropped?.count ?? 0 <= Aggregate.droppedMax)
    }
    // Beside another facet that was busy long ago.
    let lastMs = seen.last!.atMs
    var busy = FacetBody()
    for number in 0..<480 { view("/old-\(number)", 1_000, &busy) }
    #expect(try pages([body, busy], lastMs) == 13)
    busy = try FacetBody(json: busy.json)
    view("/new", lastMs, &busy)
    #expect(try pages([body, busy], lastMs) == 14)
  }

  private struct NoNumber: Error {}

  @Test func `more values than are kept are estimated`() throws {
    let definitions = try CustomerDefinitions(
      .defining([AttributeDeclaration("pages", Computation(.distinct, of: "page", event: "page.viewed"))]))
    for count in [64, 65, 500, 20_000] {
      var body = FacetBody()
      for index in 0..<count * 2 {
        var interaction = Interaction(identifiers: [], channel: "web")
        interaction.page = "/page-\(index % count)"
        definitions.take(.pageViewed, interaction, atMs: Int64(index), into: &body)
      }
      var state = ProfileState(id: "p", nowMs: 0)
      state.facets = [Facet(id: "cookie:a#0", version: 0, seq: 1, body: body)]
      guard case .number(let estimate)? = definitions.value("pages", of: state, nowMs: 1_000_000) else {
        Issue.record("no number")
        continue
      }
      #expect(body.aggregates![0].tiles.count <= Aggregate.distinctMax)
      if count <= 64 { #expect(estimate == Double(count)) }
      // Four standard errors.
      #expect(abs(estimate - Double(count)) <= 0.5 * Double(count), "\(estimate) for \(count)")
    }
  }

  @Test func `a window keeps no more tiles than it has`() throws {
    for (index, computation) in Self.computations.enumerated() where computation.windowMs != nil {
      let definitions = try CustomerDefinitions(.defining([attributes[index]]))
      var body = FacetBody()
      let stepMs = max(1, computation.tileMs / 2)
      for number in 0..<2_000 {
        var interaction = Interaction(identifiers: [], channel: "web")
        (interaction.page, interaction.category) = ("/\(number)", "loan")
        (interaction.amountMinor, interaction.currency) = (1, "EUR")
        body.lastSeenMs = Events.startMs + Int64(number) * stepMs
        definitions.take(
          EventType.named("trias.\(computation.event).v1")!, interaction, atMs: body.lastSeenMs, into: &body)
      }
      let most = Int(computation.windowMs! / computation.tileMs) + 2
      #expect(body.aggregates![0].tiles.count <= max(most, 64), "\(computation)")
    }
  }
}
