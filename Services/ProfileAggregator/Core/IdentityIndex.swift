import Contracts

/// What the linker knows: which profile each identifier belongs to, and which identifiers each profile has. Rebuilt from
/// `identity.map`; an identifier that is not in it belongs to its own profile.
package struct IdentityIndex: Sendable {
  private var entries: [Identifier: IdentityMapEntry] = [:]
  /// In the order in which they came, so that moves are said in one order.
  private var members: [String: [Identifier]] = [:]

  package init() {}

  package subscript(identifier: Identifier) -> IdentityMapEntry? { entries[identifier] }

  package func profile(of identifier: Identifier, _ mint: IdMint) -> String {
    entries[identifier]?.profile ?? mint.profile(identifier)
  }

  /// The identifiers of a profile, of which `identifier` is one.
  package func members(of profile: String, with identifier: Identifier) -> [Identifier] {
    let known = members[profile] ?? []
    return known.contains(identifier) ? known : known + [identifier]
  }

  package func members(of profile: String) -> [Identifier] { members[profile] ?? [] }

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
      if known.profile != entry.profile {
        members[known.profile]?.removeAll { $0 == entry.identifier }
        if members[known.profile]?.isEmpty == true { members[known.profile] = nil }
      }
    }
    entries[entry.identifier] = entry
    if members[entry.profile]?.contains(entry.identifier) != true {
      members[entry.profile, default: []].append(entry.identifier)
    }
  }
}
