// A draft as its page shows it: what it says otherwise than what is in force, who did what, and what its reader may do.

import CatalogAuthoring
import Contracts
import NbaScorerCore

struct DraftsModel: Encodable, Sendable {
  /// Whose own token was shown; nil: nobody's, so he may only look.
  var person: String?
  var inForce: String?
  var drafts: [DraftSummary]
}

struct DraftSummary: Encodable, Sendable {
  var id: String
  var name: String
  var status: CatalogDraft.Status
  var author: String
  var createdMs: Int64
  var changedBy: String
  var changedMs: Int64
  var basedOn: String?
  var approvedBy: String?
  var applyMs: Int64?
  var version: String?
  var reason: String?
  var mistakes: Int
  var last: CatalogDraft.Act?

  init(_ draft: CatalogDraft) {
    id = draft.id
    name = draft.content.name
    status = draft.status
    author = draft.author
    createdMs = draft.createdMs
    changedBy = draft.changedBy
    changedMs = draft.changedMs
    basedOn = draft.content.basedOn
    approvedBy = draft.approvedBy
    applyMs = draft.applyMs
    version = draft.version
    reason = draft.reason
    mistakes = draft.content.mistakes.count
    last = draft.history.last
  }
}

struct DraftModel: Encodable, Sendable {
  struct Change: Encodable, Sendable {
    var kind: String
    var section: String
    var subject: String?
    /// Of a proposition.
    var name: String?
    var field: String
    var old: String?
    var new: String?
  }

  /// What somebody may do with it now; nil in `why`: he may.
  struct Deed: Encodable, Sendable {
    var name: String
    /// Why he may not.
    var why: String?
  }

  var person: String?
  var draft: DraftSummary
  var hash: String
  var text: String
  var tests: String?
  var cases: Int?
  var mistakes: [CatalogDraft.Mistake]
  var remarks: Remarks
  var history: [CatalogDraft.Act]
  /// What it is compared with; nil: there is nothing.
  var comparedWith: String?
  /// nil: it can't be told, because something is wrong with it.
  var changes: [Change]?
  var currency: String?
  var inForce: String?
  /// What came into force since it was written or submitted; empty: nothing that says otherwise.
  var since: [Change]
  /// What is taken out at once and would be shown again by it.
  var lifts: [String]
  var channels: [ChannelPlaces]
  var deeds: [Deed]
}

extension Books {
  func drafts(person: String?) -> DraftsModel {
    let (book, inForce) = read { ($0.drafts, $0.catalogs.soFar.inForce) }
    return DraftsModel(person: person, inForce: inForce, drafts: book.all.map(DraftSummary.init))
  }

  func draft(_ id: String, person: String?, nowMs: Int64, namespaces: Namespaces) -> DraftModel? {
    let (found, book) = read { ($0.drafts[id], $0.catalogs) }
    guard let draft = found else { return nil }
    let inForce = book.current?.catalog
    // What is in force is compared with what it took the place of.
    let old = draft.status == .applied ? draft.version.flatMap { book.before($0) } : inForce
    let own = draft.status == .applied ? draft.version.flatMap { book[$0]?.catalog } : nil
    let new = own ?? draft.content.catalog
    let base = draft.content.basedOn.flatMap { book[$0]?.catalog }
    return DraftModel(
      person: person, draft: DraftSummary(draft), hash: draft.hash, text: draft.content.text,
      tests: draft.content.tests, cases: draft.content.cases, mistakes: draft.content.mistakes,
      remarks: Remarks(on: new, text: draft.content.text, nowMs: nowMs, namespaces: namespaces),
      history: draft.history,
      comparedWith: old?.version,
      changes: new.map { new in DraftModel.changes(old, new) }, currency: (new ?? old)?.currency,
      inForce: inForce?.version,
      since: draft.status != .applied && draft.content.basedOn != inForce?.version
        ? base.flatMap { base in inForce.map { DraftModel.changes(base, $0) } } ?? [] : [],
      lifts: draft.content.catalog.map { book.soFar.exclusionsLifted(by: $0).map(\.words) } ?? [],
      channels: ChannelPlaces.all([inForce, new].compactMap { $0 }),
      deeds: DraftModel.deeds(draft, person, book.soFar, nowMs))
  }
}

extension CatalogBook {
  /// The one that a version took the place of.
  func before(_ version: String) -> Catalog? {
    versions.firstIndex { $0.catalog.version == version }.flatMap { $0 > 0 ? versions[$0 - 1].catalog : nil }
  }
}

extension DraftModel {
  fileprivate static func changes(_ old: Catalog?, _ new: Catalog) -> [Change] {
    let old = old ?? Catalog(version: "", appliedMs: 0, name: "", currency: "")
    return CatalogDifference(from: old, to: new).changes.map { change in
      let proposition = change.section == "propositions" ? change.subject : nil
      return Change(
        kind: change.kind.rawValue, section: change.section, subject: change.subject,
        name: proposition.flatMap { (new.proposition($0) ?? old.proposition($0))?.name }, field: change.field,
        old: change.old, new: change.new)
    }
  }

  /// Asks the rules themselves.
  fileprivate static func deeds(
    _ draft: CatalogDraft, _ person: String?, _ catalogs: CatalogsSoFar, _ nowMs: Int64
  ) -> [Deed] {
    let types: [(String, CatalogDraftCommandType)] = [
      ("save", .save), ("submit", .submit), ("approve", .approve), ("refuse", .refuse), ("withdraw", .withdraw),
    ]
    return types.map { name, type in
      guard let person else { return Deed(name: name, why: "it takes a staff token of one's own") }
      var command = CatalogDraftCommand(by: person, hash: draft.hash)
      if type == .save { command.content = draft.content }
      if type == .submit { command.basedOn = catalogs.inForce }
      if type == .refuse { command.reason = "-" }
      // Asked for with the approval.
      if type == .approve { command.liftExclusions = true }
      do throws(Refusal) {
        _ = try Drafts.decide(draft.id, draft, .command(type, command, id: "-"), catalogs, now: nowMs)
        return Deed(name: name)
      } catch {
        return Deed(name: name, why: error.reason)
      }
    }
  }
}
