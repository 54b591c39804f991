// Reads flags, environment and file into Settings. Pure but for the function that reads a file.

import Contracts
import Foundation

package struct SettingsResolver: Sendable {
  package var executable: String
  package var declared: [Setting]
  /// Other executables' sections in a shared settings file are skipped.
  package var otherExecutables: Set<String>
  /// Other executables' settings in a shared environment or settings file are skipped.
  package var suite: [SuiteSetting]
  package var readFile: @Sendable (String) throws -> String

  package init(
    executable: String, declared: [Setting], otherExecutables: Set<String> = [], suite: [SuiteSetting] = [],
    readFile: @escaping @Sendable (String) throws -> String = { try String(contentsOfFile: $0, encoding: .utf8) }
  ) {
    self.executable = executable
    var seen = Set<String>()
    self.declared = declared.filter { seen.insert($0.name).inserted }
    self.otherExecutables = otherExecutables.subtracting([executable])
    self.suite = suite
    self.readFile = readFile
  }

  package func resolve(
    arguments: [String], environment: [String: String]
  ) throws(SettingsError) -> SettingsOutcome {
    if arguments.contains("--version") { return .help("\(executable) \(Build.version)") }
    var reading = Reading(resolver: self)
    if reading.readFlags(arguments) { return .help(help) }
    reading.readEnvironment(environment)
    if let path = reading.flags["settings"]?.text ?? environment["TRIAS_SETTINGS"] { reading.readSettingsFile(path) }
    return .settings(try reading.result())
  }

  package func named(_ name: String) -> Setting? { declared.first { $0.name == name } }

  package var help: String {
    var lines = [
      "\(executable): flags, else TRIAS_* variables, else the settings file, else these defaults", "",
      "  --settings FILE  (TRIAS_SETTINGS)", "      a YAML file of settings; keys as the flags, without the dashes",
      "  --kafka PROPERTY=VALUE  (TRIAS_KAFKA_<PROPERTY>)",
      "      any librdkafka property, in the file under `kafka:`; underscores of the variable are the dots",
    ]
    for setting in declared {
      let also = ([setting.variable] + setting.alsoEnvironment).joined(separator: ", ")
      lines.append("  --\(setting.name) VALUE  (\(also))")
      let fallback = setting.defaultText ?? (setting.defaultValue.isEmpty ? "none" : setting.defaultValue)
      lines.append("      \(setting.help)")
      lines.append("      takes \(setting.takes); default: \(fallback)")
      if setting.isSecret { lines.append("      or the path of a file that holds it: \(setting.variable)_FILE") }
    }
    lines.append("  --help")
    lines += ["      this list", "  --version", "      which build this is"]
    return lines.joined(separator: "\n")
  }

  /// ", did you mean X?" where one known name is close enough to be a slip of the finger.
  func suggestion(for name: String, among known: [String]) -> String {
    let nearest = known.map { ($0, editDistance(name, $0)) }.min { $0.1 < $1.1 }
    guard let nearest, nearest.1 <= max(2, name.count / 3) else { return "; --help lists what there is" }
    return "; did you mean \(nearest.0)?"
  }
}

/// How many letters one must change, add or leave out.
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a.utf8)
  let b = Array(b.utf8)
  var row = Array(0...b.count)
  for i in 0..<a.count {
    var diagonal = row[0]
    row[0] = i + 1
    for j in 0..<b.count {
      let above = row[j + 1]
      row[j + 1] = a[i] == b[j] ? diagonal : 1 + min(diagonal, above, row[j])
      diagonal = above
    }
  }
  return row[b.count]
}
