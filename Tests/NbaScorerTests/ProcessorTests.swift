import Contracts
import NbaScorer
import NbaScorerCore
import MessageLog
import Streams
import Synchronization
import TestKit
import Testing

/// The two processors on the runtime: catalogue and profiles in, lists, decisions, evidence and models out.
struct ProcessorTests {
  private let driver: TopologyDriver
  private let mint = IdMint(secret: "test")

  init() throws {
    driver = try TopologyDriver()
    try driver.add(NbaScorer.scorer(secret: "test"))
    try driver.add(NbaScorer.trainer())
  }

  private func apply(_ catalog: Catalog) throws {
    let envelope = Envelope(id: catalog.version, source: "test", type: Topics.marketingCatalog.stateType, timeMs: 1)
    try driver.publish(Topics.marketingCatalog, key: "catalog", envelope, JSONCoding.encode(catalog))
  }

  private func publish(_ profile: ProfileState, _ number: Int) throws {
    let envelope = Envelope(
      id: "e\(number)", source: "test", type: Topics.profileState.stateType, timeMs: Given.nowMs + Int64(number))
    try driver.publish(Topics.profileState, key: profile.id, envelope, profile.json)
    try driver.settle()
  }

  private func lists() throws -> [NbaList] {
    try driver.records(of: Topics.nbaLists).map { try NbaList(json: $0.value ?? []) }
  }

  @Test func `without a catalogue nothing is listed, with one the next change brings the list`() throws {
    try publish(Given.profile(), 1)
    #expect(try lists().isEmpty)
    try apply(Given.catalog([Given.proposition("loan")]))
    try driver.settle()
    #expect(try lists().isEmpty)
    try publish(Given.profile(), 2)
    #expect(try lists().map(\.catalogVersion) == ["1-test"])
  }

  @Test func `a list names its contact, its adapter and nothing of the profile`() throws {
    try apply(Given.catalog([Given.proposition("loan")]))
    try publish(Given.profile(contacts: [Given.contact { $0.replyTo = "web-adapter-7" }]), 1)
    let record = try #require(driver.records(of: Topics.nbaLists).first)
    let envelope = try Envelope(record.headers)
    #expect(record.key == Array("p1".utf8))
    #expect(envelope.type == "trias.nba.list.v1")
    #expect(envelope.correlationId == "c1")
    #expect(envelope.replyTo == "web-adapter-7")
    let list = try lists()[0]
    #expect(list.id == mint.list(contact: "c1", version: 1, items: list.items.map(\.proposition)))
    #expect(driver.values(of: Topics.nbaLists).allSatisfy { !$0.contains("p1") })
    #expect(driver.records(of: Topics.nbaDecisions).count == 1)
  }

  /// A decision on a large portfolio takes much of what a record of the log may; several do not fit into one.
  @Test func `six contacts at once have their lists, each with its decision, however large the portfolio`() throws {
    let propositions = try large(1_500)
    let contacts = (0..<6).map { Given.contact("c\($0)") }
    try publish(Given.profile(contacts: contacts), 1)
    let lists = try lists()
    #expect(lists.map(\.contact).sorted() == contacts.map(\.id))
    let decisions = driver.records(of: Topics.nbaDecisions).map { $0.value ?? [] }
    #expect(decisions.count == 6)
    // Else all would fit, and nothing was shown.
    #expect(decisions.reduce(0) { $0 + $1.count } > 900_000)
    for (list, bytes) in zip(lists, decisions) {
      let explanation = try explain(
        try NbaDecision(json: bytes), catalog: Given.catalog(propositions), published: list)
      #expect(explanation.differences == [])
    }
    try publish(Given.profile(contacts: contacts), 2)
    #expect(try self.lists().count == 6)
  }

  /// A catalogue of so many, each with models that have learned in four kinds of contact.
  private func large(_ count: Int) throws -> [Proposition] {
    let kinds = ["web/inbound", "call-centre/inbound", "email/outbound", "app/inbound"]
    let propositions = (0..<count).map { Given.proposition("proposition-\($0)", group: "g\($0 % 40)") }
    try apply(Given.catalog(propositions))
    for (index, proposition) in propositions.enumerated() {
      for kind in kinds {
        var model = PropensityModel(id: "\(proposition.id)/\(kind)")
        (model.version, model.evidenceCount) = (1_000_000, 1_000_000)
        model.weights = [
          PropensityModel.Weight(feature: "bias", mean: -1 / Double(3 + index % 7), precision: 20.0 / 3)
        ]
        let envelope = Envelope(id: model.id, source: "test", type: Topics.nbaModels.stateType, timeMs: 1)
        try driver.publish(Topics.nbaModels, key: model.id, envelope, model.json)
      }
    }
    return propositions
  }

  @Test func `a catalogue with a mistake is refused whole: the old one stays`() throws {
    try apply(Given.catalog([Given.proposition("loan")]))
    try apply(
      Given.catalog([Given.proposition("card") { $0.eligibility = [Rule(name: "x", when: "customer.nothing > 1")] }]) {
        $0.version = "2-test"
      })
    try apply(Given.catalog([Given.proposition("card") { $0.startProbability = 7 }]) { $0.version = "3-test" })
    try publish(Given.profile(), 1)
    #expect(try lists().map(\.catalogVersion) == ["1-test"])
  }

  /// Also by a scorer that begins anew after a fault.
  @Test func `of a hundred versions that were there before the last that holds is in force, and the newest is told of`()
    throws
  {
    let driver = try TopologyDriver()
    for number in 1...100 {
      let catalog = Given.catalog([Given.proposition("loan")]) {
        $0.version = "\(number)-test"
        if number == 100 { $0.currency = "XXX" }
      }
      let envelope = Envelope(id: catalog.version, source: "test", type: Topics.marketingCatalog.stateType, timeMs: 1)
      try driver.publish(Topics.marketingCatalog, key: catalog.version, envelope, JSONCoding.encode(catalog))
    }
    let words = Words()
    try driver.add(NbaScorer.scorer(secret: "test"), telemetry: words)
    func publish(_ profile: ProfileState, _ id: String) throws {
      let envelope = Envelope(id: id, source: "test", type: Topics.profileState.stateType, timeMs: Given.nowMs)
      try driver.publish(Topics.profileState, key: profile.id, envelope, profile.json)
      try driver.settle()
    }
    func versions() throws -> [String] {
      try driver.records(of: Topics.nbaLists).map { try NbaList(json: $0.value ?? []).catalogVersion }
    }
    try publish(Given.profile(), "e1")
    #expect(try versions() == ["99-test"])
    #expect(words.all.count == 1 && words.all.first?.contains("100-test is refused: currency: XXX") == true)
    #expect(words.all.first?.hasPrefix("\(Topics.marketingCatalog.name)/0/99 is refused") == true)
    try driver.reopen(.scorer)
    try publish(Given.profile(contacts: [Given.contact(), Given.contact("c2")]), "e2")
    #expect(try versions() == ["99-test", "99-test"])
    #expect(words.all.count == 2)
  }

  @Test func `how portfolios come through the stages is counted`() throws {
    let driver = try TopologyDriver()
    let catalog = Given.catalog([
      Given.proposition("loan"), Given.proposition("card", group: "loan"),
      Given.proposition("out") { $0.isPaused = true },
    ])
    let envelope = Envelope(id: catalog.version, source: "test", type: Topics.marketingCatalog.stateType, timeMs: 1)
    try driver.publish(Topics.marketingCatalog, key: catalog.version, envelope, JSONCoding.encode(catalog))
    let words = Words()
    try driver.add(NbaScorer.scorer(secret: "test"), telemetry: words)
    for id in ["p1", "p2"] {
      var profile = Given.profile(contacts: [Given.contact("of-\(id)")])
      profile.id = id
      let event = Envelope(id: id, source: "test", type: Topics.profileState.stateType, timeMs: Given.nowMs)
      try driver.publish(Topics.profileState, key: id, event, profile.json)
    }
    try driver.settle()
    let counts = words.counts.filter { $0.key.hasPrefix("trias_nba_") }
    #expect(
      counts == [
        "trias_nba_lists_total none": 2, "trias_nba_propositions_total listed": 2,
        "trias_nba_propositions_total validity": 2, "trias_nba_propositions_total constraints": 2,
      ])
  }

  /// What is logged, and counted.
  private final class Words: Telemetry {
    private let logged = Mutex<[String]>([])
    private let counted = Mutex<[String: Int]>([:])
    var all: [String] { logged.withLock { $0 } }
    var counts: [String: Int] { counted.withLock { $0 } }
    func count(_ name: StaticString, _ n: Int, labels: [(String, String)]) {
      counted.withLock { $0["\(name) \(labels.map(\.1).joined(separator: " "))", default: 0] += n }
    }
    func gauge(_ name: StaticString, _ value: Double, labels: [(String, String)]) {}
    func observe(_ name: StaticString, ms: Double, labels: [(String, String)]) {}
    func log(_ level: TelemetryLevel, _ message: String, _ metadata: [(String, String)]) {
      if message.contains("is refused") { logged.withLock { $0.append(message) } }
    }
  }

  @Test func `an answer teaches the model, and the model the next list`() throws {
    try apply(Given.catalog([Given.proposition("loan"), Given.proposition("card")]))
    for number in 0..<60 {
      var contact = Given.contact("c\(number)") {
        $0.responses = [
          Response(
            list: mint.importedList(contact: "c\(number)"), proposition: "loan", outcome: .accepted,
            atMs: Given.nowMs)
        ]
      }
      (contact.endedMs, contact.endReason) = (Given.nowMs, "ended")
      var profile = Given.profile(contacts: [contact])
      profile.id = "p\(number)"
      try publish(profile, number)
    }
    let model: PropensityModel = try #require(driver.state(.trainer, "loan/web/inbound"))
    #expect((model.evidenceCount, model.acceptedCount) == (60, 60))
    var profile = Given.profile(contacts: [Given.contact("last")])
    profile.id = "last"
    try publish(profile, 100)
    let list = try #require(try lists().last)
    let loan = try #require(list.items.first { $0.proposition == "loan" })
    #expect(loan.probability > 0.5)
    #expect(list.items.first?.proposition == "loan")
    #expect(loan.reasons.contains { $0.contains("in ten customers like this accept") })
  }

  @Test func `a repeated profile or evidence changes nothing`() throws {
    try apply(Given.catalog([Given.proposition("loan")]))
    let list = mint.importedList(contact: "c1")
    let contact = Given.contact {
      $0.responses = [Response(list: list, proposition: "loan", outcome: .accepted, atMs: Given.nowMs)]
    }
    let profile = Given.profile(contacts: [contact]) {
      var offer = OfferHistory(proposition: "loan", channel: "web")
      (offer.accepted, offer.lastAcceptedMs) = (1, Given.nowMs)
      $0.offers = [offer]
    }
    try publish(profile, 1)
    let model: PropensityModel? = driver.state(.trainer, "loan/web/inbound")
    try publish(profile, 2)
    let evidence = try #require(driver.records(of: Topics.nbaEvidence).first)
    var envelope = try Envelope(evidence.headers)
    envelope.origin = nil
    try driver.publish(Topics.nbaEvidence, key: "loan/web/inbound", envelope, evidence.value)
    try driver.settle()
    #expect(driver.records(of: Topics.nbaEvidence).count == 2)
    #expect(try lists().count == 1)
    #expect(driver.state(.trainer, "loan/web/inbound", as: PropensityModel.self) == model)
  }

  @Test func `evidence that can't be read, or is another model's, is a dead letter`() throws {
    let envelope = Envelope(id: "x", source: "test", type: NbaEvidence.type, timeMs: Given.nowMs)
    try driver.publish(Topics.nbaEvidence, key: "loan/web/inbound", envelope, Array("{\"id\":7}".utf8))
    var other = envelope
    other.id = "y"
    try driver.publish(
      Topics.nbaEvidence, key: "loan/web/inbound", other, Learning.evidence(1, isAccepted: true).json)
    try driver.settle()
    #expect(driver.records(of: ConsumerGroup.trainer.deadLetter).count == 2)
  }

  @Test func `a profile that is gone leaves no state`() throws {
    try apply(Given.catalog([Given.proposition("loan")]))
    try publish(Given.profile(), 1)
    #expect(driver.state(.scorer, "p1", as: ScorerState.self) != nil)
    let envelope = Envelope(id: "gone", source: "test", type: Topics.profileState.stateType, timeMs: Given.nowMs + 9)
    try driver.publish(Topics.profileState, key: "p1", envelope, nil)
    try driver.settle()
    #expect(driver.state(.scorer, "p1", as: ScorerState.self) == nil)
  }
}
