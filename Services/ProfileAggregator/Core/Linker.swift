import Contracts

/// What the linker keeps beside the map: how many claims it has judged and commands it has carried out, which is the number
/// of the last one. The map itself is its memory.
package struct LinkerState: Sendable, Equatable {
  package var claims: Int64
  package var nowMs: Int64

  package init(claims: Int64 = 0, nowMs: Int64 = 0) {
    self.claims = claims
    self.nowMs = nowMs
  }
}

extension LinkerState: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("claims", claims)
    writer.field("nowMs", nowMs)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var state = LinkerState()
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "claims": state.claims = try reader.int()
      case "nowMs": state.nowMs = try reader.int()
      default: break
      }
    }
    self = state
  }
}

/// Judges the claims one after the other, in the only order there is: that of `identity.claims`, with what data stewards
/// say of them in between.
package struct Linker: Sendable {
  private let judge: Judge
  private var index = IdentityIndex()

  package init(_ judge: Judge) { self.judge = judge }

  /// A verdict on `identity.map`: an earlier one of its own, or the echo of one just given.
  package mutating func observe(_ data: [UInt8]?) throws(Refusal) {
    guard let data else { return }
    index.take(try IdentityMapEntry(data: data))
  }

  package mutating func claim(
    _ state: LinkerState?, _ data: [UInt8]?, now: Int64
  ) throws(Refusal) -> Decision<LinkerState> {
    guard let data else { throw Refusal(stage: "schema", reason: "the record has no data") }
    let claim = try IdentityClaim(data: data)
    let state = Self.next(state, now)
    let entries = judge.judge(claim, number: state.claims, &index)
    return Self.said(entries, state, cause: claim.id, atMs: claim.atMs)
  }

  /// `recordedMs` is the record's own time, negative where unknown.
  package mutating func command(
    _ state: LinkerState?, _ envelope: Envelope, _ data: [UInt8]?, recordedMs: Int64, now: Int64
  ) throws(Refusal) -> Decision<LinkerState> {
    guard let type = StewardCommandType(rawValue: envelope.type) else {
      throw Refusal(stage: "type", field: "ce_type", reason: "no such command: \(envelope.type)")
    }
    guard let data else { throw Refusal(stage: "schema", reason: "the record has no data") }
    try Facets.checkTime(envelope.timeMs, recordedMs: recordedMs)
    let command = try StewardCommand(data: data)
    try Self.check(command.by, "by", bytesMax: StewardCommand.byBytesMax)
    try Self.check(command.reason, "reason", bytesMax: StewardCommand.reasonBytesMax)
    let state = Self.next(state, now)
    let entries = try judge.decide(
      type, command, id: envelope.id, atMs: envelope.timeMs, number: state.claims, &index)
    return Self.said(entries, state, cause: envelope.id, atMs: envelope.timeMs)
  }

  /// Who parts what others take for one person says who he is, and why.
  private static func check(_ text: String, _ field: String, bytesMax: Int) throws(Refusal) {
    guard !text.isEmpty else { throw Refusal(stage: "schema", field: field, reason: "is empty") }
    guard text.utf8.count <= bytesMax else {
      throw Refusal(stage: "schema", field: field, reason: "takes \(bytesMax) bytes at most")
    }
  }

  private static func next(_ state: LinkerState?, _ now: Int64) -> LinkerState {
    LinkerState(claims: (state?.claims ?? 0) + 1, nowMs: max(state?.nowMs ?? 0, now))
  }

  private static func said(
    _ entries: [IdentityMapEntry], _ state: LinkerState, cause: String, atMs: Int64
  ) -> Decision<LinkerState> {
    let emissions = entries.enumerated().map { ordinal, entry in
      var envelope = Envelope(
        id: "verdict:\(state.claims):\(ordinal)", source: aggregatorSource, type: IdentityMapEntry.type, timeMs: atMs)
      envelope.causationId = cause
      return Emission(Topics.identityMap, key: entry.identifier.key, envelope, entry.json)
    }
    return Decision(.set(state), emissions)
  }
}
