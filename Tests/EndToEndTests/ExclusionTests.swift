import Contracts
import Deployment
import Foundation
import Testing

/// An emergency exclusion, through all the services as processes: what was on an open contact's list is off it without
/// anything that the customer does, and who accepts it all the same is refused with the reason.
@Suite(.serialized)
struct ExclusionTests {
  private static let headers = ["X-Trias-Source-Key": SuiteProcesses.sourceKey]

  @Test(.timeLimit(.minutes(5)))
  func whatIsExcludedIsOffOpenListsAndOpensNoLead() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    try apply(Self.catalog(""), deployment)
    let (contact, token, list) = try listedContact("exclusion-1", deployment)
    let stream = deployment.http("web-adapter", "/v1/contacts/\(contact)/list/stream?token=\(token)")
    let source = try EventSource(port: try #require(stream.port), path: "\(stream.path)?token=\(token)")
    _ = try SuiteProcesses.wait(30, "the list on the stream") {
      source.items?.sorted() == ["kettle", "toaster"] ? true : nil
    }
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    let (events, lists) = (
      try raw.events(of: Topics.channelInteractions).count, try raw.events(of: Topics.nbaLists).count
    )

    try apply(Self.catalog("exclusions: [{ proposition: kettle, reason: it burns }]"), deployment)
    _ = try SuiteProcesses.wait(30, "the stream without it: \(source.text)") {
      source.items == ["toaster"] ? true : nil
    }
    #expect(try raw.events(of: Topics.channelInteractions).count == events, "nobody has done anything")
    #expect(try raw.events(of: Topics.nbaLists).count == lists, "nor has the scorer decided anew")

    for proposition in ["kettle", "toaster"] { try accept(proposition, on: list, contact, token, deployment) }
    let (refused, opened) = try SuiteProcesses.wait(60, "both acceptances to come to something") {
      let said = try raw.events(of: Topics.leadEvents).filter { "\($0.data)".contains(contact) }
      let refused = said.filter { $0.type == "trias.lead.refused.v1" }
      let opened = said.filter { $0.type == "trias.lead.opened.v1" }
      return refused.count + opened.count >= 2 ? (refused, opened) : nil
    }
    #expect(refused.map { $0.data["reason"] as? String } == ["kettle is taken out at once: it burns"])
    #expect(refused.map { $0.data["proposition"] as? String } == ["kettle"])
    #expect(opened.map { ($0.data["lead"] as? [String: Any])?["proposition"] as? String } == ["toaster"])
    source.close()
  }

  private func apply(_ text: String, _ deployment: SuiteProcesses) throws {
    let file = deployment.folder.appending(path: "catalog-\(UUID().uuidString.prefix(4)).yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    try deployment.run("trias", ["catalog", "apply", file.path])
  }

  /// A contact whose own list has both.
  private func listedContact(
    _ cookie: String, _ deployment: SuiteProcesses
  ) throws -> (contact: String, token: String, list: String) {
    let start: [String: Any] = ["identifiers": [["namespace": "cookie", "value": cookie]], "budgetMs": 5_000]
    return try SuiteProcesses.wait(60, "a list with both") {
      let answer = WebClient().post(deployment.http("web-adapter", "/v1/contacts"), start, headers: Self.headers)
      guard let document = try? JSONSerialization.jsonObject(with: answer.body) as? [String: Any],
        document["listSource"] as? String == "live", let contact = document["contact"] as? String,
        let token = document["token"] as? String, let list = document["list"] as? [String: Any],
        let id = list["id"] as? String, (list["items"] as? [Any])?.count == 2
      else { return nil }
      return (contact, token, id)
    }
  }

  private func accept(
    _ proposition: String, on list: String, _ contact: String, _ token: String, _ deployment: SuiteProcesses
  ) throws {
    let body: [String: Any] = ["list": list, "responses": [["proposition": proposition, "outcome": "accepted"]]]
    let answer = WebClient().post(
      deployment.http("web-adapter", "/v1/contacts/\(contact)/responses"), body,
      headers: Self.headers.merging(["X-Trias-Contact-Token": token]) { $1 })
    #expect(answer.status == 202)
  }

  private static func catalog(_ rest: String) -> String {
    """
    name: household
    currency: EUR
    channels: [web]
    controlGroups: { randomEligiblePercent: 0, propensityOnlyPercent: 0, valueOnlyPercent: 0 }
    propositions:
    \(proposition("kettle", 90_000))
    \(proposition("toaster", 1_000))
    \(rest)
    """
  }

  private static func proposition(_ id: String, _ valueMinor: Int) -> String {
    """
      - id: \(id)
        name: The \(id)
        issue: sales
        group: \(id)
        kind: offer
        valueMinor: \(valueMinor)
        startProbability: 0.1
        treatments:
          - { channel: web, headline: \(id), body: It is hot., callToAction: "Yes" }
        steps:
          - { name: order, summary: Orders, completedBy: { event: order.placed, product: \(id) } }
    """
  }
}
