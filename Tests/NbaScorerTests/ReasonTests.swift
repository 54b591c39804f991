import Contracts
import Seeds
import Testing

@testable import NbaScorerCore

/// Why: for the agent in a few words, for the auditor with all that it came from, in Dutch and in English.
@Suite struct ReasonTests {
  private static let catalog = Given.catalog([
    Given.proposition("loan", value: 20_000) {
      $0.eligibility = [Rule(name: "of-age", when: "customer.age >= 18")]
      $0.purpose = "marketing"
    },
    Given.proposition("card") { $0.suitability = [Rule(name: "rich", when: "customer.age > 90", title: "is rich")] },
    Given.proposition("paused") { $0.isPaused = true },
  ]) {
    $0.contextWeights = [
      ContextWeight(
        name: "leaving", when: "contact.intent == \"cancellation\"", issue: "sales", group: nil, proposition: nil,
        factor: 3, title: "wil weg")
    ]
    $0.levers = [Lever(name: "spring", percent: 25, group: "loan")]
  }

  private func profile(language: String? = nil) -> ProfileState {
    let contact = Given.contact {
      $0.intent = "cancellation"
      if let language { $0.context["language"] = .string(language) }
    }
    return Given.profile(contacts: [contact]) {
      $0.attributes = [Attribute(name: "age", value: .number(40), atMs: 1)]
      $0.consents = [Consent(purpose: "marketing", isGiven: true, atMs: 1)]
      $0.interests = [Interest(category: "loan", count: 2, lastMs: Given.nowMs - Given.dayMs)]
      var offer = OfferHistory(proposition: "loan", channel: "web")
      (offer.presented, offer.rejected, offer.lastRejectedMs) = (3, 1, Given.nowMs - 40 * Given.dayMs)
      $0.offers = [offer]
    }
  }

  @Test func `a list is in the language that its contact's channel says, else in the catalogue's`() throws {
    func reasons(_ language: String?, _ ofCatalog: Language?) throws -> [String] {
      var catalog = Self.catalog
      catalog.language = ofCatalog
      return try Given.portfolio(catalog, profile(language: language)).listed.items[0].reasons
    }
    let english = [
      "Wil weg: ranked higher", "Looked into this twice, last a day ago", "Said no once, last 5 weeks ago",
    ]
    let dutch = [
      "Wil weg: hoger geplaatst", "Keek hier twee keer naar, het laatst een dag geleden",
      "Zei één keer nee, het laatst 5 weken geleden",
    ]
    #expect(try reasons(nil, nil) == english)
    #expect(try reasons(nil, .dutch) == dutch)
    #expect(try reasons("nl", nil) == dutch)
    #expect(try reasons("en", .dutch) == english)
    // A language that nobody speaks here is none.
    #expect(try reasons("tlh", .dutch) == dutch)
    // In whichever language, it is the same list.
    var catalog = Self.catalog
    let digest = try Given.portfolio(catalog, profile()).listed.digest
    catalog.language = .dutch
    #expect(try Given.portfolio(catalog, profile()).listed.digest == digest)
  }

  @Test func `what he said last is what is said of him, and what he could not have he did not take`() throws {
    func said(_ refusals: Int = 0, _ fill: (inout OfferHistory) -> Void) throws -> String? {
      var profile = Given.profile {
        var offer = OfferHistory(proposition: "loan", channel: "email")
        fill(&offer)
        $0.offers = [offer]
      }
      profile.refusals = (0..<refusals).map { RefusedAcceptance(proposition: "loan", atMs: Int64($0)) }
      let catalog = Given.catalog([Given.proposition("loan")]) { $0.contactPolicy.rejectionsMax = 9 }
      return try Given.portfolio(catalog, profile).listed.items[0].reasons.first
    }
    let looked = "Has looked closer at this offer before, without deciding"
    #expect(try said { ($0.clicked, $0.lastClickedMs) = (1, 5) } == looked)
    #expect(
      try said {
        ($0.clicked, $0.lastClickedMs, $0.rejected, $0.lastRejectedMs) = (1, 5, 1, Given.nowMs - 1)
      } == "Said no once, last less than a day ago")
    #expect(
      try said { ($0.clicked, $0.lastClickedMs, $0.rejected, $0.lastRejectedMs) = (1, 9, 1, 5) } == looked)
    // As kept before the times were.
    #expect(try said { $0.rejected = 2 } == "Said no twice")
    #expect(try said { ($0.accepted, $0.lastAcceptedMs) = (2, 5) } == "Took it twice before")
    func answered(acceptedMs: Int64?, rejectedMs: Int64?, clickedMs: Int64 = 1, inVain: Int = 0) throws -> String? {
      try said(inVain) {
        ($0.clicked, $0.accepted, $0.rejected) = (1, 1, 1)
        ($0.lastClickedMs, $0.lastAcceptedMs, $0.lastRejectedMs) = (clickedMs, acceptedMs, rejectedMs)
      }
    }
    let no = "Said no once, last less than a day ago"
    #expect(try answered(acceptedMs: 5, rejectedMs: Given.nowMs - 1) == no, "who took it and never came")
    #expect(try answered(acceptedMs: 5, rejectedMs: Given.nowMs - 1, inVain: 1) == no)
    #expect(try answered(acceptedMs: 9, rejectedMs: 5) == "Took it once before")
    #expect(try answered(acceptedMs: 5, rejectedMs: 9, clickedMs: 12) == looked)
    #expect(try answered(acceptedMs: nil, rejectedMs: nil) == "Took it once before", "as kept before the times were")
    #expect(try said(1) { ($0.accepted, $0.lastAcceptedMs) = (2, 5) } == "Took it once before")
    #expect(try said(2) { ($0.accepted, $0.lastAcceptedMs) = (2, 5) } == "Wanted it before, and could not have it")
  }

  @Test func `what the catalogue says in both languages is read in the reader's`() throws {
    var catalog = Self.catalog
    catalog.propositions[0].names = Translations(nl: "Lening")
    catalog.propositions[1].suitability[0].titles = Translations(nl: "is rijk")
    (catalog.contextWeights[0].title, catalog.contextWeights[0].titles) = ("may leave", Translations(nl: "wil weg"))
    catalog.attributes += [AttributeDeclaration(name: "job", kind: .string, scope: .customer)]
    (catalog.attributes[catalog.attributes.count - 1].title) = "profession"
    catalog.attributes[catalog.attributes.count - 1].titles = Translations(nl: "beroep")
    func portfolio(_ language: String?) throws -> Portfolio {
      try Given.portfolio(catalog, profile(language: language))
    }
    let (english, dutch) = (try portfolio(nil), try portfolio("nl"))
    #expect(english.listed.items[0].name == "The loan" && dutch.listed.items[0].name == "Lening")
    #expect(english.listed.items[0].reasons[0] == "May leave: ranked higher")
    #expect(dutch.listed.items[0].reasons[0] == "Wil weg: hoger geplaatst")
    #expect(english.entries(.dutch).first { $0.proposition == "card" }?.refusal == "Voldoet niet aan: is rijk")
    #expect(english.entries(.dutch).first { $0.proposition == "loan" }?.name == "Lening")
    let words = Words(language: .dutch, attributes: try CompiledCatalog(catalog).titledAttributes)
    #expect(words.driver("customer.job=retired") == "beroep retired")
    #expect(words.driver("contact.job=retired") == "job retired")
  }

  private func explanation(_ language: Language, isSampling: Bool = false) throws -> Explanation {
    var models = ModelSet()
    var model = PropensityModel(id: "loan/web/inbound")
    for index in 0..<40 { _ = model.learn(Learning.evidence(index, isAccepted: index % 4 == 0)) }
    model.version = 40
    model.weights.append(PropensityModel.Weight(feature: "interest=loan", mean: 0.6, precision: 20))
    models.take(model)
    let scorer = try Given.scorer(Self.catalog, models: models, settings: ScoringSettings(isSampling: isSampling))
    let published = scorer.score(profile(), nil, now: Given.nowMs, cause: nil).lists[0]
    return try explain(published.decision, catalog: Self.catalog, published: published.list, language: language)
  }

  @Test(arguments: [
    ("placement=home", "placement home", "plek home"),
    ("intent=question", "intent question", "reden van contact question"),
    ("role=buyer", "role buyer", "rol buyer"), ("identified=true", "is known by name", "is bij naam bekend"),
    ("interest=first-home", "interest in first home", "interesse in first home"),
    // An attribute has the name that the catalogue gives it.
    ("contact.role=buyer", "role buyer", "role buyer"), ("customer.interest=high", "interest high", "interest high"),
    ("customer.identified=yes", "identified yes", "identified yes"),
  ]) func `what every contact has is called by its name in the reader's language`(
    feature: String, english: String, dutch: String
  ) {
    #expect(Words(language: .english).driver(feature) == english)
    #expect(Words(language: .dutch).driver(feature) == dutch)
  }

  @Test func `of an acceptance it is said what became of it`() throws {
    let day = Given.dayMs
    func said(
      _ language: Language = .english, rejectedDaysAgo: Int64? = nil, leads: [(status: String, daysAgo: Int64)] = []
    ) throws -> String? {
      var profile = Given.profile {
        var offer = OfferHistory(proposition: "loan", channel: "email")
        (offer.accepted, offer.lastAcceptedMs) = (1, Given.nowMs - 5 * day)
        var other = OfferHistory(proposition: "loan", channel: "web")
        if let rejectedDaysAgo { other.reject(atMs: Given.nowMs - rejectedDaysAgo * day) }
        $0.offers = [offer, other]
      }
      profile.leads = leads.enumerated().map { number, lead in
        let ms = Given.nowMs - lead.daysAgo * day
        return LeadSummary(
          id: "l\(number)", proposition: "loan", group: "other", status: lead.status, step: "", openedMs: ms,
          changedMs: ms + day)
      }
      let portfolio = try Given.portfolio(Given.catalog([Given.proposition("loan")]), profile)
      #expect(portfolio.drop("loan") == "contact-policy/rest-after-acceptance")
      return portfolio.refusal(portfolio.candidates[0], language)
    }
    let (accepted, lost) = ("Was accepted lately", "Was accepted lately, and nothing came of it")
    #expect(try said() == accepted && said(leads: [("won", 5)]) == accepted)
    #expect(try said(leads: [("lost", 5)]) == lost)
    #expect(try said(.dutch, leads: [("lost", 5)]) == "Is onlangs geaccepteerd, maar er is niets van gekomen")
    // What was lost before he accepted it again is past, and so is a no of then.
    #expect(try said(leads: [("lost", 20)]) == accepted && said(rejectedDaysAgo: 20) == accepted)
    #expect(try said(leads: [("lost", 5), ("won", 4)]) == accepted)
    #expect(try said(rejectedDaysAgo: 3) == "Was accepted lately, and declined since")
    #expect(try said(.dutch, rejectedDaysAgo: 3) == "Is onlangs geaccepteerd, en daarna afgewezen")
  }

  @Test func `refusals are said in both languages, and the derived list stays in its own`() throws {
    let (english, dutch) = (try explanation(.english), try explanation(.dutch))
    func refusal(_ explanation: Explanation, _ id: String) -> String? {
      explanation.entries.first { $0.proposition == id }?.refusal
    }
    #expect(refusal(english, "card") == "Not met: is rich" && refusal(dutch, "card") == "Voldoet niet aan: is rich")
    #expect(
      refusal(english, "paused") == "Paused in the catalogue"
        && refusal(dutch, "paused") == "Gepauzeerd in de catalogus")
    #expect(dutch.entries[0].reasons.first == "Wil weg: hoger geplaatst")
    #expect(dutch.differences == [] && dutch.list == english.list)
  }

  @Test func `the auditor reads every rule, number, version and draw`() throws {
    let explanation = try explanation(.english, isSampling: true)
    let loan = try #require(explanation.entries.first { $0.proposition == "loan" })
    let account = explanation.audit("loan")
    #expect(
      account.first
        == "Passed: validity, eligibility (of-age), applicability, suitability, consent (marketing), contact-policy")
    #expect(account.contains { $0.hasPrefix("P ") && $0.contains("version 40 of its model, after 40 outcomes") })
    #expect(account.contains { $0.hasPrefix("Largest contributions: ") })
    #expect(account.contains { $0.hasPrefix("Drawn ") && $0.hasSuffix("with the seed c1/loan") })
    let priority = try #require(account.first { $0.hasPrefix("Priority ") })
    #expect(priority.contains("C 3 (leaving)") && priority.contains("V 20000") && priority.contains("L 1.25 (spring)"))
    #expect(account.suffix(2) == ["Rank \(try #require(loan.rank))", "Catalogue 1-test, control group none"])
    #expect(
      explanation.audit("card").suffix(2).first
        == "Dropped out at suitability, rich: Not met: is rich (customer.age > 90)")
    let dutch = try self.explanation(.dutch, isSampling: true).audit("loan")
    #expect(dutch.count == account.count && zip(dutch, account).allSatisfy { $0 != $1 })
    #expect(explanation.audit("nothing") == [])
  }

  /// Where a rule of the scorer has no sentence, its name is shown: in neither language that may happen.
  @Test func `every rule of the scorer's own has a sentence in both languages`() throws {
    let rules = [
      "paused", "not-yet-valid", "no-longer-valid", "out-of-stock", "no-treatment-for-channel",
      "no-treatment-for-placement", "open-lead", "rest-after-acceptance", "rest-after-rejection", "rest-after-ignored",
      "presentations-per-period", "group-rest-after-rejection", "group-rest-after-ignored", "contacts-per-period",
      "channel-presentations-per-period", "too-improbable", "no-propensity", "weighs-nothing", "no-priority",
      "list-length",
    ]
    let texts = Language.allCases.map { language in rules.map { Portfolio.sentence(of: $0, language) } }
    for (rule, (english, dutch)) in zip(rules, zip(texts[0], texts[1])) { #expect(english != dutch, "\(rule)") }
  }

  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func `what speaks most for or against something comes first, and of equals what is first by name`(seed: UInt64) {
    var random = Seeded(seed)
    let own = [3, 40, 77].filter { _ in random.chance(600) }
    let names = [ContactFeatures.bias] + (0..<random.below(12)).map { "f\($0)" }
    let features = names.map { Feature($0, Double(1 + random.below(2))) }
    var models = ModelSet()
    var model = PropensityModel(id: "loan/web/inbound")
    model.version = 1
    for name in names + own.map({ PropositionFeatures.names[$0] }) where random.chance(800) {
      model.weights.append(.init(feature: name, mean: Double(random.below(7) - 3) / 4, precision: 30))
    }
    models.take(model)
    let all = model.weights.compactMap { weight -> Feature? in
      guard weight.feature != ContactFeatures.bias else { return nil }
      let value = features.first { $0.name == weight.feature }?.value ?? 1
      return Feature(weight.feature, weight.mean * value)
    }.sorted { abs($0.value) == abs($1.value) ? $0.name < $1.name : abs($0.value) > abs($1.value) }
    let found = models.numbered(features).drivers(models.models(Given.contact())["loan"]!, own: own, count: 3)
    #expect(found == Array(all.prefix(3)))
  }
}
