// What the linker has said of identifiers: of each where it belongs and why, and of each claim what became of it. Of a
// claim that lies long back the topic has only what was said last of its identifiers.

import Contracts

struct IdentityBook: Sendable {
  struct Entry: Sendable {
    /// The map's entry as it stands on the topic.
    var latest: [UInt8]
    /// The claims and commands that it had a verdict by, as far as they were read, in the order of judging.
    var claims: [String]
    var revision: Int64
  }

  /// One identifier of a claim, and what was said of it.
  struct Party: Sendable {
    var identifier: Identifier
    var profile: String
    var verdict: Verdict
    /// The place of the claim in the order of judging.
    var number: Int64
  }

  static let claimsPerIdentifierMax = 32

  private var entries: LruTable<String, Entry>
  private var claims: LruTable<String, [Party]>

  init(countMax: Int, bytesMax: Int) {
    entries = LruTable(countMax: countMax, costMax: bytesMax)
    claims = LruTable(countMax: countMax)
  }

  subscript(identifier: String) -> Entry? { entries[identifier] }

  func parties(of claim: String) -> [Party] { claims[claim] ?? [] }

  /// A repetition of what was said before changes nothing.
  mutating func put(_ identifier: String, _ latest: [UInt8], revision: Int64) throws(JSONError) {
    let entry = try IdentityMapEntry(json: latest)
    let number = entry.lastClaim ?? 0
    let id = entry.verdict.claim
    let known = entries[identifier]
    if let known, let newest = known.claims.last, newest != id,
      let party = claims[newest]?.first(where: { $0.identifier == entry.identifier }), party.number > number
    {
      return
    }
    var list = known?.claims ?? []
    list.removeAll { $0 == id }
    list.append(id)
    if list.count > Self.claimsPerIdentifierMax { list.removeFirst() }
    entries.put(
      identifier, Entry(latest: latest, claims: list, revision: revision), cost: latest.count + 48 * list.count)
    var parties = claims[id] ?? []
    parties.removeAll { $0.identifier == entry.identifier }
    parties.append(
      Party(identifier: entry.identifier, profile: entry.profile, verdict: entry.verdict, number: number))
    claims.put(id, parties)
  }

  /// Whoever is looked at is remembered for longer.
  mutating func touch(_ identifier: String) {
    entries.touch(identifier)
    for claim in entries[identifier]?.claims ?? [] { claims.touch(claim) }
  }
}
