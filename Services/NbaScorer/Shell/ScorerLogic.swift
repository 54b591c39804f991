import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// Profiles and answers of budgets in, lists, decisions, evidence and requests to budgets out. Holds the catalogue, the
/// models, the groups and what is left of the budgets whole. Without a catalogue it says nothing; the next change of a
/// profile after one has come brings its list.
final class ScorerLogic: CatalogLogic {
  typealias State = ScorerState

  var catalogs = CatalogShelf()

  private let mint: IdMint
  private let settings: ScoringSettings
  private var catalog: CompiledCatalog?
  private var models = ModelSet()
  private var groups = GroupSet()
  private var budgets = BudgetBook()

  init(mint: IdMint, settings: ScoringSettings) {
    self.mint = mint
    self.settings = settings
  }

  func observe(_ record: Record) throws(Refusal) {
    guard let value = record.value else { return }
    switch record.topic {
    case Topics.marketingCatalog.name:
      try catalogs.read(value, writtenMs: record.timestampMs) { checked throws(Refusal) in try take(checked) }
    case Topics.nbaModels.name:
      models.take(try PropensityModel(data: value))
    case Topics.groupAggregates.name:
      groups.take(try GroupAggregate(data: value))
    case Topics.budgets.name:
      budgets.take(try Budget(counts: value))
    default: break
    }
  }

  /// A catalogue that can't be read or doesn't hold is refused whole: the old one stays.
  func take(_ checked: CheckedCatalog) throws(Refusal) {
    do { catalog = try CompiledCatalog(checked.catalog, checked.definitions) } catch {
      throw Refusal(stage: "catalog", reason: "\(checked.catalog.version): \(error)")
    }
  }

  func step(_ key: String, _ state: ScorerState?, _ input: Input, now: Int64) throws(Refusal) -> Step<ScorerState> {
    guard let catalog else {
      // Without one nothing is known to be over.
      if case .event(let record, _) = input, record.topic == Topics.profileState.name, record.value == nil {
        return state == nil ? .nothing : Step(.delete)
      }
      return .nothing
    }
    let scorer = Scorer(
      catalog: catalog, models: models, groups: groups, budgets: budgets, settings: settings, mint: mint)
    switch input {
    case .tick:
      guard let state else { return .nothing }
      let outcome = scorer.tick(key, state, heardMs: now)
      // Where a clock was ahead, ticks say the same time until it has come: so the state tells them apart.
      let before = outcome.requests.isEmpty ? 0 : Numerics.hash(String(decoding: state.encode(), as: UTF8.self))
      return step(outcome, key, state, nil, asked: "tick.\(now).\(before)", isTick: true)
    case .event(let record, let envelope) where record.topic == Topics.budgetAnswers.name:
      // What is answered to a lead is lead-manager's to hear.
      guard envelope.type == BudgetAnswerType.contact.rawValue else { return .nothing }
      guard let value = record.value else { throw Refusal(stage: "schema", reason: "the record has no value") }
      let answer = try JSONCoding.decode(BudgetAnswer.self, from: value)
      guard let state, let outcome = scorer.take(answer, key, state, heardMs: record.timestampMs) else {
        return .nothing
      }
      return step(outcome, key, state, envelope, asked: "answer.\(record.offset)")
    case .event(let record, let envelope):
      guard let value = record.value else { return state == nil ? .nothing : Step(.delete) }
      let profile = try ProfileState(data: value)
      let outcome = scorer.score(
        profile, state, now: max(now, state?.nowMs ?? 0, profile.nowMs), cause: envelope.causationId,
        heardMs: record.timestampMs)
      return step(outcome, key, state, envelope, asked: "profile.\(record.offset)")
    }
  }

  /// After a tick the state is written whatever came of it: else the key would be due for ever. `asked` is of the input
  /// and the state before, for the ids of what is asked because of it.
  private func step(
    _ outcome: Scorer.Outcome, _ key: String, _ state: ScorerState?, _ cause: Envelope?, asked: String,
    isTick: Bool = false
  ) -> Step<ScorerState> {
    let outputs =
      outcome.lists.flatMap { Self.outputs($0, key, cause) } + outcome.evidence.map { Self.output($0, cause) }
      + outcome.requests.map { output($0, cause, asked) }
    let tallies = outcome.lists.flatMap { Self.tallies($0.list) }
    if outcome.state.contacts.isEmpty { return Step(state == nil ? .none : .delete, outputs) }
    if !isTick, outputs.isEmpty, outcome.state.contacts == state?.contacts, outcome.state.waiting == state?.waiting,
      outcome.state.hasMore == state?.hasMore
    {
      return .nothing
    }
    return Step(.set(outcome.state), outputs, tallies: tallies)
  }

  /// A tick is to say what time it is, and not what time the customer has: that may be ahead.
  func now(of state: ScorerState) -> Int64 { 0 }

  /// How the portfolio came through the stages, and in which group.
  private static func tallies(_ list: NbaList) -> [Tally] {
    [
      Tally("trias_nba_lists_total", labels: [("control_group", list.controlGroup.rawValue)]),
      Tally("trias_nba_propositions_total", list.items.count, labels: [("stage", "listed")]),
    ] + list.dropped.map { Tally("trias_nba_propositions_total", $0.count, labels: [("stage", $0.stage.rawValue)]) }
  }

  // Outputs

  private static let source = "trias/\(Executable.nbaScorer.rawValue)"

  private static func outputs(_ published: Scorer.Published, _ key: String, _ cause: Envelope?) -> [Output] {
    let list = published.list
    let envelope = envelope(list.id, NbaList.type, list.atMs, contact: list.contact, cause, published.replyTo)
    var decision = envelope
    decision.type = NbaDecision.type
    decision.replyTo = nil
    return [
      Output(topic: Topics.nbaLists, key: key, envelope: envelope, data: published.listData),
      Output(topic: Topics.nbaDecisions, key: key, envelope: decision, data: published.decisionData),
    ]
  }

  private func output(_ unit: UnitRequest, _ cause: Envelope?, _ asked: String) -> Output {
    let request = unit.request
    let holder = mint.holder("contact", "\(request.profile)\u{1f}\(request.contact)\u{1f}\(request.proposition)")
    let envelope = Self.envelope(
      "\(unit.type == .release ? "release" : "reserve").\(holder).\(asked)", unit.type.rawValue, request.askedMs,
      contact: request.contact, cause, nil)
    return Output(
      topic: Topics.budgetRequests, key: request.proposition, envelope: envelope, data: JSONCoding.encode(request))
  }

  private static func output(_ found: Scorer.Found, _ cause: Envelope?) -> Output {
    let evidence = found.evidence
    // An evidence's id holds a list's id, which may be as long as an envelope's may.
    let id =
      evidence.id.utf8.count <= Envelope.attributeBytesMax ? evidence.id : "evidence-\(Numerics.hash(evidence.id))"
    let envelope = envelope(id, NbaEvidence.type, evidence.atMs, contact: found.contact, cause, nil)
    return Output(topic: Topics.nbaEvidence, key: evidence.model, envelope: envelope, data: evidence.json)
  }

  private static func envelope(
    _ id: String, _ type: String, _ atMs: Int64, contact: String, _ cause: Envelope?, _ replyTo: String?
  ) -> Envelope {
    var envelope = Envelope(id: id, source: source, type: type, timeMs: atMs)
    envelope.correlationId = contact
    envelope.causationId = cause?.id
    envelope.traceparent = cause?.traceparent
    envelope.replyTo = replyTo
    return envelope
  }
}
