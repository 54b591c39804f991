/// The logs of real customers that can be replayed.
package enum Dataset: String, CaseIterable, Sendable {
  case openBandit = "open-bandit"
  case bank
  case cdnow
  case snowplow

  /// The `ce_source` of its events.
  package var source: String { "replay/\(rawValue)" }

  /// What its contacts' ids begin with.
  package var contactPrefix: String { "replay-\(rawValue)-" }

  /// By the file's name, where it says so.
  package init?(guessedFrom path: String) {
    let name = (path.split(separator: "/").last ?? "").lowercased()
    switch true {
    case name.contains("bandit"), name.hasPrefix("bts"), name.hasPrefix("random-"): self = .openBandit
    case name.contains("bank"): self = .bank
    case name.contains("cdnow"): self = .cdnow
    case name.contains("snowplow"), name.contains("web_events"): self = .snowplow
    default: return nil
    }
  }

  /// Contacts are replayed as if they happened now, since whoever waits for a list waits now; facts and sessions of the
  /// past stay in the past.
  package var defaultTimes: ReplayTimes {
    switch self {
    case .openBandit, .bank: .sent
    case .cdnow, .snowplow: .recorded
    }
  }

  var separator: TableReader.Separator {
    switch self {
    case .openBandit, .snowplow: .character(UInt8(ascii: ","))
    case .bank: .character(UInt8(ascii: ";"))
    case .cdnow: .whitespace
    }
  }

  /// The columns without which a file is not this dataset.
  var columns: [String] {
    switch self {
    case .openBandit:
      [
        "timestamp", "item_id", "position", "click", "user_feature_0", "user_feature_1", "user_feature_2",
        "user_feature_3",
      ]
    case .bank: ["age", "job", "contact", "month", "day_of_week", "campaign", "poutcome", "nr.employed", "y"]
    case .cdnow: ["customer_id", "date", "dollar_value"]
    case .snowplow: ["event_id", "event_name", "derived_tstamp", "user_id", "domain_userid", "network_userid"]
    }
  }

  func mapper(ids: ReplayIds, channel: String?) -> any RowMapper {
    switch self {
    case .openBandit: OpenBandit(ids: ids, channel: channel ?? "web")
    case .bank: Bank(ids: ids, channel: channel ?? "call-centre")
    case .cdnow: Cdnow()
    case .snowplow: Snowplow(channel: channel ?? "web")
    }
  }
}

/// Which time a replayed event has.
package enum ReplayTimes: String, CaseIterable, Sendable {
  /// That at which it is sent.
  case sent
  /// That at which it happened.
  case recorded
}
