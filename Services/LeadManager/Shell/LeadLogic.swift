import Contracts
import LeadManagerCore
import MessageLog
import Streams

/// Reads records for the core, and writes down what it answers.
final class LeadLogic: Logic {
  private var leads: Leads
  private var succession = CatalogSuccession()

  init(mint: IdMint, namespaces: Namespaces) { leads = Leads(mint: mint, namespaces: namespaces) }

  func now(of state: LeadManagerState) -> Int64 { state.leads.nowMs }

  /// One that doesn't hold is refused, and the one before it stays.
  func observe(_ record: Record) throws(Refusal) {
    guard let value = record.value else { return }
    if let checked = try succession.read(value, writtenMs: record.timestampMs) { leads.catalog.take(checked.catalog) }
  }

  /// All that were ever in force are read whole: what one has no more can be accepted for days, and since when something is
  /// kept from everybody stands in the version that said so first. What is seen once more costs next to nothing.
  func catchUp(with record: Record) throws(Refusal) {
    guard let value = record.value, try succession.admits(value) else { return }
    try observe(record)
  }

  func step(
    _ key: String, _ state: LeadManagerState?, _ input: Input, now: Int64
  ) throws(Refusal) -> Step<LeadManagerState> {
    var cause: Envelope?
    let decision: LeadDecision
    switch input {
    case .tick: decision = try leads.decide(key, state?.leads, .tick, now: now)
    case .event(let record, let envelope):
      guard let input = try read(record, envelope, state?.leads) else { return .nothing }
      decision = try leads.decide(key, state?.leads, input, now: now)
      cause = envelope
    }
    let outputs = decision.outputs.map { LeadOutputWriter(key, cause, now: now).output($0) }
    return Step(change(decision.change), outputs, tallies: decision.outputs.compactMap(Self.tally))
  }

  private static func tally(_ output: LeadOutput) -> Tally? {
    guard case .refusal(let refusal) = output else { return nil }
    return Tally("trias_lead_refusals_total", labels: [("refused", refusal.refused)])
  }

  private func change(_ change: LeadDecision.Change) -> Step<LeadManagerState>.Change {
    switch change {
    case .none: .none
    case .set(let state): .set(LeadManagerState(state))
    case .delete: .delete
    }
  }

  /// nil for what has nothing to do with leads.
  private func read(_ record: Record, _ envelope: Envelope, _ state: LeadState?) throws(Refusal) -> LeadInput? {
    if record.topic == Topics.leadCommands.name {
      guard let type = LeadCommandType(rawValue: envelope.type) else {
        throw Refusal(stage: "schema", field: "ce_type", reason: "no command has that type: \(envelope.type)")
      }
      let command = try JSONCoding.decode(LeadCommand.self, from: try data(record))
      let range = Interaction.amountMinorRange
      if let netRevenueMinor = command.netRevenueMinor, !range.contains(netRevenueMinor) {
        throw Refusal(
          stage: "schema", field: "netRevenueMinor",
          reason: "takes \(range.lowerBound) to \(range.upperBound); is \(netRevenueMinor)")
      }
      return .command(type, command, id: "\(envelope.source)/\(CommandId(envelope).original)")
    }
    if record.topic == Topics.budgetAnswers.name {
      // What is answered to a contact is the scorer's to hear.
      guard envelope.type == BudgetAnswerType.lead.rawValue else { return nil }
      return .answer(try JSONCoding.decode(BudgetAnswer.self, from: try data(record)))
    }
    if record.topic == Topics.consentState.name {
      // Without a value nothing is known of the customer any more.
      return .consents(try record.value.map { value throws(Refusal) in try ConsentState(data: value).consents } ?? [])
    }
    // Types that a later build has put on the timeline are not ours to judge.
    guard let type = EventType(rawValue: envelope.type), leads.concerns(type, state) else { return nil }
    guard let facet = envelope.facet else {
      throw Refusal(stage: "envelope", field: "ce_facet", reason: "is missing: every event on the timeline has a facet")
    }
    switch type {
    case .facetLeft: return .facetLeft(facet, to: try JSONCoding.decode(FacetMove.self, from: try data(record)).profile)
    case .facetReceived: return .facetReceived(facet)
    default:
      // Whether the deployment has its namespaces was judged before it came onto the timeline.
      let interaction = try Interaction.decode(type: type, data: try data(record), namespaces: nil)
      let id = "\(envelope.source)/\(envelope.id)"
      return .event(TimelineEvent(type: type, id: id, timeMs: envelope.timeMs, facet: facet, data: interaction))
    }
  }

  private func data(_ record: Record) throws(Refusal) -> [UInt8] {
    guard let value = record.value else { throw Refusal(stage: "schema", reason: "the record has no value") }
    return value
  }
}
