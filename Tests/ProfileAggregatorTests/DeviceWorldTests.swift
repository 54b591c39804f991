import Contracts
import Foundation
import ProfileAggregatorCore
import Seeds
import Streams
import TestKit
import Testing

/// Devices that several have in turn, with a link that is wrong and split at any moment, beside a world in which it was
/// never made: what is known of everybody afterwards, also of what is done later and heard of late, is the same.
struct DeviceWorldTests {
  private static let seeds = 0..<(ProcessInfo.processInfo.environment["WORLDS"].flatMap { UInt64($0) } ?? 60)

  @Test(arguments: DeviceWorld.Wrong.allCases, DeviceWorld.Mix.allCases)
  func whatFollowsIsAsIfTheLinkHadNeverBeenMade(wrong: DeviceWorld.Wrong, mix: DeviceWorld.Mix) throws {
    var failures: [UInt64] = []
    for seed in Self.seeds {
      let world = DeviceWorld(seed: seed, wrong, mix)
      let (split, never) = (try world.played(isWrong: true), try world.played(isWrong: false))
      let (one, other) = (split.seen, never.seen)
      guard one != other else { continue }
      failures.append(seed)
      if failures.count <= 3 { print("\(wrong) \(mix) \(seed)\n\(world.told)\n\(Self.difference(one, other, world))") }
    }
    #expect(failures.isEmpty, "\(wrong) \(mix): \(failures.count) of \(Self.seeds.count): \(failures.prefix(20))")
  }

  private static func difference(_ ones: [String: Seen], _ others: [String: Seen], _ world: DeviceWorld) -> String {
    let keys = Set(ones.keys).union(others.keys).filter { ones[$0] != others[$0] }.sorted()
    return keys.map { key in
      let name = world.everybody.first { mint.profile($0) == key }?.key ?? key
      return "  \(name)\n    split \(ones[key].map { "\($0)" } ?? "-")\n    never \(others[key].map { "\($0)" } ?? "-")"
    }.joined(separator: "\n")
  }
}

/// Some people, each known by a customer number and a login, on two devices.
struct DeviceWorld {
  /// The link that is wrong.
  enum Wrong: String, CaseIterable, Sendable {
    /// Somebody who never had the device is taken for having logged in on it, once or again.
    case login
    /// A data steward says of two that they are one.
    case samePerson
    /// A login is taken for another's.
    case takenLogin
    /// A device is taken for another's second one.
    case secondDevice
  }

  /// Of what there is the most.
  enum Mix: String, CaseIterable, Sendable {
    case deeds
    /// Half of them heard of late.
    case logins
    /// Each may begin more than once, and its end be heard of late.
    case visits
  }

  struct Step {
    var event: Event?
    var command: (type: StewardCommandType, command: StewardCommand)?
    /// Left out of the event where the link is never made.
    var without: Identifier?
    /// Is not there where the link is never made.
    var isOnlyWrong = false
  }

  let wrong: Wrong
  let mix: Mix
  private(set) var steps: [Step] = []
  /// Those that have begun.
  private var begun: Set<String> = []
  /// How many are over on each device.
  private var visits: [Identifier: Int] = [:]
  private static let customers = (0..<3).map { Identifier("customer", "\($0)") }
  private static let logins = (0..<3).map { Identifier("login", "\($0)") }
  private static let devices = [Identifier("cookie", "tablet"), Identifier("device", "app")]
  var everybody: [Identifier] { Self.customers + Self.logins + Self.devices }

  init(seed: UInt64, _ wrong: Wrong, _ mix: Mix) {
    (self.wrong, self.mix) = (wrong, mix)
    var random = Seeded(seed)
    let people = [0, 1, 2].shuffled(using: &random)
    let pair: (Identifier, Identifier) =
      switch wrong {
      case .login: (random.chance(700) ? Self.customers[people[0]] : Self.logins[people[0]], Self.devices[0])
      case .samePerson: (Self.customers[people[0]], Self.customers[people[1]])
      case .takenLogin: (Self.customers[people[0]], Self.logins[people[1]])
      case .secondDevice: (Self.devices[0], Self.devices[1])
      }
    let count = 6 + random.below(7)
    let start = random.below(count)
    let end = start + random.below(count - start)
    for number in 0..<count {
      if number == start { addWrong(pair, number, &random) }
      add(number, pair, isAgain: number >= start, &random)
      if number == end { addSplit(pair) }
    }
  }

  private mutating func addWrong(_ pair: (Identifier, Identifier), _ number: Int, _ random: inout Seeded) {
    if wrong == .samePerson {
      let command = StewardCommand(identifier: pair.0, with: pair.1, by: "ann", reason: "looks alike")
      steps.append(Step(command: (.samePerson, command), isOnlyWrong: true))
    } else {
      let event = Event("wrong\(steps.count)", .identityAsserted, at: Int64(number * 100 + 50), by: [pair.0, pair.1])
      steps.append(Step(event: event, without: pair.1))
    }
  }

  private mutating func addSplit(_ pair: (Identifier, Identifier)) {
    steps.append(
      Step(
        command: (.split, StewardCommand(identifier: pair.1, from: pair.0, by: "ann", reason: "not the same")),
        isOnlyWrong: true))
  }

  private mutating func add(_ number: Int, _ pair: (Identifier, Identifier), isAgain: Bool, _ random: inout Seeded) {
    let at = Int64(number * 100)
    let device = Self.devices[wrong == .secondDevice || random.chance(200) ? random.below(2) : 0]
    guard random.chance(mix == .logins ? 700 : 450) else { return addDeed(number, on: device, &random) }
    let person = random.below(3)
    let both = [Self.customers[person], Self.logins[person]]
    var names = random.chance(wrong == .takenLogin ? 500 : 800) ? [both[0]] : [both[1]]
    if random.chance(150) { names = both }
    if !random.chance(100) || names.count == 1 { names.append(device) }
    let isLate = mix == .logins && random.chance(500)
    var event = Event(
      "e\(steps.count)", .pageViewed, at: isLate ? Int64(random.below(Int(at) + 1)) : at, by: names)
    event.interaction.category = "login-\(number)"
    var step = Step(event: event)
    if wrong == .login, names.contains(pair.0), names.contains(pair.1) {
      // It would be right otherwise; but where it is wrong it may be said again. Who is named with a weaker name that was
      // parted from the device is not asked for his next login.
      guard isAgain, names[0] == pair.0 else { return }
      step.without = pair.1
    }
    steps.append(step)
  }

  private mutating func addDeed(_ number: Int, on device: Identifier, _ random: inout Seeded) {
    let at = Int64(number * 100)
    let visit = visits[device, default: 0]
    var type: EventType =
      switch random.below(8) {
      case 0: .consentGiven
      case 1: .consentWithdrawn
      case 2: .contactStarted
      case 3: .contactEnded
      case 4: .nbaPresented
      case 5 where mix == .visits: .contactStarted
      case 6 where mix == .visits: .contactEnded
      default: .pageViewed
      }
    // Each device has no more visits than a facet keeps.
    if type == .contactStarted, mix != .visits, !begun.insert("\(device)-\(visit)").inserted { type = .pageViewed }
    if type == .contactEnded, visit == 3 { type = .pageViewed }
    let ms = (type != .contactEnded || mix == .visits) && random.chance(350) ? Int64(random.below(Int(at) + 1)) : at
    var event = Event("e\(steps.count)", type, at: ms, by: [device])
    if type == .pageViewed { event.interaction.category = "page-\(number)" }
    if type != .consentGiven, type != .consentWithdrawn {
      let isAny = mix == .visits ? random.chance(300) : ms < at && type != .contactStarted
      event.interaction.contact = "\(device)-\(isAny ? random.below(visit + 1) : visit)"
      if type == .contactEnded { visits[device] = visit + 1 }
    }
    if type == .nbaPresented {
      // Each list once: that one is shown again, a facet knows only of its own.
      event = event.with {
        $0.proposition = "p\(random.below(2))"
        $0.list = mint.list(contact: $0.contact!, version: Int64(number), items: [$0.proposition!])
      }
    }
    steps.append(Step(event: event))
  }

  func played(isWrong: Bool) throws -> Suite {
    let suite = try Suite()
    for (number, step) in steps.enumerated() where isWrong || !step.isOnlyWrong {
      if var event = step.event {
        if !isWrong, let without = step.without { event.interaction.identifiers.removeAll { $0 == without } }
        try suite.send(event)
      } else if let (type, command) = step.command {
        try suite.driver.publish(
          Topics.stewardCommands, key: StewardCommand.key,
          Envelope(id: "s\(number)", source: "test", type: type.rawValue, timeMs: startMs), command.json)
        try suite.driver.settle()
      }
    }
    return suite
  }

  var told: String {
    steps.map { step in
      if let event = step.event {
        let names = event.interaction.identifiers.map(\.key).joined(separator: " ")
        return "  \(event.atMs - startMs) \(names) \(event.type.shortName) \(event.interaction.contact ?? "")"
          + (step.without == nil ? "" : " wrong")
      }
      return "  \(step.command!.type) \(step.command!.command.identifier) \(step.command!.command.from?.key ?? "")"
    }.joined(separator: "\n")
  }
}
