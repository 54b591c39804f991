// The workbench in this process, on a live socket over the scene's log, and a client that follows no redirects and keeps
// no cookies.

import Foundation
import Logging
import Synchronization
import TestKit
import Testing

@testable import Host
@testable import Workbench

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

struct Answer {
  var status: Int
  var body: String
  var headers: [String: String]

  func json<Value: Decodable>(_: Value.Type) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(body.utf8))
  }
}

final class Bench: Sendable {
  static let token = "t0ken-for-tests"
  /// Two people who have a token of their own.
  static let ann = "anns-own-token"
  static let ben = "bens-own-token"

  let app: HostApp
  let base: String
  private let running: Task<Void, any Error>
  private let session: URLSession
  private let watcher = Watcher()
  private let said = Lines()

  init(_ scene: Scene, token: String = Bench.token, shop: String = "", explain: Explain? = nil) async throws {
    let settings = Settings.defaults.with(.httpHost, "127.0.0.1").with(.httpPort, "0").with(.opsPort, "0")
      .with(.partitions, "\(Scene.partitions)").with(.staffToken, token).with(Workbench.shopURL, shop)
      .with(.staffTokens, token.isEmpty ? "" : "ann=\(Self.ann),ben=\(Self.ben)")
    let said = said
    let sink = LogSink { line in said.all.withLock { $0.append(line) } }
    let app = try HostApp(
      [Workbench.shell(explain: explain)], settings: settings, log: scene.log,
      logger: Logger(label: "test") { _ in
        LineLogHandler(label: "workbench", level: .notice, format: .json, sink: sink)
      })
    self.app = app
    running = Task { try await app.run() }
    base = "http://127.0.0.1:\(await app.http.value())"
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpCookieStorage = nil
    configuration.httpShouldSetCookies = false
    session = URLSession(configuration: configuration, delegate: watcher, delegateQueue: nil)
    try await eventually("the reader is there") { self.app.health.ready().ok }
  }

  func stop() async throws {
    await app.stop()
    try await running.value
    session.invalidateAndCancel()
  }

  func get(_ path: String, headers: [String: String]? = nil) async throws -> Answer {
    try await send("GET", path, headers: headers ?? ["Authorization": "Bearer \(Self.token)"])
  }

  func get(_ path: String, as token: String) async throws -> Answer {
    try await get(path, headers: ["Authorization": "Bearer \(token)"])
  }

  func post(_ path: String, _ body: String, as token: String) async throws -> Answer {
    try await post(path, body, headers: ["Authorization": "Bearer \(token)"])
  }

  func post(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> Answer {
    let usual = ["Authorization": "Bearer \(Self.token)", "Content-Type": "application/json"]
    return try await send("POST", path, body: body, headers: usual.merging(headers) { $1 })
  }

  func send(_ method: String, _ path: String, body: String? = nil, headers: [String: String]) async throws -> Answer {
    let (data, response) = try await session.data(for: request(method, path, body, headers))
    let http = try #require(response as? HTTPURLResponse)
    let fields = http.allHeaderFields.map { ("\($0)".lowercased(), "\($1)") }
    return Answer(
      status: http.statusCode, body: String(decoding: data, as: UTF8.self),
      headers: Dictionary(fields) { $0 + "\n" + $1 })
  }

  /// What a stream has said so far.
  func stream(_ path: String) throws -> @Sendable () -> String {
    let task = session.dataTask(with: request("GET", path, nil, ["Authorization": "Bearer \(Self.token)"]))
    task.resume()
    let watcher = watcher
    let id = task.taskIdentifier
    return { watcher.text(of: id) }
  }

  private func request(_ method: String, _ path: String, _ body: String?, _ headers: [String: String]) -> URLRequest {
    var request = URLRequest(url: URL(string: base + path)!)
    request.httpMethod = method
    request.httpBody = body.map { Data($0.utf8) }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    return request
  }

  /// The lines of its log that say who looked at whom.
  var accesses: [[String: String]] { lines("profile read") }

  func lines(_ message: String) -> [[String: String]] {
    said.all.withLock { $0 }.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String] }
      .filter { $0["message"] == message }
  }

  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private final class Watcher: NSObject, URLSessionDataDelegate {
    private let texts = Mutex<[Int: String]>([:])

    func text(of id: Int) -> String { texts.withLock { $0[id] ?? "" } }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
      texts.withLock { $0[dataTask.taskIdentifier, default: ""] += String(decoding: data, as: UTF8.self) }
    }

    func urlSession(
      _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
      newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) { completionHandler(nil) }
  }
}
