import Foundation
import TestKit
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The executable itself: what it says, and the code that it ends with.
struct ProcessTests {
  final class Run {
    let process = Process()
    private let output = Pipe()

    init(_ arguments: [String], _ environment: [String: String] = [:]) throws {
      process.executableURL = Self.folder.appendingPathComponent("web-adapter")
      process.arguments = arguments
      var all = ProcessInfo.processInfo.environment.filter {
        !$0.key.hasPrefix("TRIAS_") && $0.key != "KAFKA_BOOTSTRAP_SERVERS"
      }
      all.merge(environment) { $1 }
      process.environment = all
      process.standardError = output
      process.standardOutput = output
      try process.run()
    }

    /// Where the build puts executables and test bundles alike.
    private static var folder: URL {
      for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
        return bundle.bundleURL.deletingLastPathComponent()
      }
      return Bundle.main.bundleURL
    }

    func end() -> (code: Int32, output: String) {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, text)
    }
  }

  @Test func badSettingsEndWithOneAndAreAllNamed() throws {
    let (code, output) = try Run(["--http-prot", "80"], ["TRIAS_OPS_PORT": "many"]).end()
    #expect(code == 1)
    #expect(output.contains("web-adapter: --http-prot: there is no such flag; did you mean --http-port?"))
    #expect(output.contains("web-adapter: TRIAS_OPS_PORT: takes a whole number from 0 to 65535, not \"many\""))
  }

  @Test func aPropertyThatKafkaDoesNotKnowIsABadSetting() throws {
    let (code, output) = try Run(["--log-format", "text"], ["TRIAS_KAFKA_NO_SUCH_THING": "1"]).end()
    #expect(code == 1)
    #expect(output.contains("no.such.thing"))
  }

  @Test func aSourceKeyThatCannotBeOneIsABadSettingAndStaysSecret() throws {
    let (code, output) = try Run([], ["TRIAS_SOURCE_KEYS": "site=tooshrt"]).end()
    #expect(code == 1)
    #expect(output.contains("source-keys: entry 1"))
    #expect(!output.contains("tooshrt"))
  }

  @Test func helpEndsClean() throws {
    let (code, output) = try Run(["--help"]).end()
    #expect(code == 0)
    #expect(output.contains("--list-budget-ms VALUE  (TRIAS_LIST_BUDGET_MS)"))
    #expect(!output.contains("THE SECRET"))
  }

  @Test func withoutABrokerItLivesWaitsAndStopsCleanWhenAsked() async throws {
    // Below the ports that systems hand out by themselves.
    let port = Int.random(in: 10_000..<32_000)
    let run = try Run([
      "--bootstrap-servers", "127.0.0.1:1", "--ops-port", "\(port)", "--http-port", "0", "--http-host", "127.0.0.1",
    ])
    func status(_ path: String) async -> (Int, String) {
      guard let url = URL(string: "http://127.0.0.1:\(port)\(path)"),
        let (data, response) = try? await URLSession(configuration: .ephemeral).data(from: url)
      else { return (0, "") }
      return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
    }
    try await eventually("it to live") { await status("/livez").0 == 200 }
    let ready = await status("/readyz")
    #expect(ready.0 == 503)
    #expect(ready.1.contains("\"name\":\"topics\",\"ok\":false"))
    let asked = ContinuousClock.now
    run.process.terminate()
    let (code, output) = run.end()
    #expect(code == 0, "\(output)")
    #expect(ContinuousClock.now - asked < .seconds(10))
    #expect(output.contains("THE SECRET IS THE ONE FOR DEVELOPMENT"))
    #expect(output.contains("{\"time\":"), "not a terminal, so one JSON object a line")
  }
}
