import Contracts
import LeadManager
import MessageLog
import NbaScorer
import ProfileAggregator
import ProfileAggregatorCore
import Streams
import TestKit

/// The whole suite without a broker: every processor, a catalogue, and one customer who does things. For tests of what
/// becomes of an event from end to end.
package final class Journey {
  package let driver: TopologyDriver
  package let mint = IdMint(secret: "journey")
  private var events = 0

  package init(
    namespaces: Namespaces = .standard, catalog: Catalog = Journey.catalog, isSampling: Bool = false
  ) throws {
    driver = try TopologyDriver()
    try apply(catalog)
    try driver.add(ProfileAggregator.facets(secret: "journey", namespaces: namespaces))
    try driver.add(ProfileAggregator.linker(secret: "journey", namespaces: namespaces))
    try driver.add(ProfileAggregator.profiles())
    try driver.add(ProfileAggregator.groups())
    var scoring = ScoringSettings(isSampling: isSampling)
    scoring.knownNamespaces = namespaces.known
    try driver.add(NbaScorer.scorer(secret: "journey", settings: scoring))
    try driver.add(NbaScorer.budgets(secret: "journey"))
    try driver.add(NbaScorer.trainer())
    try driver.add(LeadManager.leads(secret: "journey", namespaces: namespaces))
  }

  package static var catalog: Catalog {
    var catalog = Catalog(version: "1-journey", appliedMs: 1, name: "journey", currency: "EUR")
    catalog.attributes = [AttributeDeclaration(name: "age", kind: .number, scope: .customer)]
    catalog.propositions = [("mortgage", 90_000), ("savings", 30_000), ("pension", 60_000)].map { id, value in
      var proposition = Proposition(id: id, name: "The \(id)", issue: "sales", group: id, kind: .offer)
      proposition.treatments = [Treatment(channel: "web", headline: id, body: "", callToAction: "Yes")]
      proposition.valueMinor = Int64(value)
      proposition.startProbability = 0.1
      proposition.steps = [
        SalesStep(
          name: "apply", summary: "Applies", completedBy: StepTrigger(event: "form.submitted", form: "\(id)-form"),
          task: StepTask(channel: "call-centre", instruction: "Help with the form")),
        SalesStep(name: "sign", summary: "Signs", completedBy: StepTrigger(event: "order.placed", product: id)),
      ]
      return proposition
    }
    catalog.propositions[2].eligibility = [Rule(name: "is 50 or older", when: "customer.age >= 50")]
    return catalog
  }

  package func apply(_ catalog: Catalog) throws {
    let envelope = Envelope(
      id: catalog.version, source: "test", type: "trias.catalog.applied.v1", timeMs: driver.clock.nowMs)
    try driver.publish(Topics.marketingCatalog, key: catalog.version, envelope, JSONCoding.encode(catalog))
  }

  /// On the web and in the contact `c1`, unless `fill` says otherwise.
  package func say(
    _ type: EventType, _ identifiers: [Identifier], contact: String? = "c1", id: String? = nil,
    _ fill: (inout Interaction) -> Void = { _ in }
  ) throws {
    driver.clock.advance(ms: 1_000)
    try tell(type, identifiers, contact: contact, id: id, fill)
    try driver.settle()
  }

  /// The same at this moment, and nobody hears it yet.
  package func tell(
    _ type: EventType, _ identifiers: [Identifier], contact: String?, id: String? = nil,
    _ fill: (inout Interaction) -> Void = { _ in }
  ) throws {
    events += 1
    var interaction = Interaction(
      identifiers: identifiers, channel: type.topic == Topics.sourceRecords ? nil : "web", contact: contact)
    fill(&interaction)
    let envelope = Envelope(
      id: id ?? "event-\(events)", source: "test", type: type.rawValue, timeMs: driver.clock.nowMs)
    try driver.publish(type.topic!, key: identifiers[0].key, envelope, interaction.json)
  }

  /// Of a contact the list that counts: its highest version.
  package func list(_ contact: String = "c1") throws -> NbaList? {
    try driver.records(of: Topics.nbaLists).map { try JSONCoding.decode(NbaList.self, from: $0.value ?? []) }
      .filter { $0.contact == contact }.max { $0.version < $1.version }
  }

  package func profile(_ identifier: Identifier) -> CustomerView? {
    driver.state(.profiles, mint.profile(identifier), as: ProfileRecord.self).map { CustomerView($0.profile) }
  }

  package func leads(_ identifier: Identifier) -> [Lead] {
    driver.state(.leads, mint.profile(identifier), as: LeadManagerState.self)?.leads.leads ?? []
  }

  package func deadLetters(_ group: ConsumerGroup) -> [String] {
    driver.records(of: group.deadLetter).compactMap { $0.headers.string(DeadLetterHeader.reason) }
  }
}
