import Contracts

// A facet follows its identifier: out of one profile, and whole into the other.

extension Facets {
  /// The linker's verdict on this identifier. Where it moved, the old profile hears that the facet left and the new one
  /// receives all that is known under it; both under the new version, which later events of the facet carry too. A device
  /// may have a new generation, or be in another one from now on.
  package func mapped(_ state: FacetState?, _ entry: IdentityMapEntry, now: Int64) -> Decision<FacetState> {
    var moved = state ?? FacetState(identifier: entry.identifier, profile: mint.profile(entry.identifier))
    var emissions: [Emission] = []
    moved.with(0) { move(&$0, to: entry.profile, entry.version, entry, now: now, &emissions) }
    for generation in entry.generations ?? [] {
      if !moved.generations.contains(generation.number) {
        let own = mint.profile(entry.identifier, generation: generation.number)
        moved.others.append(
          FacetGeneration(number: generation.number, profile: own, version: 0, seq: 0, body: FacetBody()))
      }
      moved.with(generation.number) {
        move(&$0, to: generation.profile, generation.version, entry, now: now, &emissions)
      }
    }
    // An earlier word may come once more, late; what it says of turns and of what is judged is no longer so.
    let isLate = moved.lastClaim.map { entry.lastClaim ?? 0 <= $0 } ?? false
    if entry.generations != nil, !isLate {
      moved.switches = entry.switches ?? []
      moved.turn(to: moved.switches.generation(atMs: .max))
    }
    if !moved.others.isEmpty {
      emissions += handOver(&moved, because: entry.verdict.claim)
      moved.nextDueMs = moved.nextSilenceMs(idleMs: contactIdleMs)
    }
    if !isLate, entry.generations != nil || entry.reopened != nil || moved.lastClaim != nil {
      moved.lastClaim = entry.lastClaim
    }
    // Of what stays where it has always been, and was never seen, nothing is kept.
    if state == nil, entry.version == 0, entry.generations == nil { return .nothing }
    if !isLate {
      moved.noteJudged(entry.judged)
      emissions += reopen(&moved, entry)
    }
    return emissions.isEmpty && moved == state ? .nothing : Decision(.set(moved), emissions)
  }

  private func move(
    _ facet: inout FacetState, to profile: String, _ version: Int64, _ entry: IdentityMapEntry, now: Int64,
    _ emissions: inout [Emission]
  ) {
    guard version > facet.version else { return }
    let own = mint.profile(facet.identifier, generation: facet.generation)
    // Its own profile has never heard of an identifier without events; there is nothing to leave.
    let wasKnown = facet.version > 0 || facet.seq > 0
    if !wasKnown { facet.body = FacetBody(firstSeenMs: entry.verdict.atMs, lastSeenMs: entry.verdict.atMs) }
    facet.nowMs = max(facet.nowMs, now, entry.verdict.atMs)
    let old = facet.profile
    facet.profile = profile
    facet.version = version
    if wasKnown, old != profile {
      let move = FacetMove(profile: profile, identifier: entry.identifier)
      emissions.append(say(.facetLeft, to: old, move, facet, entry))
    }
    // Nor does it when one comes back that was only ever spoken of.
    if facet.seq > 0 || profile != own {
      let move = FacetMove(profile: old, identifier: entry.identifier, body: facet.body)
      emissions.append(say(.facetReceived, to: profile, move, facet, entry))
    }
  }

  private func say(
    _ type: EventType, to profile: String, _ move: FacetMove, _ state: FacetState, _ entry: IdentityMapEntry
  ) -> Emission {
    var envelope = Envelope(
      id: "\(type == .facetLeft ? "left" : "received"):\(state.id):\(state.version)", source: aggregatorSource,
      type: type.rawValue, timeMs: state.nowMs)
    envelope.causationId = entry.verdict.claim
    envelope.facet = FacetReference(facet: state.id, version: state.version, seq: state.seq)
    return Emission(Topics.profileTimeline, key: profile, envelope, move.json)
  }
}
