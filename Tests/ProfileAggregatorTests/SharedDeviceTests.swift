import Contracts
import MessageLog
import ProfileAggregatorCore
import Seeds
import Streams
import TestKit
import Testing

/// A device on which several people log in, through all three processors.
struct SharedDeviceTests {
  private let ann = Identifier("customer", "ann")
  private let bob = Identifier("customer", "bob")
  private let tablet = Identifier("cookie", "tablet")

  private func view(_ suite: Suite, _ identifier: Identifier) throws -> CustomerView {
    CustomerView(try #require(suite.profile(of: identifier)).profile)
  }

  private func pages(_ suite: Suite, _ identifier: Identifier) throws -> Int64 {
    try view(suite, identifier).count("page.viewed")
  }

  @Test func whatEachDoesOnASharedDeviceIsHisAlone() throws {
    let suite = try Suite()
    try suite.send(
      Event("e1", .pageViewed, by: [tablet]), Event("e2", .consentGiven, at: 100, by: [tablet]),
      Event("e3", .identityAsserted, at: 200, by: [ann, tablet]))
    try suite.send(Event("e4", .pageViewed, at: 300, by: [tablet]))
    #expect(try pages(suite, ann) == 2)
    try suite.send(Event("e5", .identityAsserted, at: 400, by: [bob, tablet]))
    try suite.send(
      Event("e6", .pageViewed, at: 500, by: [tablet]).with { $0.category = "loans" },
      Event("e7", .pageViewed, at: 600, by: [tablet]), Event("e8", .pageViewed, at: 700, by: [tablet]))
    #expect(try pages(suite, ann) == 2 && pages(suite, bob) == 3)
    let his = try view(suite, bob)
    #expect(his.identifiers == [tablet, bob] && his.consents.isEmpty && his.interest("loans")?.count == 1)
    #expect(his.firstSeenMs == startMs + 400)
    // What was sent late is hers all the same.
    try suite.send(Event("e9", .pageViewed, at: 399, by: [tablet]))
    #expect(try pages(suite, ann) == 3 && pages(suite, bob) == 3)
    #expect(try view(suite, ann).interest("loans") == nil)
  }

  @Test func whoComesAgainGoesOnWhereHeWas() throws {
    let suite = try Suite()
    try suite.send(Event("a0", .identityAsserted, by: [ann, tablet]))
    for round in 0..<4 as Range<Int64> {
      for (number, person) in [bob, ann].enumerated() {
        let at = 1_000 * (round * 2 + Int64(number)) + 1_000
        // He says who he is with everything that he does, and that is a claim only when it was another's.
        try suite.send(Event("n\(at)", .pageViewed, at: at, by: [person, tablet]))
        try suite.send(Event("m\(at)", .pageViewed, at: at + 1, by: [person, tablet]))
        try suite.send(Event("d\(at)", .pageViewed, at: at + 2, by: [tablet]))
      }
    }
    #expect(suite.driver.records(of: Topics.identityClaims).count == 9)
    #expect(try pages(suite, ann) == 12 && pages(suite, bob) == 12)
    let facet = try #require(suite.facet(tablet))
    #expect(facet.all.map(\.seq) == [4, 4] && facet.profile == mint.profile(ann))
    #expect(suite.profiles.count == 2)
  }

  @Test func aSuccessorGoesOnInTheSameGeneration() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [ann, tablet]))
    try suite.send(Event("e2", .pageViewed, at: 1_000, by: [bob, tablet]))
    let successor = try Suite(on: suite.driver)
    try successor.send(Event("e3", .pageViewed, at: 2_000, by: [tablet]))
    try successor.send(Event("e4", .pageViewed, at: 3_000, by: [ann, tablet]))
    try successor.send(Event("e5", .pageViewed, at: 4_000, by: [tablet]))
    #expect(try pages(successor, ann) == 3 && pages(successor, bob) == 2)
  }

  @Test func aWrongLoginThatIsSplitLeavesNothingBehind() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .pageViewed, by: [bob, tablet]))
    try suite.send(Event("e2", .identityAsserted, at: 1_000, by: [ann, tablet]))
    try suite.send(
      Event("e3", .pageViewed, at: 2_000, by: [tablet]), Event("e4", .consentGiven, at: 2_500, by: [tablet]))
    #expect(try pages(suite, ann) == 1)
    let command = StewardCommand(identifier: tablet, from: ann, by: "ann", reason: "a slip of the finger")
    try suite.driver.publish(
      Topics.stewardCommands, key: StewardCommand.key,
      Envelope(id: "s", source: "test", type: StewardCommandType.split.rawValue, timeMs: startMs), command.json)
    try suite.driver.settle()
    #expect(try pages(suite, ann) == 0 && pages(suite, bob) == 2)
    #expect(try view(suite, ann).identifiers == [ann])
    #expect(try view(suite, bob).consents.count == 1)
    try suite.send(Event("e5", .pageViewed, at: 3_000, by: [tablet]))
    #expect(try pages(suite, bob) == 3)
  }

  /// The visit in which somebody says who he is goes on as his, and is the other's no more.
  @Test func aVisitGoesOnWithWhoeverLogsIn() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .identityAsserted, by: [ann, tablet]))
    try suite.send(
      Event("e2", .contactStarted, at: 100, by: [tablet], contact: "k").with { $0.placement = "home" },
      Event("e3", .contactStarted, at: 110, by: [tablet], contact: "over"),
      Event("e4", .contactEnded, at: 120, by: [tablet], contact: "over"))
    let before = try #require(view(suite, ann).contact("k"))
    try suite.send(Event("e5", .identityAsserted, at: 200, by: [bob, tablet], contact: "k"))
    #expect(try view(suite, ann).contact("k")?.contact.endReason == "handed-over")
    #expect(try view(suite, ann).contact("over")?.contact.endReason == "ended")
    let his = try #require(view(suite, bob).contact("k"))
    #expect(his.facet != nil && !his.isEnded && his.contact.placement == "home")
    #expect(his.listVersion(1) > before.listVersion(999_999))
    // What is heard of late from before is hers, and opens nothing again.
    try suite.send(Event("e6", .pageViewed, at: 150, by: [tablet], contact: "k"))
    #expect(try pages(suite, ann) == 1)
    #expect(try view(suite, ann).contact("k")?.isEnded == true && view(suite, bob).contacts.map(\.id) == ["k"])
    try suite.send(Event("e7", .contactEnded, at: 300, by: [tablet], contact: "k"))
    #expect(try view(suite, bob).contact("k")?.contact.endReason == "ended")
    #expect(try view(suite, ann).contact("k")?.contact.endReason == "handed-over")
  }

  @Test func whatTheOneSaidInAVisitStaysWithHim() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .identityAsserted, by: [ann, tablet]))
    try suite.send(
      Event("e2", .contactStarted, at: 100, by: [tablet], contact: "k").with {
        $0.intent = "cancellation"
        $0.context = [NamedValue("page", .string("goodbye"))]
      },
      Event("e3", .nbaPresented, at: 110, by: [tablet], contact: "k").responding(to: "p"))
    try suite.send(Event("e4", .identityAsserted, at: 200, by: [bob, tablet], contact: "k"))
    let his = try #require(view(suite, bob).contact("k")).contact
    #expect(his.isStarted && his.responses.isEmpty && his.context.items.isEmpty && his.intent == nil)
    #expect(try view(suite, ann).contact("k")?.contact.responses.count == 1)
  }

  /// A visit that was over, or long silent, before somebody else logged in is not his, whatever is heard of first.
  @Test(arguments: [true, false])
  func onlyWhatWasOpenGoesOn(isHeardLate: Bool) throws {
    let suite = try Suite()
    let idleMs: Int64 = 30 * 60_000
    try suite.send(Event("e1", .identityAsserted, by: [ann, tablet]))
    suite.driver.clock.advance(ms: 2 * idleMs)
    let visits = [
      Event("e2", .contactStarted, at: 100, by: [tablet], contact: "silent"),
      Event("e3", .contactStarted, at: idleMs, by: [tablet], contact: "over"),
      Event("e4", .contactEnded, at: idleMs + 10, by: [tablet], contact: "over"),
      Event("e5", .contactStarted, at: idleMs + 20, by: [tablet], contact: "again"),
      Event("e6", .contactEnded, at: idleMs + 30, by: [tablet], contact: "again"),
      Event("e7", .contactStarted, at: idleMs * 3 / 2, by: [tablet], contact: "open"),
    ]
    let login = Event("e8", .identityAsserted, at: 2 * idleMs, by: [bob, tablet])
    if isHeardLate {
      try suite.send(login)
      for visit in visits { try suite.send(visit) }
    } else {
      for visit in visits { try suite.send(visit) }
      try suite.send(login)
    }
    // A channel that numbers its contacts anew.
    try suite.send(Event("e9", .contactStarted, at: 2 * idleMs + 10, by: [tablet], contact: "again"))
    let his = try view(suite, bob).contacts
    #expect(his.filter { !$0.isEnded }.map(\.id).sorted() == ["again", "open"])
    #expect(his.count == 2 && his.allSatisfy { $0.facet != nil })
    let hers = try view(suite, ann).contacts
    #expect(hers.first { $0.id == "again" }?.contact.endReason == "ended")
    #expect(hers.first { $0.id == "open" }?.contact.endReason == "handed-over")
    #expect(hers.first { $0.id == "over" }?.contact.endReason == "ended")
    #expect(hers.first { $0.id == "silent" }?.contact.endReason != "handed-over")
  }

  /// Ann has the tablet, then Bob, Carl, and Ann again after them: that is another generation of hers.
  private func annAgain() throws -> (Suite, carl: Identifier) {
    let (suite, carl) = (try Suite(), Identifier("customer", "carl"))
    for (number, person) in [ann, bob, carl, ann].enumerated() {
      try suite.send(Event("l\(number)", .identityAsserted, at: Int64(number + 1) * 100, by: [person, tablet]))
    }
    return (suite, carl)
  }

  @Test func whatSomebodyDidInAVisitStaysWhenItEndsWithAnother() throws {
    let (suite, carl) = try annAgain()
    try suite.send(
      Event("e1", .nbaPresented, at: 150, by: [tablet], contact: "k").responding(to: "p"),
      Event("e2", .contactStarted, at: 450, by: [tablet], contact: "k"),
      Event("e3", .identityAsserted, at: 500, by: [carl, tablet]))
    try suite.send(Event("e4", .contactEnded, at: 600, by: [tablet], contact: "k"))
    #expect(try view(suite, ann).contact("k")?.contact.responses.count == 1)
    #expect(try view(suite, carl).contact("k")?.contact.endReason == "ended")
  }

  @Test(arguments: [true, false]) func aVisitThatBeginsAgainIsNotOver(isEndHeardLate: Bool) throws {
    let (suite, _) = try annAgain()
    let end = Event("e1", .contactEnded, at: 150, by: [tablet], contact: "k")
    let start = Event("e2", .contactStarted, at: 450, by: [tablet], contact: "k")
    for event in isEndHeardLate ? [start, end] : [end, start] { try suite.send(event) }
    #expect(try view(suite, ann).contact("k")?.isEnded == false)
  }

  @Test func aVisitWhoseBeginningIsHeardLateGoesOnWithAllThatWasDoneInIt() throws {
    let (suite, carl) = try annAgain()
    try suite.send(
      Event("e1", .pageViewed, at: 450, by: [tablet], contact: "k"),
      Event("e2", .identityAsserted, at: 500, by: [carl, tablet]),
      Event("e3", .contactStarted, at: 150, by: [tablet], contact: "k"))
    #expect(try view(suite, carl).contact("k")?.contact.lastMs == startMs + 450)
    let hers = try view(suite, ann).contact("k")?.contact
    #expect(hers?.endReason == "handed-over" && hers?.endedMs == startMs + 450)
  }

  /// Of what a data steward has said of him nothing comes, and nothing is asked again and again.
  @Test func whoIsSplitFromADeviceDoesNotClaimItForEver() throws {
    let suite = try Suite()
    let carl = Identifier("customer", "carl")
    for (number, person) in [ann, bob, carl, ann].enumerated() {
      try suite.send(Event("e\(number)", .identityAsserted, at: Int64(number) * 100, by: [person, tablet]))
    }
    let command = StewardCommand(identifier: tablet, from: carl, by: "ann", reason: "a slip of the finger")
    try suite.driver.publish(
      Topics.stewardCommands, key: StewardCommand.key,
      Envelope(id: "s", source: "test", type: StewardCommandType.split.rawValue, timeMs: startMs), command.json)
    try suite.driver.settle()
    let before = suite.driver.records(of: Topics.identityClaims).count
    for number in 10..<20 {
      try suite.send(Event("e\(number)", .pageViewed, at: Int64(number) * 100, by: [carl, tablet]))
    }
    #expect(suite.driver.records(of: Topics.identityClaims).count <= before + 1)
    #expect(suite.facet(tablet)?.profile == mint.profile(ann))
  }

  /// Who was heard of first is not asked again, and has the device all the same if he was the last.
  @Test func aLoginThatIsHeardOfLateTakesTheDeviceFromNobodyWhoWasSeenSince() throws {
    let suite = try Suite()
    try suite.send(Event("e1", .identityAsserted, at: 100, by: [ann, tablet]))
    try suite.send(Event("e2", .pageViewed, at: 500, by: [ann, tablet]))
    #expect(suite.driver.records(of: Topics.identityClaims).count == 1)
    try suite.send(Event("e3", .identityAsserted, at: 300, by: [bob, tablet]))
    #expect(suite.driver.records(of: Topics.identityClaims).count == 3)
    try suite.send(Event("e4", .pageViewed, at: 600, by: [tablet]), Event("e5", .pageViewed, at: 400, by: [tablet]))
    #expect(try pages(suite, ann) == 2 && pages(suite, bob) == 1)
  }

  /// Logins that nobody waits for, some heard of late, at any moment and with faults: in the end the device is his who was
  /// seen on it last.
  @Test(arguments: 0..<25 as Range<UInt64>)
  func inTheEndItIsHisWhoWasSeenOnItLast(seed: UInt64) throws {
    var random = Seeded(seed)
    let suite = try Suite()
    let people = (0..<4).map { Identifier($0 < 3 ? "customer" : "login", "\($0)") }
    var last: (ms: Int64, who: Identifier)?
    for number in 0..<40 {
      let person = people.randomElement(using: &random)!
      let ms = max(
        0, Int64(number * 100) - (Bool.random(using: &random) ? Int64.random(in: 0...2_000, using: &random) : 0))
      try suite.publish(Event("e\(number)", .pageViewed, at: ms * 10 + Int64(number % 10), by: [person, tablet]))
      if ms * 10 + Int64(number % 10) > last?.ms ?? -1 { last = (ms * 10 + Int64(number % 10), person) }
      for _ in 0..<Int.random(in: 0..<4, using: &random) {
        _ = try suite.driver.turn(Self.groups.randomElement(using: &random)!)
      }
      if Int.random(in: 0..<15, using: &random) == 0 {
        try suite.driver.reopen(Self.groups.randomElement(using: &random)!)
      }
    }
    try suite.driver.settle()
    #expect(suite.facet(tablet)?.profile == mint.profile(try #require(last).who), "seed \(seed)")
    for group in Self.groups { #expect(suite.deadLetters(group).isEmpty) }
  }

  private static let groups: [ConsumerGroup] = [.facets, .linker, .profiles]

  /// Three people log in on two devices in turn, each only once the device has heard of the one before, with turns and
  /// faults at any moment: whoever was logged in has it, by a plain count.
  @Test(arguments: 0..<25 as Range<UInt64>)
  func whatIsDoneIsHisWhoWasLoggedInWhateverHappensInBetween(seed: UInt64) throws {
    var random = Seeded(seed)
    let suite = try Suite()
    let people = (0..<3).map { Identifier("customer", "\($0)") }
    let devices = [tablet, device]
    var first: [Identifier: Identifier] = [:]
    var counted: [Identifier: Int64] = [:]
    var logins: [Identifier: [(ms: Int64, who: Identifier)]] = [:]
    var before: [Identifier: Int64] = [:]
    for number in 0..<120 {
      let at = Int64(number * 100)
      let place = devices.randomElement(using: &random)!
      if Int.random(in: 0..<5, using: &random) == 0 {
        let person = people.randomElement(using: &random)!
        try suite.driver.settle()
        try suite.publish(Event("e\(number)", .pageViewed, at: at, by: [person, place]))
        counted[person, default: 0] += 1
        first[place] = first[place] ?? person
        logins[place, default: []].append((at, person))
        try suite.driver.settle()
      } else {
        // Some come late, from any earlier time.
        let isLate = Int.random(in: 0..<4, using: &random) == 0
        let ms = isLate ? Int64.random(in: 0...at, using: &random) : at
        try suite.publish(Event("e\(number)", .pageViewed, at: ms, by: [place]))
        if let who = logins[place]?.last(where: { $0.ms <= ms })?.who ?? first[place] {
          counted[who, default: 0] += 1
        } else {
          before[place, default: 0] += 1
        }
      }
      for _ in 0..<Int.random(in: 0..<3, using: &random) {
        _ = try suite.driver.turn(Self.groups.randomElement(using: &random)!)
      }
      if Int.random(in: 0..<15, using: &random) == 0 {
        try suite.driver.reopen(Self.groups.randomElement(using: &random)!)
      }
    }
    try suite.driver.settle()
    for (place, count) in before { if let who = first[place] { counted[who, default: 0] += count } }
    for person in people {
      let seen = suite.profile(of: person).map { CustomerView($0.profile).count("page.viewed") } ?? 0
      #expect(seen == counted[person] ?? 0, "\(person)")
    }
    for group in Self.groups { #expect(suite.deadLetters(group).isEmpty) }
  }
}
