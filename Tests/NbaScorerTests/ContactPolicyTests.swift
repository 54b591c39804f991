import Contracts
import NbaScorerCore
import Testing

/// How often a customer is approached, how long things rest, and what he himself prefers.
@Suite struct ContactPolicyTests {
  private static let propositions = [
    Given.proposition("car", group: "insurance", channels: ["web", "email", "call-centre"]),
    Given.proposition("house", group: "insurance", channels: ["web", "email", "call-centre"]),
    Given.proposition("notice", channels: ["web", "email", "call-centre"]) { $0.kind = .service },
  ]

  /// What drops out and why of the contact's portfolio.
  private func drops(
    _ policy: ContactPolicy, in contact: Contact = Given.contact(), _ fill: (inout FacetBody) -> Void
  ) throws -> [String: String] {
    let catalog = Given.catalog(Self.propositions) {
      $0.contactPolicy = policy
      $0.attributes.append(AttributeDeclaration(name: "wants", kind: .string, scope: .customer))
    }
    let profile = Given.profile(contacts: [contact], fill)
    let portfolio = try Portfolio(
      CompiledCatalog(catalog),
      Given.situation(profile, contact: contact.id, definitions: CustomerDefinitions(catalog)),
      ScoringSettings(isSampling: false), .models(ModelSet()))
    return portfolio.candidates.reduce(into: [:]) { drops, candidate in
      let id = Self.propositions[candidate.index].id
      if let drop = portfolio.drop(id), drop != "constraints/one-per-group" { drops[id] = drop }
    }
  }

  private func presented(_ proposition: String, _ times: Int, daysAgo: Int64, channel: String = "web") -> OfferHistory {
    var offer = OfferHistory(proposition: proposition, channel: channel)
    for _ in 0..<times { offer.present(atMs: Given.nowMs - daysAgo * Given.dayMs) }
    return offer
  }

  private let outbound = Given.contact(channel: "email", direction: "outbound")

  @Test func `what is ignored often enough rests, until so many days after it was shown last`() throws {
    var policy = ContactPolicy(restDays: 10)
    policy.ignoredMax = 3
    func car(_ times: Int, _ daysAgo: Int64, _ fill: (inout OfferHistory) -> Void = { _ in }) throws -> String? {
      var offer = presented("car", times, daysAgo: daysAgo)
      fill(&offer)
      return try drops(policy) { $0.offers = [offer] }["car"]
    }
    #expect(try car(3, 2) == "contact-policy/rest-after-ignored")
    #expect(try car(3, 9) == "contact-policy/rest-after-ignored")
    #expect(try car(3, 10) == nil)
    #expect(try car(2, 2) == nil)
    // An answer since begins the count anew; one from before doesn't.
    #expect(try car(3, 2) { $0.lastClickedMs = Given.nowMs - Given.dayMs } == nil)
    #expect(
      try car(3, 2) { $0.lastClickedMs = Given.nowMs - 3 * Given.dayMs } == "contact-policy/rest-after-ignored")
    // All channels together.
    let both = [presented("car", 2, daysAgo: 2), presented("car", 1, daysAgo: 3, channel: "email")]
    #expect(try drops(policy) { $0.offers = both }["car"] == "contact-policy/rest-after-ignored")
  }

  @Test func `showing a list does not make its own contact rest`() throws {
    var policy = ContactPolicy(restDays: 10)
    (policy.ignoredMax, policy.groups) = (3, [GroupRest(ignoredMax: 3, restDays: 10)])
    policy.channels = [ChannelLimit(channel: "web", presentationsMax: 3, days: 7)]
    let contact = Given.contact {
      $0.responses = (0..<3).map {
        Response(list: "l\($0)", proposition: "car", outcome: .presented, atMs: Given.nowMs)
      }
    }
    let shown = presented("car", 3, daysAgo: 0)
    #expect(try drops(policy, in: contact) { $0.offers = [shown] } == [:])
    #expect(try drops(policy, in: Given.contact("c2")) { $0.offers = [shown] }.isEmpty == false)
    // It was ignored twice before; shown once more now, it must not go from the very list that shows it.
    var before = presented("car", 2, daysAgo: 8)
    before.present(atMs: Given.nowMs)
    let once = Given.contact {
      $0.responses = [Response(list: "l", proposition: "car", outcome: .presented, atMs: Given.nowMs)]
    }
    #expect(try drops(policy, in: once) { $0.offers = [before] } == [:])
    #expect(
      try drops(policy, in: Given.contact("c2")) { $0.offers = [before] }["car"] == "contact-policy/rest-after-ignored")
  }

  @Test func `an answer after midnight takes back the presentation of the day before, and never another proposition's`()
    throws
  {
    var policy = ContactPolicy(restDays: 10)
    (policy.ignoredMax, policy.groups) = (1, [GroupRest(ignoredMax: 1, restDays: 10)])
    // Shown yesterday in this contact, looked at today.
    let contact = Given.contact {
      $0.startedMs = Given.nowMs - Given.dayMs
      $0.responses = [Response(list: "l", proposition: "car", outcome: .clicked, atMs: Given.nowMs)]
    }
    let car = presented("car", 1, daysAgo: 1)
    #expect(try drops(policy, in: contact) { $0.offers = [car] } == [:])
    // The house was shown today, elsewhere; two answers to one presentation don't take that back.
    let twice = Given.contact {
      $0.responses = ["l1", "l2"].map { Response(list: $0, proposition: "car", outcome: .clicked, atMs: Given.nowMs) }
    }
    let house = presented("house", 1, daysAgo: 0, channel: "email")
    let drops = try drops(policy, in: twice) { $0.offers = [presented("car", 1, daysAgo: 0), house] }
    #expect(drops["house"] == "contact-policy/rest-after-ignored")
    #expect(drops["car"] == "contact-policy/group-rest-after-ignored")
  }

  @Test func `what has to be said or serves him is only held back by his own answers to it`() throws {
    var policy = ContactPolicy(presentationsMax: 2, rejectionsMax: 1, restDays: 10)
    (policy.ignoredMax, policy.groups) = (2, [GroupRest(ignoredMax: 1, restDays: 10)])
    let shown = presented("notice", 5, daysAgo: 1)
    #expect(try drops(policy) { $0.offers = [shown] } == [:])
    var declined = shown
    (declined.rejected, declined.lastRejectedMs) = (1, Given.nowMs - Given.dayMs)
    #expect(try drops(policy) { $0.offers = [declined] } == ["notice": "contact-policy/rest-after-rejection"])
  }

  @Test func `what is being bought holds its group back, and a question or a complaint nothing but its own`() throws {
    func drops(_ proposition: String, _ group: String) throws -> [String: String] {
      let catalog = Given.catalog(Self.propositions)
      var profile = Given.profile()
      profile.leads = [
        LeadSummary(
          id: "l", proposition: proposition, group: group, status: "open", step: "", openedMs: 1, changedMs: 1)
      ]
      let portfolio = try Given.portfolio(catalog, profile)
      return portfolio.catalog.propositions.reduce(into: [:]) { $0[$1.id] = portfolio.drop($1.id) }
        .filter { $0.value != "constraints/one-per-group" }
    }
    #expect(try drops("car", "insurance") == ["car": "contact-policy/open-lead", "house": "contact-policy/open-lead"])
    // A complaint's lead, and a service proposition that has that group's name.
    #expect(try drops("complaint", Self.propositions[2].group) == [:])
  }

  @Test(arguments: ["phone", "call-centre"])
  func `who wants no calls says it of the channel or of the phone`(_ purpose: String) throws {
    let call = Given.contact(channel: "call-centre", direction: "outbound")
    let refused = Consent(purpose: purpose, isGiven: false, atMs: 1)
    let all = try drops(ContactPolicy(), in: call) { $0.consents = [refused] }
    #expect(Set(all.values) == ["consent/opted-out-of-\(purpose)"] && all.count == 3)
    #expect(try drops(ContactPolicy(), in: outbound) { $0.consents = [refused] } == [:])
  }

  @Test func `a group rests after so many answers to all that is in it, its own rule before the one for any`() throws {
    func rejected(_ proposition: String, daysAgo: Int64) -> OfferHistory {
      var offer = OfferHistory(proposition: proposition, channel: "web")
      (offer.rejected, offer.lastRejectedMs) = (1, Given.nowMs - daysAgo * Given.dayMs)
      return offer
    }
    var policy = ContactPolicy(rejectionsMax: 5)
    let offers = [rejected("car", daysAgo: 40), rejected("house", daysAgo: 20)]
    func house() throws -> String? { try drops(policy) { $0.offers = offers }["house"] }
    #expect(try house() == nil)
    policy.groups = [GroupRest(rejectionsMax: 2, restDays: 30)]
    #expect(try house() == "contact-policy/group-rest-after-rejection")
    policy.groups = [GroupRest(rejectionsMax: 2, restDays: 20)]
    #expect(try house() == nil)
    policy.groups = [GroupRest(rejectionsMax: 3, restDays: 30)]
    #expect(try house() == nil)
    policy.groups = [
      GroupRest(rejectionsMax: 2, restDays: 30), GroupRest(group: "insurance", rejectionsMax: 3, restDays: 30),
    ]
    #expect(try house() == nil)
    policy.groups = [GroupRest(group: "insurance", ignoredMax: 4, restDays: 30)]
    let shown = [presented("car", 2, daysAgo: 3), presented("house", 2, daysAgo: 4)]
    #expect(
      try drops(policy) { $0.offers = shown } == [
        "car": "contact-policy/group-rest-after-ignored", "house": "contact-policy/group-rest-after-ignored",
      ])
  }

  @Test func `so many approaches through a channel and no more, but what serves the customer`() throws {
    var policy = ContactPolicy()
    policy.channels = [ChannelLimit(channel: "email", contactsMax: 2, days: 7)]
    func approaches(_ daysAgo: [Int64]) -> (inout FacetBody) -> Void {
      var approaches = Approaches(channel: "email")
      for days in daysAgo { approaches.add(atMs: Given.nowMs - days * Given.dayMs) }
      return { $0.approaches = [approaches] }
    }
    let refused = "contact-policy/contacts-per-period"
    // The contact itself is the third on the log, and doesn't count against itself.
    #expect(try drops(policy, in: outbound, approaches([0, 2, 6])) == ["car": refused, "house": refused])
    #expect(try drops(policy, in: outbound, approaches([0, 6])) == [:])
    #expect(try drops(policy, in: outbound, approaches([0, 2, 7])) == [:])
    // Who writes to us himself is not approached.
    let inbound = Given.contact(channel: "email")
    #expect(try drops(policy, in: inbound, approaches([2, 3, 6])) == [:])
    policy.channels = [ChannelLimit(channel: "web", presentationsMax: 4, days: 7)]
    let shown = [presented("car", 2, daysAgo: 3), presented("gone", 2, daysAgo: 6)]
    #expect(try drops(policy) { $0.offers = shown }["house"] == "contact-policy/channel-presentations-per-period")
    #expect(try drops(policy) { $0.offers = [shown[0]] } == [:])
  }

  /// What is begun while a contact is under way is one too many itself; it takes nothing off the lists that there are.
  @Test func `a contact that begins later is the one that is too many`() throws {
    var policy = ContactPolicy()
    policy.channels = [ChannelLimit(channel: "email", contactsMax: 1, days: 7)]
    policy.blocks = [ContactBlock(after: "call-centre", channel: "email", days: 7)]
    func contact(_ id: String, _ channel: String, _ minute: Int64) -> Contact {
      Given.contact(id, channel: channel, direction: "outbound") { $0.startedMs = Given.nowMs + minute * 60_000 }
    }
    let all = [
      contact("a", "email", 0), contact("b", "email", 0), contact("c", "email", 1), contact("d", "call-centre", 1),
    ]
    let rules = try all.map { contact in
      try drops(policy, in: contact) { body in
        body.contacts = all
        body.approaches = ["email", "call-centre"].map { channel in
          var approaches = Approaches(channel: channel)
          for contact in all where contact.channel == channel { approaches.add(atMs: contact.startedMs) }
          return approaches
        }
      }["car"]
    }
    let refused = "contact-policy/contacts-per-period"
    #expect(rules == [nil, refused, refused, nil])
    // The call that has begun by then blocks what begins after it.
    policy.channels = nil
    let after = contact("e", "email", 2)
    let blocked = try drops(policy, in: after) { body in
      body.contacts = [all[3], after]
      var call = Approaches(channel: "call-centre")
      call.add(atMs: all[3].startedMs)
      body.approaches = [call]
    }
    #expect(blocked["car"] == "contact-policy/blocked-after-call-centre")
  }

  @Test func `who was called is not written to for a while, and who wants letters is not called`() throws {
    var policy = ContactPolicy()
    policy.blocks = [ContactBlock(after: "call-centre", channel: "email", days: 7)]
    func called(_ daysAgo: Int64) -> (inout FacetBody) -> Void {
      var approaches = Approaches(channel: "call-centre")
      approaches.add(atMs: Given.nowMs - daysAgo * Given.dayMs)
      return { $0.approaches = [approaches] }
    }
    let blocked = "contact-policy/blocked-after-call-centre"
    #expect(try drops(policy, in: outbound, called(6)) == ["car": blocked, "house": blocked])
    #expect(try drops(policy, in: outbound, called(7)) == [:])
    #expect(try drops(policy, in: Given.contact(channel: "email"), called(6)) == [:])
    #expect(try drops(policy, in: Given.contact(channel: "call-centre", direction: "outbound"), called(6)) == [:])
    policy.preferredChannel = "wants"
    let prefers: (inout FacetBody) -> Void = {
      $0.attributes = [Attribute(name: "wants", value: .string("post"), atMs: 1)]
    }
    #expect(try drops(policy, in: outbound, prefers)["house"] == "contact-policy/prefers-post")
    #expect(try drops(policy, in: Given.contact(), prefers) == [:])
    #expect(
      try drops(policy, in: outbound) { $0.attributes = [Attribute(name: "wants", value: .string("email"), atMs: 1)] }
        == [:])
  }

  @Test func `who does not want to hear of a topic hears of it only where it serves him`() throws {
    for topic in ["topic:insurance", "topic:sales"] {
      let word: (inout FacetBody) -> Void = { $0.consents = [Consent(purpose: topic, isGiven: false, atMs: 1)] }
      let refused = "consent/opted-out-of-\(topic)"
      #expect(try drops(ContactPolicy(), word) == ["car": refused, "house": refused])
    }
  }
}
