import Contracts
import NbaScorerCore

/// What tests of the scorer start from.
enum Given {
  static let nowMs: Int64 = 1_790_000_000_000
  static let dayMs: Int64 = 86_400_000

  static func contact(
    _ id: String = "c1", channel: String = "web", direction: String = "inbound",
    _ fill: (inout Contact) -> Void = { _ in }
  ) -> Contact {
    var contact = Contact(id: id, channel: channel, direction: direction, isStarted: true, startedMs: nowMs)
    fill(&contact)
    return contact
  }

  static func profile(
    contacts: [Contact] = [contact()], version: Int64 = 0, _ fill: (inout FacetBody) -> Void = { _ in }
  ) -> ProfileState {
    var body = FacetBody(firstSeenMs: nowMs - 10 * dayMs, lastSeenMs: nowMs)
    body.contacts = contacts
    fill(&body)
    var state = ProfileState(id: "p1", nowMs: nowMs)
    state.facets = [Facet(id: "customer:1#0", version: version, seq: 1, body: body)]
    return state
  }

  static func situation(
    _ profile: ProfileState = profile(), contact: String = "c1", definitions: CustomerDefinitions = .none
  ) -> Situation {
    let view = CustomerView(profile)
    return Situation(
      view: view, contact: view.contact(contact)!.contact, nowMs: nowMs, currency: "EUR", definitions: definitions)
  }

  static func proposition(
    _ id: String, group: String? = nil, channels: [String] = ["web"], value: Int64 = 10_000,
    _ fill: (inout Proposition) -> Void = { _ in }
  ) -> Proposition {
    var proposition = Proposition(id: id, name: "The \(id)", issue: "sales", group: group ?? id, kind: .offer)
    proposition.treatments = channels.map {
      Treatment(channel: $0, headline: "Take \(id)", body: "It is good.", callToAction: "Yes")
    }
    proposition.valueMinor = value
    fill(&proposition)
    return proposition
  }

  static func catalog(
    _ propositions: [Proposition], _ fill: (inout Catalog) -> Void = { _ in }
  ) -> Catalog {
    var catalog = Catalog(version: "1-test", appliedMs: 1, name: "test", currency: "EUR")
    catalog.propositions = propositions
    catalog.attributes = [
      AttributeDeclaration(name: "age", kind: .number, scope: .customer),
      AttributeDeclaration(name: "job", kind: .string, scope: .customer, values: ["admin.", "retired", "student"]),
      AttributeDeclaration(name: "vip", kind: .bool, scope: .customer),
      AttributeDeclaration(name: "emp.var.rate", kind: .number, scope: .contact),
      AttributeDeclaration(name: "month", kind: .string, scope: .contact),
    ]
    fill(&catalog)
    return catalog
  }

  static func portfolio(
    _ catalog: Catalog, _ profile: ProfileState = profile(),
    settings: ScoringSettings = ScoringSettings(isSampling: false)
  ) throws -> Portfolio {
    Portfolio(try CompiledCatalog(catalog), situation(profile), settings, .models(ModelSet()))
  }

  static func scorer(
    _ catalog: Catalog, models: ModelSet = ModelSet(), settings: ScoringSettings = ScoringSettings(isSampling: false)
  ) throws -> Scorer {
    Scorer(catalog: try CompiledCatalog(catalog), models: models, settings: settings, mint: IdMint(secret: "test"))
  }
}

extension Portfolio {
  var order: [String] { ranked.map { catalog.propositions[$0].proposition.id } }

  func drop(_ proposition: String) -> String? {
    catalog.index(of: proposition).flatMap { candidates[$0].drop }.map { "\($0.stage.rawValue)/\($0.rule)" }
  }
}
