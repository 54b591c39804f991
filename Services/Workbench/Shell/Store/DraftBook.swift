// Drafts of the catalogue as the nba-scorer has them, and the commands that it has put aside.

import Contracts
import Foundation
import MessageLog
import NbaScorerCore

struct DraftBook: Sendable {
  static let lettersMax = 100
  /// Of more than so many, those that are done with are forgotten first, then those that nobody waits for, and of each
  /// the oldest.
  let draftsMax: Int

  private var drafts: [String: CatalogDraft] = [:]
  /// Why, by the command's id; the last ones.
  private var letters: [(command: String, field: String?, reason: String)] = []

  init(draftsMax: Int = 200) { self.draftsMax = draftsMax }

  subscript(id: String) -> CatalogDraft? { drafts[id] }

  /// The one that was touched last first.
  var all: [CatalogDraft] { drafts.values.sorted { ($1.nowMs, $1.id) < ($0.nowMs, $0.id) } }

  mutating func put(_ id: String, _ bytes: [UInt8]?) throws {
    drafts[id] = try bytes.map { try JSONDecoder().decode(CatalogDraft.self, from: Data($0)) }
    guard drafts.count > draftsMax else { return }
    let rest = drafts.values.filter { $0.id != id }
    let oldest = rest.min { ($0.status.weight, $0.nowMs, $0.id) < ($1.status.weight, $1.nowMs, $1.id) }
    if let oldest { drafts[oldest.id] = nil }
  }

  mutating func takeLetter(_ letter: Record) {
    guard let command = letter.headers.string("ce_id") else { return }
    let reason = letter.headers.string(DeadLetterHeader.reason) ?? "it is refused"
    letters.append((command, letter.headers.string(DeadLetterHeader.field), reason))
    if letters.count > Self.lettersMax { letters.removeFirst() }
  }

  /// What became of a command.
  enum Outcome: Sendable {
    case done(CatalogDraft)
    case refused(field: String?, reason: String)
  }

  /// nil: nothing has been heard of it.
  func outcome(of command: String, draft id: String) -> Outcome? {
    if let draft = drafts[id], draft.command == command { return .done(draft) }
    return letters.last { $0.command == command }.map { .refused(field: $0.field, reason: $0.reason) }
  }
}

extension CatalogDraft.Status {
  fileprivate var weight: Int {
    switch self {
    case .applied, .withdrawn: 0
    case .draft, .refused, .outOfDate: 1
    case .submitted, .scheduled, .applying: 2
    }
  }
}
