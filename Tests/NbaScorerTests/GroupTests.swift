import Contracts
import NbaScorerCore
import Testing

/// Who has no interests of his own is looked at with those of his group.
struct GroupTests {
  private static func catalog(_ segments: [Segment]) -> Catalog {
    Given.catalog([Given.proposition("mortgage"), Given.proposition("savings")]) { $0.segments = segments }
  }

  private static let visitors = Segment(
    name: "visitors", when: "count(\"page.viewed\") > 0", title: "looks around")
  private static let everybody = Segment(name: "everybody", when: "orders.count >= 0")

  private static func group(
    _ segment: String = "visitors", version: Int64 = 1, members: Int64 = 40, having interests: [String: Int64]
  ) -> GroupAggregate {
    GroupAggregate(
      segment: segment, version: version, atMs: 1, members: members,
      interests: interests.sorted { $0.key < $1.key }.map { GroupInterest(category: $0.key, members: $0.value) })
  }

  private static func scorer(
    _ groups: [GroupAggregate], segments: [Segment] = [visitors], models: ModelSet = ModelSet()
  ) throws -> Scorer {
    var set = GroupSet()
    for group in groups { set.take(group) }
    return Scorer(
      catalog: try CompiledCatalog(catalog(segments)), models: models, groups: set,
      settings: ScoringSettings(isSampling: false), mint: IdMint(secret: "test"))
  }

  private static func visitor(_ fill: (inout FacetBody) -> Void = { _ in }) -> ProfileState {
    Given.profile {
      $0.counts = [EventCount(event: "page.viewed", channel: "web", count: 1)]
      fill(&$0)
    }
  }

  private static func decided(_ scorer: Scorer, _ profile: ProfileState = visitor()) throws -> Scorer.Published {
    try #require(scorer.score(profile, nil, now: Given.nowMs, cause: nil).lists.first)
  }

  /// A model that knows one thing: what an interest in mortgages is worth.
  private static func model(weight: Double) -> ModelSet {
    var model = PropensityModel(id: "mortgage/web/inbound")
    (model.version, model.evidenceCount) = (1, 100)
    model.weights = [PropensityModel.Weight(feature: "interest=mortgage", mean: weight, precision: 1_000)]
    var set = ModelSet()
    set.take(model)
    return set
  }

  private static func mean(_ published: Scorer.Published) -> Double {
    published.decision.propensities.records.first { $0.proposition == "mortgage" }?.mean ?? .nan
  }

  @Test func `what a model says of him is what it says of his group on average`() throws {
    let models = Self.model(weight: 2)
    let stranger = Self.mean(try Self.decided(Self.scorer([], models: models)))
    let ofGroup = Self.mean(try Self.decided(Self.scorer([Self.group(having: ["mortgage": 10])], models: models)))
    #expect(abs(ofGroup - stranger - 2 * 0.25) < 0.01, "a weight of 2, which a quarter of the group has")
  }

  @Test func `interests of his own count alone`() throws {
    let groups = [Self.group(having: ["mortgage": 40])]
    let interested = Self.visitor { $0.interests = [Interest(category: "savings", count: 1, lastMs: 1)] }
    let with = try Self.decided(try Self.scorer(groups, models: Self.model(weight: 2)), interested)
    let without = try Self.decided(try Self.scorer([], models: Self.model(weight: 2)), interested)
    #expect(with.decision == without.decision && with.decision.group == nil)
    #expect(with.list == without.list)
  }

  @Test func `the first segment in the catalogue's order of which something is known stands in`() throws {
    let groups = [Self.group(having: ["mortgage": 10]), Self.group("everybody", having: ["mortgage": 20])]
    func standsIn(
      _ groups: [GroupAggregate], _ segments: [Segment], _ profile: ProfileState = Self.visitor()
    ) throws -> String? {
      try Self.decided(try Self.scorer(groups, segments: segments), profile).decision.group?.segment
    }
    #expect(try standsIn(groups, [Self.visitors, Self.everybody]) == "visitors")
    #expect(try standsIn(groups, [Self.everybody, Self.visitors]) == "everybody")
    #expect(try standsIn([groups[1]], [Self.visitors, Self.everybody]) == "everybody", "of the first nothing is known")
    #expect(try standsIn(groups, [Self.visitors, Self.everybody], Given.profile()) == "everybody", "he is not in it")
    #expect(try standsIn([groups[0]], [Self.visitors, Self.everybody], Given.profile()) == nil)
    #expect(try standsIn(groups, []) == nil, "the catalogue has no such segment any more")
  }

  @Test func `of too few, or of nobody's interests, nothing is taken`() throws {
    for group in [Self.group(members: 0, having: [:]), Self.group(having: [:])] {
      #expect(try Self.decided(try Self.scorer([group])).decision.group == nil)
    }
  }

  @Test func `who says no to profiling is not looked at with a group's eyes`() throws {
    for purpose in ["profiling", "personal-offers"] {
      var set = GroupSet()
      set.take(Self.group(having: ["mortgage": 10]))
      let compiled = try CompiledCatalog(Self.catalog([Self.visitors]))
      let profile = Self.visitor { $0.consents = [Consent(purpose: purpose, isGiven: false, atMs: 1)] }
      let situation = Situation(
        CustomerView(profile), nowMs: Given.nowMs, definitions: compiled.definitions)
      #expect(set.standIn(situation) == nil, "\(purpose)")
    }
  }

  @Test func `an older aggregate that comes late is nothing, also where the newer takes it back`() throws {
    let (old, new) = (Self.group(version: 2, having: ["mortgage": 10]), Self.group(version: 3, having: ["savings": 10]))
    #expect(try Self.decided(try Self.scorer([new, old])).decision.group == new)
    let withdrawn = Self.group(version: 3, members: 0, having: [:])
    #expect(try Self.decided(try Self.scorer([old, withdrawn, old])).decision.group == nil)
  }

  @Test func `the decision has the group, and is derived again the same`() throws {
    let group = Self.group(version: 7, having: ["mortgage": 10])
    let published = try Self.decided(try Self.scorer([group], models: Self.model(weight: 2)))
    let decision = try NbaDecision(json: published.decision.json)
    #expect(decision.group == group)
    let explanation = try explain(decision, catalog: Self.catalog([Self.visitors]), published: published.list)
    #expect(explanation.differences == [])
  }

  @Test func `the reason says that it is the group's interest, and not his`() throws {
    let scorer = try Self.scorer([Self.group(having: ["mortgage": 10, "savings": 1])], models: Self.model(weight: 2))
    let list = try Self.decided(scorer).list
    let reasons = list.items.first { $0.proposition == "mortgage" }?.reasons ?? []
    #expect(
      reasons.contains(
        "Nothing is known of his own interests; of the group \"looks around\" about one in four looked into this"))
    #expect(reasons.contains("Speaks for it: his group's interest in mortgage"))
    let others = list.items.first { $0.proposition == "savings" }?.reasons ?? []
    #expect(!others.contains { $0.contains("group") }, "one in forty is no reason")
  }

  @Test func `what he then does is learned with what was predicted from`() throws {
    let scorer = try Self.scorer([Self.group(having: ["mortgage": 10])])
    let first = scorer.score(Self.visitor(), nil, now: Given.nowMs, cause: nil)
    let list = try #require(first.lists.first?.list)
    let answered = Given.profile(
      contacts: [
        Given.contact {
          $0.responses = [Response(list: list.id, proposition: "mortgage", outcome: .accepted, atMs: Given.nowMs)]
        }
      ]
    ) {
      $0.interests = [Interest(category: "savings", count: 1, lastMs: Given.nowMs)]
    }
    let evidence = try #require(
      scorer.score(answered, first.state, now: Given.nowMs, cause: nil).evidence.first?.evidence)
    #expect(evidence.features.first { $0.name == "interest=mortgage" }?.value == 0.25)
    #expect(!evidence.features.contains { $0.name == "interest=savings" })
  }
}
