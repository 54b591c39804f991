import JSONTrees
import Seeds

@testable import Contracts

/// Events under a few identifiers of one customer, and what a catalogue's definitions make of them.
struct Events {
  struct Event {
    var facet: Int
    var type: EventType
    var atMs: Int64
    var interaction: Interaction
  }

  static let startMs: Int64 = 1_790_000_000_000
  static let categories = ["mortgage", "savings", "loan", "cards"]

  var all: [Event] = []

  /// Over some weeks, mostly in the order of their times.
  init(seed: UInt64, count: Int) {
    var random = Seeded(seed)
    var atMs = Self.startMs
    for _ in 0..<count {
      atMs += [1, 60_000, 600_000, 3_600_000, 40_000_000, 400_000_000].randomElement(using: &random)!
      let lateMs = Int.random(in: 0..<5, using: &random) == 0 ? Int64.random(in: 0...7_200_000, using: &random) : 0
      var interaction = Interaction(identifiers: [Identifier("cookie", "c")], channel: "web")
      let type: EventType = Bool.random(using: &random) ? .pageViewed : .orderPlaced
      interaction.category = Self.categories.randomElement(using: &random)
      if type == .pageViewed {
        interaction.page = "/\(Int.random(in: 0..<200, using: &random))"
      } else {
        interaction.amountMinor = Int64.random(in: -500...10_000, using: &random)
        interaction.currency = Int.random(in: 0..<4, using: &random) == 0 ? "USD" : "EUR"
      }
      all.append(
        Event(
          facet: Int.random(in: 0..<3, using: &random), type: type, atMs: atMs - lateMs, interaction: interaction))
    }
  }

  var latestMs: Int64 { all.map(\.atMs).max() ?? Self.startMs }

  /// The customer after the first `count` events; the definitions come before the event `from`.
  func profile(_ count: Int, _ definitions: CustomerDefinitions, from: Int = 0) -> ProfileState {
    profile(count, eras: [(from, definitions)])
  }

  /// The same with several versions of the catalogue, each in force from an event on.
  func profile(_ count: Int, eras: [(from: Int, definitions: CustomerDefinitions)]) -> ProfileState {
    var bodies: [Int: FacetBody] = [:]
    for (index, event) in all.prefix(count).enumerated() {
      var body = bodies[event.facet] ?? FacetBody(firstSeenMs: event.atMs, lastSeenMs: event.atMs)
      let definitions = eras.last { index >= $0.from }?.definitions
      definitions?.catchUp(&body)
      body.firstSeenMs = min(body.firstSeenMs, event.atMs)
      body.lastSeenMs = max(body.lastSeenMs, event.atMs)
      let channel = event.interaction.channel!
      if let known = body.counts.firstIndex(where: { $0.event == event.type.shortName }) {
        body.counts[known].count += 1
      } else {
        body.counts.append(EventCount(event: event.type.shortName, channel: channel, count: 1))
      }
      if event.type == .orderPlaced { body.order(event) }
      definitions?.take(event.type, event.interaction, atMs: event.atMs, into: &body)
      bodies[event.facet] = body
    }
    var state = ProfileState(id: "p", nowMs: latestMs)
    state.facets = bodies.sorted { $0.key < $1.key }.map { Facet(id: "cookie:\($0)#0", version: 0, seq: 1, body: $1) }
    return state
  }
}

extension FacetBody {
  fileprivate mutating func order(_ event: Events.Event) {
    let (currency, amount) = (event.interaction.currency!, event.interaction.amountMinor!)
    let isOrder = amount >= 0
    if let known = orders.firstIndex(where: { $0.currency == currency }) {
      orders[known].count += isOrder ? 1 : 0
      orders[known].amountMinor += amount
      if isOrder { orders[known].lastMs = max(orders[known].lastMs, event.atMs) }
    } else {
      orders.append(
        OrderTotal(currency: currency, count: isOrder ? 1 : 0, amountMinor: amount, lastMs: isOrder ? event.atMs : 0))
    }
  }
}

extension Catalog {
  /// A catalogue of definitions only.
  static func defining(
    _ attributes: [AttributeDeclaration], segments: [Segment] = [], version: String = "1-aa"
  ) -> Catalog {
    var catalog = Catalog(version: version, appliedMs: 0, name: "Test", currency: "EUR")
    catalog.attributes = attributes
    catalog.segments = segments
    return catalog
  }
}

extension CustomerDefinitions {
  func value(_ name: String, of state: ProfileState, nowMs: Int64) -> AttributeValue? {
    value(name, Situation(CustomerView(state), nowMs: nowMs, definitions: self))
  }
}
