import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// Requests for units in, budgets and answers out: one key per proposition, one writer per key.
final class BudgetsLogic: Logic {
  typealias State = Budget

  private let budgets: Budgets

  init(mint: IdMint) { budgets = Budgets(mint: mint) }

  func now(of state: Budget) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: Budget?, _ input: Input, now: Int64) throws(Refusal) -> Step<Budget> {
    guard case .event(let record, let envelope) = input else { return .nothing }
    guard let type = BudgetRequestType(rawValue: envelope.type) else {
      throw Refusal(stage: "schema", field: "ce_type", reason: "no request has that type: \(envelope.type)")
    }
    guard let value = record.value else { throw Refusal(stage: "schema", reason: "the record has no value") }
    let request = try JSONCoding.decode(BudgetRequest.self, from: value)
    let decision = try budgets.decide(key, state, type, request, now: now)
    let outputs = decision.answer.map { [Self.output($0, request.profile, envelope, now: now)] } ?? []
    let tally = Tally("trias_nba_units_total", labels: [("outcome", Self.outcome(type, decision.answer))])
    return Step(decision.budget.map { .set($0) } ?? .none, outputs, tallies: [tally])
  }

  private static func outcome(_ type: BudgetRequestType, _ answer: BudgetAnswer?) -> String {
    guard let answer else { return "returned" }
    return answer.isGranted ? "granted" : "refused"
  }

  private static func output(_ answer: BudgetAnswer, _ profile: String, _ cause: Envelope, now: Int64) -> Output {
    var envelope = Envelope(
      id: "\(cause.id).answer", source: "trias/\(Executable.nbaScorer.rawValue)", type: BudgetAnswer.type, timeMs: now)
    envelope.correlationId = answer.contact
    envelope.causationId = cause.id
    envelope.traceparent = cause.traceparent
    return Output(topic: Topics.budgetAnswers, key: profile, envelope: envelope, data: JSONCoding.encode(answer))
  }
}
