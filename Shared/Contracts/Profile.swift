// The picture of one customer: facets, and what sales has under way. `CustomerView` folds it for readers.

/// What is known under one identifier in one person's time. Only its owner, the partition of the identifier, changes it.
public struct Facet: Codable, Sendable, Equatable {
  /// `namespace:value#generation`
  public var id: String
  /// Counts the facet's moves between profiles.
  public var version: Int64
  /// Counts the facet's events.
  public var seq: Int64
  public var body: FacetBody

  public init(id: String, version: Int64, seq: Int64, body: FacetBody) {
    self.id = id
    self.version = version
    self.seq = seq
    self.body = body
  }

  /// Asked for with every event, so its bytes are written at once.
  public static func id(_ identifier: Identifier, generation: Int) -> String {
    let (namespace, value) = (identifier.namespace.utf8, identifier.value.utf8)
    return String(unsafeUninitializedCapacity: namespace.count + value.count + 2 + DecimalText.bytesMax) { target in
      var count = target.update(fromContentsOf: namespace)
      target[count] = UInt8(ascii: ":")
      count += 1 + UnsafeMutableBufferPointer(rebasing: target[(count + 1)...]).update(fromContentsOf: value)
      target[count] = UInt8(ascii: "#")
      return count + 1 + DecimalText.write(Int64(generation), to: target.baseAddress! + count + 1)
    }
  }

  public var identifier: Identifier? {
    guard let hash = id.utf8.lastIndex(of: UInt8(ascii: "#")) else { return nil }
    return Identifier(key: String(id[..<hash]))
  }
}

/// The aggregate of a facet's events. All lists are bounded and in the order in which things were first seen.
public struct FacetBody: Codable, Sendable, Equatable {
  public var firstSeenMs: Int64
  public var lastSeenMs: Int64
  /// How often what happened where.
  public var counts: [EventCount] = []
  public var interests: [Interest] = []
  /// Contact history: what was offered where, and what came of it.
  public var offers: [OfferHistory] = []
  public var orders: [OrderTotal] = []
  /// Contacts that we began, per channel; nil: none.
  public var approaches: [Approaches]?
  public var contacts: [Contact] = []
  public var consents: [Consent] = []
  public var attributes: [Attribute] = []
  /// Who acts for it, or for whom it acts, in the order in which it was first said.
  public var relations: [Relation]?
  /// What is kept of the catalogue's computed attributes.
  public var aggregates: [Aggregate]?
  /// Up to when definitions of computed attributes were known to it; later ones have not counted its events yet.
  public var definedMs: Int64?

  public init(firstSeenMs: Int64 = 0, lastSeenMs: Int64 = 0) {
    self.firstSeenMs = firstSeenMs
    self.lastSeenMs = lastSeenMs
  }

  public static let countsMax = 64
  public static let interestsMax = 16
  public static let offersMax = 200
  public static let ordersMax = 16
  public static let approachesMax = 16
  public static let contactsMax = 6
  public static let responsesMax = 100
  /// Of so many propositions a contact's earlier presentations are counted.
  public static let earlierPresentationsMax = 100
  public static let attributesMax = 96
  /// Of one attribute, by different sources or with different values.
  public static let wordsMax = 16
  public static let consentsMax = 64
}

public struct EventCount: Codable, Sendable, Equatable {
  /// The event's short name: `page.viewed`.
  public var event: String
  /// Empty for facts from systems of record.
  public var channel: String
  public var count: Int64

  public init(event: String, channel: String, count: Int64) {
    self.event = event
    self.channel = channel
    self.count = count
  }
}

public struct Interest: Codable, Sendable, Equatable {
  public var category: String
  public var count: Int64
  public var lastMs: Int64

  public init(category: String, count: Int64, lastMs: Int64) {
    self.category = category
    self.count = count
    self.lastMs = lastMs
  }
}

public struct OfferHistory: Codable, Sendable, Equatable {
  public var proposition: String
  public var channel: String
  public var presented: Int64 = 0
  public var clicked: Int64 = 0
  public var accepted: Int64 = 0
  public var rejected: Int64 = 0
  public var lastPresentedMs: Int64?
  public var lastAcceptedMs: Int64?
  public var lastRejectedMs: Int64?
  public var lastClickedMs: Int64?
  /// Presentations by day, earliest first: what a cap per period counts.
  public var presentedDays: [DayCount]?
  /// When it was rejected, earliest first, the last times; nil: never, or before the times were kept.
  public var rejectedAtMs: [Int64]?

  public init(proposition: String, channel: String) {
    self.proposition = proposition
    self.channel = channel
  }

  /// Of so many rejections the times are kept.
  public static let rejectedAtMax = 32
}

public struct DayCount: Codable, Sendable, Equatable {
  /// Days since 1970.
  public var day: Int64
  public var count: Int64

  public init(day: Int64, count: Int64) {
    self.day = day
    self.count = count
  }
}

extension [DayCount] {
  /// Of so many days the counts are kept.
  public static let daysMax = 31

  /// Earliest first; the earliest makes room.
  mutating func add(_ count: Int64, day: Int64) {
    if let index = firstIndex(where: { $0.day >= day }) {
      if self[index].day == day {
        self[index].count += count
      } else {
        insert(DayCount(day: day, count: count), at: index)
      }
    } else {
      append(DayCount(day: day, count: count))
    }
    if self.count > Self.daysMax { removeFirst(self.count - Self.daysMax) }
  }

  /// The first of the last `days` days, the day of `nowMs` among them.
  static func firstDay(within days: Int, nowMs: Int64) -> Int64 { nowMs / 86_400_000 - Int64(days) + 1 }

  /// On the last `days` days.
  func sum(withinDays days: Int, nowMs: Int64) -> Int64 {
    let first = Self.firstDay(within: days, nowMs: nowMs)
    return reduce(0) { $1.day >= first ? $0 + $1.count : $0 }
  }
}

/// How often a customer was contacted through a channel by us.
public struct Approaches: Codable, Sendable, Equatable {
  public var channel: String
  /// Earliest first: what a cap per period counts.
  public var days: [DayCount]

  public init(channel: String, days: [DayCount] = []) {
    self.channel = channel
    self.days = days
  }

  package mutating func add(atMs: Int64) { days.add(1, day: atMs / 86_400_000) }

  public func count(withinDays days: Int, nowMs: Int64) -> Int64 { self.days.sum(withinDays: days, nowMs: nowMs) }
}

public struct OrderTotal: Codable, Sendable, Equatable {
  public var currency: String
  public var count: Int64
  public var amountMinor: Int64
  public var lastMs: Int64

  public init(currency: String, count: Int64, amountMinor: Int64, lastMs: Int64) {
    self.currency = currency
    self.count = count
    self.amountMinor = amountMinor
    self.lastMs = lastMs
  }
}

/// A contact, or this facet's part of it where the customer was recognised half way. The last few that ended are kept,
/// so that whoever reads the state, and not each event, still sees how they ended.
public struct Contact: Codable, Sendable, Equatable {
  public var id: String
  public var channel: String
  public var direction: String
  /// False: the contact was started under another facet, this is only a part of it.
  public var isStarted: Bool
  public var startedMs: Int64
  public var lastMs: Int64
  public var endedMs: Int64?
  /// `ended` by the channel, `abandoned`, or `handed-over` to somebody else who logged in and goes on with it.
  public var endReason: String?
  public var placement: String?
  public var intent: String?
  /// The adapter instance that waits for lists.
  public var replyTo: String?
  /// Who speaks for the organisation whose contact it is.
  public var actor: Identifier?
  public var context = NamedValues()
  public var responses: [Response] = []
  /// What `responses` had no room for; nil: nothing.
  public var earlierPresentations: [EarlierPresentations]?

  /// The end's reason where the channel itself has said it.
  public static let ended = "ended"

  public init(id: String, channel: String, direction: String, isStarted: Bool, startedMs: Int64) {
    self.id = id
    self.channel = channel
    self.direction = direction
    self.isStarted = isStarted
    self.startedMs = startedMs
    lastMs = startedMs
  }
}

/// What the customer did with one proposition of one list: the weightiest outcome so far.
public struct Response: Codable, Sendable, Equatable {
  public var list: String
  public var proposition: String
  public var outcome: Outcome
  public var atMs: Int64

  public init(list: String, proposition: String, outcome: Outcome, atMs: Int64) {
    self.list = list
    self.proposition = proposition
    self.outcome = outcome
    self.atMs = atMs
  }
}

/// How often a proposition was presented in a contact, beside the responses that are kept of it: of lists so long ago that
/// which ones is no longer known. Counts, so that those of a contact's parts add up.
public struct EarlierPresentations: Codable, Sendable, Equatable {
  public var proposition: String
  /// When it was, the last time.
  public var lastMs: Int64
  /// Earliest first.
  public var days: [DayCount]

  public init(proposition: String, lastMs: Int64 = 0, days: [DayCount] = []) {
    self.proposition = proposition
    self.lastMs = lastMs
    self.days = days
  }
}

public struct Consent: Codable, Sendable, Equatable {
  public var purpose: String
  public var isGiven: Bool
  public var atMs: Int64

  public init(purpose: String, isGiven: Bool, atMs: Int64) {
    self.purpose = purpose
    self.isGiven = isGiven
    self.atMs = atMs
  }
}

extension Consent {
  /// The purpose under which customers say whether they want to hear of a group or an issue at all.
  public static func topic(_ name: String) -> String { "topic:\(name)" }

  /// The purposes under which they say whether they want to be approached in a channel: a no to one of them is one.
  public static func purposes(ofChannel channel: String) -> [String] {
    channel == "call-centre" ? ["phone", channel] : [channel]
  }

  package var isOfTopic: Bool { purpose.hasPrefix(Self.topic("")) }
}

/// What a system of record says of a customer.
public struct Attribute: Codable, Sendable, Equatable {
  public var name: String
  public var value: AttributeValue
  /// When it was said, the last time.
  public var atMs: Int64
  /// The CloudEvents source that said it.
  public var source: String?
  public var isVerified: Bool?
  /// How often it was said, where that counts.
  public var count: Int64?

  public init(name: String, value: AttributeValue, atMs: Int64, source: String? = nil) {
    self.name = name
    self.value = value
    self.atMs = atMs
    self.source = source
  }
}

/// What the profile knows of a lead: enough to stop offering what is being bought.
public struct LeadSummary: Codable, Sendable, Equatable {
  public var id: String
  public var proposition: String
  public var group: String
  /// `open`, `won` or `lost`
  public var status: String
  public var step: String
  public var openedMs: Int64
  public var changedMs: Int64
  public var netRevenueMinor: Int64?
  public var currency: String?

  public init(
    id: String, proposition: String, group: String, status: String, step: String, openedMs: Int64, changedMs: Int64
  ) {
    self.id = id
    self.proposition = proposition
    self.group = group
    self.status = status
    self.step = step
    self.openedMs = openedMs
    self.changedMs = changedMs
  }
}

/// The value of `profile.state`.
public struct ProfileState: Codable, Sendable, Equatable {
  public var id: String
  /// The latest time that anything in it happened.
  public var nowMs: Int64
  public var facets: [Facet] = []
  public var leads: [LeadSummary] = []
  /// The segments that the customer was found to be in, in the catalogue's order.
  public var segments: [String]?
  /// His last acceptances that sales could not take, in the order in which it said so; nil: none.
  public var refusals: [RefusedAcceptance]?

  public init(id: String, nowMs: Int64) {
    self.id = id
    self.nowMs = nowMs
  }

  public static let leadsMax = 32
  public static let refusalsMax = 16
}

/// An acceptance of which nothing came: all of it was given out, or the catalogue had taken it out meanwhile.
public struct RefusedAcceptance: Codable, Sendable, Equatable {
  public var proposition: String
  /// When it was accepted.
  public var atMs: Int64

  public init(proposition: String, atMs: Int64) {
    self.proposition = proposition
    self.atMs = atMs
  }
}

/// The value of `consent.state`: what one customer has agreed to, by purpose.
public struct ConsentState: Codable, Sendable, Equatable {
  public var profile: String
  /// Per purpose the latest word; of two at the same time, the withdrawal. In the order of the purposes' names.
  public var consents: [Consent]

  public init(profile: String, consents: [Consent]) {
    self.profile = profile
    self.consents = consents
  }

  public func isGiven(_ purpose: String) -> Bool? { consents.first { $0.purpose == purpose }?.isGiven }

  /// The CloudEvents type on `consent.state`.
  public static let type = "trias.consent.state.v1"
}
