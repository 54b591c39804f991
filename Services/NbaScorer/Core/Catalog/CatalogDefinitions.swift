import Contracts

/// What was ever computed of customers, in all versions of the catalogue. An attribute's name and version stand for one
/// computation for ever: by them a facet knows what it has counted, and it may have counted it years ago.
struct CatalogDefinitions {
  private let history: [Catalog]

  /// The earliest first; the last one is in force.
  init(_ history: [Catalog]) { self.history = history }

  /// Says of every computed attribute since when it is defined so, and of the catalogue when any of it was last another:
  /// what was counted before is kept, and only what is new begins anew. Returns what doesn't keep to its version.
  func define(_ catalog: inout Catalog, _ text: String?, _ nowMs: Int64) -> [CatalogMistake] {
    let inForce = history.last
    // Later than any before, whatever the clock says.
    let momentMs = max(nowMs, (history.map(\.latestDefinedMs).max() ?? 0) + 1)
    var mistakes: [CatalogMistake] = []
    for (index, attribute) in catalog.attributes.enumerated() {
      guard attribute.computation != nil else { continue }
      if let reason = conflict(attribute, catalog.currency) {
        let place = "attributes[\(index)].version"
        mistakes.append(CatalogMistake(line: line(of: attribute.name, in: text), place: place, reason: reason))
      }
      if let known = inForce.flatMap({ definition(attribute, in: $0) }) {
        catalog.attributes[index].definedMs = known.definedMs
      } else {
        catalog.attributes[index].definedMs = momentMs
      }
    }
    let isSame = inForce.map { names(in: $0) == names(in: catalog) } ?? names(in: catalog).isEmpty
    catalog.definedMs = isSame ? inForce?.definedMs : momentMs
    return mistakes
  }

  private func conflict(_ attribute: AttributeDeclaration, _ currency: String) -> String? {
    let version = attribute.version ?? 1
    let last = history.lastIndex { definition(attribute, in: $0) != nil }
    let next =
      history.lazy.flatMap(\.attributes).filter { $0.name == attribute.name && $0.computation != nil }
      .map { $0.version ?? 1 }.max().map { $0 + 1 } ?? 1
    if let other = history.last(where: { catalog in
      definition(attribute, in: catalog).map {
        $0.computation != attribute.computation || catalog.currency != currency
      } == true
    }) {
      let place = other.version == history.last?.version ? "\(other.version), which is in force" : other.version
      return "is computed otherwise than in \(place): make it version \(max(next, version + 1))"
    }
    // Earlier builds didn't say when something was left out, so facets have kept what they had and counted nothing.
    if let last, last + 1 < history.count, history[last + 1].latestDefinedMs <= history[last].latestDefinedMs {
      return "was left out of \(history[last + 1].version), and nobody has counted it since: make it version \(next)"
    }
    return nil
  }

  /// The attribute of that name and version.
  private func definition(_ attribute: AttributeDeclaration, in catalog: Catalog) -> AttributeDeclaration? {
    catalog.attributes.first {
      $0.name == attribute.name && ($0.version ?? 1) == (attribute.version ?? 1) && $0.computation != nil
    }
  }

  private func names(in catalog: Catalog) -> Set<String> {
    Set(catalog.attributes.filter { $0.computation != nil }.map { "\($0.name)/\($0.version ?? 1)" })
  }

  private func line(of attribute: String, in text: String?) -> Int {
    let lines = (text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.firstIndex { line in
      line.split(whereSeparator: { " ,{}-\"'".contains($0) }).starts(with: ["name:", Substring(attribute)])
    }
    return (line ?? 0) + 1
  }
}

extension Catalog {
  /// What it computes of customers and nothing else: all that later ones are held against.
  package var definitionsAlone: Catalog {
    var kept = Catalog(version: version, appliedMs: appliedMs, name: name, currency: currency)
    kept.definedMs = definedMs
    kept.attributes = attributes.filter { $0.computation != nil }
    return kept
  }
}
