import Contracts
import NbaScorerCore

/// Where mistakes are written down while a catalogue is read, and where its predicates stand.
final class MistakeNotes {
  /// A predicate's line, and whether the lines of its text are lines of the file, the first one after `line`.
  struct PredicatePlace {
    var line: Int
    var isLiteral: Bool
    var source: String
  }

  private(set) var mistakes: [CatalogMistake] = []
  /// The catalogue's: what is said in several languages is known by this one.
  var language = Language.english
  var predicates: [String: PredicatePlace] = [:]
  private var lines: [String: Int] = [:]
  /// What could not be read, so that nothing more is to be said about it.
  private var broken: Set<String> = []

  func add(_ line: Int, _ place: String, _ reason: String) {
    tell(line, place, reason)
    broken.insert(place)
  }

  /// A mistake in what could be read: others at the same place are told too.
  func tell(_ line: Int, _ place: String, _ reason: String) {
    mistakes.append(CatalogMistake(line: line, place: place, reason: reason))
  }

  /// Like `add`; the place is the section, and what is missing in it.
  func addMissing(_ line: Int, _ section: String, _ path: String, _ name: String) {
    mistakes.append(CatalogMistake(line: line, place: section, reason: "\(name) is missing"))
    broken.insert(path)
  }

  func note(_ place: String, line: Int) { lines[place] = line }

  /// Of the place itself, else of what it stands in.
  func line(of place: String) -> Int {
    outward(place).lazy.compactMap { self.lines[$0] }.first ?? 1
  }

  func isBroken(_ place: String) -> Bool { outward(place).contains { broken.contains($0) } }

  /// `a[2].b`: `a[2].b`, `a[2]`, `a`.
  private func outward(_ place: String) -> [String] {
    var places = [place]
    for index in place.indices.reversed() where place[index] == "." || place[index] == "[" {
      places.append(String(place[..<index]))
    }
    return places
  }
}
