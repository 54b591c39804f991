import Contracts
import MessageLog
import ProfileAggregator
import Streams
import TestKit

@testable import Replay

/// Snowplow's user table, one row a user, in those of its columns that Trias knows too.
struct UserTable {
  /// By user id, then by column.
  var rows: [String: [String: String]] = [:]

  static let columns = [
    "user_id", "domain_userid", "original_domain_userid", "network_userid", "start_tstamp", "end_tstamp", "page_views",
    "sessions", "first_page_urlhost", "first_page_urlpath", "last_page_urlpath",
  ]

  /// What the other columns are about. Their events have it; it is no part of ours.
  static let unknown = [
    // How long pages were read, from a heartbeat of pings.
    "engaged_time_in_s",
    // Titles and addresses of pages beyond the path; of the last page also the host.
    "first_page_title", "first_page_url", "first_page_urlscheme", "first_page_urlquery", "first_page_urlfragment",
    "last_page_title", "last_page_url", "last_page_urlscheme", "last_page_urlhost", "last_page_urlquery",
    "last_page_urlfragment",
    // Where the visitor was, by his address, and his browser's language.
    "first_geo_country", "first_geo_country_name", "first_geo_continent", "first_geo_city", "first_geo_region_name",
    "first_br_lang", "first_br_lang_name", "last_geo_country", "last_geo_country_name", "last_geo_continent",
    "last_geo_city", "last_geo_region_name", "last_br_lang", "last_br_lang_name",
    // Where he came from, and which campaign brought him.
    "referrer", "refr_urlscheme", "refr_urlhost", "refr_urlpath", "refr_urlquery", "refr_urlfragment", "refr_medium",
    "refr_source", "refr_term", "mkt_medium", "mkt_source", "mkt_term", "mkt_content", "mkt_campaign", "mkt_clickid",
    "mkt_network", "mkt_source_platform", "default_channel_group",
    // By which event Snowplow found the first and the last session, and copies of that to try its own settings with.
    "first_event_id", "last_event_id", "first_event_id2", "last_event_id2",
  ]

  /// As Snowplow has it.
  init(_ expected: [Row]) {
    for row in expected {
      rows[row["user_id"]] = Dictionary(uniqueKeysWithValues: Self.columns.map { ($0, row[$0]) })
    }
  }

  /// As Trias has it: the profiles that have a customer number, with the pages of their timelines.
  init(_ visits: Visits) throws {
    for view in try visits.profiles() {
      let user = view.identifiers.filter { $0.namespace == "customer" }.map(\.value).joined(separator: " and ")
      let pages = try visits.pages(of: view.profile)
      func member(_ namespace: String) -> String {
        pages.first?.data.identifiers.first { $0.namespace == namespace && view.identifiers.contains($0) }?.value ?? ""
      }
      let began = view.contacts.map(\.contact).filter(\.isStarted).min { $0.startedMs < $1.startedMs }
      rows[user] = [
        "user_id": user, "domain_userid": member("cookie"), "original_domain_userid": member("cookie"),
        "network_userid": member("device"), "start_tstamp": Self.text(view.firstSeenMs),
        "end_tstamp": Self.text(view.lastSeenMs), "page_views": "\(view.count("page.viewed"))",
        "sessions": "\(view.count("contact.started"))", "first_page_urlhost": began?.placement ?? "",
        "first_page_urlpath": pages.first?.data.page ?? "", "last_page_urlpath": pages.last?.data.page ?? "",
      ]
    }
  }

  /// All that is not equal. A user whom only one of the two has is one difference, with what is known of him.
  func differences(from expected: UserTable) -> Set<Difference> {
    var differences: Set<Difference> = []
    for user in Set(rows.keys).union(expected.rows.keys) {
      guard let ours = rows[user], let theirs = expected.rows[user] else {
        differences.insert(
          Difference(user, "user_id", expected.rows[user].map(Self.summary) ?? "", rows[user].map(Self.summary) ?? ""))
        continue
      }
      for column in Self.columns where ours[column] != theirs[column] {
        differences.insert(Difference(user, column, theirs[column] ?? "", ours[column] ?? ""))
      }
    }
    return differences
  }

  /// How much, and when.
  private static func summary(_ row: [String: String]) -> String {
    ["page_views", "sessions", "start_tstamp", "end_tstamp"].map { row[$0] ?? "" }.joined(separator: ", ")
  }

  /// `2021-03-03 21:27:32.345`, as Snowplow writes it.
  private static func text(_ ms: Int64) -> String {
    Timestamps.text(ms).replacing("T", with: " ").replacing("Z", with: "")
  }
}

struct Difference: Hashable, CustomStringConvertible {
  var user: String
  var column: String
  var snowplow: String
  var trias: String

  init(_ user: String, _ column: String, _ snowplow: String, _ trias: String) {
    self.user = user
    self.column = column
    self.snowplow = snowplow
    self.trias = trias
  }

  var description: String { "\(user): \(column) is \"\(snowplow)\" for Snowplow and \"\(trias)\" for Trias" }
}

/// Web events as the replay sends them, through the processors that make customers of them.
final class Visits {
  let driver: TopologyDriver

  init() throws {
    driver = try TopologyDriver()
    try driver.add(ProfileAggregator.facets(secret: "test"))
    try driver.add(ProfileAggregator.linker(secret: "test"))
    try driver.add(ProfileAggregator.profiles())
  }

  /// Sends a file's rows, each after the one before it has come to rest.
  func replay(_ rows: [Row]) throws {
    var mapper = Dataset.snowplow.mapper(ids: ReplayIds(mint: IdMint(secret: "test")), channel: nil)
    for (index, row) in rows.enumerated() {
      for event in try mapper.events(row, number: Int64(index) + 1) {
        try driver.publish(
          event.record(source: Dataset.snowplow.source, timeMs: event.recordedMs, partitions: driver.partitions))
      }
      try driver.settle()
    }
  }

  /// The latest state of every profile that there still is.
  func profiles() throws -> [CustomerView] {
    var latest: [[UInt8]: [UInt8]] = [:]
    for record in driver.records(of: Topics.profileState) { latest[record.key ?? []] = record.value }
    return try latest.values.map { CustomerView(try ProfileState(json: $0)) }
  }

  /// What a customer looked at, in order of time.
  func pages(of profile: String) throws -> [(timeMs: Int64, data: Interaction)] {
    var pages: [(timeMs: Int64, data: Interaction)] = []
    for record in driver.records(of: Topics.profileTimeline) where record.key == Array(profile.utf8) {
      let envelope = try Envelope(record.headers)
      guard envelope.type == EventType.pageViewed.rawValue, let data = record.value else { continue }
      pages.append((envelope.timeMs, try Interaction.decode(type: .pageViewed, data: data)))
    }
    return pages.enumerated().sorted { ($0.element.timeMs, $0.offset) < ($1.element.timeMs, $1.offset) }.map(\.element)
  }
}
