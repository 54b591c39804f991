import Contracts
import Foundation
import KafkaLog
import MessageLog

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The real executables as processes of their own, on one `trias broker`, or on the broker that
/// `KAFKA_BOOTSTRAP_SERVERS` names.
final class SuiteProcesses {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  let bootstrap: String
  let log: KafkaLog
  let partitions = 4
  let secret = "the-secret-of-the-end-to-end-tests"
  /// Where each process's output goes, for reading after a failure.
  let folder: URL
  private var processes: [String: Process] = [:]
  private var opsPorts: [String: Int] = [:]
  private let environment: [String: String]

  private let settings: [String: [String: String]]

  /// `settings` are those of single services, as environment variables.
  init(_ settings: [String: [String: String]] = [:]) throws {
    self.settings = settings
    folder = FileManager.default.temporaryDirectory.appending(path: "trias-e2e-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TRIAS_") }
    let external = environment["KAFKA_BOOTSTRAP_SERVERS"]
    environment["TRIAS_PARTITIONS"] = String(partitions)
    environment["TRIAS_SECRET"] = secret
    environment["TRIAS_LOG_FORMAT"] = "text"
    environment["TRIAS_COMMIT_INTERVAL_MS"] = "200"
    var broker: Process?
    if let external {
      bootstrap = external
    } else {
      let output = folder.appending(path: "broker.log")
      broker = try Self.launch("trias", ["broker"], environment, output)
      bootstrap = try Self.wait(30, "the broker's address") {
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("KAFKA_BOOTSTRAP_SERVERS=") }
          .map { String($0.dropFirst("KAFKA_BOOTSTRAP_SERVERS=".count)) }
      }
    }
    environment["KAFKA_BOOTSTRAP_SERVERS"] = bootstrap
    self.environment = environment
    log = try KafkaLog(KafkaSettings(bootstrapServers: bootstrap, clientId: "end-to-end"))
    if let broker { processes["broker"] = broker } else { try run("trias", ["topics", "apply"]) }
  }

  deinit {
    for process in processes.values where process.isRunning { send(SIGKILL, to: process.processIdentifier) }
  }

  // MARK: Processes

  func start(_ name: String, _ arguments: [String] = []) throws {
    var environment = environment.merging(settings[name] ?? [:]) { $1 }
    let port = Self.freePort()
    environment["TRIAS_OPS_PORT"] = String(port)
    environment["TRIAS_HTTP_PORT"] = "0"
    opsPorts[name] = port
    processes[name] = try Self.launch(name, arguments, environment, folder.appending(path: "\(name).log"))
  }

  /// Waits until its `/readyz` says so.
  func waitUntilReady(_ name: String, seconds: Double = 120) throws {
    let url = URL(string: "http://127.0.0.1:\(opsPorts[name]!)/readyz")!
    _ = try Self.wait(seconds, "\(name) to be ready (see \(folder.path))") {
      (try? Data(contentsOf: url)) == nil ? nil : true
    }
  }

  /// As by the kernel's out-of-memory killer: no handler runs.
  func kill(_ name: String) {
    guard let process = processes[name] else { return }
    send(SIGKILL, to: process.processIdentifier)
    process.waitUntilExit()
  }

  /// As by an orchestrator; returns the exit code.
  func terminate(_ name: String) -> Int32 {
    guard let process = processes[name] else { return -1 }
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Runs a command to its end and returns what it printed; throws when it fails.
  @discardableResult
  func run(_ name: String, _ arguments: [String]) throws -> String {
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
    _ name: String, _ arguments: [String], _ environment: [String: String], _ output: URL
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
    process.standardInput = FileHandle.nullDevice
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

  static func wait<T>(_ seconds: Double, _ what: String, _ condition: () throws -> T?) throws -> T {
    let deadline = Date().addingTimeInterval(seconds)
    while true {
      if let value = try condition() { return value }
      guard Date() < deadline else { throw Failure(description: "waited \(Int(seconds)) s for \(what)") }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  static func freePort() -> Int {
    #if os(Linux)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let socket = socket(AF_INET, stream, 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(socket, $0, length)
        _ = getsockname(socket, $0, &length)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

private func send(_ signal: Int32, to process: Int32) { _ = kill(process, signal) }
