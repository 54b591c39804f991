import Contracts

// Devices that several have in turn, at their facet's owner, and at the facets of those who have them.

extension Facets {
  /// Who is known by name remembers when he was last seen on which device: should he lose it to somebody who was on it
  /// earlier, he has it again.
  func noteSeen(_ state: inout FacetState, _ named: [Identifier], atMs: Int64) {
    guard named.count > 1, namespaces.isKnown(state.identifier.namespace) else { return }
    for other in named where namespaces[other.namespace]?.kind == .device {
      state.noteSeen(on: other, atMs: atMs)
    }
  }

  /// What is another's now must be claimed again; at once where he was seen on it since the other was. So it doesn't matter
  /// whether he was heard of first, or says nothing more.
  func reopen(_ state: inout FacetState, _ entry: IdentityMapEntry) -> [Emission] {
    var claims: [Emission] = []
    for lost in entry.reopened ?? [] where state.judged.contains(lost.identifier) {
      state.judged.removeAll { $0 == lost.identifier }
      guard let sinceMs = lost.sinceMs,
        let place = state.devices.firstIndex(where: { $0.identifier == lost.identifier && $0.atMs > sinceMs })
      else { continue }
      let seen = state.devices.remove(at: place)
      state.noteJudged([seen.identifier])
      let claim = IdentityClaim(
        id: "seen:\(state.identifier):\(seen.identifier):\(seen.atMs)", source: aggregatorSource, atMs: seen.atMs,
        identifiers: namespaces.byStrength([state.identifier, seen.identifier]))
      let said = Envelope(id: claim.id, source: claim.source, type: IdentityClaim.type, timeMs: seen.atMs)
      claims.append(Emission(Topics.identityClaims, key: IdentityClaim.key, said, claim.json))
    }
    return claims
  }

  /// A visit goes on whoever logs in: what is open is with the one who has the device now, and what has ended with the one
  /// who had it then, whatever of it was heard of first. Both profiles receive their facets anew, under the next number.
  func handOver(_ state: inout FacetState, because cause: String) -> [Emission] {
    var order: [String] = []
    var parts: [String: [(contact: Contact, at: Int)]] = [:]
    for generation in state.all {
      for contact in generation.body.contacts {
        if parts[contact.id] == nil { order.append(contact.id) }
        parts[contact.id, default: []].append((contact, generation.number))
      }
    }
    var given: [(contact: Contact, to: Int)] = []
    var changed: Set<Int> = []
    for parts in order.map({ parts[$0]! }) {
      var contact = parts[0].contact
      for part in parts.dropFirst() { contact.unite(part.contact) }
      let then = contact.endedMs.map { state.switches.generation(atMs: $0) } ?? state.generation
      let owner = state.generations.contains(then) ? then : state.generation
      guard parts.count > 1 || parts[0].at != owner else { continue }
      given.append((contact, owner))
      for part in parts {
        changed.insert(part.at)
        state.with(part.at) { $0.body.contacts.removeAll { $0.id == contact.id } }
      }
    }
    guard !given.isEmpty else { return [] }
    var emissions: [Emission] = []
    for (contact, owner) in given {
      changed.insert(owner)
      state.with(owner) { state in
        if let displaced = state.body.take(contact), displaced.endedMs == nil {
          emissions.append(abandon(displaced, &state, atMs: displaced.lastMs))
        }
      }
    }
    for generation in changed.sorted() {
      state.with(generation) { state in
        state.seq += 1
        let move = FacetMove(profile: state.profile, identifier: state.identifier, body: state.body)
        var envelope = Envelope(
          id: "handed:\(state.id):\(state.version):\(state.seq)", source: aggregatorSource,
          type: EventType.facetReceived.rawValue, timeMs: state.nowMs)
        envelope.causationId = cause
        envelope.facet = FacetReference(facet: state.id, version: state.version, seq: state.seq)
        emissions.append(Emission(Topics.profileTimeline, key: state.profile, envelope, move.json))
      }
    }
    return emissions
  }
}
