import Contracts
import ProfileAggregator
import ProfileAggregatorCore
import Streams
import Testing

/// One facet on its own: given a state, when an event comes, then …
struct FacetTests {
  private let facets = Facets(mint: mint)

  private func step(_ state: FacetState?, _ event: Event, key: String? = nil) throws -> (FacetState, [Emission]) {
    let decision = try facets.event(
      key ?? event.key, state, event.envelope, event.data, on: event.type.topic!.name, recordedMs: event.atMs,
      now: event.atMs)
    guard case .set(let next) = decision.change else { throw Refusal(stage: "test", reason: "nothing changed") }
    return (next, decision.emissions)
  }

  private func run(_ events: [Event]) throws -> FacetState {
    try #require(try events.reduce(nil as FacetState?) { try step($0, $1).0 })
  }

  @Test func whatIsClaimedOnceIsNotClaimedAgain() throws {
    let (first, emissions) = try step(nil, Event("e1", .pageViewed, by: [customer, cookie, phone]))
    #expect(emissions.map(\.topic.name) == [Topics.profileTimeline.name, Topics.identityClaims.name])
    #expect(emissions[1].key == "linker")
    let claim = try IdentityClaim(json: try #require(emissions[1].data))
    #expect(claim.identifiers == [customer, cookie, phone] && claim.id == "e1")
    let (second, again) = try step(first, Event("e2", .pageViewed, by: [customer, phone, cookie]))
    #expect(again.count == 1 && second.seq == 2)
    #expect(try step(second, Event("e3", .pageViewed, by: [customer, device])).1.count == 2)
  }

  @Test func aKeyThatIsNotTheStrongestIsTakenAndOneThatIsNotThereIsRefused() throws {
    let event = Event("e1", .pageViewed, by: [cookie, customer])
    let (state, emissions) = try step(nil, event)
    #expect(state.identifier == cookie)
    #expect(try IdentityClaim(json: try #require(emissions[1].data)).identifiers == [customer, cookie])
    #expect(
      throws: Refusal(stage: "key", field: "identifiers", reason: "the record's key, device:d1, is not among them")
    ) {
      try step(nil, event, key: device.key)
    }
    #expect(throws: Refusal.self) { try step(state, Event("e2", .pageViewed, by: [customer])) }
  }

  @Test func timesThatCannotBeAreRefused() throws {
    func refusal(_ ms: Int64, recorded: Int64) -> Refusal? {
      var event = Event("e1", .pageViewed, by: [cookie])
      event.atMs = ms
      do {
        _ = try facets.event(
          event.key, nil, event.envelope, event.data, on: Topics.channelInteractions.name, recordedMs: recorded, now: ms
        )
        return nil
      } catch { return error }
    }
    #expect(refusal(0, recorded: startMs)?.field == "ce_time")
    #expect(refusal(startMs + 300_001, recorded: startMs)?.stage == "time")
    #expect(refusal(startMs + 300_000, recorded: startMs) == nil)
    #expect(refusal(startMs + 900_000, recorded: -1) == nil)
  }

  @Test func aResponseToAListThatNeverWasIsRefused() throws {
    let event = Event("e1", .nbaAccepted, by: [cookie], contact: "k1").responding(to: "p")
    #expect(try step(nil, event).0.body.offers.first?.accepted == 1)
    let foreign = event.with { $0.list = IdMint(secret: "another").list(contact: "k1", version: 1, items: ["p"]) }
    let expected = Refusal(stage: "list", field: "list", reason: "no list of this deployment for that contact")
    #expect(throws: expected) { try step(nil, foreign) }
    #expect(throws: expected) { try step(nil, event.with { $0.contact = "k2" }) }
    let unlisted = Refusal(stage: "list", field: "proposition", reason: "was not on that list")
    #expect(throws: unlisted) { try step(nil, event.with { $0.proposition = "another" }) }
    #expect(throws: unlisted) {
      try step(
        nil, Event("e2", .nbaRejected, by: [cookie], contact: "k1").responding(to: "p").with { $0.proposition = "q" })
    }
  }

  @Test func aMisspeltTypeIsRefusedWithTheOneThatWasProbablyMeant() {
    #expect(
      EventType.unknown("trias.page.vieweed.v1")
        == "no such event type: trias.page.vieweed.v1; did you mean \"trias.page.viewed.v1\"?")
    #expect(EventType.unknown("com.example.click") == "no such event type: com.example.click")
  }

  @Test func typesThatOnlyTheSuiteWritesAreRefused() {
    for type in ["trias.facet.left.v1", "trias.nonsense.v1", ""] {
      var envelope = Event("e1", .pageViewed, by: [cookie]).envelope
      envelope.type = type
      #expect(throws: Refusal(stage: "type", field: "ce_type", reason: EventType.unknown(type))) {
        try facets.event(
          cookie.key, nil, envelope, Event("e1", .pageViewed, by: [cookie]).data, on: Topics.channelInteractions.name,
          recordedMs: -1, now: startMs)
      }
    }
  }

  @Test func everyListIsBounded() throws {
    var events: [Event] = []
    for number in 0..<100 {
      let ms = Int64(number * 1_000)
      events.append(
        Event("p\(number)", .pageViewed, at: ms, by: [cookie]).with {
          $0.category = "c\(number)"
          $0.channel = "ch\(number)"
        })
      events.append(Event("g\(number)", .consentGiven, at: ms, by: [cookie]).with { $0.purpose = "u\(number)" })
      events.append(
        Event("a\(number)", .customerRecorded, at: ms, by: [cookie]).with {
          $0.attributes = [NamedValue("n\(number)", .number(1))]
        })
      let currency = Currencies.codes.sorted()[number]
      events.append(Event("d\(number)", .orderPlaced, at: ms, by: [cookie]).with { $0.currency = currency })
    }
    for number in 0..<250 {
      let ms = Int64(100_000 + number * 1_000)
      events.append(Event("o\(number)", .nbaPresented, at: ms, by: [cookie], contact: "k").responding(to: "p\(number)"))
    }
    let body = try run(events).body
    #expect(body.counts.count == FacetBody.countsMax)
    #expect(body.interests.map(\.category) == (84..<100).map { "c\($0)" })
    #expect(body.offers.count == FacetBody.offersMax && body.offers.last?.proposition == "p249")
    #expect(body.consents.count == FacetBody.consentsMax && body.attributes.count == FacetBody.attributesMax)
    #expect(body.orders.count == FacetBody.ordersMax)
    #expect(body.contacts[0].responses.count == FacetBody.responsesMax)
  }

  @Test func whatHeRefusedIsForgottenLast() throws {
    func said(_ id: String, _ type: EventType, at ms: Int64, _ purpose: String) -> Event {
      Event(id, type, at: ms, by: [cookie]).with { $0.purpose = purpose }
    }
    var events = [
      said("e", .consentWithdrawn, at: 1, "email"), said("t", .consentWithdrawn, at: 2, Consent.topic("savings")),
      Event("r", .nbaRejected, at: 3, by: [cookie], contact: "k").responding(to: "refused"),
    ]
    for number in 0..<300 {
      let ms = Int64(10 + number)
      events.append(said("y\(number)", .consentGiven, at: ms, "u\(number)"))
      events.append(said("n\(number)", .consentWithdrawn, at: ms, Consent.topic("t\(number)")))
      events.append(Event("p\(number)", .nbaPresented, at: ms, by: [cookie], contact: "k").responding(to: "p\(number)"))
    }
    let body = try run(events).body
    #expect(body.consents.contains { $0.purpose == "email" && !$0.isGiven })
    #expect(body.consents.count == FacetBody.consentsMax)
    #expect(body.offers.contains { $0.proposition == "refused" && $0.rejected == 1 })
    #expect(body.contacts[0].responses.contains { $0.proposition == "refused" })
    #expect(body.offers.count == FacetBody.offersMax)
  }

  @Test(
    arguments: [
      (.emailDelivered, 0), (.emailBounced, 0), (.complaintFiled, 0), (.emailClicked, 1), (.questionAsked, 1),
    ] as [(EventType, Int64)])
  func whatMerelyReachedHimIsNoInterestOfHis(_ type: EventType, count: Int64) throws {
    let body = try run([
      Event("e1", type, by: [cookie]).with { ($0.category, $0.message, $0.text) = ("mortgage", "m1", "?") }
    ]).body
    #expect(body.interests.map(\.count) == (count == 0 ? [] : [count]))
    #expect(body.counts.map(\.event) == [type.shortName])
  }

  @Test func anOpenContactThatMakesRoomIsEndedFirst() throws {
    let open = (0..<6).map {
      Event("s\($0)", .contactStarted, at: Int64($0 * 1_000), by: [cookie], contact: "k\($0)")
    }
    let state = try run(open + [Event("e0", .contactEnded, at: 9_000, by: [cookie], contact: "k5")])
    let (next, emissions) = try step(state, Event("s6", .contactStarted, at: 10_000, by: [cookie], contact: "k6"))
    #expect(emissions.map(\.envelope.type) == [EventType.contactEnded.rawValue, EventType.contactStarted.rawValue])
    #expect(emissions[0].envelope.correlationId == "k0" && emissions[0].envelope.source == aggregatorSource)
    #expect(emissions.map(\.envelope.facet?.seq) == [8, 9])
    #expect(next.body.contacts.map(\.id) == ["k1", "k2", "k3", "k4", "k5", "k6"])
    // The one that ended long ago goes without a word.
    let ended = try run(open + [Event("e0", .contactEnded, at: 10, by: [cookie], contact: "k0")])
    #expect(try step(ended, Event("s6", .contactStarted, at: 10_000, by: [cookie], contact: "k6")).1.count == 1)
  }

  @Test func theLatestWordCountsWhateverTheOrder() throws {
    let state = try run([
      Event("e1", .consentWithdrawn, at: 2_000, by: [cookie]), Event("e2", .consentGiven, at: 1_000, by: [cookie]),
      Event("e3", .customerRecorded, at: 2_000, by: [cookie]),
      Event("e4", .customerRecorded, at: 1_000, by: [cookie]).with { $0.attributes = [NamedValue("age", .number(1))] },
    ])
    #expect(state.body.consents.map(\.isGiven) == [false])
    #expect(state.body.attributes.map(\.value) == [.number(41)])
    #expect(state.body.firstSeenMs == startMs + 1_000 && state.body.lastSeenMs == startMs + 2_000)
  }

  @Test func aRefundTakesFromTheSumAndIsNoOrder() throws {
    let state = try run([
      Event("e1", .orderPlaced, by: [cookie]).with { $0.amountMinor = 5_000 },
      Event("e2", .orderPlaced, at: 9, by: [cookie]).with { $0.amountMinor = -2_000 },
    ])
    #expect(state.body.orders == [OrderTotal(currency: "EUR", count: 1, amountMinor: 3_000, lastMs: startMs)])
  }

  /// Of more kinds than there is room for the rarest go.
  @Test func whatHappenedOftenIsNotForgottenForWhatHappenedOnce() throws {
    var events = (0..<5).map { Event("v\($0)", .pageViewed, by: [cookie]) }
    for number in 0..<FacetBody.countsMax + 10 {
      events.append(Event("e\(number)", .pageViewed, by: [cookie]).with { $0.channel = "channel-\(number)" })
    }
    let state = try run(events)
    #expect(state.body.counts.count == FacetBody.countsMax)
    #expect(state.body.counts.contains { $0.channel == "web" && $0.count == 5 })
  }

  @Test func aVerdictMovesTheFacetOnceAndOnlyForward() throws {
    let state = try run([Event("e1", .pageViewed, by: [cookie])])
    let verdict = Verdict(claim: "e9", isAccepted: true, reason: "linked", atMs: startMs)
    func entry(_ profile: String, _ version: Int64) -> IdentityMapEntry {
      IdentityMapEntry(identifier: cookie, profile: profile, version: version, judged: [customer], verdict: verdict)
    }
    let moved = facets.mapped(state, entry("pB", 1), now: startMs)
    try #require(moved.emissions.count == 2)
    #expect(moved.emissions.map(\.envelope.type) == ["trias.facet.left.v1", "trias.facet.received.v1"])
    #expect(moved.emissions.map(\.key) == [mint.profile(cookie), "pB"])
    #expect(moved.emissions.map(\.envelope.facet?.version) == [1, 1])
    let received = try FacetMove(json: try #require(moved.emissions[1].data))
    #expect(received.body == state.body && received.profile == mint.profile(cookie))
    guard case .set(let next) = moved.change else { throw Refusal(stage: "test", reason: "nothing changed") }
    #expect(next.judged == [customer] && next.profile == "pB")
    #expect(facets.mapped(next, entry("pB", 1), now: startMs).emissions.isEmpty)
    #expect(facets.mapped(next, entry("pA", 0), now: startMs).emissions.isEmpty)
    // Its own profile never heard of an identifier without events: nothing leaves, an empty facet arrives.
    let unseen = facets.mapped(nil, entry("pC", 2), now: 0)
    #expect(unseen.emissions.map(\.key) == ["pC"])
    let body = try FacetMove(json: try #require(unseen.emissions[0].data)).body
    #expect(body == FacetBody(firstSeenMs: startMs, lastSeenMs: startMs))
  }

  /// The entry of a device that was Ann's and is Bob's from one second on, and Ann's again from three seconds on.
  private func shared(version: Int64 = 1, number: Int64 = 7, back: Bool = false) -> IdentityMapEntry {
    var entry = IdentityMapEntry(
      identifier: cookie, profile: "pAnn", version: 1, judged: [],
      verdict: Verdict(claim: "e9", isAccepted: true, reason: "shared-device", atMs: startMs + 1_000))
    entry.generations = [DeviceGeneration(number: 1, profile: "pBob", version: version, by: login, claim: 7)]
    entry.switches = [DeviceSwitch(atMs: startMs + 1_000, generation: 1)]
    if back { entry.switches?.append(DeviceSwitch(atMs: startMs + 3_000, generation: 0)) }
    entry.lastClaim = number
    return entry
  }

  private func mapped(_ state: FacetState?, _ entry: IdentityMapEntry) throws -> (FacetState, [Emission]) {
    let decision = facets.mapped(state, entry, now: startMs)
    guard case .set(let next) = decision.change else { throw Refusal(stage: "test", reason: "nothing changed") }
    return (next, decision.emissions)
  }

  @Test func whatIsDoneOnASharedDeviceIsHisWhoseItWasThen() throws {
    let first = try run([Event("e1", .pageViewed, by: [cookie])])
    let (state, said) = try mapped(first, shared())
    #expect(said.map(\.envelope.type).count == 3)
    #expect(said.map(\.key) == [mint.profile(cookie), "pAnn", "pBob"])
    #expect(said[2].envelope.facet == FacetReference(facet: "cookie:c1#1", version: 1, seq: 0))
    #expect(state.generation == 1 && state.profile == "pBob" && state.id == "cookie:c1#1")
    let (now, his) = try step(state, Event("e2", .pageViewed, at: 2_000, by: [cookie]))
    #expect(his.map(\.key) == ["pBob"])
    #expect(his[0].envelope.facet == FacetReference(facet: "cookie:c1#1", version: 1, seq: 1))
    // What comes late is still hers, and the device is still his.
    let (late, hers) = try step(now, Event("e3", .pageViewed, at: 999, by: [cookie]))
    #expect(hers.map(\.key) == ["pAnn"] && hers[0].envelope.facet?.seq == 2)
    #expect(late.generation == 1 && late.seq == 1)
    #expect(late.all.map(\.body.counts.first?.count) == [2, 1])
    let (back, nothing) = try mapped(late, shared(number: 8, back: true))
    #expect(nothing.isEmpty && back.generation == 0 && back.profile == "pAnn" && back.seq == 2)
    let times: [Int64] = [0, 1_000, 2_999, 3_000]
    let keys = try times.map { try step(back, Event("e4", .pageViewed, at: $0, by: [cookie])).1[0].key }
    #expect(keys == ["pAnn", "pBob", "pBob", "pAnn"])
    // An earlier verdict that is heard again changes nothing.
    #expect(facets.mapped(back, shared(), now: startMs).emissions.isEmpty)
    #expect(try FacetState(json: back.json) == back)
  }

  @Test func aGenerationMovesOnItsOwn() throws {
    let (state, _) = try mapped(try run([Event("e1", .pageViewed, by: [cookie])]), shared())
    let (used, _) = try step(state, Event("e2", .pageViewed, at: 2_000, by: [cookie]))
    var entry = shared(version: 2, number: 9)
    entry.generations?[0].profile = "pCard"
    let (moved, said) = try mapped(used, entry)
    #expect(said.map(\.key) == ["pBob", "pCard"])
    #expect(said.allSatisfy { $0.envelope.facet == FacetReference(facet: "cookie:c1#1", version: 2, seq: 1) })
    #expect(try FacetMove(json: try #require(said[1].data)).body == moved.body)
    #expect(moved.all.map(\.profile) == ["pAnn", "pCard"])
  }

  @Test func contactsOfEachGenerationAreGivenUp() throws {
    let started = try run([Event("e1", .contactStarted, by: [cookie], contact: "k1")])
    let (shared, _) = try mapped(started, shared())
    let (state, _) = try step(shared, Event("e2", .contactStarted, at: 2_000, by: [cookie], contact: "k2"))
    let idleMs: Int64 = 30 * 60_000
    #expect(state.nextDueMs == startMs + idleMs)
    let ended = facets.tick(state, now: startMs + idleMs + 2_000).emissions
    #expect(ended.map(\.key) == ["pBob", "pBob"])
    #expect(Set(ended.map(\.envelope.correlationId)) == ["k1", "k2"])
  }

  @Test func whoLostADeviceClaimsItAgain() throws {
    var state = try run([Event("e1", .pageViewed, by: [customer, cookie])])
    #expect(try step(state, Event("e2", .pageViewed, by: [customer, cookie])).1.count == 1)
    var entry = IdentityMapEntry(
      identifier: customer, profile: mint.profile(customer), version: 0, judged: [cookie],
      verdict: Verdict(claim: "e1", isAccepted: true, reason: "linked", atMs: startMs))
    entry.lastClaim = 3
    let earlier = entry
    (entry.reopened, entry.lastClaim) = ([Reopened(identifier: cookie, sinceMs: startMs + 1)], 4)
    state = try mapped(state, entry).0
    // An earlier word that comes once more doesn't take it back.
    #expect(throws: Refusal.self, "nothing changes") { try mapped(state, earlier) }
    let (claimed, said) = try step(state, Event("e3", .pageViewed, by: [customer, cookie]))
    #expect(said.filter { $0.key == "linker" }.count == 1)
    // Nor does the same one, once it is claimed.
    #expect(throws: Refusal.self, "nothing changes") { try mapped(claimed, entry) }
    (entry.reopened, entry.lastClaim) = (nil, 5)
    let judged = try mapped(claimed, entry).0
    #expect(try step(judged, Event("e4", .pageViewed, by: [customer, cookie])).1.count == 1)
  }

  @Test func anEndFromBeforeTheBeginningEndsNothing() throws {
    let state = try run([
      Event("e1", .contactStarted, at: 200, by: [cookie], contact: "k1"),
      Event("e2", .contactEnded, at: 100, by: [cookie], contact: "k1"),
    ])
    #expect(state.body.contacts.first?.endedMs == nil)
    let ended = try step(state, Event("e3", .contactEnded, at: 300, by: [cookie], contact: "k1")).0
    #expect(ended.body.contacts.first?.endedMs == startMs + 300)
  }

  @Test func theStateReadsBackAsItWasWritten() throws {
    let state = try run([
      Event("e1", .contactStarted, by: [cookie, customer], contact: "k1").with {
        $0.context = [NamedValue("a", .string("b"))]
      },
      Event("e2", .nbaPresented, at: 5, by: [cookie], contact: "k1").responding(to: "p"),
    ])
    #expect(try FacetState(json: state.json) == state)
  }
}
