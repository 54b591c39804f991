import Contracts
import NbaScorerCore

/// What it takes to begin with the versions of the catalogue that lie on its topic: all of them, as leads, drafts and the
/// workbench read them, beside the one in force alone, as all others do. Each version changes one proposition of the one
/// before it.
package struct CatalogBench {
  package struct Row: Sendable {
    package let propositions: Int
    package let versions: Int
    /// Of one version's JSON.
    package let bytes: Int
    package let all: Cost
    /// The one in force, without having read another.
    package let newest: Cost
  }

  private let nowMs: Int64 = 1_790_000_000_000

  package init() {}

  /// `rules` are those of each proposition: every one asks for five things.
  package func run(versions: Int, propositions: Int, rules: Int) throws -> Row {
    let topic = (1...versions).map { JSONCoding.encode(catalog($0, propositions: propositions, rules: rules)) }
    var soFar = CatalogsSoFar()
    let all = try Cost.of {
      for (index, bytes) in topic.enumerated() {
        try soFar.take(key: Array("\(index + 1)-bench".utf8), value: bytes, writtenMs: nil, wasThere: true)
      }
    }
    precondition(soFar.inForce == "\(versions)-bench")
    var succession = CatalogSuccession()
    let newest = try Cost.of { _ = try succession.read(topic[versions - 1], writtenMs: nil, by: CatalogReadings()) }
    return Row(propositions: propositions, versions: versions, bytes: topic[0].count, all: all, newest: newest)
  }

  private func catalog(_ version: Int, propositions: Int, rules: Int) -> Catalog {
    var catalog = Catalog(version: "\(version)-bench", appliedMs: nowMs, name: "bench", currency: "EUR")
    catalog.attributes = (0..<20).map { AttributeDeclaration(name: "a\($0)", kind: .number, scope: .customer) }
    catalog.segments = (0..<20).map { Segment(name: "s\($0)", when: "customer.a\($0) > 5 and orders.count > \($0)") }
    catalog.conditions = [NamedCondition(name: "active", when: "days_since_last_order < 90 or orders.count > 3")]
    catalog.propositions = (0..<propositions).map { number in
      var proposition = Proposition(
        id: "p\(number)", name: "Proposition \(number)", issue: "i\(number % 8)", group: "g\(number % 40)", kind: .offer
      )
      proposition.valueMinor = Int64(10_000 + (number == version % propositions ? version : 0))
      proposition.treatments = ["web", "email"].map {
        Treatment(channel: $0, headline: "Take \(number)", body: "It is good for you.", callToAction: "Yes")
      }
      proposition.eligibility = (0..<rules).map { rule in
        let when =
          "@active and customer.a\((number + rule) % 20) > \(number % 7) and not has_lead(\"g\(number % 40)\") "
          + "and presented(\"p\(number)\", \"web\") < 50 and in_segment(\"s\(rule % 20)\")"
        return Rule(name: "rule-\(rule)", when: when)
      }
      return proposition
    }
    return catalog
  }
}
