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
      abstract: "Says which topics are missing, have other partitions than the setting, or are cleaned up otherwise.")

    func run() throws {
      let connection = try Connection()
      try TopicsCommand.tell(try TopicCheck.check(connection.log, partitions: connection.partitions))
    }
  }

  private static func tell(_ check: TopicCheck) throws {
    for finding in check.missing { Output.complain("\(finding)") }
    for mistake in check.mistakes { Output.complain("\(mistake)") }
    for deviation in check.harmful { Output.complain("\(deviation)") }
    for bound in check.bounds { Output.complain(bound) }
    for deviation in check.harmless { print("\(deviation), which keeps more than is needed") }
    if check.isGood {
      if let unseen = check.unseen { print("how topics are cleaned up can't be looked at: \(unseen)") }
      return print("all \(check.right) topics are as they should be")
    }
    if !check.wrong.isEmpty {
      throw Failure(
        "partitions are never added to a keyed topic: set partitions (TRIAS_PARTITIONS) to what the topics have")
    }
    throw Failure(
      check.missing.isEmpty
        ? "records would be lost: set the topics' configurations at the broker (kafka-configs --alter) to what they should be"
        : "topics are missing: `trias topics apply` creates them")
  }
}
