import Deployment
import Foundation
import Testing

@Suite(
  "A clock that jumps", .serialized,
  .enabled(if: FakeTime.isExpected, "there is no libfaketime here: install Debian's libfaketime"))
struct ClockTests {
  /// The wall clock of all services goes an hour forward and back under load; nobody ends, stands still or forgets. That each
  /// of them has seen it is in its metrics.
  @Test(.timeLimit(.minutes(10)))
  func anHourForwardAndBackChangesNothing() throws {
    let deployment = try SuiteProcesses()
    let clock = deployment.folder.appending(path: "clock")
    try FakeTime.set("+0", clock)
    try deployment.startAll(FakeTime.environment(clock))
    let processes = SuiteProcesses.services.map { deployment.processId($0) }
    let scenario = try Scenario(deployment)
    scenario.begin(4)
    try scenario.finish()
    for offset in [3_600, 0, -3_600, 0] {
      scenario.begin(3)
      scenario.goOn(seconds: 0.3)
      try FakeTime.set(offset < 0 ? "\(offset)" : "+\(offset)", clock)
      for service in SuiteProcesses.services {
        _ = try SuiteProcesses.wait(60, "\(service) to see its clock \(offset) s off") {
          scenario.goOn()
          let seen = FakeTime.seconds(of: service, deployment)
          return seen.map { abs($0 - Double(offset)) < 60 } == true ? true : nil
        }
      }
      let contact = scenario.visit()
      _ = try SuiteProcesses.wait(60, "a list after the clock went to \(offset) s") {
        scenario.goOn()
        return scenario.hasList(contact) ? true : nil
      }
      scenario.begin(3)
      scenario.goOn(seconds: 1)
    }
    try scenario.finish()
    try Verdict(deployment: deployment, scenario: scenario).expect()
    for (service, process) in zip(SuiteProcesses.services, processes) {
      #expect(deployment.isRunning(service) && deployment.processId(service) == process, "\(service) has crashed")
      #expect(deployment.isReady(service))
      #expect(deployment.terminate(service) == 0)
    }
  }
}

/// libfaketime: what a process takes for the wall clock, from a file that may change while it runs.
enum FakeTime {
  static var library: String? {
    #if os(Linux)
      ["x86_64-linux-gnu", "aarch64-linux-gnu"].map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }.first {
        FileManager.default.fileExists(atPath: $0)
      }
    #else
      nil
    #endif
  }

  /// False where the test may be skipped: there is none, and nobody insists (as `CI=true` does).
  static var isExpected: Bool {
    #if os(Linux)
      library != nil || ProcessInfo.processInfo.environment["CI"] == "true"
    #else
      false
    #endif
  }

  static func environment(_ clock: URL) -> [String: String] {
    [
      "LD_PRELOAD": library ?? "", "FAKETIME_TIMESTAMP_FILE": clock.path, "FAKETIME_NO_CACHE": "1",
      "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
    ]
  }

  /// How far a service's clock is ahead of ours, by its own word.
  static func seconds(of service: String, _ deployment: SuiteProcesses) -> Double? {
    deployment.metric("trias_clock_seconds", of: service).map { $0 - Date().timeIntervalSince1970 }
  }

  /// Replaced whole, so that nobody reads half of it.
  static func set(_ offset: String, _ clock: URL) throws {
    try Data("\(offset)\n".utf8).write(to: clock, options: .atomic)
  }
}
