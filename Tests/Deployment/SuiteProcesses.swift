import Contracts
import Foundation
import KafkaLog
import MessageLog
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The real executables as processes of their own, on one `trias broker`, or on the broker that
/// `KAFKA_BOOTSTRAP_SERVERS` names. An instance is named after its executable, a second one `nba-scorer#2`.
package final class SuiteProcesses {
  package struct Failure: Error, CustomStringConvertible {
    package var description: String

    /// Whoever gives up waiting says how to wait for the same again.
    package init(description: String) { self.description = "\(description) (SEED=\(Seed.ofThisRun))" }
  }

  package static let services = ["profile-aggregator", "nba-scorer", "lead-manager", "web-adapter", "workbench"]
  package static let secret = "the-secret-of-the-end-to-end-tests"
  package static let staffToken = "staff"
  package static let sourceKey = "key-of-the-fault-tests"

  /// What the tests of faults have in common: who fell silent is given up after six seconds, the least that Apache Kafka
  /// allows. The models learn; what they learn changes no order of the scenario's catalogue. Only chance would, hence no
  /// sampling.
  private static let common = [
    "TRIAS_COMMIT_INTERVAL_MS": "200", "TRIAS_KAFKA_SESSION_TIMEOUT_MS": "6000",
    "TRIAS_KAFKA_HEARTBEAT_INTERVAL_MS": "500", "TRIAS_KAFKA_MESSAGE_TIMEOUT_MS": "5000",
  ]
  private static let always = ["TRIAS_SECRET": secret, "TRIAS_LOG_FORMAT": "text"]
  private static let own = [
    // Longer than any run takes, so that only those are given up whose script says so.
    "profile-aggregator": [
      "TRIAS_CONTACT_IDLE_MINUTES": "\(Scenario.contactIdleMinutes)", "TRIAS_GROUP_SIZE_MIN": "5",
    ],
    "nba-scorer": ["TRIAS_SAMPLING": "false"],
    "web-adapter": ["TRIAS_STAFF_TOKEN": staffToken, "TRIAS_SOURCE_KEYS": "tests=\(sourceKey)"],
    "workbench": ["TRIAS_STAFF_TOKEN": staffToken],
  ]

  package let bootstrap: String
  package let log: any MessageLog
  package let partitions: Int
  /// Where each process's output goes, for reading after a failure.
  package let folder: URL
  /// Before the names of all topics and groups.
  let topicPrefix: String
  /// Whether the broker is one of ours, that does as it is told.
  package var ownsBroker: Bool { processes["broker"] != nil }
  private var processes: [String: Process] = [:]
  private var opsPorts: [String: Int] = [:]
  private var httpPorts: [String: Int] = [:]
  private let commands = Pipe()
  private let environment: [String: String]
  private var random = SeededRandom(seed: Seed.ofThisRun)

  /// `asShipped`: with the time-outs and intervals that a deployment has that sets none.
  package init(asShipped: Bool = false, partitions: Int = 4) throws {
    self.partitions = partitions
    folder = FileManager.default.temporaryDirectory.appending(path: "trias-e2e-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Also for whoever is ended from outside, by a time limit.
    print("SEED=\(Seed.ofThisRun), processes in \(folder.path)")
    fflush(nil)
    var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TRIAS_") }
    let external = environment["KAFKA_BOOTSTRAP_SERVERS"]
    environment.merge(Self.always) { $1 }
    if !asShipped { environment.merge(Self.common) { $1 } }
    environment["TRIAS_PARTITIONS"] = String(partitions)
    // A broker that lasts has the topics of other runs, and perhaps of somebody's deployment.
    let prefix = "trias-test-\(UUID().uuidString.prefix(8)).".lowercased()
    environment["TRIAS_TOPIC_PREFIX"] = prefix
    topicPrefix = prefix
    if let external {
      bootstrap = external
    } else {
      var quiet = environment
      for name in quiet.keys where name.hasPrefix("TRIAS_KAFKA_") { quiet[name] = nil }
      let output = folder.appending(path: "broker.log")
      processes["broker"] = try Self.launch("trias", ["broker", "--obey"], quiet, output, input: commands)
      let printed = try Self.wait(30, "the broker's address") {
        let printed = Self.assignments((try? String(contentsOf: output, encoding: .utf8)) ?? "")
        return printed["KAFKA_BOOTSTRAP_SERVERS"] == nil ? nil : printed
      }
      bootstrap = printed["KAFKA_BOOTSTRAP_SERVERS"]!
      environment.merge(printed) { set, _ in set }
    }
    environment["KAFKA_BOOTSTRAP_SERVERS"] = bootstrap
    self.environment = environment
    log = PrefixedLog(
      try KafkaLog(KafkaSettings(bootstrapServers: bootstrap, clientId: "end-to-end")), prefix: prefix)
    if external != nil { try run("trias", ["topics", "apply"]) }
  }

  /// What a text sets for the environment, a line each.
  private static func assignments(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].allSatisfy({ $0.isUppercase || $0 == "_" }) else { continue }
      values[String(parts[0])] = String(parts[1])
    }
    return values
  }

  deinit {
    for process in processes.values where process.isRunning { send(SIGKILL, to: process.processIdentifier) }
  }

  // MARK: Processes

  /// `settings` are environment variables.
  package func start(_ name: String, _ settings: [String: String] = [:], arguments: [String] = []) throws {
    let executable = String(name.prefix { $0 != "#" })
    var environment = environment.merging(Self.own[executable] ?? [:]) { $1 }
    // Who was started before is where he was: his clients come back to the same address.
    opsPorts[name] = opsPorts[name] ?? Self.freePort()
    httpPorts[name] = httpPorts[name] ?? Self.freePort()
    environment["TRIAS_OPS_PORT"] = String(opsPorts[name]!)
    environment["TRIAS_HTTP_PORT"] = String(httpPorts[name]!)
    environment.merge(settings) { $1 }
    processes[name] = try Self.launch(executable, arguments, environment, folder.appending(path: "\(name).log"))
  }

  /// All services, in any order, with the scenario's catalogue.
  package func startAll(_ settings: [String: String] = [:], except absent: String? = nil) throws {
    let services = Self.services.filter { $0 != absent }
    for service in services.shuffled(using: &random) { try start(service, settings) }
    let catalog = folder.appending(path: "catalog.yaml")
    try Scenario.catalog.write(to: catalog, atomically: true, encoding: .utf8)
    try run("trias", ["catalog", "apply", catalog.path])
    for service in services { try waitUntilReady(service) }
  }

  package func isRunning(_ name: String) -> Bool { processes[name]?.isRunning ?? false }

  package func http(_ name: String, _ path: String) -> URL {
    URL(string: "http://127.0.0.1:\(httpPorts[name]!)\(path)")!
  }

  package func ops(_ name: String, _ path: String) -> URL { URL(string: "http://127.0.0.1:\(opsPorts[name]!)\(path)")! }

  package func isReady(_ name: String) -> Bool { (try? Data(contentsOf: ops(name, "/readyz"))) != nil }

  /// Waits until its `/readyz` says so.
  package func waitUntilReady(_ name: String, seconds: Double = 120) throws {
    _ = try Self.wait(seconds, "\(name) to be ready (see \(folder.path))") { isReady(name) ? true : nil }
  }

  /// As by the kernel's out-of-memory killer: no handler runs.
  package func kill(_ name: String) {
    guard let process = processes[name] else { return }
    send(SIGKILL, to: process.processIdentifier)
    process.waitUntilExit()
  }

  /// Stops it where it stands, as a virtual machine that is moved; it knows nothing of the time that passes.
  package func freeze(_ name: String) { send(SIGSTOP, to: processes[name]!.processIdentifier) }

  package func thaw(_ name: String) { send(SIGCONT, to: processes[name]!.processIdentifier) }

  package func isFrozen(_ name: String) -> Bool {
    guard let process = processes[name] else { return false }
    #if os(Linux)
      // pid (name) state …
      let stat = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
      return stat.split(separator: ")").last?.hasPrefix(" T") ?? false
    #else
      let ps = Process()
      let output = Pipe()
      ps.executableURL = URL(fileURLWithPath: "/bin/ps")
      ps.arguments = ["-o", "state=", "-p", "\(process.processIdentifier)"]
      ps.standardOutput = output
      try? ps.run()
      return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).hasPrefix("T")
    #endif
  }

  /// As by an orchestrator; returns the exit code.
  package func terminate(_ name: String) -> Int32 {
    ask(name)
    return ended(name)
  }

  /// SIGTERM, without waiting.
  package func ask(_ name: String) { processes[name]?.terminate() }

  /// Waits for its end; returns the exit code.
  package func ended(_ name: String) -> Int32 {
    guard let process = processes[name] else { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// What it holds of the machine's memory; 0 where /proc doesn't say.
  package func residentKiB(_ name: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(processId(name))/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }

  package func processId(_ name: String) -> Int32 { processes[name]!.processIdentifier }

  /// Tells `trias broker` to fail in some way; see BrokerCommand.
  package func tellBroker(_ command: String) throws {
    let told = answers(to: command)
    try commands.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8))
    let answer = try Self.wait(30, "the broker to \(command)") {
      let answers = answers(to: command)
      return answers.count > told.count ? answers.last : nil
    }
    guard answer.hasPrefix("done") else { throw Failure(description: "the broker: \(answer)") }
  }

  private func answers(to command: String) -> [Substring] {
    output(of: "broker").split(separator: "\n").filter {
      $0 == "done: \(command)" || $0.hasPrefix("not done: \(command):")
    }
  }

  /// What a service says of itself: the sum over a metric's labels; nil where it doesn't.
  package func metric(_ name: String, of service: String) -> Double? {
    let metrics = String(decoding: WebClient().get(ops(service, "/metrics")).body, as: UTF8.self)
    let values = metrics.split(separator: "\n").filter { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(name){") }
      .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    return values.isEmpty ? nil : values.reduce(0, +)
  }

  /// What a process has printed so far.
  package func output(of name: String) -> String {
    (try? String(contentsOf: folder.appending(path: "\(name).log"), encoding: .utf8)) ?? ""
  }

  /// Runs a command to its end and returns what it printed; throws when it fails.
  @discardableResult
  package func run(_ name: String, _ arguments: [String]) throws -> String {
    let output = folder.appending(path: "\(name)-\(arguments.first ?? "")-\(UUID().uuidString.prefix(4)).log")
    let process = try Self.launch(name, arguments, environment, output)
    process.waitUntilExit()
    let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
    guard process.terminationStatus == 0 else {
      throw Failure(
        description: "\(name) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus): \(text)")
    }
    return text
  }

  private static func launch(
    _ name: String, _ arguments: [String], _ environment: [String: String], _ output: URL, input: Pipe? = nil
  ) throws -> Process {
    if !FileManager.default.fileExists(atPath: output.path) {
      try Data().write(to: output)
    }
    let handle = try FileHandle(forWritingTo: output)
    try handle.seekToEnd()
    let process = Process()
    process.executableURL = binaries.appending(path: name)
    process.arguments = arguments
    process.environment = environment
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = input ?? FileHandle.nullDevice
    try process.run()
    return process
  }

  /// The executables lie beside the test bundle.
  private static var binaries: URL {
    if let folder = ProcessInfo.processInfo.environment["TRIAS_BINARIES"] { return URL(fileURLWithPath: folder) }
    return Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL.deletingLastPathComponent()
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }

  // MARK: Waiting and asking

  package static func wait<T>(_ seconds: Double, _ what: @autoclosure () -> String, _ condition: () throws -> T?) throws
    -> T
  {
    let deadline = Date().addingTimeInterval(seconds)
    while true {
      if let value = try condition() { return value }
      guard Date() < deadline else { throw Failure(description: "waited \(Int(seconds)) s for \(what())") }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// Below the ports that systems hand out by themselves: one of those could be a connection's by the time that a process
  /// is started, or started again, on it. Not from the seed: two runs with the same one would want the same ports.
  package static func freePort() -> Int {
    #if os(Linux)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    while true {
      let port = Int.random(in: 10_000..<32_000)
      let socket = socket(AF_INET, stream, 0)
      defer { close(socket) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      let isFree = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      // Those that were given away before may not be listened on yet.
      if isFree, given.withLock({ $0.insert(port).inserted }) { return port }
    }
  }

  private static let given = Mutex<Set<Int>>([])
}

private func send(_ signal: Int32, to process: Int32) { _ = kill(process, signal) }
