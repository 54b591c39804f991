import Contracts

/// Where and why a proposition dropped out.
package struct Drop: Sendable, Equatable {
  package var stage: Stage
  package var rule: String

  init(_ stage: Stage, _ rule: String) {
    self.stage = stage
    self.rule = rule
  }
}

/// One proposition on its way through the stages.
package struct Candidate: Sendable {
  /// Index into the catalogue's propositions.
  package let index: Int
  package var drop: Drop?
  package var rank: Int?
  /// Of the log odds, where it reached the propensity.
  package var prediction: Prediction?
  package var modelVersion: Int64 = 0
  package var evidenceCount: Int64 = 0
  /// The models of the same proposition in other channels and directions that took part in the prediction.
  package var siblings: [SiblingModel] = []
  /// The calibrated mean, which is said; and what it is ranked by, which may be a draw.
  package var probability = 0.0
  package var propensity = 0.0
  package var contextWeight = 1.0
  package var valueMinor: Int64 = 0
  package var lever = 1.0
  package var priority = 0.0
  /// The numbers of its own features.
  package var ownFeatures: [Int] = []
  /// What spoke most for or against it, where it is listed.
  package var drivers: [Feature] = []

  init(index: Int) { self.index = index }

  /// Whether it came as far as to be weighed.
  package var isArbitrated: Bool { rank != nil || drop?.stage == .arbitration || drop?.stage == .constraints }

  /// How many outcomes the prediction was learned from, in whatever channel.
  package var evidenceTotal: Int64 { siblings.reduce(evidenceCount) { $0 + $1.evidenceCount } }
}
