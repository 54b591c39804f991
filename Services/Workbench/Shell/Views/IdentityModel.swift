// Why a customer is who he is: which claims joined his identifiers, which were refused, and what was undone.

import Contracts

struct IdentityModel: Encodable, Sendable {
  /// A claim, or a data steward's command, and what was said of each identifier because of it.
  struct Judged: Encodable, Sendable {
    var id: String
    /// Its place in the order of judging.
    var number: Int64
    var atMs: Int64
    var parties: [Party]
  }

  struct Party: Encodable, Sendable {
    var identifier: String
    /// Whether it is one of this customer's now.
    var isHis: Bool
    var isAccepted: Bool
    var reason: String
  }

  /// Two identifiers, and what a claim made of them.
  struct Link: Encodable, Sendable, Equatable {
    var from: String
    /// Of a link that was refused, somebody else's.
    var to: String
    var reason: String
  }

  /// A link that a data steward has undone.
  struct Undone: Encodable, Sendable {
    var identifier: String
    var other: String
    var by: String
    var reason: String
    var atMs: Int64
  }

  struct Member: Encodable, Sendable {
    var identifier: String
    /// What its namespace says of it: a person, a login, a device or a contact; nil: nobody knows the namespace.
    var kind: String?
  }

  /// His identifiers, the strongest first.
  var members: [Member]
  /// The latest first.
  var judged: [Judged]
  /// Between his identifiers, as far as the map remembers.
  var links: [Link]
  /// Beyond them: who might be taken for him, and is not.
  var refused: [Link]
  var undone: [Undone]
}

extension IdentityModel {
  static let judgedMax = 200

  /// `identifiers` are his, the strongest first.
  init(_ identifiers: [Identifier], _ book: IdentityBook, namespaces: Namespaces) {
    (links, refused, undone) = ([], [], [])
    members = identifiers.map { Member(identifier: $0.key, kind: namespaces[$0.namespace]?.kind.rawValue) }
    let his = Set(identifiers)
    let entries = identifiers.compactMap { book[$0.key] }
    let maps = entries.compactMap { try? IdentityMapEntry(json: $0.latest) }
    var ids: Set<String> = []
    judged = entries.flatMap(\.claims).filter { ids.insert($0).inserted }.compactMap { id -> Judged? in
      let parties = book.parties(of: id)
      guard let number = parties.map(\.number).max(), let atMs = parties.map(\.verdict.atMs).max() else { return nil }
      let ranked = namespaces.byStrength(parties.map(\.identifier))
      return Judged(
        id: id, number: number, atMs: atMs,
        parties: ranked.compactMap { identifier in
          parties.first { $0.identifier == identifier }.map {
            Party(
              identifier: identifier.key, isHis: his.contains(identifier), isAccepted: $0.verdict.isAccepted,
              reason: $0.verdict.reason)
          }
        })
    }.sorted { ($1.number, $1.atMs) < ($0.number, $0.atMs) }
    if judged.count > Self.judgedMax { judged.removeLast(judged.count - Self.judgedMax) }

    for claim in Set(maps.flatMap { $0.claims ?? [] }).sorted(by: { $0.number < $1.number }) {
      let named = claim.identifiers.filter(his.contains)
      guard let anchor = named.first else { continue }
      for other in named.dropFirst() {
        let isKnown = links.contains { Set([$0.from, $0.to]) == [anchor.key, other.key] }
        if !isKnown { links.append(Link(from: anchor.key, to: other.key, reason: "linked")) }
      }
    }
    for map in maps {
      for carrier in map.carriers ?? [] where his.contains(carrier.identifier) {
        let link = Link(from: carrier.identifier.key, to: map.identifier.key, reason: map.verdict.reason)
        if !links.contains(where: { $0.from == link.from && $0.to == link.to }) { links.append(link) }
      }
    }
    for claim in judged { refuse(claim, namespaces) }
    undone = maps.flatMap { map in
      (map.partings ?? []).map {
        Undone(
          identifier: map.identifier.key, other: $0.identifier.key, by: $0.by, reason: $0.reason, atMs: $0.atMs)
      }
    }.sorted { $0.atMs > $1.atMs }
    for parting in undone where !his.contains(where: { $0.key == parting.other }) {
      refuse(parting.identifier, parting.other, "split-by-steward")
    }
  }

  /// What a claim would have joined, and has not: a refused identifier with the strongest one on the other side. Contact
  /// identifiers join nobody, so that they did not is nothing to show.
  private mutating func refuse(_ claim: Judged, _ namespaces: Namespaces) {
    let parties = claim.parties.filter { party in
      Identifier(key: party.identifier).map { namespaces[$0.namespace]?.kind != .contact } ?? false
    }
    let (his, others) = (parties.filter(\.isHis), parties.filter { !$0.isHis })
    guard let anchor = his.first, let stranger = others.first else { return }
    for party in others where !party.isAccepted { refuse(anchor.identifier, party.identifier, party.reason) }
    for party in his where !party.isAccepted { refuse(party.identifier, stranger.identifier, party.reason) }
  }

  private mutating func refuse(_ one: String, _ other: String, _ reason: String) {
    if !refused.contains(where: { $0.from == one && $0.to == other }) {
      refused.append(Link(from: one, to: other, reason: reason))
    }
  }
}

extension Books {
  /// nil where nobody is known under the identifier.
  func identity(_ identifier: String, _ namespaces: Namespaces) -> IdentityModel? {
    read { content -> IdentityModel? in
      guard let profile = content.profiles.profile(of: identifier), let entry = content.profiles[profile] else {
        return nil
      }
      let identifiers = namespaces.byStrength(entry.facets.compactMap { Identifier(key: $0.identifier) })
      for identifier in identifiers { content.identities.touch(identifier.key) }
      return IdentityModel(identifiers.unique, content.identities, namespaces: namespaces)
    }
  }
}

extension [Identifier] {
  /// Each once: of a device that several people use there are several facets.
  fileprivate var unique: [Identifier] {
    var seen: Set<Identifier> = []
    return filter { seen.insert($0).inserted }
  }
}
