import Contracts
import NbaScorerCore
import Testing

/// What nobody may have by the rule that adapters and the lead manager ask, the scorer's stage of validity lists to nobody,
/// and names for the same reason.
struct AvailabilityTests {
  @Test func `validity drops what nobody may have, and for its reason`() throws {
    for number in 0..<24 {
      let catalog = Given.catalog([
        Given.proposition("it") {
          $0.isPaused = number & 1 != 0
          $0.isInStock = number & 2 == 0
          // Not yet, now, or no longer.
          let from = Given.nowMs + [1, -1, -2][number / 8]
          ($0.validFromMs, $0.validUntilMs) = (from, from + 2)
        }
      ]) { $0.exclusions = number & 4 != 0 ? [Exclusion(reason: "a recall", proposition: "it")] : [] }
      let withholding = catalog.availability(of: catalog.propositions[0]).withholding(atMs: Given.nowMs)
      #expect(try Given.portfolio(catalog).drop("it") == withholding.map { "validity/\(Self.rule($0))" }, "\(number)")
    }
  }

  private static func rule(_ withholding: Withholding) -> String {
    switch withholding {
    case .excluded: Gates.exclusionRule
    case .paused: "paused"
    case .notYetValid: "not-yet-valid"
    case .noLongerValid: "no-longer-valid"
    case .outOfStock: "out-of-stock"
    }
  }
}
