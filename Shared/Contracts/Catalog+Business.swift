// What the business says of parts of the portfolio beside the propositions themselves.

/// All of an issue, all of a group, or one proposition: whichever of the three are said must fit.
public protocol PortfolioPart {
  var issue: String? { get }
  var group: String? { get }
  var proposition: String? { get }
}

extension PortfolioPart {
  public func concerns(_ proposition: Proposition) -> Bool {
    (issue == nil || issue == proposition.issue) && (group == nil || group == proposition.group)
      && (self.proposition == nil || self.proposition == proposition.id)
  }
}

/// Raises or lowers what it concerns by so many percent, for as long as it is valid. Levers of one proposition add up:
/// +20 and +30 are a factor of 1.5, and nothing goes below 0.
public struct Lever: PortfolioPart, Codable, Sendable, Equatable {
  public var name: String
  /// As people say it; nil: the name says it.
  public var title: String?
  /// The title in other languages than the catalogue's; nil: in none.
  public var titles: Translations?
  public var issue: String?
  public var group: String?
  public var proposition: String?
  public var percent: Double
  public var validFromMs: Int64?
  public var validUntilMs: Int64?

  public init(
    name: String, percent: Double, issue: String? = nil, group: String? = nil, proposition: String? = nil,
    title: String? = nil
  ) {
    self.name = name
    self.title = title
    self.issue = issue
    self.group = group
    self.proposition = proposition
    self.percent = percent
  }

  public func isValid(atMs: Int64) -> Bool { (validFromMs ?? .min) <= atMs && atMs < (validUntilMs ?? .max) }
}

/// Takes out what it concerns, from every list and from what is shown when the suite is away: a recall, a rate that is
/// wrong.
public struct Exclusion: PortfolioPart, Codable, Sendable, Equatable {
  /// As people read it.
  public var reason: String
  public var issue: String?
  public var group: String?
  public var proposition: String?

  public init(reason: String, issue: String? = nil, group: String? = nil, proposition: String? = nil) {
    self.reason = reason
    self.issue = issue
    self.group = group
    self.proposition = proposition
  }
}

/// What one contact that we begin in a channel costs: the minutes of a call, the postage of a letter.
public struct ContactCost: Codable, Sendable, Equatable {
  public var channel: String
  public var costMinor: Int64

  public init(channel: String, costMinor: Int64) {
    self.channel = channel
    self.costMinor = costMinor
  }
}

extension Catalog {
  /// What takes it out at once; nil: nothing.
  public func exclusion(of proposition: Proposition) -> Exclusion? {
    exclusions?.first { $0.concerns(proposition) }
  }
}

/// What versions of the catalogue took out at once, until one lets it be shown again: the recall of a product must not end
/// unawares, also where the product was away for some versions, or was moved to another group.
package struct Recalls: Sendable {
  /// Of the last version.
  private var exclusions: [Exclusion] = []
  /// By proposition: of the last version that had it.
  private var propositions: [String: Exclusion] = [:]

  package init() {}

  /// The next version that came into force.
  package mutating func take(_ catalog: Catalog) {
    exclusions = catalog.exclusions ?? []
    for proposition in catalog.propositions { propositions[proposition.id] = catalog.exclusion(of: proposition) }
  }

  /// Those of which something would be shown again by it.
  package func lifted(by after: Catalog) -> [Exclusion] {
    var lifted: [Exclusion] = []
    for proposition in after.propositions where after.exclusion(of: proposition) == nil {
      for exclusion in [propositions[proposition.id]].compactMap(\.self)
        + exclusions.filter({ $0.concerns(proposition) })
      where !lifted.contains(exclusion) {
        lifted.append(exclusion)
      }
    }
    return lifted
  }
}

extension Exclusion {
  /// What it takes out, and why.
  package var words: String { "\([issue, group, proposition].compactMap(\.self).joined(separator: ", ")) (\(reason))" }
}
