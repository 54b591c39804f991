// One instance of the profile-aggregator in this process, on a live socket over a log in memory, with what it has logged.

import Contracts
import Deployment
import Foundation
import Logging
import MemoryLog
import MessageLog
import ProfileAggregator
import Streams
import Synchronization
import TestKit

@testable import Host
@testable import ProfileReads

func memoryLog(partitions: Int = Instance.partitions) throws -> MemoryLog {
  let log = MemoryLog { wallClockMs() }
  try log.createTopics(Topics.all.map { TopicPlan($0, domainPartitions: partitions) })
  return log
}

final class Instance: Sendable {
  static let partitions = 4
  static let token = "t0ken"
  static let secret = "the-secret-of-these-tests"

  let app: HostApp
  let metrics = MetricsRegistry()
  private let running: Task<Void, any Error>
  private let said = Lines()

  static func settings(token: String = Instance.token, port: Int = 0) -> Settings {
    Settings.defaults.with(.httpHost, "127.0.0.1").with(.httpPort, "\(port)").with(.opsPort, "0")
      .with(.partitions, "\(partitions)").with(.staffToken, token).with(.secret, secret)
      .with(.commitIntervalMs, "10")
  }

  init(_ log: MemoryLog, settings: Settings = Instance.settings()) async throws {
    let said = said
    let sink = LogSink { line in said.all.withLock { $0.append(line) } }
    let app = try HostApp(
      [ProfileAggregator.shell], settings: settings, log: log,
      logger: Logger(label: "test") { _ in
        LineLogHandler(label: "profile-aggregator", level: .info, format: .json, sink: sink)
      }, metrics: metrics)
    self.app = app
    running = Task { try await app.run() }
    try await eventually("it is ready") { app.health.ready().ok }
  }

  func stop() async throws {
    await app.stop()
    try await running.value
  }

  func ask(_ path: String, _ headers: [String: String] = ["Authorization": "Bearer \(token)"]) async -> Answered {
    let url = URL(string: "http://127.0.0.1:\(await app.http.value())\(path)")!
    return await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: Answered(WebClient().get(url, headers: headers))) }.start()
    }
  }

  /// Until it is known with so many events; then the view.
  func knows(_ identifier: Identifier, events: Int, identifiers: Int = 1) async throws -> Answered {
    var last: Answered?
    try await eventually("\(identifier) is known: \(last.map { "\($0)" } ?? "")") {
      let answer = await ask("/v1/profiles?identifier=\(identifier.key)")
      last = answer
      let counted = (answer.json["counts"] as? [[String: Any]] ?? []).reduce(0) { $0 + ($1["count"] as? Int ?? 0) }
      return counted == events && answer.identifiers.count == identifiers
    }
    return last!
  }

  /// The lines of the log that say who looked at whom.
  var accesses: [[String: String]] {
    said.all.withLock { $0 }.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String] }
      .filter { $0["message"] == "profile read" }
  }

  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }
}

extension HostContext {
  /// Of a process that owns nothing.
  static func bystander(_ log: any MessageLog) -> HostContext {
    HostContext(
      executable: .profileAggregator, settings: Instance.settings(), log: log,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, telemetry: NoTelemetry(),
      metrics: MetricsRegistry(), health: Health(), http: BoundPort(), ops: BoundPort(), assignment: .group,
      clock: { wallClockMs() })
  }
}
