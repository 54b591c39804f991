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
  /// Some of those whose list is another, those with another first place before the rest.
  package private(set) var examples: [Example] = []
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
    guard let later = customer.after else { return }
    after?.add(later)
    let (one, other) = (customer.before.propositions, later.propositions)
    guard one != other else { return }
    otherList += 1
    let example = Example(profile: customer.profile, before: one, after: other)
    if example.isOtherFirst { otherFirst += 1 }
    if examples.count < Self.examplesMax {
      examples.append(example)
    } else if example.isOtherFirst, let place = examples.lastIndex(where: { !$0.isOtherFirst }) {
      examples[place] = example
    }
  }

  package static let examplesMax = 50

  /// A customer, and what is on his list by the two catalogues, best first.
  package struct Example: Sendable, Equatable {
    package let profile: String
    package let before: [String]
    package let after: [String]

    package var isOtherFirst: Bool { before.first != after.first }
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

extension Portfolio {
  /// Those on the list, best first.
  fileprivate var propositions: [String] { ranked.map { catalog.propositions[$0].id } }
}
