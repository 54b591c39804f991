import Contracts

/// Snowplow's web events, with the faults that real tracking has: ids that come twice, page views that are reported
/// twice, events that come days late, cookies that change. They are kept: it is for the suite to stand them.
struct Snowplow: RowMapper {
  let channel: String
  private var sessions: Set<String> = []
  private var seen: [String: Seen] = [:]

  /// An event as it came first.
  private struct Seen {
    var id: String
    var number: Int64
  }

  init(channel: String) { self.channel = channel }

  mutating func events(_ row: Row, number: Int64) throws(RowError) -> [ReplayEvent] {
    let id = row["event_id"]
    guard !id.isEmpty else { throw RowError("event_id is empty") }
    guard let atMs = Self.time(row["derived_tstamp"]) ?? Self.time(row["collector_tstamp"]) else {
      throw RowError("derived_tstamp is not a time: \(row["derived_tstamp"])")
    }
    let identifiers = [
      ("customer", row["user_id"]), ("device", row["network_userid"]), ("cookie", row["domain_userid"]),
    ].filter { !$0.1.isEmpty }.map { Identifier($0.0, $0.1) }
    guard !identifiers.isEmpty else { throw RowError("the row has no user at all") }
    let session = row["domain_sessionid"]
    let contact = session.isEmpty ? nil : "\(Dataset.snowplow.contactPrefix)\(session)"
    let base = Interaction(identifiers: identifiers, channel: channel, contact: contact)

    // What comes again has the id and the number that it had: the source says itself that it is the same event.
    let signs = [id, Self.pageView(row).map { "\($0) in \(session) by \(identifiers[0].key)" }].compactMap(\.self)
    let before = signs.compactMap { seen[$0] }.first
    let isRepeated = before != nil
    let first = before ?? Seen(id: id, number: number)
    for sign in signs { seen[sign] = first }
    var events: [ReplayEvent] = []
    if let contact, !isRepeated, sessions.insert(contact).inserted {
      var started = base
      started.direction = "inbound"
      started.placement = row["page_urlhost"].isEmpty ? nil : String(row["page_urlhost"].prefix(100))
      events.append(
        ReplayEvent(
          .contactStarted, id: "\(session).started", sequence: .sequence(row: number, 0), recordedMs: atMs, started))
    }
    let (type, data) = said(row, base)
    events.append(
      ReplayEvent(type, id: first.id, sequence: .sequence(row: first.number, 1), recordedMs: atMs, data))
    return events
  }

  private func said(_ row: Row, _ base: Interaction) -> (EventType, Interaction) {
    var data = base
    switch row["event_name"] {
    case "page_view":
      let page = row["page_urlpath"].isEmpty ? row["page_url"] : row["page_urlpath"]
      data.page = page.isEmpty ? "/" : page
      return (.pageViewed, data)
    case "consent_preferences":
      // Whoever takes `marketing` agrees to personal offers; whoever leaves it out doesn't.
      let preferences = row["unstruct_event_com_snowplowanalytics_snowplow_consent_preferences_1_0_0"]
      data.purpose = "personal-offers"
      return (preferences.contains("\"marketing\"") ? .consentGiven : .consentWithdrawn, data)
    default:
      // Pings, logins, clicks: no event of ours, but each says which identifiers were seen together.
      data.reason = row["event_name"].isEmpty ? row["event"] : row["event_name"]
      return (.identityAsserted, data)
    }
  }

  /// What a page view is numbered by at its source: one that is reported again has another event id and the same of
  /// these. Nil for other events, and where the tracker left it out.
  private static func pageView(_ row: Row) -> Substring? {
    guard row["event_name"] == "page_view" else { return nil }
    return row["contexts_com_snowplowanalytics_snowplow_web_page_1_0_0"].firstMatch(of: /"id" *: *"([^"]+)"/)?.1
  }

  /// `2021-03-03 21:27:32.345`, in UTC.
  private static func time(_ text: String) -> Int64? { Timestamps.milliseconds(text + "Z") }
}
