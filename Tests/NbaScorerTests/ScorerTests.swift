import Contracts
import NbaScorerCore
import Testing

/// What the scorer says when a profile changes: lists when they differ, evidence when an outcome is known.
struct ScorerTests {
  private let catalog = Given.catalog([Given.proposition("loan"), Given.proposition("card", value: 5_000)])

  private func response(_ list: String, _ proposition: String, _ outcome: Outcome) -> Response {
    Response(list: list, proposition: proposition, outcome: outcome, atMs: Given.nowMs + 5)
  }

  private func contact(_ responses: [Response] = [], ended: Bool = false) -> Contact {
    Given.contact {
      $0.responses = responses
      if ended { ($0.endedMs, $0.endReason) = (Given.nowMs + 9, "ended") }
    }
  }

  @Test func `an open contact gets a list, once`() throws {
    let scorer = try Given.scorer(catalog)
    var contact = Given.contact()
    contact.replyTo = "web-1"
    let profile = Given.profile(contacts: [contact])
    let first = scorer.score(profile, nil, now: Given.nowMs, cause: "e1")
    #expect(first.lists.count == 1)
    let list = first.lists[0].list
    #expect(list.version == 1)
    #expect(list.items.map(\.proposition) == ["loan", "card"])
    #expect(list.cause == "e1")
    #expect(first.lists[0].replyTo == "web-1")
    let listing = try #require(IdMint(secret: "test").listing(list.id, contact: "c1"))
    #expect(listing.version == 1)
    #expect(list.items.allSatisfy { listing.has($0.proposition) })
    let again = scorer.score(profile, first.state, now: Given.nowMs + 1, cause: "e2")
    #expect(again.lists.isEmpty)
    #expect(again.state.contacts == first.state.contacts)
  }

  @Test func `what a decision's record has no room for is left out of it and not out of the list`() throws {
    let propositions = (0..<10_000).map {
      Given.proposition("proposition-with-a-name-of-some-length-\($0)", group: "g\($0 % 40)")
    }
    let published = try #require(
      try Given.scorer(Given.catalog(propositions)).score(Given.profile(), nil, now: Given.nowMs, cause: nil).lists
        .first)
    #expect(published.list.items.count == 10)
    #expect(published.decisionData.count <= Scorer.decisionBytesMax)
    let decision = try NbaDecision(json: published.decisionData)
    let kept = decision.propensities.propositions
    #expect(kept.count > 5_000)
    #expect(Set(published.list.items.map(\.proposition)).isSubset(of: kept))
    let error = #expect(throws: ExplanationError.self) {
      _ = try explain(decision, catalog: Given.catalog(propositions))
    }
    #expect(error?.description.contains("no room for \(10_000 - kept.count) of 10000 propensities") == true)
  }

  /// A customer of whom that much is known, in as many contacts.
  private func large(_ bytes: Int, contacts: Int, age: Double) -> ProfileState {
    Given.profile(contacts: (0..<contacts).map { Given.contact("c\($0)") }) {
      $0.attributes = (0..<bytes / 1_050).map {
        Attribute(
          name: "a\($0)", value: .string(String(repeating: "x", count: 1_000)), atMs: Given.nowMs, source: "crm")
      }
      $0.attributes.append(Attribute(name: "age", value: .number(age), atMs: Given.nowMs, source: "crm"))
    }
  }

  /// What only adults are offered, and best of all.
  private let loan = Given.proposition("loan", value: 90_000) {
    $0.eligibility = [Rule(name: "adult", when: "customer.age >= 18")]
  }

  private func contacts(_ outcomes: [Scorer.Outcome]) -> [String] {
    outcomes.flatMap { $0.lists.map(\.list.contact) }
  }

  /// Ticks for as long as the state asks for one, each held to what a record takes.
  private func settled(_ first: Scorer.Outcome, _ scorer: Scorer) -> [Scorer.Outcome] {
    var outcomes = [first]
    while outcomes[outcomes.count - 1].state.hasMore, outcomes.count < 20 {
      let last = outcomes[outcomes.count - 1].state
      #expect(last.nextDueMs == 0)
      outcomes.append(scorer.tick("p1", last, heardMs: Given.nowMs + Int64(outcomes.count)))
    }
    for outcome in outcomes {
      let outputs = outcome.lists.reduce(0) { $0 + $1.listData.count + $1.decisionData.count }
      #expect(outputs + outcome.state.json.count <= 870_000)
    }
    return outcomes
  }

  @Test(arguments: [5_000, 150_000, 250_000, 370_000])
  func `every contact has its list without another event, however much is known`(bytes: Int) throws {
    let others = (0..<3_000).map { Given.proposition("proposition-\($0)", group: "g\($0 % 40)") }
    let scorer = try Given.scorer(Given.catalog([loan] + others))
    let profile = large(bytes, contacts: 6, age: 40)
    let outcomes = settled(scorer.score(profile, nil, now: Given.nowMs, cause: nil), scorer)
    #expect(outcomes.count > 1, "else there was room for all, and nothing is shown")
    #expect(contacts(outcomes) == (0..<6).map { "c\($0)" })
    let last = outcomes[outcomes.count - 1].state
    #expect(last.waiting == nil && last.nextDueMs == nil && last.contacts.allSatisfy { $0.behindMs == nil })
    // When all of them change, all have their lists again.
    let again = settled(scorer.score(large(bytes, contacts: 6, age: 4), last, now: Given.nowMs + 9, cause: nil), scorer)
    #expect(contacts(again).sorted() == (0..<6).map { "c\($0)" })
  }

  @Test func `of a customer too large to be kept each event brings one list, for who has waited longest`() throws {
    let senior = Given.proposition("senior", value: 80_000) {
      $0.eligibility = [Rule(name: "senior", when: "customer.age >= 65")]
    }
    let scorer = try Given.scorer(Given.catalog([loan, senior, Given.proposition("card")]))
    var state: ScorerState?
    var served: [String] = []
    for event in 1...8 {
      // With each of them every contact would have another list than with the last and than it has.
      let profile = large(500_000, contacts: 4, age: [4, 40, 70][event % 3])
      let outcome = scorer.score(profile, state, now: Given.nowMs + Int64(event), cause: nil)
      #expect(outcome.state.waiting == nil && !outcome.state.hasMore)
      served += contacts([outcome])
      state = try ScorerState(json: outcome.state.json)
    }
    #expect(served == ["c0", "c1", "c2", "c3", "c0", "c1", "c2", "c3"])
  }

  @Test func `showing a list makes no new one, answering does`() throws {
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let list = first.lists[0].list.id
    func profile(_ outcome: Outcome) -> ProfileState {
      Given.profile(contacts: [contact([response(list, "loan", outcome)])]) {
        var offer = OfferHistory(proposition: "loan", channel: "web")
        offer.present(atMs: Given.nowMs + 5)
        if outcome == .rejected { (offer.rejected, offer.lastRejectedMs) = (1, Given.nowMs + 5) }
        $0.offers = [offer]
      }
    }
    let shown = scorer.score(profile(.presented), first.state, now: Given.nowMs + 6, cause: nil)
    #expect(shown.lists.isEmpty)
    let rejected = scorer.score(profile(.rejected), shown.state, now: Given.nowMs + 7, cause: nil)
    #expect(rejected.lists.map(\.list.version) == [2])
    #expect(rejected.lists[0].list.items.map(\.proposition) == ["card"])
    #expect(rejected.lists[0].list.dropped == [StageCount(stage: .contactPolicy, count: 1)])
  }

  @Test func `however often a list is shown in a contact it stays, and of the next one's it is not`() throws {
    let catalog = Given.catalog([Given.proposition("loan"), Given.proposition("card", value: 5_000)]) {
      $0.contactPolicy = ContactPolicy(presentationsMax: 5, presentationsDays: 1)
    }
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    // 300 times in all: of the last 100 the lists are known.
    let here = Given.contact {
      $0.responses = (200..<300).map { response("c1.\($0).x", "loan", .presented) }
      let days = [DayCount(day: Given.nowMs / Given.dayMs, count: 200)]
      $0.earlierPresentations = [EarlierPresentations(proposition: "loan", lastMs: Given.nowMs + 5, days: days)]
    }
    let next = Given.contact("c2") { $0.startedMs = Given.nowMs + 6 }
    func profile(_ contacts: Contact...) -> ProfileState {
      Given.profile(contacts: contacts) {
        var offer = OfferHistory(proposition: "loan", channel: "web")
        for _ in 0..<300 { offer.present(atMs: Given.nowMs + 5) }
        $0.offers = [offer]
      }
    }
    let shown = scorer.score(profile(here), first.state, now: Given.nowMs + 6, cause: nil)
    #expect(shown.lists.isEmpty)
    let both = scorer.score(profile(here, next), shown.state, now: Given.nowMs + 7, cause: nil)
    #expect(both.lists.map { $0.list.contact } == ["c2"])
    #expect(both.lists[0].list.items.map(\.proposition) == ["card"])
    // What an open contact shows says nothing before it is over.
    var over = here
    (over.endedMs, over.endReason) = (Given.nowMs + 8, Contact.ended)
    for (contact, known) in [(here, Int64(0)), (over, 300)] {
      let view = CustomerView(profile(contact, next))
      let compiled = try CompiledCatalog(catalog)
      let of = { OfferSummaries(compiled, view: view, without: view.contact($0)!.contact).byProposition[0] }
      #expect(of("c1").presented == 0 && of("c2").presented == known)
      #expect((of("c2").lastPresentedMs == nil) == (known == 0))
    }
  }

  @Test func `what others teach the models moves no list by itself, and counts with the next thing he does`() throws {
    func scorer(_ model: Double) throws -> Scorer {
      var models = ModelSet()
      var card = PropensityModel(id: "card/web/inbound")
      (card.version, card.evidenceCount) = (Int64(model), 500)
      card.weights = [PropensityModel.Weight(feature: "bias", mean: model, precision: 100)]
      models.take(card)
      return try Given.scorer(catalog, models: models)
    }
    let first = try scorer(1).score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let before = first.lists[0].list.items.map(\.proposition)
    let shown = Given.profile(contacts: [contact([response(first.lists[0].list.id, before[0], .presented)])])
    let learned = try scorer(6)
    let later = learned.score(shown, first.state, now: Given.nowMs + 6, cause: nil)
    #expect(later.lists.isEmpty)
    let looked = Given.profile(contacts: shown.facets[0].body.contacts) {
      $0.interests = [Interest(category: "card", count: 1, lastMs: Given.nowMs + 7)]
    }
    let next = learned.score(looked, later.state, now: Given.nowMs + 7, cause: nil)
    #expect(next.lists.map(\.list.version) == [2])
    let fresh = learned.score(looked, nil, now: Given.nowMs + 7, cause: nil)
    #expect(next.lists[0].list.items == fresh.lists[0].list.items)
    let chances = [first, next].map { $0.lists[0].list.items.first { $0.proposition == "card" }?.probability ?? 0 }
    #expect(chances[1] > chances[0] + 0.1)
  }

  /// What another profile has listed meanwhile would stay the contact's list.
  @Test func `a contact that was elsewhere in between gets the same list again, above the other's`() throws {
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let back = scorer.score(Given.profile(version: 2), first.state, now: Given.nowMs + 1, cause: nil)
    #expect(back.lists.map(\.list.version) == [2_000_002])
    #expect(back.lists.first?.list.items.map(\.proposition) == first.lists[0].list.items.map(\.proposition))
    #expect(scorer.score(Given.profile(version: 2), back.state, now: Given.nowMs + 2, cause: nil).lists.isEmpty)
    // A state from before it was kept says nothing of where the contact was.
    var old = first.state
    old.contacts[0].facetVersion = nil
    #expect(scorer.score(Given.profile(version: 2), old, now: Given.nowMs + 1, cause: nil).lists.isEmpty)
  }

  @Test func `the version grows when the contact's facet has moved`() throws {
    let scorer = try Given.scorer(catalog)
    let moved = scorer.score(Given.profile(version: 2), nil, now: Given.nowMs, cause: nil)
    #expect(moved.lists[0].list.version == 2_000_001)
  }

  @Test func `a part of a contact that began elsewhere gets no list here`() throws {
    var part = Given.contact()
    part.isStarted = false
    let outcome = try Given.scorer(catalog).score(Given.profile(contacts: [part]), nil, now: Given.nowMs, cause: nil)
    #expect(outcome.lists.isEmpty)
    #expect(outcome.state.contacts.isEmpty)
  }

  @Test(arguments: [
    (Outcome.accepted, false, true as Bool?), (.rejected, false, false), (.presented, false, nil),
    (.clicked, false, nil),
    (.presented, true, false), (.clicked, true, false), (.accepted, true, true),
  ])
  func `an outcome becomes evidence when it is known`(_ outcome: Outcome, _ ended: Bool, _ isAccepted: Bool?) throws {
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let list = first.lists[0].list.id
    let profile = Given.profile(contacts: [contact([response(list, "loan", outcome)], ended: ended)])
    let second = scorer.score(profile, first.state, now: Given.nowMs + 10, cause: nil)
    #expect(second.evidence.map(\.evidence.isAccepted) == (isAccepted.map { [$0] } ?? []))
    guard let evidence = second.evidence.first?.evidence else { return }
    #expect(evidence.id == "\(list)/loan")
    #expect(evidence.model == "loan/web/inbound")
    #expect(evidence.startProbability == 0.05)
    #expect(abs(evidence.probability - 0.05) < 1e-9)
    let third = scorer.score(profile, second.state, now: Given.nowMs + 11, cause: nil)
    #expect(third.evidence.isEmpty)
  }

  @Test func `evidence has the features of the time of the list`() throws {
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let list = first.lists[0].list.id
    let later = Given.profile(contacts: [contact([response(list, "loan", .accepted)])]) {
      $0.interests = [Interest(category: "loan", count: 9, lastMs: Given.nowMs + 5)]
      $0.attributes = [Attribute(name: "age", value: .number(30), atMs: Given.nowMs + 5)]
    }
    let evidence = scorer.score(later, first.state, now: Given.nowMs + 6, cause: nil).evidence[0].evidence
    #expect(
      evidence.features
        == scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil).state.contacts[0].kept[0].features)
    #expect(!evidence.features.contains { $0.name.contains("interest") || $0.name.contains("age") })
  }

  @Test(arguments: [Outcome.accepted, .rejected])
  func `imported history is learned from without its own answer`(_ outcome: Outcome) throws {
    let list = IdMint(secret: "test").importedList(contact: "c1")
    func features(_ outcome: Outcome) throws -> [Feature] {
      let profile = Given.profile(contacts: [contact([response(list, "loan", outcome)])]) {
        var offer = OfferHistory(proposition: "loan", channel: "web")
        offer.present(atMs: Given.nowMs + 5)
        if outcome == .accepted { (offer.accepted, offer.lastAcceptedMs) = (1, Given.nowMs + 5) }
        if outcome == .rejected { (offer.rejected, offer.lastRejectedMs) = (1, Given.nowMs + 5) }
        $0.offers = [offer]
        $0.counts = [EventCount(event: "nba.\(outcome.rawValue)", channel: "web", count: 1)]
      }
      return try Given.scorer(catalog).score(profile, nil, now: Given.nowMs + 6, cause: nil).evidence[0].evidence
        .features
    }
    #expect(try features(outcome) == features(.accepted))
    #expect(try !features(outcome).contains { $0.name.hasPrefix("offer-") || $0.name.hasPrefix("group-") })
  }

  @Test func `answers to propositions that the catalogue doesn't have are history only`() throws {
    let responses = [
      response("elsewhere.0.x", "fashion-17", .accepted), response("elsewhere.0.x", "fashion-3", .presented),
    ]
    let profile = Given.profile(contacts: [contact(responses, ended: true)])
    let outcome = try Given.scorer(catalog).score(profile, nil, now: Given.nowMs, cause: nil)
    #expect(outcome.evidence.isEmpty)
    #expect(outcome.state.contacts.isEmpty)
  }

  @Test func `what is remembered of a contact ends with the contact`() throws {
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let list = first.lists[0].list.id
    let ended = Given.profile(contacts: [contact([response(list, "loan", .presented)], ended: true)])
    let second = scorer.score(ended, first.state, now: Given.nowMs + 10, cause: nil)
    #expect(second.state.contacts[0].kept.map(\.id) == [list] && second.state.contacts[0].digest == 0)
    let unseen = scorer.score(
      Given.profile(contacts: [contact(ended: true)]), first.state, now: Given.nowMs + 10, cause: nil)
    #expect(unseen.state.contacts[0].kept.isEmpty)
    let gone = scorer.score(Given.profile(contacts: []), second.state, now: Given.nowMs + 11, cause: nil)
    #expect(gone.state.contacts.isEmpty)
  }

  /// He has lists of it before him: one with their numbers again would be taken for one of them.
  @Test(arguments: ["abandoned", "ended"])
  func `a contact that goes on after its end has its lists numbered on`(reason: String) throws {
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let silent = Given.contact { ($0.endedMs, $0.endReason) = (Given.nowMs + 9, reason) }
    let ended = scorer.score(Given.profile(contacts: [silent]), first.state, now: Given.nowMs + 10, cause: nil)
    #expect(ended.lists.isEmpty && ended.state.nextDueMs == nil)
    let restored = try ScorerState(json: ended.state.json)
    let open = scorer.score(Given.profile(), restored, now: Given.nowMs + 20, cause: nil)
    #expect(open.lists.map(\.list.version) == [2])
    #expect(open.lists.first?.list.items.map(\.proposition) == ["loan", "card"])
    // Of one that never had a list nothing is kept, nor of one that the profile has no more.
    #expect(scorer.score(Given.profile(contacts: [silent]), nil, now: Given.nowMs, cause: nil).state.contacts.isEmpty)
    let others = Given.profile(contacts: [Given.contact("c2")])
    #expect(scorer.score(others, ended.state, now: Given.nowMs + 30, cause: nil).state.contacts.map(\.id) == ["c2"])
  }

  @Test func `the state survives being written and read`() throws {
    let scorer = try Given.scorer(catalog)
    let profile = Given.profile {
      $0.attributes = [Attribute(name: "age", value: .number(41.5), atMs: 1)]
      var offer = OfferHistory(proposition: "loan", channel: "web")
      offer.present(atMs: 5)
      $0.offers = [offer]
    }
    let state = scorer.score(profile, nil, now: Given.nowMs, cause: nil).state
    let back = try ScorerState(json: state.json)
    #expect(
      back.contacts[0].kept[0].features.map(\.name).sorted() == state.contacts[0].kept[0].features.map(\.name).sorted())
    #expect(back.contacts[0].kept[0].items == state.contacts[0].kept[0].items)
    #expect(back.contacts[0].digest == state.contacts[0].digest)
    #expect(back.json == state.json)
  }

  @Test func `a decision is derived again from its record`() throws {
    let catalog = Given.catalog([
      Given.proposition("loan") { $0.eligibility = [Rule(name: "adult", when: "customer.age >= 18")] },
      Given.proposition("card"), Given.proposition("gold-card", group: "card"), Given.proposition("fund"),
    ])
    var model = PropensityModel(id: "card/web/inbound")
    for index in 0..<40 { _ = model.learn(Learning.evidence(index, isAccepted: index % 4 == 0)) }
    model.version = 40
    var models = ModelSet()
    models.take(model)
    let profile = Given.profile {
      $0.interests = [Interest(category: "card", count: 4, lastMs: Given.nowMs - Given.dayMs)]
    }
    let scorer = try Given.scorer(catalog, models: models, settings: ScoringSettings())
    let published = scorer.score(profile, nil, now: Given.nowMs, cause: "e1").lists[0]
    let decision = try NbaDecision(json: published.decision.json)
    let list = try NbaList(json: published.list.json)
    let explanation = try explain(decision, catalog: catalog, published: list)
    #expect(explanation.differences == [])
    #expect(explanation.list == list)
    #expect(explanation.entries.map(\.proposition).count == 4)
    #expect(explanation.entries.first { $0.proposition == "loan" }?.drop?.rule == "adult")
    #expect(explanation.entries.count { $0.drop?.rule == "one-per-group" } == 1)
    var other = list
    other.items[0].priority += 1
    #expect(try explain(decision, catalog: catalog, published: other).differences.count == 1)
    // The id is derived by who has the secret, from what comes out on the list; else it is the record's.
    func id(_ secret: String?) throws -> Explanation {
      try explain(decision, catalog: catalog, published: list, mint: secret.map(IdMint.init))
    }
    #expect(try id("test").differences == [] && id("test").list == list)
    #expect(try id("another").differences.map { $0.prefix(3) } == ["id:"] && id(nil).list.id == list.id)
    #expect(try id("another").list.id.hasPrefix("c1.1.i"))
    // What no decision decides is taken as it was recorded.
    other = list
    other.cause = "another event"
    #expect(try explain(decision, catalog: catalog, published: other).differences == [])
  }
}
