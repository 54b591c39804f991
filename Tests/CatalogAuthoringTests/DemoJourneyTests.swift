import CatalogAuthoring
import Contracts
import Journeys
import NbaScorerCore
import Testing

/// What the demonstration shows, from end to end on its own catalogue: clicks move the list, and what one channel has
/// heard the other one knows.
@Suite struct DemoJourneyTests {
  private let cookie = Identifier("cookie", "visitor")
  private let customer = Identifier("customer", "4711")

  /// With everybody's lists ranked in full.
  private static func catalog() throws -> Catalog {
    var catalog = try DemoCatalogTests.catalog()
    catalog.controlGroups = nil
    return catalog
  }

  /// As the demo shop tells of a page about a product.
  private func look(_ journey: Journey, _ category: String, contact: String = "c1") throws {
    try journey.say(.pageViewed, [cookie], contact: contact) { ($0.page, $0.category) = ("/shop/x", category) }
    try journey.say(.productViewed, [cookie], contact: contact) { ($0.product, $0.category) = ("x", category) }
  }

  private func item(_ journey: Journey, _ proposition: String, contact: String = "c1") throws -> NbaItem {
    try #require(try journey.list(contact)?.items.first { $0.proposition == proposition })
  }

  @Test func `who looks at mortgages is offered one first, and is told why`() throws {
    let journey = try Journey(catalog: Self.catalog(), isSampling: true)
    for number in 1...12 {
      let contact = "c\(number)"
      let visitor = Identifier("cookie", "v\(number)")
      try journey.say(.contactStarted, [visitor], contact: contact)
      for _ in 1...2 {
        try journey.say(.productViewed, [visitor], contact: contact) {
          ($0.product, $0.category) = ("mortgages", "mortgage")
        }
      }
      let mortgage = try item(journey, "mortgage", contact: contact)
      #expect(mortgage.rank <= 2, "\(contact)")
      #expect(mortgage.reasons.first == "Looks at homes: ranked higher")
      #expect(mortgage.reasons.contains("Looked into this twice, last less than a day ago"))
      #expect(mortgage.reasons.count <= 3)
    }
  }

  @Test(arguments: ["mortgage", "savings", "account", "card", "insurance", "investing", "loan"])
  func `what is looked at now rises clearly, whatever was drawn`(_ category: String) throws {
    let catalog = try CompiledCatalog(Self.catalog())
    let nowMs: Int64 = 1_790_000_000_000
    // The group's own, and what is advertised on the same page.
    let issue = ["savings": "saving", "investing": "wealth"][category]
    func best(_ number: Int, _ interests: [Interest]) -> Int {
      let contact = Contact(
        id: "contact-\(number)", channel: "web", direction: "inbound", isStarted: true, startedMs: nowMs)
      var body = FacetBody(firstSeenMs: nowMs, lastSeenMs: nowMs)
      (body.contacts, body.interests) = ([contact], interests)
      var state = ProfileState(id: "p", nowMs: nowMs)
      state.facets = [Facet(id: "cookie:v#0", version: 0, seq: 1, body: body)]
      let situation = Situation(view: CustomerView(state), contact: contact, nowMs: nowMs, currency: "EUR")
      let items = Portfolio(catalog, situation, ScoringSettings(), .models(ModelSet())).listed.items
      return items.first { $0.group == category || $0.issue == issue }?.rank ?? items.count + 1
    }
    var (before, after) = (0, 0)
    for number in 0..<60 {
      before += best(number, [])
      after += best(number, [Interest(category: category, count: 2, lastMs: nowMs)])
    }
    #expect(after <= before)
    // On the average of many draws: among the first three.
    #expect(Double(after) / 60 <= 3, "\(category) is at \(Double(after) / 60), before at \(Double(before) / 60)")
  }

  @Test func `who looked at how to leave is asked to stay when he calls minutes later`() throws {
    let journey = try Journey(catalog: Self.catalog(), isSampling: true)
    try journey.say(.contactStarted, [cookie])
    try look(journey, "mortgage")
    try journey.say(.identityAsserted, [customer, cookie])
    // As the demo shop tells of its page "Close an account".
    try journey.say(.pageViewed, [customer, cookie]) { ($0.page, $0.category) = ("/shop/closing", "cancellation") }
    try journey.say(.contactEnded, [customer, cookie])
    journey.driver.clock.advance(ms: 4 * 60_000)
    try journey.say(.contactStarted, [customer], contact: "call") { $0.channel = "call-centre" }
    let first = try #require(try journey.list("call")?.items.first)
    #expect(first.proposition == "keep-account")
    #expect(first.reasons.first == "May be leaving: ranked higher")
  }

  @Test func `no list says the same sentence under every offer, nor a name of a rule or a factor`() throws {
    let journey = try Journey(catalog: Self.catalog())
    try journey.say(.contactStarted, [cookie])
    for category in ["mortgage", "savings", "card", "loan", "insurance", "investing"] {
      try look(journey, category)
    }
    let items = try #require(try journey.list()?.items)
    let sentences = items.flatMap(\.reasons)
    #expect(!sentences.isEmpty)
    for sentence in sentences {
      #expect(
        !sentence.contains("%") && !sentence.contains("-") && !sentence.contains("Few have answered"), "\(sentence)")
    }
    let shared = Set(sentences).filter { sentence in items.allSatisfy { $0.reasons.contains(sentence) } }
    #expect(shared == [])
  }
}
