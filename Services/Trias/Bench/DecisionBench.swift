import Contracts
import NbaScorerCore

/// What one decision costs: the whole portfolio gone through for one customer in one contact, its list with the reasons,
/// and what is recorded of it. On one thread, without a log.
package struct DecisionBench {
  package struct Row: Sendable {
    package let propositions: Int
    package let decisions: Int
    package let cost: Cost
    /// The same without list, reasons and record: the portfolio alone.
    package let bare: Cost
    /// Of the whole decision's CPU, what takes place for reasons alone: finding what spoke for each that is listed, saying
    /// it, and writing both down.
    package let reasonsPart: Double
  }

  private let nowMs: Int64 = 1_790_000_000_000
  private let groups = 40
  private let customers = 64

  package init() {}

  /// `seconds` for each way of measuring.
  package func run(propositions: Int, seconds: Double) throws -> Row {
    let scorer = try scorer(propositions)
    let (catalog, models, settings) = (scorer.catalog, scorer.models, scorer.settings)
    let profiles = (0..<customers).map(profile)
    let situations = profiles.map { profile in
      let view = CustomerView(profile)
      return Situation(
        view: view, contact: view.contacts[0].contact, nowMs: nowMs, currency: "EUR", definitions: catalog.definitions)
    }
    var kept = 0
    func decide(_ n: Int) { kept += scorer.score(profiles[n % customers], nil, now: nowMs, cause: nil).lists.count }
    func portfolio(_ n: Int) {
      kept += Portfolio(catalog, situations[n % customers], settings, .models(models)).ranked.count
    }
    for n in 0..<customers { decide(n) }
    let (decisions, cost) = repeated(seconds) { decide($0) }
    let (times, bare) = repeated(seconds) { portfolio($0) }
    let portfolios = situations.map { Portfolio(catalog, $0, settings, .models(models)) }
    let (lists, reasons) = repeated(seconds) { kept += writeReasons(portfolios[$0 % customers]) }
    precondition(kept > 0)
    return Row(
      propositions: propositions, decisions: decisions, cost: cost,
      bare: Cost(wallSeconds: bare.wallSeconds / Double(times), cpuSeconds: bare.cpuSeconds / Double(times)),
      reasonsPart: (reasons.cpuSeconds / Double(lists)) / (cost.cpuSeconds / Double(decisions)))
  }

  /// All that a decision wouldn't do without reasons. How many bytes they take.
  private func writeReasons(_ portfolio: Portfolio) -> Int {
    var writer = JSONWriter()
    writer.beginArray()
    for (index, drivers) in zip(portfolio.ranked, portfolio.drivers) {
      PropensityDrivers(proposition: portfolio.catalog.propositions[index].id, drivers: drivers).write(to: &writer)
    }
    for reasons in portfolio.reasons(portfolio.language) {
      writer.beginArray()
      for text in reasons.texts { writer.string(text) }
      writer.endArray()
    }
    writer.endArray()
    return writer.bytes.count
  }

  /// Traces what `decisions` decisions of a warm scorer ask of the allocator.
  package func traceAllocations(propositions: Int, decisions: Int) throws {
    let scorer = try scorer(propositions)
    let profiles = (0..<customers).map(profile)
    func decide(_ count: Int) {
      for n in 0..<count { _ = scorer.score(profiles[n % customers], nil, now: nowMs, cause: nil) }
    }
    decide(customers)
    AllocationTrace.trace { decide(decisions) }
  }

  private func scorer(_ propositions: Int) throws -> Scorer {
    let catalog = try CompiledCatalog(catalog(propositions))
    return Scorer(
      catalog: catalog, models: models(catalog), settings: ScoringSettings(), mint: IdMint(secret: "bench"))
  }

  /// Does it, with 0, 1, 2 …, until so much time has gone by.
  private func repeated(_ seconds: Double, _ body: (Int) -> Void) -> (times: Int, Cost) {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var times = 0
    let cost = Cost.of {
      repeat {
        body(times)
        times += 1
      } while clock.now < end
    }
    return (times, cost)
  }

  // What is decided on

  private func catalog(_ count: Int) -> Catalog {
    var catalog = Catalog(version: "1-bench", appliedMs: 0, name: "bench", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration(name: "age", kind: .number, scope: .customer),
      AttributeDeclaration(name: "income", kind: .number, scope: .customer),
      AttributeDeclaration(name: "segment", kind: .string, scope: .customer, values: ["young", "standard", "private"]),
      AttributeDeclaration(name: "in_arrears", kind: .bool, scope: .customer),
      AttributeDeclaration(name: "device", kind: .string, scope: .contact, values: ["desktop", "phone"]),
    ]
    catalog.conditions = [NamedCondition(name: "adult", when: "customer.age >= 18")]
    catalog.propositions = (0..<count).map(proposition)
    catalog.contextWeights = (0..<min(count, groups)).map { group in
      ContextWeight(
        name: "looks-at-\(group)", when: "days_since_interest(\"g\(group)\") <= 7", issue: nil, group: "g\(group)",
        proposition: nil, factor: 3, title: "looks at group \(group)")
    }
    catalog.contactPolicy.ignoredMax = 30
    catalog.contactPolicy.groups = [
      GroupRest(rejectionsMax: 3, ignoredMax: 60, restDays: 30), GroupRest(group: "g1", ignoredMax: 40, restDays: 60),
    ]
    catalog.contactPolicy.channels = [ChannelLimit(channel: "web", presentationsMax: 500, days: 7)]
    catalog.contactPolicy.blocks = [ContactBlock(after: "call-centre", channel: "email", days: 7)]
    catalog.levers = [Lever(name: "focus", percent: 20, group: "g0")]
    return catalog
  }

  private func proposition(_ number: Int) -> Proposition {
    var proposition = Proposition(
      id: "p\(number)", name: "Proposition \(number)", issue: "i\(number % 8)", group: "g\(number % groups)",
      kind: .offer)
    proposition.treatments = ["web", "email"].map {
      Treatment(channel: $0, headline: "Take number \(number)", body: "It is as good as any.", callToAction: "Yes")
    }
    (proposition.valueMinor, proposition.costMinor) = (Int64(1_000 + number * 37 % 90_000), 5)
    proposition.eligibility = [
      Rule(name: "of-age", when: "@adult"), Rule(name: "no-arrears", when: "not customer.in_arrears"),
    ]
    proposition.applicability = [
      Rule(name: "has-none-yet", when: "not has_bought(\"g\(number % groups)\")")
    ]
    proposition.suitability = [Rule(name: "can-afford", when: "customer.income >= \(number % 5 * 300)")]
    return proposition
  }

  /// That have learned something of each proposition in three kinds of contact, so that each has two siblings.
  private func models(_ catalog: CompiledCatalog) -> ModelSet {
    let kinds = [("web", "inbound"), ("email", "outbound"), ("call-centre", "inbound")]
    var models = ModelSet()
    for proposition in catalog.propositions {
      for (number, kind) in kinds.enumerated() { models.take(model(proposition, kind, number)) }
    }
    return models
  }

  private func model(
    _ proposition: CompiledProposition, _ kind: (channel: String, direction: String), _ number: Int
  ) -> PropensityModel {
    var model = PropensityModel(
      id: PropensityModel.id(proposition: proposition.id, channel: kind.channel, direction: kind.direction))
    (model.version, model.evidenceCount, model.startProbability) = (40, Int64(200 - 60 * number), 0.05)
    model.weights = [
      "bias", "identified=true", "customer.age", "customer.segment=standard", "interest=g\(proposition.group)",
      "count=page.viewed~4", "orders~2", "contact.device=phone",
    ].enumerated().map { index, feature in
      PropensityModel.Weight(
        feature: feature, mean: Double((proposition.index + index + number) % 7 - 3) / 10, precision: 25)
    }
    return model
  }

  private func profile(_ number: Int) -> ProfileState {
    var contact = Contact(id: "c\(number)", channel: "web", direction: "inbound", isStarted: true, startedMs: nowMs)
    contact.context["device"] = .string(number % 2 == 0 ? "phone" : "desktop")
    var body = FacetBody(firstSeenMs: nowMs - 90 * 86_400_000, lastSeenMs: nowMs)
    body.contacts = [contact]
    body.attributes = [
      Attribute(name: "age", value: .number(Double(20 + number % 60)), atMs: 1),
      Attribute(name: "income", value: .number(Double(number * 137 % 2_000)), atMs: 1),
      Attribute(name: "segment", value: .string("standard"), atMs: 1),
    ]
    body.interests = (0..<5).map {
      Interest(
        category: "g\((number * 7 + $0 * 3) % groups)", count: Int64($0 + 1), lastMs: nowMs - Int64($0) * 86_400_000)
    }
    body.counts = [EventCount(event: "page.viewed", channel: "web", count: Int64(3 + number % 20))]
    body.offers = (0..<10).map {
      var offer = OfferHistory(proposition: "p\(($0 * 13 + number) % 100)", channel: "web")
      offer.present(atMs: nowMs - Int64($0) * 86_400_000)
      return offer
    }
    body.orders = [OrderTotal(currency: "EUR", count: 2, amountMinor: 40_000, lastMs: nowMs - 40 * 86_400_000)]
    var state = ProfileState(id: "p\(number)", nowMs: nowMs)
    state.facets = [Facet(id: "customer:\(number)#0", version: 0, seq: 40, body: body)]
    return state
  }
}
