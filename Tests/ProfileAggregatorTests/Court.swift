import Contracts
import ProfileAggregatorCore

/// Claims judged, and data stewards' commands carried out, one after the other.
struct Court {
  let judge = Judge(mint: mint)
  var index = IdentityIndex()
  var number: Int64 = 0
  /// Everything that was said, in order.
  var said: [IdentityMapEntry] = []

  @discardableResult
  mutating func claim(_ identifiers: Identifier...) -> [IdentityMapEntry] { claim(identifiers) }

  @discardableResult
  mutating func claim(_ identifiers: [Identifier], atMs: Int64? = nil) -> [IdentityMapEntry] {
    number += 1
    let claim = IdentityClaim(
      id: "e\(number)", source: "test", atMs: atMs ?? startMs + number, identifiers: identifiers)
    let entries = judge.judge(claim, number: number, &index)
    said += entries
    return entries
  }

  @discardableResult
  mutating func split(_ identifier: Identifier, from other: Identifier? = nil) throws -> [IdentityMapEntry] {
    let command = StewardCommand(identifier: identifier, from: other, by: "ann", reason: "not the same person")
    let entries = try judge.decide(
      .split, command, id: "split-\(number + 1)", atMs: startMs + number + 1, number: number + 1, &index)
    number += 1
    said += entries
    return entries
  }

  @discardableResult
  mutating func decide(
    _ type: StewardCommandType, _ identifier: Identifier, _ other: Identifier
  ) throws -> [IdentityMapEntry] {
    let command = StewardCommand(identifier: identifier, with: other, by: "ann", reason: "has looked at both")
    let entries = try judge.decide(
      type, command, id: "word-\(number + 1)", atMs: startMs + number + 1, number: number + 1, &index)
    number += 1
    said += entries
    return entries
  }

  func profile(_ identifier: Identifier) -> String { index.profile(of: identifier, mint) }

  /// Of a device, each generation's.
  func profiles(_ identifier: Identifier) -> [String] {
    index[identifier]?.profiles ?? [mint.profile(identifier)]
  }

  /// Of a device, in one of its generations.
  func areTogether(_ one: Identifier, _ other: Identifier) -> Bool {
    !Set(profiles(one)).isDisjoint(with: profiles(other))
  }

  /// A world in which these were parted before anything happened.
  static func knowing(_ partings: [Identifier: [Parting]]) -> Court {
    var court = Court()
    for (identifier, partings) in partings {
      court.index.take(
        IdentityMapEntry(
          identifier: identifier, profile: mint.profile(identifier), version: 0, judged: [],
          verdict: Verdict(claim: "", isAccepted: true, reason: "", atMs: 0), partings: partings))
    }
    return court
  }
}
