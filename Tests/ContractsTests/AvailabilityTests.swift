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

  @Test func whatIsTakenOutStaysSoWhileNobodySaysOtherwise() {
    func catalog(_ propositions: [(String, group: String)], _ exclusions: [Exclusion] = []) -> Catalog {
      var catalog = Catalog(version: "1-a", appliedMs: 0, name: "bank", currency: "EUR")
      catalog.propositions = propositions.map {
        Proposition(id: $0.0, name: $0.0, issue: "borrow", group: $0.group, kind: .offer)
      }
      catalog.exclusions = exclusions
      return catalog
    }
    let recall = Exclusion(reason: "a recall", group: "loans")
    let both = [("gold", group: "loans"), ("plain", group: "loans")]
    var recalls = Recalls()
    recalls.take(catalog(both, [recall]))
    #expect(recalls.lifted(by: catalog(both, [recall])) == [])
    #expect(recalls.lifted(by: catalog(both)) == [recall])
    let moved = [("gold", group: "cards"), ("plain", group: "loans")]
    #expect(recalls.lifted(by: catalog(moved, [recall])) == [recall], "moved out of what is taken out")
    let wider = Exclusion(reason: "all of it", issue: "borrow")
    #expect(recalls.lifted(by: catalog(moved, [wider])) == [], "in other words it still is taken out")
    #expect(recalls.lifted(by: catalog([("new", group: "loans")])) == [recall], "another of the same group")
    recalls.take(catalog([("plain", group: "loans")], [recall]))
    recalls.take(catalog([("card", group: "cards")]))
    #expect(recalls.lifted(by: catalog(both)) == [recall], "away for some versions, and back")
    recalls.take(catalog(both))
    #expect(recalls.lifted(by: catalog(both)) == [], "somebody has said that it may be shown again")
  }
}
