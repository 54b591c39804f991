import Contracts
import MessageLog
import ProfileAggregator
import ProfileAggregatorCore
import Streams
import TestKit

// Who and what the tests of identity speak of.

let secret = "test"
let mint = IdMint(secret: secret)
let startMs: Int64 = 1_790_000_000_000

let customer = Identifier("customer", "42")
let login = Identifier("login", "ann@example.org")
let cookie = Identifier("cookie", "c1")
let device = Identifier("device", "d1")
let phone = Identifier("phone", "+4912345")

/// An event as a channel sends it.
struct Event {
  var id: String
  var type: EventType
  var atMs: Int64
  var interaction: Interaction
  var replyTo: String?

  init(_ id: String, _ type: EventType, at ms: Int64 = 0, by identifiers: [Identifier], contact: String? = nil) {
    self.id = id
    self.type = type
    atMs = startMs + ms
    interaction = Interaction(
      identifiers: identifiers, channel: type.topic == Topics.channelInteractions ? "web" : nil, contact: contact)
    switch type {
    case .pageViewed: interaction.page = "/"
    case .consentGiven, .consentWithdrawn: interaction.purpose = "email"
    case .customerRecorded: interaction.attributes = [NamedValue("age", .number(41))]
    case .orderPlaced: (interaction.order, interaction.amountMinor, interaction.currency) = (id, 1_000, "EUR")
    case .relationRecorded: (interaction.organisation, interaction.role) = (Identifier("organisation", "o1"), "buyer")
    default: break
    }
  }

  func with(_ change: (inout Interaction) -> Void) -> Event {
    var event = self
    change(&event.interaction)
    return event
  }

  /// A response to the contact's first list.
  func responding(to proposition: String) -> Event {
    with {
      $0.list = mint.list(contact: $0.contact!, version: 1, items: [proposition])
      $0.proposition = proposition
    }
  }

  var key: String { interaction.identifiers[0].key }
  var data: [UInt8] { interaction.json }

  var envelope: Envelope {
    var envelope = Envelope(id: id, source: "test/web", type: type.rawValue, timeMs: atMs)
    envelope.replyTo = replyTo
    return envelope
  }
}

/// All four processors on a log in memory.
struct Suite {
  let driver: TopologyDriver

  init(
    contactIdleMs: Int64 = 30 * 60_000, partitions: Int = 3,
    groups: Processor<GroupState> = ProfileAggregator.groups()
  ) throws {
    driver = try TopologyDriver(partitions: partitions, startMs: startMs + 60_000)
    try driver.add(ProfileAggregator.facets(secret: secret, contactIdleMs: contactIdleMs))
    try driver.add(ProfileAggregator.linker(secret: secret))
    try driver.add(ProfileAggregator.profiles())
    try driver.add(groups)
  }

  /// A successor that has nothing but the other's log.
  init(on other: TopologyDriver) throws {
    driver = try TopologyDriver(
      partitions: other.partitions, log: other.log, clock: other.clock, instance: "successor")
    try driver.add(ProfileAggregator.facets(secret: secret))
    try driver.add(ProfileAggregator.linker(secret: secret))
    try driver.add(ProfileAggregator.profiles())
    try driver.add(ProfileAggregator.groups())
  }

  func publish(_ event: Event) throws {
    try driver.publish(event.type.topic!, key: event.key, event.envelope, event.data)
  }

  func send(_ events: Event...) throws {
    for event in events { try publish(event) }
    try driver.settle()
  }

  func profile(_ id: String) -> ProfileRecord? { driver.state(.profiles, id) }
  func profile(of identifier: Identifier) -> ProfileRecord? { profile(mint.profile(identifier)) }
  func facet(_ identifier: Identifier) -> FacetState? { driver.state(.facets, identifier.key) }

  /// Every profile there is, as the last records of the topic say.
  var profiles: [String: ProfileState] {
    var latest: [String: ProfileState] = [:]
    for record in driver.records(of: Topics.profileState) {
      let key = String(decoding: record.key!, as: UTF8.self)
      latest[key] = record.value.flatMap { try? ProfileState(json: $0) }
    }
    return latest
  }

  /// Of the last dead letter of that group: stage and field.
  func deadLetters(_ group: ConsumerGroup = .facets) -> [(stage: String?, field: String?)] {
    driver.records(of: group.deadLetter).map {
      ($0.headers.string(DeadLetterHeader.stage), $0.headers.string(DeadLetterHeader.field))
    }
  }
}
