import Contracts
import Foundation
import ProfileAggregatorCore
import Seeds
import Testing

/// Claims, splits and data stewards' words on two in any order, against a world that was told the claims and the words in
/// their order, and of what has parted in the end knew from the beginning.
struct StewardPropertyTests {
  private static let pool =
    (0..<3).map { Identifier("customer", "\($0)") } + (0..<1).map { Identifier("loyalty", "\($0)") }
    + (0..<2).map { Identifier("login", "\($0)") } + (0..<4).map { Identifier("cookie", "\($0)") } + [phone]

  private struct Told {
    var number: Int64
    var identifiers: [Identifier]
    var isWord = false
  }

  private static let seeds = 0..<(ProcessInfo.processInfo.environment["WORLDS"].flatMap { UInt64($0) } ?? 60)

  private func knowing(_ court: Court, _ told: [Told]) throws -> Court {
    var other = Court.knowing(Self.pool.reduce(into: [:]) { $0[$1] = court.index[$1]?.partings })
    for one in told {
      other.number = one.number - 1
      guard one.isWord else {
        other.claim(one.identifiers)
        continue
      }
      if other.index.areParted(one.identifiers[0], one.identifiers[1]) {
        // A word that was taken back still named the stronger.
        other.claim(one.identifiers)
      } else if try !other.decide(.samePerson, one.identifiers[0], one.identifiers[1]).last!.verdict.isAccepted {
        // Nor is a word that later ones leave no room for as though nobody had been named.
        for identifier in one.identifiers {
          other.number = one.number - 1
          other.claim(identifier)
        }
      }
    }
    return other
  }

  @Test(arguments: seeds)
  func theLastWordOnTwoHoldsAndTheRestIsAsTheOrderSays(seed: UInt64) throws {
    var random = Seeded(seed)
    var court = Court()
    var told: [Told] = []
    let pool = Array(Self.pool.shuffled(using: &random).prefix(Int.random(in: 5...Self.pool.count, using: &random)))
    /// On whom the last word was that they are one, or that they aren't.
    var words: [Set<Identifier>: StewardCommandType] = [:]
    for step in 0..<50 {
      guard step > 3, Int.random(in: 0..<4, using: &random) == 0 else {
        let named = Array(pool.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
        court.claim(named)
        told.append(Told(number: court.number, identifiers: named))
        continue
      }
      let pair = Array(pool.shuffled(using: &random).prefix(2))
      let type = [StewardCommandType.samePerson, .notSamePerson, .split].randomElement(using: &random)!
      let before = Self.pool.map { court.index[$0] }
      let entries: [IdentityMapEntry]
      if type == .split {
        guard pair.allSatisfy({ court.index[$0] != nil }) else { continue }
        entries = try court.split(pair[0], from: pair[1])
      } else {
        entries = try court.decide(type, pair[0], pair[1])
      }
      #expect(entries.last?.identifier == pair[0])
      guard entries.last?.verdict.isAccepted == true else {
        #expect(entries.count == 1)
        for (one, old) in zip(Self.pool, before) where one != pair[0] { #expect(court.index[one] == old) }
        #expect(court.profile(pair[0]) == before[Self.pool.firstIndex(of: pair[0])!]?.current ?? mint.profile(pair[0]))
        continue
      }
      // Of a telephone number it says no more than that he may have it.
      let joins = type == .samePerson && !pair.contains { $0.namespace == "phone" }
      if joins { told.append(Told(number: court.number, identifiers: pair, isWord: true)) }
      words[Set(pair)] = type
      if joins { #expect(court.areTogether(pair[0], pair[1]), "seed \(seed), step \(step)") }
      let other = try knowing(court, told)
      for one in Self.pool {
        #expect(court.profile(one) == other.profile(one), "seed \(seed), step \(step): \(type) \(pair), \(one)")
        #expect(court.index[one]?.firstClaim == other.index[one]?.firstClaim, "seed \(seed), step \(step), \(one)")
      }
      for (pair, type) in words where type == .notSamePerson {
        let pair = Array(pair)
        #expect(!court.areTogether(pair[0], pair[1]), "seed \(seed), step \(step): \(pair)")
      }
    }
    var read = IdentityIndex()
    for entry in (court.said + court.said).shuffled(using: &random) {
      read.take(try IdentityMapEntry(json: entry.json))
    }
    for one in Self.pool { #expect(read[one] == court.index[one]) }
  }

  @Test func theStreamsHaveWordsOfEveryKind() throws {
    var outcomes: [String: Int] = [:]
    for seed in 0..<200 as Range<UInt64> {
      var random = Seeded(seed)
      var court = Court()
      for _ in 0..<30 {
        let named = Array(Self.pool.shuffled(using: &random).prefix(2))
        court.claim(named)
        let pair = Array(Self.pool.shuffled(using: &random).prefix(2))
        let type = [StewardCommandType.samePerson, .notSamePerson].randomElement(using: &random)!
        let wereParted = court.index.areParted(pair[0], pair[1])
        let last = try court.decide(type, pair[0], pair[1]).last!
        outcomes["\(type) \(wereParted) \(last.verdict.reason)", default: 0] += 1
      }
    }
    for kind in [
      "samePerson false same-person", "samePerson true same-person", "samePerson false kept-apart-by-steward",
      "samePerson true kept-apart-by-steward", "samePerson false already-linked", "notSamePerson false not-same-person",
      "notSamePerson true already-not-same-person",
    ] { #expect(outcomes[kind] ?? 0 > 2, "\(kind): \(outcomes)") }
  }
}
