import Contracts

// Units of what there is only so much of: asked for before it is listed, and given back where it was never shown.
//
// Waiting is measured by when things were heard, which is the broker's time, and not by the customer's: his is his channel's.

extension Scorer {
  /// How long a list waits for answers, all together; after that it goes out without.
  package static let answerMs: Int64 = 100
  /// A contact that was refused asks again after so long, where there seems to be something left.
  package static let refusedMs: Int64 = 60_000
  /// Nobody has answered for so long that the question is taken for lost.
  package static let lostMs: Int64 = 600_000
  /// What was shown before the channel ended the contact has been heard of by then.
  package static let releaseMs: Int64 = 600_000
  /// A customer who is larger is not kept beside all that may go into a record, so no list of his waits for an answer.
  static let waitingBytesMax = 200_000

  /// An answer to one of the contacts. nil: none of them waits for it.
  package func take(_ answer: BudgetAnswer, _ profile: String, _ state: ScorerState, heardMs: Int64) -> Outcome? {
    guard let contact = state.contacts.firstIndex(where: { $0.id == answer.contact }),
      let unit = state.contacts[contact].units.firstIndex(where: {
        $0.proposition == answer.proposition && $0.status == .asked && $0.askedMs == answer.askedMs
      })
    else { return nil }
    var state = state
    state.contacts[contact].units[unit].status = answer.isGranted ? .granted : .refused
    state.contacts[contact].units[unit].answeredMs = heardMs
    return again(profile, state, heardMs: heardMs)
  }

  /// Time has passed: an answer is late, or lost, or a unit that nobody saw goes back.
  package func tick(_ profile: String, _ state: ScorerState, heardMs: Int64) -> Outcome {
    again(profile, state, heardMs: heardMs)
  }

  /// Looks at the customer as he was at the last look, where something was waited for since; else at what is kept of his
  /// contacts alone.
  private func again(_ profile: String, _ state: ScorerState, heardMs: Int64) -> Outcome {
    if let waiting = state.waiting {
      let nowMs = max(heardMs, state.nowMs, waiting.profile.nowMs)
      return score(waiting.profile, state, now: nowMs, cause: waiting.cause, heardMs: heardMs)
    }
    var outcome = Outcome(state: state)
    outcome.state.contacts = state.contacts.compactMap { contact in
      var scored = contact
      release(&scored, heardMs: heardMs, profile, &outcome.requests)
      return contact.overMs != nil && scored.isSpent ? nil : scored
    }
    return outcome
  }

  /// What would be listed if there were a unit of it is asked for. True: the answers may still come in time.
  func ask(
    _ wanting: [String], _ scored: inout ScoredContact, heardMs: Int64, _ profile: ProfileState,
    _ requests: inout [UnitRequest]
  ) -> Bool {
    let new = wanting.filter { proposition in !scored.units.contains { $0.proposition == proposition } }
    if !new.isEmpty, profile.json.count <= Self.waitingBytesMax {
      for proposition in new.prefix(ScoredContact.unitsMax - scored.units.count) {
        let unit = ScoredUnit(proposition: proposition, askedMs: heardMs)
        scored.units.append(unit)
        requests.append(UnitRequest(.reserve, unit, scored.id, profile.id))
        scored.waitingSinceMs = scored.waitingSinceMs ?? heardMs
      }
    }
    guard let since = scored.waitingSinceMs, heardMs < since + Self.answerMs else { return false }
    return scored.units.contains { $0.status == .asked && wanting.contains($0.proposition) }
  }

  /// Forgets after a while that it was refused, and asks once more what nobody has answered.
  func askAgain(_ scored: inout ScoredContact, heardMs: Int64, _ profile: String, _ requests: inout [UnitRequest]) {
    scored.units.removeAll { $0.status == .refused && ($0.answeredMs ?? 0) + Self.refusedMs <= heardMs }
    for index in scored.units.indices
    where scored.units[index].status == .asked && scored.units[index].askedMs + Self.lostMs <= heardMs {
      scored.units[index].askedMs = heardMs
      requests.append(UnitRequest(.reserve, scored.units[index], scored.id, profile))
    }
  }

  /// Notes what was shown. Of a contact with very many answers not all are kept, so there everything may have been.
  func note(_ contactView: ContactView, _ scored: inout ScoredContact, heardMs: Int64) {
    guard !scored.units.isEmpty else { return }
    let responses = contactView.contact.responses
    for index in scored.units.indices where !scored.units[index].isShown {
      scored.units[index].isShown =
        responses.count >= FacetBody.responsesMax
        || responses.contains { $0.proposition == scored.units[index].proposition }
    }
    guard contactView.isEnded else {
      scored.overMs = nil
      return
    }
    // Only the channel's own word says that nothing will be shown any more: who fell silent may come back to what he has
    // before him. So all other units stay taken.
    let isOver = contactView.contact.endReason == Contact.ended
    scored.overMs = isOver ? scored.overMs ?? heardMs : nil
    scored.waitingSinceMs = nil
    scored.units.removeAll {
      switch $0.status {
      case .asked: false
      case .granted: !isOver || $0.isShown
      case .refused: true
      }
    }
  }

  /// What was never shown in a contact that is over goes back.
  func release(_ scored: inout ScoredContact, heardMs: Int64, _ profile: String, _ requests: inout [UnitRequest]) {
    guard let overMs = scored.overMs, overMs + Self.releaseMs <= heardMs else { return }
    for unit in scored.units where unit.status == .granted && !unit.isShown {
      requests.append(UnitRequest(.release, unit, scored.id, profile))
    }
    scored.units.removeAll { $0.status == .granted }
    if scored.units.isEmpty { scored.overMs = nil }
  }
}

/// What is asked of a budget.
package struct UnitRequest: Sendable, Equatable {
  package var type: BudgetRequestType
  package var request: BudgetRequest

  init(_ type: BudgetRequestType, _ unit: ScoredUnit, _ contact: String, _ profile: String) {
    self.type = type
    request = BudgetRequest(
      proposition: unit.proposition, profile: profile, contact: contact, askedMs: unit.askedMs)
  }
}
