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
    said.max { $0.isLess(than: $1, weight($0, said, sources), weight($1, said, sources)) }
  }

  /// What speaks for one of them, before its time does.
  fileprivate func weight(_ one: Attribute, _ said: [Attribute], _ sources: [String]) -> Int64 {
    switch self {
    case .latest: 0
    case .strongest: -Int64(sources.firstIndex { $0 == one.source } ?? sources.count)
    case .mostFrequent: said.reduce(0) { $1.value == one.value ? $0 + ($1.count ?? 1) : $0 }
    case .verifiedFirst: one.isVerified == true ? 1 : 0
    }
  }
}

extension Attribute {
  fileprivate func isLess(than other: Attribute, _ weight: Int64, _ others: Int64) -> Bool {
    (weight, atMs, source ?? "", value.description) < (others, other.atMs, other.source ?? "", other.value.description)
  }
}

extension FacetBody {
  /// Takes what a source says. Of each source the latest is kept and, where it counts, each value that it ever said; where
  /// there is no room, what the rule would go by last.
  package mutating func say(_ attribute: Attribute, _ rule: ConflictRule = .latest, sources: [String] = []) {
    let countsValues = rule == .mostFrequent
    let index = attributes.firstIndex {
      $0.name == attribute.name && $0.source == attribute.source && (!countsValues || $0.value == attribute.value)
    }
    guard let index else {
      var attribute = attribute
      attribute.count = countsValues ? 1 : nil
      attributes.append(attribute)
      let same = attributes.indices.filter { attributes[$0].name == attribute.name }
      if same.count > Self.wordsMax {
        let said = same.map { attributes[$0] }
        // Not the one that is new, or nothing would ever be said often.
        let last = same.dropLast().min {
          attributes[$0].isLess(
            than: attributes[$1], rule.weight(attributes[$0], said, sources), rule.weight(attributes[$1], said, sources)
          )
        }
        attributes.remove(at: last!)
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
