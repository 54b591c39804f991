import Contracts

/// What may be meant in a catalogue and is probably not; it is taken all the same.
package struct CatalogRemark: Sendable, Equatable, CustomStringConvertible {
  /// As a path in the catalogue, by which its line is found where there is a text.
  package let place: String
  package let text: String

  package var description: String { text }
}

extension CatalogFile {
  /// In the order of the catalogue. What can be shown is judged as of `nowMs`; the namespaces are the deployment's.
  package static func remarks(
    on catalog: Catalog, nowMs: Int64, namespaces: Namespaces = .standard
  ) -> [CatalogRemark] {
    withoutSteps(catalog) + NameRemarks(catalog, namespaces: namespaces).all() + ReachRemarks(catalog).all()
      + fallbacks(catalog, nowMs)
  }

  private static func withoutSteps(_ catalog: Catalog) -> [CatalogRemark] {
    catalog.propositions.enumerated().filter { $1.steps.isEmpty && $1.valueMinor > 0 && $1.kind == .offer }.map {
      CatalogRemark(
        place: "propositions[\($0)]",
        text: "\($1.id) has no steps: whoever accepts it counts as won at once, with its whole value as net revenue")
    }
  }

  /// Channels that show nothing while the suite is away.
  private static func fallbacks(_ catalog: Catalog, _ nowMs: Int64) -> [CatalogRemark] {
    var remarks: [CatalogRemark] = []
    let channels = Set(catalog.propositions.flatMap(\.treatments).map(\.channel))
    for channel in channels.subtracting(catalog.fallback.map(\.channel)).sorted() {
      remarks.append(
        CatalogRemark(
          place: "fallback", text: "\(channel) has no fallback list: while the suite is away it shows nothing"))
    }
    for (index, list) in catalog.fallback.enumerated() {
      let listed = list.propositions.compactMap(catalog.proposition)
      let standings = listed.map { ($0.id, Standing.all(of: $0, in: catalog, nowMs: nowMs)) }
      guard standings.allSatisfy({ !$1.isEmpty }) else { continue }
      let why = standings.map { "\($0) (\($1[0].text))" }.joined(separator: ", ")
      remarks.append(
        CatalogRemark(
          place: "fallback[\(index)]",
          text: "of the fallback list of \(list.channel) nothing can be shown now: \(why)"))
    }
    return remarks
  }
}
