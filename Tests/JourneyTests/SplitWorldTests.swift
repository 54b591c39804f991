import Contracts
import Foundation
import Journeys
import LeadManagerCore
import MessageLog
import Seeds
import Streams
import TestKit
import Testing

/// The whole suite with wrong links that are split at any moment, beside two suites in which they never were: one that
/// knew from the beginning that the two are not one, and one whose events never name them both.
struct SplitWorldTests {
  private static let seeds = 0..<(ProcessInfo.processInfo.environment["WORLDS"].flatMap { UInt64($0) } ?? 12)

  @Test(arguments: seeds, [false, true])
  func whatFollowsIsAsIfTheLinkHadNeverBeenMade(seed: UInt64, isPausing: Bool) throws {
    let plan = SplitPlan(seed: seed, isPausing: isPausing)
    let split = try plan.played(after: { suite, number in
      for pair in plan.splits where pair.after == number { try suite.split(pair.weaker, from: pair.stronger) }
    })
    let known = try plan.played(before: { suite in try suite.tellBefore(plan.splits) })
    let never = try plan.played(isNamed: { event in plan.withoutTheWeaker(event) })
    let seen = try split.derived()
    for (what, other) in [("known before", known), ("never named", never)] {
      try same(seen, other.derived(), plan, "seed \(seed), \(what)")
    }
    for group in ConsumerGroup.allCases { #expect(split.deadLetters(group) == [], "seed \(seed)") }
  }

  /// Two customers of whom a data steward says at any moment that they are one person, and at any later one that they
  /// aren't: by a split, or for good.
  @Test(arguments: seeds, [false, true])
  func thatTwoAreOneCanBeTakenBackAsIfItHadNeverBeenSaid(seed: UInt64, isPausing: Bool) throws {
    let plan = SplitPlan(seed: seed, isPausing: isPausing)
    let words = plan.words(seed: seed)
    var together = 0
    let suite = try plan.played(
      isNamed: { event in plan.withoutTheWeaker(event) },
      after: { suite, number in
        for word in words {
          if number == word.said { try suite.tell(.samePerson, word.one, word.other) }
          guard number == word.takenBack else { continue }
          together += try suite.areTogether(word.one, word.other) ? 1 : 0
          if word.isForGood {
            try suite.tell(.notSamePerson, word.other, word.one)
          } else {
            try suite.split(word.other, from: word.one)
          }
        }
      })
    #expect(together == words.count, "seed \(seed)")
    let never = try plan.played(isNamed: { event in plan.withoutTheWeaker(event) })
    try same(suite.derived(), never.derived(), plan, "seed \(seed)")
    for group in ConsumerGroup.allCases { #expect(suite.deadLetters(group) == [], "seed \(seed)") }
  }

  /// After a pause visits are over, each by what was known of it then: that is compared where there is none.
  private func same(_ ones: Journey.Derived, _ others: Journey.Derived, _ plan: SplitPlan, _ what: String) {
    #expect(ones.map == others.map, "\(what)")
    #expect(ones.leads.keys.sorted() == others.leads.keys.sorted(), "\(what)")
    for (profile, leads) in ones.leads {
      #expect(leads == others.leads[profile], "\(what): \(stand(leads)) and \(stand(others.leads[profile] ?? []))")
    }
    guard plan.pauses.isEmpty else { return }
    #expect(ones.consents == others.consents, "\(what)")
    #expect(ones.segments == others.segments, "\(what)")
    #expect(ones.groups == others.groups, "\(what)")
    #expect(ones.lists == others.lists, "\(what)")
    #expect(ones.views.keys.sorted() == others.views.keys.sorted(), "\(what)")
    for (profile, view) in ones.views { #expect(view == others.views[profile], "\(what)") }
  }

  private func stand(_ leads: [Lead]) -> [String] {
    leads.map { lead in
      let history = lead.history.map { "\($0.event) \($0.facet ?? "") \($0.atMs)" }.joined(separator: ", ")
      return "\(lead.proposition) of \(lead.facet) \(lead.openedMs): \(lead.status) \(lead.step) (\(history))"
    }
  }

  @Test func thePlansHaveWhatTheyAreFor() throws {
    var (leads, lists, consents, together, grouped) = (0, 0, 0, 0, Int64(0))
    for seed in 0..<12 as Range<UInt64> {
      let plan = SplitPlan(seed: seed)
      let suite = try plan.played()
      let derived = try suite.derived()
      leads += derived.leads.values.reduce(0) { $0 + $1.count }
      lists += derived.lists.count
      consents += derived.consents.count
      grouped += derived.groups.values.lazy.flatMap(\.interests).map(\.members).reduce(0, +)
      together += plan.splits.filter { derived.map[$0.weaker.key] == derived.map[$0.stronger.key] }.count
    }
    #expect(leads > 20 && lists > 20 && consents > 10, "\(leads) leads, \(lists) lists, \(consents) consents")
    #expect(grouped > 20, "\(grouped) interests in groups")
    #expect(together > 7, "\(together) wrong links hold where nobody splits them")
  }

  @Test func theListsOfBothFollow() throws {
    let suite = try Journey()
    let (ann, tablet) = (Identifier("customer", "ann"), Identifier("cookie", "tablet"))
    try suite.say(.customerRecorded, [ann], contact: nil) { $0.attributes = [NamedValue("age", .number(60))] }
    try suite.say(.contactStarted, [ann], contact: "a")
    try suite.say(.contactStarted, [tablet], contact: "t")
    func items(_ contact: String) throws -> Set<String> { Set(try suite.list(contact)?.items.map(\.proposition) ?? []) }
    #expect(try items("t") == ["mortgage", "savings"])
    try suite.say(.identityAsserted, [ann, tablet], contact: nil)
    let list = try #require(try suite.list("t"))
    #expect(try items("t") == ["mortgage", "savings", "pension"])
    try suite.say(.nbaAccepted, [tablet], contact: "t") { ($0.list, $0.proposition) = (list.id, "savings") }
    #expect(try items("a") == ["mortgage", "pension"])
    #expect(suite.leads(ann).map(\.proposition) == ["savings"])

    try suite.split(tablet, from: ann)
    #expect(try items("t") == ["mortgage"] && items("a") == ["mortgage", "savings", "pension"])
    #expect(try suite.list("t")!.version > list.version)
    #expect(suite.leads(ann).isEmpty && suite.leads(tablet).map(\.proposition) == ["savings"])
    #expect(suite.profile(ann)?.leads.isEmpty == true && suite.profile(tablet)?.leads.count == 1)
    #expect(suite.profile(ann)?.contact("t") == nil && suite.profile(tablet)?.contact("t")?.facet != nil)
  }
}

/// People whose events name only identifiers of their own, and some that name another's.
struct SplitPlan {
  struct Event {
    var type: EventType
    var identifiers: [Identifier]
    var contact: String?
    var proposition: String?
    var amountMinor: Int64 = 1_000
  }

  struct Split {
    var stronger: Identifier
    var weaker: Identifier
    /// The event after which it is split.
    var after: Int
  }

  static let people = 3
  static let names = ["customer", "login", "cookie", "tablet"]
  var events: [Event] = []
  var splits: [Split] = []
  /// After these events nothing is heard for so long that it is looked at whose evidence the leads have.
  var pauses: Set<Int> = []

  static func identifier(_ person: Int, _ name: Int) -> Identifier {
    Identifier(name == 3 ? "cookie" : names[name], "\(names[name])-\(person)")
  }

  /// One for each that buys, so that no two of one profile buy the same; and no more than a list has room for.
  static func proposition(_ identifier: Identifier) -> String { "for-\(identifier.value)" }
  static let buying = [0, 2]
  /// One that all may buy, also while they are taken for one another; on no list, for those are held against each other.
  static let shared = "for-all"

  static var catalog: Catalog {
    var catalog = Journey.catalog
    let template = catalog.propositions[1]
    catalog.propositions = (0..<people).flatMap { person in
      buying.map { name in
        var proposition = template
        proposition.id = Self.proposition(identifier(person, name))
        proposition.group = proposition.id
        proposition.steps[0].completedBy.form = "\(proposition.id)-form"
        proposition.steps[1].completedBy.product = proposition.id
        return proposition
      }
    }
    var shared = template
    (shared.id, shared.group) = (Self.shared, Self.shared)
    shared.eligibility = [Rule(name: "nobody", when: "customer.age > 1000")]
    shared.steps[0].completedBy.form = "\(Self.shared)-form"
    shared.steps[1].completedBy.product = Self.shared
    catalog.propositions.append(shared)
    let day = Computation.dayMs
    catalog.attributes += [
      AttributeDeclaration("views_1d", Computation(.count, event: "page.viewed", windowMs: day)),
      AttributeDeclaration("pages", Computation(.distinct, of: "page", event: "page.viewed")),
      AttributeDeclaration("spent", Computation(.sum, event: "order.placed", windowMs: 30 * day)),
      AttributeDeclaration("interest", Computation(.decayed, event: "page.viewed", halfLifeMs: day)),
      AttributeDeclaration(
        "relation",
        cases: [
          AttributeCase("large", when: "customer.spent > 1000"), AttributeCase("new", when: "customer.spent > 0"),
        ], otherwise: "prospect"),
    ]
    catalog.segments = [
      Segment(name: "busy", when: "customer.views_1d > 1"), Segment(name: "curious", when: "customer.pages >= 2"),
      Segment(name: "keen", when: "customer.interest > 1.5 and customer.relation == \"prospect\""),
      Segment(name: "customers", when: "customer.relation != \"prospect\""),
    ]
    return catalog
  }

  init(seed: UInt64, isPausing: Bool = false) {
    var random = Seeded(seed)
    for person in 0..<Self.people {
      for name in Self.names.indices {
        let identifier = Self.identifier(person, name)
        events.append(Event(type: .contactStarted, identifiers: [identifier], contact: "c-\(identifier.value)"))
      }
    }
    for _ in 0..<50 { events.append(right(&random)) }
    for _ in 0..<4 { addWrong(&random) }
    // A lead that was opened in the wrong one's time on a device has missed what was done in the right one's: that stays
    // recorded as it was. So nothing is bought under these.
    let shared = Set(splits.filter { $0.stronger.namespace != "cookie" }.map(\.weaker))
    for index in events.indices where events[index].proposition != nil && shared.contains(events[index].identifiers[0])
    {
      (events[index].type, events[index].proposition) = (.pageViewed, nil)
    }
    if isPausing { pauses = Set((0..<4).map { _ in Int.random(in: 20..<events.count, using: &random) }) }
  }

  /// What somebody does under identifiers of his own, the strongest first; what concerns a lead always under that which
  /// opened it, for what happened to a lead stays recorded.
  private func right(_ random: inout Seeded) -> Event {
    let person = Int.random(in: 0..<Self.people, using: &random)
    var names = Self.names.indices.filter { _ in Bool.random(using: &random) }
    if names.isEmpty { names = [3] }
    let identifiers = names.map { Self.identifier(person, $0) }
    var event = Event(type: .pageViewed, identifiers: identifiers, contact: "c-\(identifiers[0].value)")
    if Int.random(in: 0..<3, using: &random) == 0 { return share(event, person, &random) }
    let proposition = Self.proposition(identifiers[0])
    let kind = Int.random(in: 0..<12, using: &random)
    guard Self.buying.contains(names[0]) || ![3, 4, 5, 6, 8].contains(kind) else { return event }
    switch kind {
    case 0: event.type = .consentGiven
    case 1: event.type = .consentWithdrawn
    case 2: event.type = .customerRecorded
    case 3, 4: (event.type, event.proposition) = (.nbaAccepted, proposition)
    case 5: (event.type, event.proposition) = (.formSubmitted, proposition)
    case 6: (event.type, event.proposition) = (.orderPlaced, proposition)
    case 7: event.type = .contactEnded
    case 8: (event.type, event.proposition) = (.nbaPresented, proposition)
    default: break
    }
    return event
  }

  /// Something about what all may buy.
  private func share(_ event: Event, _ person: Int, _ random: inout Seeded) -> Event {
    var event = event
    event.proposition = Self.shared
    event.amountMinor = Int64.random(in: 1...9_999, using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    // Each has but one lead for it: another, opened because somebody else had ended the first, stays.
    case 0...2:
      event.type = .nbaAccepted
      event.identifiers = [Self.identifier(person, person.isMultiple(of: 2) ? 0 : 2)]
      event.contact = "c-\(event.identifiers[0].value)"
    case 3...5: event.type = .formSubmitted
    case 6: event.type = .orderPlaced
    default: event.type = .nbaRejected
    }
    return event
  }

  /// An event that takes one for another, at any time, and the split at any time after it.
  private mutating func addWrong(_ random: inout Seeded) {
    let people = Array(0..<Self.people).shuffled(using: &random)
    let name = Int.random(in: 0...2, using: &random)
    let stronger = Self.identifier(people[0], name)
    let weaker = Self.identifier(people[1], Int.random(in: (name + 1)...3, using: &random))
    guard stronger.namespace != weaker.namespace,
      !splits.contains(where: { $0.weaker == weaker && $0.stronger == stronger })
    else { return }
    // Early, while the two are not yet known to be of different people.
    let at = Int.random(in: 12..<18, using: &random)
    for index in splits.indices where splits[index].after >= at { splits[index].after += 1 }
    events.insert(Event(type: .identityAsserted, identifiers: [stronger, weaker], contact: nil), at: at)
    splits.append(Split(stronger: stronger, weaker: weaker, after: Int.random(in: at..<events.count, using: &random)))
  }

  /// The identifiers that are left if of two that are parted only the stronger is named.
  func withoutTheWeaker(_ event: Event) -> [Identifier] {
    event.identifiers.filter { weaker in
      !splits.contains { $0.weaker == weaker && event.identifiers.contains($0.stronger) }
    }
  }

  struct Word {
    var one: Identifier
    var other: Identifier
    var said: Int
    var takenBack: Int
    var isForGood: Bool
  }

  /// On customers one after the other, so that no word is about somebody who is somebody else for the time.
  func words(seed: UInt64) -> [Word] {
    var random = Seeded(seed &+ 1_000)
    var words: [Word] = []
    for start in [20, 42] {
      let people = Array(0..<Self.people).shuffled(using: &random)
      let said = start + Int.random(in: 0..<5, using: &random)
      words.append(
        Word(
          one: Self.identifier(people[0], 0), other: Self.identifier(people[1], 0), said: said,
          takenBack: said + Int.random(in: 1..<15, using: &random), isForGood: Bool.random(using: &random)))
    }
    return words
  }

  func played(
    before: (Journey) throws -> Void = { _ in }, isNamed: (Event) -> [Identifier] = { $0.identifiers },
    after: (Journey, Int) throws -> Void = { _, _ in }
  ) throws -> Journey {
    let suite = try Journey(catalog: Self.catalog)
    try before(suite)
    for (number, event) in events.enumerated() {
      let isFact = event.type.topic == Topics.sourceRecords
      try suite.say(event.type, isNamed(event), contact: isFact ? nil : event.contact) { fill(&$0, event, suite) }
      try after(suite, number)
      if pauses.contains(number) { try suite.driver.advance(ms: Leads.partingMs) }
    }
    return suite
  }

  private func fill(_ interaction: inout Interaction, _ event: Event, _ suite: Journey) {
    switch event.type {
    case .pageViewed: (interaction.page, interaction.category) = ("/", Self.proposition(event.identifiers[0]))
    case .consentGiven, .consentWithdrawn: interaction.purpose = "email"
    case .customerRecorded: interaction.attributes = [NamedValue("age", .number(Double(40 + events.count)))]
    case .nbaAccepted, .nbaPresented, .nbaRejected:
      interaction.proposition = event.proposition
      interaction.list = suite.mint.list(contact: event.contact!, version: 1, items: [event.proposition!])
    case .formSubmitted: interaction.form = "\(event.proposition!)-form"
    case .orderPlaced:
      (interaction.order, interaction.product) = ("o", event.proposition)
      (interaction.amountMinor, interaction.currency) = (event.amountMinor, "EUR")
    default: break
    }
  }
}

extension Journey {
  fileprivate func split(_ identifier: Identifier, from other: Identifier? = nil) throws {
    let command = StewardCommand(identifier: identifier, from: other, by: "ann", reason: "not the same person")
    let envelope = Envelope(
      id: "split-\(identifier)-\(other?.key ?? "")-\(driver.clock.nowMs)", source: "test",
      type: StewardCommandType.split.rawValue,
      timeMs: driver.clock.nowMs)
    try driver.publish(Topics.stewardCommands, key: StewardCommand.key, envelope, command.json)
    try driver.settle()
  }

  /// As the map has it.
  fileprivate func areTogether(_ one: Identifier, _ other: Identifier) throws -> Bool {
    let profiles = try map()
    return profiles[one.key] != nil && profiles[one.key] == profiles[other.key]
  }

  fileprivate func tell(_ type: StewardCommandType, _ one: Identifier, _ other: Identifier) throws {
    let command = StewardCommand(identifier: one, with: other, by: "ann", reason: "has looked at both")
    let envelope = Envelope(
      id: "\(type)-\(one)-\(other)-\(driver.clock.nowMs)", source: "test", type: type.rawValue,
      timeMs: driver.clock.nowMs
    )
    try driver.publish(Topics.stewardCommands, key: StewardCommand.key, envelope, command.json)
    try driver.settle()
  }

  /// Entries as the linker would have written them, had it been told before anything happened.
  fileprivate func tellBefore(_ splits: [SplitPlan.Split]) throws {
    var partings: [Identifier: [Identifier]] = [:]
    for split in splits {
      partings[split.weaker, default: []].append(split.stronger)
      partings[split.stronger, default: []].append(split.weaker)
    }
    for (identifier, others) in partings {
      let entry = IdentityMapEntry(
        identifier: identifier, profile: mint.profile(identifier), version: 0, judged: [],
        verdict: Verdict(claim: "before", isAccepted: true, reason: "split", atMs: 1),
        partings: others.map { Parting(identifier: $0, command: "before", by: "ann", reason: "known", atMs: 1) })
      try driver.publish(
        Topics.identityMap, key: identifier.key,
        Envelope(id: "before-\(identifier)", source: "test", type: IdentityMapEntry.type, timeMs: 1_000), entry.json)
    }
    try driver.settle()
  }
}
