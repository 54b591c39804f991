import Contracts

/// Names that are probably misspelt: those of groups and issues that are nearly others', and what predicates ask about that
/// nothing else names.
struct NameRemarks {
  private let catalog: Catalog
  private let namespaces: Namespaces
  /// Where each predicate stands, and what it says.
  private let predicates: [(place: String, source: String)]

  init(_ catalog: Catalog, namespaces: Namespaces) {
    (self.catalog, self.namespaces) = (catalog, namespaces)
    predicates = Self.predicates(catalog)
  }

  func all() -> [CatalogRemark] {
    near("issue", \.issue) + near("group", \.group) + channels()
      + open("interest", ["interest", "days_since_interest"], categories)
      + open("intent", ["contact.intent"], computed("intent"))
      + open("purpose", Self.consents, purposes) + topics() + identifiers()
  }

  private static func predicates(_ catalog: Catalog) -> [(place: String, source: String)] {
    var all: [(place: String, source: String)] = []
    for (index, condition) in catalog.conditions.enumerated() {
      all.append(("conditions[\(index)].when", condition.when))
    }
    for (index, segment) in (catalog.segments ?? []).enumerated() {
      all.append(("segments[\(index)].when", segment.when))
    }
    for (index, attribute) in catalog.attributes.enumerated() {
      for (number, one) in (attribute.cases ?? []).enumerated() {
        all.append(("attributes[\(index)].cases[\(number)].when", one.when))
      }
    }
    for (index, proposition) in catalog.propositions.enumerated() {
      let stages = [
        ("eligibility", proposition.eligibility), ("applicability", proposition.applicability),
        ("suitability", proposition.suitability),
      ]
      for (stage, rules) in stages {
        for (number, rule) in rules.enumerated() {
          all.append(("propositions[\(index)].\(stage)[\(number)].when", rule.when))
        }
      }
    }
    for (index, weight) in catalog.contextWeights.enumerated() {
      all.append(("contextWeights[\(index)].when", weight.when))
    }
    return all
  }

  // MARK: Groups and issues

  /// Shorter names are too near to each other to say anything.
  private static let nearBytesMin = 4

  /// Of two names that differ by a letter the one that few propositions have.
  private func near(_ what: String, _ name: (Proposition) -> String) -> [CatalogRemark] {
    var counts: [String: Int] = [:]
    var places: [String: Int] = [:]
    for (index, proposition) in catalog.propositions.enumerated() {
      counts[name(proposition), default: 0] += 1
      if places[name(proposition)] == nil { places[name(proposition)] = index }
    }
    // Two of which one letter is another, more, less or in another place have a name in common that lacks one.
    var byShorter: [[UInt8]: [String]] = [:]
    let names = counts.keys.filter { $0.utf8.count >= Self.nearBytesMin }.sorted { places[$0]! < places[$1]! }
    for name in names {
      let bytes = Array(name.utf8)
      let shorter = bytes.indices.map { Array(bytes[..<$0] + bytes[($0 + 1)...]) }
      for one in Set(shorter + [bytes]) { byShorter[one, default: []].append(name) }
    }
    var found: [String: String] = [:]
    for near in byShorter.values where near.count > 1 {
      for rare in near where found[rare] == nil {
        found[rare] = near.first { other in
          isBefore(other, rare, counts, places) && Suggestion.distance(rare, other) == 1
            && rare.filter { !$0.isNumber } != other.filter { !$0.isNumber }
        }
      }
    }
    return found.sorted { places[$0.key]! < places[$1.key]! }.map { rare, other in
      CatalogRemark(
        place: "propositions[\(places[rare]!)].\(what)",
        text: "the \(what) \(rare) is nearly \(other), which \(counts[other]!) have: is another one meant?")
    }
  }

  /// Whether the other is what was probably meant.
  private func isBefore(_ other: String, _ rare: String, _ counts: [String: Int], _ places: [String: Int]) -> Bool {
    let (few, many) = (counts[rare]!, counts[other]!)
    guard few <= max(1, many / 4) else { return false }
    return few < many || places[other]! < places[rare]!
  }

  // MARK: Predicates

  /// So many different names that nothing declares are looked at.
  private static let looksMax = 500

  private func uses(_ subjects: Set<String>) -> [(place: String, text: String)] {
    predicates.flatMap { place, source in
      PredicateText.all(in: source).filter { subjects.contains($0.subject) }.map { (place, $0.text) }
    }
  }

  /// Nothing is shown in a channel that isn't one of these, asked for, limited or paid for.
  private func channels() -> [CatalogRemark] {
    let policy = catalog.contactPolicy
    var known = Set(catalog.propositions.flatMap(\.treatments).map(\.channel))
    let shown = known
    known.formUnion(catalog.propositions.flatMap(\.steps).compactMap(\.task?.channel))
    known.formUnion((policy.channels ?? []).map(\.channel))
    known.formUnion((policy.blocks ?? []).flatMap { [$0.after, $0.channel] })
    known.formUnion((catalog.contactCosts ?? []).map(\.channel))
    known.formUnion(computed("channel"))
    return uses(["contact.channel"]).filter { !known.contains($0.text) }.map { use in
      CatalogRemark(
        place: use.place,
        text: "nothing is shown in a channel \"\(use.text)\"\(Suggestion.text(for: use.text, among: shown))")
    }
  }

  /// Customers can say no only to a topic that something is about.
  private func topics() -> [CatalogRemark] {
    let known = Set(catalog.propositions.flatMap { [$0.issue, $0.group] })
    let said = computed("purpose")
    let unknown = uses(Self.consents).filter { Self.isTopic($0.text) && !said.contains($0.text) }
      .map { (place: $0.place, name: String($0.text.dropFirst(Consent.topic("").count))) }
      .filter { !known.contains($0.name) }
    let looked = Set(unknown.map(\.name)).sorted().prefix(Self.looksMax)
    let hints = Dictionary(uniqueKeysWithValues: looked.map { ($0, Suggestion.text(for: $0, among: known)) })
    return unknown.map { place, name in
      CatalogRemark(place: place, text: "no proposition has the group or issue \"\(name)\"\(hints[name] ?? "")")
    }
  }

  private func identifiers() -> [CatalogRemark] {
    uses(["has_identifier"]).filter { namespaces[$0.text] == nil }.map { use in
      let hint = Suggestion.text(for: use.text, among: namespaces.all.map(\.name))
      return CatalogRemark(place: use.place, text: "no identifier has the namespace \"\(use.text)\"\(hint)")
    }
  }

  private static let consents: Set<String> = ["consents_to", "refuses"]

  private static func isTopic(_ purpose: String) -> Bool { purpose.hasPrefix(Consent.topic("")) }

  /// Of what may have any name: those that are nearly one that is declared, or that more predicates use.
  private func open(_ what: String, _ subjects: Set<String>, _ declared: Set<String>) -> [CatalogRemark] {
    // What is a topic is there or not.
    let uses = uses(subjects).filter { !Self.isTopic($0.text) }
    let counts = Dictionary(grouping: uses, by: \.text).mapValues(\.count)
    var meant: [String: String] = [:]
    for name in counts.keys.filter({ !declared.contains($0) }).sorted().prefix(Self.looksMax) {
      let others = declared.union(counts.filter { $0.value > counts[name]! }.keys)
      meant[name] = Suggestion.nearest(to: name, among: others, distanceMax: name.utf8.count < 8 ? 1 : 2)
    }
    return uses.compactMap { use in
      meant[use.text].map { other in
        CatalogRemark(
          place: use.place, text: "nothing else names the \(what) \"\(use.text)\"; did you mean \"\(other)\"?")
      }
    }
  }

  /// Values that computed attributes look for in a field.
  private func computed(_ field: String) -> Set<String> {
    Set(
      catalog.attributes.compactMap(\.computation).flatMap(\.matching).filter { $0.field == field }.map(\.value))
  }

  /// Pages, searches and forms are about what propositions are about.
  private var categories: Set<String> {
    let triggers = catalog.propositions.flatMap(\.steps).compactMap(\.completedBy.category)
    return computed("category").union(catalog.propositions.map(\.group)).union(triggers)
  }

  private var purposes: Set<String> {
    var names = Set(catalog.propositions.compactMap(\.purpose)).union(["personal-offers", "profiling"])
    names.formUnion(
      catalog.propositions.flatMap(\.treatments).flatMap { Consent.purposes(ofChannel: $0.channel) })
    names.formUnion(catalog.propositions.flatMap { [$0.issue, $0.group] }.map(Consent.topic))
    return names.union(computed("purpose"))
  }
}
