import CatalogAuthoring
import Contracts
import Foundation
import Host
import MessageLog
import NbaScorerCore
import Operations

/// The catalogue's topic, as who applies a catalogue needs it.
struct CatalogTopic {
  let log: any MessageLog

  /// What came of an application.
  struct Outcome {
    var catalog: Catalog
    /// What was in force before; nil: nothing was.
    var before: Catalog?
    /// False: it was in force already, and nothing was written.
    var isNew: Bool
  }

  /// The catalogue that is in force; nil where none was applied.
  func current() throws -> Catalog? { try AppliedCatalogs.inForce(in: log) }

  func applied() throws -> AppliedCatalogs { try AppliedCatalogs(log) }

  /// Throws all mistakes with their lines; then the catalogue in force stays. The text that is in force already is not
  /// applied again. What is taken out at once comes back only with `liftExclusions`.
  func apply(
    _ text: String, _ word: CatalogApplication.Word = CatalogApplication.Word(), liftExclusions: Bool = false
  ) throws -> Outcome {
    let catalog = try CatalogFile.read(text: text)
    let applied = try applied()
    return try publish(applied.application(catalog, text, word), applied, liftExclusions)
  }

  /// Puts in force again what an earlier version said.
  func apply(
    again earlier: AppliedCatalogs.Applied, _ catalog: Catalog, _ word: CatalogApplication.Word, liftExclusions: Bool
  ) throws -> Outcome {
    let applied = try applied()
    return try publish(applied.application(again: earlier, catalog, word), applied, liftExclusions)
  }

  private func publish(
    _ application: CatalogApplication, _ applied: AppliedCatalogs, _ liftExclusions: Bool
  ) throws -> Outcome {
    let lifted = applied.recalls.lifted(by: application.catalog)
    guard liftExclusions || lifted.isEmpty else {
      throw Failure(
        "it lifts what is taken out at once: \(lifted.map(\.words).joined(separator: ", ")). "
          + "If that may be: --lift-exclusions")
    }
    if let record = application.record {
      let producer = try log.makeProducer(name: "trias.catalog")
      defer { producer.close(timeoutMs: 5_000) }
      let offsets = try producer.append([record], timeoutMs: 10_000)
      try requireTaken(application.catalog.version, at: offsets.first ?? -1)
    }
    return Outcome(catalog: application.catalog, before: applied.inForce, isNew: application.record != nil)
  }

  /// Two who apply at once see the same versions and give the same number. Of them the first on the topic holds, and who
  /// comes second may not overwrite unawares what he hasn't seen.
  private func requireTaken(_ version: String, at offset: Int64) throws {
    let after = try applied()
    guard let own = after.all.first(where: { $0.offset == offset }), own.refusal != nil,
      // The same content under the same name is in force all the same.
      !after.history.contains(where: { $0.version == version }), let inForce = after.inForce
    else { return }
    throw Failure(
      "\(version) was not taken: somebody else applied \(inForce.version) at the same moment, which is in force now. "
        + "See what it says (`trias catalog show`), and apply again")
  }
}

extension AppliedCatalogs {
  /// What it would take to apply it now.
  func application(_ catalog: Catalog, _ text: String, _ word: CatalogApplication.Word = CatalogApplication.Word())
    throws(CatalogMistakes) -> CatalogApplication
  {
    try CatalogApplication(
      catalog: catalog, text: text, versions: versions, history: history, nowMs: wallClockMs(),
      word: word)
  }

  /// The same of an earlier version.
  func application(
    again earlier: Applied, _ catalog: Catalog, _ word: CatalogApplication.Word = CatalogApplication.Word()
  ) throws(CatalogMistakes) -> CatalogApplication {
    try CatalogApplication(
      again: catalog, text: earlier.text, versions: versions, history: history,
      nowMs: wallClockMs(), word: word)
  }
}
