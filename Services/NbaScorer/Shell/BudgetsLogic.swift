import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// Requests for units in, budgets and answers out: one key per proposition, one writer per key. It goes by the catalogue in
/// force here, whatever an asker has read of it.
final class BudgetsLogic: CatalogLogic {
  typealias State = Budget

  var catalogs = CatalogShelf()
  private let mint: IdMint
  private var budgets: Budgets

  init(mint: IdMint) {
    self.mint = mint
    budgets = Budgets(mint: mint)
  }

  func take(_ checked: CheckedCatalog) { budgets.take(checked.catalog) }

  func now(of state: Budget) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: Budget?, _ input: Input, now: Int64) throws(Refusal) -> Step<Budget> {
    guard case .event(let record, let envelope) = input else { return .nothing }
    guard let type = BudgetRequestType(rawValue: envelope.type) else {
      throw Refusal(stage: "schema", field: "ce_type", reason: "no request has that type: \(envelope.type)")
    }
    guard let value = record.value else { throw Refusal(stage: "schema", reason: "the record has no value") }
    let request = try JSONCoding.decode(BudgetRequest.self, from: value)
    // By the broker's time: that of a request is some customer's, and one that is ahead would begin everybody's next day.
    let heardMs = record.timestampMs
    let decision = try budgets.decide(key, state, type, request, now: heardMs)
    guard decision.outcome != .ignored else { return .nothing }
    return Step(
      .set(decision.budget), decision.answer.map { [output($0, request.profile, envelope, heardMs)] } ?? [],
      tallies: [Tally("trias_nba_units_total", labels: [("outcome", decision.outcome.rawValue)])])
  }

  private func output(_ answer: BudgetAnswer, _ profile: String, _ cause: Envelope, _ heardMs: Int64) -> Output {
    let type = answer.lead == nil ? BudgetAnswerType.contact : .lead
    // Of its own length, however long that of the request is.
    let id = "answer.\(mint.holder("request", "\(cause.source)\u{1f}\(cause.id)"))"
    var envelope = Envelope(
      id: id, source: "trias/\(Executable.nbaScorer.rawValue)", type: type.rawValue, timeMs: heardMs)
    envelope.correlationId = answer.contact
    envelope.causationId = cause.id
    envelope.traceparent = cause.traceparent
    return Output(topic: Topics.budgetAnswers, key: profile, envelope: envelope, data: JSONCoding.encode(answer))
  }
}
