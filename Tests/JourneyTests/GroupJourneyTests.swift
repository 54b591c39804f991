import Contracts
import Journeys
import MessageLog
import TestKit
import Testing

/// From the pages that others looked at to the list of somebody of whom nothing is known, through every processor.
struct GroupJourneyTests {
  private static let newcomers = Segment(
    name: "newcomers", when: "orders.count == 0 and count(\"contact.started\") > 0",
    title: "has not bought anything yet")

  private func suite() throws -> Journey {
    var catalog = Journey.catalog
    catalog.segments = [Self.newcomers]
    return try Journey(catalog: catalog)
  }

  private func visit(_ suite: Journey, _ number: Int, looksAt category: String?) throws {
    let cookie = Identifier("cookie", "visitor-\(number)")
    try suite.say(.contactStarted, [cookie], contact: "visit-\(number)")
    guard let category else { return }
    try suite.say(.pageViewed, [cookie], contact: "visit-\(number)") { ($0.page, $0.category) = ("/", category) }
  }

  private func decision(_ suite: Journey, _ contact: String) throws -> NbaDecision? {
    try suite.driver.records(of: Topics.nbaDecisions).compactMap { try $0.value.map { try NbaDecision(json: $0) } }
      .filter { $0.contact == contact }.max { $0.version < $1.version }
  }

  private static let reason =
    "Nothing is known of his own interests; of the group \"has not bought anything yet\" about one in two looked into this"

  @Test func `a newcomer's list has what others like him look at, and says so`() throws {
    let suite = try suite()
    for number in 0..<19 { try visit(suite, number, looksAt: number.isMultiple(of: 2) ? "savings" : nil) }
    #expect(suite.driver.records(of: Topics.groupAggregates).isEmpty, "of nineteen nothing is said")
    try visit(suite, 19, looksAt: nil)
    #expect(suite.driver.records(of: Topics.groupAggregates).count == 1)

    try visit(suite, 20, looksAt: nil)
    let group = try #require(try decision(suite, "visit-20")?.group)
    #expect(group.segment == "newcomers" && group.version == 1 && group.members == 20)
    #expect(group.interests == [GroupInterest(category: "savings", members: 10)])
    let savings = try #require(try suite.list("visit-20")?.items.first { $0.proposition == "savings" })
    #expect(savings.reasons.contains(Self.reason))

    // What he looks at himself is his own.
    try visit(suite, 20, looksAt: "mortgage")
    #expect(try decision(suite, "visit-20")?.group == nil)
    #expect(try suite.list("visit-20")?.items.contains { $0.reasons.contains(Self.reason) } == false)
    for group in ConsumerGroup.allCases { #expect(suite.deadLetters(group) == []) }
  }
}
