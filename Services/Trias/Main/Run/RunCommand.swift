import ArgumentParser
import Contracts
import Host

/// `trias run`: the whole suite in one process.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs the whole suite in one process, on the embedded broker or on yours.",
    discussion: "`trias run --help` lists every setting.", helpNames: [])

  @Argument(parsing: .captureForPassthrough, help: "Settings, as every executable takes them.")
  var settings: [String] = []

  func run() async throws {
    let code = await SuiteRun.main(SettingsArguments.current + settings)
    throw ExitCode(code)
  }
}
