// How an attribute of the customer comes out of his events. Declared in the catalogue, so that predicates, models and
// profiles have one version of it.

/// What is taken of which events, over how long.
public struct Computation: Codable, Sendable, Equatable {
  public enum Operation: String, Codable, Sendable, CaseIterable {
    /// How many there were.
    case count
    /// Of their amounts in the catalogue's currency, minor units.
    case sum
    /// How many different values the field had: exact up to `Aggregate.distinctMax`, an estimate beyond it.
    case distinct
    /// The field's value in the earliest, or the latest, that has one.
    case first, last
    /// Days since the latest; missing where there was none.
    case recency
    /// How many there were, each counting for half as much after every half-life.
    case decayed
    /// The field's value of the greatest decayed count: what he is most interested in.
    case favourite
  }

  public var take: Operation
  /// The event's short name: `order.placed`.
  public var event: String
  /// The field that `distinct`, `first`, `last` and `favourite` look at.
  public var of: String?
  /// Only events whose fields have these values.
  public var matching: [FieldMatch]
  /// Over the latest so many milliseconds, from the beginning of the tile in which the window begins (`tileMs`); nil:
  /// over all of the customer's time.
  public var windowMs: Int64?
  /// Of `decayed` and `favourite`.
  public var halfLifeMs: Int64?

  public init(
    _ take: Operation, of field: String? = nil, event: String, matching: [FieldMatch] = [], windowMs: Int64? = nil,
    halfLifeMs: Int64? = nil
  ) {
    self.take = take
    of = field
    self.event = event
    self.matching = matching
    self.windowMs = windowMs
    self.halfLifeMs = halfLifeMs
  }

  /// A window's events are kept by tiles of five minutes, an hour or a day, by its length; it begins with a whole tile,
  /// as the windows of Chronon do (Airbnb, "sawtooth windows"). 0: none is needed.
  public var tileMs: Int64 {
    guard let windowMs else { return 0 }
    return windowMs <= 12 * Self.hourMs ? 300_000 : windowMs <= 12 * Self.dayMs ? Self.hourMs : Self.dayMs
  }

  public static let hourMs: Int64 = 3_600_000
  public static let dayMs: Int64 = 86_400_000
  public static let windowMaxMs = 365 * dayMs

  /// What its values are.
  public var kind: AttributeDeclaration.Kind {
    switch take {
    case .count, .sum, .distinct, .recency, .decayed: .number
    case .first, .last, .favourite: .string
    }
  }

  var takesField: Bool { [.distinct, .first, .last, .favourite].contains(take) }
  var takesHalfLife: Bool { take == .decayed || take == .favourite }
  var takesWindow: Bool { [.count, .sum, .distinct, .first, .last].contains(take) }
}

public struct FieldMatch: Codable, Sendable, Equatable {
  public var field: String
  public var value: String

  public init(_ field: String, _ value: String) {
    self.field = field
    self.value = value
  }
}

/// The fields of an event that a computation may look at: those that are names.
package enum ComputedField: String, CaseIterable, Sendable {
  case channel, page, product, category, query, form, conversion, message, proposition, placement, purpose, intent,
    reason

  package static let names = allCases.map(\.rawValue)

  /// nil where the event doesn't have it.
  func text(of interaction: Interaction) -> String? {
    switch self {
    case .channel: interaction.channel
    case .page: interaction.page
    case .product: interaction.product
    case .category: interaction.category
    case .query: interaction.query
    case .form: interaction.form
    case .conversion: interaction.conversion
    case .message: interaction.message
    case .proposition: interaction.proposition
    case .placement: interaction.placement
    case .purpose: interaction.purpose
    case .intent: interaction.intent
    case .reason: interaction.reason
    }
  }

  /// Those that events of that type have.
  static func all(of type: EventType) -> [ComputedField] {
    let names = type.fields.map(\.name)
    return allCases.filter { names.contains($0.rawValue) }
  }
}
