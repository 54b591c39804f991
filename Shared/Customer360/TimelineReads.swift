// A customer's timeline, page by page. What is read is `profile.timeline`, by anybody: under his profile, and of each of
// his facets what was recorded under the profile that its identifier had of its own before it became his.

import Contracts
import Host
import MessageLog
import Streams

package struct TimelineReads: Sendable {
  package static let limitUsual = 50
  package static let limitMax = 200
  /// How many records a request looks at, whatever it finds: whoever wants to look further back asks for the next page.
  static let recordsMax: Int64 = 4_096
  private static let readMs: Int64 = 5_000
  /// An event on the timeline is recorded after it happened, as far as clocks agree; and its own time may lie ahead.
  private static let clocksMs: Int64 = 3_600_000 + Envelope.aheadMsMax

  private let log: any MessageLog
  private let partitions: Int
  private let ids: IdMint
  private let desk: LogDesk

  package init(log: any MessageLog, partitions: Int, ids: IdMint, desk: LogDesk) {
    self.log = log
    self.partitions = partitions
    self.ids = ids
    self.desk = desk
  }

  /// `types`: only what has one of these; nil: all.
  package func page(
    _ profile: String, _ state: ProfileState?, before cursor: TimelineCursor?, limit: Int, types: Set<EventType>? = nil
  ) async throws(Problem) -> TimelinePage {
    let sources = TimelineSources(profile: profile, state, ids: ids, types: types)
    let (log, topic, clocksMs) = (log, Topics.profileTimeline, Self.clocksMs)
    let count = topic.partitionCount(domainPartitions: partitions)
    let all = Set(sources.keys.map { Partitioner.partition(of: $0, count: count) })
    return try await desk.run {
      let reader = try log.makeConsumer(name: "profile-reads.timeline", group: nil)
      defer { reader.close() }
      let deadlineMs = Uptime.nowMs + Self.readMs
      var windows: [Int32: TimelineScan.Window] = [:]
      // What has joined since the first page began is seen from a new first page on.
      for partition in all where cursor == nil || cursor?.offsets[partition] != nil {
        let bounds = try reader.bounds(of: TopicPartition(topic.name, partition))
        let before = cursor?.offsets[partition] ?? bounds.end
        guard before <= bounds.end else {
          throw Problem.malformed("speaks of records that are not there", field: "before")
        }
        windows[partition] = TimelineScan.Window(begin: bounds.begin, next: max(before, bounds.begin))
      }
      // Of a profile that nothing is known of any more nobody knows when it began.
      let firstMs = state?.facets.map(\.body.firstSeenMs).min() ?? .min
      var scan = TimelineScan(
        windows, recordsMax: Self.recordsMax, earliestMs: firstMs > clocksMs ? firstMs - clocksMs : .min
      ) { sources.includes($0) }
      try scan.look(limit: limit) { (partition, range) throws(LogError) in
        try reader.records(
          of: TopicPartition(topic.name, partition), in: range, untilUptimeMs: deadlineMs)
      }
      return TimelinePage(scan, limit: limit, facets: sources.facets)
    }
  }
}

/// Under which profiles a customer's events are recorded.
struct TimelineSources: Sendable {
  let profile: String
  /// His facets now, by id.
  let facets: Set<String>
  /// By the profile that an identifier had of its own, the facets that began there.
  private let homes: [String: Set<String>]
  private let types: Set<String>?

  init(profile: String, _ state: ProfileState?, ids: IdMint, types: Set<EventType>? = nil) {
    self.profile = profile
    self.types = types.map { Set($0.map(\.rawValue)) }
    facets = Set(state?.facets.map(\.id) ?? [])
    var homes: [String: Set<String>] = [:]
    for facet in state?.facets ?? [] {
      guard let identifier = facet.identifier else { continue }
      let home = ids.profile(identifier)
      if home != profile { homes[home, default: []].insert(facet.id) }
    }
    self.homes = homes
  }

  var keys: [String] { [profile] + homes.keys }

  func includes(_ record: Record) -> Bool {
    guard let bytes = record.key else { return false }
    let key = String(decoding: bytes, as: UTF8.self)
    if let types, !types.contains(record.headers.string("ce_type") ?? "") { return false }
    if key == profile { return true }
    // That it left there is told here, by its arrival.
    guard let began = homes[key], let facet = record.headers.string("ce_facet"), began.contains(facet) else {
      return false
    }
    return record.headers.string("ce_type") != EventType.facetLeft.rawValue
  }
}
