import Contracts

/// Gives out the units of propositions of which there are only so many over all customers. One key has all limits of one
/// proposition, so there is one writer for them: never is more given out than there is. It may be less, where what was
/// given is not known any more when it comes back.
package struct Budgets: Sendable {
  private let mint: IdMint
  /// Of the propositions of the catalogue in force.
  private var limits: [String: [PropositionLimit]] = [:]

  package init(mint: IdMint) { self.mint = mint }

  package mutating func take(_ catalog: Catalog) {
    limits = Dictionary(catalog.propositions.map { ($0.id, $0.limits ?? []) }, uniquingKeysWith: { first, _ in first })
  }

  package struct Decision: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable { case granted, refused, repeated, returned, ignored }

    /// Whatever is answered is recorded with it, also where nothing is counted.
    package var budget: Budget
    package var answer: BudgetAnswer?
    package var outcome: Outcome
  }

  /// `now` is when the request was heard.
  package func decide(
    _ key: String, _ budget: Budget?, _ type: BudgetRequestType, _ request: BudgetRequest, now: Int64
  ) throws(Refusal) -> Decision {
    try Self.check(key, type, request)
    guard limits[key] != nil || budget != nil else {
      throw Self.refusal("proposition", "no catalogue that is in force has a proposition \(key)")
    }
    var next = budget ?? Budget(proposition: key, nowMs: now)
    next.nowMs = max(next.nowMs, now)
    if let limits = limits[key] { next.apply(limits) }
    next.beginPeriods()
    let reservation = mint.holder("reservation", "\(request.profile)\u{1f}\(request.askedMs)")
    switch type {
    case .reserve:
      return next.give(.contacts, mint.holder("contact", request.contact), reservation, request)
    case .claim:
      return next.give(.acceptances, mint.holder("lead", request.lead ?? ""), reservation, request)
    case .release:
      let isReturned = next.takeBack(mint.holder("contact", request.contact), reservation)
      return Decision(budget: next, answer: nil, outcome: isReturned ? .returned : .ignored)
    }
  }

  private static func check(_ key: String, _ type: BudgetRequestType, _ request: BudgetRequest) throws(Refusal) {
    guard request.proposition == key else {
      throw refusal("proposition", "is \(request.proposition), but the record's key is \(key)")
    }
    guard !request.contact.isEmpty else { throw refusal("contact", "is empty") }
    guard !request.profile.isEmpty else { throw refusal("profile", "is empty") }
    if type == .claim, request.lead ?? "" == "" { throw refusal("lead", "a claim has the lead that waits for it") }
  }

  private static func refusal(_ field: String, _ reason: String) -> Refusal {
    Refusal(stage: "budget", field: field, reason: reason)
  }
}

extension Budget {
  /// A limit that is changed goes on from what was taken, also one that was away for a while; a new one begins with what is
  /// given out from now on. What a catalogue doesn't have any more stays limited as it was.
  fileprivate mutating func apply(_ limits: [PropositionLimit]) {
    for index in counts.indices { counts[index].isInForce = false }
    for limit in limits {
      if let index = counts.firstIndex(where: { $0.limit.of == limit.of && $0.limit.per == limit.per }) {
        (counts[index].limit, counts[index].isInForce) = (limit, true)
      } else {
        counts.append(BudgetCount(limit: limit, sinceMs: nowMs))
        // Nobody's unit comes back to it that it never counted.
        for index in holders.indices where holders[index].of == limit.of { holders[index].reservation = nil }
      }
    }
  }

  fileprivate mutating func beginPeriods() {
    for index in counts.indices {
      let startMs = counts[index].limit.per.startMs(at: nowMs)
      if startMs > counts[index].sinceMs { (counts[index].sinceMs, counts[index].taken) = (startMs, 0) }
    }
  }

  /// A unit of every limit that has the measure, or of none. Who has one already takes none of the same periods again.
  fileprivate mutating func give(
    _ measure: PropositionLimit.Measure, _ holder: String, _ reservation: String, _ request: BudgetRequest
  ) -> Budgets.Decision {
    var answer = BudgetAnswer(
      proposition: proposition, contact: request.contact, lead: measure == .acceptances ? request.lead : nil,
      askedMs: request.askedMs, isGranted: true)
    let held = holders.firstIndex { $0.id == holder }
    let wanted = counts.indices.filter { index in
      counts[index].limit.of == measure && held.map { holders[$0].atMs < counts[index].sinceMs } ?? true
    }
    if let full = wanted.first(where: { counts[$0].isInForce && counts[$0].taken >= counts[$0].limit.max }) {
      (answer.isGranted, answer.reached) = (false, counts[full].limit)
      return Budgets.Decision(budget: self, answer: answer, outcome: .refused)
    }
    for index in wanted { counts[index].taken += 1 }
    if let held {
      holders[held].atMs = nowMs
      // Two have a hand in it now, and neither knows what the other has shown: so it never comes back.
      if holders[held].reservation != reservation { holders[held].reservation = nil }
    } else if counts.contains(where: { $0.limit.of == measure }) {
      holders.append(BudgetHolder(id: holder, atMs: nowMs, of: measure, reservation: reservation))
      if holders.count > Self.holdersMax { holders.removeFirst() }
    }
    return Budgets.Decision(budget: self, answer: answer, outcome: wanted.isEmpty ? .repeated : .granted)
  }

  /// To the limits that it was taken from, in the periods that it was taken in; from whom it was given to alone.
  fileprivate mutating func takeBack(_ holder: String, _ reservation: String) -> Bool {
    guard let index = holders.firstIndex(where: { $0.id == holder && $0.reservation == reservation }) else {
      return false
    }
    let held = holders.remove(at: index)
    for index in counts.indices
    where counts[index].limit.of == held.of && counts[index].sinceMs <= held.atMs && counts[index].taken > 0 {
      counts[index].taken -= 1
    }
    return true
  }
}
