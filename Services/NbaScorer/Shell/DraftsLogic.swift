import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// What people do with drafts in, drafts and catalogues out: one key per draft. It holds the versions of the catalogue, to
/// know what is in force and whether what it applied was taken.
final class DraftsLogic: Logic {
  typealias State = CatalogDraft

  private var catalogs = CatalogsSoFar()

  func observe(_ record: Record) throws(Refusal) {
    if let value = record.value {
      try catalogs.take(key: record.key, value: value, writtenMs: record.timestampMs)
    }
  }

  func catchUp(with record: Record) throws(Refusal) {
    if let value = record.value {
      try catalogs.take(key: record.key, value: value, writtenMs: record.timestampMs, wasThere: true)
    }
  }

  var revision: Int64 { catalogs.revision }

  func isOutdated(_ state: CatalogDraft) -> Bool { Drafts.isOutdated(state, catalogs) }

  func now(of state: CatalogDraft) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: CatalogDraft?, _ input: Input, now: Int64) throws(Refusal) -> Step<CatalogDraft> {
    var cause: Envelope?
    let decision: Drafts.Decision
    switch input {
    case .tick: decision = try Drafts.decide(key, state, .tick, catalogs, now: now)
    case .event(let record, let envelope):
      guard let type = CatalogDraftCommandType(rawValue: envelope.type) else {
        throw Refusal(stage: "schema", field: "ce_type", reason: "no command has that type: \(envelope.type)")
      }
      guard let value = record.value else { throw Refusal(stage: "schema", reason: "the record has no value") }
      guard envelope.timeMs <= record.timestampMs + Envelope.aheadMsMax else {
        throw Refusal(stage: "time", field: "ce_time", reason: "lies ahead of its record")
      }
      let command = try JSONCoding.decode(CatalogDraftCommand.self, from: value)
      decision = try Drafts.decide(key, state, .command(type, command, id: envelope.id), catalogs, now: now)
      cause = envelope
    }
    return Step(change(decision.change), outputs(decision, cause))
  }

  private func change(_ change: Drafts.Decision.Change) -> Step<CatalogDraft>.Change {
    switch change {
    case .none: .none
    case .set(let draft): .set(draft)
    case .delete: .delete
    }
  }

  /// Byte for byte what `trias catalog apply` would put there.
  private func outputs(_ decision: Drafts.Decision, _ cause: Envelope?) -> [Output] {
    guard let message = decision.message, let version = decision.version else { return [] }
    var envelope = message.envelope
    envelope.causationId = cause?.id
    var output = Output(topic: Topics.marketingCatalog, key: version, envelope: envelope, data: message.value)
    if let text = message.text { output.headers = [Output.Header(CatalogHeader.text, text)] }
    return [output]
  }
}
