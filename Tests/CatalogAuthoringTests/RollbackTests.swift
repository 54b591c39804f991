import CatalogAuthoring
import Contracts
import Journeys
import Testing

/// What is computed of customers when a version of the catalogue is put in force again.
@Suite struct RollbackTests {
  private let ann = Identifier("customer", "ann")
  private let bob = Identifier("customer", "bob")

  private func catalog(_ attributes: String) throws -> Catalog {
    var catalog = try CatalogFile.read(
      text: Given.text.replacing(/(?m)^attributes:\n/, with: { "\($0.output)\(attributes)\n" }))
    catalog.version = "1-first"
    return catalog
  }

  private func views(_ identifier: Identifier, _ journey: Journey, _ catalog: Catalog) throws -> (
    Double?, isExact: Bool
  ) {
    let view = try #require(journey.profile(identifier))
    let definitions = try CustomerDefinitions(catalog)
    let nowMs = journey.driver.clock.nowMs
    let value = definitions.value("views", Situation(view, nowMs: nowMs, definitions: definitions))
    guard case .number(let number)? = value else { return (nil, false) }
    return (number, definitions.exactFromMs("views", view, nowMs: nowMs) == nil)
  }

  private func look(_ identifier: Identifier, _ journey: Journey, times: Int = 1) throws {
    for _ in 0..<times { try journey.say(.pageViewed, [identifier], contact: nil) { $0.page = "/" } }
  }

  @Test(arguments: [true, false])
  func `who did nothing meanwhile has what was counted, and who did is counted anew`(isRaised: Bool) throws {
    let first = try catalog("  - {name: views, take: count, event: page.viewed, over: 30d}")
    let journey = try Journey(catalog: first)
    var authoring = Authoring(journey, first)
    try look(ann, journey, times: 3)
    try look(bob, journey, times: 3)
    // Either it is computed otherwise under another version, or not at all.
    try authoring.apply { catalog in
      let index = catalog.attributes.firstIndex { $0.name == "views" }!
      if isRaised {
        catalog.attributes[index].version = 2
        catalog.attributes[index].computation?.windowMs = 7 * Computation.dayMs
      } else {
        catalog.attributes.remove(at: index)
      }
    }
    try look(bob, journey, times: 2)
    try authoring.rollBack(to: 0)
    let inForce = authoring.inForce
    #expect(try views(ann, journey, inForce) == (3, true))
    let missed = try views(bob, journey, inForce)
    #expect(!missed.isExact, "what he did meanwhile was not counted by it")
    try look(ann, journey)
    try look(bob, journey)
    #expect(try views(ann, journey, inForce) == (4, true))
    #expect(try views(bob, journey, inForce) == (1, false))
    // When the window has passed once, he is as everybody.
    journey.driver.clock.advance(ms: 32 * Computation.dayMs)
    try look(bob, journey)
    #expect(try views(bob, journey, inForce) == (1, true))
  }
}
