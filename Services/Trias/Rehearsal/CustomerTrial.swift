import Contracts
import NbaScorerCore

/// Decides for customers as they are known, by a catalogue and, where there is one, by a draft of another. As in operation
/// with what the models and groups have learned and what is left of what is limited, only that nothing is drawn and nobody is
/// in a control group: the two differ by what the catalogues say and by nothing else.
package struct CustomerTrial: Sendable {
  package let inForce: CompiledCatalog
  /// nil: it is only asked what the customers get.
  package let draft: CompiledCatalog?
  private let models: ModelSet
  private let groups: GroupSet
  private let budgets: BudgetBook
  private let newContact: Contact
  private let isAlwaysNew: Bool
  private let nowMs: Int64
  private let settings: ScoringSettings

  /// `newContact` is the one of who is in none, and of everybody where it is always new; it begins at `nowMs`, for which
  /// everybody is decided.
  package init(
    inForce: CompiledCatalog, draft: CompiledCatalog? = nil, models: ModelSet, groups: GroupSet = GroupSet(),
    budgets: BudgetBook = BudgetBook(), newContact: Contact, isAlwaysNew: Bool = false,
    listLength: Int = ScoringSettings().listLength,
    knownNamespaces: [String]? = nil, nowMs: Int64
  ) {
    (self.inForce, self.draft, self.models, self.groups) = (inForce, draft, models, groups)
    self.budgets = budgets
    (self.newContact, self.isAlwaysNew, self.nowMs) = (newContact, isAlwaysNew, nowMs)
    var settings = ScoringSettings(listLength: listLength, isSampling: false)
    settings.usesControlGroups = false
    settings.knownNamespaces = knownNamespaces
    self.settings = settings
  }

  /// A contact that nobody is in.
  package static func newContact(channel: String, direction: String, placement: String?) -> Contact {
    var contact = Contact(id: "rehearsal", channel: channel, direction: direction, isStarted: true, startedMs: 0)
    contact.placement = placement
    return contact
  }

  package func decide(_ profile: ProfileState) -> RehearsedCustomer {
    let view = CustomerView(profile)
    let open = view.contacts.last { !$0.isEnded && $0.facet != nil }?.contact
    // A customer's own time may be ahead of this clock.
    let nowMs = max(view.nowMs, nowMs)
    var contact = newContact
    (contact.startedMs, contact.lastMs) = (nowMs, nowMs)
    if let open, !isAlwaysNew { contact = open }
    return RehearsedCustomer(
      profile: profile.id, nowMs: nowMs, contact: contact, open: open, isInContact: open != nil && !isAlwaysNew,
      before: portfolio(inForce, view, contact, nowMs), after: draft.map { portfolio($0, view, contact, nowMs) })
  }

  private func portfolio(
    _ catalog: CompiledCatalog, _ view: CustomerView, _ contact: Contact, _ nowMs: Int64
  ) -> Portfolio {
    let situation = Situation(
      view: view, contact: contact, nowMs: nowMs, currency: catalog.catalog.currency,
      knownNamespaces: settings.knownNamespaces, definitions: catalog.definitions)
    return Portfolio(
      catalog, situation, settings, .models(models), group: groups.standIn(situation),
      units: budgets.units(by: catalog, at: nowMs))
  }
}

/// What one customer would get.
package struct RehearsedCustomer: Sendable {
  package let profile: String
  /// The moment for which it was decided.
  package let nowMs: Int64
  package let contact: Contact
  /// The contact that he is in, be it the one that was decided for or not.
  package let open: Contact?
  /// False: the contact that was decided for is made up.
  package let isInContact: Bool
  package let before: Portfolio
  package let after: Portfolio?

  /// One proposition by the two catalogues; nil where a catalogue doesn't have it.
  package struct Comparison: Sendable {
    package let proposition: String
    package let before: Explanation.Entry?
    package let after: Explanation.Entry?

    package var isListed: Bool { before?.rank != nil || after?.rank != nil }

    /// Why it came or went, and what else is said of it otherwise; nil: nothing is.
    package var why: String? {
      switch (before?.rank, after?.rank) {
      case (nil, _?): "came: " + (before.map { "it dropped out at \(Self.drop($0))" } ?? "it is new")
      case (_?, nil): "went: " + (after.map { "it drops out at \(Self.drop($0))" } ?? "there is no such proposition")
      case (_?, _?): factors
      case (nil, nil): before?.drop == after?.drop ? nil : "\(Self.state(before)) → \(Self.state(after))"
      }
    }

    private static func state(_ entry: Explanation.Entry?) -> String { entry.map(drop) ?? "not in the catalogue" }

    private static func drop(_ entry: Explanation.Entry) -> String {
      guard let drop = entry.drop else { return "no stage" }
      return "\(drop.stage.rawValue): \(drop.rule)" + (entry.refusal.map { " (\($0))" } ?? "")
    }

    /// Of those that weigh, which aren't what they were; of its probability and value the table has columns.
    private var factors: String? {
      guard let before, let after else { return nil }
      let factors = [
        ("context", before.contextWeight, after.contextWeight, after.contexts + before.contexts),
        ("lever", before.lever, after.lever, after.levers + before.levers),
      ].compactMap { name, one, other, names -> String? in
        guard one != other, let one, let other else { return nil }
        var said: [String] = []
        for name in names where !said.contains(name) { said.append(name) }
        return "\(name) × \(Self.short(one)) → × \(Self.short(other)) (\(said.joined(separator: ", ")))"
      }
      return factors.isEmpty ? nil : factors.joined(separator: "; ")
    }

    private static func short(_ number: Double) -> String {
      AttributeValue.number((number * 100).rounded() / 100).description
    }
  }

  /// Those on either list first, as they stand on the later one, then on the earlier; then those that dropped out.
  package var comparisons: [Comparison] {
    let earlier = before.entries()
    guard let later = after?.entries() else {
      return earlier.map { Comparison(proposition: $0.proposition, before: $0, after: $0) }
    }
    let known = Dictionary(earlier.map { ($0.proposition, $0) }) { first, _ in first }
    let kept = Set(later.map(\.proposition))
    let all =
      later.map { Comparison(proposition: $0.proposition, before: known[$0.proposition], after: $0) }
      + earlier.lazy.filter { !kept.contains($0.proposition) }
      .map { Comparison(proposition: $0.proposition, before: $0, after: nil) }
    func place(_ index: Int) -> (Int, Int, Int) {
      (all[index].after?.rank ?? .max, all[index].before?.rank ?? .max, index)
    }
    return all.indices.sorted { place($0) < place($1) }.map { all[$0] }
  }
}
