import CatalogAuthoring
import Contracts
import Foundation
import NbaScorerCore
import Testing

/// The demonstration's catalogue: it can be applied, and has what the demonstration and its real logs speak of.
@Suite struct DemoCatalogTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("deploy/demo")

  /// As it is when it has been applied: who reads the topic takes none without a version.
  static func catalog() throws -> Catalog {
    let text = try String(contentsOf: folder.appendingPathComponent("catalog.yaml"), encoding: .utf8)
    var catalog = try CatalogFile.read(text: text)
    catalog.version = "1-demo"
    return catalog
  }

  @Test func `it reads and the scorer takes it`() throws {
    let catalog = try Self.catalog()
    #expect(try CompiledCatalog(catalog).propositions.count >= 12)
    #expect(CatalogFile.remarks(on: catalog, nowMs: 1_790_000_000_000) == [])
    #expect(Set(catalog.propositions.map(\.issue)).count >= 5)
    #expect(Set(catalog.propositions.map(\.kind)) == Set(Proposition.Kind.allCases))
    #expect(Set(catalog.fallback.map(\.channel)) == ["web", "email", "call-centre"])
  }

  @Test func `the bank's calls find their offer and their attributes`() throws {
    let catalog = try Self.catalog()
    let deposit = try #require(catalog.proposition("term-deposit"))
    #expect(deposit.group == "deposits")
    #expect(Set(deposit.treatments.map(\.channel)) == ["web", "email", "call-centre"])
    let contact = Set(catalog.attributes.filter { $0.scope == .contact }.map(\.name))
    #expect(
      contact.isSuperset(of: [
        "age", "job", "marital", "education", "default", "housing", "loan", "contact_type", "month", "day_of_week",
        "campaign", "pdays", "previous", "poutcome", "emp_var_rate", "cons_price_idx", "cons_conf_idx", "euribor3m",
        "nr_employed",
      ]))
  }

  @Test func `every fallback list has something of its own to show`() throws {
    let catalog = try Self.catalog()
    for list in catalog.fallback {
      for id in list.propositions {
        #expect(catalog.proposition(id)?.treatments.contains { $0.channel == list.channel } == true)
      }
    }
  }

  private func portfolio(channel: String, intent: String? = nil) throws -> [String] {
    let nowMs: Int64 = 1_772_000_000_000
    var contact = Contact(id: "c-1", channel: channel, direction: "inbound", isStarted: true, startedMs: nowMs)
    contact.intent = intent
    let view = CustomerView(ProfileState(id: "p-1", nowMs: nowMs))
    let situation = Situation(view: view, contact: contact, nowMs: nowMs, currency: "EUR")
    let portfolio = Portfolio(
      try CompiledCatalog(Self.catalog()), situation, ScoringSettings(isSampling: false), .models(ModelSet()))
    return portfolio.listed.items.map(\.proposition)
  }

  @Test func `a stranger on the site gets a choice, and nobody keeps who doesn't leave`() throws {
    let list = try portfolio(channel: "web")
    #expect(list.count >= 8)
    #expect(!list.contains("keep-account") && !list.contains("keep-call"))
  }

  @Test(arguments: ["web", "call-centre", "email"])
  func `who cancels is asked to stay before anything else`(_ channel: String) throws {
    let first = try #require(try portfolio(channel: channel, intent: "cancellation").first)
    #expect(["keep-account", "keep-call"].contains(first))
  }

  @Test func `who lost a card is helped first`() throws {
    #expect(try portfolio(channel: "call-centre", intent: "lost-card").first == "report-lost-card")
  }
}
