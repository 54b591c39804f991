// What is wrong with a text that is no YAML, in one line each and with the line, for people who know the file and not its
// parser.

import Yams

package enum YAMLMistakes {
  package static func of(_ error: any Error, in text: String) -> [(line: Int, reason: String)] {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      [(mark.line, "not YAML: \(problem)")]
    case .duplicatedKeysInMapping(let names, let context):
      names.map { (repetition(of: $0, from: context.mark, text), "\($0) is there twice") }
    case .reader(let problem, let offset, _, _):
      [(text.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") } + 1, "can't be read as text: \(problem)")]
    default: [(1, "not YAML: \(error)")]
    }
  }

  /// The parser tells where the map begins; people look for the second of the two.
  private static func repetition(of name: String, from mark: Mark, _ text: String) -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let places = lines.indices.filter { index in
      index + 1 >= mark.line && lines[index].drop { $0 == " " || $0 == "-" }.hasPrefix("\(name):")
    }
    return places.dropFirst().first.map { $0 + 1 } ?? mark.line
  }
}
