import Contracts
import Foundation
import ProfileAggregatorCore
import Seeds
import Testing

/// Splits against worlds in which the links that they undo were never made, tried with many seeded streams of claims.
struct SplitPropertyTests {
  private static let pool =
    (0..<3).map { Identifier("customer", "\($0)") } + (0..<2).map { Identifier("loyalty", "\($0)") }
    + (0..<4).map { Identifier("login", "\($0)") } + (0..<3).map { Identifier("device", "\($0)") }
    + (0..<6).map { Identifier("cookie", "\($0)") } + contacts
  private static let contacts = [phone, Identifier("email", "shared@example.org")]

  private struct Told {
    var number: Int64
    var identifiers: [Identifier]
  }

  private func partings(_ court: Court) -> [Identifier: [Parting]] {
    Self.pool.reduce(into: [:]) { $0[$1] = court.index[$1]?.partings }
  }

  /// The claims told again to somebody who knew from the beginning.
  private func knowing(_ partings: [Identifier: [Parting]], _ claims: [Told]) -> Court {
    var court = Court.knowing(partings)
    for claim in claims {
      court.number = claim.number - 1
      court.claim(claim.identifiers)
    }
    return court
  }

  /// Nothing is known, but of the claims each names only one of two that are parted, the stronger.
  private func neverNamed(_ partings: [Identifier: [Parting]], _ claims: [Told]) -> Court {
    var court = Court()
    let order = ["customer", "loyalty", "login", "device", "cookie"]
    for claim in claims {
      var named: [Identifier] = []
      for name in order { named += claim.identifiers.filter { $0.namespace == name } }
      let left = named.enumerated().filter { position, identifier in
        !named[..<position].contains { stronger in
          partings[identifier]?.contains { $0.identifier == stronger } == true
        }
      }.map(\.element)
      // Who has a contact identifier is the strongest who was named with it.
      let contacts = Self.contacts.filter { contact in
        claim.identifiers.contains(contact)
          && partings[contact]?.contains { $0.identifier == left.first } != true
      }
      court.number = claim.number - 1
      court.claim(left + contacts)
    }
    return court
  }

  private func same(_ court: Court, _ other: Court, _ what: String) {
    for identifier in Self.pool {
      #expect(court.profile(identifier) == other.profile(identifier), "\(what): \(identifier)")
      // It breaks ties, and a contact identifier is in none.
      guard !Self.contacts.contains(identifier) else { continue }
      #expect(court.index[identifier]?.firstClaim == other.index[identifier]?.firstClaim, "\(what): \(identifier)")
    }
  }

  private static let seeds = 0..<(ProcessInfo.processInfo.environment["WORLDS"].flatMap { UInt64($0) } ?? 60)

  @Test(arguments: seeds)
  func afterASplitEverythingIsAsIfTheLinkHadNeverBeenMade(seed: UInt64) throws {
    var random = Seeded(seed)
    var court = Court()
    var claims: [Told] = []
    let isCrowded = Bool.random(using: &random)
    let pool = isCrowded ? Self.pool.shuffled(using: &random).prefix(9).map { $0 } : Self.pool
    for step in 0..<60 {
      guard step > 3, Int.random(in: 0..<6, using: &random) == 0 else {
        let named = Array(pool.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random)))
        court.claim(named)
        claims.append(Told(number: court.number, identifiers: named))
        continue
      }
      let identifier = pool.randomElement(using: &random)!
      guard court.index[identifier] != nil else { continue }
      let others =
        (court.index[identifier]?.claims?.flatMap(\.identifiers).filter { $0 != identifier } ?? [])
        + (court.index[identifier]?.carriers?.map(\.identifier) ?? [])
      let before = Dictionary(uniqueKeysWithValues: Self.pool.map { ($0, court.index[$0]) })
      let from = Bool.random(using: &random) ? nil : others.randomElement(using: &random)
      let entries = try court.split(identifier, from: from)
      #expect(entries.last?.identifier == identifier)
      let partings = partings(court)
      same(court, knowing(partings, claims), "seed \(seed), step \(step), known before")
      same(court, neverNamed(partings, claims), "seed \(seed), step \(step), never named")
      for entry in entries {
        let old = before[entry.identifier]!
        let version = old!.version + (entry.profile == old!.profile ? 0 : 1)
        // Of a device that several have the one's version is above the others'.
        #expect(entry.generations == nil ? entry.version == version : entry.version >= version)
      }
      for identifier in Self.pool where !entries.contains(where: { $0.identifier == identifier }) {
        #expect(court.index[identifier] == before[identifier]!)
      }
    }
    let last = partings(court)
    same(court, knowing(last, claims), "seed \(seed), known before")
    same(court, neverNamed(last, claims), "seed \(seed), never named")
    var read = IdentityIndex()
    for entry in (court.said + court.said).shuffled(using: &random) {
      read.take(try IdentityMapEntry(json: entry.json))
    }
    for identifier in Self.pool { #expect(read[identifier] == court.index[identifier]) }
  }

  @Test func theStreamsHaveSplitsOfEveryKind() throws {
    var outcomes: [String: Int] = [:]
    for seed in 0..<200 as Range<UInt64> {
      var random = Seeded(seed)
      var court = Court()
      for _ in 0..<40 {
        court.claim(Array(Self.pool.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))))
      }
      let known = Self.pool.filter { court.index[$0] != nil }
      let pair = known.shuffled(using: &random).prefix(2)
      let entries = try court.split(pair[0], from: seed % 4 == 0 ? pair[1] : nil)
      outcomes[entries.last!.verdict.reason, default: 0] += 1
      let moved = entries.filter { $0.verdict.reason == "split" && $0.partings == nil }
      if !moved.isEmpty { outcomes["others move", default: 0] += 1 }
      if moved.contains(where: { $0.profile != mint.profile($0.identifier) }) {
        outcomes["others join another", default: 0] += 1
      }
    }
    for kind in ["split", "split-still-linked-by-others", "not-linked", "others move", "others join another"] {
      #expect(outcomes[kind] ?? 0 > 2, "\(kind): \(outcomes)")
    }
  }
}
