import Contracts

// A customer's leads: what each input does to them. Pure, and told everything: the same state, input, catalogue and time
// always give the same answer. An input that was taken in before changes nothing.

package struct Leads: Sendable {
  package var catalog: LeadCatalog
  package var processes: [ServiceProcess]
  package let mint: IdMint
  package let namespaces: Namespaces

  package init(
    catalog: Catalog? = nil, mint: IdMint, namespaces: Namespaces = .standard,
    processes: [ServiceProcess] = ServiceProcess.all
  ) {
    self.namespaces = namespaces
    self.catalog = LeadCatalog(catalog)
    self.mint = mint
    self.processes = processes
  }

  /// How often a task is asked for before the lead is given up.
  package static let taskAttemptsMax = 3
  /// Clocks of channels differ by that much at most: what is dated earlier than that before the acceptance is history.
  package static let clockToleranceMs: Int64 = 3_600_000
  /// How long an event is kept for a lead that is on its way here.
  package static let recentMs: Int64 = 86_400_000
  /// After so long without an answer a unit is asked for once more.
  package static let claimAgainMs: Int64 = 600_000
  /// As long as a transfer can lie in `lead.commands`.
  package static let leftMs: Int64 = 30 * 86_400_000
  /// So long after a move, by the clock of ticks, it is looked at whose evidence the leads have: an ordinary login moves one
  /// facet after the other, and all of them are at the other profile by then. More than clocks differ by.
  package static let partingMs: Int64 = 3 * 3_600_000

  /// False for the many events that can't matter to this customer's leads: their data need not be read.
  package func concerns(_ type: EventType, _ state: LeadState?) -> Bool {
    switch type {
    case .nbaAccepted, .facetLeft, .taskDone, .taskFailed: true
    case .segmentEntered, .segmentLeft: false
    case .facetReceived: state != nil
    case .nbaRejected: state != nil
    default:
      state?.leads.contains { $0.status == .open } == true || catalog.waits(for: type.shortName)
        || processes.contains { $0.opensOn == type }
    }
  }

  package func decide(
    _ profile: String, _ state: LeadState?, _ input: LeadInput, now: Int64
  ) throws(Refusal) -> LeadDecision {
    var work = LeadWork(
      state: state ?? LeadState(profile: profile, nowMs: now), now: now, namespaces: namespaces)
    switch input {
    case .event(let event) where work.hasLeft(event.facet): break
    case .event(let event): try take(event, isKnown: state?.isOfConsentsAlone == false, &work)
    case .facetLeft(let reference, let to): work.leave(reference, to: to)
    case .facetReceived(let reference): work.comeBack(reference)
    case .command(.transfer, let command, _): try work.takeOver(command)
    case .command(.withdraw, let command, _): work.withdraw(command)
    case .command(.evidence, let command, _): work.take(command, mint: mint, takesUnit: catalog.takesUnit)
    case .command(let type, let command, let id): work.obey(type, command, id: id, mint: mint)
    case .answer(let answer): work.take(answer, mint: mint)
    case .consents(let consents): work.take(consents)
    case .tick: work.expire(mint: mint)
    }
    return work.decision
  }

  private func take(_ event: TimelineEvent, isKnown: Bool, _ work: inout LeadWork) throws(Refusal) {
    let brief = work.brief(of: event)
    let isConsumed = work.advance(with: brief)
    work.tell(brief, isConsumed: isConsumed)
    if event.type == .nbaAccepted {
      try accept(event, &work)
    } else if let process = processes.first(where: { $0.opensOn == event.type }) {
      open(lead(process, event), of: event, &work)
    }
    // A rejection matters only to a customer who has accepted something: to keep every one would be to write a state for
    // nearly every customer there is.
    let mayMatter = catalog.waits(for: brief) || (isKnown && event.type == .nbaRejected)
    if mayMatter, !isConsumed { work.remember(brief) }
  }
}

extension LeadState {
  package var nextDueMs: Int64? {
    let due = leads.compactMap(\.dueMs).min()
    let forget = recent.map { $0.atMs + Leads.recentMs }.min()
    let forgetLeft = left.map { $0.atMs + Leads.leftMs }.min()
    let claimAgain = pending?.map { $0.askedMs + Leads.claimAgainMs }.min()
    return [due, forget, forgetLeft, claimAgain, partingMs].compactMap(\.self).min()
  }
}
