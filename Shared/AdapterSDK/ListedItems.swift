import Contracts

/// What a list showed, as far as a response to it needs it.
public struct ListedItems: Sendable {
  public let version: Int64
  public let channel: String
  private let ranks: [String: Int]

  init(_ list: NbaList) {
    version = list.version
    channel = list.channel
    ranks = Dictionary(list.items.map { ($0.proposition, $0.rank) }, uniquingKeysWith: min)
  }

  /// nil where the proposition wasn't on the list.
  public func rank(of proposition: String) -> Int? { ranks[proposition] }
}

/// Every proposition that any version of the catalogue has had: lists of yesterday's catalogue are still answered.
struct KnownPropositions {
  static let idsMax = 100_000

  private var ids: Set<String> = []
  private var fallbacks: Set<String> = []

  mutating func add(_ catalog: Catalog) {
    if ids.count + catalog.propositions.count > Self.idsMax { (ids, fallbacks) = ([], []) }
    ids.formUnion(catalog.propositions.map(\.id))
    for list in catalog.fallback { fallbacks.formUnion(list.propositions) }
  }

  /// Could a list of that version have had it? Version 0 is the catalogue's own choice.
  func has(_ proposition: String, inVersion version: Int64) -> Bool {
    // Before any catalogue there is nothing to judge by.
    if ids.isEmpty { return true }
    return ids.contains(proposition) && (version != 0 || fallbacks.contains(proposition))
  }
}
