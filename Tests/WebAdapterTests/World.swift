import Contracts
import Foundation
import Host
import Logging
import MemoryLog
import MessageLog
import Synchronization
import TestKit
import Testing

@testable import WebAdapter

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The web adapter as its executable runs it, on a live socket, over the log in memory.
struct World {
  static let key = "write-only-key"
  static let serverKey = "server-side-key"
  static let staff = "staff-token-of-the-test"
  static let origin = "https://shop.example"

  let log: MemoryLog
  let app: HostApp
  let port: Int
  let ids = IdMint(secret: Setting.developmentSecret)
  private let running: Task<Void, any Error>
  private let scorer: FakeScorer?

  struct Answer {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var json: [String: Any] {
      get throws { try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) }
    }
    var field: String? { (try? json)?["field"] as? String }
  }

  init(
    scores: Bool = true, catalog: Catalog? = nil, waitsForReady: Bool = true, _ change: (Settings) -> Settings = { $0 }
  ) async throws {
    let clock: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
    log = MemoryLog(clock: clock)
    let topics = [Topics.channelInteractions, Topics.nbaLists, Topics.marketingCatalog, Topics.sourceRecords]
    try log.createTopics(
      topics.map {
        TopicPlan($0, domainPartitions: 3)
      })
    if let catalog { try Self.apply(catalog, log) }
    let keys = "site=\(Self.key)@\(Self.origin)#cookie|device,crm=\(Self.serverKey)"
    let settings = change(
      Settings.defaults.with(.httpHost, "127.0.0.1").with(.httpPort, "0").with(.opsPort, "0").with(.partitions, "3")
        .with(WebAdapter.sourceKeys, keys).with(.staffToken, Self.staff).with(WebAdapter.demoShop, "true")
        .with(WebAdapter.listBudgetMs, "5000"))
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let app = try HostApp([WebAdapter.shell], settings: settings, log: log, logger: logger)
    self.app = app
    running = Task { try await app.run() }
    port = await app.http.value()
    scorer = scores ? FakeScorer(log: log, secret: Setting.developmentSecret) : nil
    try scorer?.start()
    if waitsForReady { try await eventually { app.health.ready().ok } }
  }

  /// Another catalogue comes into force.
  func apply(_ catalog: Catalog) throws { try Self.apply(catalog, log) }

  private static func apply(_ catalog: Catalog, _ log: MemoryLog) throws {
    _ = try log.makeProducer(name: "catalog").append(
      [
        OutgoingRecord(
          topic: Topics.marketingCatalog.name, partition: 0, key: [1], value: Array(try JSONEncoder().encode(catalog)))
      ], timeoutMs: 1_000)
  }

  func stop() async throws {
    await app.stop()
    try await running.value
    scorer?.stop()
  }

  func send(_ method: String, _ path: String, _ body: String? = nil, _ headers: [String: String] = [:]) async throws
    -> Answer
  {
    try await send(method, path, bytes: body.map { Array($0.utf8) }, headers)
  }

  func send(_ method: String, _ path: String, bytes: [UInt8]?, _ headers: [String: String] = [:]) async throws -> Answer
  {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
    request.httpMethod = method
    if let bytes {
      request.httpBody = Data(bytes)
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
      request.setValue(Self.key, forHTTPHeaderField: "X-Trias-Source-Key")
    }
    for (name, value) in headers { request.setValue(value.isEmpty ? nil : value, forHTTPHeaderField: name) }
    let (data, response) = try await URLSession(configuration: .ephemeral).data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    var named: [String: String] = [:]
    for (name, value) in http.allHeaderFields { named["\(name)".lowercased()] = "\(value)" }
    if let described = try Self.described(method, path) {
      #expect(described.contains(http.statusCode), "\(method) \(path) answers \(http.statusCode), described nowhere")
    }
    return Answer(status: http.statusCode, headers: named, body: Array(data))
  }

  /// The statuses that the API's description has for a request; nil where it has no such operation.
  private static func described(_ method: String, _ path: String) throws -> [Int]? {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Services/WebAdapter/Shell/Resources/API/openapi.json")
    let document = try JSONSerialization.jsonObject(with: try Data(contentsOf: file)) as? [String: Any]
    let paths = try #require(document?["paths"] as? [String: [String: Any]])
    let asked = path.prefix { $0 != "?" }.split(separator: "/")
    let item = paths.first { template, _ in
      let parts = template.split(separator: "/")
      return parts.count == asked.count && zip(parts, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
    let operation = item?.value[method.lowercased()] as? [String: Any]
    return (operation?["responses"] as? [String: Any])?.keys.compactMap(Int.init)
  }

  /// Starts a contact and gives its id and token.
  func startContact(_ headers: [String: String] = [:]) async throws -> (contact: String, token: String, answer: Answer)
  {
    let answer = try await send("POST", "/v1/contacts", Self.start, headers)
    let json = try answer.json
    return (try #require(json["contact"] as? String), try #require(json["token"] as? String), answer)
  }

  static let who = #""identifiers":[{"namespace":"cookie","value":"c1"}]"#
  static let start = "{\(who),\"placement\":\"home\"}"

  func records() -> [Record] { log.records(of: Topics.channelInteractions.name) }
}
