import Contracts

// The contacts of a facet. One that began under another identifier leaves a part here, with `isStarted` false: readers
// unite the parts. The one that was silent longest makes room; if it was still open, its owner ends it first.

extension FacetBody {
  /// The contact that the event will displace, if it does.
  package func displaced(by event: FacetEvent) -> Contact? {
    guard let id = event.interaction.contact, !event.isAbandonment, contacts.count >= Self.contactsMax,
      !contacts.contains(where: { $0.id == id }),
      let oldest = contacts.min(by: { $0.lastMs < $1.lastMs }), oldest.lastMs <= event.timeMs
    else { return nil }
    return oldest
  }

  /// When the first open contact will have been silent for that long.
  package func nextSilenceMs(idleMs: Int64) -> Int64? {
    contacts.lazy.filter { $0.endedMs == nil }.map { $0.lastMs + idleMs }.min()
  }

  /// Another goes on with it.
  mutating func end(_ id: String) {
    guard let index = contacts.firstIndex(where: { $0.id == id }) else { return }
    (contacts[index].endedMs, contacts[index].endReason) = (contacts[index].lastMs, Contact.handedOver)
  }

  /// Goes on with another's, of whose answers and circumstances nothing comes along. The one that makes room for it is gone.
  mutating func goOn(with other: Contact) -> Contact? {
    if let index = contacts.firstIndex(where: { $0.id == other.id }) {
      if !contacts[index].isStarted {
        (contacts[index].isStarted, contacts[index].startedMs) = (true, other.startedMs)
        (contacts[index].channel, contacts[index].direction) = (other.channel, other.direction)
      }
      contacts[index].startedMs = min(contacts[index].startedMs, other.startedMs)
      // He has it again.
      if contacts[index].endReason == Contact.handedOver { contacts[index].reopen() }
      contacts[index].placement = contacts[index].placement ?? other.placement
      contacts[index].replyTo = contacts[index].replyTo ?? other.replyTo
      contacts[index].lastMs = max(contacts[index].lastMs, other.lastMs)
      return nil
    }
    // What was given before, and has made room since, does not come back.
    guard other.endedMs == nil else { return nil }
    var contact = Contact(
      id: other.id, channel: other.channel, direction: other.direction, isStarted: true, startedMs: other.startedMs)
    (contact.lastMs, contact.placement, contact.replyTo) = (other.lastMs, other.placement, other.replyTo)
    contacts.append(contact)
    guard contacts.count > Self.contactsMax, let oldest = contacts.min(by: { $0.lastMs < $1.lastMs }) else {
      return nil
    }
    contacts.removeAll { $0.id == oldest.id }
    return oldest
  }

  mutating func touchContact(_ event: FacetEvent) {
    guard let id = event.interaction.contact else { return }
    guard let index = contactIndex(id, event) else {
      // Heard so late that its contact has made room; that he was approached counts all the same.
      if event.type == .contactStarted, event.interaction.direction == "outbound" {
        approach(event.interaction.channel ?? "", event.timeMs)
      }
      return
    }
    if event.type == .contactStarted {
      let isNew = !contacts[index].isStarted
      start(&contacts[index], event)
      if isNew, contacts[index].direction == "outbound" { approach(contacts[index].channel, event.timeMs) }
    } else if contacts[index].endReason == Contact.abandoned, event.timeMs > contacts[index].lastMs,
      event.type != .contactEnded
    {
      contacts[index].reopen()
    }
    if !contacts[index].isStarted { contacts[index].startedMs = min(contacts[index].startedMs, event.timeMs) }
    contacts[index].lastMs = max(contacts[index].lastMs, event.timeMs)
    if let replyTo = event.replyTo { contacts[index].replyTo = replyTo }
    if let context = event.interaction.context { contacts[index].add(context) }
    if let outcome = event.type.outcome, let list = event.interaction.list,
      let proposition = event.interaction.proposition
    {
      contacts[index].respond(Response(list: list, proposition: proposition, outcome: outcome, atMs: event.timeMs))
    }
    // One that began again since is not over.
    let isBefore = contacts[index].isStarted && event.timeMs < contacts[index].startedMs
    if event.type == .contactEnded, contacts[index].endReason != Contact.ended, !isBefore {
      contacts[index].endedMs = event.timeMs
      contacts[index].endReason = Contact.ended
    }
  }

  private mutating func approach(_ channel: String, _ timeMs: Int64) {
    var all = approaches ?? []
    let index = all.firstIndex { $0.channel == channel } ?? all.count
    if index == all.count { all.append(Approaches(channel: channel)) }
    all[index].add(atMs: timeMs)
    all.dropOldest(above: Self.approachesMax) { (0, $0.days.last?.day ?? 0) }
    approaches = all
  }

  mutating func abandonContact(_ event: FacetEvent) {
    guard let index = contacts.firstIndex(where: { $0.id == event.interaction.contact && $0.endedMs == nil }) else {
      return
    }
    contacts[index].endedMs = event.timeMs
    contacts[index].endReason = Contact.abandoned
  }

  /// nil for a late event of a contact that is older than all that are kept.
  private mutating func contactIndex(_ id: String, _ event: FacetEvent) -> Int? {
    if let index = contacts.firstIndex(where: { $0.id == id }) { return index }
    if contacts.count >= Self.contactsMax {
      guard let displaced = displaced(by: event) else { return nil }
      contacts.removeAll { $0.id == displaced.id }
    }
    contacts.append(
      Contact(
        id: id, channel: event.interaction.channel ?? "", direction: "inbound", isStarted: false,
        startedMs: event.timeMs))
    return contacts.count - 1
  }

  private func start(_ contact: inout Contact, _ event: FacetEvent) {
    // The same id again, after the end: a channel that numbers its contacts anew, or a customer who came back.
    if let endedMs = contact.endedMs, event.timeMs > endedMs || contact.endReason == Contact.abandoned {
      contact.reopen()
    }
    contact.startedMs = contact.isStarted ? min(contact.startedMs, event.timeMs) : event.timeMs
    contact.isStarted = true
    if let channel = event.interaction.channel { contact.channel = channel }
    if let direction = event.interaction.direction { contact.direction = direction }
    contact.placement = event.interaction.placement ?? contact.placement
    contact.intent = event.interaction.intent ?? contact.intent
    contact.actor = event.interaction.actor ?? contact.actor
  }
}

extension Contact {
  package static let abandoned = "abandoned"

  fileprivate mutating func reopen() {
    endedMs = nil
    endReason = nil
  }

  /// Nothing has happened in it since then, and nobody has said that it is over, or his no more.
  func isSilent(sinceMs: Int64) -> Bool { [nil, Contact.abandoned].contains(endReason) && lastMs <= sinceMs }

  fileprivate mutating func add(_ context: NamedValues) {
    for item in context.items
    where self.context[item.name] != nil || self.context.items.count < Interaction.namedValuesMax {
      self.context[item.name] = item.value
    }
  }

  /// Keeps the weightiest outcome of each list and proposition. Of what makes room is kept how often it was presented.
  fileprivate mutating func respond(_ response: Response) {
    if let index = responses.firstIndex(where: { $0.list == response.list && $0.proposition == response.proposition }) {
      if response.outcome.weight > responses[index].outcome.weight { responses[index] = response }
    } else {
      // An answer to a list so early is one to a presentation that is counted there.
      if response.outcome != .presented { changeEarlier { $0.takeBack(response.proposition) } }
      if responses.count >= FacetBody.responsesMax {
        let earliest = responses.remove(at: responses.firstIndex { $0.outcome == .presented } ?? 0)
        changeEarlier { $0.add(EarlierPresentations(earliest)) }
      }
      responses.append(response)
    }
  }

  private mutating func changeEarlier(_ change: (inout [EarlierPresentations]) -> Void) {
    var earlier = earlierPresentations ?? []
    change(&earlier)
    // What was presented least is missed least.
    earlier.dropOldest(above: FacetBody.earlierPresentationsMax) { (Int($0.count), $0.lastMs) }
    earlierPresentations = earlier.isEmpty ? nil : earlier
  }
}
