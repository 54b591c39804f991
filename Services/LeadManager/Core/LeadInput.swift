import Contracts

// What the lead manager is told, and what it answers. Both are data: the shell reads the one from the log and writes the
// other to it.

/// An event of the customer's, as it came on the timeline.
package struct TimelineEvent: Sendable, Equatable {
  package var type: EventType
  /// `<source>/<id>`
  package var id: String
  package var timeMs: Int64
  package var facet: FacetReference
  package var data: Interaction

  package init(type: EventType, id: String, timeMs: Int64, facet: FacetReference, data: Interaction) {
    self.type = type
    self.id = id
    self.timeMs = timeMs
    self.facet = facet
    self.data = data
  }

  /// As much of it as may complete a step.
  var brief: EventBrief {
    var brief = EventBrief(id: id, event: type.shortName, atMs: timeMs)
    brief.channel = data.channel
    brief.form = data.form
    brief.product = data.product
    brief.category = data.category
    brief.purpose = data.purpose
    brief.proposition = data.proposition
    brief.task = data.task
    brief.reason = data.reason
    brief.amountMinor = data.amountMinor
    brief.currency = data.currency
    brief.facet = facet.facet
    brief.facetVersion = facet.version
    return brief
  }
}

package enum LeadInput: Sendable, Equatable {
  case event(TimelineEvent)
  case facetLeft(FacetReference, to: String)
  case facetReceived(FacetReference)
  /// `id` is `<source>/<id>` of the command.
  case command(LeadCommandType, LeadCommand, id: String)
  case answer(BudgetAnswer)
  /// What the customer has agreed to and refused, all of it.
  case consents([Consent])
  case tick
}

package enum LeadOutput: Sendable, Equatable {
  case event(LeadEventType, LeadEvent)
  case task(ContactTask, contact: String)
  case refusal(LeadRefusal)
  /// To the budget of a proposition of which there is only so much.
  case claim(BudgetRequest, id: String)
  /// For another profile: a lead that moves, or a command that came here too late.
  case command(to: String, LeadCommandType, LeadCommand)
}

package struct LeadDecision: Sendable, Equatable {
  package enum Change: Sendable, Equatable {
    case none
    case set(LeadState)
    /// Nothing is left to remember.
    case delete
  }

  package var change: Change
  package var outputs: [LeadOutput]

  package static let nothing = LeadDecision(change: .none, outputs: [])
}
