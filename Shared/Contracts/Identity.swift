/// A claim that identifiers belong to one person (`identity.claims`).
public struct IdentityClaim: Codable, Sendable, Equatable {
  /// The id of the event that makes it.
  public var id: String
  public var source: String
  public var atMs: Int64
  /// The strongest first; at least two.
  public var identifiers: [Identifier]

  public init(id: String, source: String, atMs: Int64, identifiers: [Identifier]) {
    self.id = id
    self.source = source
    self.atMs = atMs
    self.identifiers = identifiers
  }

  /// The CloudEvents type on `identity.claims`.
  public static let type = "trias.identity.claimed.v1"
  /// The record key of every claim: one order, so one key.
  public static let key = "linker"
}

/// The value of `identity.map`, keyed by identifier: where it belongs, and the linker's last verdict on it.
public struct IdentityMapEntry: Codable, Sendable, Equatable {
  public var identifier: Identifier
  /// Of a device, its first generation's: `generations` has the others.
  public var profile: String
  /// Counts the identifier's moves: 0 is its own profile, before any link.
  public var version: Int64
  /// The other identifiers whose link with this one is judged: no need to claim it again.
  public var judged: [Identifier]
  public var verdict: Verdict
  /// The numbers, in the order of judging, of the first claim that named it and of the last that changed it: the earliest
  /// breaks ties between equally strong identifiers, the latest tells which of two entries is the newer.
  public var firstClaim: Int64?
  public var lastClaim: Int64?
  /// The claims that named it, as far as they may have to be judged again, in their order; nil in entries from before they
  /// were kept.
  public var claims: [RememberedClaim]?
  /// The links of it that a data steward has undone, for good.
  public var partings: [Parting]?
  /// What a data steward may have to decide about it. Each pair stands with one of the two.
  public var conflicts: [PossibleConflict]?
  /// Of a device on which more than one known person has logged in: its time with each of them after the first.
  public var generations: [DeviceGeneration]?
  /// From when on it was whose, in the order of time; before the first it was the first generation's.
  public var switches: [DeviceSwitch]?
  /// Of a device, the names that people have logged in under, in the order in which they were first heard of. The first
  /// one's is the first generation; where that was somebody's before he had logged in, the device itself stands for him.
  public var names: [DeviceName]?
  /// Logins on it that say nothing else than earlier claims do, the last of each: they decide whose it is.
  public var logins: [RememberedClaim]?
  /// Of somebody known: the devices that are another's until he logs in on them again. So that must be claimed again. And of
  /// a device the contact identifiers that only others whose it was were named with.
  public var reopened: [Reopened]?
  /// Of a contact identifier: whoever was named with it, the earliest first.
  public var carriers: [ContactCarrier]?

  public init(
    identifier: Identifier, profile: String, version: Int64, judged: [Identifier], verdict: Verdict,
    firstClaim: Int64? = nil, lastClaim: Int64? = nil, claims: [RememberedClaim]? = nil, partings: [Parting]? = nil,
    conflicts: [PossibleConflict]? = nil
  ) {
    self.identifier = identifier
    self.profile = profile
    self.version = version
    self.judged = judged
    self.verdict = verdict
    self.firstClaim = firstClaim
    self.lastClaim = lastClaim
    self.claims = claims
    self.partings = partings
    self.conflicts = conflicts
  }

  /// The CloudEvents type on `identity.map`.
  public static let type = "trias.identity.judged.v1"
  public static let judgedMax = 32
  /// Twice as many as a profile has identifiers: what holds a profile together always has room.
  public static let claimsMax = 128
  public static let partingsMax = 128
  /// So many others that one identifier could be one with are a shared device or a broken source; more tell nothing new.
  public static let conflictsMax = 16
  public static let loginsMax = 64
}

extension IdentityMapEntry {
  /// Those of its generations, the first person's first.
  public var numbers: [Int] { [0] + (generations ?? []).map(\.number) }

  /// Where they belong, in that order.
  public var profiles: [String] { [profile] + (generations ?? []).map(\.profile) }

  /// nil: there is no such generation.
  public func profile(_ generation: Int) -> String? {
    generation == 0 ? profile : generations?.first { $0.number == generation }?.profile
  }

  /// The profile that it belongs to now.
  public var current: String { profile(atMs: .max) }

  /// Whose it was then, as is known now.
  public func profile(atMs: Int64) -> String { profile(generation(atMs: atMs)) ?? profile }

  public func generation(atMs: Int64) -> Int { switches?.generation(atMs: atMs) ?? 0 }

  /// A device that more than one has, in turn.
  public var isShared: Bool { generations?.contains { $0.profile != profile } == true }

  /// Too many have logged in on it to be anybody's.
  public var isNobodys: Bool {
    switches?.last?.generation == DeviceGeneration.nobodys
      && numbers.count { $0 <= DeviceGeneration.nobodys } > DeviceGeneration.personsMax
  }

  public func version(_ generation: Int) -> Int64? {
    generation == 0 ? version : generations?.first { $0.number == generation }?.version
  }

  /// The generation that a device is in has a version above all its others: so the contacts that go on in it have lists
  /// above those that they had, and whose the device is can be told from the facets alone.
  public mutating func lift() {
    guard let generations else { return }
    let current = generation(atMs: .max)
    let highest = numbers.filter { $0 != current }.compactMap(version).max() ?? 0
    guard version(current) ?? 0 <= highest else { return }
    if let place = generations.firstIndex(where: { $0.number == current }) {
      self.generations?[place].version = highest + 1
    } else {
      version = highest + 1
    }
  }
}

/// A device in the time of one who logged in on it, after others who had it in that order: the facet `(device, number)`. So
/// whoever of them hasn't had it after all, all that is known in it is the same one's instead.
public struct DeviceGeneration: Codable, Sendable, Equatable {
  /// The first person's is 0 and is not among them.
  public var number: Int
  public var profile: String
  /// Counts its moves; 1 where it was opened.
  public var version: Int64
  /// Whose login has opened it, and the number of that claim.
  public var by: Identifier
  public var claim: Int64
  /// Who had it then and before, as places in the device's `names`, the last first; nil: he, and the others as they stand
  /// there.
  public var order: [Int64]?

  public init(
    number: Int, profile: String, version: Int64, by: Identifier, claim: Int64, order: [Int64]? = nil
  ) {
    self.number = number
    self.profile = profile
    self.version = version
    self.by = by
    self.claim = claim
    self.order = order
  }

  /// So many persons' a device can be in turn. From the next on it is nobody's, for good. Its generation has a profile of its
  /// own, and is also that of somebody who logs in and may not have the device, until the next one does.
  public static let personsMax = 16
  public static let nobodys = personsMax
  /// The numbers of the generations that persons have beside their first: under other names, or after others.
  public static let further = (nobodys + 1)..<(2 * personsMax)
}

/// A name that somebody has logged in under on a device, and when he first did.
public struct DeviceName: Codable, Sendable, Hashable {
  public var identifier: Identifier
  /// What else stronger than the device was named with it: where one of these has nothing to do with the device, it has not
  /// been a login.
  public var beside: [Identifier]?
  public var atMs: Int64

  public init(_ identifier: Identifier, beside: [Identifier]? = nil, atMs: Int64) {
    self.identifier = identifier
    self.beside = beside
    self.atMs = atMs
  }

  public var all: [Identifier] { [identifier] + (beside ?? []) }

  /// Under a further one somebody goes on in what he had.
  public static let countMax = 32
}

/// Who was named with a contact identifier: the strongest of that claim that can be joined, and when that was. What a device
/// has is his whose it was then.
public struct ContactCarrier: Codable, Sendable, Hashable {
  public var identifier: Identifier
  public var atMs: Int64

  public init(_ identifier: Identifier, atMs: Int64) {
    self.identifier = identifier
    self.atMs = atMs
  }

  /// With so many it finds nobody any more, for others that have it too are not known.
  public static let countMax = 64
  /// Of a device so many times are kept; of more, one in each person's time.
  public static let timesMax = 16
  /// So many can one identifier have; who has more is a broken source, and has no further ones.
  public static let contactsMax = 16
}

/// From a moment on a device was in that generation.
public struct DeviceSwitch: Codable, Sendable, Equatable {
  public var atMs: Int64
  public var generation: Int

  public init(atMs: Int64, generation: Int) {
    self.atMs = atMs
    self.generation = generation
  }

  /// The latest are kept: they are for events that come late. What is from before them is whose it was then.
  public static let countMax = 32
  /// So many turns one who goes on under another name of his is asked for. Nearly always it changes nothing.
  public static let renamedMax = 8
}

/// What is judged and yet to be claimed again.
public struct Reopened: Codable, Sendable, Hashable {
  public var identifier: Identifier
  /// Of a device that somebody has lost to another, since when: seen on it after that, he has it again.
  public var sinceMs: Int64?

  public init(identifier: Identifier, sinceMs: Int64? = nil) {
    self.identifier = identifier
    self.sinceMs = sinceMs
  }
}

extension DeviceSwitch {
  /// The earliest that is kept holds from the beginning on where others were dropped before it.
  public static func bounded(_ switches: [DeviceSwitch]) -> [DeviceSwitch] {
    guard switches.count > countMax else { return switches }
    var kept = Array(switches.suffix(countMax))
    // Nothing that is taken in happened before.
    kept[0].atMs = 0
    return kept
  }
}

extension [DeviceSwitch] {
  /// The generation that the device was in at that time.
  public func generation(atMs: Int64) -> Int { last { $0.atMs <= atMs }?.generation ?? 0 }
}

/// A claim as it may have to be judged again: its place in the order of judging, and the identifiers that it could join,
/// the strongest first.
public struct RememberedClaim: Codable, Sendable, Hashable {
  public var number: Int64
  public var identifiers: [Identifier]
  /// When its event happened; nil where that was not kept yet.
  public var atMs: Int64?
  /// Where it is a data steward's word that they are one person: it holds whatever the rules say of two persons.
  public var steward: StewardWord?

  public init(number: Int64, identifiers: [Identifier], atMs: Int64? = nil, steward: StewardWord? = nil) {
    self.number = number
    self.identifiers = identifiers
    self.atMs = atMs
    self.steward = steward
  }
}

/// A link that a data steward has undone: with which identifier, on whose word and why.
public struct Parting: Codable, Sendable, Equatable {
  public var identifier: Identifier
  /// The id of the command.
  public var command: String
  public var by: String
  public var reason: String
  public var atMs: Int64
  /// True: not only is that link wrong, the two are not one person, and no claims of others make them one.
  public var apart: Bool?

  public init(
    identifier: Identifier, command: String, by: String, reason: String, atMs: Int64, apart: Bool? = nil
  ) {
    self.identifier = identifier
    self.command = command
    self.by = by
    self.reason = reason
    self.atMs = atMs
    self.apart = apart
  }
}

public struct Verdict: Codable, Sendable, Equatable {
  /// The id of the claim, or of the data steward's command.
  public var claim: String
  public var isAccepted: Bool
  /// Why: `linked`, `already-linked`, `shared-device`, `two-persons`, `contact-identifiers-never-merge`,
  /// `only-one-has-it`, `several-have-it`, `too-many-identifiers`, `split`, `same-person`, …
  public var reason: String
  public var atMs: Int64

  public init(claim: String, isAccepted: Bool, reason: String, atMs: Int64) {
    self.claim = claim
    self.isAccepted = isAccepted
    self.reason = reason
    self.atMs = atMs
  }
}

/// The data of `facet.left` and `facet.received` on the timeline.
public struct FacetMove: Codable, Sendable, Equatable {
  /// The other profile: where it went to, or came from.
  public var profile: String
  public var identifier: Identifier
  /// What is known under it; only on `facet.received`.
  public var body: FacetBody?

  public init(profile: String, identifier: Identifier, body: FacetBody? = nil) {
    self.profile = profile
    self.identifier = identifier
    self.body = body
  }
}
