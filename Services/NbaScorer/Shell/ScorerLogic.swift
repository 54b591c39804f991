import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// Profiles in, lists, decisions and evidence out. Holds the catalogue, the models and the groups whole. Without a
/// catalogue it says nothing; the next change of a profile after one has come brings its list.
final class ScorerLogic: Logic {
  typealias State = ScorerState

  private let mint: IdMint
  private let settings: ScoringSettings
  private var catalog: CompiledCatalog?
  private var succession = CatalogSuccession()
  private var models = ModelSet()
  private var groups = GroupSet()

  init(mint: IdMint, settings: ScoringSettings) {
    self.mint = mint
    self.settings = settings
  }

  func observe(_ record: Record) throws(Refusal) {
    guard let value = record.value else { return }
    switch record.topic {
    case Topics.marketingCatalog.name: try takeCatalog(value)
    case Topics.nbaModels.name:
      models.take(try PropensityModel(data: value))
    case Topics.groupAggregates.name:
      groups.take(try GroupAggregate(data: value))
    default: break
    }
  }

  /// A catalogue that can't be read or doesn't hold is refused whole: the old one stays.
  private func takeCatalog(_ value: [UInt8]) throws(Refusal) {
    var next = succession
    guard let checked = try next.read(value) else { return }
    do { (catalog, succession) = (try CompiledCatalog(checked.catalog, checked.definitions), next) } catch {
      throw Refusal(stage: "catalog", reason: "\(checked.catalog.version): \(error)")
    }
  }

  func step(_ key: String, _ state: ScorerState?, _ input: Input, now: Int64) throws(Refusal) -> Step<ScorerState> {
    guard case .event(let record, let envelope) = input else { return .nothing }
    guard let value = record.value else { return state == nil ? .nothing : Step(.delete) }
    let profile = try ProfileState(data: value)
    guard let catalog else { return .nothing }
    let scorer = Scorer(catalog: catalog, models: models, groups: groups, settings: settings, mint: mint)
    let outcome = scorer.score(profile, state, now: max(now, profile.nowMs), cause: envelope.causationId)
    let outputs =
      outcome.lists.flatMap { Self.outputs($0, key, envelope) } + outcome.evidence.map { Self.output($0, envelope) }
    let tallies = outcome.lists.flatMap { Self.tallies($0.list) }
    if outcome.state.contacts.isEmpty { return Step(state == nil ? .none : .delete, outputs) }
    if outputs.isEmpty, outcome.state.contacts == state?.contacts { return .nothing }
    return Step(.set(outcome.state), outputs, tallies: tallies)
  }

  func now(of state: ScorerState) -> Int64 { state.nowMs }

  /// How the portfolio came through the stages, and in which group.
  private static func tallies(_ list: NbaList) -> [Tally] {
    [
      Tally("trias_nba_lists_total", labels: [("control_group", list.controlGroup.rawValue)]),
      Tally("trias_nba_propositions_total", list.items.count, labels: [("stage", "listed")]),
    ] + list.dropped.map { Tally("trias_nba_propositions_total", $0.count, labels: [("stage", $0.stage.rawValue)]) }
  }

  // Outputs

  private static let source = "trias/\(Executable.nbaScorer.rawValue)"

  private static func outputs(_ published: Scorer.Published, _ key: String, _ cause: Envelope) -> [Output] {
    let list = published.list
    let envelope = envelope(list.id, NbaList.type, list.atMs, contact: list.contact, cause, published.replyTo)
    var decision = envelope
    decision.type = NbaDecision.type
    decision.replyTo = nil
    return [
      Output(topic: Topics.nbaLists, key: key, envelope: envelope, data: list.json),
      Output(topic: Topics.nbaDecisions, key: key, envelope: decision, data: published.decision.json),
    ]
  }

  private static func output(_ found: Scorer.Found, _ cause: Envelope) -> Output {
    let evidence = found.evidence
    // An evidence's id holds a list's id, which may be as long as an envelope's may.
    let id =
      evidence.id.utf8.count <= Envelope.attributeBytesMax ? evidence.id : "evidence-\(Numerics.hash(evidence.id))"
    let envelope = envelope(id, NbaEvidence.type, evidence.atMs, contact: found.contact, cause, nil)
    return Output(topic: Topics.nbaEvidence, key: evidence.model, envelope: envelope, data: evidence.json)
  }

  private static func envelope(
    _ id: String, _ type: String, _ atMs: Int64, contact: String, _ cause: Envelope, _ replyTo: String?
  ) -> Envelope {
    var envelope = Envelope(id: id, source: source, type: type, timeMs: atMs)
    envelope.correlationId = contact
    envelope.causationId = cause.id
    envelope.traceparent = cause.traceparent
    envelope.replyTo = replyTo
    return envelope
  }
}
