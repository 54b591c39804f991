// What sales remembers of a customer: leads follow from it, here and wherever it goes.

/// Something that may matter to a lead, under the facet that it happened under, with which it goes to another profile.
public struct LeadMark: Codable, Sendable, Equatable {
  public var facet: String
  /// Which of the facet's moves it came here by; nil where it was heard here.
  public var facetVersion: Int64?
  public var brief: EventBrief
  /// When it counts, where that is later than it happened: it was heard while a step was under way that had begun later by
  /// another's clock.
  public var sinceMs: Int64?
  /// The lead whose step that was: without it the mark counts from when it happened.
  public var sinceLead: String?
  /// The lead that it would open, as it began. Of a lead that stands beside it, it is told by the lead.
  public var opens: Lead?
  /// The lead that it opened or was noted on.
  public var lead: String?
  /// Whether it opened that one.
  public var hasOpened: Bool?
  /// Whether it was only noted when it was heard.
  public var wasNoted: Bool?
  /// Leads for the same that stood beside its own when two of the customer's identifiers turned out to be his: sales is at
  /// work on both.
  public var apart: [String]?
  /// What staff has asked of a lead.
  public var asked: LeadAsked?

  public init(facet: String, brief: EventBrief) {
    self.facet = facet
    self.brief = brief
  }
}

/// What staff has asked of a lead, as it was carried out.
public struct LeadAsked: Codable, Sendable, Equatable {
  public var lead: String
  public var by: String
  /// The step that was under way.
  public var step: String
  public var netRevenueMinor: Int64?

  public init(lead: String, by: String, step: String, netRevenueMinor: Int64? = nil) {
    self.lead = lead
    self.by = by
    self.step = step
    self.netRevenueMinor = netRevenueMinor
  }
}

extension LeadState {
  /// Beside those that open leads. Of more the oldest are part of what their leads began as: no split takes them back.
  public static let marksMax = 64
}
