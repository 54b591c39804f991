import Contracts
import LeadManagerCore
import Seeds
import Testing

/// Two customers of whom one has two identifiers that are taken for the other's, each for a while and perhaps again: in the
/// end the leads of both are those of a world in which they never were, however the profiles, the identifiers' owners and
/// the commands between profiles took turns.
@Suite struct LeadSplitPropertyTests {
  @Test func leadsAreAsIfTheLinkHadNeverBeenMade() throws {
    for seed in UInt64(1)...1_000 {
      var random = Seeded(seed)
      var world = SplitWorld(&random)
      let never = try world.neverLinked()
      try world.run(&random)
      for profile in ["pA", "pB"] {
        let (leads, wanted) = (summary(world.scenario.states[profile]), summary(never.states[profile]))
        #expect(leads == wanted, "seed \(seed), \(profile)")
      }
    }
  }

  @Test func theWorldsHaveWhatTheyAreFor() throws {
    var said: [String: Int] = [:]
    for seed in UInt64(1)...200 {
      var random = Seeded(seed)
      var world = SplitWorld(&random)
      try world.run(&random)
      for kind in world.scenario.said.kinds { said[kind, default: 0] += 1 }
    }
    for kind in ["opened", "advanced", "won", "lost", "left", "received", "revised", "withdrawn", "transfer"] {
      #expect(said[kind, default: 0] > 10, "\(kind): \(said)")
    }
  }

  private func summary(_ state: LeadState?) -> [String] {
    (state?.leads ?? []).map { lead in
      let history = lead.history.map { "\($0.step)/\($0.event)/\($0.atMs)" }.joined(separator: ",")
      return "\(lead.id) \(lead.status) \(lead.step) \(lead.netRevenueMinor ?? -1) \(lead.lostReason ?? "") \(history)"
    }.sorted()
  }
}

private struct SplitWorld {
  let scenario = Scenario([mortgage(), card()])
  private var events: [(home: String, event: TimelineEvent)] = []
  /// What each profile hears under each facet, in order.
  private var inboxes: [String: [String: [LeadInput]]] = [:]

  /// So far apart that no clocks are to blame for their order, and all within the day for which is remembered what no lead
  /// waits for yet.
  private static let apartMs: Int64 = 70 * 60_000
  private static let eventsMax = 20
  private static let endMs = apartMs * Int64(eventsMax)

  private static let facets = [("customer:a#0", "pA"), ("customer:b#0", "pB"), ("cookie:b#0", "pB")]

  init(_ random: inout Seeded) {
    var at = Dictionary(uniqueKeysWithValues: Self.facets)
    var version: [String: Int64] = [:]
    for number in 0..<Int.random(in: 4...Self.eventsMax, using: &random) {
      if Int.random(in: 0...2, using: &random) == 0 {
        move(Self.facets[Bool.random(using: &random) ? 1 : 2].0, &at, &version)
      }
      let (facet, home) = Self.facets.randomElement(using: &random)!
      var event = Self.event(scenario, facet, atMs: 1_000 + Int64(number) * Self.apartMs, &random)
      event.facet.version = version[facet] ?? 0
      events.append((home, event))
      inboxes[at[facet]!, default: [:]][facet, default: []].append(.event(event))
    }
    for (facet, home) in Self.facets where at[facet] != home { move(facet, &at, &version) }
  }

  private mutating func move(_ facet: String, _ at: inout [String: String], _ version: inout [String: Int64]) {
    let (from, to) = at[facet] == "pA" ? ("pA", "pB") : ("pB", "pA")
    version[facet, default: 0] += 1
    at[facet] = to
    let reference = FacetReference(facet: facet, version: version[facet]!, seq: 0)
    inboxes[from, default: [:]][facet, default: []].append(.facetLeft(reference, to: to))
  }

  /// One customer's two identifiers don't accept the same: whether the second is noted on the lead of the first depends on
  /// when the two are known to be his.
  private static func event(
    _ scenario: Scenario, _ facet: String, atMs: Int64, _ random: inout Seeded
  ) -> TimelineEvent {
    let contact = "\(facet.dropLast(2))-\(Int.random(in: 0...1, using: &random))"
    let propositions = ["customer:a#0": ["mortgage", "card"], "customer:b#0": ["mortgage"]][facet] ?? ["card"]
    let proposition = propositions.randomElement(using: &random)!
    let lead = mint.lead(contact: contact, proposition: "mortgage")
    switch Int.random(in: 0...9, using: &random) {
    case 0...2: return scenario.acceptance(of: proposition, contact: contact, facet: facet, atMs: atMs)
    case 3, 4: return scenario.event(.formSubmitted, facet: facet, atMs: atMs) { $0.form = "mortgage" }
    case 5: return scenario.event(.taskDone, facet: facet, atMs: atMs) { $0.task = "\(lead).1" }
    case 6: return scenario.event(.taskFailed, facet: facet, atMs: atMs) { $0.task = "\(lead).1" }
    case 7:
      return scenario.event(.orderPlaced, facet: facet, atMs: atMs) {
        ($0.product, $0.category, $0.amountMinor) = ("card", "mortgage", atMs)
      }
    case 8: return scenario.event(.nbaRejected, facet: facet, atMs: atMs) { $0.proposition = proposition }
    default: return scenario.event(.complaintFiled, facet: facet, atMs: atMs) { $0.text = "No." }
    }
  }

  /// Of whom sales knows nothing it keeps no rejections either: so each has asked something once.
  private func begin(_ scenario: Scenario) throws {
    for profile in ["pA", "pB"] {
      let asked = scenario.event(.questionAsked, facet: "customer:\(profile)#0", atMs: 0, id: "test/\(profile)")
      try scenario.when(profile, .event(asked), atMs: 0)
    }
  }

  func neverLinked() throws -> Scenario {
    let never = Scenario([mortgage(), card()])
    try begin(never)
    for (home, event) in events { try never.when(home, .event(event), atMs: event.timeMs) }
    return never
  }

  /// In the order of each facet; everything else takes turns at random.
  mutating func run(_ random: inout Seeded) throws {
    try begin(scenario)
    while true {
      let ready = inboxes.flatMap { profile, facets in
        facets.filter { !$0.value.isEmpty }.map { (profile: profile, facet: $0.key) }
      }.sorted { ($0.profile, $0.facet) < ($1.profile, $1.facet) }
      if ready.isEmpty, scenario.underWay.isEmpty { return }
      if !scenario.underWay.isEmpty, ready.isEmpty || Bool.random(using: &random) {
        let next = scenario.underWay.remove(at: Int.random(in: scenario.underWay.indices, using: &random))
        try scenario.when(next.profile, .command(next.type, next.command, id: scenario.freshId()), atMs: Self.endMs)
      } else if let (profile, facet) = ready.randomElement(using: &random) {
        try scenario.when(profile, inboxes[profile]![facet]!.removeFirst(), atMs: Self.endMs)
      }
    }
  }
}
