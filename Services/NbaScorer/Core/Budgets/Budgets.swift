import Contracts

/// Gives out the units of propositions of which there are only so many over all customers. One key has all limits of one
/// proposition, so there is one writer for them, and whoever has an answer has it in an order: never is more given out
/// than there is. It may be less, where what was given is not known any more when it comes back.
package struct Budgets: Sendable {
  package let mint: IdMint

  package init(mint: IdMint) { self.mint = mint }

  package struct Decision: Sendable, Equatable {
    /// nil: it stays as it was. Whatever is answered is recorded with it, also where nothing is counted.
    package var budget: Budget?
    package var answer: BudgetAnswer?
  }

  package static let limitsMax = PropositionLimit.Measure.allCases.count * PropositionLimit.Period.allCases.count

  package func decide(
    _ key: String, _ budget: Budget?, _ type: BudgetRequestType, _ request: BudgetRequest, now: Int64
  ) throws(Refusal) -> Decision {
    try Self.check(key, type, request)
    var next = budget ?? Budget(proposition: key, nowMs: now)
    next.nowMs = now
    next.learn(request, now: now)
    next.beginPeriods(now: now)
    var answer: BudgetAnswer?
    switch type {
    case .reserve:
      answer = next.take(.contacts, for: mint.holder("contact", request.contact), request, now: now)
    case .claim:
      answer = next.take(.acceptances, for: mint.holder("lead", request.lead ?? ""), request, now: now)
    case .release:
      next.giveBack(mint.holder("contact", request.contact))
    }
    return Decision(
      budget: answer != nil || budget.map { $0.holders != next.holders } == true ? next : nil, answer: answer)
  }

  private static func check(_ key: String, _ type: BudgetRequestType, _ request: BudgetRequest) throws(Refusal) {
    guard request.proposition == key else {
      throw refusal("proposition", "is \(request.proposition), but the record's key is \(key)")
    }
    guard request.limits.count <= limitsMax else {
      throw refusal("limits", "there are \(request.limits.count), more than \(limitsMax)")
    }
    for (index, limit) in request.limits.enumerated() {
      guard (0...Catalog.limitMax).contains(limit.max) else {
        throw refusal("limits[\(index)].max", "takes 0 to \(Catalog.limitMax); is \(limit.max)")
      }
      if request.limits[..<index].contains(where: { $0.of == limit.of && $0.per == limit.per }) {
        throw refusal("limits[\(index)]", "\(limit.of.rawValue) per \(limit.per.rawValue) are limited already")
      }
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
  /// The newest catalogue's limits hold, whoever tells of them: an instance that hasn't read it yet still asks by the one
  /// before. What was taken by a limit that stays is taken; a new one begins with what is given out from now on.
  fileprivate mutating func learn(_ request: BudgetRequest, now: Int64) {
    let number = CatalogSuccession.number(request.catalogVersion) ?? 0
    guard number > catalogNumber || counts.isEmpty else { return }
    catalogNumber = max(catalogNumber, number)
    counts = request.limits.map { limit in
      guard var count = counts.first(where: { $0.limit.of == limit.of && $0.limit.per == limit.per }) else {
        // Nobody's unit comes back to it that it never counted.
        let isFirst = !holders.contains { $0.of == limit.of }
        return BudgetCount(limit: limit, sinceMs: isFirst ? limit.per.startMs(at: now) : now)
      }
      count.limit = limit
      return count
    }
  }

  fileprivate mutating func beginPeriods(now: Int64) {
    for index in counts.indices {
      let startMs = counts[index].limit.per.startMs(at: now)
      if startMs > counts[index].sinceMs { (counts[index].sinceMs, counts[index].taken) = (startMs, 0) }
    }
  }

  /// A unit of every limit that has the measure, or of none.
  fileprivate mutating func take(
    _ measure: PropositionLimit.Measure, for holder: String, _ request: BudgetRequest, now: Int64
  ) -> BudgetAnswer {
    var answer = BudgetAnswer(
      proposition: proposition, contact: request.contact, lead: measure == .acceptances ? request.lead : nil,
      isGranted: true)
    if holders.contains(where: { $0.id == holder }) { return answer }
    if let reached = reached(measure, at: now) {
      (answer.isGranted, answer.reached) = (false, reached)
      return answer
    }
    guard counts.contains(where: { $0.limit.of == measure }) else { return answer }
    for index in counts.indices where counts[index].limit.of == measure { counts[index].taken += 1 }
    holders.append(BudgetHolder(id: holder, atMs: now, of: measure))
    if holders.count > Self.holdersMax { holders.removeFirst() }
    return answer
  }

  /// To the limits that it was taken from, in the periods that it was taken in.
  fileprivate mutating func giveBack(_ holder: String) {
    guard let index = holders.firstIndex(where: { $0.id == holder }) else { return }
    let held = holders.remove(at: index)
    for index in counts.indices
    where counts[index].limit.of == held.of && counts[index].sinceMs < held.atMs && counts[index].taken > 0 {
      counts[index].taken -= 1
    }
  }
}
