/// What a catalogue says of whether anybody may have a proposition at all, whoever he is and in whatever channel.
public struct Availability: Sendable, Equatable {
  /// Why it was taken out at once; nil: it was not.
  public let exclusion: String?
  public let isPaused: Bool
  public let validFromMs: Int64?
  public let validUntilMs: Int64?
  public let isInStock: Bool
  /// Whether nothing but the time can keep it from anybody, and between which times it doesn't.
  private let isOpen: Bool
  private let fromMs: Int64
  private let untilMs: Int64

  public init(of proposition: Proposition, exclusion: Exclusion?) {
    self.exclusion = exclusion?.reason
    isPaused = proposition.isPaused
    validFromMs = proposition.validFromMs
    validUntilMs = proposition.validUntilMs
    isInStock = proposition.isInStock
    isOpen = exclusion == nil && !proposition.isPaused && proposition.isInStock
    (fromMs, untilMs) = (proposition.validFromMs ?? .min, proposition.validUntilMs ?? .max)
  }

  /// What keeps it from everybody at that time; nil: nothing.
  public func withholding(atMs: Int64) -> Withholding? {
    // Mostly nothing, and it is asked a thousand times a decision.
    if isOpen && atMs >= fromMs && atMs < untilMs { return nil }
    if let exclusion { return .excluded(reason: exclusion) }
    if isPaused { return .paused }
    if let validFromMs, atMs < validFromMs { return .notYetValid(fromMs: validFromMs) }
    if let validUntilMs, atMs >= validUntilMs { return .noLongerValid(sinceMs: validUntilMs) }
    if !isInStock { return .outOfStock }
    return nil
  }
}

/// Why nobody may have a proposition.
public enum Withholding: Sendable, Equatable {
  case excluded(reason: String)
  case paused
  case notYetValid(fromMs: Int64)
  case noLongerValid(sinceMs: Int64)
  case outOfStock

  /// As people read it after the proposition's name and `is`.
  public var text: String {
    switch self {
    case .excluded(let reason): "taken out at once: \(reason)"
    case .paused: "paused"
    case .notYetValid(let fromMs): "not valid before \(Timestamps.text(fromMs))"
    case .noLongerValid(let sinceMs): "not valid any more since \(Timestamps.text(sinceMs))"
    case .outOfStock: "out of stock"
    }
  }
}

extension Catalog {
  /// What it says of one of its propositions, or of one that it has no more.
  public func availability(of proposition: Proposition) -> Availability {
    Availability(of: proposition, exclusion: exclusion(of: proposition))
  }
}
