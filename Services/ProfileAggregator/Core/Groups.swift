import Contracts

/// Adds up what customers give to the group of a segment, and says what they are like together: only where there are
/// enough of them, only after as many have changed, and only in round numbers.
package struct Groups: Sendable {
  /// A group has at least so many customers, and as many have changed between two aggregates of it.
  package static let sizeMin = 20

  private let sizeMin: Int
  private let step: Int64

  package init(sizeMin: Int = Groups.sizeMin, step: Int64 = GroupAggregate.step) {
    self.sizeMin = sizeMin
    self.step = step
  }

  /// `segment` is the record's key.
  package func contribution(
    _ segment: String, _ state: GroupState?, _ data: [UInt8]?, now: Int64
  ) throws(Refusal) -> Decision<GroupState> {
    guard let data else { throw Refusal(stage: "schema", reason: "the record has no data") }
    let contribution = try GroupContribution(data: data)
    var state = state ?? GroupState()
    state.nowMs = max(state.nowMs, now)
    state.take(contribution)
    if state.changed.count < sizeMin, !state.changed.contains(contribution.customer) {
      state.changed.append(contribution.customer)
    }
    if state.members < sizeMin {
      guard state.isSaid else { return Decision(.set(state)) }
      // Who changed since the last aggregate still counts: else the next would differ from it by the few who left and came.
      state.isSaid = false
      return said(segment, state, members: 0, interests: [])
    }
    guard state.changed.count >= sizeMin else { return Decision(.set(state)) }
    state.changed = []
    state.isSaid = true
    let interests = state.interests.map { GroupInterest(category: $0.category, members: rounded($0.members)) }
    return said(segment, state, members: rounded(state.members), interests: interests.filter { $0.members > 0 })
  }

  private func said(
    _ segment: String, _ state: GroupState, members: Int64, interests: [GroupInterest]
  ) -> Decision<GroupState> {
    var state = state
    state.version += 1
    let aggregate = GroupAggregate(
      segment: segment, version: state.version, atMs: state.nowMs, members: members, interests: interests)
    let envelope = Envelope(
      id: "group:\(segment):\(state.version)", source: aggregatorSource, type: GroupAggregate.type, timeMs: state.nowMs)
    return Decision(.set(state), [Emission(Topics.groupAggregates, key: segment, envelope, aggregate.json)])
  }

  /// To the nearest step; what is less than one is not said at all.
  private func rounded(_ count: Int64) -> Int64 { count < step ? 0 : (count + step / 2) / step * step }
}
