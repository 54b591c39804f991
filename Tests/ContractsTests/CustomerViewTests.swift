import Contracts
import Testing

/// The view of the customer is a fold over the set of facets.
struct CustomerViewTests {
  private func facet(_ id: String, version: Int64 = 0, _ fill: (inout FacetBody) -> Void) -> Facet {
    var body = FacetBody(firstSeenMs: 1_000, lastSeenMs: 2_000)
    fill(&body)
    return Facet(id: id, version: version, seq: 1, body: body)
  }

  private func view(_ facets: [Facet]) -> CustomerView {
    var state = ProfileState(id: "p1", nowMs: 9_000)
    state.facets = facets
    return CustomerView(state)
  }

  private func contact(started: Bool, at: Int64 = 1_000) -> Contact {
    Contact(id: "c1", channel: started ? "web" : "app", direction: "inbound", isStarted: started, startedMs: at)
  }

  @Test func `approaches of all facets are one history by day`() {
    func approached(_ channel: String, _ days: [Int64]) -> Approaches {
      Approaches(channel: channel, days: days.map { DayCount(day: $0, count: 1) })
    }
    let one = facet("email:a@b.nl#0") { $0.approaches = [approached("email", [20_000, 20_004])] }
    let other = facet("customer:1#0") {
      $0.approaches = [approached("call-centre", [20_002]), approached("email", [20_004])]
    }
    let view = view([one, other])
    #expect(view == self.view([other, one]))
    #expect(view.approaches.map(\.channel).sorted() == ["call-centre", "email"])
    let email = view.approaches.first { $0.channel == "email" }
    let nowMs: Int64 = 20_004 * 86_400_000 + 5
    #expect((1...5).map { email?.count(withinDays: $0, nowMs: nowMs) } == [2, 2, 2, 2, 3])
  }

  @Test func `the order of facets doesn't matter`() {
    let cookie = facet("cookie:a#0") {
      $0.interests = [
        Interest(category: "mortgage", count: 2, lastMs: 5), Interest(category: "cards", count: 1, lastMs: 7),
      ]
      $0.consents = [Consent(purpose: "email", isGiven: true, atMs: 5)]
      $0.attributes = [Attribute(name: "age", value: .number(30), atMs: 1)]
    }
    let customer = facet("customer:1#0") {
      $0.interests = [Interest(category: "mortgage", count: 3, lastMs: 9)]
      $0.consents = [Consent(purpose: "email", isGiven: false, atMs: 5)]
      $0.attributes = [Attribute(name: "age", value: .number(31), atMs: 2)]
    }
    let view = view([cookie, customer])
    #expect(view == self.view([customer, cookie]))
    #expect(view.interest("mortgage") == Interest(category: "mortgage", count: 5, lastMs: 9))
    #expect(view.interests.first?.category == "mortgage")
    #expect(view.consent("email")?.isGiven == false)
    #expect(view.attribute("age") == .number(31))
    #expect(view.identifiers == [Identifier("cookie", "a"), Identifier("customer", "1")])
  }

  @Test func `the started part of a contact supplies channel and version`() {
    var part = contact(started: false)
    part.responses = [Response(list: "l", proposition: "loan", outcome: .accepted, atMs: 3_000)]
    var start = contact(started: true)
    start.responses = [
      Response(list: "l", proposition: "loan", outcome: .presented, atMs: 2_000),
      Response(list: "l", proposition: "card", outcome: .presented, atMs: 2_000),
    ]
    let merged = view([
      facet("a:1#0") { $0.contacts = [part] }, facet("b:1#0", version: 3) { $0.contacts = [start] },
    ]).contacts
    #expect(merged.count == 1)
    #expect(merged[0].contact.channel == "web")
    #expect(merged[0].listVersion(7) == 3_000_007)
    #expect(merged[0].contact.responses.map(\.outcome) == [.presented, .accepted])
  }

  @Test(arguments: [
    ("ended", nil as String?, true), ("abandoned", nil, false), ("abandoned", "abandoned", true),
  ])
  func `a contact ends by the channel's word, or when all parts fell silent`(
    _ one: String?, _ other: String?, _ isEnded: Bool
  ) {
    func part(_ reason: String?, started: Bool) -> Contact {
      var part = contact(started: started)
      part.endReason = reason
      part.endedMs = reason == nil ? nil : 4_000
      return part
    }
    let view = view([
      facet("a:1#0") { $0.contacts = [part(one, started: true)] },
      facet("b:1#0") { $0.contacts = [part(other, started: false)] },
    ])
    #expect(view.contacts[0].isEnded == isEnded)
  }

  @Test func `presentations are counted within the days asked for`() {
    let day: Int64 = 86_400_000
    var history = OfferHistory(proposition: "loan", channel: "web")
    for at in [1, 1, 5, 8] { history.present(atMs: Int64(at) * day) }
    var other = OfferHistory(proposition: "loan", channel: "web")
    other.present(atMs: 8 * day)
    history.unite(other)
    #expect(history.presented == 5)
    #expect(history.presentations(withinDays: 7, nowMs: 8 * day + 5) == 3)
    #expect(history.presentations(withinDays: 1, nowMs: 8 * day + 5) == 2)
    #expect(history.presentations(withinDays: 31, nowMs: 8 * day + 5) == 5)
  }

  /// Each identifier's sum stays within bounds; both together may not.
  @Test func `a sum that no number holds is the highest one, or the lowest`() {
    for (amountMinor, sum) in [(Int64.max - 1, Int64.max), (.min + 1, .min)] {
      let facets = ["customer:1#0", "login:1#0"].map { id in
        facet(id) { $0.orders = [OrderTotal(currency: "EUR", count: 1, amountMinor: amountMinor, lastMs: 1)] }
      }
      #expect(view(facets).orders.map(\.amountMinor) == [sum])
    }
  }
}
