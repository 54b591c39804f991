// A whole channel adapter as somebody outside of this package writes it: a kiosk in a branch, where a customer scans his
// card, sees what is best for him, and touches what he likes. It is compiled without access to anything that isn't public.

import AdapterSDK
import Contracts
import Foundation

final class Kiosk: Sendable {
  static let channel = "kiosk"

  let name: String
  private let adapter: ChannelAdapter

  init(name: String, brokers: String, partitions: Int, secret: String) throws {
    self.name = name
    var settings = AdapterSettings(partitions: partitions, instance: "kiosk-\(name)", secret: secret)
    settings.publishTimeoutMs = 10_000
    let report = AdapterReport(problem: { print("kiosk: \($0)") })
    adapter = try ChannelAdapter(settings: settings, kafka: KafkaConnection(bootstrapServers: brokers), report: report)
    // It reads lists and the catalogue, and wants a thread for that.
    let adapter = adapter
    Thread { adapter.run() }.start()
  }

  var isReady: Bool { adapter.readiness.ready }

  /// Somebody scans his card: a contact begins, and its list comes back, or what the catalogue has for everybody.
  func scan(card: String, patienceMs: Int = 250) async throws -> NbaList? {
    let contact = "kiosk-\(ChannelAdapter.newId())"
    try await adapter.start(try event(.contactStarted, card: card, contact: contact))
    return await adapter.awaitList(contact, budgetMs: patienceMs)
      ?? adapter.fallbackList(contact: contact, channel: Self.channel)
  }

  /// He touches an offer of the list. It is accepted when this returns: the broker has it.
  func accept(_ item: NbaItem, of list: NbaList, card: String) async throws {
    var accepted = IncomingEvent(
      type: EventType.nbaAccepted.rawValue,
      interaction: Interaction(identifiers: [Identifier("loyalty", card)], contact: list.contact))
    // Touched twice it is still one acceptance.
    accepted.id = "\(list.id)/\(item.proposition)/accepted"
    accepted.interaction.list = list.id
    accepted.interaction.proposition = item.proposition
    accepted.interaction.rank = Int64(item.rank)
    try await adapter.publish(try adapter.check(accepted, source: "kiosk/\(name)", channel: Self.channel))
  }

  func leave(_ contact: String, card: String) async throws {
    try await adapter.publish(try event(.contactEnded, card: card, contact: contact))
  }

  func close() { adapter.close() }

  private func event(_ type: EventType, card: String, contact: String) throws -> ChannelEvent {
    try adapter.check(
      IncomingEvent(
        type: type.rawValue, interaction: Interaction(identifiers: [Identifier("loyalty", card)], contact: contact)),
      source: "kiosk/\(name)", channel: Self.channel)
  }
}
