import Contracts
import NbaScorerCore
import Testing

/// The stages that every proposition goes through.
struct PortfolioTests {
  @Test func `validity looks at dates, stock, pauses and the channel`() throws {
    let catalog = Given.catalog([
      Given.proposition("good"), Given.proposition("later") { $0.validFromMs = Given.nowMs + 1 },
      Given.proposition("over") { $0.validUntilMs = Given.nowMs }, Given.proposition("paused") { $0.isPaused = true },
      Given.proposition("empty") { $0.isInStock = false }, Given.proposition("phone", channels: ["call-centre"]),
    ])
    let portfolio = try Given.portfolio(catalog)
    #expect(portfolio.order == ["good"])
    #expect(portfolio.drop("later") == "validity/not-yet-valid")
    #expect(portfolio.drop("over") == "validity/no-longer-valid")
    #expect(portfolio.drop("paused") == "validity/paused")
    #expect(portfolio.drop("empty") == "validity/out-of-stock")
    #expect(portfolio.drop("phone") == "validity/no-treatment-for-channel")
    #expect(portfolio.dropped == [StageCount(stage: .validity, count: 5)])
  }

  @Test func `rules drop at their own stage, with their name`() throws {
    let catalog = Given.catalog([
      Given.proposition("a") { $0.eligibility = [Rule(name: "adult", when: "customer.age >= 18")] },
      Given.proposition("b") { $0.applicability = [Rule(name: "interested", when: "interest(\"b\") > 0")] },
      Given.proposition("c") { $0.suitability = [Rule(name: "no-debt", when: "false")] },
      Given.proposition("d") { $0.eligibility = [Rule(name: "any", when: "true")] },
    ])
    let portfolio = try Given.portfolio(catalog)
    #expect(portfolio.drop("a") == "eligibility/adult")
    #expect(portfolio.drop("b") == "applicability/interested")
    #expect(portfolio.drop("c") == "suitability/no-debt")
    #expect(portfolio.order == ["d"])
  }

  @Test func `a purpose needs a yes, and a no to personal offers holds for every offer`() throws {
    let catalog = Given.catalog([
      Given.proposition("asks") { $0.purpose = "profiling" }, Given.proposition("plain"),
      Given.proposition("help") { $0.kind = .service },
    ])
    #expect(try Given.portfolio(catalog).drop("asks") == "consent/no-consent-to-profiling")
    let refused = Given.profile {
      $0.consents = [
        Consent(purpose: "profiling", isGiven: true, atMs: 1),
        Consent(purpose: "personal-offers", isGiven: false, atMs: 1),
      ]
    }
    let portfolio = try Given.portfolio(catalog, refused)
    #expect(portfolio.order == ["help"])
    #expect(portfolio.drop("plain") == "consent/opted-out-of-personal-offers")
  }

  @Test func `who said no to the phone is not called, but may call`() throws {
    let catalog = Given.catalog([Given.proposition("loan", channels: ["call-centre"])])
    for (direction, drop) in [("outbound", "consent/opted-out-of-phone" as String?), ("inbound", nil)] {
      let contact = Given.contact(channel: "call-centre", direction: direction)
      let profile = Given.profile(contacts: [contact]) {
        $0.consents = [Consent(purpose: "phone", isGiven: false, atMs: 1)]
      }
      #expect(try Given.portfolio(catalog, profile).drop("loan") == drop)
    }
  }

  @Test func `the contact policy rests after answers, caps presentations, and leaves open leads alone`() throws {
    let catalog = Given.catalog(
      ["accepted", "rejected", "shown", "shown-here", "bought", "forgiven"].map { Given.proposition($0) }
    ) { $0.contactPolicy = ContactPolicy(presentationsMax: 3, presentationsDays: 7, rejectionsMax: 1, restDays: 30) }
    func offer(_ proposition: String, _ fill: (inout OfferHistory) -> Void) -> OfferHistory {
      var offer = OfferHistory(proposition: proposition, channel: "web")
      fill(&offer)
      return offer
    }
    let contact = Given.contact {
      $0.responses = [Response(list: "l", proposition: "shown-here", outcome: .presented, atMs: Given.nowMs)]
    }
    var profile = Given.profile(contacts: [contact]) {
      $0.offers = [
        offer("accepted") { ($0.accepted, $0.lastAcceptedMs) = (1, Given.nowMs - 80 * Given.dayMs) },
        offer("rejected") { ($0.rejected, $0.lastRejectedMs) = (1, Given.nowMs - 29 * Given.dayMs) },
        offer("forgiven") { ($0.rejected, $0.lastRejectedMs) = (1, Given.nowMs - 31 * Given.dayMs) },
        offer("shown") { for _ in 0..<3 { $0.present(atMs: Given.nowMs - 2 * Given.dayMs) } },
        offer("shown-here") { for _ in 0..<3 { $0.present(atMs: Given.nowMs) } },
      ]
    }
    profile.leads = [
      LeadSummary(id: "l", proposition: "x", group: "bought", status: "open", step: "", openedMs: 1, changedMs: 1)
    ]
    let portfolio = try Given.portfolio(catalog, profile)
    #expect(portfolio.drop("accepted") == "contact-policy/rest-after-acceptance")
    #expect(portfolio.drop("rejected") == "contact-policy/rest-after-rejection")
    #expect(portfolio.drop("shown") == "contact-policy/presentations-per-period")
    #expect(portfolio.drop("bought") == "contact-policy/open-lead")
    #expect(Set(portfolio.order) == ["shown-here", "forgiven"])
  }

  @Test func `what was accepted in vain needs no rest, and what is accepted again does`() throws {
    let catalog = Given.catalog([Given.proposition("scarce")])
    let acceptedMs = Given.nowMs - 5 * Given.dayMs
    var profile = Given.profile {
      var offer = OfferHistory(proposition: "scarce", channel: "web")
      (offer.accepted, offer.lastAcceptedMs) = (2, acceptedMs)
      $0.offers = [offer]
    }
    profile.refusals = [RefusedAcceptance(proposition: "scarce", atMs: acceptedMs)]
    #expect(try Given.portfolio(catalog, profile).order == ["scarce"])
    profile.refusals = [
      RefusedAcceptance(proposition: "scarce", atMs: acceptedMs - 1),
      RefusedAcceptance(proposition: "other", atMs: acceptedMs),
    ]
    #expect(try Given.portfolio(catalog, profile).drop("scarce") == "contact-policy/rest-after-acceptance")
  }

  @Test func `priority is propensity by context weight by value by lever, each switchable`() throws {
    let catalog = Given.catalog([
      Given.proposition("rich", value: 40_000),
      Given.proposition("likely", value: 10_000) { $0.startProbability = 0.3 },
      Given.proposition("keeper", value: 9_000) { $0.issue = "retention" },
      Given.proposition("pushed", value: 9_000),
    ]) {
      $0.levers = [Lever(name: "campaign", percent: 200, proposition: "pushed")]
      $0.contextWeights = [
        ContextWeight(
          name: "leaving", when: "contact.intent == \"cancellation\"", issue: "retention", group: nil, proposition: nil,
          factor: 10)
      ]
    }
    let profile = Given.profile(contacts: [Given.contact { $0.intent = "cancellation" }])
    func order(_ adjust: (inout ScoringSettings) -> Void) throws -> [String] {
      var settings = ScoringSettings(isSampling: false)
      adjust(&settings)
      return try Given.portfolio(catalog, profile, settings: settings).order
    }
    #expect(try order { _ in } == ["keeper", "likely", "rich", "pushed"])
    #expect(try order { $0.usesContext = false } == ["likely", "rich", "pushed", "keeper"])
    #expect(try order { $0.usesPropensity = false } == ["keeper", "rich", "pushed", "likely"])
    #expect(try order { $0.usesValue = false } == ["keeper", "likely", "pushed", "rich"])
    #expect(try order { $0.usesLevers = false } == ["keeper", "likely", "rich", "pushed"])
  }

  @Test func `an untouched model says the declared probability, whatever is known`() throws {
    let catalog = Given.catalog([Given.proposition("loan") { $0.startProbability = 0.07 }])
    let known = Given.profile { $0.attributes = [Attribute(name: "age", value: .number(40), atMs: 1)] }
    for profile in [known, Given.profile()] {
      let item = try #require(try Given.portfolio(catalog, profile).listed.items.first)
      #expect(abs(item.probability - 0.07) < 1e-9)
      #expect(item.expectedValueMinor == 700)
    }
  }

  @Test func `what must be said comes first, and of a group only one`() throws {
    let catalog = Given.catalog([
      Given.proposition("small", group: "cards", value: 1_000), Given.proposition("big", group: "cards", value: 9_000),
      Given.proposition("law", group: "notices", value: 0) { $0.isMandatory = true },
      Given.proposition("other", group: "loans", value: 5_000), Given.proposition("last", group: "funds", value: 10),
    ])
    let portfolio = try Given.portfolio(catalog, settings: ScoringSettings(listLength: 3, isSampling: false))
    #expect(portfolio.order == ["law", "big", "other"])
    #expect(portfolio.drop("small") == "constraints/one-per-group")
    #expect(portfolio.drop("last") == "constraints/list-length")
    #expect(portfolio.listed.items[0].reasons[0] == "Has to be said in every contact")
  }

  @Test func `what brings less than it costs is not offered`() throws {
    let catalog = Given.catalog([
      Given.proposition("dear", value: 1_000) { ($0.startProbability, $0.costMinor) = (0.1, 200) },
      Given.proposition("never") { $0.startProbability = 0.000_001 },
    ])
    let portfolio = try Given.portfolio(catalog)
    #expect(portfolio.drop("dear") == "arbitration/not-worth-its-cost")
    #expect(portfolio.drop("never") == "propensity/too-improbable")
  }

  @Test func `a draw decides the order and never whether an offer is worth its cost`() throws {
    let catalog = Given.catalog(
      (0..<6).map { number in
        Given.proposition("p\(number)", value: 185_000) { ($0.startProbability, $0.costMinor) = (0.02, 3_000) }
      } + [Given.proposition("dear", value: 1_000) { ($0.startProbability, $0.costMinor) = (0.1, 200) }])
    let compiled = try CompiledCatalog(catalog)
    for number in 0..<100 {
      let profile = Given.profile(contacts: [Given.contact("c\(number)")])
      let portfolio = Portfolio(
        compiled, Given.situation(profile, contact: "c\(number)"), ScoringSettings(), .models(ModelSet()))
      #expect(Set(portfolio.order) == ["p0", "p1", "p2", "p3", "p4", "p5"])
      #expect(portfolio.drop("dear") == "arbitration/not-worth-its-cost")
    }
  }

  @Test func `the draw belongs to contact and proposition`() throws {
    let catalog = Given.catalog((0..<8).map { Given.proposition("p\($0)") })
    let one = try Given.portfolio(catalog, settings: ScoringSettings())
    #expect(try Given.portfolio(catalog, settings: ScoringSettings()).order == one.order)
    let orders = try Set(
      (0..<20).map { index in
        let profile = Given.profile(contacts: [Given.contact("c\(index)")])
        return Portfolio(
          try CompiledCatalog(catalog), Given.situation(profile, contact: "c\(index)"), ScoringSettings(),
          .models(ModelSet())
        ).order
      })
    #expect(orders.count > 10)
    #expect(one.listed.items.allSatisfy { abs($0.probability - 0.05) < 1e-9 })
  }

  @Test func `reasons speak of interest, history and context`() throws {
    let catalog = Given.catalog([Given.proposition("mortgage") { $0.issue = "retention" }]) {
      $0.contextWeights = [
        ContextWeight(
          name: "wants-to-leave", when: "contact.intent == \"cancellation\"", issue: "retention", group: nil,
          proposition: nil, factor: 2)
      ]
    }
    let profile = Given.profile(contacts: [Given.contact { $0.intent = "cancellation" }]) {
      $0.interests = [Interest(category: "mortgage", count: 4, lastMs: Given.nowMs - Given.dayMs)]
      var offer = OfferHistory(proposition: "mortgage", channel: "web")
      for _ in 0..<2 { offer.present(atMs: Given.nowMs - 3 * Given.dayMs) }
      $0.offers = [offer]
    }
    #expect(
      try Given.portfolio(catalog, profile).listed.items[0].reasons == [
        "Wants to leave: ranked higher", "Looked into this four times, last a day ago",
        "Was shown twice, without an answer",
      ])
  }

  @Test func `reasons are few, the strongest first, and a stranger's chances are none`() throws {
    let catalog = Given.catalog([Given.proposition("loan"), Given.proposition("card")]) {
      $0.levers = [Lever(name: "focus", percent: 100, proposition: "loan")]
      $0.contextWeights = [
        ContextWeight(
          name: "n1", when: "days_since_interest(\"loan\") <= 7", issue: nil, group: "loan", proposition: nil,
          factor: 3,
          title: "looks at loans"),
        ContextWeight(
          name: "n2", when: "interest(\"loan\") > 1", issue: nil, group: "loan", proposition: nil, factor: 5,
          title: "looks at loans"),
        ContextWeight(
          name: "pays-late", when: "true", issue: nil, group: "loan", proposition: nil, factor: 0.5),
      ]
    }
    let profile = Given.profile {
      $0.interests = [Interest(category: "loan", count: 4, lastMs: Given.nowMs)]
      var offer = OfferHistory(proposition: "loan", channel: "web")
      (offer.presented, offer.clicked) = (2, 1)
      $0.offers = [offer]
    }
    let items = try Given.portfolio(catalog, profile).listed.items
    #expect(
      items.map(\.reasons) == [
        [
          "Looks at loans: ranked higher", "Looked into this four times, last less than a day ago",
          "Has looked closer at this offer before, without deciding",
        ], [],
      ])
    #expect(items.map(\.evidenceCount) == [0, 0])
  }

  @Test func `an item's arithmetic adds up to what it is ranked by`() throws {
    let catalog = Given.catalog([Given.proposition("loan")]) {
      $0.levers = [Lever(name: "focus", percent: 100, group: "loan")]
      $0.contextWeights = [
        ContextWeight(name: "w", when: "true", issue: nil, group: "loan", proposition: nil, factor: 3)
      ]
    }
    for isSampling in [true, false] {
      let portfolio = try Given.portfolio(catalog, settings: ScoringSettings(isSampling: isSampling))
      let item = portfolio.listed.items[0]
      let propensity = try #require(item.propensity)
      #expect((propensity == item.probability) == !isSampling)
      #expect(abs(propensity * 3 * 10_000 * 2 - item.priority) < 1e-6)
      #expect(item.expectedValueMinor == 500)
    }
  }

  @Test func `a refusal is a sentence, with the rule's own title`() throws {
    let catalog = Given.catalog([
      Given.proposition("a") {
        $0.applicability = [Rule(name: "leaving", when: "false", title: "wants to leave")]
        $0.eligibility = [Rule(name: "of-age", when: "true")]
      }, Given.proposition("b") { $0.eligibility = [Rule(name: "has-children", when: "false")] },
      Given.proposition("c") { $0.purpose = "personal-offers" }, Given.proposition("d") { $0.isPaused = true },
      Given.proposition("dear", value: 1_000) { ($0.startProbability, $0.costMinor) = (0.1, 250) },
      Given.proposition("big", group: "loans", value: 90_000), Given.proposition("small", group: "loans", value: 50),
    ])
    let explanation = try explanation(catalog)
    #expect(
      explanation == [
        "a": "Not met: wants to leave", "b": "Not met: has children", "c": "Has not agreed to personal offers",
        "d": "Paused in the catalogue",
        "dear": "Expected to bring 1.00 EUR, which is less than the 2.50 EUR that offering it costs",
        "small": "Of its kind one is enough: The big is on the list",
      ])
  }

  private func explanation(_ catalog: Catalog) throws -> [String: String] {
    let portfolio = try Given.portfolio(catalog)
    let list = portfolio.list(id: "l", version: 1, cause: nil, items: portfolio.listed.items)
    let entries = try explain(portfolio.decision(list: list, profile: Given.profile()), catalog: catalog).entries
    return Dictionary(
      uniqueKeysWithValues: entries.compactMap { entry in entry.refusal.map { (entry.proposition, $0) } })
  }
}
