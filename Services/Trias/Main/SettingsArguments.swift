import ArgumentParser
import Contracts
import Foundation
import Host

/// Tells the settings on the command line, which every subcommand takes, from what is the subcommand's own.
struct SettingsArguments {
  private(set) var settings: [String] = []
  private(set) var rest: [String] = []

  /// Those of this process.
  @TaskLocal static var current: [String] = []

  init(_ arguments: [String], declared: [Setting] = Setting.common) {
    let names = Set(declared.map(\.name) + ["settings", "kafka"])
    var remaining = arguments[...]
    while let argument = remaining.popFirst() {
      let name = argument.hasPrefix("--") ? argument.dropFirst(2).prefix { $0 != "=" } : ""
      guard names.contains(String(name)) else {
        rest.append(argument)
        continue
      }
      settings.append(argument)
      if !argument.contains("="), let value = remaining.popFirst() { settings.append(value) }
    }
  }

  static func resolve(declared: [Setting] = []) -> Settings {
    Host.settings(executable: .trias, declared: declared, arguments: current)
  }
}

struct SettingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "settings",
    abstract: "Lists every executable's settings: flag, variable, what it takes and its default.")

  func run() {
    print(SettingsResolver(executable: Executable.trias.rawValue, declared: Setting.common + SuiteRun.declared).help)
  }
}
