// `trias explain`: why a list is as it is.

import ArgumentParser
import Contracts
import MessageLog
import NbaScorerCore
import Operations

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Derives a list again from what it was decided on, and shows the whole portfolio.",
    discussion: "Reads nba.decisions from its beginning, which takes its time where there are many.")

  @Argument(help: "The list's id, as it came on nba.lists: <contact>.<version>.<tag>.")
  var list: String

  func run() throws {
    let connection = try Connection()
    let decision = try decision(connection.log)
    let catalog = try catalog(decision.catalogVersion, connection.log)
    let published = try published(connection.log)
    let explanation = try explain(decision, catalog: catalog, published: published)

    print("list \(decision.list), contact \(decision.contact), version \(decision.version)")
    print("decided \(Timestamps.text(decision.atMs)) for profile \(decision.profile.id), catalogue \(catalog.version)")
    let ranked = explanation.entries.filter { $0.rank != nil }.count
    print("\(explanation.entries.count) propositions, \(ranked) on the list\n")
    print(Output.table([Self.heading] + explanation.entries.map { row($0, currency: catalog.currency) }))
    for entry in explanation.entries where !entry.contexts.isEmpty {
      print("\n\(entry.proposition) is weighted by \(entry.contexts.joined(separator: ", "))")
    }
    if published == nil { return print("\nthe published list is no longer on nba.lists, so it can't be compared") }
    if explanation.differences.isEmpty { return print("\nthe list that was published is the same") }
    for difference in explanation.differences { Output.complain("differs: \(difference)") }
    throw Failure("the list is derived otherwise than it was published: was it decided by another build?")
  }

  private static let heading = [
    "RANK", "PROPOSITION", "GROUP", "P", "CONTEXT", "VALUE", "LEVER", "PRIORITY", "MODEL", "DROPPED AT, AND WHY",
  ]

  private func row(_ entry: Explanation.Entry, currency: String) -> [String] {
    let why = entry.drop.map { "\($0.stage.rawValue): \($0.rule)" } ?? drivers(entry)
    return [
      entry.rank.map(String.init) ?? "-", entry.proposition, "\(entry.issue)/\(entry.group)",
      entry.probability.map { Self.number($0, 4) } ?? "-", entry.contextWeight.map { Self.number($0, 2) } ?? "-",
      entry.valueMinor.map { "\(Self.number(Double($0) / 100, 2)) \(currency)" } ?? "-",
      entry.lever.map { Self.number($0, 2) } ?? "-", entry.priority.map { Self.number($0, 2) } ?? "-",
      entry.modelVersion.map { "v\($0)" } ?? "-", why,
    ]
  }

  private func drivers(_ entry: Explanation.Entry) -> String {
    entry.drivers.prefix(3).map { "\($0.name) \($0.value < 0 ? "" : "+")\(Self.number($0.value, 2))" }
      .joined(separator: ", ")
  }

  private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  private func decision(_ log: any MessageLog) throws -> NbaDecision {
    var found: NbaDecision?
    let wanted = Array(list.utf8)
    try TopicReader.forEach(Topics.nbaDecisions, in: log) { record in
      // Nearly all are others: only one that names the list is worth reading whole.
      guard let value = record.value, value.contains(wanted) else { return true }
      let decision = try NbaDecision(json: value)
      guard decision.list == list else { return true }
      found = decision
      return false
    }
    guard let found else { throw Failure("no decision on nba.decisions is about the list \(list)") }
    return found
  }

  private func published(_ log: any MessageLog) throws -> NbaList? {
    var found: NbaList?
    let wanted = Array(list.utf8)
    try TopicReader.forEach(Topics.nbaLists, in: log) { record in
      guard let value = record.value, value.contains(wanted), let list = try? NbaList(json: value), list.id == self.list
      else { return true }
      found = list
      return false
    }
    return found
  }

  private func catalog(_ version: String, _ log: any MessageLog) throws -> Catalog {
    var found: Catalog?
    try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
      guard let value = record.value, let catalog = try? JSONCoding.decode(Catalog.self, from: value),
        catalog.version == version
      else { return true }
      found = catalog
      return false
    }
    guard let found else {
      throw Failure("the catalogue \(version) that it was decided on is not on marketing.catalog")
    }
    return found
  }
}
