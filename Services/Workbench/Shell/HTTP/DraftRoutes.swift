// Drafts of the catalogue: who writes, submits and approves them. What may follow what is the nba-scorer's to say, and by
// its own rules it is said here at once; what another has done meanwhile comes back from it.

import Contracts
import Customer360
import Foundation
import Host
import Hummingbird
import NbaScorerCore
import Rehearsal

struct DraftRoutes: Sendable {
  let books: Books
  let desk: Desk
  let namespaces: Namespaces
  let clock: @Sendable () -> Int64
  let gate: StaffGate
  /// Reading a text and running its tests takes its time.
  private let readers = LogDesk()

  init(
    books: Books, desk: Desk, namespaces: Namespaces, clock: @escaping @Sendable () -> Int64, gate: StaffGate
  ) {
    (self.books, self.desk, self.namespaces, self.clock, self.gate) = (books, desk, namespaces, clock, gate)
  }

  private static let bodyBytesMax = 1_000_000
  /// The nba-scorer answers within moments; where it is away, the command waits on its topic.
  private static let outcomeMs = 5_000

  struct Texts: Decodable, Sendable {
    /// nil: a new one.
    var hash: String?
    var name: String?
    var text: String
    var tests: String?
    /// Of a new one: the version whose text it began as.
    var basedOn: String?
  }

  struct Word: Decodable, Sendable {
    var hash: String
    var basedOn: String?
    var applyMs: Int64?
    var liftExclusions: Bool?
    var reason: String?
  }

  struct Checked: Encodable, Sendable {
    var mistakes: [CatalogDraft.Mistake]
    var remarks: Remarks
    var cases: Int?
    var propositions: Int?
  }

  struct Start: Encodable, Sendable {
    var version: String?
    /// nil: it was not kept.
    var text: String?
  }

  struct InForce: Encodable, Sendable {
    var version: String
    var name: String
    var appliedMs: Int64
    var channels: [ChannelPlaces]
  }

  struct Done: Encodable, Sendable {
    var id: String
    var command: String
    /// False: the nba-scorer hasn't answered yet.
    var isDone: Bool
  }

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.get("drafts") { request, _ in
      try Answers.json(books.drafts(person: gate.person(request)))
    }
    group.get("drafts/:id") { request, context in
      let person = gate.person(request)
      guard let model = books.draft(context.draft, person: person, nowMs: clock(), namespaces: namespaces) else {
        throw Problem.notFound("there is no draft \(context.draft)", field: "id")
      }
      return try Answers.json(model)
    }
    group.get("catalog/text") { _, _ in
      let book = books.read { $0.catalogs }
      return try Answers.json(Start(version: book.current?.catalog.version, text: book.text))
    }
    group.get("catalog/channels") { _, _ in
      guard let catalog = books.read({ $0.catalogs.current?.catalog }) else {
        throw Problem.notFound("no catalogue has been applied yet", field: "version")
      }
      return try Answers.json(
        InForce(
          version: catalog.version, name: catalog.name, appliedMs: catalog.appliedMs,
          channels: ChannelPlaces.all([catalog])))
    }
    group.post("catalog/check") { request, _ in
      let content = try await content(request.json(Texts.self, bytesMax: Self.bodyBytesMax), basedOn: nil)
      return try Answers.json(
        Checked(
          mistakes: content.mistakes,
          remarks: Remarks(on: content.catalog, text: content.text, nowMs: clock(), namespaces: namespaces),
          cases: content.cases,
          propositions: content.catalog?.propositions.count))
    }
    group.post("drafts") { request, _ in
      let name = try person(request)
      let texts = try await request.json(Texts.self, bytesMax: Self.bodyBytesMax)
      var command = CatalogDraftCommand(by: name, hash: nil)
      command.content = try await content(texts, basedOn: texts.basedOn)
      return try await ask(.save, command, draft: "draft-\(UUID().uuidString.lowercased().prefix(8))", status: .created)
    }
    group.post("drafts/:id") { request, context in
      let name = try person(request)
      let texts = try await request.json(Texts.self, bytesMax: Self.bodyBytesMax)
      var command = CatalogDraftCommand(by: name, hash: texts.hash)
      command.content = try await content(texts, basedOn: try draft(context.draft).content.basedOn)
      return try await ask(.save, command, draft: context.draft)
    }
    for (path, type) in [
      ("submit", .submit), ("approve", .approve), ("refuse", .refuse), ("withdraw", .withdraw),
    ] as [(String, CatalogDraftCommandType)] {
      group.post("drafts/:id/\(path)") { request, context in
        let name = try person(request)
        let word = try await request.json(Word.self)
        var command = CatalogDraftCommand(by: name, hash: word.hash)
        let reason = (word.reason ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        command.reason = reason.isEmpty ? nil : reason
        if type == .submit { command.basedOn = word.basedOn }
        if type == .approve { (command.applyMs, command.liftExclusions) = (word.applyMs, word.liftExclusions) }
        return try await ask(type, command, draft: context.draft)
      }
    }
  }

  /// Who changes the catalogue is known for certain.
  private func person(_ request: Request) throws(Problem) -> String {
    guard let person = gate.person(request) else {
      throw .forbidden(
        "whoever changes the catalogue comes in with a staff token of his own (staff-tokens), so that two are two people"
      )
    }
    return person
  }

  private func draft(_ id: String) throws(Problem) -> CatalogDraft {
    guard let draft = books.read({ $0.drafts[id] }) else { throw .notFound("there is no draft \(id)", field: "id") }
    return draft
  }

  private func content(_ texts: Texts, basedOn: String?) async throws(Problem) -> CatalogDraft.Content {
    let namespaces = namespaces
    let tests = texts.tests.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
    let name = (texts.name ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    for (field, text, most) in [
      ("text", texts.text, CatalogDraft.textBytesMax), ("tests", tests ?? "", CatalogDraft.testsBytesMax),
    ] where text.utf8.count > most {
      throw .invalid(
        field,
        "is too long for a draft: \(text.utf8.count) bytes, the most is \(most); a larger catalogue is put in force by "
          + "trias catalog apply, which takes \(Catalog.bytesMax)")
    }
    return try await readers.run {
      CatalogDraft.Content(name: name, basedOn: basedOn, text: texts.text, tests: tests, readWith: namespaces)
    }
  }

  /// Sends it, and waits for what becomes of it.
  private func ask(
    _ type: CatalogDraftCommandType, _ command: CatalogDraftCommand, draft id: String,
    status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let commandId = Desk.newId()
    let (known, soFar) = books.read { ($0.drafts[id], $0.catalogs.soFar) }
    if type != .save || command.hash != nil { _ = try draft(id) }
    do throws(Refusal) {
      _ = try Drafts.decide(id, known, .command(type, command, id: commandId), soFar, now: clock())
    } catch {
      throw Self.problem(field: error.field, error.reason)
    }
    try await desk.draft(type, command, draft: id, id: commandId)
    let end = ContinuousClock.now + .milliseconds(Self.outcomeMs)
    while ContinuousClock.now < end {
      switch books.read({ $0.drafts.outcome(of: commandId, draft: id) }) {
      case .done: return try Answers.json(Done(id: id, command: commandId, isDone: true), status: status)
      case .refused(let field, let reason): throw Self.problem(field: field, reason)
      case nil: try await Task.sleep(for: .milliseconds(20))
      }
    }
    return try Answers.json(Done(id: id, command: commandId, isDone: false), status: .accepted)
  }

  private static func problem(field: String?, _ reason: String) -> Problem {
    switch field {
    case "by": .forbidden(reason)
    case "hash", "status", "basedOn":
      Problem(409, "draft-changed", "It isn't as you saw it", detail: reason, field: field)
    default: .invalid(field ?? "", reason)
    }
  }
}

extension HTTPContext {
  var draft: String { parameters.get("id")?.removingPercentEncoding ?? "" }
}
