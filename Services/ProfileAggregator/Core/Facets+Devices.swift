import Contracts

// Devices that several have in turn, at their facet's owner, and at the facets of those who have them.

extension Facets {
  /// Who is known by name remembers when he was last seen on which device: should he lose it to somebody who was on it
  /// earlier, he has it again.
  func noteSeen(_ state: inout FacetState, _ named: [Identifier], atMs: Int64) {
    guard named.count > 1, namespaces.isKnown(state.identifier.namespace) else { return }
    let joining = namespaces.byStrength(named).filter {
      ![.contact, .organisation].contains(namespaces[$0.namespace]?.kind)
    }
    for other in joining where namespaces[other.namespace]?.kind == .device {
      state.noteSeen(on: other, beside: joining.prefix { $0 != other }.filter { $0 != state.identifier }, atMs: atMs)
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
      // Said once, whatever comes of it: so there is an end.
      let seen = state.devices.remove(at: place)
      state.noteJudged([seen.identifier])
      let claim = IdentityClaim(
        id: "seen:\(state.identifier):\(seen.identifier):\(seen.atMs)", source: aggregatorSource, atMs: seen.atMs,
        identifiers: namespaces.byStrength([state.identifier] + seen.beside + [seen.identifier]))
      let said = Envelope(id: claim.id, source: claim.source, type: IdentityClaim.type, timeMs: seen.atMs)
      claims.append(Emission(Topics.identityClaims, key: IdentityClaim.key, said, claim.json))
    }
    return claims
  }

  /// A visit goes on whoever logs in: what was open then is his who has the device since, without what the one before said
  /// in it; with him it has ended. Nothing else is, however late it is heard of. Both profiles receive their facets anew,
  /// under the next number.
  func handOver(_ state: inout FacetState, because cause: String) -> [Emission] {
    let before = state.all.map(\.body.contacts)
    guard before.contains(where: { !$0.isEmpty }) else { return [] }
    var displaced: [(contact: Contact, at: Int)] = []
    for generation in state.generations { settle(generation, &state, &displaced) }
    var emissions: [Emission] = []
    for (contact, generation) in displaced {
      state.with(generation) { emissions.append(abandon(contact, &$0, atMs: contact.lastMs)) }
    }
    for (old, generation) in zip(before, state.all) where old != generation.body.contacts {
      state.with(generation.number) { state in
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

  /// What of one generation's contacts is another's.
  private func settle(
    _ generation: Int, _ state: inout FacetState, _ displaced: inout [(contact: Contact, at: Int)]
  ) {
    for var contact in state.contacts(of: generation) where contact.isStarted {
      // In whichever of his generations.
      contact.lastMs = state.lastMs(of: contact, in: generation)
      let owner = state.switches.generation(atMs: contact.lastMs + contactIdleMs)
      if contact.endReason == Contact.ended, let endedMs = contact.endedMs {
        // It was over before the one who has the device since could go on with it. What others did in it stays.
        for other in state.generations where other != generation {
          state.with(other) {
            $0.body.contacts.removeAll { $0.id == contact.id && $0.isStarted && $0.isSilent(sinceMs: endedMs) }
          }
        }
      } else if contact.endedMs == nil || contact.endReason == Contact.handedOver, owner != generation,
        state.generations.contains(owner)
      {
        state.with(generation) { $0.body.end(contact.id) }
        state.with(owner) { state in
          if let gone = state.body.goOn(with: contact), gone.endedMs == nil { displaced.append((gone, owner)) }
        }
      }
    }
  }
}
