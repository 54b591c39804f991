// Where staff's work leaves the workbench: calls as any channel adapter's events, orders to leads as commands. Each is
// acknowledged by the broker before anybody is told that it is done.

import AdapterSDK
import Contracts
import Foundation
import Host

struct Desk: Sendable {
  static let source = "trias/workbench"

  let checks: EventChecks
  private let publisher: EventPublisher
  private let clock: @Sendable () -> Int64

  init(_ context: HostContext) {
    checks = EventChecks(ids: context.ids, namespaces: context.settings.namespaces)
    publisher = EventPublisher(
      log: context.log, name: "\(context.instance).workbench", partitions: context.partitions)
    clock = context.clock
  }

  /// What happened in a call; returns the event's id.
  func publish(_ type: EventType, _ interaction: Interaction, id: String? = nil) async throws(Problem) -> String {
    var said = IncomingEvent(type: type.rawValue, interaction: interaction)
    said.id = id
    let event: ChannelEvent
    do {
      event = try checks.check(said, source: Self.source, nowMs: clock(), newId: Self.newId)
    } catch {
      let field = error.field.map { $0.hasPrefix("data.") ? String($0.dropFirst(5)) : $0 }
      throw .invalid(field ?? "", error.reason)
    }
    try await send { () async throws(AdapterError) in try await publisher.publish([event]) }
    return event.envelope.id
  }

  /// What sales asks of a lead; returns the command's id.
  func order(
    _ type: LeadCommandType, _ command: LeadCommand, profile: String, contact: String
  ) async throws(Problem) -> String {
    var envelope = Envelope(id: Self.newId(), source: Self.source, type: type.rawValue, timeMs: clock())
    envelope.correlationId = contact
    let said = envelope
    try await send { () async throws(AdapterError) in
      try await publisher.publish(Topics.leadCommands, key: profile, said, JSONCoding.encode(command))
    }
    return said.id
  }

  /// What a data steward says; `beforehand` is done where it isn't refused at once, and before anybody can hear it.
  func say(
    _ type: StewardCommandType, _ command: StewardCommand, id: String, beforehand: () -> Void
  ) async throws(Problem) {
    let envelope = Envelope(id: id, source: Self.source, type: type.rawValue, timeMs: clock())
    beforehand()
    try await send { () async throws(AdapterError) in
      try await publisher.publish(Topics.stewardCommands, key: StewardCommand.key, envelope, command.json)
    }
  }

  /// What somebody does with a draft of the catalogue.
  func draft(
    _ type: CatalogDraftCommandType, _ command: CatalogDraftCommand, draft: String, id: String
  ) async throws(Problem) {
    let envelope = Envelope(id: id, source: Self.source, type: type.rawValue, timeMs: clock())
    try await send { () async throws(AdapterError) in
      try await publisher.publish(Topics.draftCommands, key: draft, envelope, JSONCoding.encode(command))
    }
  }

  func close() { publisher.close() }

  private func send(_ body: () async throws(AdapterError) -> Void) async throws(Problem) {
    do throws(AdapterError) {
      try await body()
    } catch {
      switch error {
      case .refused(let refusal): throw .malformed("the log does not take it: \(refusal.reason)")
      case .busy: throw .tooMany("the log takes no more at the moment", retryAfterSeconds: 1)
      case .unavailable(let why): throw .unavailable("the log is away: \(why)")
      }
    }
  }

  static func newId() -> String { UUID().uuidString.lowercased() }
}
