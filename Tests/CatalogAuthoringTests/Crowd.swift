import Contracts
import Journeys
import MessageLog
import Seeds
import TestKit

/// Customers of the whole suite, from a seed: they come by several channels and in two languages, look at things, log in,
/// are recorded, answer what is listed to them, buy, and go. What the suite makes of it is on the topics.
final class Crowd {
  let journey: Journey
  private var random: Seeded
  private var customers: [Customer]
  private let reader: any LogConsumer
  /// The latest of each contact.
  private var lists: [String: NbaList] = [:]
  private var contacts = 0
  private var rounds = 0

  private struct Customer {
    let cookie: Identifier
    let number: Identifier
    var isLoggedIn = false
    /// Some never look at anything that says what they want.
    let looks: Bool
    var contact: (id: String, channel: String)?
  }

  private static let channels = ["web", "web", "email", "call-centre"]
  private static let categories = ["mortgage", "savings", "card", "loan", "investing", "cancellation", "insurance"]

  init(seed: UInt64, catalog: Catalog, customers count: Int = 120) throws {
    random = Seeded(seed)
    journey = try Journey(catalog: catalog, isSampling: true)
    customers = (0..<count).map {
      Customer(
        cookie: Identifier("cookie", "crowd-\($0)"), number: Identifier("customer", "crowd-\($0)"), looks: $0 % 4 > 0)
    }
    reader = try journey.driver.log.makeConsumer(name: "crowd", group: nil)
    let partitions = (0..<Int32(journey.driver.partitions)).map { TopicPartition(Topics.nbaLists.name, $0) }
    try reader.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) }))
  }

  /// One who has been a customer for long: so many contacts in all channels, and what he said to which proposition.
  func remember(contacts count: Int, _ propositions: [Proposition]) throws {
    for _ in 0..<count {
      try begin(0)
      let contact = customers[0].contact!
      let proposition = random.pick(propositions.filter { $0.treatments.contains { $0.channel == contact.channel } })
      let list = journey.mint.list(contact: contact.id, version: 1, items: [proposition.id])
      let answers: [EventType] = [.nbaPresented, random.pick([.nbaClicked, .nbaRejected, .nbaPresented])]
      for answer in answers { try say(0, answer) { ($0.list, $0.proposition) = (list, proposition.id) } }
      try say(0, .contactEnded)
      journey.driver.clock.advance(ms: 5 * 3_600_000)
    }
    customers[0].contact = nil
    try journey.driver.settle()
  }

  /// A minute or two in which many do something, and now and then half a day after it.
  func round() throws {
    rounds += 1
    for index in customers.indices where random.chance(400) { try act(index) }
    // Where nobody gives out units for a while, lists go out without.
    if rounds % 5 == 0 {
      try journey.driver.settle(without: [.budgets])
      journey.driver.clock.advance(ms: 200)
      try journey.driver.settle(without: [.budgets])
    }
    try journey.driver.settle()
    try read()
    try journey.driver.advance(ms: rounds % 7 == 0 ? Int64(3 + random.below(20)) * 3_600_000 : 90_000)
  }

  private func read() throws {
    var records = try reader.poll(maxRecords: 1_000, timeoutMs: 0)
    while !records.isEmpty {
      for value in records.compactMap(\.value) {
        let list = try NbaList(json: value)
        if list.version > lists[list.contact]?.version ?? 0 { lists[list.contact] = list }
      }
      records = try reader.poll(maxRecords: 1_000, timeoutMs: 0)
    }
  }

  private func say(_ index: Int, _ type: EventType, _ fill: (inout Interaction) -> Void = { _ in }) throws {
    let customer = customers[index]
    try journey.tell(type, [customer.cookie], contact: customer.contact?.id) {
      $0.channel = customer.contact?.channel ?? "web"
      fill(&$0)
    }
  }

  private func act(_ index: Int) throws {
    guard customers[index].contact != nil else { return try begin(index) }
    switch random.below(20) {
    case 0..<4: try look(index)
    case 4..<11: try answer(index)
    case 11..<13: try become(index)
    case 13: try consent(index)
    case 14: try buy(index)
    case 15..<18:
      try say(index, .contactEnded)
      customers[index].contact = nil
    // Who says nothing of his going is only silent.
    default: customers[index].contact = nil
    }
  }

  private func begin(_ index: Int) throws {
    contacts += 1
    let channel = random.pick(Self.channels)
    customers[index].contact = ("crowd-contact-\(contacts)", channel)
    let intent = random.pick([nil, nil, "cancellation", "question", "lost-card"])
    var context: NamedValues = [
      NamedValue("device", .string(random.pick(["phone", "desktop"]))),
      NamedValue("campaign", .number(Double(random.below(40)) / 3)),
      NamedValue("euribor3m", .number(Double(random.below(5_000)) / 997)),
    ]
    if let language = random.pick([nil, "en", "nl"]) { context[Contact.languageName] = .string(language) }
    let isOurs = channel != "web" && random.chance(400)
    try say(index, .contactStarted) {
      ($0.intent, $0.context, $0.direction) = (intent, context, isOurs ? "outbound" : "inbound")
    }
  }

  private func look(_ index: Int) throws {
    let category = customers[index].looks ? random.pick(Self.categories) : nil
    try say(index, .pageViewed) { ($0.page, $0.category) = ("/page", category) }
  }

  private func answer(_ index: Int) throws {
    guard let contact = customers[index].contact?.id, let list = lists[contact], !list.items.isEmpty else { return }
    let item = random.pick(Array(list.items.prefix(5)))
    for type in [EventType.nbaPresented, random.pick([.nbaPresented, .nbaClicked, .nbaRejected, .nbaAccepted])] {
      try say(index, type) { ($0.list, $0.proposition, $0.rank) = (list.id, item.proposition, Int64(item.rank)) }
    }
  }

  /// He logs in, or a system of record knows more of him.
  private func become(_ index: Int) throws {
    let customer = customers[index]
    if !customer.isLoggedIn {
      customers[index].isLoggedIn = true
      return try journey.tell(.identityAsserted, [customer.number, customer.cookie], contact: nil)
    }
    let attributes: NamedValues = [
      NamedValue("age", .number(Double(14 + random.below(70)))),
      NamedValue("monthly_income", .number(Double(random.below(60)) * 100)),
      NamedValue("risk_profile", .string(random.pick(["cautious", "balanced", "bold"]))),
    ]
    try journey.tell(.customerRecorded, [customer.number], contact: nil) { $0.attributes = attributes }
  }

  private func consent(_ index: Int) throws {
    let purpose = random.pick(["personal-offers", "profiling", "email", "topic:card"])
    try say(index, random.chance(700) ? .consentGiven : .consentWithdrawn) { $0.purpose = purpose }
  }

  private func buy(_ index: Int) throws {
    let customer = customers[index]
    let (order, category) = ("order-\(contacts)-\(rounds)", random.pick(Self.categories))
    try journey.tell(.orderPlaced, [customer.isLoggedIn ? customer.number : customer.cookie], contact: nil) {
      ($0.order, $0.category, $0.amountMinor, $0.currency) = (order, category, 5_000, "EUR")
    }
  }
}
