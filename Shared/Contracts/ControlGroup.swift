// Control groups: customers whose lists are ranked otherwise, so that what the full ranking brings beyond that can be
// measured at any time.

/// How a customer's lists are ranked for a month.
public enum ControlGroup: String, Codable, Sendable, CaseIterable {
  /// By propensity, context weight, value and levers, as everybody's who is in no control group.
  case none
  /// By lot among all that passed the gates.
  case randomEligible = "random-eligible"
  case propensityOnly = "propensity-only"
  case valueOnly = "value-only"
}

/// Which part of the customers is in which, in percent.
public struct ControlGroups: Codable, Sendable, Equatable {
  public var randomEligiblePercent: Double
  public var propensityOnlyPercent: Double
  public var valueOnlyPercent: Double

  public init(randomEligiblePercent: Double = 2, propensityOnlyPercent: Double = 2, valueOnlyPercent: Double = 2) {
    self.randomEligiblePercent = randomEligiblePercent
    self.propensityOnlyPercent = propensityOnlyPercent
    self.valueOnlyPercent = valueOnlyPercent
  }

  /// `lot` is the customer's, evenly distributed over 0..<1.
  public func group(lot: Double) -> ControlGroup {
    var bound = randomEligiblePercent / 100
    if lot < bound { return .randomEligible }
    bound += propensityOnlyPercent / 100
    if lot < bound { return .propensityOnly }
    return lot < bound + valueOnlyPercent / 100 ? .valueOnly : .none
  }
}

extension ScoringSettings {
  /// With the factors that rank in that group.
  public func ranking(_ group: ControlGroup) -> ScoringSettings {
    guard group != .none else { return self }
    var settings = self
    settings.usesPropensity = group == .propensityOnly
    settings.usesValue = group == .valueOnly
    (settings.usesContext, settings.usesLevers) = (false, false)
    return settings
  }
}
