import Contracts

// How an event changes what is known under an identifier: the one function that the facet's owner and the profile share.
// It depends on the body and the event alone. A contact that was given up for silence only changes its own end, and
// comes back to life with its next event: so the body does not depend on when somebody looked at the clock.

extension FacetBody {
  package mutating func apply(_ event: FacetEvent, _ definitions: CustomerDefinitions = .none) {
    if event.isAbandonment { return abandonContact(event) }
    definitions.catchUp(&self)
    // Without events of its own a facet only has the time of a claim, and of which one depends on the order of judging.
    firstSeenMs = counts.isEmpty ? event.timeMs : min(firstSeenMs, event.timeMs)
    lastSeenMs = counts.isEmpty ? event.timeMs : max(lastSeenMs, event.timeMs)
    count(event.type.shortName, event.interaction.channel ?? "")
    if event.type.showsInterest, let category = event.interaction.category { interest(category, event.timeMs) }
    let isAgain = isPresentedAgain(event)
    touchContact(event)
    if let outcome = event.type.outcome, !isAgain { respond(outcome, event) }
    switch event.type {
    case .consentGiven, .consentWithdrawn:
      if let purpose = event.interaction.purpose {
        consent(Consent(purpose: purpose, isGiven: event.type == .consentGiven, atMs: event.timeMs))
      }
    case .customerRecorded:
      for item in event.interaction.attributes?.items ?? [] {
        var attribute = Attribute(name: item.name, value: item.value, atMs: event.timeMs, source: event.source)
        attribute.isVerified = event.interaction.verified
        say(attribute, definitions.rule(of: item.name), sources: definitions.sources(of: item.name))
      }
    case .orderPlaced: order(event.interaction, event.timeMs)
    case .relationRecorded:
      // Whoever else names somebody that said it is not believed.
      let source = event.source == aggregatorSource ? event.interaction.saidBy ?? event.source : event.source
      if let relation = event.interaction.relation(atMs: event.timeMs, source: source) {
        say(relation, isSinceSaid: event.interaction.since != nil)
      }
    default: break
    }
    definitions.take(event.type, event.interaction, atMs: event.timeMs, into: &self)
  }

  private mutating func count(_ event: String, _ channel: String) {
    if let index = counts.firstIndex(where: { $0.event == event && $0.channel == channel }) {
      counts[index].count += 1
    } else {
      if counts.count >= Self.countsMax {
        counts.remove(at: counts.indices.min { counts[$0].count < counts[$1].count }!)
      }
      counts.append(EventCount(event: event, channel: channel, count: 1))
    }
  }

  private mutating func interest(_ category: String, _ timeMs: Int64) {
    if let index = interests.firstIndex(where: { $0.category == category }) {
      interests[index].count += 1
      interests[index].lastMs = max(interests[index].lastMs, timeMs)
    } else {
      interests.append(Interest(category: category, count: 1, lastMs: timeMs))
      interests.dropOldest(above: Self.interestsMax) { (0, $0.lastMs) }
    }
  }

  private mutating func consent(_ consent: Consent) {
    if let index = consents.firstIndex(where: { $0.purpose == consent.purpose }) {
      if consent.atMs >= consents[index].atMs { consents[index] = consent }
    } else {
      consents.append(consent)
      // A yes that is forgotten is asked for again; a no that is forgotten approaches him all the same. And topics there are
      // many of.
      consents.dropOldest(above: Self.consentsMax) { (($0.isOfTopic ? 0 : 2) + ($0.isGiven ? 0 : 1), $0.atMs) }
    }
  }

  private mutating func order(_ interaction: Interaction, _ timeMs: Int64) {
    guard let currency = interaction.currency, let amountMinor = interaction.amountMinor else { return }
    // A refund takes from the sum and is no order.
    let isOrder = amountMinor >= 0
    if let index = orders.firstIndex(where: { $0.currency == currency }) {
      orders[index].count += isOrder ? 1 : 0
      orders[index].amountMinor = orders[index].amountMinor.addingWithinBounds(amountMinor)
      if isOrder { orders[index].lastMs = max(orders[index].lastMs, timeMs) }
    } else {
      let total = OrderTotal(
        currency: currency, count: isOrder ? 1 : 0, amountMinor: amountMinor, lastMs: isOrder ? timeMs : 0)
      orders.append(total)
      orders.dropOldest(above: Self.ordersMax) { (0, $0.lastMs) }
    }
  }

  /// A list that is drawn once more is not one more presentation. An answer counts as often as it is said under another
  /// id: whether it was said before can't be known of a device whose turns are heard of later.
  private func isPresentedAgain(_ event: FacetEvent) -> Bool {
    guard event.type == .nbaPresented, let contact = contacts.first(where: { $0.id == event.interaction.contact })
    else { return false }
    return contact.responses.contains {
      $0.list == event.interaction.list && $0.proposition == event.interaction.proposition
    }
  }

  private mutating func respond(_ outcome: Outcome, _ event: FacetEvent) {
    guard let proposition = event.interaction.proposition else { return }
    let channel = event.interaction.channel ?? ""
    let index =
      offers.firstIndex { $0.proposition == proposition && $0.channel == channel }
      ?? {
        offers.append(OfferHistory(proposition: proposition, channel: channel))
        return offers.count - 1
      }()
    switch outcome {
    case .presented: offers[index].present(atMs: event.timeMs)
    case .clicked:
      offers[index].clicked += 1
      offers[index].lastClickedMs = max(offers[index].lastClickedMs ?? event.timeMs, event.timeMs)
    case .rejected: offers[index].reject(atMs: event.timeMs)
    case .accepted:
      offers[index].accepted += 1
      offers[index].lastAcceptedMs = max(offers[index].lastAcceptedMs ?? event.timeMs, event.timeMs)
    }
    // What he answered keeps its rest, however much he is shown besides.
    offers.dropOldest(above: Self.offersMax) {
      (
        $0.rejected + $0.accepted > 0 ? 1 : 0,
        max($0.lastPresentedMs ?? 0, $0.lastAcceptedMs ?? 0, $0.lastRejectedMs ?? 0, $0.lastClickedMs ?? 0)
      )
    }
  }
}

extension Array {
  /// Drops an element where there are more than `limit`: of the least worth the one whose time lies furthest back, the
  /// first of several.
  mutating func dropOldest(above limit: Int, _ rank: (Element) -> (worth: Int, timeMs: Int64)) {
    guard count > limit, let oldest = indices.min(by: { rank(self[$0]) < rank(self[$1]) }) else { return }
    remove(at: oldest)
  }
}
