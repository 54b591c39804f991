import Contracts

/// Why a proposition is on the list, in words that an agent can say.
struct Reason {
  /// What it is about, in coarse steps: a list is published again when these change, not when a count grows by one.
  var key: String
  var weight: Double
  var text: String
}

extension Portfolio {
  static let reasonsMax = 3

  /// Of each that is listed, best first.
  package var reasonTexts: [[String]] { ranked.map { reasons(candidates[$0]).map(\.text) } }

  /// Weightiest first. None where nothing is known of the customer that speaks for it: then its chances and its worth
  /// are all there is, and they stand beside it.
  func reasons(_ candidate: Candidate) -> [Reason] {
    let compiled = catalog.propositions[candidate.index]
    let proposition = compiled.proposition
    var reasons: [Reason] = []
    if proposition.isMandatory {
      reasons.append(Reason(key: "mandatory", weight: 100, text: "Has to be said in every contact"))
    }
    if settings.usesContext { reasons += contextReasons(candidate) }
    if let interest = situation.view.interest(proposition.group) { reasons.append(reason(interest)) }
    if let group, let reason = reason(group, proposition.group) { reasons.append(reason) }
    if let reason = reason(summaries.byProposition[candidate.index]) { reasons.append(reason) }
    if candidate.evidenceTotal >= Self.evidenceMin {
      let rate = Words.rate(candidate.probability)
      reasons.append(Reason(key: "rate", weight: 7, text: "About \(rate) customers like this accepts"))
    }
    let drivers = drivers(candidate).filter { $0.value > 0.1 }
      .compactMap { Words.driver($0.name, ofGroup: group != nil) }
    if !drivers.isEmpty {
      reasons.append(Reason(key: "drivers", weight: 4, text: "Speaks for it: \(drivers.joined(separator: ", "))"))
    }
    if candidate.lever > 1, settings.usesLevers {
      reasons.append(Reason(key: "lever", weight: 1, text: "A focus of the business at the moment"))
    }
    reasons.sort { ($1.weight, $0.key) < ($0.weight, $1.key) }
    return Array(reasons.prefix(Self.reasonsMax))
  }

  /// Answers from which on a rate is said: below that it is the catalogue's guess more than anything learned.
  static let evidenceMin: Int64 = 20

  /// What lifts it, and what holds it down; the factors themselves are the decision's business, not the agent's.
  private func contextReasons(_ candidate: Candidate) -> [Reason] {
    let applied = candidate.contexts.compactMap { name in catalog.catalog.contextWeights.first { $0.name == name } }
    func reason(_ weights: [ContextWeight], _ effect: String, _ weight: Double) -> Reason? {
      var titles: [String] = []
      for title in weights.map(Words.title) where !titles.contains(title) { titles.append(title) }
      guard !titles.isEmpty else { return nil }
      let text = "\(Words.sentence(titles.joined(separator: ", "))): ranked \(effect)"
      return Reason(key: "\(effect)=\(weights.map(\.name).joined(separator: ","))", weight: weight, text: text)
    }
    return [
      reason(applied.filter { $0.factor > 1 }, "higher", 20), reason(applied.filter { $0.factor < 1 }, "lower", 3),
    ]
    .compactMap { $0 }
  }

  private func reason(_ interest: Interest) -> Reason {
    let days = (situation.nowMs - interest.lastMs) / 86_400_000
    let text = "Looked into this \(Words.times(interest.count)), last \(Words.ago(days: days))"
    let weight = days <= 7 ? 12.0 : days <= 60 ? 6 : 2
    return Reason(key: "interest~\(Numerics.countBin(interest.count, max: 4))", weight: weight, text: text)
  }

  /// What speaks for it is not his own interest, and the agent must not take it for that.
  private func reason(_ group: GroupAggregate, _ category: String) -> Reason? {
    let share = group.share(of: category)
    guard share >= Self.shareMin else { return nil }
    let segment = situation.definitions.segments.first { $0.name == group.segment }
    let name = segment?.title ?? Words.plain(group.segment)
    let text =
      "Nothing is known of his own interests; of the group \"\(name)\" about \(Words.rate(share)) looked into this"
    return Reason(key: "group=\(group.segment)", weight: 6, text: text)
  }

  /// From which part of a group on its interest in something is said.
  static let shareMin = 0.05

  private func reason(_ offer: OfferSummary) -> Reason? {
    if offer.accepted > 0 {
      return Reason(key: "accepted", weight: 8, text: "Took it \(Words.times(offer.accepted)) before")
    }
    if offer.clicked > 0 {
      return Reason(key: "clicked", weight: 9, text: "Has looked closer at this offer before, without deciding")
    }
    if offer.rejected > 0 {
      return Reason(
        key: "rejected", weight: 5, text: "Said no \(Words.times(offer.rejected)), and some time has passed")
    }
    if offer.presented > 0 {
      return Reason(key: "presented", weight: 2, text: "Was shown \(Words.times(offer.presented)), without an answer")
    }
    return nil
  }
}

/// Numbers and names as one says them.
enum Words {
  private static let small = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
  ]

  static func times(_ count: Int64) -> String {
    switch count {
    case 1: "once"
    case 2: "twice"
    case 3...12: "\(small[Int(count)]) times"
    default: "\(count) times"
    }
  }

  static func ago(days: Int64) -> String {
    switch days {
    case ...0: "today"
    case 1: "yesterday"
    case 2...13: "\(days) days ago"
    case 14...60: "\(days / 7) weeks ago"
    default: "\(days / 30) months ago"
    }
  }

  /// `one in twelve`; from two thirds on `nine in ten`.
  static func rate(_ probability: Double) -> String {
    if probability >= 2.0 / 3 {
      let ten = min(9, max(7, Int((probability * 10).rounded())))
      return "\(small[ten]) in ten"
    }
    let n = 1 / max(probability, 1e-6)
    if n <= 12.5 { return "one in \(small[max(2, Int(n.rounded()))])" }
    let step = n < 20 ? 1.0 : n < 100 ? 5 : n < 1_000 ? 50 : 500
    return "one in \(Int((n / step).rounded() * step))"
  }

  static func title(_ weight: ContextWeight) -> String { weight.title ?? plain(weight.name) }

  static func title(_ rule: Rule) -> String { rule.title ?? plain(rule.name) }

  static func plain(_ name: String) -> String {
    String(name.map { $0 == "-" || $0 == "_" ? " " : $0 })
  }

  static func sentence(_ name: String) -> String {
    let plain = plain(name)
    return plain.prefix(1).uppercased() + plain.dropFirst()
  }

  /// A feature as one says it: `customer.job=retired` is `job retired`. nil for what says nothing to an agent.
  static func driver(_ feature: String, ofGroup: Bool = false) -> String? {
    if feature.contains("~") || feature == ContactFeatures.bias { return nil }
    guard let equals = feature.firstIndex(of: "=") else { return nil }
    var name = String(feature[..<equals])
    let value = String(feature[feature.index(after: equals)...])
    for scope in ["customer.", "contact."] where name.hasPrefix(scope) { name.removeFirst(scope.count) }
    switch name {
    case "identified": return value == "true" ? "is known by name" : nil
    case "interest": return ofGroup ? "his group's interest in \(plain(value))" : "interest in \(plain(value))"
    default: return "\(plain(name)) \(value)"
    }
  }
}
