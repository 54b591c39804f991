/// The customer as readers see him: a pure fold over the facets of a profile. It depends on the set of facets alone, so
/// that uniting and parting profiles needs nothing but moving facets.
public struct CustomerView: Sendable, Equatable {
  public var profile: String
  public var nowMs: Int64
  public var identifiers: [Identifier] = []
  public var firstSeenMs: Int64 = 0
  public var lastSeenMs: Int64 = 0
  public var counts: [EventCount] = []
  /// Most recent first.
  public var interests: [Interest] = []
  public var offers: [OfferHistory] = []
  public var orders: [OrderTotal] = []
  public var approaches: [Approaches] = []
  /// Per purpose the latest word; of two at the same time, the withdrawal.
  public var consents: [Consent] = []
  /// Per name the latest value. Where the catalogue has another rule, its definitions say which holds.
  public var attributes: [Attribute] = []
  /// Of each person, organisation and role the latest word, those that ended too.
  public var relations: [Relation] = []
  public var leads: [LeadSummary]
  public var refusals: [RefusedAcceptance]
  /// Earliest first.
  public var contacts: [ContactView] = []
  /// What is kept of computed attributes is in them: the catalogue's definitions answer from it.
  let bodies: [FacetBody]

  public init(_ state: ProfileState) {
    profile = state.id
    nowMs = state.nowMs
    leads = state.leads
    refusals = state.refusals ?? []
    // By id, because the order of facets in the state is history, and the view must not depend on it.
    let facets = state.facets.count > 1 ? state.facets.sorted { $0.id < $1.id } : state.facets
    bodies = facets.map(\.body)
    // A device may be there more than once, in several of its generations.
    for identifier in facets.lazy.compactMap(\.identifier) where identifiers.last != identifier {
      identifiers.append(identifier)
    }
    // What was only ever named, and nothing done under it, has the time of whichever claim moved it.
    let isOnlyNamed = facets.allSatisfy(\.body.counts.isEmpty)
    let seen = facets.lazy.filter { isOnlyNamed || !$0.body.counts.isEmpty }
    firstSeenMs = seen.map(\.body.firstSeenMs).min() ?? 0
    lastSeenMs = seen.map(\.body.lastSeenMs).max() ?? 0
    if facets.count == 1 { take(facets[0].body) } else { for facet in facets { add(facet.body) } }
    attributes = facets.lazy.flatMap(\.body.attributes).reduce(into: []) { names, attribute in
      if !names.contains(attribute.name) { names.append(attribute.name) }
    }.compactMap { said($0, .latest, []) }
    interests.sort { ($1.lastMs, $0.category) < ($0.lastMs, $1.category) }
    contacts = ContactView.merged(facets)
  }

  /// All that there is, where there is but one facet: nothing in its lists stands for the same as something else in them.
  private mutating func take(_ body: FacetBody) {
    counts = body.counts
    interests = body.interests
    offers = body.offers
    orders = body.orders
    approaches = body.approaches ?? []
    relations = body.relations ?? []
    consents = body.consents
  }

  private mutating func add(_ body: FacetBody) {
    for other in body.counts {
      merge(other, into: &counts, where: { $0.event == other.event && $0.channel == other.channel }) {
        $0.count += other.count
      }
    }
    for other in body.interests {
      merge(other, into: &interests, where: { $0.category == other.category }) {
        $0.count += other.count
        $0.lastMs = max($0.lastMs, other.lastMs)
      }
    }
    for other in body.offers {
      merge(other, into: &offers, where: { $0.proposition == other.proposition && $0.channel == other.channel }) {
        $0.unite(other)
      }
    }
    for other in body.orders {
      merge(other, into: &orders, where: { $0.currency == other.currency }) {
        $0.count += other.count
        $0.amountMinor = $0.amountMinor.addingWithinBounds(other.amountMinor)
        $0.lastMs = max($0.lastMs, other.lastMs)
      }
    }
    for other in body.approaches ?? [] {
      merge(other, into: &approaches, where: { $0.channel == other.channel }) {
        for day in other.days { $0.days.add(day.count, day: day.day) }
      }
    }
    for other in body.relations ?? [] {
      merge(other, into: &relations, where: { $0.isSame(as: other) }) { if other.holds(over: $0) { $0 = other } }
    }
    for other in body.consents {
      merge(other, into: &consents, where: { $0.purpose == other.purpose }) {
        if other.atMs > $0.atMs || (other.atMs == $0.atMs && !other.isGiven) { $0 = other }
      }
    }
  }

  /// What holds of all that systems of record say, by that rule.
  func said(_ name: String, _ rule: ConflictRule, _ sources: [String]) -> Attribute? {
    rule.winner(bodies.flatMap { $0.attributes.filter { $0.name == name } }, sources: sources)
  }

  public func attribute(_ name: String) -> AttributeValue? { attributes.first { $0.name == name }?.value }

  public func consent(_ purpose: String) -> Consent? { consents.first { $0.purpose == purpose } }

  public func interest(_ category: String) -> Interest? { interests.first { $0.category == category } }

  /// How often it happened, in that channel or, with nil, in any.
  public func count(_ event: String, channel: String? = nil) -> Int64 {
    counts.reduce(0) { $1.event == event && (channel == nil || $1.channel == channel) ? $0 + $1.count : $0 }
  }

  public func contact(_ id: String) -> ContactView? { contacts.first { $0.id == id } }
}

/// The parts of one contact as one.
public struct ContactView: Sendable, Equatable {
  public var contact: Contact
  /// The version of the facet that the contact was started under. It grows when the facet moves to another profile, and
  /// with it the versions of the contact's lists, whoever makes them.
  public var facetVersion: Int64
  /// The facet that the contact was started under; nil where this profile has only other parts of it.
  public var facet: String?

  public var id: String { contact.id }
  public var isEnded: Bool { contact.endedMs != nil }

  /// The version of this contact's n-th list at this profile.
  public func listVersion(_ n: Int64) -> Int64 { facetVersion * Self.versionStep + n }

  package static let versionStep: Int64 = 1_000_000

  static func merged(_ facets: [Facet]) -> [ContactView] {
    var order: [String] = []
    var parts: [String: [(facet: Facet, contact: Contact)]] = [:]
    for facet in facets {
      for contact in facet.body.contacts {
        if parts[contact.id] == nil { order.append(contact.id) }
        parts[contact.id, default: []].append((facet, contact))
      }
    }
    return order.map { ContactView(parts[$0]!) }
      .sorted { ($0.contact.startedMs, $0.id) < ($1.contact.startedMs, $1.id) }
  }

  private init(_ parts: [(facet: Facet, contact: Contact)]) {
    // What somebody else has gone on with is the same visit where it turns out to be the same customer's.
    let isHis = { (part: (facet: Facet, contact: Contact)) in part.contact.endReason != Contact.handedOver }
    let started =
      parts.lazy.filter { $0.contact.isStarted && isHis($0) }.min { $0.contact.startedMs < $1.contact.startedMs }
      ?? parts.first { $0.contact.isStarted }
    let lead = started ?? parts[0]
    contact = lead.contact
    facetVersion = lead.facet.version
    facet = started?.facet.id
    if started == nil { contact.startedMs = parts.lazy.map(\.contact.startedMs).min() ?? contact.startedMs }
    contact.lastMs = parts.lazy.map(\.contact.lastMs).max() ?? contact.lastMs
    contact.replyTo = contact.replyTo ?? parts.lazy.compactMap(\.contact.replyTo).first
    // The channel's word closes the whole contact; silence closes it only when every part has fallen silent.
    let ends = parts.filter { $0.contact.endedMs != nil }
    // One that began again since is not over.
    let said = ends.filter { end in
      end.contact.endReason == Contact.ended
        && !parts.contains { $0.contact.isStarted && $0.contact.startedMs > end.contact.endedMs! }
    }
    if let end = said.min(by: { $0.contact.endedMs! < $1.contact.endedMs! }) {
      (contact.endedMs, contact.endReason) = (end.contact.endedMs, end.contact.endReason)
    } else if let end = ends.max(by: { $0.contact.endedMs! < $1.contact.endedMs! }),
      ends.count == parts.count || Self.areOver(parts)
    {
      (contact.endedMs, contact.endReason) = (end.contact.endedMs, end.contact.endReason)
      if contact.endReason == Contact.handedOver { contact.endedMs = contact.lastMs }
    } else {
      (contact.endedMs, contact.endReason) = (nil, nil)
    }
    guard parts.count > 1 else { return }
    for part in parts where !isHis(part) { contact.add(part.contact) }
    contact.responses = []
    for response in parts.flatMap(\.contact.responses) {
      merge(
        response, into: &contact.responses,
        where: { $0.list == response.list && $0.proposition == response.proposition }
      ) {
        if response.outcome.weight > $0.outcome.weight { $0 = response }
      }
    }
    contact.responses.sort { ($0.atMs, $0.list, $0.proposition) < ($1.atMs, $1.list, $1.proposition) }
    let earlier = parts.flatMap { $0.contact.earlierPresentations ?? [] }
    contact.earlierPresentations = earlier.isEmpty ? nil : earlier.reduce(into: []) { $0.add($1) }
  }
}

extension ContactView {
  /// Every part is ended, or one of a device that somebody else has gone on with it on.
  private static func areOver(_ parts: [(facet: Facet, contact: Contact)]) -> Bool {
    let handedOver = parts.filter { $0.contact.isStarted && $0.contact.endReason == Contact.handedOver }
    return !handedOver.isEmpty
      && parts.allSatisfy { part in
        part.contact.endedMs != nil
          || !part.contact.isStarted && handedOver.contains { $0.facet.identifier == part.facet.identifier }
      }
  }
}

extension Contact {
  /// Somebody else has logged in on the device, and goes on with it.
  public static let handedOver = "handed-over"

  /// What is known of it from before.
  fileprivate mutating func add(_ before: Contact) {
    intent = intent ?? before.intent
    placement = placement ?? before.placement
    actor = actor ?? before.actor
    for item in before.context.items where context[item.name] == nil { context[item.name] = item.value }
  }
}

extension Outcome {
  /// Of two outcomes of one proposition the heavier counts.
  public var weight: Int {
    switch self {
    case .presented: 0
    case .clicked: 1
    case .rejected: 2
    case .accepted: 3
    }
  }
}

extension OfferHistory {
  /// The history of the same proposition and channel under another identifier, added to this one.
  public mutating func unite(_ other: OfferHistory) {
    addRejections(other.rejectionTimesMs)
    presented += other.presented
    clicked += other.clicked
    accepted += other.accepted
    rejected += other.rejected
    lastPresentedMs = latest(lastPresentedMs, other.lastPresentedMs)
    lastAcceptedMs = latest(lastAcceptedMs, other.lastAcceptedMs)
    lastRejectedMs = latest(lastRejectedMs, other.lastRejectedMs)
    lastClickedMs = latest(lastClickedMs, other.lastClickedMs)
    if let days = other.presentedDays { for day in days { addPresentations(day.count, day: day.day) } }
  }

  /// Counts a presentation, in total and on its day.
  public mutating func present(atMs: Int64) {
    presented += 1
    lastPresentedMs = latest(lastPresentedMs, atMs)
    addPresentations(1, day: atMs / 86_400_000)
  }

  /// Counts a rejection, in total and by its time.
  public mutating func reject(atMs: Int64) {
    addRejections([atMs])
    rejected += 1
    lastRejectedMs = latest(lastRejectedMs, atMs)
  }

  /// When it was rejected, earliest first. Of rejections from before their times were kept it is only known how many there
  /// were, and when the last was: they all count as of then.
  var rejectionTimesMs: [Int64] {
    if let rejectedAtMs { return rejectedAtMs }
    guard let lastRejectedMs, rejected > 0 else { return [] }
    return Array(repeating: lastRejectedMs, count: Int(min(rejected, Int64(Self.rejectedAtMax))))
  }

  /// How often it was presented on the last `days` days, the day of `nowMs` among them.
  public func presentations(withinDays days: Int, nowMs: Int64) -> Int64 {
    if let presentedDays { return presentedDays.sum(withinDays: days, nowMs: nowMs) }
    let first = [DayCount].firstDay(within: days, nowMs: nowMs)
    return lastPresentedMs.map { $0 / 86_400_000 >= first } == true ? presented : 0
  }

  /// The latest of all times are the latest of the latest, so it doesn't matter what is added to what first.
  private mutating func addRejections(_ timesMs: [Int64]) {
    let known = rejectionTimesMs
    if known.isEmpty, timesMs.isEmpty { return }
    rejectedAtMs = Array((known + timesMs).sorted().suffix(Self.rejectedAtMax))
  }

  private mutating func addPresentations(_ count: Int64, day: Int64) {
    var days = presentedDays ?? []
    days.add(count, day: day)
    presentedDays = days
  }
}

/// The later of two times, where there are any.
package func latest(_ a: Int64?, _ b: Int64?) -> Int64? {
  guard let a, let b else { return a ?? b }
  return max(a, b)
}

/// Adds to the element that matches, or appends: the lists of a profile are short, and scanning them beats hashing.
private func merge<Element>(
  _ element: Element, into list: inout [Element], where matches: (Element) -> Bool, _ unite: (inout Element) -> Void
) {
  if let index = list.firstIndex(where: matches) { unite(&list[index]) } else { list.append(element) }
}
