import CatalogAuthoring
import Contracts
import Journeys
import MessageLog
import NbaScorerCore
import Testing

/// Applies as the command line does.
struct Authoring {
  let journey: Journey
  private(set) var history: [Catalog] = []

  init(_ journey: Journey, _ first: Catalog) {
    self.journey = journey
    history = [first]
  }

  var inForce: Catalog { history[history.count - 1] }

  mutating func apply(_ change: (inout Catalog) -> Void) throws {
    var catalog = inForce
    change(&catalog)
    try publish(
      CatalogApplication(
        catalog: catalog, text: "text \(history.count)", versions: history.map(\.version), history: history,
        nowMs: journey.driver.clock.nowMs))
  }

  mutating func rollBack(to index: Int) throws {
    try publish(
      CatalogApplication(
        again: history[index], text: nil, versions: history.map(\.version), history: history,
        nowMs: journey.driver.clock.nowMs))
  }

  private mutating func publish(_ application: CatalogApplication) throws {
    #expect(application.catalog.mistakes == [])
    try journey.driver.publish(try #require(application.record))
    try journey.driver.settle()
    history.append(application.catalog)
  }
}
