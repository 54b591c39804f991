/// What the catalogue says about customers: the attributes that are computed or decided, and the segments. Made once per
/// version. The aggregator takes events with it, and whoever looks at a customer answers with it: the same everywhere.
package final class CustomerDefinitions: Sendable {
  /// When what is computed was last another; 0: there are no computed attributes, and never were.
  package let latestMs: Int64
  package let currency: String
  package let catalogVersion: String
  /// Is another when what is said about customers is another.
  package let fingerprint: Int64
  package let segments: [Segment]
  /// Of which type systems of record say what.
  package let kinds: DeclaredKinds
  /// What an interest can be in that somebody's groups are told of: what the catalogue has propositions for.
  package let groupInterests: Set<String>
  private let computed: [ComputedAttribute]
  /// By the event's type, the computed attributes that look at it.
  private let byEvent: [[Int]]
  private let defined: [String: Defined]
  private let segmentPredicates: [String: DecidedPredicate]
  /// The same in the catalogue's order, for who asks for all of them.
  private let segmentsInOrder: [(name: String, predicate: DecidedPredicate)]
  /// Of attributes that systems of record may say different things about.
  private let conflicts: [String: (rule: ConflictRule, sources: [String])]

  /// How an attribute's value comes about, where systems of record don't say it.
  private enum Defined: Sendable {
    case computed(ComputedAttribute)
    case decided(DecidedAttribute)
  }

  /// Without any.
  package static let none = CustomerDefinitions()

  private init() {
    (latestMs, currency, catalogVersion, fingerprint) = (0, "", "", 0)
    (segments, computed, byEvent, defined, segmentPredicates, segmentsInOrder) = ([], [], [], [:], [:], [])
    groupInterests = []
    (conflicts, kinds) = ([:], .none)
  }

  /// Throws the first mistake. All that can be wrong with a catalogue is `Catalog.mistakes`' to say.
  package convenience init(_ catalog: Catalog) throws(PredicateErrors) {
    let predicates = try CustomerPredicates(catalog)
    var sizes = DefinitionSizes(predicates)
    if let mistake = sizes.mistake(in: catalog) { throw PredicateErrors([mistake.error]) }
    self.init(catalog, predicates)
  }

  /// `predicates` are the catalogue's, and go in no circle (`DefinitionSizes`).
  init(_ catalog: Catalog, _ predicates: CustomerPredicates) {
    computed = catalog.attributes.compactMap { ComputedAttribute($0, currency: catalog.currency) }
    latestMs = catalog.latestDefinedMs
    currency = catalog.currency
    catalogVersion = catalog.version
    fingerprint = Self.fingerprint(catalog)
    var byEvent = [[Int]](repeating: [], count: computed.isEmpty ? 0 : 256)
    for (index, attribute) in computed.enumerated() { byEvent[attribute.event.byte].append(index) }
    self.byEvent = byEvent
    defined = computed.reversed().reduce(into: predicates.decided.mapValues { .decided($0) }) {
      $0[$1.name] = .computed($1)
    }
    conflicts = catalog.attributes.reduce(into: [:]) { conflicts, attribute in
      if let rule = attribute.conflict, attribute.scope == .customer {
        conflicts[attribute.name] = (rule, attribute.sources ?? [])
      }
    }
    segments = catalog.segments ?? []
    kinds = DeclaredKinds(catalog)
    groupInterests = Self.groupInterests(catalog)
    segmentPredicates = predicates.segments
    segmentsInOrder = segments.compactMap { segment in predicates.segments[segment.name].map { (segment.name, $0) } }
  }

  // MARK: Taking events

  /// Counts an event, when the facet's other lists have it. `catchUp` was called before they had.
  package func take(_ type: EventType, _ interaction: Interaction, atMs: Int64, into body: inout FacetBody) {
    guard !byEvent.isEmpty else { return }
    for index in byEvent[type.byte] where computed[index].concerns(interaction) {
      let attribute = computed[index]
      var aggregates = body.aggregates ?? []
      body.aggregates = nil
      let known = aggregates.firstIndex { $0.attribute == attribute.name && $0.version == attribute.version }
      if known == nil { aggregates.append(Aggregate(attribute: attribute.name, version: attribute.version)) }
      attribute.take(
        interaction, atMs: atMs, latestMs: body.lastSeenMs, into: &aggregates[known ?? aggregates.count - 1])
      body.aggregates = aggregates
    }
  }

  /// Definitions that came after the facet's last event: what was retained of earlier events is filled in, and what
  /// can't be known from it begins now. What is there already of a definition that was in force before, and is again, was
  /// never without it: had the facet seen an event in between, it would have dropped it. Before an event is added to any of
  /// the facet's lists.
  package func catchUp(_ body: inout FacetBody) {
    guard latestMs > body.definedMs ?? 0 else { return }
    var aggregates = (body.aggregates ?? []).filter { aggregate in
      computed.contains { $0.name == aggregate.attribute && $0.version == aggregate.version }
    }
    if !body.counts.isEmpty {
      for attribute in computed where attribute.definedMs > body.definedMs ?? 0 {
        let isThere = aggregates.contains {
          $0.attribute == attribute.name && $0.version == attribute.version
        }
        if !isThere { aggregates.append(attribute.filledBack(body)) }
      }
    }
    body.aggregates = aggregates.isEmpty ? nil : aggregates
    body.definedMs = latestMs
  }

  // MARK: Answering

  /// What systems of record say, by name; where they disagree, what holds by the catalogue's rule.
  package func said(_ view: CustomerView) -> [Attribute] {
    view.attributes.map { said($0.name, view) ?? $0 }
  }

  private func said(_ name: String, _ view: CustomerView) -> Attribute? {
    conflicts[name].flatMap { view.said(name, $0.rule, $0.sources) }
  }

  /// Whether the attribute is computed or decided.
  package func defines(_ name: String) -> Bool { defined[name] != nil }

  package func value(_ name: String, _ situation: Situation) -> AttributeValue? {
    switch defined[name] {
    case .computed(let attribute): attribute.value(aggregates(attribute, situation.view), situation.nowMs)
    case .decided(let attribute): attribute.value(situation)
    case nil: said(name, situation.view)?.value ?? situation.view.attribute(name)
    }
  }

  /// Of a decided attribute the case that holds, by its place; nil: none does.
  package func decidingCase(_ name: String, _ situation: Situation) -> Int? {
    if case .decided(let attribute) = defined[name] { attribute.holding(situation) } else { nil }
  }

  /// From when on the value can be relied on; nil: it can be now. `Int64.max`: never, what is missing stays missing.
  package func exactFromMs(_ name: String, _ view: CustomerView, nowMs: Int64) -> Int64? {
    let attribute: ComputedAttribute
    switch defined[name] {
    case .computed(let computed): attribute = computed
    case .decided(let decided): return exactFromMs(decided.queries, view, nowMs: nowMs)
    case nil: return nil
    }
    let aggregates = aggregates(attribute, view)
    guard let sinceMs = aggregates.compactMap(\.sinceMs).max() else { return nil }
    switch attribute.computation.take {
    // What was missed in one facet may be later than what is known of another.
    case .last, .recency:
      let latestMs = aggregates.lazy.flatMap(\.tiles).map(\.atMs).max()
      if let latestMs, latestMs >= sinceMs, attribute.value(aggregates, nowMs) != nil { return nil }
    case .count, .sum, .distinct, .first, .decayed, .favourite: break
    }
    guard let windowMs = attribute.computation.windowMs else { return .max }
    let exactMs = sinceMs + windowMs + attribute.computation.tileMs
    return exactMs > nowMs ? exactMs : nil
  }

  /// The same of who is in a segment.
  package func exactFromMs(ofSegment name: String, _ view: CustomerView, nowMs: Int64) -> Int64? {
    segmentPredicates[name].flatMap { exactFromMs($0.queries.queries, view, nowMs: nowMs) }
  }

  /// What is decided by others can be relied on when all of them can.
  private func exactFromMs(_ queries: [Query], _ view: CustomerView, nowMs: Int64) -> Int64? {
    queries.compactMap { query in
      switch query {
      case .customerAttribute(let name): exactFromMs(name, view, nowMs: nowMs)
      case .inSegment(let name): exactFromMs(ofSegment: name, view, nowMs: nowMs)
      default: nil
      }
    }.max()
  }

  /// The rule by which the attribute's value holds where systems of record disagree.
  package func rule(of name: String) -> ConflictRule { conflicts[name]?.rule ?? .latest }

  /// The strongest first; empty where the rule doesn't ask.
  package func sources(of name: String) -> [String] { conflicts[name]?.sources ?? [] }

  package func isIn(_ segment: String, _ situation: Situation) -> Bool {
    segmentPredicates[segment]?.holds(situation) ?? false
  }

  /// The segments that the customer is in, in the catalogue's order.
  package func segments(_ situation: Situation) -> [String] {
    var names: [String] = []
    for segment in segmentsInOrder where segment.predicate.holds(situation) { names.append(segment.name) }
    return names
  }

  /// The next time at which he may be in others without an event; nil: never.
  package func nextSegmentChangeMs(_ situation: Situation) -> Int64? {
    segmentsInOrder.reduce(nil) { earliest($0, $1.predicate.nextChangeMs(situation)) }
  }

  /// The next time after the situation's at which an attribute's value may be another.
  func nextChangeMs(_ name: String, _ situation: Situation, thresholds: [Double]?) -> Int64? {
    switch defined[name] {
    case .computed(let attribute):
      attribute.nextChangeMs(aggregates(attribute, situation.view), situation.nowMs, thresholds: thresholds)
    case .decided(let attribute): attribute.nextChangeMs(situation)
    case nil: nil
    }
  }

  func nextChangeMs(ofSegment name: String, _ situation: Situation) -> Int64? {
    segmentPredicates[name]?.nextChangeMs(situation)
  }

  /// Of every facet what it has of the attribute; what the aggregator hasn't filled back yet is filled back here.
  private func aggregates(_ attribute: ComputedAttribute, _ view: CustomerView) -> [Aggregate] {
    view.bodies.compactMap { body in
      if let known = body.aggregates?.first(where: {
        $0.attribute == attribute.name && $0.version == attribute.version
      }) {
        return known
      }
      // Of one that has seen no event nothing was missed.
      return !body.counts.isEmpty && attribute.definedMs > body.definedMs ?? 0 ? attribute.filledBack(body) : nil
    }
  }

  private static func fingerprint(_ catalog: Catalog) -> Int64 {
    var said = Catalog(version: "", appliedMs: 0, name: "", currency: catalog.currency)
    (said.attributes, said.conditions, said.segments) = (catalog.attributes, catalog.conditions, catalog.segments)
    // How it is called changes nothing of what is known.
    for index in said.attributes.indices { (said.attributes[index].title, said.attributes[index].titles) = (nil, nil) }
    for index in (said.segments ?? []).indices { said.segments?[index].titles = nil }
    let interests = groupInterests(catalog).sorted().joined(separator: "\u{1f}")
    return SHA256.hash(JSONCoding.encode(said) + interests.utf8).prefix(7).reduce(0) { $0 << 8 | Int64($1) }
  }

  /// Without segments there are no groups to tell.
  private static func groupInterests(_ catalog: Catalog) -> Set<String> {
    catalog.segments?.isEmpty == false ? Set(catalog.propositions.map(\.group)) : []
  }
}

extension Catalog {
  /// When what is computed of customers was last another, as far as is known; 0: it never was.
  package var latestDefinedMs: Int64 {
    max(definedMs ?? 0, attributes.lazy.filter { $0.computation != nil }.compactMap(\.definedMs).max() ?? 0)
  }
}

extension ComputedAttribute {
  /// What a facet's older lists tell of the attribute. They know lifetimes, not windows.
  func filledBack(_ body: FacetBody) -> Aggregate {
    let sinceMs = body.lastSeenMs
    var aggregate = Aggregate(attribute: name, version: version, sinceMs: sinceMs)
    guard computation.windowMs == nil else { return aggregate }
    let channels = computation.matching.filter { $0.field == ComputedField.channel.rawValue }.map(\.value)
    guard channels.count == computation.matching.count else { return aggregate }
    let counts = body.counts.filter { count in
      count.event == computation.event && channels.allSatisfy { $0 == count.channel }
    }
    // A full list may have lost some.
    let isWhole = body.counts.count < FacetBody.countsMax
    switch computation.take {
    // The orders in any channel are counted apart from refunds, those in one are not.
    case .count where event == .orderPlaced && channels.isEmpty && body.orders.count < FacetBody.ordersMax:
      let total = body.orders.reduce(0) { $0 + $1.count }
      aggregate.tiles = total > 0 ? [AggregateTile(atMs: 0, amount: total)] : []
      aggregate.sinceMs = nil
    case .count where isWhole && event != .orderPlaced:
      let total = counts.reduce(0) { $0 + $1.count }
      aggregate.tiles = total > 0 ? [AggregateTile(atMs: 0, amount: total)] : []
      aggregate.sinceMs = nil
    case .sum where event == .orderPlaced && channels.isEmpty && body.orders.count < FacetBody.ordersMax:
      let total = body.orders.first { $0.currency == currency }?.amountMinor ?? 0
      aggregate.tiles = total != 0 ? [AggregateTile(atMs: 0, amount: total)] : []
      aggregate.sinceMs = nil
    case .recency where event == .orderPlaced && channels.isEmpty:
      if let lastMs = body.orders.lazy.filter({ $0.count > 0 }).map(\.lastMs).max() {
        aggregate.tiles = [AggregateTile(atMs: lastMs)]
        aggregate.sinceMs = nil
      }
    default: break
    }
    return aggregate
  }
}
