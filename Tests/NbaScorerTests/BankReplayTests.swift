import Contracts
import Foundation
import NbaScorerCore
import Testing

/// How well the propensity predicts a real bank's calls, in the order of time, each before its outcome is learned (UCI
/// Bank Marketing, `bank-additional-full.csv`; `duration` is known only after the call and isn't used).
///
/// Runs where `TRIAS_BANK_CSV` names the unpacked file; `TRIAS_BANK_SCORES` names where the scores go, as
/// `row_id,score,prob`.
struct BankReplayTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let customer = ["age", "job", "marital", "education", "default", "housing", "loan"]
  private static let numbers: Set = [
    "age", "campaign", "pdays", "previous", "emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m",
    "nr.employed",
  ]

  @Test(.enabled(if: environment["TRIAS_BANK_CSV"] != nil))
  func `predictions of real calls are calibrated and tell customers apart`() throws {
    let text = try String(contentsOfFile: Self.environment["TRIAS_BANK_CSV"]!, encoding: .utf8)
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ";").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "\"\r")) }
    }
    let names = lines[0]
    let used = names.indices.filter { !["duration", "y"].contains(names[$0]) }
    let declarations = used.map {
      AttributeDeclaration(
        name: names[$0], kind: Self.numbers.contains(names[$0]) ? .number : .string,
        scope: Self.customer.contains(names[$0]) ? .customer : .contact)
    }
    let catalog = try CompiledCatalog(
      Given.catalog([Given.proposition("term-deposit", channels: ["call-centre"]) { $0.startProbability = 0.1 }]) {
        $0.attributes = declarations
      })
    var model = PropensityModel(id: "term-deposit/call-centre/outbound")
    var scores = "row_id,score,prob\n"
    var loss = 0.0
    var results: [(score: Double, isAccepted: Bool)] = []
    for (row, values) in lines.dropFirst().enumerated() {
      let features = Self.features(row, names, values, used, catalog)
      let odds = model.logOdds(features, startProbability: 0.1)
      let probability = Numerics.moderated(mean: odds.mean, variance: odds.variance)
      let isAccepted = values.last == "yes"
      scores += "\(row),\(Numerics.logit(probability)),\(probability)\n"
      loss -= log(isAccepted ? probability : 1 - probability)
      results.append((probability, isAccepted))
      var evidence = NbaEvidence(
        id: "\(row)", model: model.id, proposition: "term-deposit", channel: "call-centre", list: "\(row)",
        atMs: Int64(row), isAccepted: isAccepted, features: features, probability: probability, modelVersion: 0)
      evidence.startProbability = 0.1
      _ = model.learn(evidence)
    }
    if let path = Self.environment["TRIAS_BANK_SCORES"] {
      try scores.write(toFile: path, atomically: true, encoding: .utf8)
    }
    let half = Array(results.dropFirst(results.count / 2))
    print("AUC \(Self.auc(results)), second half \(Self.auc(half)), log loss \(loss / Double(results.count))")
    #expect(Self.auc(results) > 0.79)
    #expect(Self.auc(half) > 0.81)
    #expect(loss / Double(results.count) < 0.28)
  }

  private static func features(
    _ row: Int, _ names: [String], _ values: [String], _ used: [Int], _ catalog: CompiledCatalog
  ) -> [Feature] {
    var contact = Given.contact("c\(row)", channel: "call-centre", direction: "outbound")
    var attributes: [Attribute] = []
    for index in used {
      let name = names[index]
      let value = numbers.contains(name) ? AttributeValue.number(Double(values[index])!) : .string(values[index])
      if customer.contains(name) {
        attributes.append(Attribute(name: name, value: value, atMs: 1))
      } else {
        contact.context[name] = value
      }
    }
    let profile = Given.profile(contacts: [contact]) { $0.attributes = attributes }
    return Portfolio(
      catalog, Given.situation(profile, contact: contact.id), ScoringSettings(isSampling: false), .models(ModelSet())
    ).features
  }

  /// How often an accepted one was given more than a refused one.
  private static func auc(_ results: [(score: Double, isAccepted: Bool)]) -> Double {
    let sorted = results.sorted { $0.score < $1.score }
    var (ranks, accepted, index) = (0.0, 0.0, 0)
    while index < sorted.count {
      var end = index
      while end < sorted.count, sorted[end].score == sorted[index].score { end += 1 }
      for result in sorted[index..<end] where result.isAccepted {
        ranks += Double(index + end + 1) / 2
        accepted += 1
      }
      index = end
    }
    return (ranks - accepted * (accepted + 1) / 2) / (accepted * (Double(sorted.count) - accepted))
  }
}
