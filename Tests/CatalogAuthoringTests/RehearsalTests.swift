import Contracts
import NbaScorerCore
import Rehearsal
import Testing

/// What customers would get by a draft, beside what they get now.
@Suite struct RehearsalTests {
  private static let nowMs: Int64 = 1_790_000_000_000

  private static func proposition(
    _ id: String, value: Int64, probability: Double, channels: [String] = ["web"],
    _ fill: (inout Proposition) -> Void = { _ in }
  ) -> Proposition {
    var proposition = Proposition(id: id, name: id, issue: "sales", group: id, kind: .offer)
    proposition.treatments = channels.map { Treatment(channel: $0, headline: id, body: "Now.", callToAction: "Yes") }
    (proposition.valueMinor, proposition.startProbability) = (value, probability)
    fill(&proposition)
    return proposition
  }

  /// A loan for adults at 20.00 a customer, a card at 5.00, and a guide at 1.00 that is told by phone only.
  private static func catalog(_ fill: (inout Catalog) -> Void = { _ in }) -> Catalog {
    var catalog = Catalog(version: "1-test", appliedMs: 1, name: "test", currency: "EUR")
    catalog.attributes = [AttributeDeclaration(name: "age", kind: .number, scope: .customer)]
    catalog.propositions = [
      proposition("loan", value: 10_000, probability: 0.2) {
        $0.eligibility = [Rule(name: "adult", when: "customer.age >= 18")]
      },
      proposition("card", value: 5_000, probability: 0.1, channels: ["web", "call-centre"]),
      proposition("guide", value: 1_000, probability: 0.1, channels: ["call-centre"]),
    ]
    fill(&catalog)
    #expect(catalog.mistakes == [])
    return catalog
  }

  private static func customer(_ id: String, age: Double, in channel: String? = nil, atMs: Int64 = nowMs)
    -> ProfileState
  {
    var body = FacetBody(firstSeenMs: atMs, lastSeenMs: atMs)
    body.attributes = [Attribute(name: "age", value: .number(age), atMs: atMs)]
    if let channel {
      body.contacts = [
        Contact(id: "c-\(id)", channel: channel, direction: "inbound", isStarted: true, startedMs: atMs)
      ]
    }
    var state = ProfileState(id: id, nowMs: atMs)
    state.facets = [Facet(id: "customer:\(id)#0", version: 0, seq: 1, body: body)]
    return state
  }

  private static func trial(
    _ draft: Catalog? = nil, inForce: Catalog = catalog(), models: ModelSet = ModelSet(),
    groups: GroupSet = GroupSet(), budgets: BudgetBook = BudgetBook(), nowMs: Int64 = nowMs
  ) throws -> CustomerTrial {
    CustomerTrial(
      inForce: try CompiledCatalog(inForce), draft: try draft.map { try CompiledCatalog($0) }, models: models,
      groups: groups, budgets: budgets,
      newContact: CustomerTrial.newContact(channel: "web", direction: "inbound", placement: nil), nowMs: nowMs)
  }

  @Test func `who was last heard of long ago is decided for as of now`() throws {
    let draft = Self.catalog {
      $0.propositions.append(
        Self.proposition("spring", value: 90_000, probability: 0.5) { $0.validFromMs = Self.nowMs + 1_000 })
    }
    let customer = Self.customer("ann", age: 40)
    for (nowMs, expected) in [(Self.nowMs, "loan"), (Self.nowMs + 1_000, "spring"), (0, "loan")] {
      let decided = try Self.trial(draft, nowMs: nowMs).decide(customer)
      #expect(decided.nowMs == max(nowMs, Self.nowMs) && decided.contact.startedMs == decided.nowMs)
      #expect(decided.comparisons.first?.proposition == expected)
    }
  }

  @Test func `all of the sample are named, those with another first place first, then those with another list`() throws
  {
    let sample = [Self.customer("eve", age: 9)] + Self.customers
    #expect(
      Rehearsal(of: sample, by: try Self.trial()).profiles == sample.map(\.id), "without a draft in the sample's order")
    // The loan no longer leads, and who is too young for it is told of the guide.
    let draft = Self.catalog { catalog in
      catalog.propositions[0].valueMinor = 1_000
      catalog.propositions[2].eligibility = [Rule(name: "young", when: "customer.age < 18")]
      catalog.propositions[2].treatments.append(catalog.propositions[1].treatments[0])
    }
    let trial = try Self.trial(draft)
    #expect(Rehearsal(of: sample, by: trial).profiles == ["ann", "bob", "eve", "kid", "cas"])
    #expect(sample.map { trial.decide($0).change } == [.list, .first, .first, .list, .list])
    let same = Rehearsal(of: sample, by: try Self.trial(Self.catalog()))
    #expect(same.profiles == sample.map(\.id), "also of a draft that changes nothing for anyone")
  }

  @Test func `who is in a contact may be decided for in a new one all the same, and which he is in is known`() throws {
    let trial = CustomerTrial(
      inForce: try CompiledCatalog(Self.catalog()), models: ModelSet(),
      newContact: CustomerTrial.newContact(channel: "web", direction: "inbound", placement: "home"), isAlwaysNew: true,
      nowMs: Self.nowMs)
    let caller = trial.decide(Self.customer("cas", age: 50, in: "call-centre"))
    #expect(!caller.isInContact && caller.contact.channel == "web" && caller.contact.placement == "home")
    #expect(caller.open?.id == "c-cas" && caller.open?.channel == "call-centre")
    #expect(caller.before.listed.items.map(\.proposition) == ["loan", "card"])
    #expect(trial.decide(Self.customer("ann", age: 50)).open == nil)
    let own = try Self.trial().decide(Self.customer("cas", age: 50, in: "call-centre"))
    #expect(own.isInContact && own.open?.id == "c-cas" && own.contact.channel == "call-centre")
  }

  /// A draft's limit goes on from what was taken of the one like it; what is taken of a period that is over is not.
  @Test func `what is all given out nobody gets, by the draft's limits as well`() throws {
    func limited(_ max: Int64?, _ per: PropositionLimit.Period = .ever) -> Catalog {
      Self.catalog {
        $0.propositions[0].limits = max.map { [PropositionLimit(max: $0, per: per, of: .acceptances)] }
      }
    }
    func budgets(_ per: PropositionLimit.Period, sinceMs: Int64) -> BudgetBook {
      var budget = Budget(proposition: "loan", nowMs: Self.nowMs)
      budget.counts = [
        BudgetCount(limit: PropositionLimit(max: 2, per: per, of: .acceptances), sinceMs: sinceMs, taken: 2)
      ]
      var book = BudgetBook()
      book.take(budget)
      return book
    }
    func drops(_ draft: Catalog, inForce: Catalog, _ budgets: BudgetBook) throws -> [String?] {
      let decided = try Self.trial(draft, inForce: inForce, budgets: budgets).decide(Self.customer("ann", age: 40))
      let loan = try #require(decided.comparisons.first { $0.proposition == "loan" })
      return [loan.before, loan.after].map { $0?.drop?.rule }
    }
    let taken = budgets(.ever, sinceMs: 1)
    #expect(try drops(limited(3), inForce: limited(2), taken) == ["limit-reached", nil])
    #expect(try drops(limited(1), inForce: limited(nil), taken) == [nil, "limit-reached"])
    #expect(try drops(limited(0), inForce: limited(3), BudgetBook()) == [nil, "limit-reached"], "there never is any")
    let today = PropositionLimit.Period.day.startMs(at: Self.nowMs)
    for (sinceMs, rule) in [(today, "limit-reached" as String?), (today - 1, nil)] {
      #expect(
        try drops(limited(2, .day), inForce: limited(2, .day), budgets(.day, sinceMs: sinceMs)) == [rule, rule])
    }
  }

  /// Two adults and a child on the web, and an adult who is calling.
  private static let customers = [
    customer("ann", age: 40), customer("bob", age: 30, in: "web"), customer("kid", age: 9),
    customer("cas", age: 50, in: "call-centre"),
  ]

  private static func change(_ id: String, in rehearsal: Rehearsal) throws -> String {
    let change = try #require(rehearsal.places.first { $0.proposition == id })
    func text(_ places: Rehearsal.Tally.Places?) -> String { places.map { "\($0.listed)/\($0.first)" } ?? "-" }
    return "\(text(change.before)) → \(text(change.after))"
  }

  private static func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-6 * max(1, abs(b)) }

  @Test func `it counts who gets what, in which place, and what that is worth`() throws {
    let rehearsal = Rehearsal(of: Self.customers, by: try Self.trial())
    #expect(rehearsal.customers == 4 && rehearsal.inContact == 2)
    #expect(rehearsal.after == nil)
    let places = rehearsal.before.places
    #expect(places["loan"]?.listed == 2 && places["loan"]?.first == 2, "who calls is shown no loan")
    #expect(places["card"]?.listed == 4 && places["card"]?.first == 2)
    #expect(places["guide"]?.listed == 1 && places["guide"]?.first == 0)
    #expect(rehearsal.before.dropped == [.validity: 4, .eligibility: 1])
    // What the list that is published says of each, all together.
    let trial = try Self.trial()
    let items = Self.customers.map { trial.decide($0).before.listed.items }
    let expected = { (item: NbaItem) in item.probability * Double(item.valueMinor) }
    #expect(Self.near(rehearsal.before.firstMinor, items.compactMap(\.first).map(expected).reduce(0, +)))
    #expect(Self.near(rehearsal.before.listMinor, items.joined().map(expected).reduce(0, +)))
    #expect(rehearsal.before.firstMinor > 0 && rehearsal.before.listMinor > rehearsal.before.firstMinor)
  }

  @Test func `it says whose list a draft changes, and whose first place`() throws {
    let draft = Self.catalog { catalog in
      catalog.propositions[0].eligibility = [Rule(name: "grown", when: "customer.age >= 35")]
      catalog.propositions.append(Self.proposition("badge", value: 100, probability: 0.1, channels: ["web"]))
      catalog.propositions.remove(at: 2)
    }
    let rehearsal = Rehearsal(of: Self.customers, by: try Self.trial(draft))
    // The three on the web get the badge, the caller no guide; Bob has the card first.
    #expect(rehearsal.otherList == 4)
    #expect(rehearsal.otherFirst == 1)
    #expect(try Self.change("loan", in: rehearsal) == "2/2 → 1/1")
    #expect(try Self.change("card", in: rehearsal) == "4/2 → 4/3")
    #expect(try Self.change("badge", in: rehearsal) == "- → 3/0")
    #expect(try Self.change("guide", in: rehearsal) == "1/0 → -")
    #expect(rehearsal.after?.dropped == [.validity: 2, .eligibility: 2])
    let after = try #require(rehearsal.after)
    #expect(after.firstMinor < rehearsal.before.firstMinor)
    #expect(
      rehearsal.places.map(\.proposition) == ["badge", "card", "loan", "guide"],
      "what changes most first, then what most get")
  }

  @Test func `an order that changes is another list, and the same said again is none`() throws {
    let same = Rehearsal(of: Self.customers, by: try Self.trial(Self.catalog()))
    #expect(same.otherList == 0 && same.otherFirst == 0)
    #expect(same.after?.listMinor == same.before.listMinor && same.after?.places == same.before.places)
    let dearer = Self.catalog { $0.propositions[1].valueMinor = 50_000 }
    let rehearsal = Rehearsal(of: Self.customers, by: try Self.trial(dearer))
    #expect(rehearsal.otherList == 2 && rehearsal.otherFirst == 2, "of who has both the loan and the card")
  }

  @Test func `nothing is drawn and nobody is in a control group, so the sample's names decide nothing`() throws {
    let grouped = Self.catalog {
      $0.controlGroups = ControlGroups(randomEligiblePercent: 20, propensityOnlyPercent: 20, valueOnlyPercent: 20)
    }
    let many = (0..<100).map { Self.customer("n\($0)", age: 40, in: "web") }
    let rehearsal = Rehearsal(of: many, by: try Self.trial(grouped, inForce: grouped))
    #expect(rehearsal.before.places["loan"]?.first == 100)
    #expect(rehearsal.otherList == 0)
  }

  @Test func `what the models have learned decides by both catalogues`() throws {
    var model = PropensityModel(id: PropensityModel.id(proposition: "card", channel: "web", direction: "inbound"))
    (model.version, model.evidenceCount, model.startProbability) = (1, 1_000, 0.1)
    model.weights = [PropensityModel.Weight(feature: "bias", mean: 5, precision: 1_000)]
    var models = ModelSet()
    models.take(model)
    let rehearsal = Rehearsal(of: Self.customers, by: try Self.trial(Self.catalog(), models: models))
    #expect(rehearsal.before.places["card"]?.first == 4 && rehearsal.after?.places["card"]?.first == 4)
  }

  @Test func `of whom nothing is known has his group's interests stand in, as in operation`() throws {
    var groups = GroupSet()
    groups.take(
      GroupAggregate(
        segment: "everybody", version: 1, atMs: 1, members: 100,
        interests: [GroupInterest(category: "card", members: 100)]))
    var model = PropensityModel(id: PropensityModel.id(proposition: "card", channel: "web", direction: "inbound"))
    (model.version, model.evidenceCount, model.startProbability) = (1, 1_000, 0.1)
    model.weights = [PropensityModel.Weight(feature: "interest=card", mean: 5, precision: 1_000)]
    var models = ModelSet()
    models.take(model)
    let catalog = Self.catalog { $0.segments = [Segment(name: "everybody", when: "customer.age >= 0")] }
    let trial = try Self.trial(inForce: catalog, models: models, groups: groups)
    #expect(trial.decide(Self.customers[0]).before.listed.items.map(\.proposition) == ["card", "loan"])
    #expect(
      try Self.trial(inForce: catalog, models: models).decide(Self.customers[0]).before.listed.items.map(\.proposition)
        == ["loan", "card"])
  }

  @Test func `each is decided for in the contact that he is in, as of now`() throws {
    let over = { (state: ProfileState) in
      var state = state
      state.facets[0].body.contacts[0].endedMs = Self.nowMs
      state.facets[0].body.contacts[0].endReason = "ended"
      return state
    }
    let trial = try Self.trial(
      inForce: Self.catalog { $0.propositions[0].validUntilMs = Self.nowMs })
    let caller = trial.decide(Self.customer("cas", age: 50, in: "call-centre"))
    #expect(caller.isInContact && caller.contact.id == "c-cas")
    let gone = trial.decide(over(Self.customer("cas", age: 50, in: "call-centre")))
    #expect(!gone.isInContact && gone.contact.channel == "web" && gone.contact.startedMs == Self.nowMs)
    #expect(gone.before.candidates[0].drop?.rule == "no-longer-valid")
    let silent = trial.decide(Self.customer("ann", age: 50, atMs: Self.nowMs - 1))
    #expect(silent.nowMs == Self.nowMs && silent.before.candidates[0].drop?.rule == "no-longer-valid")
  }

  @Test func `of one customer it says why each came or went`() throws {
    let draft = Self.catalog { catalog in
      catalog.propositions[0].eligibility = [Rule(name: "grown", when: "customer.age >= 35", title: "is 35 or older")]
      catalog.propositions[1].isPaused = true
      catalog.propositions[2].treatments += [
        Treatment(channel: "web", headline: "guide", body: "Now.", callToAction: "Yes")
      ]
      catalog.propositions.append(Self.proposition("badge", value: 100, probability: 0.1))
    }
    let bob = try Self.trial(draft).decide(Self.customers[1])
    let said = bob.comparisons.map { one in
      "\(one.before?.rank.map(String.init) ?? "-") \(one.after?.rank.map(String.init) ?? "-") "
        + "\(one.proposition) \(one.why ?? "")"
    }
    #expect(
      said == [
        "- 1 guide came: it dropped out at validity: no-treatment-for-channel (Has nothing to show in this channel)",
        "- 2 badge came: it is new",
        "1 - loan went: it drops out at eligibility: grown (Not met: is 35 or older)",
        "2 - card went: it drops out at validity: paused (Paused in the catalogue)",
      ])
    let kid = try Self.trial(draft).decide(Self.customers[2])
    let loan = try #require(kid.comparisons.first { $0.proposition == "loan" })
    #expect(loan.why?.hasPrefix("eligibility: adult (") == true && loan.why?.contains("→ eligibility: grown") == true)
  }

  @Test func `of one who stays it says which weights are others`() throws {
    let draft = Self.catalog { catalog in
      catalog.levers = [Lever(name: "card-year", percent: 10, proposition: "card")]
      catalog.contextWeights = [
        ContextWeight(
          name: "on-the-web", when: "contact.channel == 'web'", issue: nil, group: "card", proposition: nil, factor: 2)
      ]
    }
    let ann = try Self.trial(draft).decide(Self.customers[0])
    let card = try #require(ann.comparisons.first { $0.proposition == "card" })
    #expect(card.why == "context × 1 → × 2 (on-the-web); lever × 1 → × 1.1 (card-year)")
    let same = try Self.trial(Self.catalog()).decide(Self.customers[0])
    #expect(same.comparisons.allSatisfy { $0.why == nil })
    let alone = try Self.trial().decide(Self.customers[0])
    #expect(alone.comparisons.map(\.proposition) == ["loan", "card", "guide"])
    #expect(alone.comparisons.allSatisfy { $0.why == nil })
  }
}
