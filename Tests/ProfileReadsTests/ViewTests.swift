import Contracts
import Customer360
import Foundation
import MemoryLog
import MessageLog
import TestKit
import Testing

@testable import ProfileReads

/// The view at its moment: what depends on the time and on the catalogue.
@Suite("A customer as of a moment", .serialized)
final class ViewTests: OnOneLog {
  static let hourMs: Int64 = 3_600_000

  static let catalog: Catalog = {
    var catalog = Catalog(version: "1-a", appliedMs: 1, name: "test", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration("views_1h", Computation(.count, event: "page.viewed", windowMs: hourMs), definedMs: 1),
      AttributeDeclaration("days_since_view", Computation(.recency, event: "page.viewed"), definedMs: 1),
      AttributeDeclaration("interest", Computation(.decayed, event: "page.viewed", halfLifeMs: hourMs), definedMs: 1),
      AttributeDeclaration("ordered", Computation(.sum, event: "order.placed"), definedMs: 1),
      AttributeDeclaration(
        "stage",
        cases: [
          AttributeCase("reader", when: "customer.views_1h >= 2"),
          AttributeCase("visitor", when: "customer.views_1h >= 1"),
        ], otherwise: "lapsed"),
    ]
    catalog.segments = [Segment(name: "active", when: "customer.views_1h >= 1", title: "was here lately")]
    return catalog
  }()

  func derived(_ answer: Answered) -> [String: String] {
    let all = answer.json["derived"] as? [[String: Any]] ?? []
    return Dictionary(uniqueKeysWithValues: all.map { ("\($0["name"]!)", "\($0["value"]!)") })
  }

  /// What was last recorded of him.
  func recorded(_ profile: String) throws -> ProfileState {
    let record = try #require(log.records(of: Topics.profileState.name).last { $0.key == Array(profile.utf8) })
    return try ProfileState(json: try #require(record.value))
  }

  func document(_ state: ProfileState, asOfMs: Int64, _ catalog: Catalog = catalog) throws -> NSDictionary {
    let document = CustomerDocument(state, try CheckedCatalog(catalog), asOfMs: asOfMs, namespaces: .standard)
    return try JSONSerialization.jsonObject(with: Data(JSONCoding.encode(document))) as? NSDictionary ?? [:]
  }

  @Test func aViewAskedForNowAndOneDerivedLaterWithItsMomentAreEqual() async throws {
    try channel.apply(Self.catalog)
    let instance = try await Instance(log)
    let cookie = channel.cookie(1)
    for page in ["/", "/loans"] { try channel.say(.pageViewed, [cookie], ["page": page]) }
    let view = try await instance.knows(cookie, events: 2)
    let profile = try #require(view.profile)
    let asOfMs = Int64(try #require(view.json["asOfMs"] as? Int))
    let state = try recorded(profile)
    #expect(view.json["catalogVersion"] as? String == "1-a")
    #expect(derived(view)["views_1h"] == "2" && derived(view)["stage"] == "reader")
    let ordered = (view.json["derived"] as? [[String: Any]])?.first { $0["name"] as? String == "ordered" }
    #expect(ordered?["currency"] as? String == "EUR" && ordered?["value"] as? Int == 0)
    #expect((view.json["segments"] as? [[String: Any]])?.map { $0["name"] as? String } == ["active"])

    // Whatever has happened since, and whenever it is asked.
    try channel.say(.pageViewed, [cookie], ["page": "/later"])
    let later = try await instance.knows(cookie, events: 3)
    #expect(later.customer != view.customer)
    let own = Set(["isStale", "answeredBy", "facets"])
    let said = NSDictionary(dictionary: view.json.filter { !own.contains($0.key) })
    #expect(try document(state, asOfMs: asOfMs) == said)
    // The recency and the interest are those of that millisecond.
    #expect(try document(state, asOfMs: asOfMs + 1) != said)
    try await instance.stop()
  }

  @Test func theViewOfEitherSideShowsTheOther() async throws {
    let instance = try await Instance(log)
    let director = channel.number(1)
    let firm = Identifier("organisation", director.value)
    try channel.say(
      .relationRecorded, [director],
      ["organisation": ["namespace": firm.namespace, "value": firm.value], "role": "buyer"])
    for (side, other) in [(director, firm), (firm, director)] {
      let view = try await instance.knows(side, events: 1)
      let relations = view.json["relations"] as? [[String: Any]] ?? []
      let shown = relations.map { "\($0["role"] ?? "") \(($0["other"] as? [String: String])?["namespace"] ?? "")" }
      #expect(shown == ["buyer \(other.namespace)"])
      #expect(relations.first?["isOrganisation"] as? Bool == (other == firm))
      #expect(view.json["isKnown"] as? Bool == true)
    }
    try await instance.stop()
  }

  @Test func whatTheTimeAndTheCatalogueMakeOfHimIsAnotherAnswerAndTheTimeAloneIsNot() throws {
    var counting = Self.catalog
    counting.attributes.removeAll { ["days_since_view", "interest"].contains($0.name) }
    let nowMs: Int64 = 1_790_000_000_000
    var state = ProfileState(id: "p1", nowMs: nowMs)
    var body = FacetBody()
    let definitions = try CustomerDefinitions(Self.catalog)
    definitions.catchUp(&body)
    (body.firstSeenMs, body.lastSeenMs) = (nowMs, nowMs)
    body.counts = [EventCount(event: "page.viewed", channel: "web", count: 1)]
    let view = Interaction(identifiers: [Identifier("cookie", "1")])
    definitions.take(.pageViewed, view, atMs: nowMs, into: &body)
    state.facets = [Facet(id: "cookie:1#0", version: 0, seq: 1, body: body)]
    func tag(_ asOfMs: Int64, _ catalog: Catalog, by: AnsweredBy = .owner) throws -> String {
      let found = FoundCustomer(state: state, by: by, asOfMs: asOfMs)
      return CustomerAnswer(state, try CheckedCatalog(catalog), found, namespaces: .standard).tag
    }
    let first = try tag(nowMs, counting)
    #expect(try tag(nowMs + 1_000, counting, by: .stale) == first)
    #expect(try tag(nowMs + 2 * Self.hourMs, counting) != first, "he is in no segment any more")
    var changed = counting
    changed.version = "2-b"
    #expect(try tag(nowMs, changed) != first)
    #expect(try tag(nowMs + 1, Self.catalog) != tag(nowMs, Self.catalog), "a recency goes on")
    state.facets[0].seq = 2
    #expect(try tag(nowMs, counting) != first)
  }

  @Test func aCatalogueThatIsRefusedLeavesTheOneBefore() async throws {
    try channel.apply(Self.catalog)
    try channel.apply("2-b", Array(#"{"version":"2-b","attributes":7}"#.utf8))
    let instance = try await Instance(log)
    let cookie = channel.cookie(1)
    try channel.say(.pageViewed, [cookie], ["page": "/"])
    let view = try await instance.knows(cookie, events: 1)
    #expect(view.json["catalogVersion"] as? String == "1-a" && derived(view)["views_1h"] == "1")

    var next = Self.catalog
    next.version = "3-c"
    next.attributes.removeAll { $0.name == "interest" }
    try channel.apply(next)
    try await eventually("the next one is in force") {
      let view = await instance.ask("/v1/profiles?identifier=\(cookie.key)")
      return view.json["catalogVersion"] as? String == "3-c" && self.derived(view)["interest"] == nil
    }
    try await instance.stop()
  }

  @Test func whatIsYoungerThanTheCustomerIsNotCalledExactNorWhatIsDecidedByIt() async throws {
    let instance = try await Instance(log)
    let cookie = channel.cookie(1)
    try channel.say(.pageViewed, [cookie], ["page": "/"])
    _ = try await instance.knows(cookie, events: 1)
    var catalog = Self.catalog
    for index in catalog.attributes.indices where catalog.attributes[index].computation != nil {
      catalog.attributes[index].definedMs = Int64(Date().timeIntervalSince1970 * 1_000)
    }
    try channel.apply(catalog)
    try await eventually("the catalogue is in force") {
      await instance.ask("/v1/profiles?identifier=\(cookie.key)").json["catalogVersion"] != nil
    }
    try channel.say(.pageViewed, [cookie], ["page": "/"])
    let view = try await instance.knows(cookie, events: 2)
    let all = try #require(view.json["derived"] as? [[String: Any]])
    let segment = try #require((view.json["segments"] as? [[String: Any]])?.first)
    for one in all.filter({ ["views_1h", "stage"].contains($0["name"] as? String) }) + [segment] {
      #expect(one["isExact"] as? Bool == false && one["exactFromMs"] is Int, "\(one)")
    }
    let interest = try #require(all.first { $0["name"] as? String == "interest" })
    #expect(interest["isExact"] as? Bool == false && interest["exactFromMs"] == nil, "what is missing stays missing")
    let recency = try #require(all.first { $0["name"] as? String == "days_since_view" })
    #expect(recency["isExact"] as? Bool == true)
    try await instance.stop()
  }

  @Test func segmentsHaveTheirTitlesInTheLanguageThatIsAskedFor() async throws {
    var catalog = Self.catalog
    catalog.segments?[0].titles = Translations(nl: "was hier onlangs")
    catalog.segments?.append(Segment(name: "anybody", when: "true", title: "anybody"))
    try channel.apply(catalog)
    let instance = try await Instance(log)
    let cookie = channel.cookie(1)
    try channel.say(.pageViewed, [cookie], ["page": "/"])
    let known = try await instance.knows(cookie, events: 1)
    func titles(_ language: String) async -> [String?] {
      let view = await instance.ask("/v1/profiles?identifier=\(cookie.key)\(language)")
      return (view.json["segments"] as? [[String: Any]] ?? []).map { $0["title"] as? String }
    }
    #expect((known.json["segments"] as? [[String: Any]])?.count == 2)
    #expect(await titles("&language=nl") == ["was hier onlangs", "anybody"])
    for language in ["", "&language=en"] { #expect(await titles(language) == ["was here lately", "anybody"]) }
    let refused = await instance.ask("/v1/profiles?identifier=\(cookie.key)&language=de")
    #expect(refused.status == 400 && "\(refused.json)".contains("takes en or nl"))
    try await instance.stop()
  }

  @Test func ofWhatSystemsSayDifferentlyTheRuleAndTheOtherWordsAreTold() throws {
    var catalog = Self.catalog
    var name = AttributeDeclaration(name: "name", kind: .string, scope: .customer)
    (name.conflict, name.sources) = (.strongest, ["crm"])
    catalog.attributes.append(name)
    var state = ProfileState(id: "p1", nowMs: 10)
    for (index, source) in ["crm", "shop"].enumerated() {
      var body = FacetBody(firstSeenMs: 1, lastSeenMs: 10)
      body.attributes = [
        Attribute(name: "name", value: .string("Ada of the \(source)"), atMs: Int64(index + 1), source: source)
      ]
      state.facets.append(Facet(id: "customer:\(source)#0", version: 0, seq: 1, body: body))
    }
    let document = CustomerDocument(state, try CheckedCatalog(catalog), asOfMs: 20, namespaces: .standard)
    let said = try #require(document.attributes.first)
    #expect(said.value == .string("Ada of the crm") && said.rule == .strongest && said.facets == ["customer:crm#0"])
    #expect(said.others.map(\.value) == [.string("Ada of the shop")] && said.others[0].facets == ["customer:shop#0"])
  }
}
