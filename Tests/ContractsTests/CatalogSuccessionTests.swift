import Contracts
import Testing

struct CatalogSuccessionTests {
  /// What comes into force of versions that come in that order, and how many are refused.
  private func taken(_ versions: [String]) -> (inForce: [String], refused: Int) {
    var succession = CatalogSuccession()
    var (inForce, refused) = ([String](), 0)
    for version in versions {
      let catalog = Catalog(version: version, appliedMs: 1, name: "n", currency: "EUR")
      do {
        if let checked = try succession.read(JSONCoding.encode(catalog), writtenMs: nil) {
          inForce.append(checked.catalog.version)
        }
      } catch {
        refused += 1
      }
    }
    return (inForce, refused)
  }

  @Test(arguments: [
    (["1-a", "2-b", "1-a", "3-c"], ["1-a", "2-b", "3-c"], 0),
    (["1-a", "2-b", "2-c", "2-b"], ["1-a", "2-b"], 1),
    (["summer", "autumn", "1-a", "summer"], ["summer", "autumn", "1-a"], 0),
    (["1-a", "9223372036854775807-x", "2-b"], ["1-a", "2-b"], 0),
  ])
  func ofTwoThatTakeOneNumberTheFirstHoldsAndTheOtherIsToldOf(
    versions: [String], inForce: [String], refused: Int
  ) {
    let once = taken(versions)
    #expect(once.inForce == inForce && once.refused == refused)
    #expect(taken(versions + versions).inForce.last == inForce.last, "who reads them twice ends where he was")
  }
}
