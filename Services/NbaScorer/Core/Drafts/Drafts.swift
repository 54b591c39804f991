import Contracts

/// What becomes of drafts of the catalogue: who may do what with one, and when it comes into force. Nobody approves what he
/// wrote any of, or asked for; what is approved is exactly what was seen, against the version that was in force then.
package enum Drafts {
  package enum Request: Sendable {
    case command(CatalogDraftCommandType, CatalogDraftCommand, id: String)
    /// It wanted to be woken, or another version came into force.
    case tick
  }

  package struct Decision: Sendable {
    package enum Change: Sendable {
      case none
      case set(CatalogDraft)
      /// Nobody has touched it for too long.
      case delete
    }

    package var change: Change
    /// What is to be put on the catalogue's topic.
    package var message: CatalogApplication.Message?
    package var version: String?

    static func set(_ draft: CatalogDraft) -> Decision { Decision(change: .set(draft)) }
  }

  package static func decide(
    _ id: String, _ draft: CatalogDraft?, _ request: Request, _ catalogs: CatalogsSoFar, now: Int64
  ) throws(Refusal) -> Decision {
    switch request {
    case .tick: draft.map { tick($0, catalogs, now: now) } ?? Decision(change: .none)
    case .command(let type, let command, let commandId):
      try obey(id, draft, type, command, commandId, catalogs, now: now)
    }
  }

  /// Whether a version has come into force since that changes where it stands.
  package static func isOutdated(_ draft: CatalogDraft, _ catalogs: CatalogsSoFar) -> Bool {
    switch draft.status {
    case .submitted, .scheduled: draft.content.basedOn != catalogs.inForce
    case .applying: draft.version.flatMap(catalogs.took) != nil
    case .draft, .applied, .outOfDate, .refused, .withdrawn: false
    }
  }

  /// Whether he may say yes or no to it: he has neither written any of it nor submitted it.
  package static func isSecondPerson(_ name: String, of draft: CatalogDraft) -> Bool {
    !(draft.writers + [draft.submittedBy].compactMap { $0 }).contains { $0.lowercased() == name.lowercased() }
  }

  // MARK: Time

  private static func tick(_ draft: CatalogDraft, _ catalogs: CatalogsSoFar, now: Int64) -> Decision {
    if isOutdated(draft, catalogs) { return .set(outdated(draft, catalogs, now: now)) }
    if draft.status == .scheduled, let applyMs = draft.applyMs, applyMs <= now {
      return apply(draft, catalogs, now: now)
    }
    if draft.status == .applying {
      guard draft.nowMs + applyingMsMax <= now else { return Decision(change: .none) }
      var lost = draft
      lost.version = nil
      return .set(
        lost.with(.outOfDate, .outOfDate, by: nil, now: now, reason: "its version was never seen on the topic"))
    }
    return draft.nowMs + CatalogDraft.keptMs <= now ? Decision(change: .delete) : Decision(change: .none)
  }

  private static func outdated(_ draft: CatalogDraft, _ catalogs: CatalogsSoFar, now: Int64) -> CatalogDraft {
    if draft.status == .applying, let version = draft.version, catalogs.took(version) == true {
      return draft.with(.applied, .applied, by: nil, now: now)
    }
    var draft = draft
    draft.version = nil
    return draft.with(
      .outOfDate, .outOfDate, by: nil, now: now, reason: "\(catalogs.inForce ?? "another version") came into force")
  }

  private static func apply(_ draft: CatalogDraft, _ catalogs: CatalogsSoFar, now: Int64) -> Decision {
    var draft = draft
    do throws(Refusal) {
      let application = try application(draft.content, draft, catalogs, now: now)
      draft.version = application.catalog.version
      draft.status = .applying
      draft.nowMs = now
      return Decision(change: .set(draft), message: application.message, version: draft.version)
    } catch {
      return .set(draft.with(.refused, .refused, by: nil, now: now, reason: error.reason))
    }
  }

  /// All that every reader of the catalogue asks, and what else it takes to apply it now.
  private static func application(
    _ content: CatalogDraft.Content, _ draft: CatalogDraft, _ catalogs: CatalogsSoFar, now: Int64
  ) throws(Refusal) -> CatalogApplication {
    guard content.mistakes.isEmpty, let catalog = content.catalog else {
      throw refusal("content", "something is wrong with it")
    }
    let application: CatalogApplication
    do throws(CatalogMistakes) {
      let by = draft.approvedBy.map { "\(draft.changedBy), approved by \($0)" }
      application = try catalogs.application(
        catalog, content.text, nowMs: now, word: CatalogApplication.Word(by: by, note: content.name))
    } catch {
      throw refusal("content", "\(error)")
    }
    guard application.message != nil else {
      throw refusal("content", "it says what \(application.catalog.version) says, which is in force")
    }
    _ = try CheckedCatalog(application.catalog)
    return application
  }

  // MARK: People

  private static func obey(
    _ id: String, _ draft: CatalogDraft?, _ type: CatalogDraftCommandType, _ command: CatalogDraftCommand,
    _ commandId: String, _ catalogs: CatalogsSoFar, now: Int64
  ) throws(Refusal) -> Decision {
    try check(command)
    guard let draft else {
      guard type == .save, command.hash == nil else { throw refusal("draft", "there is no draft \(id)") }
      let content = try content(of: command)
      let new = CatalogDraft(id: id, content: content, author: command.by, atMs: now, command: commandId)
      return .set(new.with(.draft, .saved, by: command.by, now: now))
    }
    guard command.hash == draft.hash else {
      throw refusal("hash", "\(draft.changedBy) has changed it meanwhile: look at it again")
    }
    var next = draft
    next.command = commandId
    switch type {
    case .save:
      try require(draft, [.draft, .submitted, .scheduled, .outOfDate, .refused], "be changed")
      next.content = try content(of: command)
      (next.changedBy, next.changedMs, next.submittedBy) = (command.by, now, nil)
      if !next.writers.contains(command.by) { next.writers.append(command.by) }
      guard next.writers.count <= CatalogDraft.writersMax else {
        throw refusal("by", "too many people have changed it")
      }
      return .set(next.with(.draft, .saved, by: command.by, now: now))
    case .submit:
      try require(draft, [.draft, .outOfDate, .refused], "be submitted")
      try requireInForce(command.basedOn, catalogs)
      next.content.basedOn = command.basedOn
      next.submittedBy = command.by
      _ = try application(next.content, next, catalogs, now: now)
      return .set(next.with(.submitted, .submitted, by: command.by, now: now, reason: command.reason))
    case .approve:
      try require(draft, [.submitted], "be approved")
      try requireSecondPerson(command.by, draft)
      try requireInForce(draft.content.basedOn, catalogs)
      try requireLifting(command, draft, catalogs)
      next.approvedBy = command.by
      next.applyMs = command.applyMs
      guard let applyMs = command.applyMs else {
        return apply(next.with(.submitted, .approved, by: command.by, now: now), catalogs, now: now)
      }
      guard applyMs > now else {
        throw refusal("applyMs", "lies in the past: give a time to come, or none for at once")
      }
      guard applyMs <= now + Self.aheadMsMax else { throw refusal("applyMs", "lies more than a year ahead") }
      return .set(next.with(.scheduled, .approved, by: command.by, now: now))
    case .refuse:
      try require(draft, [.submitted, .scheduled], "be refused")
      try requireSecondPerson(command.by, draft)
      guard let reason = command.reason else { throw refusal("reason", "say why: its author will want to know") }
      return .set(next.with(.refused, .refused, by: command.by, now: now, reason: reason))
    case .withdraw:
      try require(draft, [.draft, .submitted, .scheduled, .outOfDate, .refused], "be withdrawn")
      return .set(next.with(.withdrawn, .withdrawn, by: command.by, now: now, reason: command.reason))
    }
  }

  private static let aheadMsMax: Int64 = 366 * 86_400_000
  /// After so long the topic has lost what was put on it.
  fileprivate static let applyingMsMax: Int64 = 600_000

  private static func check(_ command: CatalogDraftCommand) throws(Refusal) {
    guard (1...CatalogDraftCommand.byBytesMax).contains(command.by.utf8.count) else {
      throw refusal("by", "takes 1 to \(CatalogDraftCommand.byBytesMax) bytes")
    }
    if let reason = command.reason, !(1...CatalogDraftCommand.reasonBytesMax).contains(reason.utf8.count) {
      throw refusal("reason", "takes 1 to \(CatalogDraftCommand.reasonBytesMax) bytes")
    }
  }

  private static func content(of command: CatalogDraftCommand) throws(Refusal) -> CatalogDraft.Content {
    guard let content = command.content else { throw refusal("content", "is missing") }
    let catalogBytes = content.catalog.map { JSONCoding.encode($0).count } ?? 0
    for (field, bytes, most) in [
      ("name", content.name.utf8.count, CatalogDraft.nameBytesMax),
      ("text", content.text.utf8.count, CatalogDraft.textBytesMax),
      ("tests", (content.tests ?? "").utf8.count, CatalogDraft.testsBytesMax),
      ("text", catalogBytes, CatalogDraft.catalogBytesMax),
    ] where bytes > most {
      throw refusal(field, "is too long for a draft: \(bytes) bytes, the most is \(most); there is trias catalog apply")
    }
    guard !content.name.isEmpty else { throw refusal("name", "is empty") }
    guard content.mistakes.count <= CatalogDraft.mistakesMax else { throw refusal("mistakes", "are too many") }
    return content
  }

  private static func require(
    _ draft: CatalogDraft, _ statuses: [CatalogDraft.Status], _ what: String
  ) throws(Refusal) {
    guard statuses.contains(draft.status) else {
      throw refusal("status", "it can't \(what), because it is \(draft.status.words)")
    }
  }

  private static func requireSecondPerson(_ name: String, _ draft: CatalogDraft) throws(Refusal) {
    guard isSecondPerson(name, of: draft) else {
      throw refusal("by", "\(name) wrote some of it, or submitted it: it takes a second person")
    }
  }

  private static func requireInForce(_ basedOn: String?, _ catalogs: CatalogsSoFar) throws(Refusal) {
    guard basedOn == catalogs.inForce else {
      let other = catalogs.inForce ?? "none"
      throw refusal("basedOn", "it was compared with \(basedOn ?? "none"), and \(other) is in force: look at it again")
    }
  }

  /// What is taken out at once comes back only where somebody says that it may.
  private static func requireLifting(
    _ command: CatalogDraftCommand, _ draft: CatalogDraft, _ catalogs: CatalogsSoFar
  ) throws(Refusal) {
    let lifted = draft.content.catalog.map { catalogs.exclusionsLifted(by: $0) } ?? []
    guard command.liftExclusions != true, !lifted.isEmpty else { return }
    throw refusal(
      "liftExclusions",
      "it lifts what is taken out at once: \(lifted.map(\.words).joined(separator: ", ")). If that may be, say so")
  }

  private static func refusal(_ field: String, _ reason: String) -> Refusal {
    Refusal(stage: "draft", field: field, reason: reason)
  }
}

extension CatalogDraft {
  /// When it wants to be woken.
  package var nextDueMs: Int64? {
    switch status {
    case .scheduled: applyMs
    case .applying: nowMs + Drafts.applyingMsMax
    default: nowMs + Self.keptMs
    }
  }

  /// It stands so, because of that.
  fileprivate func with(
    _ status: Status, _ kind: Act.Kind, by name: String?, now: Int64, reason: String? = nil
  ) -> CatalogDraft {
    var next = self
    next.status = status
    next.hash = content.hash
    next.reason = reason
    next.nowMs = now
    if status != .scheduled, status != .applied, kind != .approved { (next.approvedBy, next.applyMs) = (nil, nil) }
    next.history.append(
      Act(kind, by: name, atMs: now, hash: next.hash, reason: reason, applyMs: kind == .approved ? applyMs : nil))
    if next.history.count > Self.historyMax { next.history.remove(at: 1) }
    return next
  }
}

extension CatalogDraft.Status {
  package var words: String { self == .outOfDate ? "out of date" : rawValue }
}
