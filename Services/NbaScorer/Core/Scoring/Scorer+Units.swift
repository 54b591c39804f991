import Contracts

// Units of what there is only so much of: asked for before it is listed, and given back where it was never shown.

extension Scorer {
  /// How long a list waits for the answer; after that it goes out without.
  package static let answerMs: Int64 = 100
  /// A contact that was refused asks again after so long, where there seems to be something left.
  static let askAgainMs: Int64 = 60_000
  /// What was shown before the channel ended the contact has come by then.
  static let releaseMs: Int64 = 600_000

  /// An answer to one of the contacts. nil: none of them waits for it.
  package func take(_ answer: BudgetAnswer, _ profile: String, _ state: ScorerState, now: Int64) -> Outcome? {
    guard answer.lead == nil, let contact = state.contacts.firstIndex(where: { $0.id == answer.contact }),
      let unit = state.contacts[contact].units.firstIndex(where: {
        $0.proposition == answer.proposition && $0.status == .asked
      })
    else { return nil }
    var state = state
    state.contacts[contact].units[unit].status = answer.isGranted ? .granted : .refused
    state.contacts[contact].units[unit].atMs = now
    return again(profile, state, now: now)
  }

  /// Time has passed: an answer is late, or a unit that nobody saw goes back.
  package func tick(_ profile: String, _ state: ScorerState, now: Int64) -> Outcome { again(profile, state, now: now) }

  /// Looks at the customer as he was at the last look, where something was waited for since; else at what is kept of his
  /// contacts alone.
  private func again(_ profile: String, _ state: ScorerState, now: Int64) -> Outcome {
    if let waiting = state.waiting {
      return score(waiting.profile, state, now: max(now, waiting.profile.nowMs), cause: waiting.cause)
    }
    var outcome = Outcome(state: state)
    outcome.state.nowMs = now
    outcome.state.contacts = state.contacts.compactMap { contact in
      var scored = contact
      release(&scored, now: now, profile, &outcome.requests)
      // What is left of one that is over.
      return contact.endedMs != nil && scored.units.isEmpty && scored.given.isEmpty ? nil : scored
    }
    return outcome
  }

  /// What would be listed if there were a unit of it, and has not been asked for, is. True: it may still be answered in
  /// time.
  func ask(
    _ wanting: [String], _ scored: inout ScoredContact, now: Int64, _ profile: String, _ requests: inout [UnitRequest]
  ) -> Bool {
    for proposition in wanting where !scored.units.contains(where: { $0.proposition == proposition }) {
      guard scored.units.count < ScoredContact.unitsMax else { break }
      scored.units.append(ScoredUnit(proposition: proposition, atMs: now))
      requests.append(request(.reserve, proposition, scored.id, profile))
    }
    return scored.units.contains { $0.isAwaited(at: now) && wanting.contains($0.proposition) }
  }

  /// Forgets that it was refused, after a while.
  func askAgain(_ scored: inout ScoredContact, now: Int64) {
    scored.units.removeAll { $0.status == .refused && $0.atMs + Self.askAgainMs <= now }
  }

  /// Notes what was shown. Of a contact with very many answers not all are kept, so there everything may have been.
  func note(_ contactView: ContactView, _ scored: inout ScoredContact) {
    guard !scored.units.isEmpty else { return }
    let responses = contactView.contact.responses
    for index in scored.units.indices where !scored.units[index].isShown {
      scored.units[index].isShown =
        responses.count >= FacetBody.responsesMax
        || responses.contains { $0.proposition == scored.units[index].proposition }
    }
    guard contactView.isEnded else {
      scored.endedMs = nil
      return
    }
    // Only the channel's own word says that nothing will be shown any more: who fell silent may come back to what he has
    // before him. So all other units stay taken.
    let isOver = contactView.contact.endReason == Contact.ended
    scored.endedMs = isOver ? contactView.contact.endedMs : nil
    scored.units.removeAll {
      switch $0.status {
      case .asked: false
      case .granted: !isOver || $0.isShown
      case .refused: true
      }
    }
  }

  /// What was never shown in a contact that is over goes back.
  func release(_ scored: inout ScoredContact, now: Int64, _ profile: String, _ requests: inout [UnitRequest]) {
    guard let endedMs = scored.endedMs, endedMs + Self.releaseMs <= now else { return }
    for unit in scored.units where unit.status == .granted && !unit.isShown {
      requests.append(request(.release, unit.proposition, scored.id, profile))
    }
    scored.units.removeAll { $0.status == .granted }
    if scored.units.isEmpty { scored.endedMs = nil }
  }

  private func request(
    _ type: BudgetRequestType, _ proposition: String, _ contact: String, _ profile: String
  ) -> UnitRequest {
    let limits = catalog.index(of: proposition).map { catalog.propositions[$0].limits } ?? []
    return UnitRequest(
      type: type,
      request: BudgetRequest(
        proposition: proposition, limits: limits, catalogVersion: catalog.catalog.version, profile: profile,
        contact: contact))
  }
}

/// What is asked of a budget.
package struct UnitRequest: Sendable, Equatable {
  package var type: BudgetRequestType
  package var request: BudgetRequest
}
