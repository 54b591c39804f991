// The command line: what people who run the suite do with it. Each subcommand is a file of its own.

import ArgumentParser
import Contracts
import Foundation
import Host
import MessageLog
import Replay

@main
struct Main {
  static func main() async {
    let arguments = SettingsArguments(Array(CommandLine.arguments.dropFirst()))
    await SettingsArguments.$current.withValue(arguments.settings) { await run(arguments.rest) }
  }

  /// As for every executable of the suite: 0 clean, 1 what was asked for can't be meant, 2 it failed.
  private static func run(_ arguments: [String]) async {
    do {
      var command = try Trias.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      // A command that has said itself what is wrong.
      if let said = error as? ExitCode { exit(said.rawValue) }
      let code = Trias.exitCode(for: error)
      let text = Trias.fullMessage(for: error)
      if code == .success {
        print(text)
        exit(Host.Exit.clean.rawValue)
      }
      if case LogError.unavailable = error {
        Output.complain("trias: \(error); \(SettingsArguments.resolve().brokers)")
      } else if !text.isEmpty {
        Output.complain(error is LocalError ? "trias: \(error)" : text)
      }
      let isMistake =
        code == .validationFailure || error is SettingsError || (error as? Failure)?.isMistake == true
      exit(isMistake ? Host.Exit.badSettings.rawValue : Host.Exit.fatal.rawValue)
    }
  }
}

struct Trias: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trias", abstract: "Real-time next best actions on Kafka.",
    discussion: """
      Where the brokers are, the number of partitions and the secret are settings as for every executable: \
      --bootstrap-servers, --partitions and --secret anywhere on the line, TRIAS_* variables, or a file named by \
      --settings. `trias settings` lists them all.
      """,
    version: "trias \(Build.version)",
    subcommands: [
      RunCommand.self, Broker.self, TopicsCommand.self, CatalogCommand.self, ReplayCommand.self, ExplainCommand.self,
      IdentityCommand.self, DeadLetters.self,
      DoctorCommand.self, BenchCommand.self, SettingsCommand.self,
    ])
}

/// An error that speaks for itself, to be shown without the usage.
protocol LocalError: Error, CustomStringConvertible {}

extension ReplayError: LocalError {}
extension LogError: LocalError {}
extension SettingsError: LocalError {}

struct Failure: LocalError {
  let description: String
  /// It can't be meant, rather than done.
  let isMistake: Bool

  init(_ description: String, isMistake: Bool = false) {
    self.description = description
    self.isMistake = isMistake
  }
}
