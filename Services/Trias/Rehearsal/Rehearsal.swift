import Contracts
import NbaScorerCore

/// What a sample of customers would get by the catalogue in force, and the difference that a draft would make.
package struct Rehearsal: Sendable {
  package private(set) var customers = 0
  /// Of them, who were decided for in the contact that they are in.
  package private(set) var inContact = 0
  /// Whose list has other propositions, or the same in another order.
  package private(set) var otherList = 0
  /// Whose first place is another's.
  package private(set) var otherFirst = 0
  /// By what becomes of their lists, in the sample's order.
  private var changed: [Change: [String]] = [:]
  package private(set) var before: Tally
  /// nil: there is no draft.
  package private(set) var after: Tally?

  package init(of profiles: some Sequence<ProfileState>, by trial: CustomerTrial) {
    before = Tally(trial.inForce)
    after = trial.draft.map { Tally($0) }
    for profile in profiles { add(trial.decide(profile)) }
  }

  private mutating func add(_ customer: RehearsedCustomer) {
    customers += 1
    if customer.isInContact { inContact += 1 }
    before.add(customer.before)
    if let later = customer.after { after?.add(later) }
    changed[customer.change, default: []].append(customer.profile)
    switch customer.change {
    case .first: (otherList, otherFirst) = (otherList + 1, otherFirst + 1)
    case .list: otherList += 1
    case .none: break
    }
  }

  /// All of the sample, by profile: those whose first place becomes another's, then those whose list does, then the rest.
  package var profiles: [String] { Change.allCases.flatMap { changed[$0] ?? [] } }

  /// What a draft makes of a customer's list.
  package enum Change: Sendable, CaseIterable {
    /// Another has the first place.
    case first
    /// It has other propositions, or the same in another order.
    case list
    case none
  }

  /// What one catalogue's lists come to.
  package struct Tally: Sendable {
    /// By proposition, on how many lists it is, and on how many the first.
    package struct Places: Sendable, Equatable {
      package var listed = 0
      package var first = 0
    }

    package let currency: String
    /// All of the catalogue's.
    package private(set) var places: [String: Places]
    /// How many propositions dropped out where, of all customers.
    package private(set) var dropped: [Stage: Int] = [:]
    /// Expected, probability × value, in minor units: of the first places and of whole lists, all customers together.
    package private(set) var firstMinor = 0.0
    package private(set) var listMinor = 0.0

    init(_ catalog: CompiledCatalog) {
      currency = catalog.catalog.currency
      places = Dictionary(catalog.propositions.map { ($0.id, Places()) }) { first, _ in first }
    }

    mutating func add(_ portfolio: Portfolio) {
      for count in portfolio.dropped { dropped[count.stage, default: 0] += count.count }
      for (place, index) in portfolio.ranked.enumerated() {
        let proposition = portfolio.catalog.propositions[index]
        let expected = portfolio.candidates[index].probability * Double(proposition.proposition.valueMinor)
        places[proposition.id]?.listed += 1
        listMinor += expected
        guard place == 0 else { continue }
        places[proposition.id]?.first += 1
        firstMinor += expected
      }
    }
  }

  /// One proposition's places by the two catalogues; nil where a catalogue doesn't have it.
  package struct PlacesChange: Sendable, Equatable {
    package let proposition: String
    package let before: Tally.Places?
    package let after: Tally.Places?

    /// The same by either, and nobody's.
    package var isNobodys: Bool { (before?.listed ?? 0) == 0 && (after?.listed ?? 0) == 0 }

    fileprivate var order: (Int, Int, String) {
      let (one, other) = (before ?? Tally.Places(), after ?? Tally.Places())
      return (
        -max(abs(other.listed - one.listed), abs(other.first - one.first)), -max(one.listed, other.listed), proposition
      )
    }
  }

  /// Those whose places change most first, then those that most customers get. Without a draft both are the same.
  package var places: [PlacesChange] {
    let later = after?.places ?? before.places
    return Set(before.places.keys).union(later.keys).map {
      PlacesChange(proposition: $0, before: before.places[$0], after: later[$0])
    }.sorted { $0.order < $1.order }
  }
}

extension RehearsedCustomer {
  package var change: Rehearsal.Change {
    guard let after else { return .none }
    let (one, other) = (before.propositions, after.propositions)
    return one == other ? .none : one.first == other.first ? .list : .first
  }
}

extension Portfolio {
  /// Those on the list, best first.
  fileprivate var propositions: [String] { ranked.map { catalog.propositions[$0].id } }
}
