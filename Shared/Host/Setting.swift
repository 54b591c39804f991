import Foundation

/// A setting as it is declared: what it is called, what it takes, and what it is when nobody says anything.
package struct Setting: Sendable {
  package enum Kind: Sendable, Equatable {
    case text
    case integer(ClosedRange<Int>)
    case decimal(ClosedRange<Double>)
    case boolean
    case choice([String])
    /// Values separated by commas or line ends; in the file also a YAML list.
    case list
  }

  /// kebab-case: the flag is `--name`, the variable `TRIAS_NAME`, the file's key `name`.
  package var name: String
  package var kind: Kind
  package var defaultValue: String
  /// What the help says instead of a default that differs from process to process.
  package var defaultText: String?
  package var help: String
  /// Never shown; can also come from the file that `TRIAS_<NAME>_FILE` names.
  package var isSecret: Bool
  /// Foreign environment variables that mean the same, weaker than our own.
  package var alsoEnvironment: [String]
  /// What is wrong with a text that is of the kind; nil: nothing.
  package var check: (@Sendable (String) -> String?)?

  package init(
    _ name: String, _ kind: Kind = .text, default defaultValue: String = "", defaultText: String? = nil, help: String,
    secret: Bool = false, alsoEnvironment: [String] = [], check: (@Sendable (String) -> String?)? = nil
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.defaultText = defaultText
    self.help = help
    isSecret = secret
    self.alsoEnvironment = alsoEnvironment
    self.check = check
  }

  package var variable: String { Self.variable(name) }

  static func variable(_ name: String) -> String { "TRIAS_" + String(name.map { $0 == "-" ? "_" : $0 }).uppercased() }

  /// In words, for messages and help.
  package var takes: String {
    switch kind {
    case .text: "text"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .decimal(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: "true or false"
    case .choice(let values): values.joined(separator: ", ").replacingLast(", ", with: " or ")
    case .list: "values separated by commas"
    }
  }

  /// nil where the text is not what the setting takes.
  func accepts(_ text: String) -> Bool {
    switch kind {
    case .text, .list: true
    case .integer(let range): Int(text).map(range.contains) ?? false
    case .decimal(let range): Double(text).map(range.contains) ?? false
    case .boolean: Self.boolean(text) != nil
    case .choice(let values): values.contains(text)
    }
  }

  static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }
}

extension String {
  fileprivate func replacingLast(_ part: String, with other: String) -> String {
    guard let range = range(of: part, options: .backwards) else { return self }
    return replacingCharacters(in: range, with: other)
  }
}
