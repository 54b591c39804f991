// What is not looked at again in a version, because the last one that was looked at has it alike.

/// Of a version in which nothing is wrong, as much as it takes to tell what of another one is sound without looking at it.
/// A version says mostly what the one before it says: with a hundred of them, to look at all of every one is what a start
/// took its time for.
struct SoundParts: Sendable {
  /// By the number of a proposition's text (`CatalogDecoder.Decoded`): what its predicates take.
  let steps: [Int: Int]
  /// What names mean in it, and what of them its predicates ask.
  let scope: PredicateScope
  let asked: Set<Query>

  /// Whether every predicate that is sound in it is sound in a version of that scope, and takes as much. There can be more;
  /// only what it asks for has to be there as it was.
  func meansTheSame(in other: PredicateScope) -> Bool {
    let conditionsAreThere = scope.conditions.allSatisfy { name, when in
      // Not as texts, of which two can be equal and have not as many bytes.
      other.conditions[name].map { $0.utf8.elementsEqual(when.utf8) } ?? false
    }
    guard conditionsAreThere else { return false }
    let (groups, propositions) = (Set(other.groups), Set(other.propositions))
    let segments = Set(other.segments)
    return asked.allSatisfy { query in
      switch query {
      case .customerAttribute(let name): scope.declaration(name, .customer) == other.declaration(name, .customer)
      case .contactAttribute(let name): scope.declaration(name, .contact) == other.declaration(name, .contact)
      case .offered(_, let proposition, _): propositions.contains(proposition)
      case .hasOpenLead(let group), .hasWonLead(let group): groups.contains(group)
      case .inSegment(let name): segments.contains(name)
      case .channel, .placement, .intent, .direction, .isIdentified, .hasIdentifier, .orderCount, .orderAmountMinor,
        .daysSinceLastOrder, .daysSinceFirstSeen, .interest, .daysSinceInterest, .count, .hasConsent, .hasRefused,
        .relationCount, .related, .role:
        true
      }
    }
  }
}

extension CheckedCatalog {
  /// The same as `init(_:)`, where something of the version was found sound before: `sound` is what is known of that, and
  /// becomes what is known of this one. `texts` are the numbers of its propositions' texts; nil: not known. With how many
  /// propositions it looked at.
  ///
  /// Throws the mistakes, as they are told by who looks at all of it.
  static func checked(
    _ catalog: Catalog, texts: [Int]?, _ sound: inout SoundParts?
  ) throws(Refusal) -> (CheckedCatalog, lookedAt: Int) {
    guard let texts else { return (try CheckedCatalog(catalog), catalog.propositions.count) }
    var check = CatalogCheck(catalog, texts: texts, before: sound)
    check.run()
    // What is wrong with it is for who looks at all of it to say.
    guard let definitions = check.definitions, let parts = check.sound, check.mistakes.isEmpty else {
      return (try CheckedCatalog(catalog), catalog.propositions.count)
    }
    sound = parts
    return (CheckedCatalog(catalog: catalog, definitions: definitions), check.lookedAt)
  }
}
