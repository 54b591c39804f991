import Contracts

/// What the linker keeps beside the map: how many claims it has judged, which is the number of the last one. The map
/// itself is its memory.
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

/// Judges the claims one after the other, in the only order there is: that of `identity.claims`.
package struct Linker: Sendable {
  private let judge: Judge
  private var index = IdentityIndex()

  package init(_ judge: Judge) { self.judge = judge }

  /// A verdict on `identity.map`: an earlier one of its own, or the echo of one just given.
  package mutating func observe(_ data: [UInt8]?) throws(Refusal) {
    guard let data else { return }
    index.take(try Self.read(data) { (json) throws(JSONError) in try IdentityMapEntry(json: json) })
  }

  package mutating func claim(
    _ state: LinkerState?, _ data: [UInt8]?, now: Int64
  ) throws(Refusal) -> Decision<LinkerState> {
    guard let data else { throw Refusal(stage: "schema", reason: "the record has no data") }
    let claim = try Self.read(data) { (json) throws(JSONError) in try IdentityClaim(json: json) }
    var state = state ?? LinkerState()
    state.claims += 1
    state.nowMs = max(state.nowMs, now)
    let entries = judge.judge(claim, number: state.claims, &index)
    let number = state.claims
    let emissions = entries.enumerated().map { ordinal, entry in
      var envelope = Envelope(
        id: "verdict:\(number):\(ordinal)", source: aggregatorSource, type: IdentityMapEntry.type, timeMs: claim.atMs)
      envelope.causationId = claim.id
      return Emission(Topics.identityMap, key: entry.identifier.key, envelope, entry.json)
    }
    return Decision(.set(state), emissions)
  }

  private static func read<Value>(
    _ data: [UInt8], _ body: ([UInt8]) throws(JSONError) -> Value
  ) throws(Refusal) -> Value {
    do {
      return try body(data)
    } catch {
      throw Refusal(stage: "schema", field: error.path.isEmpty ? nil : error.path, reason: error.reason)
    }
  }
}
