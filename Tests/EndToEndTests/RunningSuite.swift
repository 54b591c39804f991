// `trias run` as a process of its own, as people start it: everything in one, and a page to look at.

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

final class RunningSuite {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  static let token = "staff-of-the-browser-tests"
  static let ann = "ann-of-the-browser-tests"
  static let ben = "ben-of-the-browser-tests"

  let base: String
  private let process = Process()
  private let output: URL

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let port = try Self.freePort()
    base = "http://localhost:\(port)"
    output = FileManager.default.temporaryDirectory.appending(path: "trias-run-\(UUID().uuidString.prefix(8)).log")
    try Data().write(to: output)
    let handle = try FileHandle(forWritingTo: output)
    var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TRIAS_") }
    // A broker that lasts has the topics of other runs, and perhaps of somebody's deployment.
    environment["TRIAS_TOPIC_PREFIX"] = "trias-test-\(UUID().uuidString.prefix(8)).".lowercased()
    environment["TRIAS_HTTP_PORT"] = "\(port)"
    environment["TRIAS_OPS_PORT"] = "\(try Self.freePort())"
    environment["TRIAS_STAFF_TOKEN"] = Self.token
    environment["TRIAS_STAFF_TOKENS"] = "ann=\(Self.ann),ben=\(Self.ben)"
    environment["TRIAS_CATALOG"] = try Self.catalog(root).path
    process.executableURL = Self.binaries.appending(path: "trias")
    process.arguments = ["run"]
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
  }

  /// The demonstration's, with everybody's lists ranked in full: who a new visitor is, is left to chance.
  private static func catalog(_ root: URL) throws -> URL {
    let text = try String(contentsOf: root.appending(path: "deploy/demo/catalog.yaml"), encoding: .utf8)
    let all = "controlGroups: {randomEligiblePercent: 0, propensityOnlyPercent: 0, valueOnlyPercent: 0}"
    let copy = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString.prefix(8)).yaml")
    try "\(text)\n\(all)\n".write(to: copy, atomically: true, encoding: .utf8)
    return copy
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var said: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

  /// Until it says where it is.
  func waitUntilReady(seconds: Double = 120) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !said.contains("Trias runs.") {
      guard process.isRunning, ContinuousClock.now < deadline else {
        throw Failure(description: "trias run isn't ready; it said:\n\(said)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// As by Ctrl-C; returns the exit code.
  func stop() -> Int32 {
    process.interrupt()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: output)
    return process.terminationStatus
  }

  /// The executables lie beside the test bundle.
  private static var binaries: URL {
    if let folder = ProcessInfo.processInfo.environment["TRIAS_BINARIES"] { return URL(fileURLWithPath: folder) }
    return Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL.deletingLastPathComponent()
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }

  /// One that nobody listens on now.
  private static func freePort() throws -> UInt16 {
    #if canImport(Glibc)
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 ? getsockname(listener, $0, &length) : -1
      }
    }
    guard status == 0 else { throw Failure(description: "no free port: error \(errno)") }
    return UInt16(bigEndian: address.sin_port)
  }
}
