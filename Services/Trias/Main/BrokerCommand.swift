// `trias broker`.

import ArgumentParser
import Contracts
import Foundation
import Host
import KafkaLog
import MessageLog
import Operations

struct Broker: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The embedded broker as a process of its own, with all topics; it keeps what it has in memory.",
    discussion: "Prints what its clients need as lines for the environment, then runs until SIGTERM or SIGINT.")

  @Flag(
    help: .init("Fails as it is told, line by line on the standard input: for tests of faults.", visibility: .hidden))
  var obey = false

  func run() throws {
    // Before anything that takes its time, so that whoever asks it to end early is heard.
    let ending = Ending()
    let settings = SettingsArguments.resolve()
    let plans = TopicCheck.plans(partitions: settings.integer(.partitions))
    let broker = try EmbeddedBroker(topics: plans.map { $0.prefixed(settings.text(.topicPrefix)) })
    // In one piece: who waits for the last line has the others.
    print(
      "TRIAS_KAFKA_SESSION_TIMEOUT_MS=\(EmbeddedBroker.sessionTimeoutMs)\n"
        + "KAFKA_BOOTSTRAP_SERVERS=\(broker.bootstrapServers)")
    fflush(nil)
    if obey { Thread.detachNewThread { Orders(broker: broker).take() } }
    ending.wait()
    broker.stop()
  }
}

/// What a test may tell the broker to suffer from:
///
///     down                  ends all connections and takes no new ones
///     up                    takes connections again
///     delay 200             answers everything so many milliseconds late; 0: at once
///     fail produce 7 20     the next twenty requests of that kind fail with Kafka's code 7; -195: by a cut connection
///     calm                  no request fails any more
private struct Orders {
  let broker: EmbeddedBroker

  private static let requests: [String: EmbeddedBroker.Request] = [
    "produce": .produce, "fetch": .fetch, "metadata": .metadata, "commit": .offsetCommit, "heartbeat": .heartbeat,
    "offsets": .listOffsets, "committed": .offsetFetch, "producer": .initProducerId,
  ]

  func take() {
    while let line = readLine() {
      do {
        try obey(line.split(separator: " ").map(String.init))
        print("done: \(line)")
      } catch {
        print("not done: \(line): \(error)")
      }
      fflush(nil)
    }
  }

  private func obey(_ words: [String]) throws {
    switch (words.first, words.count) {
    case ("down", 1): try broker.setDown()
    case ("up", 1): try broker.setUp()
    case ("delay", 2): try broker.setRoundTrip(ms: try number(words[1]))
    case ("calm", 1): for request in Self.requests.values { try broker.clearErrors(request) }
    case ("fail", 4):
      guard let request = Self.requests[words[1]] else { throw ValidationError("no such request") }
      try broker.pushErrors(request, Array(repeating: Int32(try number(words[2])), count: try number(words[3])))
    default: throw ValidationError("no such order")
    }
  }

  private func number(_ text: String) throws -> Int {
    guard let number = Int(text) else { throw ValidationError("takes a number, not \(text)") }
    return number
  }
}
