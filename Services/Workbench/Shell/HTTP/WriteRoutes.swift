// What staff do: a lead's next step, and the call that an agent leads. All of it becomes events on the log, and is said
// to be done only when the log has it.

import AdapterSDK
import Contracts
import Foundation
import Host
import Hummingbird
import Logging

struct WriteRoutes: Sendable {
  static let callCentre = "call-centre"

  let books: Books
  let desk: Desk
  let ids: IdMint
  let gate: StaffGate
  let logger: Logger

  struct LeadOrder: Decodable, Sendable {
    enum Command: String, CaseIterable { case completeStep = "complete-step", win, lose }
    var command: String
    /// The step that is done, as whoever says so sees it: it may be done already.
    var step: String?
    var reason: String?
    var netRevenueMinor: Int64?
  }

  struct Call: Decodable, Sendable {
    var identifier: String
    var intent: String?
    var direction: String?
  }

  struct CallResponse: Decodable, Sendable {
    var identifier: String
    var list: String
    var proposition: String
    var outcome: String
    var rank: Int64?
    var reason: String?
  }

  struct CallConsent: Decodable, Sendable {
    var identifier: String
    var purpose: String
    /// False: it was withdrawn, or refused.
    var isGiven: Bool
  }

  struct CallEnd: Decodable, Sendable {
    var identifier: String
    var reason: String?
  }

  struct Done: Encodable, Sendable {
    var event: String
    var contact: String?
  }

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.post("leads/:id/commands") { request, context in
      let order = try await request.json(LeadOrder.self)
      let command = try LeadOrder.Command.named(order.command, field: "command")
      let id = context.parameters.get("id") ?? ""
      guard let (profile, lead) = books.read({ $0.leads.lead(id) }) else {
        throw Problem.notFound("there is no lead \(id)", field: "id")
      }
      let event = try await give(command, order, lead, profile: profile, by: gate.name(request) ?? "staff")
      return try Answers.json(Done(event: event), status: .accepted)
    }
    group.post("calls") { request, _ in
      let call = try await request.json(Call.self)
      let contact = "call-\(UUID().uuidString.lowercased())"
      var interaction = try interaction(call.identifier, contact)
      interaction.placement = "agent-desktop"
      interaction.intent = call.intent.flatMap { $0.isEmpty ? nil : $0 }
      interaction.direction = call.direction ?? "inbound"
      let event = try await desk.publish(.contactStarted, interaction)
      return try Answers.json(Done(event: event, contact: contact), status: .created)
    }
    group.post("calls/:contact/responses") { request, context in
      let response = try await request.json(CallResponse.self)
      let outcome = try Outcome.named(response.outcome, field: "outcome")
      var interaction = try interaction(response.identifier, context.parameters.get("contact") ?? "")
      guard let list = ids.listing(response.list, contact: interaction.contact ?? "") else {
        throw Problem.invalid("list", "is not a list of this call")
      }
      guard list.has(response.proposition) else { throw Problem.invalid("proposition", "is not on that list") }
      interaction.list = response.list
      interaction.proposition = response.proposition
      interaction.rank = response.rank
      interaction.reason = response.reason.flatMap { $0.isEmpty ? nil : $0 }
      interaction.placement = "agent-desktop"
      let id = IncomingEvent.id(of: outcome, to: response.proposition, on: response.list)
      let event = try await desk.publish(Self.type(of: outcome), interaction, id: id)
      return try Answers.json(Done(event: event, contact: interaction.contact), status: .accepted)
    }
    group.post("calls/:contact/consents") { request, context in
      let said = try await request.json(CallConsent.self)
      var interaction = try interaction(said.identifier, context.parameters.get("contact") ?? "")
      let purpose = said.purpose.trimmingCharacters(in: .whitespacesAndNewlines)
      guard !purpose.isEmpty else { throw Problem.invalid("purpose", "say what for") }
      interaction.purpose = purpose
      let event = try await desk.publish(said.isGiven ? .consentGiven : .consentWithdrawn, interaction)
      // The event says what the customer said, and this line who was told.
      logger.notice(
        "consent recorded",
        metadata: [
          "who": "\(gate.name(request) ?? "staff")", "event": "\(event)", "purpose": "\(purpose)",
          "given": "\(said.isGiven)",
        ])
      return try Answers.json(Done(event: event, contact: interaction.contact), status: .accepted)
    }
    group.post("calls/:contact/end") { request, context in
      let end = try await request.json(CallEnd.self)
      var interaction = try interaction(end.identifier, context.parameters.get("contact") ?? "")
      interaction.reason = end.reason
      let event = try await desk.publish(.contactEnded, interaction)
      return try Answers.json(Done(event: event, contact: interaction.contact), status: .accepted)
    }
  }

  private func give(
    _ asked: LeadOrder.Command, _ order: LeadOrder, _ lead: Lead, profile: String, by name: String
  ) async throws -> String {
    guard lead.status == .open else {
      throw Problem(409, "lead-closed", "The lead is closed", detail: "it is \(lead.status.rawValue) already")
    }
    let reason = (order.reason ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    guard reason.utf8.count <= Interaction.textBytesMax else { throw Problem.invalid("reason", "is too long") }
    let type: LeadCommandType
    switch asked {
    case .completeStep:
      guard let step = lead.currentStep else {
        throw Problem.invalid("command", "all steps are done: win it or lose it")
      }
      guard order.step == nil || order.step == step.name else {
        throw Problem(409, "step-done", "Another step is under way", detail: "it is \(step.name) by now", field: "step")
      }
      type = .completeStep
    case .win:
      guard (order.netRevenueMinor ?? 0) >= 0 else { throw Problem.invalid("netRevenueMinor", "is negative") }
      type = .win
    case .lose:
      guard !reason.isEmpty else { throw Problem.invalid("reason", "say why it is lost: others learn from it") }
      type = .lose
    }
    var command = LeadCommand(
      lead: lead.id, by: name, reason: reason.isEmpty ? nil : reason,
      netRevenueMinor: type == .win ? order.netRevenueMinor : nil)
    if type == .completeStep { command.step = order.step }
    return try await desk.order(type, command, profile: profile, contact: lead.contact)
  }

  private func interaction(_ identifier: String, _ contact: String) throws(Problem) -> Interaction {
    guard !contact.isEmpty else { throw .invalid("contact", "is missing") }
    return Interaction(
      identifiers: [try Identifier.checked(identifier, desk.checks.namespaces)], channel: Self.callCentre,
      contact: contact)
  }

  private static func type(of outcome: Outcome) -> EventType {
    switch outcome {
    case .presented: .nbaPresented
    case .clicked: .nbaClicked
    case .accepted: .nbaAccepted
    case .rejected: .nbaRejected
    }
  }
}
