// Why a list is as it is. The workbench shows it; deriving it again is the scorer's own business, and since no service
// imports another, whoever assembles the process hands that in.

import Contracts
import Customer360
import Foundation

/// One proposition of the whole portfolio, as it fared.
package struct ExplainedProposition: Codable, Sendable, Equatable {
  package var proposition: String
  package var name: String
  package var issue: String
  package var group: String
  /// nil where it is not on the list.
  package var rank: Int?
  /// The stage at which it dropped out, the rule that said so, and that as a sentence.
  package var stage: Stage?
  package var rule: String?
  package var refusal: String?
  package var reasons: [String] = []
  /// How it fared, for the auditor.
  package var audit: [String] = []
  /// What it is expected to be; and what stood for it in the priority, with sampling a draw.
  package var probability: Double?
  package var drawn: Double?
  package var valueMinor: Int64?
  package var contextWeight: Double?
  /// The names of the context weights in it.
  package var contexts: [String] = []
  package var lever: Double?
  package var priority: Double?

  package init(proposition: String, name: String, issue: String, group: String) {
    self.proposition = proposition
    self.name = name
    self.issue = issue
    self.group = group
  }
}

/// Derives the portfolio again from a recorded decision and the catalogue version that it names.
package typealias Explain = @Sendable (NbaDecision, Catalog, Language) throws -> [ExplainedProposition]

/// A decision that another build recorded: the list is all that there is.
struct UnreadableDecision: Encodable, Sendable {
  var missing: String
  /// nil: it isn't held here.
  var published: NbaList?

  init(_ list: String, _ error: JSONError, published: NbaList?) {
    let rest =
      published == nil
      ? "the command trias explain \(list) looks for its list on the whole topic"
      : "its list is below, as it was published"
    missing = "This decision \(NbaDecision.unreadable(error)); \(rest)."
    self.published = published
  }
}

struct DecisionModel: Encodable, Sendable {
  var list: String
  var contact: String
  var version: Int64
  var atMs: Int64
  var catalogVersion: String
  var catalogName: String?
  var currency: String?
  /// As the control group leaves them.
  var settings: ScoringSettings
  var controlGroup: ControlGroup
  var customer: CustomerDocument
  var propensities: [PropensityModelView]
  /// The group whose interests stood in for the customer's, of which he had none.
  var group: GroupView?
  /// nil: it could not be derived again here; `missing` says why, and the recorded inputs are all there is.
  var portfolio: [ExplainedProposition]?
  var missing: String?

  struct PropensityModelView: Encodable, Sendable {
    var proposition: String
    var name: String?
    var model: String
    var modelVersion: Int64
    /// The models of other channels that stood in for what this one doesn't know.
    var siblings: [ModelReference]
    /// The probability that the portfolio was decided with, and where one standard deviation of the log odds reaches.
    var probability: Double
    var low: Double
    var high: Double
    var drivers: [Feature]
  }

  struct GroupView: Encodable, Sendable {
    var segment: String
    var title: String?
    var version: Int64
    var members: Int64
    var interests: [Share]

    struct Share: Encodable, Sendable {
      var category: String
      var share: Double
    }
  }

  init(
    _ decision: NbaDecision, _ checked: CheckedCatalog?, explain: Explain?, language: Language, namespaces: Namespaces
  ) {
    let catalog = checked?.catalog
    list = decision.list
    contact = decision.contact
    version = decision.version
    atMs = decision.atMs
    catalogVersion = decision.catalogVersion
    catalogName = catalog?.name
    currency = catalog?.currency
    settings = decision.settings.ranking(decision.controlGroup)
    controlGroup = decision.controlGroup
    customer = CustomerDocument(
      decision.profile, checked, asOfMs: decision.atMs, namespaces: namespaces, language: language)
    group = decision.group.map { group in
      GroupView(
        segment: group.segment, title: catalog?.segments?.first { $0.name == group.segment }?.title(in: language),
        version: group.version, members: group.members,
        interests: group.interests.map { .init(category: $0.category, share: group.share($0)) })
    }
    propensities = decision.propensities.records.map { record in
      let deviation = record.variance.squareRoot()
      return PropensityModelView(
        proposition: record.proposition, name: catalog?.proposition(record.proposition)?.name, model: record.model,
        modelVersion: record.modelVersion, siblings: record.siblings ?? [],
        probability: Self.logistic(record.mean / PropensityRecord.moderation(record.variance)),
        low: Self.logistic(record.mean - deviation), high: Self.logistic(record.mean + deviation),
        drivers: record.drivers ?? [])
    }
    propensities.sort { $0.probability > $1.probability }
    guard let explain else {
      missing = "This process holds no scorer: the command trias explain \(decision.list) derives the whole portfolio."
      return
    }
    guard let catalog else {
      missing = "The catalogue version \(decision.catalogVersion) has not been seen here."
      return
    }
    do {
      portfolio = try explain(decision, catalog, language)
    } catch {
      missing = "It can't be derived again: \(error)"
    }
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
