// A catalogue that has a text, and the nba-scorer's processor of drafts on the scene's log.

import CatalogAuthoring
import Contracts
import Foundation
import NbaScorer
import NbaScorerCore
import Streams
import TestKit
import Testing

@testable import Workbench

extension Scene {
  static let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "deploy/demo")

  static func demoText(_ name: String = "catalog.yaml") throws -> String {
    try String(contentsOf: demo.appending(path: name), encoding: .utf8)
  }

  /// As `trias catalog apply` does.
  func apply(_ text: String, version: String) throws {
    var catalog = try CatalogFile.read(text: text)
    catalog.version = version
    catalog.appliedMs = nowMs
    try put(
      Topics.marketingCatalog, key: version, Self.json(catalog), headers: [(CatalogHeader.text, text)])
  }

  /// Runs `body` beside the processor.
  func withDrafts(_ body: () async throws -> Void) async throws {
    let settings = RuntimeSettings(
      domainPartitions: Self.partitions, assignment: .all, instance: "drafts",
      clock: { Int64(Date().timeIntervalSince1970 * 1_000) })
    let runner = AnyProcessor(NbaScorer.drafts()).makeRunner(log, settings, NoTelemetry())
    let thread = Thread { try? runner.run() }
    thread.start()
    do {
      try await body()
    } catch {
      runner.stop()
      throw error
    }
    runner.stop()
  }
}

/// What the API tells of a draft, as far as tests ask.
struct DraftAnswer: Decodable {
  struct Summary: Decodable {
    var status: CatalogDraft.Status
    var version: String?
    var changedBy: String
    var basedOn: String?
  }
  struct Change: Decodable {
    var subject: String?
    var field: String
    var old: String?
    var new: String?
  }
  struct Deed: Decodable {
    var name: String
    var why: String?
  }
  var draft: Summary
  var hash: String
  var mistakes: [CatalogDraft.Mistake]
  var cases: Int?
  var changes: [Change]?
  var since: [Change]
  var inForce: String?
  var deeds: [Deed]
  var history: [CatalogDraft.Act]

  var allowed: [String] { deeds.filter { $0.why == nil }.map(\.name) }
}

extension Bench {
  func draft(_ id: String, as token: String = Bench.ann) async throws -> DraftAnswer {
    try await get("/workbench/api/drafts/\(id)", as: token).json(DraftAnswer.self)
  }

  /// Saves a new one, and returns its id.
  func newDraft(_ text: String, tests: String? = nil, basedOn: String = "1-demo") async throws -> String {
    struct Done: Decodable { var id: String }
    struct Texts: Encodable {
      var name = "Spring"
      var text: String
      var tests: String?
      var basedOn: String
    }
    let body = try JSONEncoder().encode(Texts(text: text, tests: tests, basedOn: basedOn))
    let answer = try await post("/workbench/api/drafts", String(decoding: body, as: UTF8.self), as: Bench.ann)
    #expect(answer.status == 201, "\(answer.body)")
    return try answer.json(Done.self).id
  }

  /// Somebody does something with what he sees of it.
  func say(_ deed: String, _ id: String, as token: String, _ more: String = "") async throws -> Answer {
    let seen = try await draft(id, as: token)
    let basedOn = seen.inForce.map { "\"\($0)\"" } ?? "null"
    return try await post(
      "/workbench/api/drafts/\(id)/\(deed)", #"{"hash":"\#(seen.hash)","basedOn":\#(basedOn)\#(more)}"#, as: token)
  }
}
