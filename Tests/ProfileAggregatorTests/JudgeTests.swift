import Contracts
import ProfileAggregatorCore
import Seeds
import Testing

/// Which identifiers become one person's, and which don't.
struct JudgeTests {
  private let other = Identifier("customer", "43")
  private let loyalty = Identifier("loyalty", "L1")
  private let cookie2 = Identifier("cookie", "c2")

  private func verdict(_ entries: [IdentityMapEntry], _ identifier: Identifier) -> String? {
    entries.first { $0.identifier == identifier }.map {
      "\($0.verdict.isAccepted ? "yes" : "no"): \($0.verdict.reason)"
    }
  }

  @Test func theKnownCustomerKeepsHisProfile() {
    var court = Court()
    let entries = court.claim(cookie, customer)
    #expect(court.profile(cookie) == mint.profile(customer))
    #expect(entries.map(\.identifier) == [customer, cookie])
    #expect(entries.map(\.version) == [0, 1])
    #expect(entries.allSatisfy { $0.verdict.isAccepted && $0.verdict.reason == "linked" })
    #expect(entries[0].judged == [cookie] && entries[1].judged == [customer])
  }

  @Test func aProfileThatJoinsBringsAllItsIdentifiers() {
    var court = Court()
    court.claim(cookie, cookie2)
    court.claim(login, cookie)
    let entries = court.claim(customer, login)
    #expect(Set([cookie, cookie2, login].map(court.profile)) == [mint.profile(customer)])
    // Nobody named the second cookie; it moves along, and its facet must hear of it.
    #expect(entries.first { $0.identifier == cookie2 }?.version == 3)
    #expect(entries.first { $0.identifier == cookie }?.version == 2)
    #expect(entries.first { $0.identifier == login }?.version == 1)
  }

  @Test func ofEquallyStrongIdentifiersTheEarliestClaimed() {
    var court = Court()
    let late = Identifier("cookie", "late")
    court.claim(cookie2, phone)
    court.claim(late, cookie2)
    #expect(court.profile(late) == mint.profile(cookie2))
  }

  @Test func twoPersonsNeverBecomeOne() {
    var court = Court()
    #expect(verdict(court.claim(customer, other), other) == "no: two-persons")
    // Nor does a card that belongs to one of them, nor the login of one.
    court.claim(other, loyalty)
    #expect(court.profile(loyalty) == mint.profile(other))
    #expect(verdict(court.claim(customer, loyalty), loyalty) == "no: two-persons")
    court.claim(other, login)
    #expect(verdict(court.claim(customer, login), login) == "no: belongs-to-another-person")
  }

  @Test func aCardAndACustomerNumberJoinOnlyOnTheWordOfAnEventThatNamesBoth() {
    var court = Court()
    court.claim(loyalty, login)
    #expect(verdict(court.claim(customer, login), login) == "no: belongs-to-another-person")
    #expect(court.profile(login) == mint.profile(loyalty))
    #expect(verdict(court.claim(customer, loyalty), loyalty) == "yes: linked")
    #expect(court.profile(login) == mint.profile(customer))
  }

  @Test func aProfileHasAtMostSixtyFourIdentifiers() {
    var court = Court()
    for number in 1..<64 { court.claim(customer, Identifier("cookie", "n\(number)")) }
    let last = Identifier("cookie", "last")
    #expect(verdict(court.claim(customer, last), last) == "no: too-many-identifiers")
    #expect(court.profile(last) == mint.profile(last))
  }

  @Test func aClaimSaidAgainMovesNothing() {
    var court = Court()
    court.claim(customer, cookie)
    let again = court.claim(customer, cookie)
    #expect(again.map(\.version) == [0, 1])
    #expect(again.allSatisfy { $0.verdict.reason == "already-linked" && $0.verdict.isAccepted })
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func theIndexIsTheSameWhenItIsReadBackInAnyOrderAndMoreThanOnce(seed: UInt64) {
    var random = Seeded(seed)
    let pool =
      (0..<3).map { Identifier("customer", "\($0)") } + (0..<4).map { Identifier("login", "\($0)") }
      + (0..<8).map { Identifier("cookie", "\($0)") } + [loyalty, phone]
    var court = Court()
    var said: [IdentityMapEntry] = []
    for _ in 0..<40 {
      court.number += 1
      let identifiers = Array(pool.shuffled(using: &random).prefix(Int.random(in: 2...4, using: &random)))
      let claim = IdentityClaim(id: "e\(court.number)", source: "test", atMs: startMs, identifiers: identifiers)
      let entries = court.judge.judge(claim, number: court.number, &court.index)
      #expect(Set(identifiers).isSubset(of: Set(entries.map(\.identifier))))
      #expect(Set(entries.map(\.identifier)).count == entries.count)
      said += entries
    }
    var read = IdentityIndex()
    for entry in (said + said).shuffled(using: &random) { read.take(entry) }
    for identifier in pool {
      #expect(read[identifier] == court.index[identifier])
      let profile = court.profile(identifier)
      #expect(
        Set(read.members(of: profile)) == Set(court.index.members(of: profile)))
      // No profile ever has two values of one person namespace.
      let persons = read.members(of: profile).filter { $0.identifier.namespace == "customer" }
      #expect(persons.count <= 1)
    }
  }
}
