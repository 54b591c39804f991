// `trias replay`.

import ArgumentParser
import Foundation
import Host
import Operations
import Replay

extension Dataset: ExpressibleByArgument {}
extension ReplayTimes: ExpressibleByArgument {}

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Drives the suite from the log of real customers.",
    discussion: """
      Every row makes the same events each time, so what was replayed before is recognised. Ends when the services have \
      finished with the last event, with a table of what became of all of them; exits 2 where events are missing from it.
      """)

  @Argument(help: "Whose log it is.")
  var dataset: Dataset
  @Argument(help: "The file, plain or compressed with gzip.", completion: .file())
  var file: String
  @Option(help: "full: as fast as the services take it; a number: so many times as fast as it happened.")
  var speed = "full"
  @Option(
    help: "Which time events have; contacts happen when they are sent, facts and sessions when they were recorded.")
  var times: ReplayTimes?
  @Option(help: "At most that many rows.")
  var limit: Int64?
  @Option(help: "The channel, instead of the dataset's own.")
  var channel: String?
  @Option(help: "At most that many events are sent beyond what the services have finished with.")
  var ahead: Int64 = 2_000

  func validate() throws {
    guard speed == "full" || Double(speed).map({ $0 > 0 && $0.isFinite }) == true else {
      throw ValidationError("--speed takes full or a number above 0")
    }
    guard limit ?? 1 > 0 else { throw ValidationError("--limit takes a number above 0") }
    guard ahead > 0 else { throw ValidationError("--ahead takes a number above 0") }
  }

  func run() throws {
    let connection = try Connection()
    var options = ReplayOptions(dataset: dataset, path: file)
    options.speed = Double(speed)
    if let times { options.times = times }
    options.limit = limit
    options.channel = channel
    options.aheadMax = ahead
    let display = ReplayDisplay()
    let replay = Replay(options, log: connection.log, secret: connection.secret, groups: connection.groups) {
      display.show($0)
    }
    // Asked once more, it doesn't wait for the services either.
    let interruption = Interruption([SIGINT, SIGTERM]) {
      if replay.isStopping { replay.abandon() } else { replay.stop() }
    }
    defer { interruption.cancel() }
    defer { display.end() }
    guard let result = try replay.run() else { return }
    display.end()
    print(result.table)
    if !result.isBalanced { throw ExitCode(Host.Exit.fatal.rawValue) }
  }
}
