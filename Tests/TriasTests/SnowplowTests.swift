import Contracts
import Foundation
import MessageLog
import Streams
import Testing

@testable import Replay

/// Snowplow's own test data: web events with the faults of real tracking, and the users that must come of them.
@Suite struct SnowplowTests {
  private let events: [Row]
  private let expected: [Row]

  init() throws {
    events = try Self.rows("web_events.csv.gz")
    expected = try Self.rows("snowplow_web_users_expected.csv")
  }

  private static func rows(_ name: String) throws -> [Row] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snowplow")
    let table = try TableReader(path: folder.appendingPathComponent(name).path, separator: Dataset.snowplow.separator)
    var rows: [Row] = []
    while let row = try table.next() { rows.append(row) }
    return rows
  }

  private func arriving(_ arrival: Explanation.Arrival) -> [Row] {
    guard arrival == .time else { return events }
    return events.enumerated().sorted {
      ($0.element["derived_tstamp"], $0.offset) < ($1.element["derived_tstamp"], $1.offset)
    }.map(\.element)
  }

  /// A difference that isn't explained fails, and so does an explanation of what is equal.
  @Test(arguments: Explanation.Arrival.allCases)
  func theUsersAreSnowplowsButForWhatIsExplained(_ arrival: Explanation.Arrival) throws {
    #expect(events.count == 160 && expected.count == 11)
    let visits = try Visits()
    try visits.replay(arriving(arrival))
    var found = try UserTable(visits).differences(from: UserTable(expected))
    for explanation in Explanation.all(arrival) {
      for difference in explanation.differences {
        let isThere = found.remove(difference) != nil
        #expect(isThere, "no longer so: \(difference), because \(explanation.why)")
      }
    }
    for difference in found.sorted(by: { $0.description < $1.description }) { Issue.record("\(difference)") }
    #expect(visits.driver.records(of: ConsumerGroup.facets.deadLetter).isEmpty)
    #expect(visits.driver.records(of: ConsumerGroup.profiles.deadLetter).isEmpty)
  }

  @Test func everyColumnIsComparedOrNoneOfOurs() throws {
    let columns = UserTable.columns + UserTable.unknown
    #expect(columns.count == Set(columns).count)
    #expect(try Set(#require(expected.first).columns.keys) == Set(columns))
  }

  /// The oracle is the file: each customer has what he was seen with, and of a cookie or a device that others were seen
  /// with too, the time that was his.
  @Test func everyIdentifierIsOfAllCustomersWhoWereSeenWithIt() throws {
    var owners: [Identifier: Set<String>] = [:]
    for row in events {
      for (namespace, column) in [
        ("customer", "user_id"), ("cookie", "domain_userid"), ("device", "network_userid"),
      ] where !row[column].isEmpty {
        let identifier = Identifier(namespace, row[column])
        owners[identifier, default: []].insert(row["user_id"])
      }
    }
    let visits = try Visits()
    try visits.replay(events)
    let profiles = try visits.profiles()
    #expect(profiles.count == 25)
    for profile in profiles {
      let user = try #require(profile.identifiers.first { $0.namespace == "customer" }?.value)
      #expect(Set(profile.identifiers) == Set(owners.filter { $0.value.contains(user) }.keys), "\(user)")
    }
    let rotating = try #require(profiles.first { $0.identifiers.contains(Identifier("customer", Self.rotating)) })
    #expect(rotating.identifiers.filter { $0.namespace == "cookie" }.count == 3)
  }

  private static let rotating = "Rotating domain_userid per session"

  /// Ten customer numbers behind one cookie: the two systems part one history differently, and lose nothing of it.
  @Test func thoseWhomSnowplowTakesForOneAddUpToHim() throws {
    let visits = try Visits()
    try visits.replay(events.filter { $0["user_id"].hasPrefix("user stitch") })
    let ours = try UserTable(visits).rows.values
    let one = try #require(UserTable(expected).rows["user stitch - session: 1st id: 1"])
    #expect(ours.count == 10)
    for column in ["page_views", "sessions"] {
      #expect(ours.compactMap { Int($0[column] ?? "") }.reduce(0, +) == Int(one[column] ?? ""), "\(column)")
    }
    #expect(ours.compactMap { $0["start_tstamp"] }.min() == one["start_tstamp"])
    #expect(ours.compactMap { $0["end_tstamp"] }.max() == one["end_tstamp"])
    // The cookie is each one's in turn: whoever has viewed a page has viewed it with that.
    let viewers = ours.filter { $0["page_views"] != "0" }
    #expect(viewers.count == 7 && viewers.allSatisfy { $0["domain_userid"] == one["domain_userid"] })
  }

  @Test func theFileOnceMoreChangesNobody() throws {
    let rows = events.filter { $0["user_id"] != "consent_accel" }
    let visits = try Visits()
    try visits.replay(rows)
    let once = try UserTable(visits).rows
    let said = visits.driver.records(of: Topics.profileTimeline).count
    try visits.replay(rows)
    #expect(try UserTable(visits).rows == once)
    #expect(visits.driver.records(of: Topics.profileTimeline).count == said)
  }
}
