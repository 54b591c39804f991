/// What is wrong with a catalogue's text, and on which line.
package struct CatalogMistake: Error, Sendable, Equatable, CustomStringConvertible {
  /// From 1.
  package var line: Int
  /// As a path in the catalogue, `propositions[2].steps[0].task`; empty for the text as a whole.
  package var place: String
  package var reason: String

  package init(line: Int, place: String, reason: String) {
    self.line = line
    self.place = place
    self.reason = reason
  }

  package var description: String { "line \(line): \(place.isEmpty ? "" : "\(place): ")\(reason)" }
}

/// All that is wrong with one catalogue, in the order of its lines: it is refused whole.
package struct CatalogMistakes: Error, Sendable, Equatable, CustomStringConvertible {
  package let mistakes: [CatalogMistake]

  package init(_ mistakes: [CatalogMistake]) {
    self.mistakes = mistakes.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
      .map(\.element)
  }

  package var description: String { mistakes.map(\.description).joined(separator: "\n") }
}
