// The data steward's list as his page shows it: two who may be one person, each with what else is known of him.

import Contracts

struct StewardModel: Encodable, Sendable {
  struct Side: Encodable, Sendable {
    var identifier: String
    var name: String?
    /// What else is his, the strongest first.
    var others: [String]
  }

  struct Row: Encodable, Sendable {
    var sides: [Side]
    var evidence: [ConflictEvidence]
    /// Who has left it before, and why.
    var left: StewardWord?
  }

  struct Decision: Encodable, Sendable {
    var kind: String
    var identifier: String
    var with: String
    var by: String
    var reason: String
    var atMs: Int64
  }

  struct Asked: Encodable, Sendable {
    var command: String
    var kind: String
    var identifier: String
    var with: String?
    var atMs: Int64
    /// nil: on its way.
    var isAccepted: Bool?
    var reason: String?
  }

  static let rowsMax = 200
  static let decisionsMax = 50
  static let othersMax = 6

  var revision: Int64
  /// How many there are, of which `rows` are those with the latest evidence.
  var count: Int
  var rows: [Row]
  var decisions: [Decision]
  var asked: [Asked]
}

extension Books {
  func steward(_ namespaces: Namespaces) -> StewardModel {
    let book = read { $0.steward }
    let cases = book.list.cases
    let shown = cases.prefix(StewardModel.rowsMax)
    let keys = Set(shown.flatMap { [$0.identifier.key, $0.conflict.with.key] })
    let states = read { content in
      var states: [String: [UInt8]] = [:]
      for key in keys { states[key] = content.profiles.profile(of: key).flatMap { content.profiles[$0]?.state } }
      return states
    }
    let sides = Dictionary(uniqueKeysWithValues: keys.map { ($0, StewardModel.Side($0, states[$0], namespaces)) })
    return StewardModel(
      revision: book.revision, count: cases.count,
      rows: shown.map { one in
        StewardModel.Row(
          sides: [one.identifier, one.conflict.with].compactMap { sides[$0.key] }, evidence: one.conflict.evidence,
          left: one.conflict.left)
      },
      decisions: book.list.decisions.prefix(StewardModel.decisionsMax).map {
        StewardModel.Decision(
          kind: $0.kind.word, identifier: $0.identifier.key, with: $0.with.key, by: $0.by, reason: $0.reason,
          atMs: $0.atMs)
      },
      asked: book.asked.map {
        StewardModel.Asked(
          command: $0.command, kind: $0.kind.word, identifier: $0.identifier.key, with: $0.with?.key, atMs: $0.atMs,
          isAccepted: $0.outcome?.isAccepted, reason: $0.outcome?.reason)
      })
  }
}

extension StewardModel.Side {
  fileprivate init(_ key: String, _ state: [UInt8]?, _ namespaces: Namespaces) {
    identifier = key
    name = state.flatMap { LeadCustomer($0, reachable: { _ in false })?.name }
    let view = state.flatMap { try? ProfileState(json: $0) }.map(CustomerView.init)
    others = (view?.identifiers ?? []).sorted {
      (namespaces[$0.namespace]?.strength ?? .max, $0.key) < (namespaces[$1.namespace]?.strength ?? .max, $1.key)
    }.map(\.key).filter { $0 != key }.prefix(StewardModel.othersMax).map { $0 }
  }
}
