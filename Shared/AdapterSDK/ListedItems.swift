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
