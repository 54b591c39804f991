import Contracts

// A facet follows its identifier: out of one profile, and whole into the other.

extension Facets {
  /// The linker's verdict on this identifier. Where it moved, the old profile hears that the facet left and the new one
  /// receives all that is known under it; both under the new version, which later events of the facet carry too.
  package func mapped(_ state: FacetState?, _ entry: IdentityMapEntry, now: Int64) -> Decision<FacetState> {
    guard entry.version > (state?.version ?? 0) else { return judged(state, entry) }
    var moved = state ?? FacetState(identifier: entry.identifier, profile: mint.profile(entry.identifier))
    if state == nil { moved.body = FacetBody(firstSeenMs: entry.verdict.atMs, lastSeenMs: entry.verdict.atMs) }
    moved.nowMs = max(moved.nowMs, now, entry.verdict.atMs)
    moved.noteJudged(entry.judged)
    let old = moved.profile
    // Its own profile has never heard of an identifier without events; there is nothing to leave.
    let wasKnown = moved.version > 0 || moved.seq > 0
    moved.profile = entry.profile
    moved.version = entry.version
    var emissions: [Emission] = []
    if wasKnown, old != entry.profile {
      let move = FacetMove(profile: entry.profile, identifier: entry.identifier)
      emissions.append(say(.facetLeft, to: old, move, moved, entry))
    }
    // Nor does it when one comes back that was only ever spoken of.
    if moved.seq > 0 || entry.profile != mint.profile(entry.identifier) {
      let move = FacetMove(profile: old, identifier: entry.identifier, body: moved.body)
      emissions.append(say(.facetReceived, to: entry.profile, move, moved, entry))
    }
    return Decision(.set(moved), emissions)
  }

  private func judged(_ state: FacetState?, _ entry: IdentityMapEntry) -> Decision<FacetState> {
    guard var state else { return .nothing }
    let before = state.judged
    state.noteJudged(entry.judged)
    return state.judged == before ? .nothing : Decision(.set(state))
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
