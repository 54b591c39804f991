import Contracts
import Testing

/// What a catalogue lets anybody have at all.
struct AvailabilityTests {
  private func withholding(atMs: Int64, _ change: (inout Catalog) -> Void) -> Withholding? {
    var catalog = Catalog(version: "1-a", appliedMs: 0, name: "bank", currency: "EUR")
    catalog.propositions = [Proposition(id: "loan", name: "Loan", issue: "borrow", group: "loans", kind: .offer)]
    (catalog.propositions[0].validFromMs, catalog.propositions[0].validUntilMs) = (10, 20)
    change(&catalog)
    return catalog.availability(of: catalog.propositions[0]).withholding(atMs: atMs)
  }

  @Test func itIsValidFromOneMomentUntilAnother() {
    for (atMs, expected) in [
      (9, Withholding.notYetValid(fromMs: 10)), (10, nil), (19, nil), (20, .noLongerValid(sinceMs: 20)),
    ] as [(Int64, Withholding?)] { #expect(withholding(atMs: atMs) { _ in } == expected) }
  }

  @Test func whatIsExcludedIsSoForThatReasonWhateverElseIsTrue() {
    let recall = Exclusion(reason: "a recall", group: "loans")
    for atMs in Int64(9)...21 {
      let found = withholding(atMs: atMs) {
        $0.exclusions = [recall]
        $0.propositions[0].isPaused = true
      }
      #expect(found == .excluded(reason: "a recall"))
    }
    #expect(withholding(atMs: 15) { $0.exclusions = [Exclusion(reason: "a recall", group: "cards")] } == nil)
  }

  @Test func whatIsPausedOrOutOfStockNobodyCanHave() {
    #expect(withholding(atMs: 15) { $0.propositions[0].isPaused = true } == .paused)
    #expect(withholding(atMs: 15) { $0.propositions[0].isInStock = false } == .outOfStock)
  }
}
