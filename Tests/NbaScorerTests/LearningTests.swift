import Contracts
import NbaScorerCore
import Testing

enum Learning {
  static func evidence(
    _ number: Int, isAccepted: Bool, _ features: [Feature] = [Feature("bias", 1)], start: Double? = 0.05
  ) -> NbaEvidence {
    var evidence = NbaEvidence(
      id: "l\(number)/card", model: "card/web/inbound", proposition: "card", channel: "web", list: "l\(number)",
      atMs: Int64(number), isAccepted: isAccepted, features: features, probability: 0.05, modelVersion: 0)
    evidence.startProbability = start
    return evidence
  }

  static func random(_ seed: inout UInt64) -> Double {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(seed >> 11) / 0x1p53
  }
}

/// The propensity models: what they say before and after learning.
struct LearningTests {
  @Test func `the same evidence is learned once`() {
    var model = PropensityModel(id: "card/web/inbound")
    let isNew = model.learn(Learning.evidence(1, isAccepted: true))
    let once = model
    let isNewAgain = model.learn(Learning.evidence(1, isAccepted: true))
    #expect(isNew && !isNewAgain)
    #expect(model == once)
    #expect((model.evidenceCount, model.acceptedCount) == (1, 1))
  }

  private func probability(_ model: PropensityModel, _ features: [Feature] = [Feature("bias", 1)]) -> Double {
    let odds = model.logOdds(features, startProbability: 0.05)
    return Numerics.moderated(mean: odds.mean, variance: odds.variance)
  }

  private func late(_ number: Int, _ features: [Feature] = [Feature("bias", 1)]) -> NbaEvidence {
    var evidence = Learning.evidence(number, isAccepted: true, features)
    evidence.isRevision = true
    return evidence
  }

  /// As often as it was accepted, and as sure of it as of so many answers, also where the no is longer ago than ids are
  /// known again.
  @Test(arguments: [1, 50, 1_000])
  func `a yes that comes after its no is learned as if it had been one from the start`(between: Int) {
    let features = [Feature("bias", 1), Feature("job=student", 1)]
    var late = PropensityModel(id: "card/web/inbound")
    var atOnce = late
    for index in 0..<6_000 {
      _ = late.learn(Learning.evidence(index, isAccepted: false, features))
      guard index >= between else { continue }
      let isAccepted = (index - between) % 4 == 0
      if isAccepted { _ = late.learn(self.late(index - between, features)) }
      _ = atOnce.learn(Learning.evidence(index - between, isAccepted: isAccepted, features))
    }
    #expect(late.evidenceCount == 6_000 && late.acceptedCount == atOnce.acceptedCount)
    #expect(abs(probability(late, features) - 0.25) < 0.02)
    #expect(abs(probability(late, features) - probability(atOnce, features)) < 0.02)
    let variances = [late, atOnce].map { $0.logOdds(features, startProbability: 0.05).variance }
    #expect(abs(variances[0] / variances[1] - 1) < 0.15)
  }

  @Test func `of one id a yes holds, whichever is heard first and by whom`() {
    var model = PropensityModel(id: "card/web/inbound")
    let (no, yes) = (Learning.evidence(1, isAccepted: false), Learning.evidence(1, isAccepted: true))
    // The yes is another profile's, who knows of no no.
    let learned = [no, no, yes, yes, late(1), no].map { model.learn($0) }
    #expect(learned == [true, false, true, false, false, false])
    #expect((model.evidenceCount, model.acceptedCount) == (1, 1))
    var other = PropensityModel(id: "card/web/inbound")
    let fromTheStart = [yes, no].map { other.learn($0) }
    #expect(fromTheStart == [true, false] && other.acceptedCount == 1)
    #expect((probability(model) - probability(other)).magnitude < 0.01)
    // Of a model from before it was kept it isn't known what a yes may follow. And where all that was learned was a yes
    // there is no no whose place another could take.
    model.recentAccepted = nil
    let isLearned = [yes, late(2)].map { model.learn($0) }
    #expect(isLearned == [false, true] && (model.evidenceCount, model.acceptedCount) == (2, 2))
  }

  @Test func `it begins at the declared probability and moves with what happens`() {
    var model = PropensityModel(id: "card/web/inbound")
    func probability() -> Double {
      let odds = model.logOdds([Feature("bias", 1)], startProbability: 0.05)
      return Numerics.moderated(mean: odds.mean, variance: odds.variance)
    }
    #expect(abs(probability() - 0.05) < 1e-9)
    for index in 0..<2_000 { _ = model.learn(Learning.evidence(index, isAccepted: index % 5 == 0)) }
    #expect(abs(probability() - 0.2) < 0.02)
    #expect(model.logOdds([Feature("bias", 1)], startProbability: 0.05).variance < 0.05)
  }

  @Test func `it tells customers apart, and its probabilities are what happens`() {
    var model = PropensityModel(id: "card/web/inbound")
    var seed: UInt64 = 42
    var sums: [String: (predicted: Double, happened: Double, count: Double)] = [:]
    for index in 0..<12_000 {
      let job = Learning.random(&seed) < 0.3 ? "student" : "worker"
      let isAccepted = Learning.random(&seed) < (job == "student" ? 0.3 : 0.04)
      let features = [Feature("bias", 1), Feature("job=\(job)", 1), Feature("noise=\(index % 7)", 1)]
      let odds = model.logOdds(features, startProbability: 0.05)
      if index >= 6_000 {
        let sum = sums[job] ?? (0, 0, 0)
        sums[job] = (
          sum.predicted + Numerics.moderated(mean: odds.mean, variance: odds.variance),
          sum.happened + (isAccepted ? 1 : 0), sum.count + 1
        )
      }
      _ = model.learn(Learning.evidence(index, isAccepted: isAccepted, features))
    }
    for (_, sum) in sums { #expect(abs(sum.predicted - sum.happened) / sum.count < 0.02) }
    #expect(sums["student"]!.predicted / sums["student"]!.count > 0.2)
    #expect(sums["worker"]!.predicted / sums["worker"]!.count < 0.08)
  }

  @Test func `it follows when the world changes`() {
    var model = PropensityModel(id: "card/web/inbound")
    for index in 0..<4_000 { _ = model.learn(Learning.evidence(index, isAccepted: index % 20 == 0)) }
    for index in 4_000..<7_000 { _ = model.learn(Learning.evidence(index, isAccepted: index % 2 == 0)) }
    let odds = model.logOdds([Feature("bias", 1)], startProbability: 0.05)
    #expect(Numerics.moderated(mean: odds.mean, variance: odds.variance) > 0.4)
  }

  @Test func `weights, marks and damage are bounded`() {
    var model = PropensityModel(id: "card/web/inbound")
    for index in 0..<300 {
      let features = (0..<20).map { Feature("id=\(index)-\($0)", 1) } + [Feature("bias", 1), Feature("often", 1)]
      _ = model.learn(Learning.evidence(index, isAccepted: index % 3 == 0, features))
    }
    for (index, value) in [Double.infinity, .nan, 1e300, -1e300].enumerated() {
      _ = model.learn(Learning.evidence(1_000 + index, isAccepted: true, [Feature("bias", 1), Feature("mad", value)]))
    }
    for index in 0..<800 { _ = model.learn(Learning.evidence(2_000 + index, isAccepted: false)) }
    #expect(model.weights.count <= PropensityModel.weightsMax)
    #expect(model.recent.count == PropensityModel.recentMax)
    #expect(model.weights.allSatisfy { $0.mean.isFinite && $0.precision.isFinite && $0.precision > 0 })
    #expect(model.weights.contains { $0.feature == "often" })
  }

  @Test func `the numbered models predict what the model itself does`() throws {
    let features = [Feature("bias", 1), Feature("job=student", 1), Feature("age", 0.9), Feature("unseen", 1)]
    var model = PropensityModel(id: "card/web/inbound")
    for index in 0..<50 {
      _ = model.learn(Learning.evidence(index, isAccepted: index % 4 == 0, Array(features.prefix(3))))
    }
    model.version = 50
    var models = ModelSet()
    models.take(model)
    let catalog = Given.catalog([Given.proposition("card")]) {
      $0.attributes = [AttributeDeclaration(name: "age", kind: .number, scope: .customer)]
    }
    let profile = Given.profile { $0.attributes = [Attribute(name: "age", value: .number(30), atMs: 1)] }
    let portfolio = Portfolio(
      try CompiledCatalog(catalog), Given.situation(profile), ScoringSettings(), .models(models))
    let expected = model.logOdds(portfolio.features, startProbability: 0.05)
    let prediction = try #require(portfolio.candidates[0].prediction)
    #expect(abs(prediction.mean - expected.mean) < 1e-9)
    #expect(abs(prediction.variance - expected.variance) < 1e-9)
    #expect(portfolio.candidates[0].evidenceCount == 50)
  }

  @Test func `draws are normal and their own for every pair of names`() {
    let draws = (0..<20_000).map { Numerics.normalDraw("contact-\($0)", "card") }
    let mean = draws.reduce(0, +) / 20_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 0.03)
    #expect(abs(variance - 1) < 0.05)
    #expect(Numerics.normalDraw("a", "b") == Numerics.normalDraw("a", "b"))
    #expect(Numerics.normalDraw("a", "b") != Numerics.normalDraw("b", "a"))
  }

  @Test func `steps of counts double`() {
    #expect([0, 1, 2, 3, 4, 5, 8, 9, 16, 17].map { Numerics.countBin($0) } == [0, 1, 2, 3, 3, 4, 4, 5, 5, 6])
    #expect(Numerics.countBin(.max) == 11)
    #expect([0, 4_857, -36.4, 0.0123].map { Numerics.rounded($0, digits: 2) } == [0, 4_900, -36, 0.012])
  }
}
