import Contracts
import Foundation
import Hummingbird
import Logging
import MemoryLog
import MessageLog
import Streams
import Synchronization
import TestKit
import Testing

@testable import Host

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The process as a whole, in this one: live sockets, threads, health, shutdown.
struct HostAppTests {
  struct Broken: Error {}

  /// Runs until stopped; can be told to fail or to be unready.
  final class Worker: ThreadService {
    let name = "worker"
    let wake = DispatchSemaphore(value: 0)
    let state = Mutex<(ready: Bool, fails: Bool, ran: Bool)>((true, false, false))

    func run() throws {
      state.withLock { $0.ran = true }
      wake.wait()
      if state.withLock({ $0.fails }) { throw Broken() }
    }
    func stop() { wake.signal() }
    func fail() {
      state.withLock { $0.fails = true }
      wake.signal()
    }
    var readiness: (ready: Bool, detail: String) { state.withLock { ($0.ready, $0.ready ? "fine" : "restoring") } }
  }

  let settings = Settings.defaults.with(.httpHost, "127.0.0.1").with(.httpPort, "0").with(.opsPort, "0")
  let clock: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
  let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  func shell(_ worker: Worker, topics: [Topic] = []) -> Shell {
    Shell(.webAdapter) { _ in
      Parts(
        topics: topics, threads: [worker],
        routes: { router in
          router.get("/fine") { _, _ in "fine" }
          router.get("/problem") { _, _ -> String in throw Problem.invalid("identifiers[0]", "is \"wrong\"") }
          router.get("/crash") { _, _ -> String in throw Broken() }
          router.post("/body") { request, _ in
            _ = try await request.body.collect(upTo: 10)
            return "read"
          }
        })
    }
  }

  func get(_ port: Int, _ path: String, body: String? = nil) async throws -> (Int, String, String?) {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
    if let body {
      request.httpMethod = "POST"
      request.httpBody = Data(body.utf8)
    }
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    return (http.statusCode, String(decoding: data, as: UTF8.self), http.value(forHTTPHeaderField: "Content-Type"))
  }

  func status(_ port: Int, _ path: String, _ method: String) async throws -> Int? {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
    request.httpMethod = method
    return (try await URLSession.shared.data(for: request).1 as? HTTPURLResponse)?.statusCode
  }

  @Test func aPortThatIsTakenIsNamedWithTheSettingToChange() async throws {
    let first = try HostApp([shell(Worker())], settings: settings, log: MemoryLog(clock: clock), logger: logger)
    let running = Task { try await first.run() }
    let port = await first.http.value()
    let second = try HostApp(
      [shell(Worker())], settings: settings.with(.httpPort, "\(port)"), log: MemoryLog(clock: clock), logger: logger)
    let error = await #expect(throws: (any Error).self) { try await second.run() }
    let said = "\(try #require(error))"
    #expect(said.contains("can't listen on port \(port) of 127.0.0.1: another process has it"), "\(said)")
    #expect(said.contains("--http-port or TRIAS_HTTP_PORT"))
    await first.stop()
    try await running.value
  }

  @Test(arguments: [
    ("203.0.113.7", "can't listen on 203.0.113.7: it is no address of this machine"),
    ("no-such-host.invalid", "there is no host no-such-host.invalid"),
  ])
  func anAddressThatIsNotThisMachinesIsNamedWithTheSettingToChange(host: String, says: String) async throws {
    let app = try HostApp(
      [shell(Worker())], settings: settings.with(.httpHost, host), log: MemoryLog(clock: clock), logger: logger)
    let error = await #expect(throws: (any Error).self) { try await app.run() }
    let said = "\(try #require(error))"
    #expect(said.contains(says) && said.contains("--http-host or TRIAS_HTTP_HOST"), "\(said)")
  }

  @Test func whoReadsWithABrowserGetsAPageAndAProgramAProblemDocument() async throws {
    let app = try HostApp([shell(Worker())], settings: settings, log: MemoryLog(clock: clock), logger: logger)
    let running = Task { try await app.run() }
    let port = await app.http.value()
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)/%3Cnowhere%3E")))
    request.setValue("text/html,application/xhtml+xml,*/*;q=0.8", forHTTPHeaderField: "Accept")
    let (page, response) = try await URLSession.shared.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    #expect(http.statusCode == 404)
    #expect(http.value(forHTTPHeaderField: "Content-Type") == "text/html; charset=utf-8")
    #expect(String(decoding: page, as: UTF8.self).contains("<h1>There is no such thing</h1>"))
    #expect(!String(decoding: page, as: UTF8.self).contains("<nowhere>"))
    #expect(try await get(port, "/nowhere").2 == "application/problem+json")
    await app.stop()
    try await running.value
  }

  @Test func itServesRunsAndStopsWhenAsked() async throws {
    let worker = Worker()
    let app = try HostApp([shell(worker)], settings: settings, log: MemoryLog(clock: clock), logger: logger)
    let running = Task { try await app.run() }
    let http = await app.http.value()
    let ops = await app.ops.value()
    try await eventually { try await get(ops, "/readyz").0 == 200 }
    #expect(try await get(http, "/fine").1 == "fine")
    #expect(try await get(ops, "/startupz").0 == 200)
    try await eventually { try await get(ops, "/livez").0 == 200 }
    #expect(try await status(ops, "/readyz", "HEAD") == 200)
    #expect(try await status(ops, "/metrics", "POST") == 405)
    #expect(try await status(http, "/fine", "OPTIONS") == 405)
    let metrics = try await get(ops, "/metrics").1
    #expect(metrics.contains("trias_http_requests_total{method=\"GET\",route=\"/fine\",status=\"200\"} 1"))
    #expect(metrics.contains("process_resident_memory_bytes"))
    await app.stop()
    try await running.value
  }

  @Test func unreadyIsSaidWithTheCheckAndIts503() async throws {
    let worker = Worker()
    worker.state.withLock { $0.ready = false }
    let app = try HostApp([shell(worker)], settings: settings, log: MemoryLog(clock: clock), logger: logger)
    let running = Task { try await app.run() }
    let ops = await app.ops.value()
    try await eventually { try await get(ops, "/readyz").1.contains("all there") }
    let answer = try await get(ops, "/readyz")
    #expect(answer.0 == 503)
    #expect(answer.1.contains(#"{"name":"worker","ok":false,"detail":"restoring"}"#))
    #expect(try await get(ops, "/startupz").0 == 503)
    worker.state.withLock { $0.ready = true }
    try await eventually { try await get(ops, "/startupz").0 == 200 }
    worker.state.withLock { $0.ready = false }
    #expect(try await get(ops, "/startupz").0 == 200)
    await app.stop()
    try await running.value
  }

  @Test func errorsLeaveAsProblemDocuments() async throws {
    let app = try HostApp([shell(Worker())], settings: settings, log: MemoryLog(clock: clock), logger: logger)
    let running = Task { try await app.run() }
    let http = await app.http.value()
    let problem = try await get(http, "/problem")
    #expect(problem.0 == 422)
    #expect(problem.2 == "application/problem+json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(problem.1.utf8)) as? [String: Any])
    #expect(object["field"] as? String == "identifiers[0]")
    #expect(object["detail"] as? String == "is \"wrong\"")
    #expect(object["type"] as? String == "urn:trias:problem:invalid-field")
    #expect(try await get(http, "/crash").0 == 500)
    let missing = try await get(http, "/nowhere")
    #expect(missing.0 == 404)
    #expect(missing.2 == "application/problem+json")
    let large = try await get(http, "/body", body: "more than ten bytes")
    #expect(large.0 == 413)
    #expect(large.2 == "application/problem+json")
    await app.stop()
    try await running.value
  }

  @Test func aThreadThatFailsTakesTheProcessDownWithItsError() async throws {
    let worker = Worker()
    let app = try HostApp([shell(worker)], settings: settings, log: MemoryLog(clock: clock), logger: logger)
    let running = Task { try await app.run() }
    try await eventually { worker.state.withLock { $0.ran } }
    worker.fail()
    await #expect(throws: Broken.self) { try await running.value }
  }

  @Test func aThreadThatReturnsUnaskedIsAFailure() async throws {
    let worker = Worker()
    let app = try HostApp([shell(worker)], settings: settings, log: MemoryLog(clock: clock), logger: logger)
    let running = Task { try await app.run() }
    try await eventually { worker.state.withLock { $0.ran } }
    worker.stop()
    await #expect(throws: UnexpectedEnd.self) { try await running.value }
  }

  @Test func nothingStartsBeforeItsTopicsExist() async throws {
    let worker = Worker()
    let log = MemoryLog(clock: clock)
    let topic = Topics.channelInteractions
    let app = try HostApp([shell(worker, topics: [topic])], settings: settings, log: log, logger: logger)
    let running = Task { try await app.run() }
    let ops = await app.ops.value()
    try await eventually { try await get(ops, "/readyz").1.contains("topic channel.interactions.v1") }
    #expect(!worker.state.withLock { $0.ran })
    try log.createTopics([TopicPlan(name: topic.name, partitions: 12, cleanup: topic.cleanup)])
    try await eventually { worker.state.withLock { $0.ran } }
    try await eventually { try await get(ops, "/readyz").0 == 200 }
    await app.stop()
    try await running.value
  }

  @Test func anotherNumberOfPartitionsIsRefused() async throws {
    let log = MemoryLog(clock: clock)
    let topic = Topics.channelInteractions
    try log.createTopics([TopicPlan(name: topic.name, partitions: 6, cleanup: topic.cleanup)])
    let app = try HostApp([shell(Worker(), topics: [topic])], settings: settings, log: log, logger: logger)
    await #expect(throws: WrongPartitions.self) { try await app.run() }
  }
}
