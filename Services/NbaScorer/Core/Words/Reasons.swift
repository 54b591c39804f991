import Contracts

/// Why a proposition is on the list, in words that an agent can say.
struct Reason {
  /// What it is about, in coarse steps: a list is published again when these change, not when a count grows by one.
  let key: String
  let weight: Double
  /// Most that speaks for something is not among the weightiest, and need not be put into words.
  private let say: () -> String

  init(key: String, weight: Double, _ say: @escaping () -> String) {
    (self.key, self.weight, self.say) = (key, weight, say)
  }

  var text: String { say() }
}

extension Portfolio {
  static let reasonsMax = 3

  /// Of each that is listed, best first.
  package func reasonTexts(_ language: Language) -> [[String]] {
    ranked.map { reasons(candidates[$0], language).map(\.text) }
  }

  /// Who reads the list: as the contact's channel says, else as the catalogue does.
  package var language: Language { situation.contact.language ?? catalog.catalog.language ?? .english }

  /// Weightiest first. None where nothing is known of the customer that speaks for it: then its chances and its worth
  /// are all there is, and they stand beside it.
  func reasons(_ candidate: Candidate, _ language: Language) -> [Reason] {
    let words = Words(language: language)
    let compiled = catalog.propositions[candidate.index]
    let proposition = compiled.proposition
    var reasons: [Reason] = []
    reasons.reserveCapacity(8)
    if proposition.isMandatory {
      reasons.append(
        Reason(key: "mandatory", weight: 100) {
          words.say("Has to be said in every contact", "Moet in elk contact gezegd worden")
        })
    }
    if settings.usesContext { reasons += contextReasons(candidate, words) }
    if let interest = situation.view.interest(proposition.group) { reasons.append(reason(interest, words)) }
    if let group, let reason = reason(group, proposition.group, words) { reasons.append(reason) }
    if let reason = reason(summaries.byProposition[candidate.index], words) { reasons.append(reason) }
    if candidate.evidenceTotal >= Self.evidenceMin {
      let probability = candidate.probability
      reasons.append(
        Reason(key: "rate", weight: 7) {
          let rate = words.rate(probability)
          return words.say(
            "About \(rate) customers like this \(Words.isMost(probability) ? "accept" : "accepts")",
            "Ongeveer \(rate) klanten zoals deze \(Words.isMost(probability) ? "zeggen" : "zegt") ja")
        })
    }
    if reasons.count(where: { $0.weight > Self.driversWeight }) < Self.reasonsMax {
      let drivers = candidate.drivers.filter { $0.value > 0.1 }
        .compactMap { words.driver($0.name, ofGroup: group != nil) }
      if !drivers.isEmpty {
        reasons.append(
          Reason(key: "drivers", weight: Self.driversWeight) {
            "\(words.say("Speaks for it", "Pleit ervoor")): \(drivers.joined(separator: ", "))"
          })
      }
    }
    if candidate.lever > 1, settings.usesLevers {
      reasons.append(
        Reason(key: "lever", weight: 1) {
          words.say("A focus of the business at the moment", "Heeft nu de aandacht van het bedrijf")
        })
    }
    reasons.sort { $0.weight == $1.weight ? $0.key < $1.key : $0.weight > $1.weight }
    reasons.removeLast(max(0, reasons.count - Self.reasonsMax))
    return reasons
  }

  private static let driversWeight = 4.0

  /// Answers from which on a rate is said: below that it is the catalogue's guess more than anything learned.
  static let evidenceMin: Int64 = 20

  /// What lifts it, and what holds it down; the factors themselves are the decision's business, not the agent's.
  private func contextReasons(_ candidate: Candidate, _ words: Words) -> [Reason] {
    if candidate.contexts.isEmpty { return [] }
    let applied = candidate.contexts.compactMap { name in catalog.catalog.contextWeights.first { $0.name == name } }
    func reason(_ weights: [ContextWeight], _ effect: String, _ said: String, _ weight: Double) -> Reason? {
      if weights.isEmpty { return nil }
      return Reason(key: "\(effect)=\(weights.map(\.name).joined(separator: ","))", weight: weight) {
        var titles: [String] = []
        for title in weights.map(Words.title) where !titles.contains(title) { titles.append(title) }
        return "\(Words.sentence(titles.joined(separator: ", "))): \(said)"
      }
    }
    let higher = reason(applied.filter { $0.factor > 1 }, "higher", words.say("ranked higher", "hoger geplaatst"), 20)
    let lower = reason(applied.filter { $0.factor < 1 }, "lower", words.say("ranked lower", "lager geplaatst"), 3)
    return [higher, lower].compactMap { $0 }
  }

  private func reason(_ interest: Interest, _ words: Words) -> Reason {
    let days = (situation.nowMs - interest.lastMs) / 86_400_000
    let weight = days <= 7 ? 12.0 : days <= 60 ? 6 : 2
    return Reason(key: "interest~\(Numerics.countBin(interest.count, max: 4))", weight: weight) {
      let (times, ago) = (words.times(interest.count), words.ago(days: days))
      return words.say("Looked into this \(times), last \(ago)", "Keek hier \(times) naar, het laatst \(ago)")
    }
  }

  /// What speaks for it is not his own interest, and the agent must not take it for that.
  private func reason(_ group: GroupAggregate, _ category: String, _ words: Words) -> Reason? {
    let share = group.share(of: category)
    guard share >= Self.shareMin else { return nil }
    return Reason(key: "group=\(group.segment)", weight: 6) {
      let segment = situation.definitions.segments.first { $0.name == group.segment }
      let name = segment?.title ?? Words.plain(group.segment)
      let rate = words.rate(share)
      return words.say(
        "Nothing is known of his own interests; of the group \"\(name)\" about \(rate) looked into this",
        "Van eigen interesses is niets bekend; van de groep \"\(name)\" keek ongeveer \(rate) hiernaar")
    }
  }

  /// From which part of a group on its interest in something is said.
  static let shareMin = 0.05

  private func reason(_ offer: OfferSummary, _ words: Words) -> Reason? {
    if offer.accepted > 0 {
      return Reason(key: "accepted", weight: 8) {
        let times = words.times(offer.accepted)
        return words.say("Took it \(times) before", "Nam dit eerder \(times)")
      }
    }
    if offer.clicked > 0 {
      return Reason(key: "clicked", weight: 9) {
        words.say(
          "Has looked closer at this offer before, without deciding",
          "Heeft dit aanbod eerder nader bekeken, zonder te beslissen")
      }
    }
    if offer.rejected > 0 {
      return Reason(key: "rejected", weight: 5) {
        let times = words.times(offer.rejected)
        return words.say(
          "Said no \(times), and some time has passed", "Zei \(times) nee, en dat is een tijd geleden")
      }
    }
    if offer.presented > 0 {
      return Reason(key: "presented", weight: 2) {
        let times = words.times(offer.presented)
        return words.say("Was shown \(times), without an answer", "Kreeg dit \(times) te zien, zonder antwoord")
      }
    }
    return nil
  }
}
