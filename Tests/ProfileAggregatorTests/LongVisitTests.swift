import Contracts
import ProfileAggregatorCore
import Testing

/// A visit in which a list is shown on page after page, far more often than a contact keeps responses: what was shown in
/// it counts against every other contact, and however much it is never against this one.
struct LongVisitTests {
  private static let dayMs: Int64 = 86_400_000
  private let shown = ["car", "house", "loan"]

  /// On every page a list of its own, half a minute after the one before.
  private func pages(
    _ numbers: Range<Int>, contact: String = "k", from ms: Int64 = 0, by identifiers: [Identifier] = [cookie]
  ) throws -> [FacetEvent] {
    try numbers.flatMap { number in
      try shown.map { shown in
        try response(
          .nbaPresented, shown, page: number, contact: contact, at: ms + Int64(number) * 30_000, by: identifiers)
      }
    }
  }

  private func response(
    _ type: EventType, _ proposition: String, page: Int, contact: String = "k", at ms: Int64,
    by identifiers: [Identifier] = [cookie]
  ) throws -> FacetEvent {
    let event = Event("\(type)-\(proposition)-\(page)-\(ms)", type, at: ms, by: identifiers, contact: contact).with {
      $0.list = mint.list(contact: contact, version: Int64(page), items: shown)
      $0.proposition = proposition
    }
    return try FacetEvent(event.envelope, event.data, namespaces: nil)
  }

  private func body(_ events: [FacetEvent]) -> FacetBody {
    events.reduce(into: FacetBody()) { $0.apply($1) }
  }

  /// What holds the proposition back in that contact, where the facets are one customer's.
  private func refusal(
    _ policy: ContactPolicy, of proposition: String = "car", in id: String, _ bodies: FacetBody...
  ) -> String? {
    var state = ProfileState(id: "p", nowMs: bodies.map(\.lastSeenMs).max()!)
    state.facets = bodies.enumerated().map { Facet(id: "cookie:\($0.offset)#0", version: 0, seq: 1, body: $0.element) }
    let view = CustomerView(state)
    let contact =
      view.contact(id)?.contact
      ?? Contact(id: id, channel: "web", direction: "inbound", isStarted: true, startedMs: state.nowMs)
    let pressure = ContactPressure(policy, view: view, contact: contact, nowMs: state.nowMs) { _ in "all" }
    return pressure.refusal(proposition, pressure.ofGroup("all"), isDue: false)
  }

  /// Each of the rules that count presentations, by what it says.
  private static let rules: [(rule: String, policy: ContactPolicy)] = {
    func policy(_ change: (inout ContactPolicy) -> Void) -> ContactPolicy {
      var policy = ContactPolicy(presentationsMax: 100_000, rejectionsMax: 100, restDays: 10, acceptedRestDays: 1)
      change(&policy)
      return policy
    }
    return [
      ("presentations-per-period", policy { $0.presentationsMax = 5 }),
      ("rest-after-ignored", policy { $0.ignoredMax = 5 }),
      ("group-rest-after-ignored", policy { $0.groups = [GroupRest(ignoredMax: 5, restDays: 10)] }),
      (
        "channel-presentations-per-period",
        policy { $0.channels = [ChannelLimit(channel: "web", presentationsMax: 5, days: 7)] }
      ),
    ]
  }()

  @Test func `however much is shown in a contact, nothing of it rests in it, and right after it does`() throws {
    let body = try body(pages(0..<100))
    #expect(body.contacts[0].responses.count == FacetBody.responsesMax)
    #expect(body.offers.map(\.presented) == [100, 100, 100])
    for (rule, policy) in Self.rules {
      for proposition in shown {
        #expect(refusal(policy, of: proposition, in: "k", body) == nil)
        #expect(refusal(policy, of: proposition, in: "next", body) == rule)
      }
    }
  }

  @Test func `what was shown before the contact counts in it as much as it did when it began`() throws {
    let before = try pages(0..<4, contact: "before", from: -Self.dayMs)
    let more = try pages(0..<5, contact: "before", from: -Self.dayMs)
    for (rule, policy) in Self.rules where !rule.hasPrefix("group") && !rule.hasPrefix("channel") {
      #expect(try refusal(policy, in: "k", body(before + pages(0..<100))) == nil)
      #expect(try refusal(policy, in: "k", body(more + pages(0..<100))) == rule)
    }
  }

  @Test(arguments: [1, 17, 50, 83])
  func `under several identifiers it is the same, whichever page was seen under which`(first: Int) throws {
    let all = try pages(0..<100)
    let before = try pages(0..<4, contact: "before", from: -Self.dayMs)
    let whole = body(before + all)
    let parts = (body(before + Array(all.prefix(first * 3))), body(Array(all.dropFirst(first * 3))))
    for (_, policy) in Self.rules {
      for contact in ["k", "next"] {
        #expect(refusal(policy, in: contact, whole) == refusal(policy, in: contact, parts.0, parts.1))
      }
    }
    // Not by luck: one more before it, and both rest.
    let policy = Self.rules[0].policy
    let one = try pages(9..<10, contact: "before", from: -Self.dayMs)
    #expect(refusal(policy, in: "k", body(before + one + all)) == "presentations-per-period")
    #expect(
      refusal(policy, in: "k", body(before + one + Array(all.prefix(first * 3))), parts.1)
        == "presentations-per-period")
  }

  @Test func `what is heard again, or drawn again, counts once`() throws {
    let all = try pages(0..<100)
    var body = body(all)
    let once = body
    for event in all.suffix(FacetBody.responsesMax) { body.apply(event) }
    #expect(body.offers == once.offers && body.contacts == once.contacts)
  }

  @Test func `a visit over midnight takes back each day's own`() throws {
    // 40 pages before midnight, 60 after it; another contact's five presentations are of the day after.
    let midnight = (startMs / Self.dayMs + 1) * Self.dayMs - startMs
    let visit = try pages(0..<100, from: midnight - 40 * 30_000)
    let other = try pages(0..<5, contact: "other", from: midnight + 60_000)
    let body = body((visit + other).sorted { $0.timeMs < $1.timeMs })
    var policy = Self.rules[0].policy
    (policy.presentationsMax, policy.presentationsDays) = (6, 1)
    #expect(refusal(policy, in: "k", body) == nil)
    policy.presentationsMax = 5
    #expect(refusal(policy, in: "k", body) == "presentations-per-period")
    policy.presentationsMax = 100_000
    policy.channels = [ChannelLimit(channel: "web", presentationsMax: 15, days: 1)]
    #expect(refusal(policy, in: "k", body) == "channel-presentations-per-period")
    policy.channels = [ChannelLimit(channel: "web", presentationsMax: 16, days: 1)]
    #expect(refusal(policy, in: "k", body) == nil)
  }

  @Test func `an answer to a list of long ago takes nothing more back than was shown`() throws {
    let before = try pages(0..<5, contact: "before", from: -Self.dayMs)
    let late = try response(.nbaClicked, "car", page: 0, at: 100 * 30_000)
    let body = try body(before + pages(0..<100) + [late])
    #expect(body.contacts[1].responses.last?.outcome == .clicked)
    #expect(refusal(Self.rules[0].policy, in: "k", body) == "presentations-per-period")
  }

  @Test func `of propositions without end those are counted that were shown most`() throws {
    var events = try pages(0..<40)
    for number in 0..<400 {
      events.append(try response(.nbaPresented, "p\(number)", page: 100 + number, at: 2_000_000 + Int64(number)))
    }
    let contact = body(events).contacts[0]
    #expect(contact.responses.count == FacetBody.responsesMax)
    #expect(contact.earlierPresentations?.count == FacetBody.earlierPresentationsMax)
    #expect(
      shown.allSatisfy { shown in contact.earlierPresentations!.contains { $0.proposition == shown && $0.count == 40 } }
    )
  }
}
