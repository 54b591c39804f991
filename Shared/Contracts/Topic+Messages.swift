// What is on each public topic, by CloudEvents type: one more thing that is declared once. The AsyncAPI document, the
// schemas and the wiring tests read it.

/// A type of message on a topic.
public struct MessageDeclaration: Sendable {
  /// The CloudEvents `type`.
  public let type: String
  public let summary: String
  public let data: Data

  public enum Data: Sendable {
    /// As `EventType.fields` declares it.
    case interaction(EventType)
    /// As that type encodes itself.
    case value(any (Codable & Sendable).Type)
  }

  init(_ type: String, _ summary: String, _ data: Data) {
    self.type = type
    self.summary = summary
    self.data = data
  }

  init(_ type: EventType) {
    let data: Data =
      switch type {
      case .facetLeft, .facetReceived: .value(FacetMove.self)
      case .segmentEntered, .segmentLeft: .value(SegmentChange.self)
      default: .interaction(type)
      }
    self.init(type.rawValue, type.summary, data)
  }
}

extension Topic {
  /// The type of a state topic's records.
  public var stateType: String { "trias.\(name)" }

  /// What is on it; empty for dead letters, which are as they came, and for what is the owner's own business.
  public var messages: [MessageDeclaration] {
    switch self {
    case Topics.channelInteractions, Topics.sourceRecords:
      EventType.allCases.filter { $0.topic == self }.map(MessageDeclaration.init)
    case Topics.profileTimeline: EventType.allCases.map(MessageDeclaration.init)
    case Topics.stewardCommands:
      StewardCommandType.allCases.map { MessageDeclaration($0.rawValue, $0.summary, .value(StewardCommand.self)) }
    case Topics.identityMap: [event(IdentityMapEntry.type, IdentityMapEntry.self)]
    case Topics.profileState: [state(ProfileState.self)]
    case Topics.consentState: [event(ConsentState.type, ConsentState.self)]
    case Topics.groupAggregates: [event(GroupAggregate.type, GroupAggregate.self)]
    case Topics.marketingCatalog: [state(Catalog.self)]
    case Topics.draftCommands:
      CatalogDraftCommandType.allCases.map {
        MessageDeclaration($0.rawValue, $0.summary, .value(CatalogDraftCommand.self))
      }
    case Topics.marketingDrafts: [state(CatalogDraft.self)]
    case Topics.nbaLists: [event(NbaList.type, NbaList.self)]
    case Topics.nbaDecisions: [event(NbaDecision.type, NbaDecision.self)]
    case Topics.nbaEvidence: [event(NbaEvidence.type, NbaEvidence.self)]
    case Topics.budgetRequests:
      BudgetRequestType.allCases.map { MessageDeclaration($0.rawValue, $0.summary, .value(BudgetRequest.self)) }
    case Topics.budgetAnswers:
      BudgetAnswerType.allCases.map { MessageDeclaration($0.rawValue, $0.summary, .value(BudgetAnswer.self)) }
    case Topics.budgets: [state(Budget.self)]
    case Topics.nbaModels: [state(PropensityModel.self)]
    case Topics.leadCommands:
      LeadCommandType.allCases.map { MessageDeclaration($0.rawValue, $0.summary, .value(LeadCommand.self)) }
    case Topics.leadState: [state(LeadState.self)]
    case Topics.leadEvents:
      LeadEventType.allCases.map {
        MessageDeclaration(
          $0.rawValue, $0.summary, $0 == .refused ? .value(LeadRefusal.self) : .value(LeadEvent.self))
      }
    case Topics.contactTasks: [event(ContactTask.type, ContactTask.self)]
    default: []
    }
  }

  /// The one type of data on this topic, as the runtime writes a table.
  private func state(_ data: any (Codable & Sendable).Type) -> MessageDeclaration { event(stateType, data) }

  private func event(_ type: String, _ data: any (Codable & Sendable).Type) -> MessageDeclaration {
    MessageDeclaration(type, summary, .value(data))
  }
}

extension LeadEventType {
  public var summary: String {
    switch self {
    case .opened: "A proposition was accepted: a lead begins."
    case .advanced: "A step is done, the next begins."
    case .won: "All steps are done; with the net revenue."
    case .lost: "It came to nothing; with the reason."
    case .left: "The lead now belongs to another profile."
    case .received: "The lead came from another profile."
    case .revised: "Somebody else's part in the lead was taken out, or his own given back: where it stands now."
    case .refused: "An acceptance or a command that nothing came of; with the reason."
    }
  }
}

extension StewardCommandType {
  public var summary: String {
    switch self {
    case .split: "Two identifiers are not one person's: the link between them is undone, as if it had never been made."
    case .samePerson:
      "Two identifiers are one person's, whatever the rules say; an earlier word that they are not is taken back."
    case .notSamePerson: "Two identifiers are two persons', whatever claims say, now and later."
    case .leave: "Two who may be one person are left as they are, until there is new evidence."
    }
  }
}

extension CatalogDraftCommandType {
  public var summary: String {
    switch self {
    case .save: "Somebody has written a draft of the catalogue, or changed it."
    case .submit: "It is as it should be: a second person is asked for."
    case .approve: "A second person wants it in force, at once or at a time."
    case .refuse: "A second person doesn't want it so; with the reason."
    case .withdraw: "It is given up."
    }
  }
}

extension BudgetRequestType {
  public var summary: String {
    switch self {
    case .reserve: "A contact wants to have the proposition on its list."
    case .release: "A contact is over in which it was never shown: its unit comes back."
    case .claim: "The proposition was accepted: a lead waits for a unit."
    }
  }
}

extension BudgetAnswerType {
  public var summary: String {
    switch self {
    case .contact: "Whether a contact may have the proposition on its list."
    case .lead: "Whether the lead that waits opens."
    }
  }
}

extension LeadCommandType {
  public var summary: String {
    switch self {
    case .completeStep: "Somebody has done a step by hand."
    case .win: "Somebody says that the lead is won."
    case .lose: "Somebody says that the lead is lost."
    case .transfer: "Between profiles: the lead comes with its facet."
    case .withdraw: "Between profiles: the lead has evidence of somebody who has turned out to be another."
    case .evidence: "Between profiles: what another's lead had as evidence is for the leads here."
    }
  }
}
