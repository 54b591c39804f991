import CatalogAuthoring
import Contracts
import Foundation
import Host
import MessageLog
import Operations

/// The catalogue's topic, as who applies a catalogue needs it.
struct CatalogTopic {
  let log: any MessageLog

  func versions() throws -> [String] {
    var versions: [String] = []
    try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
      versions.append(String(decoding: record.key ?? [], as: UTF8.self))
      return true
    }
    return versions
  }

  /// The catalogue that is in force; nil where none was applied.
  func current() throws -> Catalog? { try AppliedCatalogs(log).inForce }

  /// Throws all mistakes with their lines; then the catalogue in force stays. The text that is in force already is not
  /// applied again.
  func apply(_ text: String) throws -> (catalog: Catalog, isNew: Bool) {
    let application = try CatalogApplication(
      catalog: try CatalogFile.read(text: text), text: text, versions: try versions(), inForce: try current(),
      nowMs: wallClockMs())
    if let record = application.record {
      let producer = try log.makeProducer(name: "trias.catalog")
      defer { producer.close(timeoutMs: 5_000) }
      _ = try producer.append([record], timeoutMs: 10_000)
    }
    return (application.catalog, application.record != nil)
  }
}
