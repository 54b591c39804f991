import Contracts
import ProfileAggregatorCore
import Seeds
import Testing

/// What stands on the data steward's list, and when it goes.
struct ConflictTests {
  private let ann = Identifier("customer", "42")
  private let bob = Identifier("customer", "43")
  private let carl = Identifier("customer", "44")
  private let tablet = Identifier("cookie", "tablet")

  /// Who with whom, and what for, over all that is known.
  private func open(_ court: Court, _ pool: [Identifier]) -> [String] {
    pool.flatMap { one in
      (court.index[one]?.conflicts ?? []).filter(\.isOpen).map {
        "\(one) \($0.with) \($0.evidence.map(\.reason).joined(separator: ","))"
      }
    }
  }

  private var pool: [Identifier] { [ann, bob, carl, tablet, login, cookie, phone] }

  @Test func aRefusedClaimStandsOnItWithItsEvidence() throws {
    var court = Court()
    court.claim(ann, login)
    court.claim(bob, login, cookie)
    #expect(open(court, pool) == ["login:ann@example.org customer:43 belongs-to-another-person"])
    let evidence = try #require(court.index[login]?.conflicts?.first?.evidence.first)
    #expect(
      evidence
        == ConflictEvidence(
          number: 2, claim: "e2", source: "test", atMs: startMs + 2, identifiers: [bob, login, cookie],
          reason: "belongs-to-another-person"))
  }

  /// A data steward has said what he has to say of them.
  @Test func whoIsSplitComesOnItNoMore() throws {
    var court = Court()
    court.claim(bob, login)
    court.claim(bob, cookie)
    try court.split(login, from: bob)
    court.claim(bob, tablet)
    court.claim(login, tablet)
    #expect(court.index[tablet]?.isShared == true && open(court, pool) == [])
    court.claim(carl, tablet)
    #expect(open(court, pool).count == 1)
  }

  /// One who logs in on another's device may be the same person, and mostly isn't.
  @Test func twoWhoHaveADeviceInTurnMayBeOne() throws {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(bob, login, tablet)
    court.claim(ann, tablet)
    #expect(open(court, pool) == ["customer:43 customer:42 shared-device"])
    let evidence = try #require(court.index[bob]?.conflicts?.first?.evidence)
    #expect(
      evidence == [
        ConflictEvidence(
          number: 2, claim: "e2", source: "test", atMs: startMs + 2, identifiers: [bob, login, tablet],
          reason: "shared-device", via: tablet)
      ])
    // Of a device that several have a data steward says nothing: it is of them that he can.
    for type in [StewardCommandType.samePerson, .notSamePerson] {
      #expect(try court.decide(type, bob, tablet).map(\.verdict.reason) == ["shared-device"])
    }
    try court.decide(.samePerson, bob, ann)
    #expect(open(court, pool) == [] && Set(court.profiles(tablet)) == [court.profile(ann)])
    try court.decide(.samePerson, bob, tablet)
    #expect(court.index[bob]?.verdict.reason == "already-linked")
  }

  @Test func ofOnePairTheFirstClaimAndTheLatestAreKept() throws {
    var court = Court()
    for _ in 0..<9 { court.claim(ann, bob) }
    let conflict = try #require(pool.lazy.compactMap { court.index[$0]?.conflicts }.first?.first)
    #expect(conflict.evidence.map(\.number) == [1, 7, 8, 9])
    #expect(open(court, pool).count == 1)
  }

  @Test func twoWhoShareATelephoneNumberMayBeOne() throws {
    var court = Court()
    court.claim(ann, phone)
    court.claim(tablet, phone)
    #expect(open(court, pool) == [])
    court.claim(bob, phone)
    #expect(open(court, pool) == ["customer:42 customer:43 shared-contact-identifier"])
    #expect(court.index[ann]?.conflicts?.first?.evidence.first?.via == phone)
    // What is another of the same two persons' says the same of them once more.
    court.claim(ann, login)
    court.claim(login, phone)
    #expect(open(court, pool).count == 1)
    #expect(court.index[ann]?.conflicts?.first?.evidence.map(\.identifiers) == [[bob, phone], [login, phone]])
    // And of two who are known not to be one nothing.
    try court.decide(.notSamePerson, ann, bob)
    court.claim(login, cookie, phone)
    #expect(open(court, pool) == [])
  }

  @Test func whatIsSharedByManyGathersItsCasesAndIsBounded() throws {
    var court = Court()
    let people = (0..<40).map { Identifier("customer", "n\($0)") }
    for person in people { court.claim(person, login) }
    #expect(court.index[login]?.conflicts?.count == IdentityMapEntry.conflictsMax)
    #expect(people.dropFirst(2).allSatisfy { court.index[$0]?.conflicts == nil })
    // What has been left makes room for what hasn't been seen.
    let with = try #require(court.index[login]?.conflicts)[3].with
    try court.decide(.leave, login, with)
    court.claim(Identifier("customer", "new"), login)
    #expect(court.index[login]?.conflicts?.last?.with == Identifier("customer", "new"))
    #expect(court.index[login]?.conflicts?.count == IdentityMapEntry.conflictsMax)

    var full = Court()
    for number in 0..<200 { full.claim(ann, Identifier("cookie", "n\(number)")) }
    #expect(full.index[ann]?.conflicts?.count == IdentityMapEntry.conflictsMax)
    #expect(full.index[ann]?.conflicts?.first?.evidence.first?.reason == "too-many-identifiers")
    #expect((0..<200).allSatisfy { full.index[Identifier("cookie", "n\($0)")]?.conflicts == nil })
  }

  @Test(arguments: [StewardCommandType.samePerson, .notSamePerson])
  func whatIsDecidedLeavesIt(_ type: StewardCommandType) throws {
    var court = Court()
    court.claim(ann, login)
    court.claim(bob, login)
    court.claim(carl, login)
    #expect(open(court, pool).count == 2)
    let entries = try court.decide(type, login, bob)
    #expect(open(court, pool).map { $0.contains("customer:44") } == [true])
    #expect(entries.last?.identifier == login)
    // And is not on it again because somebody claims it again.
    court.claim(bob, login)
    #expect(open(court, pool).count == 1)
  }

  @Test func thatTwoAreOneSettlesWhatElseTheyAreSuspectedOf() throws {
    var court = Court()
    court.claim(ann, login)
    court.claim(bob, login)
    court.claim(bob, phone)
    court.claim(ann, phone)
    #expect(open(court, pool).count == 2)
    let entries = try court.decide(.samePerson, ann, bob)
    #expect(open(court, pool) == [] && court.areTogether(login, bob))
    #expect(entries.last?.identifier == ann)
  }

  @Test func whatIsRefusedBecauseOfHisWordIsNoCase() throws {
    var court = Court()
    try court.decide(.notSamePerson, ann, bob)
    court.claim(ann, login)
    #expect(court.claim(bob, login).map(\.verdict.reason) == ["kept-apart-by-steward", "kept-apart-by-steward"])
    // That they are two keeps neither from the other's device.
    court.claim(ann, tablet)
    court.claim(bob, tablet)
    #expect(court.profiles(tablet) == [court.profile(ann), court.profile(bob)])
    #expect(open(court, pool) == [])
  }

  @Test func aDeviceThatADataStewardHasKeptFromSomebodyIsNoOthersOfHisProfileEither() throws {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(bob, login)
    try court.decide(.notSamePerson, bob, tablet)
    let entries = court.claim(login, tablet).filter { [login, tablet].contains($0.identifier) }
    #expect(entries.map(\.verdict.reason) == ["kept-apart-by-steward", "kept-apart-by-steward"])
    #expect(court.profiles(tablet)[0] == court.profile(ann) && !court.areTogether(tablet, bob))
  }

  @Test func aClaimOrASplitSettlesItToo() throws {
    var court = Court()
    let card = Identifier("loyalty", "L1")
    court.claim(card, tablet)
    court.claim(ann, tablet)
    #expect(open(court, pool + [card]).count == 1)
    court.claim(ann, card)
    #expect(open(court, pool + [card]) == [])

    var split = Court()
    split.claim(ann, tablet)
    split.claim(bob, tablet)
    try split.split(tablet, from: ann)
    #expect(split.areTogether(tablet, bob) && open(split, pool) == [])
  }

  @Test func whatIsLeftComesBackWithNewEvidenceAlone() throws {
    var court = Court()
    court.claim(ann, login)
    court.claim(bob, login)
    let entries = try court.decide(.leave, bob, login)
    #expect(
      entries.map(\.identifier) == [login, bob] && entries.allSatisfy { $0.verdict.reason == "left-by-steward" })
    #expect(open(court, pool) == [] && !court.areTogether(bob, login))
    #expect(court.index[login]?.conflicts?.first?.left?.by == "ann")
    #expect(try court.decide(.leave, bob, login).map(\.verdict.reason) == ["not-on-the-list"])
    court.claim(carl, cookie)
    #expect(open(court, pool) == [])
    court.claim(bob, login)
    #expect(open(court, pool).count == 1)
    #expect(court.index[login]?.conflicts?.first?.left?.number == 3)
  }

  @Test func theListIsTheSameWhenItIsReadBackInAnyOrder() throws {
    for seed in 0..<20 as Range<UInt64> {
      var random = Seeded(seed)
      var court = Court()
      let pool = self.pool + (0..<4).map { Identifier("cookie", "\($0)") }
      for _ in 0..<40 {
        let named = Array(pool.shuffled(using: &random).prefix(Int.random(in: 2...3, using: &random)))
        if Int.random(in: 0..<5, using: &random) > 0 {
          court.claim(named)
        } else {
          let type = StewardCommandType.allCases.filter { $0 != .split }.randomElement(using: &random)!
          try court.decide(type, named[0], named[1])
        }
        for one in pool {
          for conflict in court.index[one]?.conflicts ?? [] {
            let isOpen = !court.areTogether(one, conflict.with) && !court.index.areParted(one, conflict.with)
            #expect(isOpen, "seed \(seed): \(one) \(conflict)")
          }
        }
      }
      var read = IdentityIndex()
      for entry in (court.said + court.said).shuffled(using: &random) {
        read.take(try IdentityMapEntry(json: entry.json))
      }
      for one in pool { #expect(read[one] == court.index[one], "seed \(seed), \(one)") }
    }
  }
}
