import Contracts

/// What of an identifier belongs to a profile: all of it, or of a device its time with one person.
package struct Member: Sendable, Hashable {
  package var identifier: Identifier
  /// 0 but for a device on which several have logged in.
  package var generation: Int

  package init(_ identifier: Identifier, generation: Int = 0) {
    self.identifier = identifier
    self.generation = generation
  }
}

/// What the linker knows: which profile each identifier belongs to, and which identifiers each profile has. Rebuilt from
/// `identity.map`; an identifier that is not in it belongs to its own profile.
package struct IdentityIndex: Sendable {
  private var entries: [Identifier: IdentityMapEntry] = [:]
  /// In the order in which they came, so that moves are said in one order.
  private var members: [String: [Member]] = [:]
  /// The contact identifiers that somebody has; they are no members, for they join nobody.
  private var contacts: [Identifier: [Identifier]] = [:]

  package init() {}

  package subscript(identifier: Identifier) -> IdentityMapEntry? { entries[identifier] }

  /// Of a device, the profile that it belongs to now.
  package func profile(of identifier: Identifier, _ mint: IdMint) -> String {
    entries[identifier]?.current ?? mint.profile(identifier)
  }

  package func profile(of member: Member, _ mint: IdMint) -> String {
    entries[member.identifier]?.profile(member.generation)
      ?? mint.profile(member.identifier, generation: member.generation)
  }

  /// The members of a profile, of which `member` is one.
  package func members(of profile: String, with member: Member) -> [Member] {
    let known = members[profile] ?? []
    return known.contains(member) ? known : known + [member]
  }

  package func members(of profile: String) -> [Member] { members[profile] ?? [] }

  /// Those that it was named with, in the order in which they came.
  package func contacts(of identifier: Identifier) -> [Identifier] { contacts[identifier] ?? [] }

  /// Whose what it carries is; nil: nobody's.
  func profile(of carrier: ContactCarrier, _ mint: IdMint) -> String? {
    let generation = entries[carrier.identifier]?.generation(atMs: carrier.atMs) ?? 0
    guard generation != DeviceGeneration.nobodys else { return nil }
    return profile(of: Member(carrier.identifier, generation: generation), mint)
  }

  /// Whose a device is where somebody has logged in on it under that name: nobody's, where it can't be his.
  func owner(_ name: Identifier, on device: Identifier, _ mint: IdMint) -> String {
    let own = profile(of: Member(name), mint)
    let isForbidden =
      entries[device]?.partings?.contains { $0.apart == true } == true
      && areKeptApart(members(of: own).map(\.identifier), [device])
    return isForbidden ? mint.profile(device, generation: DeviceGeneration.nobodys) : own
  }

  /// Some of the one and some of the other is one profile's.
  func areTogether(_ one: Identifier, _ other: Identifier, _ mint: IdMint) -> Bool {
    let profiles = profiles(of: other, mint)
    return self.profiles(of: one, mint).contains { profiles.contains($0) }
  }

  /// Of a device, one for each of its generations.
  func profiles(of identifier: Identifier, _ mint: IdMint) -> [String] {
    entries[identifier]?.profiles ?? [mint.profile(identifier)]
  }

  /// A data steward has undone the link between the two.
  package func areParted(_ one: Identifier, _ other: Identifier) -> Bool {
    entries[one]?.partings?.contains { $0.identifier == other } == true
  }

  /// A data steward has said that somebody of the one is not the same person as somebody of the other.
  func areKeptApart(_ some: [Identifier], _ others: [Identifier]) -> Bool {
    let (some, others) = some.count < others.count ? (some, others) : (others, some)
    return some.contains { one in
      entries[one]?.partings?.contains { $0.apart == true && others.contains($0.identifier) } == true
    }
  }

  /// Those whom a claim that names all of these, the strongest first, does not speak of: of two that are parted it speaks
  /// of the stronger.
  func parted(_ named: [Identifier]) -> [Identifier] {
    named.indices.filter { weaker in named[..<weaker].contains { areParted(named[weaker], $0) } }.map { named[$0] }
  }

  /// Takes an entry in. The higher version counts, and of one version the later verdict, so that hearing an entry again,
  /// or late, changes nothing.
  package mutating func take(_ entry: IdentityMapEntry) {
    if let known = entries[entry.identifier] {
      guard (entry.version, entry.lastClaim ?? 0) >= (known.version, known.lastClaim ?? 0) else { return }
      for number in known.numbers where known.profile(number) != entry.profile(number) {
        let (profile, member) = (known.profile(number)!, Member(entry.identifier, generation: number))
        members[profile]?.removeAll { $0 == member }
        if members[profile]?.isEmpty == true { members[profile] = nil }
      }
    }
    entries[entry.identifier] = entry
    if let carriers = entry.carriers {
      for carrier in carriers where contacts[carrier.identifier]?.contains(entry.identifier) != true {
        contacts[carrier.identifier, default: []].append(entry.identifier)
      }
      return
    }
    for number in entry.numbers {
      let (profile, member) = (entry.profile(number)!, Member(entry.identifier, generation: number))
      if members[profile]?.contains(member) != true { members[profile, default: []].append(member) }
    }
  }
}
