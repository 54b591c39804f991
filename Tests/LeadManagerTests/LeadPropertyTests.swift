import Contracts
import LeadManagerCore
import Seeds
import Testing

@Suite struct LeadPropertyTests {
  /// Some events of one customer, in the order of their times.
  private func events(_ scenario: Scenario, _ random: inout Seeded) -> [TimelineEvent] {
    (0..<Int.random(in: 1...14, using: &random)).map { number in
      let atMs = 1_000 + Int64(number) * 1_000
      switch Int.random(in: 0...6, using: &random) {
      case 0, 1:
        return scenario.acceptance(
          of: Bool.random(using: &random) ? "mortgage" : "card", contact: "c\(Int.random(in: 0...2, using: &random))",
          atMs: atMs)
      case 2: return scenario.event(.formSubmitted, atMs: atMs) { $0.form = "mortgage" }
      case 3:
        let lead = mint.lead(contact: "c\(Int.random(in: 0...2, using: &random))", proposition: "mortgage")
        return scenario.event(.taskDone, atMs: atMs) { $0.task = "\(lead).1" }
      case 4:
        return scenario.event(.orderPlaced, atMs: atMs) {
          $0.product = "card"
          $0.category = "mortgage"
          $0.amountMinor = atMs
          $0.currency = "EUR"
        }
      case 5: return scenario.event(.nbaRejected, atMs: atMs) { $0.proposition = "card" }
      default: return scenario.event(.complaintFiled, atMs: atMs) { $0.text = "No." }
      }
    }
  }

  @Test func aRepeatedEventChangesNothing() throws {
    for seed in UInt64(1)...500 {
      var random = Seeded(seed)
      let scenario = Scenario([mortgage(), card()])
      for event in events(scenario, &random) {
        try scenario.when("p1", .event(event), atMs: event.timeMs)
        let before = scenario.states["p1"]
        let again = try scenario.when("p1", .event(event), atMs: event.timeMs)
        #expect(again == [], "seed \(seed)")
        #expect(scenario.states["p1"] == before, "seed \(seed)")
      }
    }
  }

  /// Order is kept per identifier only: a cookie's form, a branch's call and a customer number's order come as they come.
  @Test func inWhicheverOrderTheStepsAreHeardTheSaleIsWonOnceForItsOwnOrder() throws {
    for seed in UInt64(1)...500 {
      var random = Seeded(seed)
      let scenario = Scenario([mortgage(), card()])
      let task = mint.lead(contact: "c1", proposition: "mortgage") + ".1"
      var events = [
        scenario.acceptance(of: "mortgage", atMs: 1_000),
        scenario.event(.formSubmitted, atMs: 2_000) { $0.form = "mortgage" },
        scenario.event(.taskDone, atMs: 3_000) { $0.task = task },
        scenario.event(.orderPlaced, atMs: 4_000) { ($0.category, $0.amountMinor) = ("mortgage", 123) },
        scenario.acceptance(of: "card", atMs: 1_500),
        scenario.event(.orderPlaced, atMs: 2_500) { ($0.product, $0.amountMinor) = ("card", 45) },
      ]
      events.shuffle(using: &random)
      for event in events { try scenario.when("p1", .event(event), atMs: event.timeMs) }
      #expect(scenario.states["p1"]?.leads.count == 2, "seed \(seed)")
      for (proposition, netRevenueMinor) in [("mortgage", Int64(123)), ("card", 45)] {
        #expect(scenario.lead(proposition)?.status == .won, "seed \(seed)")
        #expect(scenario.lead(proposition)?.netRevenueMinor == netRevenueMinor, "seed \(seed)")
      }
    }
  }

  /// The customer's facet goes from profile to profile, and each profile gets its own inputs in order; how the profiles
  /// and the commands between them take turns must not matter. In the end the leads are what they would be had the
  /// customer been one profile all along.
  @Test func howMovesAndTransfersInterleaveDoesNotMatter() throws {
    for seed in UInt64(1)...500 {
      var random = Seeded(seed)
      let still = Scenario([mortgage(), card()])
      let all = events(still, &random)
      for event in all { try still.when("p0", .event(event), atMs: event.timeMs) }
      var moves = Moves(all, moving: { at, _ in at + 1 }, &random)
      // Which lead an acceptance opens, an order pays or a rejection ends depends on the leads that are there: these wait
      // until earlier transfers are through. Everything else takes turns at random.
      try moves.run(&random) { mayGo($0, $1) }
      #expect(summary(moves.leadsElsewhere) == [], "seed \(seed)")
      #expect(summary(moves.leads) == summary(still.states["p0"]?.leads ?? []), "seed \(seed)")
    }
  }

  /// The same with a facet that also comes back, and with nothing ever waiting: no lead is lost, doubled or left behind.
  @Test func aFacetThatComesAndGoesTakesAllItsLeadsAlong() throws {
    for seed in UInt64(1)...500 {
      var random = Seeded(seed)
      let still = Scenario([mortgage(), card()])
      let all =
        ["mortgage", "card"].map { still.acceptance(of: $0) } + events(still, &random).filter { $0.type == .taskDone }
      for event in all { try still.when("p0", .event(event), atMs: event.timeMs) }
      var moves = Moves(all, moving: { ($0 + Int.random(in: 1...2, using: &$1)) % 3 }, from: 2, &random)
      try moves.run(&random) { _, _ in true }
      #expect(moves.leadsElsewhere.isEmpty, "seed \(seed)")
      #expect(moves.leads.map(\.id).sorted() == (still.states["p0"]?.leads ?? []).map(\.id).sorted(), "seed \(seed)")
    }
  }

  /// The customer's own events come in the order of their times; his next profile may be ahead of the transfer only.
  private func mayGo(_ event: TimelineEvent, _ moves: Moves) -> Bool {
    guard !moves.waiting.contains(where: { $0.timeMs < event.timeMs }) else { return false }
    guard [.nbaAccepted, .nbaRejected, .orderPlaced].contains(event.type) else { return true }
    return moves.scenario.underWay.isEmpty && !moves.waitingToLeave.contains { $0 <= event.facet.version }
  }

  private func summary(_ leads: [Lead]) -> [String] {
    leads.map { lead in
      let history = lead.history.map { "\($0.step)/\($0.event)/\($0.atMs)" }.joined(separator: ",")
      return "\(lead.id) \(lead.status) \(lead.step) \(lead.netRevenueMinor ?? -1) \(lead.lostReason ?? "") \(history)"
    }.sorted()
  }
}

/// One customer's events, spread over the profiles that his facet belonged to at the time.
private struct Moves {
  let scenario = Scenario([mortgage(), card()])
  private var inboxes: [[LeadInput]] = [[]]
  private var done: [Int] = [0]
  private var at = 0

  init(
    _ events: [TimelineEvent], moving: (Int, inout Seeded) -> Int, from first: Int = 0, _ random: inout Seeded
  ) {
    var version: Int64 = 1
    for (number, event) in events.enumerated() {
      if number >= first, Int.random(in: 0...3, using: &random) == 0 {
        let to = moving(at, &random)
        version += 1
        while inboxes.count <= to { inboxes.append([]) }
        let reference = FacetReference(facet: "cookie:a#0", version: version, seq: 0)
        inboxes[at].append(.facetLeft(reference, to: "p\(to)"))
        at = to
      }
      var event = event
      event.facet.version = version
      inboxes[at].append(.event(event))
    }
    done = inboxes.map { _ in 0 }
  }

  private var rest: [LeadInput] { inboxes.indices.flatMap { inboxes[$0][done[$0]...] } }
  var waiting: [TimelineEvent] { rest.compactMap { if case .event(let event) = $0 { event } else { nil } } }
  var waitingToLeave: [Int64] {
    rest.compactMap { if case .facetLeft(let reference, _) = $0 { reference.version } else { nil } }
  }
  var leads: [Lead] { scenario.states["p\(at)"]?.leads ?? [] }
  var leadsElsewhere: [Lead] { scenario.states.filter { $0.key != "p\(at)" }.flatMap(\.value.leads) }

  /// Takes turns at random until all is delivered.
  mutating func run(_ random: inout Seeded, _ mayGo: (TimelineEvent, Moves) -> Bool) throws {
    while !rest.isEmpty || !scenario.underWay.isEmpty {
      let ready = inboxes.indices.filter { profile in
        guard done[profile] < inboxes[profile].count else { return false }
        if case .event(let event) = inboxes[profile][done[profile]] { return mayGo(event, self) }
        return true
      }
      if !scenario.underWay.isEmpty, ready.isEmpty || Bool.random(using: &random) {
        let next = scenario.underWay.removeFirst()
        try scenario.when(next.profile, .command(next.type, next.command, id: scenario.freshId()), atMs: 20_000)
      } else if let profile = ready.randomElement(using: &random) {
        done[profile] += 1
        try scenario.when("p\(profile)", inboxes[profile][done[profile] - 1], atMs: 20_000)
      }
    }
  }
}
