// The command line as people use it: the built executable, on the embedded broker of the test.

import Contracts
import Foundation
import Host
import KafkaLog
import LeadManager
import MessageLog
import NbaScorer
import ProfileAggregator
import Streams

/// A broker with every topic, and `trias` run against it.
final class Deployment {
  static let partitions = 2
  static let secret = "the-secret-of-the-command-tests"

  let broker: EmbeddedBroker
  let log: KafkaLog
  private var runners: [any ThreadService] = []
  private var threads: [Thread] = []

  init(partitions: Int = Deployment.partitions, without missing: Set<String> = []) throws {
    broker = try EmbeddedBroker(
      topics: Topics.all.filter { !missing.contains($0.name) }.map {
        TopicPlan($0, domainPartitions: partitions)
      })
    log = try KafkaLog(KafkaSettings(bootstrapServers: broker.bootstrapServers, clientId: "commands"), broker: broker)
  }

  /// Runs the processors of the suite in this process, until `stop`.
  func startServices() {
    var settings = RuntimeSettings(
      domainPartitions: Self.partitions, assignment: .all, instance: "commands", clock: wallClockMs)
    settings.commitIntervalMs = 50
    let services: [any ProcessorService.Type] = [ProfileAggregator.self, NbaScorer.self, LeadManager.self]
    runners = services.flatMap { $0.processors(ServiceOptions(secret: Self.secret)) }.map {
      $0.makeRunner(log, settings, NoTelemetry())
    }
    threads = runners.map { runner in
      let thread = Thread { try? runner.run() }
      thread.start()
      return thread
    }
  }

  func stop() {
    for runner in runners { runner.stop() }
    while threads.contains(where: { !$0.isFinished }) { Thread.sleep(forTimeInterval: 0.01) }
    broker.stop()
  }

  func publish(_ topic: Topic, key: String, _ headers: Headers, _ data: [UInt8]) throws {
    let count = topic.partitionCount(domainPartitions: Self.partitions)
    let producer = try log.makeProducer(name: "commands.test")
    defer { producer.close(timeoutMs: 1_000) }
    _ = try producer.append(
      [
        OutgoingRecord(
          topic: topic.name, partition: Partitioner.partition(of: key, count: count), key: Array(key.utf8), value: data,
          headers: headers)
      ], timeoutMs: 20_000)
  }

  struct Answer: Sendable {
    let code: Int32
    let output: String
  }

  var environment: [String: String] {
    [
      "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers, "TRIAS_PARTITIONS": "\(Self.partitions)",
      "TRIAS_SECRET": Self.secret,
    ]
  }

  func trias(_ arguments: String..., environment more: [String: String] = [:]) async throws -> Answer {
    try await Trias.run(arguments, environment.merging(more) { $1 })
  }
}

enum Trias {
  /// Output and errors as they came, in one text. Waits on a thread of its own: tests share as many as there are cores.
  static func run(
    _ arguments: [String], _ environment: [String: String], executable: String = "trias"
  ) async throws -> Deployment.Answer {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try runHere(executable, arguments, environment) }) }
    }
  }

  private static func runHere(
    _ executable: String, _ arguments: [String], _ environment: [String: String]
  ) throws -> Deployment.Answer {
    let file = FileManager.default.temporaryDirectory.appending(path: "trias-command-\(UUID().uuidString)")
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let handle = try FileHandle(forWritingTo: file)
    let process = Process()
    process.executableURL = folder.appending(path: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("TRIAS_") && $0.key != "KAFKA_BOOTSTRAP_SERVERS"
    }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return Deployment.Answer(
      code: process.terminationStatus, output: try String(contentsOf: file, encoding: .utf8))
  }

  /// The executables lie beside the test bundle.
  private static var folder: URL {
    Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL.deletingLastPathComponent()
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }
}
