// What an executable was told: flags over environment over file over defaults. Every mistake is found at once and named
// with what would be right, because a service that starts with half of its settings misread is worse than none.

import Foundation

package struct Settings: Sendable {
  package enum Source: String, Sendable {
    case flag, environment, file, `default`
  }

  /// What was said of a setting, and where.
  struct Value: Sendable {
    var text: String
    var source: Source
    /// As it is called there: `--partitions`, `TRIAS_PARTITIONS`, `trias.yaml:3: partitions`.
    var place: String
  }

  private var values: [String: Value]
  /// librdkafka properties that are handed through as they are.
  package private(set) var kafka: [String: String]

  init(values: [String: Value], kafka: [String: String]) {
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

  /// What to look at where that is wrong; nil: nobody has said anything, and it is the default.
  package func place(of setting: Setting) -> String? { values[setting.name]?.place }

  /// Which brokers are meant, and what to change where it should be others.
  package var brokers: String {
    let said = place(of: .bootstrapServers).map { "as \($0) says" } ?? "since nothing else is set"
    return "the brokers are \(text(.bootstrapServers)), \(said); KAFKA_BOOTSTRAP_SERVERS or --bootstrap-servers names "
      + "others"
  }

  /// The same settings with one changed: for `trias run`, which decides some for its parts, and for tests.
  package func with(_ setting: Setting, _ text: String) -> Settings {
    var copy = self
    copy.values[setting.name] = Value(text: text, source: .flag, place: "--\(setting.name)")
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
  /// To be told instead of anything that is done: help, or the version.
  case help(String)
}
