// What data stewards have to decide and have decided, and what became of that which was asked from here.

import Contracts
import MessageLog

struct StewardBook: Sendable {
  struct Asked: Sendable {
    /// The id of the command.
    var command: String
    var kind: StewardCommandType
    var identifier: Identifier
    var with: Identifier?
    var by: String
    var atMs: Int64
    /// nil while nothing has been heard of it.
    var outcome: Outcome?
  }

  struct Outcome: Sendable, Equatable {
    var isAccepted: Bool
    /// The verdict's reason, or what is wrong with the command.
    var reason: String
  }

  static let askedMax = 20

  private(set) var list = StewardList()
  /// The last first.
  private(set) var asked: [Asked] = []
  private var changes: Int64 = 0

  var revision: Int64 { list.revision + changes }

  mutating func ask(_ asked: Asked) {
    self.asked.insert(asked, at: 0)
    if self.asked.count > Self.askedMax { self.asked.removeLast() }
    changes += 1
  }

  /// A record of `identity.map`: of a command that was given here, its identifier's entry is the answer.
  mutating func take(_ record: Record, key: String) throws(JSONError) {
    try list.take(key: Array(key.utf8), value: record.value)
    guard let cause = record.headers.string("ce_causationid"), let value = record.value,
      let place = asked.firstIndex(where: { $0.command == cause && $0.identifier.key == key })
    else { return }
    let verdict = try IdentityMapEntry(json: value).verdict
    // The entry may have changed once more since: then it was about something else.
    guard verdict.claim == cause else { return }
    answer(place, Outcome(isAccepted: verdict.isAccepted, reason: verdict.reason))
  }

  /// A command that the linker has put aside.
  mutating func takeLetter(_ letter: Record) {
    guard let id = letter.headers.string("ce_id"), let place = asked.firstIndex(where: { $0.command == id }) else {
      return
    }
    let refusal = Refusal(
      stage: "", field: letter.headers.string(DeadLetterHeader.field),
      reason: letter.headers.string(DeadLetterHeader.reason) ?? "it is refused")
    answer(place, Outcome(isAccepted: false, reason: refusal.words))
  }

  private mutating func answer(_ place: Int, _ outcome: Outcome) {
    guard asked[place].outcome != outcome else { return }
    asked[place].outcome = outcome
    changes += 1
  }
}
