import Contracts
import NbaScorerCore
import Testing

/// What one channel has learned shows in the others.
struct SharedLearningTests {
  private static let features = [Feature("bias", 1), Feature("customer.job=student", 1)]

  /// A model that has seen so many calls, of which one in five is accepted.
  private func model(
    _ kind: String, answers: Int, acceptedOneIn: Int = 5, start: Double = 0.05, features: [Feature] = features
  ) -> PropensityModel {
    var model = PropensityModel(id: "loan/\(kind)")
    for number in 0..<answers {
      var evidence = Learning.evidence(number, isAccepted: number % acceptedOneIn == 0, features, start: start)
      evidence.model = model.id
      _ = model.learn(evidence)
    }
    model.version = Int64(answers)
    return model
  }

  private func candidate(
    _ models: [PropensityModel], channel: String = "call-centre", direction: String = "inbound",
    student: Bool = true
  ) throws -> Candidate {
    var set = ModelSet()
    for model in models { set.take(model) }
    let contact = Given.contact(channel: channel, direction: direction)
    let profile = Given.profile(contacts: [contact]) {
      if student { $0.attributes = [Attribute(name: "job", value: .string("student"), atMs: 1)] }
    }
    let catalog = try CompiledCatalog(Given.catalog([Given.proposition("loan", channels: ["web", "call-centre"])]))
    return Portfolio(catalog, Given.situation(profile), ScoringSettings(isSampling: false), .models(set)).candidates[0]
  }

  @Test func `a channel without answers begins with what another has learned, and less sure of it`() throws {
    let outbound = model("call-centre/outbound", answers: 2_000)
    let untouched = try #require(try candidate([]).prediction)
    let own = try candidate([outbound], direction: "outbound")
    let sibling = try candidate([outbound])
    #expect(abs(own.probability - 0.2) < 0.03)
    #expect(abs(sibling.probability - 0.2) < 0.05)
    let (known, borrowed) = (try #require(own.prediction), try #require(sibling.prediction))
    #expect(known.variance < borrowed.variance)
    #expect(borrowed.variance < untouched.variance)
    #expect(sibling.modelVersion == 0 && sibling.evidenceCount == 0)
    #expect(
      sibling.siblings == [SiblingModel(kind: "call-centre/outbound", version: 2_000, evidenceCount: 2_000)])
    #expect(sibling.evidenceTotal == 2_000)
  }

  @Test func `a channel's own answers soon outweigh its siblings'`() throws {
    let outbound = model("call-centre/outbound", answers: 2_000)
    let inbound = model("call-centre/inbound", answers: 400, acceptedOneIn: 50)
    let candidate = try candidate([outbound, inbound])
    #expect(candidate.probability < 0.08)
    #expect((candidate.evidenceCount, candidate.evidenceTotal) == (400, 2_400))
    let many = try self.candidate([outbound, model("call-centre/inbound", answers: 3_000, acceptedOneIn: 50)])
    #expect(many.probability < 0.04)
  }

  @Test func `without siblings a model is its own word, and none means the start`() throws {
    let outbound = model("call-centre/outbound", answers: 300)
    let odds = outbound.logOdds(
      try #require(try portfolioFeatures()), startProbability: 0.05)
    let alone = try #require(try candidate([outbound], direction: "outbound").prediction)
    #expect(abs(alone.mean - odds.mean) < 1e-9 && abs(alone.variance - odds.variance) < 1e-9)
    #expect(abs(try candidate([]).probability - 0.05) < 1e-9)
  }

  private func portfolioFeatures() throws -> [Feature]? {
    let profile = Given.profile(contacts: [Given.contact(channel: "call-centre", direction: "outbound")]) {
      $0.attributes = [Attribute(name: "job", value: .string("student"), atMs: 1)]
    }
    let catalog = try CompiledCatalog(Given.catalog([Given.proposition("loan", channels: ["call-centre"])]))
    return Portfolio(catalog, Given.situation(profile), ScoringSettings(isSampling: false), .models(ModelSet()))
      .features
  }

  @Test func `what tells customers apart is borrowed as well`() throws {
    var web = PropensityModel(id: "loan/web/inbound")
    for number in 0..<4_000 {
      let job = number % 2 == 0 ? "student" : "retired"
      let isAccepted = job == "student" && number % 6 == 0
      _ = web.learn(
        Learning.evidence(number, isAccepted: isAccepted, [Feature("bias", 1), Feature("customer.job=\(job)", 1)]))
    }
    web.version = 1
    let (student, other) = (try candidate([web]), try candidate([web], student: false))
    #expect(student.probability > other.probability * 1.3)
  }

  @Test func `the order in which models arrive makes no difference`() throws {
    let models = [
      model("call-centre/outbound", answers: 500), model("web/inbound", answers: 200, acceptedOneIn: 9),
      model("email/outbound", answers: 90, acceptedOneIn: 3),
    ]
    for kind in ["inbound", "outbound"] {
      let one = try #require(try candidate(models, direction: kind).prediction)
      let other = try #require(try candidate(models.reversed(), direction: kind).prediction)
      #expect(abs(one.mean - other.mean) < 1e-9 && abs(one.variance - other.variance) < 1e-9)
    }
    let kinds = try candidate(models).siblings.map(\.kind)
    #expect(kinds == ["call-centre/outbound", "web/inbound", "email/outbound"])
  }

  @Test func `a start that the catalogue has changed since is brought over`() throws {
    let before = model("call-centre/outbound", answers: 2_000, start: 0.05)
    let after = model("call-centre/inbound", answers: 1, start: 0.4)
    // Uncorrected it would be more than the new start of 0.4, where one in five accepts.
    let probability = try candidate([before, after]).probability
    #expect(probability > 0.15 && probability < 0.33, "\(probability)")
  }

  @Test func `a decision names the siblings, and is derived again from its record`() throws {
    var models = ModelSet()
    models.take(model("call-centre/outbound", answers: 500))
    let catalog = Given.catalog([Given.proposition("loan")])
    let scorer = try Given.scorer(catalog, models: models, settings: ScoringSettings())
    let published = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil).lists[0]
    let decision = try NbaDecision(json: published.decision.json)
    #expect(
      decision.propensities.records[0].siblings
        == [ModelReference(model: "loan/call-centre/outbound", version: 500, evidenceCount: 500)])
    let explanation = try explain(decision, catalog: catalog, published: try NbaList(json: published.list.json))
    #expect(explanation.differences == [])
    #expect(explanation.entries[0].siblings == decision.propensities.records[0].siblings)
  }
}
