import Contracts

/// ZOZOTOWN's Open Bandit: a row is one item shown at one place on a fashion site, and whether it was clicked. The four
/// hashed features of the user together are the nearest thing to a visitor.
struct OpenBandit: RowMapper {
  let ids: ReplayIds
  let channel: String
  /// The contact that each visitor has open, with what it takes to end it.
  private var open: [String: (contact: String, halfHour: Int64)] = [:]

  init(ids: ReplayIds, channel: String) {
    self.ids = ids
    self.channel = channel
  }

  /// As many visitors are remembered; the datasets have a few hundred.
  static let visitorsMax = 1_000_000
  static let halfHourMs: Int64 = 1_800_000

  mutating func events(_ row: Row, number: Int64) throws(RowError) -> [ReplayEvent] {
    // `2019-11-24 00:00:17.004101+00:00`
    guard let atMs = Timestamps.milliseconds(row["timestamp"]) else {
      throw RowError("timestamp is not a time: \(row["timestamp"])")
    }
    guard let item = Int(row["item_id"]), let position = Int64(row["position"]) else {
      throw RowError("item_id and position are numbers: \(row["item_id"]), \(row["position"])")
    }
    guard row["click"] == "0" || row["click"] == "1" else {
      throw RowError("click is neither 0 nor 1: \(row["click"])")
    }
    let visitor = visitor(row)
    var events: [(EventType, String, Interaction)] = []

    // A visit is what a visitor does within half an hour by the clock.
    let halfHour = atMs / Self.halfHourMs
    var contact = open[visitor]
    if contact.map({ $0.halfHour < halfHour }) ?? true {
      if let ended = contact { events.append((.contactEnded, "ended", interaction(visitor, ended.contact))) }
      let id = "\(Dataset.openBandit.contactPrefix)\(visitor)-\(halfHour)"
      contact = (id, halfHour)
      if open.count >= Self.visitorsMax { open.removeAll() }
      open[visitor] = contact
      var started = interaction(visitor, id)
      started.placement = "home"
      started.direction = "inbound"
      events.append((.contactStarted, "started", started))
    }
    let id = contact?.contact ?? ""
    var shown = interaction(visitor, id)
    shown.list = ids.list(id)
    shown.proposition = "fashion-\(item)"
    shown.rank = position
    shown.placement = "position-\(position)"
    events.append((.nbaPresented, "presented", shown))
    if row["click"] == "1" { events.append((.nbaClicked, "clicked", shown)) }
    return events.enumerated().map { place, event in
      ReplayEvent(
        event.0, id: "\(number).\(event.1)", sequence: .sequence(row: number, Int64(place)), recordedMs: atMs, event.2)
    }
  }

  private func interaction(_ visitor: String, _ contact: String) -> Interaction {
    Interaction(identifiers: [Identifier("cookie", visitor)], channel: channel, contact: contact)
  }

  private func visitor(_ row: Row) -> String {
    let features = (0..<4).map { row["user_feature_\($0)"] }.joined(separator: "/")
    return ReplayHash.text(features)
  }
}
