import Contracts

/// Why a proposition is on the list. Most that speaks for something is not among the weightiest, and is never put into
/// words: so a reason is what it is about, and its words are made where they are asked for.
enum Reason {
  case mandatory
  /// By these of the catalogue's context weights.
  case rankedHigher([Int])
  case rankedLower([Int])
  /// `days` ago was the last time.
  case interest(count: Int64, days: Int64)
  /// What speaks for it is not his own interest, and the agent must not take it for that.
  case group(segment: String, share: Double)
  case accepted(times: Int64)
  /// Accepted, and not to be had then.
  case missed
  case clicked
  case rejected(times: Int64, days: Int64?)
  case presented(times: Int64)
  case rate(Double)
  case drivers([String])
  case lever

  /// The weightiest are said.
  var weight: Int {
    switch self {
    case .mandatory: 100
    case .rankedHigher: 20
    case .interest(_, let days): days <= 7 ? 12 : days <= 60 ? 6 : 2
    case .clicked: 9
    case .accepted, .missed: 8
    case .rate: 7
    case .group: 6
    case .rejected: 5
    case .drivers: Self.driversWeight
    case .rankedLower: 3
    case .presented: 2
    case .lever: 1
    }
  }

  static let driversWeight = 4

  private var kind: String {
    switch self {
    case .mandatory: "mandatory"
    case .rankedHigher: "higher"
    case .rankedLower: "lower"
    case .interest: "interest"
    case .group: "group"
    case .accepted: "accepted"
    case .missed: "missed"
    case .clicked: "clicked"
    case .rejected: "rejected"
    case .presented: "presented"
    case .rate: "rate"
    case .drivers: "drivers"
    case .lever: "lever"
    }
  }

  /// A number for what it is about, in coarse steps: a list is published again when that changes, not when a count grows
  /// by one.
  func about(_ catalog: CompiledCatalog) -> Int64 {
    var digest = Numerics.Digest(kind)
    switch self {
    case .rankedHigher(let weights), .rankedLower(let weights):
      for index in weights { digest.add(catalog.weights[index].weight.name) }
    case .interest(let count, _): digest.add(Numerics.countBin(count, max: 4))
    case .group(let segment, _): digest.add(segment)
    default: break
    }
    return digest.value
  }

  /// No kind comes twice.
  static func isBefore(_ one: Reason, _ other: Reason) -> Bool {
    one.weight == other.weight ? one.kind < other.kind : one.weight > other.weight
  }
}

extension Portfolio {
  static let reasonsMax = 3
  /// Answers from which on a rate is said: below that it is the catalogue's guess more than anything learned.
  static let evidenceMin: Int64 = 20
  /// From which part of a group on its interest in something is said.
  static let shareMin = 0.05

  /// Of each that is listed, best first: why it is, in words; and what these are about, in whatever order, by which lists
  /// are compared.
  package func reasons(_ language: Language) -> [(texts: [String], about: Int64)] {
    let words = Words(language: language, attributes: catalog.titledAttributes)
    return ranked.map { index in
      let reasons = reasons(candidates[index], words)
      return (reasons.map { text(of: $0, words) }, reasons.reduce(0) { $0 &+ $1.about(catalog) })
    }
  }

  func reasonTexts(_ candidate: Candidate, _ language: Language) -> [String] {
    let words = Words(language: language, attributes: catalog.titledAttributes)
    return reasons(candidate, words).map { text(of: $0, words) }
  }

  /// Who reads the list: as the contact's channel says, else as the catalogue does.
  package var language: Language { situation.contact.language ?? catalog.catalog.language ?? .english }

  /// Weightiest first. None where nothing is known of the customer that speaks for it: then its chances and its worth
  /// are all there is, and they stand beside it.
  func reasons(_ candidate: Candidate, _ words: Words) -> [Reason] {
    let compiled = catalog.propositions[candidate.index]
    let topic = catalog.groups[compiled.group]
    var reasons: [Reason] = []
    reasons.reserveCapacity(8)
    if compiled.isMandatory { reasons.append(.mandatory) }
    if settings.usesContext { addContexts(compiled, to: &reasons) }
    if let interest = situation.view.interest(topic) {
      reasons.append(.interest(count: interest.count, days: (situation.nowMs - interest.lastMs) / 86_400_000))
    }
    if let group {
      let share = group.share(of: topic)
      if share >= Self.shareMin { reasons.append(.group(segment: group.segment, share: share)) }
    }
    if let history = history(compiled.id, summaries.byProposition[candidate.index]) { reasons.append(history) }
    if candidate.evidenceTotal >= Self.evidenceMin { reasons.append(.rate(candidate.probability)) }
    if reasons.count(where: { $0.weight > Reason.driversWeight }) < Self.reasonsMax {
      let drivers = candidate.drivers.filter { $0.value > 0.1 }
        .compactMap { words.driver($0.name, ofGroup: group != nil) }
      if !drivers.isEmpty { reasons.append(.drivers(drivers)) }
    }
    if candidate.lever > 1, settings.usesLevers { reasons.append(.lever) }
    reasons.sort(by: Reason.isBefore)
    reasons.removeLast(max(0, reasons.count - Self.reasonsMax))
    return reasons
  }

  /// What lifts it, and what holds it down; the factors themselves are the decision's business, not the agent's.
  private func addContexts(_ compiled: CompiledProposition, to reasons: inout [Reason]) {
    let applied = compiled.weights.filter { holds[$0] }
    if applied.isEmpty { return }
    let higher = applied.filter { catalog.weights[$0].weight.factor > 1 }
    let lower = applied.filter { catalog.weights[$0].weight.factor < 1 }
    if !higher.isEmpty { reasons.append(.rankedHigher(higher)) }
    if !lower.isEmpty { reasons.append(.rankedLower(lower)) }
  }

  /// What he said last counts: a no after a yes takes that back, a look before a no decided nothing, a look after it is a
  /// new one.
  private func history(_ proposition: String, _ offer: OfferSummary) -> Reason? {
    let isTakenBack = offer.rejected > 0 && offer.lastRejectedMs ?? 0 > offer.lastAcceptedMs ?? 0
    if offer.accepted > 0, !isTakenBack {
      let inVain = Int64(situation.view.refusals.count { $0.proposition == proposition })
      return offer.accepted > inVain ? .accepted(times: offer.accepted - inVain) : .missed
    }
    let isRejectedLast = offer.rejected > 0 && offer.lastRejectedMs ?? 0 >= offer.lastClickedMs ?? 0
    if offer.clicked > 0, !isRejectedLast { return .clicked }
    if offer.rejected > 0 {
      let days = offer.lastRejectedMs.map { (situation.nowMs - $0) / 86_400_000 }
      return .rejected(times: offer.rejected, days: days)
    }
    return offer.presented > 0 ? .presented(times: offer.presented) : nil
  }

  /// In words that an agent can say.
  func text(of reason: Reason, _ words: Words) -> String {
    switch reason {
    case .mandatory:
      return words.say("Has to be said in every contact", "Moet in elk contact gezegd worden")
    case .rankedHigher(let weights):
      return "\(titles(weights, words)): \(words.say("ranked higher", "hoger geplaatst"))"
    case .rankedLower(let weights):
      return "\(titles(weights, words)): \(words.say("ranked lower", "lager geplaatst"))"
    case .interest(let count, let days):
      let (times, ago) = (words.times(count), words.ago(days: days))
      return words.say("Looked into this \(times), last \(ago)", "Keek hier \(times) naar, het laatst \(ago)")
    case .group(let segment, let share):
      let known = situation.definitions.segments.first { $0.name == segment }
      let name = known?.title(in: words.language) ?? Words.plain(segment)
      let rate = words.rate(share)
      return words.say(
        "Nothing is known of his own interests; of the group \"\(name)\" about \(rate) looked into this",
        "Van eigen interesses is niets bekend; van de groep \"\(name)\" keek ongeveer \(rate) hiernaar")
    case .accepted(let count):
      let times = words.times(count)
      return words.say("Took it \(times) before", "Nam dit eerder \(times)")
    case .clicked:
      return words.say(
        "Has looked closer at this offer before, without deciding",
        "Heeft dit aanbod eerder nader bekeken, zonder te beslissen")
    case .missed:
      return words.say("Wanted it before, and could not have it", "Wilde dit eerder, en kon het niet krijgen")
    case .rejected(let count, let days):
      let times = words.times(count)
      let said = words.say("Said no \(times)", "Zei \(times) nee")
      return said + (days.map { words.ago(days: $0) }.map { words.say(", last \($0)", ", het laatst \($0)") } ?? "")
    case .presented(let count):
      let times = words.times(count)
      return words.say("Was shown \(times), without an answer", "Kreeg dit \(times) te zien, zonder antwoord")
    case .rate(let probability):
      let (rate, isMost) = (words.rate(probability), Words.isMost(probability))
      return words.say(
        "About \(rate) customers like this \(isMost ? "accept" : "accepts")",
        "Ongeveer \(rate) klanten zoals deze \(isMost ? "zeggen" : "zegt") ja")
    case .drivers(let drivers):
      return "\(words.say("Speaks for it", "Pleit ervoor")): \(drivers.joined(separator: ", "))"
    case .lever:
      return words.say("A focus of the business at the moment", "Heeft nu de aandacht van het bedrijf")
    }
  }

  private func titles(_ weights: [Int], _ words: Words) -> String {
    var titles: [String] = []
    for index in weights {
      let title = words.title(catalog.weights[index].weight)
      if !titles.contains(title) { titles.append(title) }
    }
    return Words.sentence(titles.joined(separator: ", "))
  }
}
