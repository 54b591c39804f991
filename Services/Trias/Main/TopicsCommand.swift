// `trias topics`: whether a cluster has the topics of the suite, and creating them.

import ArgumentParser
import Operations

struct TopicsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topics", abstract: "The suite's topics on the broker.", subcommands: [Apply.self, Check.self])

  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates the topics that are missing; the others stay as they are.")

    func run() throws {
      let connection = try Connection()
      let (created, check) = try TopicCheck.apply(connection.log, partitions: connection.partitions)
      for name in created { print("created \(name)") }
      try TopicsCommand.tell(check)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says which topics are missing or have another number of partitions than the setting.")

    func run() throws {
      let connection = try Connection()
      try TopicsCommand.tell(try TopicCheck.check(connection.log, partitions: connection.partitions))
    }
  }

  private static func tell(_ check: TopicCheck) throws {
    for finding in check.missing { Output.complain("\(finding)") }
    for mistake in check.mistakes { Output.complain("\(mistake)") }
    if check.isGood { return print("all \(check.right) topics are as they should be") }
    throw Failure(
      check.wrong.isEmpty
        ? "topics are missing: `trias topics apply` creates them"
        : "partitions are never added to a keyed topic: set partitions (TRIAS_PARTITIONS) to what the topics have")
  }
}
