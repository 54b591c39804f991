// `trias dlq`: what could not be read, and sending it again once it is mended.

import ArgumentParser
import Contracts
import Operations

struct DeadLetters: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dlq", abstract: "Records that could not be taken: shows them, and sends them in again.",
    subcommands: [List.self, Replay.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows the last dead letters with their reasons.")

    @Argument(help: "A group, as profile-aggregator.facets; all groups where there is none.")
    var group: String?
    @Option(help: "How many of each group.")
    var limit = 20
    @Flag(help: "Shows the records' values too.")
    var values = false

    func run() throws {
      let connection = try Connection()
      let groups = try group.map { [try DeadLetters.group($0)] } ?? ConsumerGroup.allCases
      var rows = [["GROUP", "PLACE", "TIME", "CAME FROM", "TYPE", "ID", "TRIES", "REASON"]]
      for group in groups {
        for letter in try DeadLetterBox(group, log: connection.log).letters(last: max(1, limit)) {
          let headers = letter.record.headers
          rows.append([
            group.rawValue, letter.place, Timestamps.text(letter.record.timestampMs),
            "\(letter.topic)/\(letter.partition)/\(letter.offset)", headers.string("ce_type") ?? "-",
            headers.string("ce_id") ?? "-", String(letter.attempts),
            letter.isRefusedCommand ? "refused: \(letter.refusal.words)" : "\(letter.refusal)",
          ])
          if values { rows[rows.count - 1][7] += "\n  \(String(decoding: letter.record.value ?? [], as: UTF8.self))" }
        }
      }
      print(rows.count == 1 ? "there are no dead letters" : Output.table(rows))
    }
  }

  struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sends a group's dead letters to where they came from: those that were not sent before.")

    @Argument(help: "The group, as profile-aggregator.facets.")
    var group: String
    @Flag(help: "Also those that were sent before.")
    var all = false
    @Option(help: "Only the one at that place, <partition>/<offset> as the list shows it.")
    var only: String?
    @Flag(help: "Says what would be sent, and sends nothing.")
    var dryRun = false

    func validate() throws {
      guard let only else { return }
      let parts = only.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ Int64($0) != nil }) else {
        throw ValidationError("--only takes <partition>/<offset>, as the list shows it, not \(only)")
      }
    }

    func run() throws {
      let group = try DeadLetters.group(group)
      let replayed = try DeadLetterBox(group, log: Connection().log).replay(all: all, only: only, dryRun: dryRun)
      if let only, replayed.sent == 0, replayed.left.isEmpty {
        throw Failure("there is no dead letter of \(group.rawValue) at \(only)")
      }
      for left in replayed.left { Output.complain("left \(left)") }
      let before = replayed.sentBefore
      print(
        "\(dryRun ? "would send" : "sent") \(replayed.sent) dead letters, left \(replayed.left.count)"
          + (before > 0 ? "; \(before) were sent before (--all sends them again)" : ""))
    }
  }

  private static func group(_ name: String) throws -> ConsumerGroup {
    guard let group = ConsumerGroup(rawValue: name) else {
      let names = ConsumerGroup.allCases.map(\.rawValue)
      throw Failure(
        "there are no dead letters of \(name)\(Suggestion.text(for: name, among: names)); groups that have some, or "
          + "may, are \(names.joined(separator: ", "))", isMistake: true)
    }
    return group
  }
}
