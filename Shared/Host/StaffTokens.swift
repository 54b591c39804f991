// People who have a staff token of their own, so that it is known who they are: two tokens are two people.

/// `name=token`, several by commas.
struct StaffTokens: Sendable {
  static let takes = "name=token, several by commas, with tokens of at least 8 characters"

  private let people: [(name: String, token: String)]

  init(_ entries: [String]) {
    people = entries.compactMap(Self.person)
  }

  /// Whose it is; nil: nobody's. Every token is compared, in the same time each.
  func name(of shown: String) -> String? {
    var found: String?
    for person in people where isSame(shown, person.token) { found = person.name }
    return found
  }

  var isEmpty: Bool { people.isEmpty }

  /// What is wrong with the setting; it shows no token.
  static func mistake(_ text: String) -> String? {
    let entries = text.split(whereSeparator: { $0 == "," || $0.isNewline }).map { $0.trimmed }.filter { !$0.isEmpty }
    var names: Set<String> = []
    var tokens: Set<String> = []
    for (index, entry) in entries.enumerated() {
      guard let (name, token) = person(entry) else { return "entry \(index + 1): takes \(takes)" }
      guard names.insert(name.lowercased()).inserted, tokens.insert(token).inserted else {
        return "entry \(index + 1): \(name), or the token, is there twice"
      }
    }
    return nil
  }

  private static func person(_ entry: String) -> (name: String, token: String)? {
    let parts = entry.split(separator: "=", maxSplits: 1).map { $0.trimmed }
    guard parts.count == 2, parts[1].utf8.count >= 8, (1...StaffGate.nameCharactersMax).contains(parts[0].count),
      parts[0].unicodeScalars.allSatisfy({ $0.value >= 0x20 })
    else { return nil }
    return (parts[0], parts[1])
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
