import Contracts
import Seeds
import Testing

/// After how many rejections and ignored presentations something rests, and what begins the count anew.
@Suite struct RestTests {
  private static let groups = ["car": "insurance", "house": "insurance", "loan": "loans"]
  private static let day = Given.dayMs

  /// Why it may not be offered on that day, in a contact in which nothing was said yet.
  private func refusal(
    _ proposition: String = "car", onDay day: Int64, _ policy: ContactPolicy, _ facets: [[OfferHistory]],
    isDue: Bool = false
  ) -> String? {
    let nowMs = day * Self.day
    var state = ProfileState(id: "p1", nowMs: nowMs)
    state.facets = facets.enumerated().map { number, offers in
      var body = FacetBody(firstSeenMs: 0, lastSeenMs: nowMs)
      body.offers = offers
      return Facet(id: "cookie:\(number)#0", version: 0, seq: 1, body: body)
    }
    var contact = Given.contact()
    contact.startedMs = nowMs
    let pressure = ContactPressure(policy, view: CustomerView(state), contact: contact, nowMs: nowMs) {
      Self.groups[$0]
    }
    return pressure.refusal(proposition, pressure.ofGroup(Self.groups[proposition]!), isDue: isDue)
  }

  private func offer(
    _ proposition: String = "car", _ channel: String = "web", no: [Int64] = [], shown: [Int64] = [], yes: Int64? = nil
  ) -> OfferHistory {
    var offer = OfferHistory(proposition: proposition, channel: channel)
    for day in no { offer.reject(atMs: day * Self.day) }
    for day in shown { offer.present(atMs: day * Self.day) }
    if let yes { (offer.accepted, offer.lastAcceptedMs) = (1, yes * Self.day) }
    return offer
  }

  private func policy(rejections: Int = 100, ignored: Int? = nil, rest: Int = 10) -> ContactPolicy {
    var policy = ContactPolicy(
      presentationsMax: 100_000, rejectionsMax: rejections, restDays: rest, acceptedRestDays: 1)
    policy.ignoredMax = ignored
    return policy
  }

  @Test func `after a rest that was served rejections count anew`() {
    let policy = policy(rejections: 2)
    func rests(_ day: Int64, _ no: [Int64]) -> Bool { refusal(onDay: day, policy, [[offer(no: no)]]) != nil }
    #expect(!rests(101, [100]))
    #expect(rests(103, [100, 103]) && rests(112, [100, 103]))
    #expect(!rests(113, [100, 103]))
    // Years later, or the day after: one no is one.
    #expect(!rests(1_001, [100, 103, 1_000]) && !rests(114, [100, 103, 113]))
    #expect(rests(1_002, [100, 103, 1_000, 1_001]) && rests(116, [100, 103, 113, 115]))
    #expect(refusal(onDay: 103, policy, [[offer(no: [100, 103])]]) == "rest-after-rejection")
    // All channels are one, and so is what was done under several identifiers.
    #expect(refusal(onDay: 103, policy, [[offer(no: [100]), offer("car", "email", no: [102])]]) != nil)
    #expect(refusal(onDay: 103, policy, [[offer(no: [100])], [offer(no: [102])]]) != nil)
    #expect(refusal(onDay: 115, policy, [[offer(no: [100, 114])], [offer(no: [102])]]) == nil)
  }

  @Test func `a no within a rest counts for that one alone, and it begins anew with it`() {
    func rests(_ day: Int64, _ no: [Int64]) -> Bool {
      refusal(onDay: day, policy(rejections: 2), [[offer(no: no)]]) != nil
    }
    #expect(rests(114, [100, 103, 105]))
    #expect(!rests(115, [100, 103, 105]))
    #expect(!rests(117, [100, 103, 105, 116]))
  }

  @Test func `an acceptance begins the count of rejections anew`() {
    let policy = policy(rejections: 2)
    #expect(refusal(onDay: 104, policy, [[offer(no: [100, 103], yes: 102)]]) == nil)
    #expect(refusal(onDay: 105, policy, [[offer(no: [100, 103, 104], yes: 102)]]) == "rest-after-rejection")
    // In whatever channel and under whichever identifier; and it ends a rest, for his last word was yes.
    #expect(refusal(onDay: 104, policy, [[offer(no: [100, 101])], [offer("car", "email", yes: 102)]]) == nil)
  }

  @Test func `a group counts what is in it by the same rules`() {
    var policy = policy()
    policy.groups = [GroupRest(rejectionsMax: 2, restDays: 10)]
    func rests(_ day: Int64, _ offers: OfferHistory...) -> Bool {
      let refusal = refusal(onDay: day, policy, [offers])
      #expect(refusal == nil || refusal == "group-rest-after-rejection")
      return refusal != nil
    }
    #expect(rests(104, offer(no: [100]), offer("house", no: [103])))
    #expect(!rests(104, offer(no: [100]), offer("loan", no: [103])))
    #expect(!rests(201, offer(no: [100]), offer("house", no: [103, 200])))
    #expect(rests(202, offer(no: [100, 201]), offer("house", no: [103, 200])))
    #expect(!rests(104, offer(no: [100]), offer("house", no: [103], yes: 102)))
    policy.groups = [GroupRest(ignoredMax: 3, restDays: 10)]
    let shown = [offer(shown: [100, 101]), offer("house", shown: [102])]
    #expect(refusal(onDay: 111, policy, [shown]) == "group-rest-after-ignored")
    #expect(refusal(onDay: 112, policy, [shown]) == nil)
    #expect(refusal(onDay: 114, policy, [shown + [offer("house", "email", shown: [112, 113])]]) == nil)
  }

  @Test func `after a rest that was served ignored presentations count anew, and an answer does the same`() {
    let policy = policy(ignored: 3)
    func refusal(_ day: Int64, _ shown: [Int64], clicked: Int64? = nil) -> String? {
      var offer = offer(shown: shown)
      offer.lastClickedMs = clicked.map { $0 * Self.day }
      return self.refusal(onDay: day, policy, [[offer]])
    }
    #expect(refusal(103, [100, 101]) == nil)
    #expect(refusal(103, [100, 101, 102]) == "rest-after-ignored")
    #expect(refusal(111, [100, 101, 102]) != nil)
    #expect(refusal(112, [100, 101, 102]) == nil)
    #expect(refusal(114, [100, 101, 102, 112, 113]) == nil)
    #expect(refusal(114, [100, 101, 102, 112, 113, 113]) != nil)
    // However far apart they are.
    #expect(refusal(141, [100, 120, 140]) != nil)
    // What an open list shows within the rest neither makes it longer nor counts for the next.
    #expect(refusal(112, [100, 101, 102, 103, 111]) == nil)
    #expect(refusal(114, [100, 101, 102, 103, 111, 112, 113]) == nil)
    #expect(refusal(103, [100, 101, 102], clicked: 101) == nil)
  }

  @Test func `what was kept before the times were is read as it was`() {
    let policy = policy(rejections: 2)
    func before(_ rejected: Int64, lastDay: Int64) -> OfferHistory {
      var offer = OfferHistory(proposition: "car", channel: "web")
      (offer.rejected, offer.lastRejectedMs) = (rejected, lastDay * Self.day)
      return offer
    }
    #expect(refusal(onDay: 109, policy, [[before(3, lastDay: 100)]]) != nil)
    #expect(refusal(onDay: 110, policy, [[before(3, lastDay: 100)]]) == nil)
    #expect(refusal(onDay: 101, policy, [[before(1, lastDay: 100)]]) == nil)
    // Another no is one more where he had not been left alone, and the first where he had.
    for (rejected, rests) in [(Int64(1), true), (3, false)] {
      var again = before(rejected, lastDay: 100)
      again.reject(atMs: 150 * Self.day)
      #expect((refusal(onDay: 151, policy, [[again]]) != nil) == rests)
      #expect((refusal(onDay: 151, policy, [[before(rejected, lastDay: 100)], [offer(no: [150])]]) != nil) == rests)
    }
    // What no customer can have done is nobody's crash.
    #expect(refusal(onDay: 101, policy, [[before(.max, lastDay: 100)]]) != nil)
    #expect(refusal(onDay: 101, policy, [[before(-1, lastDay: 100)]]) == nil)
  }

  /// A customer who comes every day for years, and to whom it is shown whenever it may be: far more than is kept of him.
  @Test func `whoever never answers and whoever always says no has his rests for ever`() {
    for isSayingNo in [false, true] {
      let policy = isSayingNo ? policy(rejections: 3) : policy(ignored: 20)
      var offer = OfferHistory(proposition: "car", channel: "web")
      var shown: [Int64] = []
      for day in Int64(1_000)..<1_400 where refusal(onDay: day, policy, [[offer]]) == nil {
        shown.append(day)
        if isSayingNo { offer.reject(atMs: day * Self.day) } else { offer.present(atMs: day * Self.day) }
      }
      // So many days in a row, and then the rest, of which the last of them is the first day.
      let (run, period) = isSayingNo ? (Int64(3), Int64(12)) : (20, 29)
      #expect(shown == (1_000..<1_400).filter { ($0 - 1_000) % period < run })
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `under however many identifiers it was said, and in whatever order that comes together, it is the same`(
    seed: UInt64
  ) {
    var random = Seeded(seed)
    let times = (0..<Int.random(in: 0..<90, using: &random)).map { _ in Int64.random(in: 1...60, using: &random) }
    var whole = OfferHistory(proposition: "car", channel: "web")
    var parts = [OfferHistory](repeating: whole, count: 4)
    for day in times {
      whole.reject(atMs: day * Self.day)
      parts[Int.random(in: 0..<4, using: &random)].reject(atMs: day * Self.day)
    }
    // Pairs of them come together first, then the pairs; or one after the other.
    parts.shuffle(using: &random)
    var (pair, other, row) = (parts[0], parts[2], parts[3])
    pair.unite(parts[1])
    other.unite(parts[3])
    other.unite(pair)
    for part in parts.prefix(3) { row.unite(part) }
    #expect(other == whole && row == whole)
    #expect(whole.rejectedAtMs ?? [] == times.sorted().suffix(OfferHistory.rejectedAtMax).map { $0 * Self.day })
    let policy = policy(rejections: Int.random(in: 1...4, using: &random), rest: Int.random(in: 1...9, using: &random))
    for day in Int64(1)...70 {
      #expect(refusal(onDay: day, policy, [[whole]]) == refusal(onDay: day, policy, parts.map { [$0] }))
    }
  }
}
