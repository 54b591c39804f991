// The data steward's page: what he has to decide, and his word on it. What becomes of it is the linker's to say.

import Contracts
import Customer360
import Foundation
import Host
import Hummingbird

struct IdentityRoutes: Sendable {
  let books: Books
  let desk: Desk
  let namespaces: Namespaces
  let clock: @Sendable () -> Int64
  let gate: StaffGate
  let access: AccessLog

  struct Word: Decodable, Sendable {
    enum Kind: String, CaseIterable { case samePerson = "same-person", notSamePerson = "not-same-person", leave, split }
    var kind: String
    var identifier: String
    /// The other of the two; may be left out of a split.
    var with: String?
    var reason: String
  }

  struct Done: Encodable, Sendable {
    var command: String
  }

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.get("identity") { request, _ in
      access.noteSeveral(try gate.reader(request), "identity")
      return try Answers.json(books.steward(namespaces))
    }
    group.post("identity/commands") { request, _ in
      let word = try await request.json(Word.self)
      let kind = try Word.Kind.named(word.kind, field: "kind")
      let (type, command) = try command(kind.type, word, by: gate.name(request) ?? "staff")
      // Known here before it is sent, or the answer could come first.
      let id = Desk.newId()
      let asked = StewardBook.Asked(
        command: id, kind: type, identifier: command.identifier, with: command.from ?? command.with, by: command.by,
        atMs: clock())
      try await desk.say(type, command, id: id) { books.read { $0.steward.ask(asked) } }
      return try Answers.json(Done(command: id), status: .accepted)
    }
  }

  private func command(
    _ type: StewardCommandType, _ word: Word, by name: String
  ) throws(Problem) -> (StewardCommandType, StewardCommand) {
    let identifier = try Identifier.checked(word.identifier, namespaces)
    let with = try word.with.map { (text) throws(Problem) in try Identifier.checked(text, namespaces, field: "with") }
    let reason = word.reason.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !reason.isEmpty else { throw .invalid("reason", "say why: others will want to know") }
    guard reason.utf8.count <= StewardCommand.reasonBytesMax else { throw .invalid("reason", "is too long") }
    guard with != nil || type == .split else { throw .invalid("with", "is missing") }
    guard identifier != with else { throw .invalid("with", "is the same identifier") }
    var by = name
    while by.utf8.count > StewardCommand.byBytesMax { by.removeLast() }
    let isSplit = type == .split
    return (
      type,
      StewardCommand(
        identifier: identifier, from: isSplit ? with : nil, with: isSplit ? nil : with, by: by, reason: reason)
    )
  }
}

extension IdentityRoutes.Word.Kind {
  fileprivate var type: StewardCommandType {
    switch self {
    case .samePerson: .samePerson
    case .notSamePerson: .notSamePerson
    case .leave: .leave
    case .split: .split
    }
  }
}
