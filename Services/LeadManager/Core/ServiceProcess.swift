import Contracts

/// A process that a customer opens himself, without an offer: a complaint, a question. It is a proposition with steps like
/// any other, only that it is no marketing, so it stands here and not in the catalogue.
package struct ServiceProcess: Sendable, Equatable {
  package var opensOn: EventType
  /// In a task's instruction `{text}` becomes what the customer said.
  package var proposition: Proposition

  package static let all: [ServiceProcess] = [complaint, question]

  package static let complaint = ServiceProcess(
    opensOn: .complaintFiled,
    proposition: process(
      "complaint", "Complaint",
      steps: [
        SalesStep(
          name: "answer", summary: "The complaint is answered.", completedBy: StepTrigger(event: "task.done"),
          task: StepTask(channel: "call-centre", instruction: "Answer the customer's complaint: {text}")),
        SalesStep(
          name: "confirm", summary: "The customer is content with the answer.",
          completedBy: StepTrigger(event: "task.done"),
          task: StepTask(channel: "call-centre", instruction: "Ask whether the answer settles the complaint: {text}")),
      ]))

  package static let question = ServiceProcess(
    opensOn: .questionAsked,
    proposition: process(
      "question", "Question",
      steps: [
        SalesStep(
          name: "answer", summary: "The question is answered.", completedBy: StepTrigger(event: "task.done"),
          task: StepTask(channel: "call-centre", instruction: "Answer the customer's question: {text}"))
      ]))

  private static func process(_ id: String, _ name: String, steps: [SalesStep]) -> Proposition {
    var proposition = Proposition(id: id, name: name, issue: "service", group: "service", kind: .service)
    proposition.steps = steps
    return proposition
  }

  /// The steps with the customer's words in their instructions.
  func steps(text: String?) -> [SalesStep] {
    let words = (text ?? "").prefix(Self.textCharactersMax)
    return proposition.steps.map { step in
      var step = step
      if let task = step.task {
        step.task?.instruction = Self.replacing(task.instruction, with: words.isEmpty ? "(no text)" : String(words))
      }
      return step
    }
  }

  /// A task is for people to read at a glance.
  static let textCharactersMax = 500

  private static func replacing(_ instruction: String, with words: String) -> String {
    let parts = instruction.split(separator: "{text}", omittingEmptySubsequences: false)
    return parts.joined(separator: words)
  }
}
