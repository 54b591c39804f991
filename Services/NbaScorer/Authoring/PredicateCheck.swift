import Contracts
import NbaScorerCore

/// Has the scorer itself compile all predicates, and finds the lines of its mistakes.
enum PredicateCheck {
  static func run(_ catalog: Catalog, _ notes: MistakeNotes) {
    do { _ = try CompiledCatalog(catalog) } catch {
      for mistake in error.mistakes where !mistake.error.isConsequence {
        // A predicate that is not there has been noted as missing.
        guard let place = notes.predicates[mistake.place] else { continue }
        let position = position(mistake.error.offset, place)
        notes.add(position.line, mistake.place, "at character \(position.character): \(mistake.error.message)")
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
