import Contracts
import Deployment
import Foundation
import Synchronization
import Testing

@Suite("Many who want what there is little of", .serialized, .saysItsSeed)
struct LimitRaceTests {
  private static let max = 5

  /// All at once, over HTTP, with two scorers, of which one is killed while lists are asked for and the other while they are
  /// answered. Whoever has seats on his list presents them. All vouchers are accepted when everybody has a list with one.
  @Test(.timeLimit(.minutes(10)))
  func soManyHaveItAndNoMore() throws {
    let shoppers = Extent.integer("SHOPPERS", 36)
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    try deployment.start("nba-scorer#2")
    try deployment.waitUntilReady("nba-scorer#2")
    let catalog = deployment.folder.appending(path: "limited.yaml")
    try Self.catalog.write(to: catalog, atomically: true, encoding: .utf8)
    try deployment.run("trias", ["catalog", "apply", catalog.path])
    let crowd = Crowd(shoppers, deployment)
    for name in ["nba-scorer", "nba-scorer#2"] {
      let isListing = name == "nba-scorer"
      _ = try SuiteProcesses.wait(180, "some of \(shoppers) to have a list, or to have answered: \(crowd.words)") {
        (isListing ? crowd.listed : crowd.done) >= shoppers / 6 ? true : nil
      }
      deployment.kill(name)
      try deployment.start(name)
    }
    _ = try SuiteProcesses.wait(180, "all \(shoppers) to have answered: \(crowd.words)") {
      crowd.done == shoppers ? true : nil
    }
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    var (opened, refused, seated): (Set<String>, Set<String>, Set<String>) = ([], [], [])
    // Each acceptance comes to something.
    _ = try SuiteProcesses.wait(120, "all \(shoppers) acceptances to be answered") { () -> Bool? in
      let events = try raw.events(of: Topics.leadEvents)
      opened = Set(events.filter { $0.type == "trias.lead.opened.v1" }.map(\.id))
      refused = Set(events.filter { $0.type == "trias.lead.refused.v1" }.map(\.id))
      seated = Set(
        try raw.events(of: Topics.nbaLists).filter { Self.propositions($0.data).contains("seats") }.map {
          $0.data["contact"] as? String ?? "?"
        })
      return opened.count + refused.count >= shoppers && seated.count >= Self.max ? true : nil
    }
    print("\(crowd.words): \(opened.count) leads, \(refused.count) refused; \(seated.count) lists with seats")
    #expect(opened.count == Self.max && refused.count == shoppers - Self.max)
    #expect(seated.count == Self.max && crowd.presented <= Self.max)
    let budgets = try raw.states(of: Topics.budgets)
    for proposition in ["seats", "vouchers"] {
      let counts = budgets[proposition]?["counts"] as? [[String: Any]] ?? []
      #expect(counts.map { $0["taken"] as? Int } == [Self.max], "\(proposition)")
    }
    #expect(try Invariants.complaints(raw, deadLetters: 0) == [])
  }

  fileprivate static func propositions(_ list: [String: Any]) -> [String] {
    (list["items"] as? [[String: Any]] ?? []).compactMap { $0["proposition"] as? String }
  }

  private static let catalog = """
    name: limited
    currency: EUR
    channels: [web]
    controlGroups: { randomEligiblePercent: 0, propensityOnlyPercent: 0, valueOnlyPercent: 0 }
    propositions:
    \(proposition("seats", "contacts"))
    \(proposition("vouchers", "acceptances"))
    """

  private static func proposition(_ id: String, _ measure: String) -> String {
    """
      - id: \(id)
        name: The \(id)
        issue: sales
        group: \(id)
        kind: offer
        valueMinor: 10000
        startProbability: 0.1
        limits: [{ max: \(max), per: ever, of: \(measure) }]
        treatments:
          - { channel: web, headline: \(id), body: There are few., callToAction: "Yes" }
        steps:
          - { name: apply, summary: Applies, completedBy: { event: form.submitted, form: \(id)-form } }
    """
  }
}

/// A thread for each, as a browser: it goes on until it is answered.
private final class Crowd: Sendable {
  private struct State {
    var listed = 0
    var done = 0
    var presented = 0
  }

  private let count: Int
  private let state = Mutex(State())
  var listed: Int { state.withLock { $0.listed } }
  var done: Int { state.withLock { $0.done } }
  var presented: Int { state.withLock { $0.presented } }
  var words: String { "\(listed) have a list, \(done) have answered, \(presented) presented" }

  init(_ count: Int, _ deployment: SuiteProcesses) {
    self.count = count
    let contacts = deployment.http("web-adapter", "/v1/contacts")
    for number in 0..<count { Thread.detachNewThread { [self] in shop("limit-race-\(number)", contacts) } }
  }

  private static let headers = [
    "X-Trias-Source-Key": SuiteProcesses.sourceKey, "Authorization": "Bearer \(SuiteProcesses.staffToken)",
  ]

  private func shop(_ cookie: String, _ contacts: URL) {
    let client = WebClient()
    let identifiers = [["namespace": "cookie", "value": cookie]]
    var answer: [String: Any] = [:]
    var list: (id: String, items: [String])?
    while list == nil {
      let contact = (answer["contact"] as? String).map { contacts.appending(path: "\($0)/list") }
      let said =
        contact.map { client.get($0, headers: Self.headers) }
        ?? client.post(
          contacts, ["id": "\(cookie)-start", "identifiers": identifiers, "budgetMs": 5_000], headers: Self.headers)
      let next = (try? JSONSerialization.jsonObject(with: said.body)) as? [String: Any] ?? [:]
      if next["contact"] is String { answer = next }
      let document = next["list"] as? [String: Any] ?? [:]
      let items = LimitRaceTests.propositions(document)
      // Not the catalogue's, and not of the catalogue before.
      if next["listSource"] as? String == "live", items.contains("vouchers"), let id = document["id"] as? String {
        list = (id, items)
      } else {
        Thread.sleep(forTimeInterval: 0.1)
      }
    }
    guard let list, let contact = answer["contact"] as? String else { return }
    state.withLock { $0.listed += 1 }
    while listed < count { Thread.sleep(forTimeInterval: 0.01) }
    let hasSeat = list.items.contains("seats")
    let responses =
      [["proposition": "vouchers", "outcome": "accepted"]]
      + (hasSeat ? [["proposition": "seats", "outcome": "presented"]] : [])
    let document: [String: Any] = ["list": list.id, "identifiers": identifiers, "responses": responses]
    let url = contacts.appending(path: "\(contact)/responses")
    while client.post(url, document, headers: Self.headers).status != 202 { Thread.sleep(forTimeInterval: 0.1) }
    state.withLock {
      $0.done += 1
      if hasSeat { $0.presented += 1 }
    }
  }
}
