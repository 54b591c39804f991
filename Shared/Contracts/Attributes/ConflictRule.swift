/// Which value holds where systems of record say different things about a customer. Of equal ones the latest; of those
/// said at the same moment the one whose source, then whose text, comes last in the alphabet: so all readers take the same.
public enum ConflictRule: String, Codable, Sendable, CaseIterable {
  case latest
  /// That of the source that comes first in the attribute's `sources`; others come behind.
  case strongest
  /// The one that was said most often, over all sources.
  case mostFrequent
  /// One that was verified, if there is any.
  case verifiedFirst

  /// The one of `said`, all of one attribute, that holds.
  func winner(_ said: [Attribute], sources: [String]) -> Attribute? {
    switch self {
    case .latest: return said.max { $0.isLess(than: $1, 0, 0) }
    case .strongest:
      func place(_ one: Attribute) -> Int64 {
        -Int64(sources.firstIndex { $0 == one.source } ?? sources.count)
      }
      return said.max { $0.isLess(than: $1, place($0), place($1)) }
    case .mostFrequent:
      func votes(_ one: Attribute) -> Int64 {
        said.reduce(0) { $1.value == one.value ? $0 + ($1.count ?? 1) : $0 }
      }
      return said.max { $0.isLess(than: $1, votes($0), votes($1)) }
    case .verifiedFirst:
      func place(_ one: Attribute) -> Int64 { one.isVerified == true ? 1 : 0 }
      return said.max { $0.isLess(than: $1, place($0), place($1)) }
    }
  }
}

extension Attribute {
  fileprivate func isLess(than other: Attribute, _ weight: Int64, _ others: Int64) -> Bool {
    (weight, atMs, source ?? "", value.description) < (others, other.atMs, other.source ?? "", other.value.description)
  }
}

extension FacetBody {
  /// Takes what a source says. Of each source the latest is kept and, where it counts, each value that it ever said.
  package mutating func say(_ attribute: Attribute, countsValues: Bool) {
    let index = attributes.firstIndex {
      $0.name == attribute.name && $0.source == attribute.source && (!countsValues || $0.value == attribute.value)
    }
    guard let index else {
      var attribute = attribute
      attribute.count = countsValues ? 1 : nil
      attributes.append(attribute)
      let same = attributes.indices.filter { attributes[$0].name == attribute.name }
      if same.count > Self.wordsMax {
        attributes.remove(at: same.min { attributes[$0].atMs < attributes[$1].atMs }!)
      } else if attributes.count > Self.attributesMax {
        attributes.remove(at: attributes.indices.min { attributes[$0].atMs < attributes[$1].atMs }!)
      }
      return
    }
    if countsValues { attributes[index].count = (attributes[index].count ?? 1) + 1 }
    guard attribute.atMs >= attributes[index].atMs else { return }
    var latest = attribute
    latest.count = attributes[index].count
    // What was verified once stays so, as long as nothing else is said.
    if latest.isVerified == nil, latest.value == attributes[index].value {
      latest.isVerified = attributes[index].isVerified
    }
    attributes[index] = latest
  }
}
