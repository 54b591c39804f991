// What is asked of leads, and what leads ask of channels.

/// The types on `lead.commands`.
public enum LeadCommandType: String, Sendable, CaseIterable {
  case completeStep = "trias.lead.complete-step.v1"
  case win = "trias.lead.win.v1"
  case lose = "trias.lead.lose.v1"
  /// Between profiles: the lead's facet has moved here.
  case transfer = "trias.lead.transfer.v1"
  /// Between profiles: that lead has evidence of somebody who has turned out to be another.
  case withdraw = "trias.lead.withdraw.v1"
  /// Between profiles: what was another's evidence there is for the leads here.
  case evidence = "trias.lead.evidence.v1"
}

public struct LeadCommand: Codable, Sendable, Equatable {
  public var lead: String
  public var by: String
  public var reason: String?
  public var netRevenueMinor: Int64?
  /// The step that is meant, by its name; nil: the one under way.
  public var step: String?
  /// Only for a transfer: the lead itself.
  public var transferred: Lead?
  /// For a transfer: which of the facet's moves it follows. Of two profiles that each think the facet is at the other's,
  /// the one that knows of fewer moves keeps the lead. For a withdrawal: the move by which the lead left.
  public var facetVersion: Int64?
  /// Only for evidence: the revision of the lead that it was taken out by.
  public var revision: Int?
  /// Only for a withdrawal: what is to be taken out.
  public var withdrawn: [PartedEvidence]?
  /// Only for a withdrawal and for evidence: the profile where its facet is.
  public var to: String?
  /// Only for evidence: what was heard, in that order, and the leads that noted acceptances among it would have opened.
  public var evidence: [EventBrief]?
  public var openings: [Lead]?

  public init(lead: String, by: String, reason: String? = nil, netRevenueMinor: Int64? = nil, transferred: Lead? = nil)
  {
    self.lead = lead
    self.by = by
    self.reason = reason
    self.netRevenueMinor = netRevenueMinor
    self.transferred = transferred
  }
}

/// The value of `contact.tasks` (type `trias.task.requested.v1`): what a channel is asked to do.
public struct ContactTask: Codable, Sendable, Equatable {
  public static let type = "trias.task.requested.v1"

  public var id: String
  public var lead: String
  public var proposition: String
  public var step: String
  public var channel: String
  public var instruction: String
  public var identifier: Identifier
  public var dueMs: Int64?

  public init(
    id: String, lead: String, proposition: String, step: String, channel: String, instruction: String,
    identifier: Identifier, dueMs: Int64?
  ) {
    self.id = id
    self.lead = lead
    self.proposition = proposition
    self.step = step
    self.channel = channel
    self.instruction = instruction
    self.identifier = identifier
    self.dueMs = dueMs
  }
}
