/// How often a customer is approached with what, how long things rest, and which contact keeps which other away. Days
/// are those of UTC, the present one among them.
public struct ContactPolicy: Codable, Sendable, Equatable {
  /// Per proposition and channel: at most that many presentations within the days.
  public var presentationsMax: Int
  public var presentationsDays: Int
  /// After that many rejections of a proposition, in any channel, it rests that many days; and so it does after so many
  /// presentations since his last answer to it, on up to 31 days of each channel; nil: however often it is ignored. A rest
  /// that was served begins both counts anew, and an acceptance that of rejections.
  public var rejectionsMax: Int
  public var ignoredMax: Int?
  public var restDays: Int
  /// After an acceptance it is not offered again for that many days.
  public var acceptedRestDays: Int
  /// When whole groups rest; nil: none does. Of those that concern a group its own comes before the one for any.
  public var groups: [GroupRest]?
  /// How often a customer is approached through a channel, whatever with; nil: as often as somebody wants to.
  public var channels: [ChannelLimit]?
  /// Which contact keeps which away for how long; nil: none does.
  public var blocks: [ContactBlock]?
  /// The customer's attribute that says in which channel he wants to be approached; nil: none says it.
  public var preferredChannel: String?

  public init(
    presentationsMax: Int = 20, presentationsDays: Int = 7, rejectionsMax: Int = 1, restDays: Int = 30,
    acceptedRestDays: Int = 90
  ) {
    self.presentationsMax = presentationsMax
    self.presentationsDays = presentationsDays
    self.rejectionsMax = rejectionsMax
    self.restDays = restDays
    self.acceptedRestDays = acceptedRestDays
  }
}

/// After so many rejections, or so many presentations since his last answer, of all that is in a group, the group rests.
/// A rest and an acceptance begin the count anew, as those of a proposition do.
public struct GroupRest: Codable, Sendable, Equatable {
  /// nil: any that has none of its own.
  public var group: String?
  public var rejectionsMax: Int?
  public var ignoredMax: Int?
  public var restDays: Int

  public init(group: String? = nil, rejectionsMax: Int? = nil, ignoredMax: Int? = nil, restDays: Int) {
    self.group = group
    self.rejectionsMax = rejectionsMax
    self.ignoredMax = ignoredMax
    self.restDays = restDays
  }
}

/// Within the days at most so many contacts that we begin in the channel, and so many presentations of all propositions.
public struct ChannelLimit: Codable, Sendable, Equatable {
  public var channel: String
  public var contactsMax: Int?
  public var presentationsMax: Int?
  public var days: Int

  public init(channel: String, contactsMax: Int? = nil, presentationsMax: Int? = nil, days: Int) {
    self.channel = channel
    self.contactsMax = contactsMax
    self.presentationsMax = presentationsMax
    self.days = days
  }
}

/// Who was approached through one channel is not approached through another for so many days: called this week, no
/// e-mail.
public struct ContactBlock: Codable, Sendable, Equatable {
  public var after: String
  public var channel: String
  public var days: Int

  public init(after: String, channel: String, days: Int) {
    self.after = after
    self.channel = channel
    self.days = days
  }
}
