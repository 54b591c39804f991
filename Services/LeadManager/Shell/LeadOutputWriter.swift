import Contracts
import LeadManagerCore
import MessageLog
import Streams

/// Makes records of the core's answers. Their ids follow from the lead and what happened to it, so they are the same
/// however often they are made.
struct LeadOutputWriter {
  private let key: String
  private let cause: Envelope?
  private let now: Int64

  init(_ key: String, _ cause: Envelope?, now: Int64) {
    self.key = key
    self.cause = cause
    self.now = now
  }

  func output(_ output: LeadOutput) -> Output {
    switch output {
    case .event(let type, let event):
      Output(
        topic: Topics.leadEvents, key: key,
        envelope: envelope(type.rawValue, id: id(type, event), contact: event.lead.contact),
        data: JSONCoding.encode(event))
    case .task(let task, let contact):
      Output(
        topic: Topics.contactTasks, key: key, envelope: envelope(ContactTask.type, id: task.id, contact: contact),
        data: JSONCoding.encode(task))
    case .refusal(let refusal):
      Output(
        topic: Topics.leadEvents, key: key,
        envelope: envelope(LeadEventType.refused.rawValue, id: refusal.id, contact: refusal.contact),
        data: JSONCoding.encode(refusal))
    case .claim(let request, let id):
      Output(
        topic: Topics.budgetRequests, key: request.proposition,
        envelope: envelope(
          BudgetRequestType.claim.rawValue, id: id, contact: request.contact),
        data: JSONCoding.encode(request))
    case .command(let profile, let type, let command):
      Output(
        topic: Topics.leadCommands, key: profile, envelope: envelope(type, command), data: JSONCoding.encode(command))
    }
  }

  private func id(_ type: LeadEventType, _ event: LeadEvent) -> String {
    let lead = event.lead
    // What was revised can be won or lost again.
    let revision = lead.revision.map { ".r\($0)" } ?? ""
    return switch type {
    case .opened: "\(lead.id).opened"
    case .advanced: "\(lead.id).advanced.\(lead.step)\(revision)"
    case .won: "\(lead.id).won\(revision)"
    case .lost: "\(lead.id).lost\(revision)"
    case .revised: "\(lead.id).revised\(revision)"
    // A lead can go and come more than once, each time because of another event.
    case .left: "\(lead.id).left.\(cause?.id ?? "")"
    case .received: "\(lead.id).received.\(cause?.id ?? "")"
    case .refused: "\(lead.id).refused.\(cause?.id ?? "")"
    }
  }

  /// A command that is sent on stays the same command. Its id says how often it was: where a facet goes back and forth the
  /// command may come to a customer again, which is no repetition.
  private func envelope(_ type: LeadCommandType, _ command: LeadCommand) -> Envelope {
    guard type != .transfer, let cause, cause.type == type.rawValue else {
      let to = command.to.map { ".\($0)" } ?? ""
      let number = command.facetVersion ?? command.revision.map(Int64.init) ?? 0
      let id = "\(command.lead).\(type.word).\(number).\(key)\(to)"
      return envelope(type.rawValue, id: id, contact: command.transferred?.contact)
    }
    let sent = CommandId(cause)
    var envelope = envelope(type.rawValue, id: sent.next, contact: nil)
    envelope.source = cause.source
    envelope.causationId = sent.original
    return envelope
  }

  private func envelope(_ type: String, id: String, contact: String?) -> Envelope {
    var envelope = Envelope(id: id, source: Executable.leadManager.rawValue, type: type, timeMs: now)
    envelope.correlationId = contact ?? cause?.correlationId
    envelope.causationId = cause?.id
    envelope.traceparent = cause?.traceparent
    return envelope
  }
}

/// Which command it is, however often it was sent on: `<id>@<times>`, caused by `<id>`.
struct CommandId {
  let original: String
  let times: Int

  init(_ envelope: Envelope) {
    if let cause = envelope.causationId, envelope.id.hasPrefix("\(cause)@"),
      let times = Int(envelope.id.dropFirst(cause.count + 1))
    {
      (original, self.times) = (cause, times)
    } else {
      (original, times) = (envelope.id, 0)
    }
  }

  var next: String {
    let next = "\(original)@\(times + 1)"
    return next.utf8.count <= Envelope.attributeBytesMax ? next : original
  }
}

extension LeadCommandType {
  fileprivate var word: String { String(shortName.dropFirst("lead.".count)) }
}
