import Contracts
import Journeys
import MessageLog
import NbaScorerCore
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// What may be wrong around a decision, line by line: what then holds is defined, and there is always a list.
struct DecisionFaultTests {
  private let ann = Identifier("customer", "ann")

  private func propositions(_ journey: Journey, _ contact: String = "c1") throws -> [String] {
    try #require(try journey.list(contact)).items.map(\.proposition)
  }

  private func answer(
    _ journey: Journey, _ type: EventType, _ proposition: String, of list: NbaList, id: String? = nil
  ) throws {
    try journey.say(type, [ann], contact: list.contact, id: id) {
      ($0.list, $0.proposition) = (list.id, proposition)
      if type == .nbaAccepted { $0.rank = 1 }
    }
  }

  private func evidence(_ journey: Journey) throws -> [NbaEvidence] {
    try journey.driver.records(of: Topics.nbaEvidence).map { try NbaEvidence(json: $0.value ?? []) }
  }

  /// From how many outcomes the model has learned, and from how many that were a yes.
  private func learned(_ journey: Journey, _ proposition: String) -> [Int64] {
    let id = PropensityModel.id(proposition: proposition, channel: "web", direction: "inbound")
    let model: PropensityModel? = journey.driver.state(.trainer, id)
    return model.map { [$0.evidenceCount, $0.acceptedCount] } ?? []
  }

  @Test func aRuleThatDividesByZeroDoesNotHold() throws {
    var catalog = Journey.catalog
    catalog.propositions[0].eligibility = [Rule(name: "ratio", when: "customer.age / (customer.age - 60) > 1")]
    catalog.contextWeights = [
      ContextWeight(
        name: "w", when: "1 / (customer.age - 60) >= 0", issue: "sales", group: nil, proposition: nil, factor: 9)
    ]
    let journey = try Journey(catalog: catalog)
    try journey.say(.customerRecorded, [ann], contact: nil) { $0.attributes = [NamedValue("age", .number(60))] }
    try journey.say(.contactStarted, [ann])
    #expect(try propositions(journey) == ["pension", "savings"])
    #expect(try journey.list()?.dropped == [StageCount(stage: .eligibility, count: 1)])
    #expect(try journey.list()?.items.first?.expectedValueMinor == 6_000)
    try journey.say(.customerRecorded, [ann], contact: nil) { $0.attributes = [NamedValue("age", .number(61))] }
    #expect(try propositions(journey) == ["mortgage", "pension", "savings"])
  }

  /// The model of one proposition says what is no number: that one drops out, by name, and the others are listed.
  @Test(
    arguments: [(1e308, 1.0, "no-propensity"), (-1e308, 1, "no-propensity"), (0, 1e-300, nil)]
      as [(Double, Double, String?)]) func whatWouldBeNoNumberDropsOutAlone(
      mean: Double, precision: Double, rule: String?
    ) throws
  {
    let journey = try Journey()
    var model = PropensityModel(id: PropensityModel.id(proposition: "mortgage", channel: "web", direction: "inbound"))
    (model.version, model.evidenceCount) = (1, 50)
    model.weights = ["bias", "identified=true", "orders~0"].map {
      PropensityModel.Weight(feature: $0, mean: mean, precision: precision)
    }
    let envelope = Envelope(
      id: "m", source: "test", type: Topics.nbaModels.stateType, timeMs: journey.driver.clock.nowMs)
    try journey.driver.publish(Topics.nbaModels, key: model.id, envelope, model.json)
    try journey.say(.contactStarted, [ann])
    let list = try #require(try journey.list())
    #expect(list.items.contains { $0.proposition == "savings" })
    for item in list.items {
      #expect(item.probability.isFinite && (0...1).contains(item.probability) && item.priority.isFinite)
    }
    let record = try #require(journey.driver.records(of: Topics.nbaDecisions).last?.value)
    let again = try explain(NbaDecision(json: record), catalog: Journey.catalog, published: list)
    #expect(again.differences == [])
    #expect(again.entries.first { $0.proposition == "mortgage" }?.drop?.rule == rule)
    for group in ConsumerGroup.allCases { #expect(journey.deadLetters(group) == []) }
  }

  @Test func aCatalogueThatIsDeletedWhileContactsAreOpenStaysInForceUntilAnotherComes() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [ann])
    try journey.driver.publish(
      Topics.marketingCatalog, key: "1-journey",
      Envelope(id: "gone", source: "test", type: Topics.marketingCatalog.stateType, timeMs: 1), nil)
    try journey.driver.settle()
    try journey.say(.pageViewed, [ann]) { ($0.page, $0.category) = ("/", "savings") }
    try journey.say(.contactStarted, [ann], contact: "c2")
    for contact in ["c1", "c2"] {
      #expect(try journey.list(contact)?.catalogVersion == "1-journey")
      #expect(try propositions(journey, contact) == ["mortgage", "savings"])
    }
    var next = Journey.catalog
    (next.version, next.propositions) = ("2-next", [Journey.catalog.propositions[1]])
    try journey.apply(next)
    try journey.say(.pageViewed, [ann], contact: "c2") { $0.page = "/" }
    #expect(try propositions(journey, "c2") == ["savings"])
  }

  @Test func whoHadAHundredThousandContactsHasAListLikeAnybodyAndAStateOfBoundedSize() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [ann], contact: "first")
    // By the same fold as the aggregator's, which one event at a time through all of the suite would take minutes for.
    let record = try #require(journey.driver.records(of: Topics.profileState).last?.value)
    var state = try ProfileRecord(json: record).profile
    let startMs = journey.driver.clock.nowMs
    for number in 0..<100_000 {
      let (contact, atMs) = ("k\(number)", startMs + Int64(number) * 60_000)
      for type in [EventType.contactStarted, .nbaPresented, .contactEnded] {
        var interaction = Interaction(identifiers: [ann], channel: number % 3 == 0 ? "email" : "web", contact: contact)
        if type == .contactStarted, number % 3 == 0 { interaction.direction = "outbound" }
        if type == .nbaPresented {
          interaction.list = journey.mint.list(contact: contact, version: 1, items: ["savings"])
          interaction.proposition = "savings"
        }
        let envelope = Envelope(id: "\(contact)-\(type)", source: "test", type: type.rawValue, timeMs: atMs)
        state.facets[0].body.apply(try FacetEvent(envelope, interaction.json, namespaces: nil))
      }
    }
    let nowMs = startMs + 100_001 * 60_000
    var open = Interaction(identifiers: [ann], channel: "web", contact: "last")
    open.placement = "home"
    state.facets[0].body.apply(
      try FacetEvent(
        Envelope(id: "last", source: "test", type: EventType.contactStarted.rawValue, timeMs: nowMs), open.json,
        namespaces: nil))
    state.nowMs = nowMs
    #expect(state.json.count < 8_192, "\(state.json.count)")
    let catalog = try CompiledCatalog(Journey.catalog)
    let scorer = Scorer(
      catalog: catalog, models: ModelSet(), settings: ScoringSettings(isSampling: false), mint: journey.mint)
    let lists = scorer.score(state, nil, now: nowMs, cause: nil).lists.map(\.list)
    // What was shown that often this week rests; the rest is there.
    #expect(lists.first { $0.contact == "last" }?.items.map(\.proposition) == ["mortgage"])
    #expect(lists.first { $0.contact == "last" }?.dropped.contains { $0.stage == .contactPolicy } == true)
  }

  @Test func anAnswerToAListThatWasFollowedByOthersOrWhoseContactIsOverCounts() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [ann])
    let first = try #require(try journey.list())
    try answer(journey, .nbaRejected, "savings", of: first)
    #expect(try #require(try journey.list()).version > first.version)
    try journey.say(.contactEnded, [ann])
    try journey.driver.advance(ms: 6 * 86_400_000)
    try answer(journey, .nbaAccepted, "mortgage", of: first)
    #expect(journey.leads(ann).map(\.proposition) == ["mortgage"])
    #expect(try evidence(journey).map { "\($0.proposition) \($0.isAccepted)" } == ["savings false", "mortgage true"])
    // One that nobody has listed is no list, however it is said.
    try journey.say(.nbaAccepted, [ann]) { ($0.list, $0.proposition, $0.rank) = ("c1.9.forged", "savings", 1) }
    #expect(journey.leads(ann).count == 1)
    let letters = ConsumerGroup.allCases.flatMap { journey.deadLetters($0) }
    #expect(letters.count == 1 && letters[0].contains("list"), "\(letters)")
  }

  @Test func theSameAnswerTwiceCountsOnceAndAYesAfterANoIsAYes() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [ann])
    let list = try #require(try journey.list())
    for id in ["yes", "yes", "yes-again"] { try answer(journey, .nbaAccepted, "mortgage", of: list, id: id) }
    #expect(journey.leads(ann).count == 1)
    #expect(try evidence(journey).map(\.isAccepted) == [true])
    for id in ["no", "no"] { try answer(journey, .nbaRejected, "savings", of: list, id: id) }
    #expect(try journey.list()?.items.contains { $0.proposition == "savings" } == false)
    try answer(journey, .nbaAccepted, "savings", of: list)
    #expect(journey.leads(ann).map(\.proposition) == ["mortgage", "savings"])
    // His answer counts once for each list and proposition, and as the yes that it came to.
    #expect(
      try evidence(journey).map { "\($0.proposition) \($0.isAccepted)" }
        == ["mortgage true", "savings false", "savings true"])
    #expect(try Set(evidence(journey).map(\.id)).count == 2)
    #expect(learned(journey, "savings") == [1, 1])
    #expect(try journey.list()?.items.isEmpty == true)
  }

  /// An e-mail's contact is nearly always over by then: by the channel's word, or by half an hour's silence.
  @Test(arguments: [true, false]) func aYesAfterTheContactsEndIsAYes(isEnded: Bool) throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [ann])
    let list = try #require(try journey.list())
    for proposition in ["mortgage", "savings"] { try answer(journey, .nbaPresented, proposition, of: list) }
    if isEnded { try journey.say(.contactEnded, [ann]) } else { try journey.driver.advance(ms: 31 * 60_000) }
    #expect(try evidence(journey).map(\.isAccepted) == [false, false])
    let features = try Set(evidence(journey)[0].features.map(\.name))
    try journey.driver.advance(ms: isEnded ? 1_000 : 2 * 86_400_000)
    try answer(journey, .nbaAccepted, "mortgage", of: list)
    #expect(journey.leads(ann).map(\.proposition) == ["mortgage"])
    let all = try evidence(journey)
    let last = try #require(all.last)
    #expect(all.count == 3 && last.isAccepted && last.isRevision == true)
    #expect(last.id == "\(list.id)/mortgage" && last.controlGroup == all[0].controlGroup)
    #expect(Set(last.features.map(\.name)) == features)
    #expect(learned(journey, "mortgage") == [1, 1] && learned(journey, "savings") == [1, 0])
    // Six others take its place; what is accepted then is a lead that nothing is learned from.
    for number in 0..<6 { try journey.say(.contactStarted, [ann], contact: "later-\(number)") }
    try answer(journey, .nbaAccepted, "savings", of: list)
    #expect(journey.leads(ann).map(\.proposition) == ["mortgage", "savings"])
    #expect(try evidence(journey).count == 3)
  }

  @Test func whatIsWithdrawnBetweenListAndAcceptIsStillHisForAWeek() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [ann])
    try journey.say(.contactStarted, [ann], contact: "c2")
    let (list, other) = (try #require(try journey.list()), try #require(try journey.list("c2")))
    var without = Journey.catalog
    (without.version, without.propositions) = ("2-without", [Journey.catalog.propositions[1]])
    without.appliedMs = journey.driver.clock.nowMs
    try journey.apply(without)
    try answer(journey, .nbaAccepted, "mortgage", of: list)
    #expect(journey.leads(ann).map(\.proposition) == ["mortgage"])
    #expect(try propositions(journey) == ["savings"])
    try journey.driver.advance(ms: 8 * 86_400_000)
    try answer(journey, .nbaAccepted, "mortgage", of: other)
    #expect(journey.leads(ann).count == 1)
    let refused = journey.driver.records(of: Topics.leadEvents).last?.value.map { String(decoding: $0, as: UTF8.self) }
    #expect(
      refused?.contains("mortgage was withdrawn, and its lists are too old to answer") == true, "\(refused ?? "")")
  }

  @Test func aCatalogueOfTenThousandIsGoneThroughWhole() throws {
    var catalog = Journey.catalog
    let one = catalog.propositions[1]
    catalog.propositions = (0..<10_000).map { number in
      var proposition = one
      (proposition.id, proposition.group) = ("p\(number)", "g\(number % 50)")
      proposition.valueMinor = Int64(1_000 + number)
      return proposition
    }
    let profile = try {
      let journey = try Journey()
      try journey.say(.contactStarted, [ann])
      return try ProfileRecord(json: try #require(journey.driver.records(of: Topics.profileState).last?.value)).profile
    }()
    let scorer = Scorer(
      catalog: try CompiledCatalog(catalog), models: ModelSet(), settings: ScoringSettings(isSampling: false),
      mint: IdMint(secret: "journey"))
    let list = try #require(scorer.score(profile, nil, now: profile.nowMs, cause: nil).lists.first?.list)
    #expect(list.considered == 10_000)
    #expect(list.items.map(\.proposition) == (0..<10).map { "p\(9_999 - $0)" })
  }

  @Test func aScorerWithoutAnyModelListsByWhatTheCatalogueDeclares() throws {
    let journey = try Journey()
    try journey.say(.contactStarted, [ann])
    #expect(try #require(try journey.list()).items.map(\.probability).allSatisfy { abs($0 - 0.1) < 1e-9 })
    #expect(try propositions(journey) == ["mortgage", "savings"])
  }
}
