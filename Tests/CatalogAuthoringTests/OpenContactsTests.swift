import CatalogAuthoring
import Contracts
import Journeys
import NbaScorerCore
import Testing

/// Catalogues come and go while contacts are open: nobody is without a list, and with the next event each has the one of
/// the catalogue in force.
@Suite struct OpenContactsTests {
  private struct Visitor {
    var identifier: Identifier
    var contact: String
    var channel: String
  }

  private let visitors = (0..<9).map { number in
    Visitor(
      identifier: number % 2 == 0 ? Identifier("cookie", "v\(number)") : Identifier("customer", "\(number)"),
      contact: "contact-\(number)", channel: ["web", "call-centre", "email"][number % 3])
  }

  /// What the catalogue in force makes of the customer as he stands.
  private func expected(_ visitor: Visitor, _ catalog: Catalog, _ journey: Journey) throws -> [String] {
    let view = try #require(journey.profile(visitor.identifier))
    let compiled = try CompiledCatalog(catalog)
    let situation = Situation(
      view: view, contact: try #require(view.contact(visitor.contact)).contact, nowMs: view.nowMs,
      currency: catalog.currency, definitions: compiled.definitions)
    return Portfolio(compiled, situation, ScoringSettings(isSampling: false), .models(ModelSet())).listed.items.map(
      \.proposition)
  }

  @Test func `every contact has a list after each, and that of the catalogue in force with its next event`() throws {
    let first = try DemoCatalogTests.catalog()
    let journey = try Journey(catalog: first)
    var authoring = Authoring(journey, first)
    for visitor in visitors {
      try journey.say(.contactStarted, [visitor.identifier], contact: visitor.contact) { $0.channel = visitor.channel }
    }
    var seen: [String: Set<[String]>] = [:]
    var newcomers = 0
    func everybodyHasAList(_ what: String) throws {
      var before: [String: NbaList] = [:]
      for visitor in visitors {
        let list: NbaList = try #require(try journey.list(visitor.contact), "\(what): \(visitor.contact)")
        before[visitor.contact] = list
      }
      for visitor in visitors {
        try journey.say(.pageViewed, [visitor.identifier], contact: visitor.contact) {
          ($0.channel, $0.page, $0.category) = (visitor.channel, "/loans", "loan")
        }
        let list = try #require(try journey.list(visitor.contact), "\(what): \(visitor.contact)")
        let items = list.items.map(\.proposition)
        #expect(items == (try expected(visitor, authoring.inForce, journey)), "\(what): \(visitor.contact)")
        #expect(list.version >= before[visitor.contact]!.version)
        if list.version > before[visitor.contact]!.version {
          #expect(list.catalogVersion == authoring.inForce.version, "\(what): \(visitor.contact)")
        }
        seen[visitor.contact, default: []].insert(items)
      }
      // Who comes now has one too.
      newcomers += 1
      let newcomer = Visitor(
        identifier: Identifier("cookie", "new-\(newcomers)"), contact: "new-\(newcomers)", channel: "web")
      try journey.say(.contactStarted, [newcomer.identifier], contact: newcomer.contact)
      let list = try #require(try journey.list(newcomer.contact), "\(what): a newcomer")
      #expect(list.catalogVersion == authoring.inForce.version)
      #expect(list.items.map(\.proposition) == (try expected(newcomer, authoring.inForce, journey)), "\(what)")
    }
    try everybodyHasAList("the first")
    try authoring.apply { catalog in
      catalog.propositions.removeAll { $0.id == "budget-guide" || $0.id == "pension-top-up" }
      for index in catalog.fallback.indices { catalog.fallback[index].propositions.removeAll { $0 == "budget-guide" } }
      for index in catalog.propositions.indices
      where ["mortgage", "personal-loan"].contains(catalog.propositions[index].id) {
        catalog.propositions[index].isPaused = true
      }
    }
    try everybodyHasAList("without the best")
    try authoring.apply { catalog in
      catalog.offerNothing()
      (catalog.attributes, catalog.conditions, catalog.segments) = ([], [], nil)
    }
    try everybodyHasAList("nothing in it")
    for visitor in visitors { #expect(try journey.list(visitor.contact)?.items.isEmpty == true) }
    try authoring.rollBack(to: 0)
    try everybodyHasAList("the first again")
    for visitor in visitors { #expect(try journey.list(visitor.contact)?.items.isEmpty == false) }
    try authoring.apply { for index in $0.propositions.indices { $0.propositions[index].isPaused = true } }
    try everybodyHasAList("everything paused")
    try authoring.rollBack(to: 1)
    try everybodyHasAList("without the best again")
    // What doesn't hold and what is taken away change nothing.
    var broken = first
    (broken.version, broken.currency) = ("99-broken", "EURO")
    try journey.apply(broken)
    try journey.driver.settle()
    try everybodyHasAList("a broken one")
    let gone = Envelope(id: "gone", source: "test", type: "gone", timeMs: journey.driver.clock.nowMs)
    for catalog in authoring.history {
      try journey.driver.publish(Topics.marketingCatalog, key: catalog.version, gone, nil)
    }
    try journey.driver.settle()
    try everybodyHasAList("all of them withdrawn")
    for visitor in visitors { #expect(seen[visitor.contact]!.count >= 3) }
    #expect(journey.deadLetters(.scorer) == [], "of what is read whole nobody makes dead letters")
  }

  @Test func `several in the time of one event leave the last one's list`() throws {
    let first = try DemoCatalogTests.catalog()
    let journey = try Journey(catalog: first)
    var authoring = Authoring(journey, first)
    for visitor in visitors {
      try journey.say(.contactStarted, [visitor.identifier], contact: visitor.contact) { $0.channel = visitor.channel }
      try authoring.apply { $0.propositions.removeAll { $0.id == "pension-top-up" } }
      try authoring.apply { catalog in
        catalog.offerNothing()
        (catalog.attributes, catalog.conditions, catalog.segments) = ([], [], nil)
      }
      try authoring.rollBack(to: 0)
      try journey.say(.pageViewed, [visitor.identifier], contact: visitor.contact) {
        ($0.channel, $0.page) = (visitor.channel, "/")
      }
      let list = try #require(try journey.list(visitor.contact))
      #expect(list.items.map(\.proposition) == (try expected(visitor, authoring.inForce, journey)))
      #expect(!list.items.isEmpty)
    }
  }
}

extension Catalog {
  fileprivate mutating func offerNothing() {
    (propositions, contextWeights, fallback) = ([], [], [])
    (levers, exclusions, contactPolicy) = (nil, nil, ContactPolicy())
  }
}
