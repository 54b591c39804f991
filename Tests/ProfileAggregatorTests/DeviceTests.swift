import Contracts
import ProfileAggregatorCore
import Seeds
import Testing

/// Whose a device is on which several people log in, as the linker judges.
struct DeviceTests {
  private let ann = Identifier("customer", "ann")
  private let bob = Identifier("customer", "bob")
  private let tablet = Identifier("cookie", "tablet")
  private let app = Identifier("device", "app")

  private func verdict(_ entries: [IdentityMapEntry], _ identifier: Identifier) -> String? {
    entries.first { $0.identifier == identifier }.map {
      "\($0.verdict.isAccepted ? "yes" : "no"): \($0.verdict.reason)"
    }
  }

  @Test func theSecondWhoLogsInOpensAGenerationAndWhatWasBeforeStays() {
    var court = Court()
    court.claim(ann, tablet)
    let entries = court.claim(bob, tablet)
    #expect(verdict(entries, tablet) == "yes: shared-device" && verdict(entries, bob) == "yes: shared-device")
    #expect(court.profiles(tablet) == [mint.profile(ann), mint.profile(bob)])
    #expect(court.profile(tablet) == mint.profile(bob))
    #expect(court.profile(ann) == mint.profile(ann) && court.profile(bob) == mint.profile(bob))
    let entry = court.index[tablet]
    // Whoever knows of no generations sees that the device stays where it was.
    #expect(entry?.profile == mint.profile(ann) && entry?.version == 1)
    #expect(
      entry?.generations == [
        DeviceGeneration(number: 1, profile: mint.profile(bob), version: 2, by: bob, claim: 2)
      ])
    #expect(entry?.switches == [DeviceSwitch(atMs: startMs + 2, generation: 1)])
  }

  @Test func whoLogsInAgainHasHisOwnGenerationAgain() {
    var court = Court()
    for person in [ann, bob, ann, bob, ann] { court.claim(person, tablet) }
    #expect(court.profile(tablet) == mint.profile(ann) && court.profiles(tablet).count == 2)
    #expect(court.index[tablet]?.switches?.map(\.generation) == [1, 0, 1, 0])
    #expect(verdict(court.claim(bob, tablet), tablet) == "yes: already-linked")
    #expect(court.profile(tablet) == mint.profile(bob))
  }

  @Test func aLoginCountsFromWhenItHappened() {
    var court = Court()
    court.claim([ann, tablet], atMs: startMs + 100)
    court.claim([bob, tablet], atMs: startMs + 300)
    // What was sent late from before says nothing of now.
    court.claim([ann, tablet], atMs: startMs + 200)
    let carl = Identifier("customer", "carl")
    court.claim([carl, tablet], atMs: startMs + 250)
    #expect(court.profile(tablet) == mint.profile(bob))
    let switches = court.index[tablet]?.switches ?? []
    #expect([0, 100, 249, 250, 299].map { switches.generation(atMs: startMs + $0) } == [0, 0, 0, 2, 2])
    // Bob had it after him and not after her: what is heard of from now on is another generation of his.
    #expect(switches.generation(atMs: startMs + 300) == DeviceGeneration.further.lowerBound)
    #expect(court.index[tablet]?.profile(atMs: startMs + 300) == mint.profile(bob))
  }

  @Test func whoLostTheDeviceIsToldThatHisNextLoginIsAClaim() {
    var court = Court()
    court.claim(ann, login, tablet)
    let entries = court.claim(bob, tablet)
    let lost = [Reopened(identifier: tablet, sinceMs: startMs + 2)]
    #expect(Set(entries.filter { $0.reopened == lost }.map(\.identifier)) == [ann, login])
    #expect(entries.first { $0.identifier == ann }?.verdict.claim == "e1")
    #expect(court.index[bob]?.reopened == nil)
    let back = court.claim(ann, tablet)
    #expect(court.index[ann]?.reopened == nil)
    #expect(back.first { $0.identifier == bob }?.reopened == [Reopened(identifier: tablet, sinceMs: startMs + 3)])
  }

  @Test func aNewDeviceSeenWithASharedOneIsHisWhoseThatWasThen() {
    var court = Court()
    court.claim([ann, app], atMs: startMs + 100)
    court.claim([bob, app], atMs: startMs + 200)
    let (second, third) = (Identifier("cookie", "2"), Identifier("cookie", "3"))
    court.claim([app, second], atMs: startMs + 250)
    court.claim([app, third], atMs: startMs + 150)
    #expect(court.profile(second) == mint.profile(bob) && court.profile(third) == mint.profile(ann))
    // No two who are known become one by it.
    #expect(verdict(court.claim([app, third], atMs: startMs + 300), third) == "no: belongs-to-another-person")
  }

  @Test func aGenerationGoesWherePeopleGo() {
    var court = Court()
    let card = Identifier("loyalty", "card")
    court.claim(ann, tablet)
    court.claim(card, tablet)
    court.claim(ann, card)
    #expect(court.profiles(tablet) == [mint.profile(ann), mint.profile(ann)])
    #expect(court.index[tablet]?.generations?.map(\.version) == [3])
    #expect(court.index.members(of: mint.profile(ann)).count == 4)
  }

  @Test func aDeviceOfTooManyIsNobodysForGood() {
    var court = Court()
    let people = (0...DeviceGeneration.personsMax).map { Identifier("login", "n\($0)") }
    for person in people { court.claim(person, app) }
    #expect(court.profiles(app).count == DeviceGeneration.personsMax + 1)
    #expect(court.profile(app) == mint.profile(app, generation: DeviceGeneration.nobodys))
    let entries = court.claim(people[0], app)
    #expect(verdict(entries, app) == "no: shared-by-too-many" && entries.count == 2)
    #expect(court.profile(app) == mint.profile(app, generation: DeviceGeneration.nobodys))
    // It joins nobody either, and nobody is told to claim it again.
    let other = Identifier("cookie", "other")
    court.claim(app, other)
    #expect(court.profile(other) != court.profile(app))
    // And one who was there before and is heard of late has it no more either.
    court.claim([people[3], app], atMs: startMs)
    #expect(court.profile(app) == mint.profile(app, generation: DeviceGeneration.nobodys))
  }

  @Test func aProfileWithTooManyIdentifiersOpensNone() {
    var court = Court()
    court.claim(ann, tablet)
    for number in 1..<64 { court.claim(bob, Identifier("cookie", "n\(number)")) }
    #expect(verdict(court.claim(bob, tablet), tablet) == "no: too-many-identifiers")
    // What he does on it is nobody's, and not Ann's.
    let nobodys = mint.profile(tablet, generation: DeviceGeneration.nobodys)
    #expect(court.profiles(tablet) == [mint.profile(ann), nobodys] && court.profile(tablet) == nobodys)
    #expect(court.index[ann]?.reopened?.map(\.identifier) == [tablet] && court.index[bob]?.reopened == nil)
    let carl = Identifier("customer", "carl")
    court.claim(carl, tablet)
    #expect(court.profile(tablet) == mint.profile(carl))
    #expect(court.index[bob]?.reopened?.map(\.identifier) == [tablet])
    court.claim(bob, tablet)
    #expect(court.profile(tablet) == nobodys)
    // It is not for good.
    court.claim(ann, tablet)
    #expect(court.profile(tablet) == mint.profile(ann))
  }

  @Test func whenTurnsAreTooManyToBeKeptWhatIsEarlierIsWhoseItWasThen() throws {
    var court = Court()
    let people = (0..<3).map { Identifier("customer", "n\($0)") }
    for turn in 0..<40 { court.claim([people[turn % 3], tablet], atMs: startMs + Int64(turn) * 100) }
    let entry = try #require(court.index[tablet])
    #expect(entry.switches?.count == DeviceSwitch.countMax)
    // Seven turns were dropped; the eighth's is the earliest that is known.
    #expect([0, 899, 900].map { entry.profile(atMs: startMs + $0) } == [2, 2, 0].map { mint.profile(people[$0]) })
  }

  @Test func aDeviceIsNobodysFromTheLoginOnThatWasOneTooMany() {
    var court = Court()
    for person in 0..<16 { court.claim([Identifier("login", "n\(person)"), app], atMs: startMs + Int64(person) * 100) }
    court.claim([ann, app], atMs: startMs + 450)
    let switches = court.index[app]?.switches ?? []
    #expect(switches.generation(atMs: startMs + 449) == 4)
    #expect(switches.generation(atMs: startMs + 450) == DeviceGeneration.nobodys)
    #expect(switches.generation(atMs: .max) == DeviceGeneration.nobodys && court.index[app]?.isNobodys == true)
  }

  @Test func theGenerationThatADeviceIsInHasTheHighestVersion() {
    var court = Court()
    let card = Identifier("loyalty", "card")
    for claim in [
      [ann, tablet], [card, tablet], [bob, tablet], [ann, card], [ann, tablet], [bob, login], [card, tablet],
    ] {
      court.claim(claim)
      guard let entry = court.index[tablet], entry.generations != nil else { continue }
      let current = entry.generation(atMs: .max)
      let versions = entry.numbers.filter { $0 != current }.compactMap(entry.version)
      #expect(entry.version(current)! > versions.max()!, "\(claim)")
    }
  }

  // MARK: Splits

  @Test func aWrongLoginIsUndoneWithItsGeneration() throws {
    var court = Court()
    court.claim(bob, tablet)
    court.claim(ann, tablet)
    try court.split(tablet, from: ann)
    #expect(court.profiles(tablet) == [mint.profile(bob), mint.profile(bob)])
    #expect(court.profile(tablet) == mint.profile(bob) && court.index[tablet]?.generations?.map(\.version) == [3])
    #expect(court.index[bob]?.reopened == nil)
  }

  @Test func aWrongFirstPersonLeavesHisTimeToTheNext() throws {
    var court = Court()
    court.claim(ann, tablet)
    court.claim(bob, tablet)
    court.claim(ann, tablet)
    #expect(court.profile(tablet) == mint.profile(ann))
    try court.split(tablet, from: ann)
    #expect(court.profiles(tablet) == [mint.profile(bob), mint.profile(bob)])
    #expect(court.profile(tablet) == mint.profile(bob))
  }

  @Test func whoWasTakenForTheSamePersonGetsHisOwnGeneration() throws {
    var court = Court()
    court.claim(ann, login)
    court.claim(ann, tablet)
    court.claim(login, tablet)
    #expect(court.profiles(tablet) == [mint.profile(ann), mint.profile(ann)])
    #expect(court.index[tablet]?.isShared == false)
    try court.split(login, from: ann)
    #expect(court.profiles(tablet) == [mint.profile(ann), mint.profile(login)])
    #expect(court.profile(tablet) == mint.profile(login))
    #expect(court.index[ann]?.reopened?.map(\.identifier) == [tablet])
  }

  @Test func whoseItIsFollowsTheLastLoginThatIsNotUndone() throws {
    var court = Court()
    let carl = Identifier("customer", "carl")
    for person in [ann, bob, carl, bob, ann, carl] { court.claim(person, tablet) }
    try court.split(tablet, from: carl)
    #expect(court.profile(tablet) == mint.profile(ann))
    try court.split(tablet, from: ann)
    #expect(court.profile(tablet) == mint.profile(bob))
  }

  /// A generation is one order of those who had it before, so whoever is left out, one person follows in all of it.
  @Test func ofAWrongGenerationEachTimeGoesToTheOneBefore() throws {
    var court = Court()
    let carl = Identifier("customer", "carl")
    for person in [ann, bob, carl, bob, ann, bob] { court.claim(person, tablet) }
    func turns() -> [String?] { (1...6).map { court.index[tablet]?.profile(atMs: startMs + $0) } }
    #expect(turns() == [ann, bob, carl, bob, ann, bob].map { mint.profile($0) })
    try court.split(tablet, from: bob)
    #expect(turns() == [ann, ann, carl, carl, ann, ann].map { mint.profile($0) })
    try court.split(tablet, from: ann)
    #expect(turns() == [carl, carl, carl, carl, carl, carl].map { mint.profile($0) })
  }

  /// Two who have it in turn need no more than two generations, however often they do.
  @Test func thereAreAsManyGenerationsAsOrders() throws {
    var two = Court()
    for turn in 0..<30 { two.claim([ann, bob][turn % 2], tablet) }
    #expect(two.profiles(tablet).count == 2)
    var random = Seeded(1)
    var many = Court()
    let people = (0..<8).map { Identifier("customer", "n\($0)") }
    for _ in 0..<400 {
      let person = random.pick(people)
      many.claim(person, tablet)
      #expect(many.profile(tablet) == mint.profile(person))
    }
    let numbers = try #require(many.index[tablet]).numbers
    #expect(
      numbers.count == people.count + DeviceGeneration.further.count && !numbers.contains(DeviceGeneration.nobodys))
  }
}
