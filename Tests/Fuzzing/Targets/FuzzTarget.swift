import Contracts

/// What reads bytes from outside, and what must hold whatever the bytes are: it ends, it refuses or takes, what it took it
/// writes and takes again as the same, and what it says of a mistake points into the text. `make fuzz` looks for bytes
/// with which it doesn't; those that were found are in `Tests/Fuzzing/Findings` and tried by `make test`.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// The JSON reader, beside Foundation's.
  case json
  /// The data of every public message: its type on the first line, then the document.
  case data
  /// A record's headers, a line each, or an event in structured mode.
  case envelope
  /// The catalogue's text form.
  case catalog
  /// A version of the catalogue, as it stands on its topic.
  case version
  /// The tests beside a catalogue.
  case cases
  /// One predicate.
  case predicate

  /// Nil where everything holds; else what doesn't.
  package func complaint(about bytes: [UInt8]) -> String? {
    switch self {
    case .json: complaintAboutJSON(bytes)
    case .data: complaintAboutData(bytes)
    case .envelope: complaintAboutEnvelope(bytes)
    case .catalog: complaintAboutCatalog(bytes)
    case .version: complaintAboutVersion(bytes)
    case .cases: complaintAboutCases(bytes)
    case .predicate: complaintAboutPredicate(bytes)
    }
  }
}
