import Contracts
import MessageLog
import ProfileAggregatorCore
import Seeds
import Streams
import TestKit
import Testing

/// What holds for any stream of events, tried with many seeded ones.
struct PropertyTests {
  /// Some people, each with a customer number, a login and two cookies, who come in by any of them; and what a plain
  /// count of their events gives, which shares nothing with the service.
  private struct Crowd {
    static let people = 4
    var events: [Event] = []
    var pages: [Int: Int64] = [:]
    var orders: [Int: Int64] = [:]

    init(_ random: inout Seeded) {
      var contacts: [Int: Int] = [:]
      for number in 0..<120 {
        let person = Int.random(in: 0..<Self.people, using: &random)
        var identifiers = Self.identifiers(person).filter { _ in Bool.random(using: &random) }
        if identifiers.isEmpty { identifiers = [Self.identifiers(person).randomElement(using: &random)!] }
        let contact = "k\(person)-\(contacts[person, default: 0])"
        let type: EventType =
          switch Int.random(in: 0..<9, using: &random) {
          case 0: .contactStarted
          case 1: .contactEnded
          case 2: .nbaPresented
          case 3: .nbaAccepted
          case 4: .orderPlaced
          case 5: .consentGiven
          case 6: .nbaRejected
          default: .pageViewed
          }
        if type == .contactEnded { contacts[person, default: 0] += 1 }
        if type == .orderPlaced { orders[person, default: 0] += 1_000 }
        if type == .pageViewed { pages[person, default: 0] += 1 }
        var event = Event("e\(number)", type, at: Int64(number * 100), by: identifiers)
        if type.topic == Topics.channelInteractions { event.interaction.contact = contact }
        if type == .pageViewed { event.interaction.category = "c\(number % 3)" }
        if type.outcome != nil { event = event.responding(to: "p\(number % 5)") }
        events.append(event)
      }
      // In the end everybody says who he is.
      for person in 0..<Self.people {
        let identifiers = Self.identifiers(person)
        events.append(Event("last\(person)", .identityAsserted, at: 50_000, by: identifiers))
      }
    }

    static func identifiers(_ person: Int) -> [Identifier] {
      [
        Identifier("customer", "\(person)"), Identifier("login", "\(person)@example.org"),
        Identifier("cookie", "\(person)a"), Identifier("cookie", "\(person)b"),
      ]
    }

    /// The same events, mixed anew, each key's in its own order.
    func mixed(_ random: inout Seeded) -> [Event] {
      var queues: [[Event]] = []
      for event in events {
        if let index = queues.firstIndex(where: { $0[0].key == event.key }) {
          queues[index].append(event)
        } else {
          queues.append([event])
        }
      }
      var mixed: [Event] = []
      while let index = queues.indices.randomElement(using: &random) {
        mixed.append(queues[index].removeFirst())
        if queues[index].isEmpty { queues.remove(at: index) }
      }
      return mixed
    }
  }

  private static let groups: [ConsumerGroup] = [.facets, .linker, .profiles]

  /// Publishes in that order, with turns of any processor in between, and now and then a fault.
  private func play(_ events: [Event], faults: Bool, _ random: inout Seeded) throws -> Suite {
    let suite = try Suite()
    for event in events {
      try suite.publish(event)
      if Bool.random(using: &random) { _ = try suite.driver.turn(Self.groups.randomElement(using: &random)!) }
      if faults, Int.random(in: 0..<20, using: &random) == 0 {
        try suite.driver.reopen(Self.groups.randomElement(using: &random)!)
      }
    }
    try suite.driver.settle()
    return suite
  }

  private func same(_ one: Suite, _ two: Suite) throws {
    let (ones, twos) = (one.seen, two.seen)
    try #require(ones.keys.sorted() == twos.keys.sorted())
    for (profile, view) in ones { #expect(view == twos[profile]) }
  }

  @Test(arguments: 0..<15 as Range<UInt64>)
  func anyInterleavingAcrossKeysYieldsTheSameProfiles(seed: UInt64) throws {
    var random = Seeded(seed)
    let crowd = Crowd(&random)
    let one = try play(crowd.events, faults: false, &random)
    let two = try play(crowd.mixed(&random), faults: true, &random)
    try same(one, two)
    #expect(one.profiles.count == Crowd.people)
    for person in 0..<Crowd.people {
      let record = try #require(two.profile(of: Identifier("customer", "\(person)")))
      let view = CustomerView(record.profile)
      #expect(Set(view.identifiers) == Set(Crowd.identifiers(person)))
      #expect(view.count("page.viewed") == crowd.pages[person] ?? 0)
      #expect(view.orders.reduce(0) { $0 + $1.amountMinor } == crowd.orders[person] ?? 0)
    }
    #expect(one.deadLetters().isEmpty && two.deadLetters().isEmpty)
    #expect(two.deadLetters(.profiles).isEmpty && two.deadLetters(.linker).isEmpty)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func everythingSentTwiceChangesNothing(seed: UInt64) throws {
    var random = Seeded(seed)
    let crowd = Crowd(&random)
    let suite = try play(crowd.events, faults: false, &random)
    let before = suite.profiles
    for event in crowd.events { try suite.publish(event) }
    try suite.driver.settle()
    #expect(suite.profiles == before)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func aRestoredSuiteGoesOnWhereTheOtherStopped(seed: UInt64) throws {
    var random = Seeded(seed)
    let crowd = Crowd(&random)
    let whole = try play(crowd.events, faults: false, &random)
    let half = try Suite()
    for event in crowd.events.prefix(60) { try half.publish(event) }
    for _ in 0..<Int.random(in: 0..<6, using: &random) {
      _ = try half.driver.turn(Self.groups.randomElement(using: &random)!)
    }
    // Nothing is handed over but the log.
    let successor = try Suite(on: half.driver)
    for event in crowd.events.dropFirst(60) { try successor.publish(event) }
    try successor.driver.settle()
    try same(successor, whole)
  }

  /// The profile's own guard, below that of the runtime: records of the timeline again, at any later place.
  @Test(arguments: 0..<15 as Range<UInt64>)
  func staleRecordsOfTheTimelineChangeNothing(seed: UInt64) throws {
    var random = Seeded(seed)
    let crowd = Crowd(&random)
    let suite = try play(crowd.events, faults: false, &random)
    var clean: [String: ProfileRecord] = [:]
    var dirty: [String: ProfileRecord] = [:]
    var earlier: [Record] = []
    for record in suite.driver.records(of: Topics.profileTimeline) {
      try apply(record, to: &clean)
      try apply(record, to: &dirty)
      earlier.append(record)
      // A profile that is gone keeps no memory of what came before, also when it is there again: the runtime's bookkeeping,
      // which outlives it, guards that.
      if dirty[String(decoding: record.key!, as: UTF8.self)] == nil { earlier.removeAll { $0.key == record.key } }
      for stale in earlier.shuffled(using: &random).prefix(2) {
        try apply(stale, to: &dirty)
      }
    }
    #expect(clean == dirty)
    #expect(clean.mapValues(\.profile) == suite.profiles)
  }

  private func apply(_ record: Record, to profiles: inout [String: ProfileRecord]) throws {
    let key = String(decoding: record.key!, as: UTF8.self)
    let envelope = try Envelope(record.headers)
    let decision = try Profiles.timeline(
      key, profiles[key], envelope, record.value, place: "\(record.offset)", now: envelope.timeMs)
    switch decision.change {
    case .none: break
    case .set(let next): profiles[key] = next
    case .delete: profiles[key] = nil
    }
  }
}
