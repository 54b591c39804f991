// What a catalogue's definitions of customers must keep to: computed and decided attributes, and segments.

extension CatalogCheck {
  /// What is said about how an attribute comes about.
  mutating func definition(_ attribute: AttributeDeclaration, _ place: String) {
    if attribute.computation != nil || attribute.cases != nil, attribute.scope != .customer {
      fail("\(place).scope", "what comes out of events is the customer's, not a contact's")
    }
    if let computation = attribute.computation {
      if attribute.cases != nil { fail("\(place).cases", "it is computed already, by take") }
      self.computation(computation, place)
      if attribute.kind != computation.kind {
        fail("\(place).type", "what it has is a \(computation.kind.rawValue), whatever is said here")
      }
      number(Int64(attribute.version ?? 1), "\(place).version", 1...1_000_000)
    }
    if attribute.conflict != nil, attribute.scope != .customer {
      fail("\(place).conflict", "only of a customer do several systems say something")
    }
    if attribute.conflict == .strongest, attribute.sources?.isEmpty != false {
      fail("\(place).sources", "strongest needs the sources, the strongest first")
    } else if attribute.conflict != .strongest, attribute.sources != nil {
      fail("\(place).sources", "only where conflict is strongest they have an order")
    }
    guard let cases = attribute.cases else { return }
    if cases.isEmpty { fail("\(place).cases", "the list is empty") }
    if attribute.kind != .string { fail("\(place).type", "what it has is a string, whatever is said here") }
    for (index, one) in cases.enumerated() {
      filled(one.value, "\(place).cases[\(index)].value")
      declared(one.value, attribute, "\(place).cases[\(index)].value")
    }
    if let otherwise = attribute.otherwise { declared(otherwise, attribute, "\(place).otherwise") }
  }

  private mutating func declared(_ value: String, _ attribute: AttributeDeclaration, _ place: String) {
    guard !attribute.values.isEmpty else { return }
    reference(value, "declared value", place, among: Set(attribute.values))
  }

  private mutating func computation(_ computation: Computation, _ place: String) {
    let events = EventType.allCases.filter { $0.topic != nil }
    guard let event = events.first(where: { $0.shortName == computation.event }) else {
      return reference(computation.event, "event", "\(place).event", among: Set(events.map(\.shortName)))
    }
    let fields = Set(ComputedField.all(of: event).map(\.rawValue))
    let take = computation.take.rawValue
    if computation.takesField {
      if let field = computation.of {
        reference(field, "field", "\(place).of", among: fields)
      } else {
        fail("\(place).take", "\(take) needs the field that it looks at: of")
      }
    } else if computation.of != nil {
      fail("\(place).of", "\(take) looks at no field")
    }
    for match in computation.matching { reference(match.field, "field", "\(place).where", among: fields) }
    if computation.take == .sum, !event.fields.contains(where: { $0.name == "amountMinor" }) {
      fail("\(place).event", "\(computation.event) has no amount that could be summed up")
    }
    duration(computation.windowMs, "\(place).over", isTaken: computation.takesWindow, isNeeded: false, take)
    duration(
      computation.halfLifeMs, "\(place).halfLife", isTaken: computation.takesHalfLife,
      isNeeded: computation.takesHalfLife, take)
  }

  private mutating func duration(
    _ ms: Int64?, _ place: String, isTaken: Bool, isNeeded: Bool, _ take: String
  ) {
    guard let ms else {
      if isNeeded { fail(place, "\(take) needs one") }
      return
    }
    if !isTaken { return fail(place, "\(take) takes none") }
    if !(Computation.hourMs...Computation.windowMaxMs).contains(ms) { fail(place, "lies outside 1h…365d") }
  }

  /// Cases and segments: predicates that hold or don't in any contact, and that no circle leads through. All other
  /// predicates take so many steps.
  mutating func customers(_ steps: Int) {
    var wrong: [(place: String, errors: PredicateErrors)] = []
    let predicates = CustomerPredicates(catalog) { wrong.append(($0, $1)) }
    for one in wrong { fail(one.place, one.errors.errors) }
    // Only what can be read goes in circles.
    guard wrong.isEmpty else { return }
    var sizes = DefinitionSizes(predicates)
    if let mistake = sizes.mistake(in: catalog) { return fail(mistake.place, mistake.error.message) }
    if steps <= PredicateSize.allStepsMax, steps + sizes.steps > PredicateSize.allStepsMax {
      return fail("propositions", PredicateError.tooMuchInAll.message)
    }
    definitions = CustomerDefinitions(catalog, predicates)
  }
}
