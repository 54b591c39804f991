// The parts of a catalogue, one after the other, and what each must keep to.

extension CatalogCheck {
  mutating func times() {
    func look(_ ms: Int64?, _ place: String) {
      if let ms, !Catalog.timeMsRange.contains(ms) { fail(place, "\(ms) lies outside of the years 1970 to 9999") }
    }
    look(catalog.appliedMs, "appliedMs")
    look(catalog.definedMs, "definedMs")
    for (index, attribute) in catalog.attributes.enumerated() {
      look(attribute.definedMs, "attributes[\(index)].definedMs")
    }
    for (index, proposition) in catalog.propositions.enumerated() where !isRepeated(index) {
      look(proposition.validFromMs, "propositions[\(index)].validFrom")
      look(proposition.validUntilMs, "propositions[\(index)].validUntil")
    }
    for (index, lever) in (catalog.levers ?? []).enumerated() {
      look(lever.validFromMs, "levers[\(index)].validFrom")
      look(lever.validUntilMs, "levers[\(index)].validUntil")
    }
  }

  mutating func attributes() {
    var known: [String: String] = [:]
    for (index, attribute) in catalog.attributes.enumerated() {
      let place = "attributes[\(index)]"
      if let reason = CatalogNames.mistake(inName: attribute.name) { fail("\(place).name", reason) }
      if attribute.kind != .string, !attribute.values.isEmpty {
        fail("\(place).values", "only an attribute of type string has values, this is a \(attribute.kind.rawValue)")
      }
      title(attribute.title, attribute.titles, place)
      definition(attribute, place)
      var values: Set<String> = []
      for (index, value) in attribute.values.enumerated() where !values.insert(value).inserted {
        fail("\(place).values[\(index)]", "\(value) is there twice")
      }
      guard !attribute.name.isEmpty else { continue }
      let path = attribute.path
      if PredicateScope.reservedPaths.contains(path) {
        fail("\(place).name", "\(path) is there already, for every customer or contact")
      }
      once(path, "\(place).name", &known)
    }
    let computed = catalog.attributes.count { $0.computation != nil }
    if computed > Catalog.computedMax {
      fail("attributes", "\(computed) are computed from events, more than \(Catalog.computedMax)")
    }
  }

  mutating func segments() {
    var known: [String: String] = [:]
    for (index, segment) in (catalog.segments ?? []).enumerated() {
      translations(segment.titles, "segments[\(index)].titles")
      let place = "segments[\(index)].name"
      if segment.name.utf8.count > 64 { fail(place, "has \(segment.name.utf8.count) bytes, more than 64") }
      if let reason = CatalogNames.mistake(inName: segment.name) { fail(place, reason) }
      once(segment.name, place, &known)
    }
    if known.count > Catalog.segmentsMax {
      fail("segments", "there are \(known.count), more than \(Catalog.segmentsMax)")
    }
  }

  mutating func conditions() {
    var known: [String: String] = [:]
    for (index, condition) in catalog.conditions.enumerated() {
      let place = "conditions[\(index)].name"
      if let reason = CatalogNames.mistake(inName: condition.name) { fail(place, reason) }
      once(condition.name, place, &known)
    }
  }

  mutating func propositions() {
    let count = catalog.propositions.count
    if count > Catalog.propositionsMax {
      fail("propositions", "there are \(count), more than \(Catalog.propositionsMax)")
    }
    var known: [String: String] = [:]
    for (index, proposition) in catalog.propositions.enumerated() {
      let place = "propositions[\(index)]"
      if isRepeated(index) {
        once(proposition.id, "\(place).id", &known)
        continue
      }
      id(proposition.id, "\(place).id")
      once(proposition.id, "\(place).id", &known)
      filled(proposition.name, "\(place).name")
      translations(proposition.names, "\(place).names")
      id(proposition.issue, "\(place).issue")
      id(proposition.group, "\(place).group")
      if let from = proposition.validFromMs, let until = proposition.validUntilMs, until <= from {
        fail("\(place).validUntil", "is not after validFrom")
      }
      number(proposition.valueMinor, "\(place).valueMinor", 0...Catalog.moneyMax)
      number(proposition.costMinor, "\(place).costMinor", 0...Catalog.moneyMax)
      number(proposition.marginPercent ?? 100, "\(place).marginPercent", 0...100)
      number(proposition.startProbability, "\(place).startProbability", 0...1)
      number(proposition.priceMinor ?? 0, "\(place).priceMinor", 0...Catalog.moneyMax)
      number(proposition.maxCpaMinor ?? 0, "\(place).maxCpaMinor", 0...Catalog.moneyMax)
      limits(proposition.limits ?? [], place)
      treatments(proposition, place)
      rules(proposition.eligibility, "\(place).eligibility")
      rules(proposition.applicability, "\(place).applicability")
      rules(proposition.suitability, "\(place).suitability")
      steps(proposition.steps, place)
    }
  }

  private mutating func limits(_ limits: [PropositionLimit], _ place: String) {
    var known: [String: String] = [:]
    for (index, limit) in limits.enumerated() {
      let place = "\(place).limits[\(index)]"
      number(limit.max, "\(place).max", 0...Catalog.limitMax)
      let what = "\(limit.of.rawValue) per \(limit.per.rawValue)"
      once(what, place, &known, "\(what) are limited already")
    }
  }

  private mutating func treatments(_ proposition: Proposition, _ place: String) {
    var known: [String: String] = [:]
    for (index, treatment) in proposition.treatments.enumerated() {
      let treated = "\(place).treatments[\(index)]"
      bounded(treatment.headline, "\(treated).headline")
      bounded(treatment.body, "\(treated).body", bytesMax: Catalog.bodyBytesMax)
      bounded(treatment.callToAction, "\(treated).callToAction")
      if let placement = treatment.placement { bounded(placement, "\(treated).placement") }
      let place = "\(treated).channel"
      id(treatment.channel, place)
      let shown = treatment.placement.map { "\(treatment.channel), \($0)" } ?? treatment.channel
      once(shown, place, &known, "\(shown) has a treatment already")
    }
  }

  private mutating func rules(_ rules: [Rule], _ place: String) {
    var known: [String: String] = [:]
    for (index, rule) in rules.enumerated() {
      filled(rule.name, "\(place)[\(index)].name")
      once(rule.name, "\(place)[\(index)].name", &known)
      title(rule.title, rule.titles, "\(place)[\(index)]")
    }
  }

  private mutating func steps(_ steps: [SalesStep], _ place: String) {
    var known: [String: String] = [:]
    for (index, step) in steps.enumerated() {
      let place = "\(place).steps[\(index)]"
      id(step.name, "\(place).name")
      once(step.name, "\(place).name", &known)
      if let hours = step.dueHours { number(Int64(hours), "\(place).dueHours", 1...100_000) }
      if let task = step.task {
        id(task.channel, "\(place).task.channel")
        bounded(task.instruction, "\(place).task.instruction", bytesMax: Catalog.bodyBytesMax)
        if task.instruction.allSatisfy(\.isWhitespace) { fail("\(place).task.instruction", "is empty") }
      }
      trigger(step.completedBy, "\(place).completedBy", hasTask: step.task != nil)
    }
  }

  /// Finds what nothing could ever complete.
  private mutating func trigger(_ trigger: StepTrigger, _ place: String, hasTask: Bool) {
    let name = trigger.event
    guard let type = Self.events.first(where: { $0.shortName == name }) else {
      let hint = Suggestion.text(for: name, among: Self.events.map(\.shortName))
      return fail("\(place).event", name.isEmpty ? "is empty" : "there is no event \(name)\(hint)")
    }
    switch type {
    case .nbaRejected: fail("\(place).event", "a rejection loses the lead, so it never completes the step")
    case .taskFailed: fail("\(place).event", "a failed task is asked for again, so it never completes the step")
    case .taskDone where !hasTask: fail("\(place).event", "the step has no task, so none can be done")
    default: break
    }
    for (field, value) in [
      ("form", trigger.form), ("product", trigger.product), ("category", trigger.category),
      ("purpose", trigger.purpose),
    ]
    where value != nil && !type.fields.contains(where: { $0.name == field }) {
      fail("\(place).\(field)", "\(name) has no \(field), so it never completes the step")
    }
  }

  /// What the suite tells itself completes nothing.
  private static let events = EventType.allCases.filter { $0.topic != nil }

  mutating func fallback() {
    let byId = Dictionary(catalog.propositions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var channels: [String: String] = [:]
    for (index, list) in catalog.fallback.enumerated() {
      let place = "fallback[\(index)]"
      id(list.channel, "\(place).channel")
      once(list.channel, "\(place).channel", &channels)
      if list.propositions.count > NbaList.itemsMax {
        fail("\(place).propositions", "has \(list.propositions.count) entries, more than \(NbaList.itemsMax)")
      }
      var known: [String: String] = [:]
      for (index, id) in list.propositions.enumerated() {
        let place = "\(place).propositions[\(index)]"
        guard let proposition = byId[id] else {
          fail(place, "there is no proposition \(id)\(Suggestion.text(for: id, among: byId.keys))")
          continue
        }
        once(id, place, &known, "\(id) is there twice")
        if !proposition.treatments.contains(where: { $0.channel == list.channel }) {
          fail(place, "\(id) has no treatment for \(list.channel), so it can't be shown there")
        }
        if proposition.takesUnitPerContact {
          fail(place, "\(id) has a limit of contacts, and while the suite is away nobody counts them")
        }
      }
    }
  }

  /// Named conditions first, so that what is wrong in one is told where it is written and nowhere else.
  mutating func predicates() {
    var compiler = PredicateCompiler(scope: scope)
    for (index, condition) in catalog.conditions.enumerated() {
      do { _ = try compiler.condition(condition.name) } catch { fail("conditions[\(index)].when", error.errors) }
    }
    // Where a name means something else, so may whatever it stands in.
    let isAsBefore = before?.meansTheSame(in: scope) == true
    var (steps, stepsByText) = (0, [Int: Int]())
    func compile(_ source: String, _ place: String) {
      guard steps <= PredicateSize.allStepsMax else { return }
      do { steps += try compiler.compile(source).size.steps } catch { fail(place, error.errors) }
      if steps > PredicateSize.allStepsMax { fail(place, PredicateError.tooMuchInAll.message) }
    }
    for (index, proposition) in catalog.propositions.enumerated() {
      let stepsBefore = steps
      defer { if let texts { stepsByText[texts[index]] = steps - stepsBefore } }
      if isAsBefore, let repeated = repeatedSteps(index) {
        steps += repeated
        continue
      }
      lookedAt += 1
      for (stage, rules) in [
        ("eligibility", proposition.eligibility), ("applicability", proposition.applicability),
        ("suitability", proposition.suitability),
      ] {
        for (number, rule) in rules.enumerated() {
          compile(rule.when, "propositions[\(index)].\(stage)[\(number)].when")
        }
      }
    }
    for (index, weight) in catalog.contextWeights.enumerated() { compile(weight.when, "contextWeights[\(index)].when") }
    // Told where it becomes too much by who looks at all of it.
    if isAsBefore, steps > PredicateSize.allStepsMax { fail("propositions", PredicateError.tooMuchInAll.message) }
    customers(steps)
    let asked = compiler.queries.queries
    if texts != nil {
      sound = SoundParts(steps: stepsByText, scope: scope, asked: (isAsBefore ? before?.asked ?? [] : []).union(asked))
    }
  }
}
