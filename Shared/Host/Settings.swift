// What an executable was told: flags over environment over file over defaults. Every mistake is found at once and named
// with what would be right, because a service that starts with half of its settings misread is worse than none.

import Foundation

package struct Settings: Sendable {
  package enum Source: String, Sendable {
    case flag, environment, file, `default`
  }

  private var values: [String: (text: String, source: Source)]
  /// librdkafka properties that are handed through as they are.
  package private(set) var kafka: [String: String]

  init(values: [String: (text: String, source: Source)], kafka: [String: String]) {
    self.values = values
    self.kafka = kafka
  }

  package func text(_ setting: Setting) -> String {
    values[setting.name]?.text ?? setting.defaultValue
  }

  package func integer(_ setting: Setting) -> Int {
    Int(text(setting)) ?? 0
  }

  package func decimal(_ setting: Setting) -> Double {
    Double(text(setting)) ?? 0
  }

  package func boolean(_ setting: Setting) -> Bool {
    Setting.boolean(text(setting)) ?? false
  }

  package func list(_ setting: Setting) -> [String] {
    // A file of secrets may have one to a line.
    text(setting).split { $0 == "," || $0.isNewline }.map { $0.trimmingCharacters(in: .whitespaces) }.filter {
      !$0.isEmpty
    }
  }

  package func source(_ setting: Setting) -> Source {
    values[setting.name]?.source ?? .default
  }

  /// The same settings with one changed: for `trias run`, which decides some for its parts, and for tests.
  package func with(_ setting: Setting, _ text: String) -> Settings {
    var copy = self
    copy.values[setting.name] = (text, .flag)
    return copy
  }

  package func with(kafka property: String, _ value: String) -> Settings {
    var copy = self
    copy.kafka[property] = value
    return copy
  }

  /// Only defaults.
  package static let defaults = Settings(values: [:], kafka: [:])
}

/// What is wrong with the settings, all of it, a line each.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
  package var problems: [String]

  package init(_ problems: [String]) {
    self.problems = problems
  }

  package var description: String { problems.joined(separator: "\n") }
}

/// What a command line comes to.
package enum SettingsOutcome: Sendable {
  case settings(Settings)
  case help(String)
}
