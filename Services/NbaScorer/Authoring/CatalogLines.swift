import Contracts

/// Finds the lines of what the catalogue says is wrong with it.
enum CatalogLines {
  static func add(_ mistakes: [Catalog.Mistake], to notes: MistakeNotes) {
    // What stands at a place that could not be read has been told already.
    for mistake in mistakes where !notes.isBroken(mistake.place) {
      if let offset = mistake.offset, let place = notes.predicates[mistake.place] {
        let position = position(offset, place)
        notes.tell(position.line, mistake.place, "at character \(position.character): \(mistake.reason)")
      } else {
        let first = mistake.first.map { ", first on line \(notes.line(of: $0))" } ?? ""
        notes.tell(notes.line(of: mistake.place), mistake.place, mistake.reason + first)
      }
    }
  }

  /// Of a block that keeps its lines, the line and the character in it; else the character in the whole predicate.
  private static func position(_ offset: Int, _ place: MistakeNotes.PredicatePlace) -> (line: Int, character: Int) {
    let before = String(decoding: place.source.utf8.prefix(offset), as: UTF8.self)
    guard place.isLiteral else { return (place.line, before.count + 1) }
    let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
    return (place.line + lines.count, (lines.last?.count ?? 0) + 1)
  }
}
