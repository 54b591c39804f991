import Contracts
import Foundation
import MessageLog

/// The events that the benchmark drives the suite with: page views of 370 bytes or so, over many customers, each a
/// record as a web channel publishes it.
package struct Workload: Sendable {
  let customers: Int
  let partitions: Int

  package init(customers: Int, partitions: Int) {
    self.customers = customers
    self.partitions = partitions
  }

  package func pageViewed(_ n: Int, nowMs: Int64) -> OutgoingRecord {
    let cookie = "visitor-\(n % customers)"
    var interaction = Interaction(identifiers: [Identifier("cookie", cookie)], channel: "web")
    interaction.page = "/products/\(n % 97)/details-and-conditions-of-this-product"
    interaction.category = ["mortgage", "savings", "insurance", "investing", "cards"][n % 5]
    return record(interaction, .pageViewed, id: "bench-\(n)", nowMs: nowMs)
  }

  /// A customer is known by name on a device.
  func loggedIn(_ n: Int, nowMs: Int64) -> OutgoingRecord {
    var interaction = Interaction(
      identifiers: [Identifier("customer", "c-\(n % customers)"), Identifier("cookie", "visitor-\(n % customers)")],
      channel: "web")
    interaction.page = "/account"
    return record(interaction, .pageViewed, id: "login-\(n)", nowMs: nowMs)
  }

  func contactStarted(_ n: Int, contact: String, nowMs: Int64) -> OutgoingRecord {
    var interaction = Interaction(
      identifiers: [Identifier("cookie", "caller-\(n % customers)")], channel: "web", contact: contact)
    interaction.placement = "home"
    return record(interaction, .contactStarted, id: "start-\(contact)", nowMs: nowMs)
  }

  /// No to the first item of that list; nil where there is none.
  func rejected(_ list: NbaList, _ n: Int, nowMs: Int64) -> OutgoingRecord? {
    guard let item = list.items.first else { return nil }
    var interaction = Interaction(
      identifiers: [Identifier("cookie", "caller-\(n % customers)")], channel: "web", contact: list.contact)
    interaction.list = list.id
    interaction.proposition = item.proposition
    return record(interaction, .nbaRejected, id: Self.rejectionId(of: list.contact), nowMs: nowMs)
  }

  static func rejectionId(of contact: String) -> String { "reject-\(contact)" }

  func contactEnded(_ n: Int, contact: String, nowMs: Int64) -> OutgoingRecord {
    let interaction = Interaction(
      identifiers: [Identifier("cookie", "caller-\(n % customers)")], channel: "web", contact: contact)
    return record(interaction, .contactEnded, id: "end-\(contact)", nowMs: nowMs)
  }

  private func record(_ interaction: Interaction, _ type: EventType, id: String, nowMs: Int64) -> OutgoingRecord {
    let key = interaction.identifiers[0].key
    let envelope = Envelope(id: id, source: "trias/bench", type: type.rawValue, timeMs: nowMs)
    return OutgoingRecord(
      topic: Topics.channelInteractions.name, partition: Partitioner.partition(of: key, count: partitions),
      key: Array(key.utf8), value: interaction.json, headers: envelope.headers)
  }
}

/// What a stretch of work cost this process, the threads of the Kafka client included.
package struct Cost {
  package let wallSeconds: Double
  package let cpuSeconds: Double

  static func of(_ body: () throws -> Void) rethrows -> Cost {
    let (wall, cpu) = (ContinuousClock.now, cpuNow())
    try body()
    let elapsed = ContinuousClock.now - wall
    return Cost(
      wallSeconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18,
      cpuSeconds: cpuNow() - cpu)
  }

  #if canImport(Glibc)
    private static let selfOnly = Int32(RUSAGE_SELF.rawValue)
  #else
    private static let selfOnly = RUSAGE_SELF
  #endif

  private static func cpuNow() -> Double {
    var usage = rusage()
    getrusage(Self.selfOnly, &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }
}
