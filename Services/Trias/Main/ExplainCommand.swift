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
    discussion: """
      Reads nba.decisions from its newest records backwards, in steps that double: a list of the last minutes is found \
      at once, an old one takes longer, and one that isn't there costs the whole topic. The published list is then \
      looked for in its customer's partition alone.

      The derived list is compared with the published one to the last bit: what is on it with all numbers and words, how \
      many dropped out where, and the id, which follows from contact, version and items under the deployment's secret. \
      Which of its contact's lists it is (version) and after which event it came (cause) is no part of the decision, and \
      taken as it was recorded.
      """)

  @Argument(help: "The list's id, as it came on nba.lists: <contact>.<version>.<tag>.")
  var list: String

  @Option(help: "Of the words: en or nl.") var language = Language.english
  @Flag(help: "The auditor's account of each proposition: every rule, number, version and draw.") var audit = false

  func run() throws {
    let connection = try Connection()
    let mint = IdMint(secret: connection.secret)
    if let (contact, listing) = mint.listing(list), let why = undecided(listing, contact) { throw Failure(why) }
    let record = try record(connection.log)
    let published = try published(connection.log, key: record.key)
    let decision: NbaDecision
    do throws(JSONError) { decision = try NbaDecision(json: record.value ?? []) } catch {
      throw underivable("the decision \(NbaDecision.unreadable(error))", published)
    }
    let catalog = try catalog(decision.catalogVersion, connection.log)
    let isOurs = mint.listing(list, contact: decision.contact) != nil
    let explanation: Explanation
    do {
      explanation = try explain(
        decision, catalog: catalog, published: published, mint: isOurs ? mint : nil, language: language)
    } catch let error as ExplanationError {
      throw underivable("the decision can't be derived: \(error)", published)
    }

    print("list \(decision.list), contact \(decision.contact), version \(decision.version)")
    print("decided \(Timestamps.text(decision.atMs)) for profile \(decision.profile.id), catalogue \(catalog.version)")
    let ranked = explanation.entries.filter { $0.rank != nil }.count
    print("\(explanation.entries.count) propositions, \(ranked) on the list\n")
    print(Output.table([Self.heading] + explanation.entries.map { row($0, decision, currency: catalog.currency) }))
    print("\n\(legend(decision, currency: catalog.currency))")
    if audit { print("\n\(account(explanation))") }
    if let group = decision.group { print("\n\(standIn(group))") }
    for entry in explanation.entries where !entry.contexts.isEmpty {
      print("\n\(entry.proposition) is weighted by \(entry.contexts.joined(separator: ", "))")
    }
    for entry in explanation.entries where !entry.siblings.isEmpty {
      let siblings = entry.siblings.map { "\($0.model) v\($0.version), \($0.evidenceCount) answers" }
      print("\n\(entry.proposition) also knows what was learned by \(siblings.joined(separator: "; "))")
    }
    if published == nil { return print("\nthe published list is no longer on nba.lists, so it can't be compared") }
    if explanation.differences.isEmpty {
      print("\nthe list that was published is the same; its version and its cause are as recorded, not derived")
      if !isOurs { print("its id was made under another secret than this command's, and isn't derived either") }
      return
    }
    for difference in explanation.differences { Output.complain("differs: \(difference)") }
    throw Failure("the list is derived otherwise than it was published: was it decided by another build?")
  }

  /// What its id says of a list that no decision is about.
  private func undecided(_ listing: Listing, _ contact: String) -> String? {
    if listing.isImported {
      return
        "\(list) stands for what the contact \(contact) was offered before the suite was there: nothing is known of how "
        + "that was decided"
    }
    guard listing.isFallback else { return nil }
    let count = listing.itemsCount ?? 0
    return "\(list) is a fallback list, of \(count == 1 ? "one proposition" : "\(count) propositions") for the contact "
      + "\(contact): what the catalogue shows everybody in its channel while there is no list of his own. Nothing was "
      + "decided, so that there is nothing to explain"
  }

  /// What is left to show is the list itself.
  private func underivable(_ why: String, _ published: NbaList?) -> Failure {
    guard let published else { return Failure("\(why), and its list is no longer on nba.lists") }
    print("list \(published.id), contact \(published.contact), version \(published.version)")
    print("published \(Timestamps.text(published.atMs)), catalogue \(published.catalogVersion)\n")
    let rows = published.items.map { item in
      [
        "\(item.rank)", item.proposition, "\(item.issue)/\(item.group)", Self.number(item.probability, 4),
        Currencies.text(item.expectedValueMinor, item.currency), item.reasons.joined(separator: "; "),
      ]
    }
    print(Output.table([["RANK", "PROPOSITION", "GROUP", "P", "P x VALUE", "WHY"]] + rows))
    return Failure("\(why); its list is above, as it was published")
  }

  private static let heading = [
    "RANK", "PROPOSITION", "GROUP", "P", "DRAWN", "CONTEXT", "VALUE", "LEVER", "PRIORITY", "MODEL",
    "DROPPED AT, AND WHY",
  ]

  private func legend(_ decision: NbaDecision, currency: String) -> String {
    let settings = decision.settings.ranking(decision.controlGroup)
    let control =
      decision.controlGroup == .none
      ? "" : "the customer is in this month's control group \(decision.controlGroup.rawValue): "
    if decision.controlGroup == .randomEligible { return control + "PRIORITY is a lot among all that may be offered" }
    let factors = [
      settings.usesPropensity ? (settings.isSampling ? "DRAWN" : "P") : nil, settings.usesContext ? "CONTEXT" : nil,
      settings.usesValue ? "VALUE" : nil, settings.usesLevers ? "LEVER" : nil,
    ].compactMap { $0 }
    let drawn =
      settings.isSampling
      ? "; DRAWN stands for it in this contact's order, so that what is little known gets tried" : ""
    return control
      + "PRIORITY = \(factors.joined(separator: " x "))\(settings.usesValue ? ", in \(currency)" : ""). P is the probability that it is accepted\(drawn)"
  }

  private func account(_ explanation: Explanation) -> String {
    explanation.entries.map { entry in
      ([entry.proposition] + entry.reasons.map { "  “\($0)”" } + explanation.audit(entry.proposition).map { "  \($0)" })
        .joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private func standIn(_ group: GroupAggregate) -> String {
    let shares = group.interests.map { "\($0.category) \(Int((group.share($0) * 100).rounded())) %" }
    return "the customer has no interests of his own: those of the group \(group.segment) (version \(group.version), "
      + "\(group.members) customers, rounded) stand in for them: \(shares.joined(separator: ", "))"
  }

  private func row(_ entry: Explanation.Entry, _ decision: NbaDecision, currency: String) -> [String] {
    let isMoney = decision.settings.ranking(decision.controlGroup).usesValue
    let why = entry.drop.map { "\($0.stage.rawValue): \(entry.refusal ?? $0.rule)" } ?? drivers(entry)
    return [
      entry.rank.map(String.init) ?? "-", entry.proposition, "\(entry.issue)/\(entry.group)",
      entry.probability.map { Self.number($0, 4) } ?? "-", entry.propensity.map { Self.number($0, 4) } ?? "-",
      entry.contextWeight.map { Self.number($0, 2) } ?? "-",
      entry.valueMinor.map { Currencies.text($0, currency) } ?? "-",
      entry.lever.map { Self.number($0, 2) } ?? "-",
      entry.priority.map { isMoney ? Currencies.text($0, currency) : Self.number($0, 5) } ?? "-",
      entry.modelVersion.map { "v\($0)" } ?? "-", why,
    ]
  }

  private func drivers(_ entry: Explanation.Entry) -> String {
    entry.drivers.prefix(3).map { "\($0.name) \($0.value < 0 ? "" : "+")\(Self.number($0.value, 2))" }
      .joined(separator: ", ")
  }

  private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  private func record(_ log: any MessageLog) throws -> Record {
    // A decision has its list's id, in the header too: no other one's value need be looked at.
    let record = try TopicReader.newest(Topics.nbaDecisions, in: log) { isAboutTheList($0) }
    guard let record else { throw Failure("no decision on nba.decisions is about the list \(list)") }
    return record
  }

  /// Of the customer whose the decision is.
  private func published(_ log: any MessageLog, key: [UInt8]?) throws -> NbaList? {
    let record = try TopicReader.newest(Topics.nbaLists, in: log, key: key) { isAboutTheList($0) }
    return try record?.value.map { try NbaList(json: $0) }
  }

  private func isAboutTheList(_ record: Record) -> Bool {
    record.value != nil && record.headers.string("ce_id") == list
  }

  private func catalog(_ version: String, _ log: any MessageLog) throws -> Catalog {
    var found: Catalog?
    try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
      // Of all others no more than their names is read.
      guard let value = record.value, (try? CatalogHead.version(of: value)) == version,
        let catalog = try? JSONCoding.decode(Catalog.self, from: value)
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

extension Language: ExpressibleByArgument {}
