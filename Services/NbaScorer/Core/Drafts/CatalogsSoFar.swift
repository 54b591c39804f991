import Contracts

/// The versions of the catalogue that were seen on its topic: as much of them as it takes to apply one more. That takes all
/// of them, each read whole: a name and version of what is computed stand for one computation for ever, so whoever applies
/// one more has to know of every one that was ever in force, and only what holds ever was. What is excluded, too, stands
/// until a later version has the proposition without.
package struct CatalogsSoFar: Sendable {
  private var succession = CatalogSuccession()
  /// The names of all, refused ones too: their numbers are taken.
  private var versions: [String] = []
  /// Those that came into force, with what they compute of customers and nothing else.
  private var history: [Catalog] = []
  private var recalls = Recalls()
  /// Is another whenever there is one more.
  package private(set) var revision: Int64 = 0

  package init() {}

  /// A record of `marketing.catalog`; what comes into force with it, nil where nothing does. Throws why it doesn't. What was
  /// there before and is seen once more costs next to nothing.
  @discardableResult
  package mutating func take(
    key: [UInt8]?, value: [UInt8], writtenMs: Int64?, wasThere: Bool = false
  ) throws(Refusal) -> CheckedCatalog? {
    revision += 1
    let name = String(decoding: key ?? [], as: UTF8.self)
    if !versions.contains(name) { versions.append(name) }
    if wasThere, try !succession.admits(value) { return nil }
    guard let checked = try succession.read(value, writtenMs: writtenMs) else { return nil }
    let catalog = checked.catalog
    if !versions.contains(catalog.version) { versions.append(catalog.version) }
    history.append(catalog.definitionsAlone)
    recalls.take(catalog)
    return checked
  }

  /// What it would take to apply one more.
  package func application(
    _ catalog: Catalog, _ text: String, nowMs: Int64, word: CatalogApplication.Word = CatalogApplication.Word()
  ) throws(CatalogMistakes) -> CatalogApplication {
    try CatalogApplication(
      catalog: catalog, text: text, versions: versions, history: history, nowMs: nowMs, word: word,
      source: "trias/\(ConsumerGroup.drafts.rawValue)")
  }

  /// What would be shown again by it that is taken out at once.
  package func exclusionsLifted(by catalog: Catalog) -> [Exclusion] { recalls.lifted(by: catalog) }

  /// nil: none.
  package var inForce: String? { history.last?.version }

  /// Whether a version came into force; nil while that isn't known, because its record has not been seen.
  func took(_ version: String) -> Bool? {
    if history.contains(where: { $0.version == version }) { return true }
    return succession.admits(version) ? nil : false
  }
}
