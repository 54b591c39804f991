// One reading of flags, environment and file, collecting mistakes as it goes.

import Foundation
import Yams

struct Reading {
  /// A text, and where it stands.
  struct Given {
    var text: String
    var place: String
  }

  let resolver: SettingsResolver
  var flags: [String: Given] = [:]
  var environment: [String: Given] = [:]
  var file: [String: Given] = [:]
  var kafkaFlags: [String: String] = [:]
  var kafkaEnvironment: [String: String] = [:]
  var kafkaFile: [String: String] = [:]
  var problems: [String] = []

  init(resolver: SettingsResolver) {
    self.resolver = resolver
  }

  /// librdkafka's secrets can come from files too; its own properties that end in `.file` are no secrets.
  static let kafkaSecrets: Set<String> = [
    "sasl.password", "ssl.key.password", "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret",
  ]

  /// True where help was asked for.
  mutating func readFlags(_ arguments: [String]) -> Bool {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" { return true }
      guard argument.hasPrefix("--") else {
        problems.append("\(argument): not a flag; all settings are given as --name value")
        continue
      }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let setting = resolver.named(name)
      guard setting != nil || name == "settings" || name == "kafka" else {
        let known = resolver.declared.map { "--\($0.name)" } + ["--settings", "--kafka"]
        problems.append("--\(name): there is no such flag" + resolver.suggestion(for: "--\(name)", among: known))
        if parts.count == 1, let next = rest.first, !next.hasPrefix("--") { rest.removeFirst() }
        continue
      }
      let value: String
      if parts.count == 2 {
        value = String(parts[1])
      } else if let next = rest.first, !next.hasPrefix("--") {
        value = next
        rest.removeFirst()
      } else if setting?.kind == .boolean {
        value = "true"
      } else {
        problems.append("--\(name): takes \(setting?.takes ?? "a value"), but nothing follows")
        continue
      }
      take(flag: name, value)
    }
    return false
  }

  private mutating func take(flag name: String, _ value: String) {
    guard name == "kafka" else {
      flags[name] = Given(text: value, place: "--\(name)")
      return
    }
    let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2, !pair[0].isEmpty else {
      problems.append("--kafka: takes property=value, not \(value)")
      return
    }
    kafkaFlags[String(pair[0])] = String(pair[1])
  }

  mutating func readEnvironment(_ variables: [String: String]) {
    var known: [String: Setting] = [:]
    for setting in resolver.declared {
      known[setting.variable] = setting
      for alias in setting.alsoEnvironment.reversed() {
        if let value = variables[alias], !value.isEmpty { environment[setting.name] = Given(text: value, place: alias) }
      }
    }
    let others = Set(resolver.suite.flatMap { $0.isSecret ? [$0.variable, $0.variable + "_FILE"] : [$0.variable] })
    for (variable, value) in variables.sorted(by: { $0.key < $1.key }) where variable.hasPrefix("TRIAS_") {
      // TRIAS_LEAN belongs to the build and is often still exported in the shell that starts a service.
      if variable == "TRIAS_SETTINGS" || variable == "TRIAS_LEAN" { continue }
      if let setting = known[variable] {
        environment[setting.name] = Given(text: value, place: variable)
      } else if variable.hasSuffix("_FILE"), let setting = known[String(variable.dropLast(5))], setting.isSecret {
        if variables[setting.variable] != nil {
          problems.append("\(variable): \(setting.variable) is set as well; only one of them can be meant")
        } else if let text = readSecret(value, named: variable) {
          environment[setting.name] = Given(text: text, place: variable)
        }
      } else if variable.hasPrefix("TRIAS_KAFKA_"), variable.count > 12 {
        readKafka(variable, value)
      } else if !others.contains(variable) {
        let names = Array(known.keys) + others + ["TRIAS_SETTINGS"]
        problems.append("\(variable): there is no such setting" + resolver.suggestion(for: variable, among: names))
      }
    }
  }

  private mutating func readKafka(_ variable: String, _ value: String) {
    let property = variable.dropFirst(12).lowercased().replacingOccurrences(of: "_", with: ".")
    if property.hasSuffix(".file"), Self.kafkaSecrets.contains(String(property.dropLast(5))) {
      if let text = readSecret(value, named: variable) { kafkaEnvironment[String(property.dropLast(5))] = text }
    } else {
      kafkaEnvironment[property] = value
    }
  }

  private mutating func readSecret(_ path: String, named variable: String) -> String? {
    do {
      let text = try resolver.readFile(path)
      // Files of secrets end in a newline more often than not, and no secret does.
      return String(text.reversed().drop { $0.isNewline }.reversed())
    } catch {
      problems.append("\(variable): can't read the file \(path)")
      return nil
    }
  }

  mutating func readSettingsFile(_ path: String) {
    let text: String
    do {
      text = try resolver.readFile(path)
    } catch {
      problems.append("--settings: can't read the file \(path)")
      return
    }
    do {
      guard let node = try Yams.compose(yaml: text) else { return }
      guard let mapping = node.mapping else {
        problems.append("\(path): takes a map of settings, name: value")
        return
      }
      readMapping(mapping, path, isShared: true)
    } catch {
      for mistake in YAMLMistakes.of(error, in: text) {
        problems.append("\(path):\(mistake.line): \(mistake.reason)")
      }
    }
  }

  /// `isShared`: it speaks to all executables, so it may name what only others take.
  private mutating func readMapping(_ mapping: Node.Mapping, _ path: String, isShared: Bool) {
    var own: Node.Mapping?
    for (key, value) in mapping {
      let name = key.string ?? "?"
      let place = "\(path):\(key.mark?.line ?? 0): \(name)"
      if name == "kafka" {
        guard let properties = value.mapping else {
          problems.append("\(place): takes a map of librdkafka properties")
          continue
        }
        for (property, text) in properties {
          let name = property.string ?? "?"
          if let text = text.string {
            kafkaFile[name] = text
          } else {
            problems.append(
              "\(path):\(property.mark?.line ?? 0): kafka: \(name): takes a text; properties are named whole, as in "
                + "security.protocol: SSL")
          }
        }
      } else if name == resolver.executable {
        own = value.mapping
        if own == nil { problems.append("\(place): takes a map of settings") }
      } else if resolver.otherExecutables.contains(name) {
        continue
      } else if let setting = resolver.named(name) {
        if let text = text(value, of: setting) {
          file[name] = Given(text: text, place: place)
        } else {
          problems.append("\(place): takes \(setting.takes), not \(Self.word(value))")
        }
      } else if !isShared || !resolver.suite.contains(where: { $0.name == name }) {
        let known = resolver.declared.map(\.name) + (isShared ? resolver.suite.map(\.name) : []) + ["kafka"]
        problems.append("\(place): there is no such setting" + resolver.suggestion(for: name, among: known))
      }
    }
    // The executable's own section is stronger than what the file says for all.
    if let own { readMapping(own, path, isShared: false) }
  }

  /// nil: it is of another form. Only what takes several values takes a list, and nothing is no value.
  private func text(_ node: Node, of setting: Setting) -> String? {
    guard let sequence = node.sequence else { return Self.isNothing(node) ? nil : node.string }
    let texts = sequence.map { Self.isNothing($0) ? nil : $0.string }
    return setting.kind == .list && !texts.contains(nil) ? texts.compactMap(\.self).joined(separator: ",") : nil
  }

  private static func isNothing(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  private static func word(_ node: Node) -> String {
    switch node {
    case .mapping: "a map"
    case .sequence: "a list"
    case .alias: "an alias"
    case .scalar: "nothing"
    }
  }

  mutating func result() throws(SettingsError) -> Settings {
    var values: [String: Settings.Value] = [:]
    for setting in resolver.declared {
      let said: [(Given?, Settings.Source)] = [
        (flags[setting.name], .flag), (environment[setting.name], .environment), (file[setting.name], .file),
      ]
      guard case (let found?, let source)? = said.first(where: { $0.0 != nil }) else { continue }
      if let problem = setting.check?(found.text) {
        problems.append("\(found.place): \(problem)")
      } else if setting.accepts(found.text) {
        values[setting.name] = Settings.Value(text: found.text, source: source, place: found.place)
      } else {
        let given = setting.isSecret ? "" : ", not \"\(found.text)\""
        problems.append("\(found.place): takes \(setting.takes)\(given)")
      }
    }
    let kafka = kafkaFile.merging(kafkaEnvironment) { $1 }.merging(kafkaFlags) { $1 }
    for property in ["bootstrap.servers", "metadata.broker.list"] where kafka[property] != nil {
      problems.append("kafka \(property): the brokers are a setting of their own, bootstrap-servers")
    }
    guard problems.isEmpty else { throw SettingsError(problems) }
    return Settings(values: values, kafka: kafka)
  }
}
