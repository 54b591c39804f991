// `trias broker`.

import ArgumentParser
import Contracts
import Foundation
import Host
import KafkaLog
import Operations

struct Broker: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The embedded broker as a process of its own, with all topics; it keeps what it has in memory.",
    discussion: "Prints its address as a line for the environment, then runs until SIGTERM or SIGINT.")

  func run() throws {
    let settings = SettingsArguments.resolve()
    let broker = try EmbeddedBroker(topics: TopicCheck.plans(partitions: settings.integer(.partitions)))
    print("KAFKA_BOOTSTRAP_SERVERS=\(broker.bootstrapServers)")
    fflush(nil)
    Interruption.wait(for: [SIGTERM, SIGINT])
    broker.stop()
  }
}
