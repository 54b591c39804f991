import Contracts
import NbaScorerCore
import Yams

/// The catalogue as people write it: YAML, described by the demonstration's `deploy/demo/catalog.yaml`. It is taken whole
/// or refused whole, with every mistake that is in it.
package enum CatalogFile {
  /// Version and time are given when it is applied; here they are empty.
  package static func read(text: String) throws(CatalogMistakes) -> Catalog { try readPlaced(text: text).catalog }

  /// With the lines on which it says what.
  package static func readPlaced(text: String) throws(CatalogMistakes) -> (catalog: Catalog, places: CatalogPlaces) {
    guard text.utf8.count <= Catalog.bytesMax else { throw tooLarge("the text has \(text.utf8.count) bytes") }
    let root = try CatalogText.root(text)
    let notes = MistakeNotes()
    let top = Section(root, place: "", notes: notes, fields: fields)
    var reader = CatalogReader(top: top, notes: notes)
    let catalog = reader.read()
    CatalogLines.add(catalog.mistakes, to: notes)
    guard notes.mistakes.isEmpty else { throw CatalogMistakes(notes.mistakes) }
    let bytes = JSONCoding.encode(catalog).count
    guard bytes <= Catalog.bytesMax else { throw tooLarge("as JSON it has \(bytes) bytes") }
    return (catalog, CatalogPlaces(notes))
  }

  static let fields = [
    "name", "currency", "language", "channels", "attributes", "conditions", "segments", "propositions",
    "contextWeights", "contactPolicy", "contactCosts", "levers", "exclusions", "controlGroups", "fallback",
  ]

  private static func tooLarge(_ reason: String) -> CatalogMistakes {
    let reason = "is too large: \(reason), more than \(Catalog.bytesMax)"
    return CatalogMistakes([CatalogMistake(line: 1, place: "", reason: reason)])
  }
}

/// On which lines a catalogue's text says what.
package struct CatalogPlaces {
  private let notes: MistakeNotes

  init(_ notes: MistakeNotes) { self.notes = notes }

  /// Of `propositions[2].valueMinor`, or of what it stands in.
  package func line(of place: String) -> Int { notes.line(of: place) }
}
