import Contracts
import Foundation
import MemoryLog
import MessageLog
import ProfileAggregator
import TestKit
import Testing

@testable import Host
@testable import ProfileReads

@Suite("Reading customers over HTTP", .serialized)
final class RoutesTests: OnOneLog {
  @Test func theViewSaysAllAndWhereItComesFrom() async throws {
    let instance = try await Instance(log)
    let (number, cookie) = (channel.number(1), channel.cookie(1))
    try channel.visit(1)
    try channel.say(.customerRecorded, [number], ["attributes": ["age": 41]])
    try channel.say(.consentGiven, [cookie], ["purpose": "email"])
    try channel.say(.contactStarted, [cookie], ["contact": "k1", "placement": "home"])
    try channel.say(.orderPlaced, [number], ["order": "o1", "amountMinor": 1_000, "currency": "EUR"])
    let view = try await instance.knows(number, events: 6, identifiers: 2)
    let id = try #require(view.profile)

    #expect(view.status == 200 && view.isStale == false && view.by == "owner")
    let attribute = try #require((view.json["attributes"] as? [[String: Any]])?.first)
    #expect(attribute["name"] as? String == "age" && attribute["value"] as? Int == 41)
    #expect(attribute["facets"] as? [String] == ["\(number.key)#0"])
    let consent = try #require((view.json["consents"] as? [[String: Any]])?.first)
    #expect(consent["isGiven"] as? Bool == true && consent["facets"] as? [String] == ["\(cookie.key)#0"])
    let contact = try #require((view.json["contacts"] as? [[String: Any]])?.first)
    #expect(contact["facet"] as? String == "\(cookie.key)#0")
    let known = try #require(view.json["identifiers"] as? [[String: Any]])
    let own = try #require(known.first { $0["namespace"] as? String == "cookie" })
    // It came here by a move, with what was known under it.
    #expect(own["version"] as? Int == 1 && own["seq"] as? Int == 3)
    #expect(
      (view.json["facets"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == known.map { "\($0["facet"]!)" })
    #expect((view.json["orders"] as? [[String: Any]])?.first?["amountMinor"] as? Int == 1_000)

    // By whichever identifier, and by the id: the same. The id of the cookie's own is nobody's any more.
    let byId = await instance.ask("/v1/profiles/\(id)")
    let byCookie = await instance.ask("/v1/profiles?identifier=\(cookie.key)")
    #expect(byId.customer == view.customer && byCookie.customer == view.customer)
    let home = IdMint(secret: Instance.secret).profile(cookie)
    #expect(await instance.ask("/v1/profiles/\(home)").status == 404)

    let tag = try #require(view.headers["etag"])
    let again = await instance.ask(
      "/v1/profiles/\(id)", ["Authorization": "Bearer \(Instance.token)", "If-None-Match": tag])
    #expect(again.status == 304 && again.json.isEmpty)
    try channel.say(.pageViewed, [cookie], ["page": "/"])
    let changed = try await instance.knows(number, events: 7, identifiers: 2)
    #expect(changed.headers["etag"] != tag)
    try await instance.stop()
  }

  /// The call centre's system knows no more than the number.
  @Test func aTelephoneNumberFindsTheOnlyOneWhoHasIt() async throws {
    let instance = try await Instance(log)
    let phone = Identifier("phone", channel.cookie(1).value)
    try channel.say(.identityAsserted, [channel.number(1), phone])
    let view = try await instance.knows(channel.number(1), events: 1, identifiers: 2)
    let found = await instance.ask("/v1/profiles?identifier=\(phone.key)")
    #expect(found.status == 200 && found.profile == view.profile && found.customer == view.customer)
    // Another one has it too: it is a customer of its own, of whom nothing is known.
    try channel.say(.identityAsserted, [channel.number(2), phone])
    _ = try await instance.knows(channel.number(2), events: 1, identifiers: 1)
    try await eventually("it finds nobody") {
      await instance.ask("/v1/profiles?identifier=\(phone.key)").status == 404
    }
    #expect(await instance.ask("/v1/profiles?identifier=\(channel.number(1).key)").identifiers.count == 1)
    try await instance.stop()
  }

  @Test func anIdentifierIsTakenAsItsAddressSaysIt() async throws {
    let instance = try await Instance(log)
    let login = Identifier("login", "a+b&c=d@example.org")
    try channel.say(.pageViewed, [login], ["page": "/"])
    try await eventually("it is known") {
      await instance.ask("/v1/profiles?identifier=login%3Aa%2Bb%26c%3Dd%40example.org").identifiers == [login.key]
    }
    try await instance.stop()
  }

  @Test func whatCannotBeReadIsRefusedWithItsPlace() async throws {
    let instance = try await Instance(log)
    try channel.visit(1)
    let id = try #require(try await instance.knows(channel.number(1), events: 2, identifiers: 2).profile)
    let long = String(repeating: "x", count: 257)
    for (path, status, field) in [
      ("/v1/profiles", 400, "identifier"), ("/v1/profiles?identifier=4711", 400, "identifier"),
      ("/v1/profiles?identifier=customer:", 400, "identifier"), ("/v1/profiles?identifier=shoe:44", 400, "identifier"),
      ("/v1/profiles?identifier=customer:\(long)", 400, "identifier"),
      ("/v1/profiles?identifier=customer:nobody", 404, "identifier"), ("/v1/profiles/p0", 404, "id"),
      ("/v1/profiles/\(long)", 404, "id"), ("/v1/profiles/p0/timeline", 404, "id"),
      ("/v1/profiles/\(id)/timeline?limit=0", 400, "limit"), ("/v1/profiles/\(id)/timeline?limit=201", 400, "limit"),
      ("/v1/profiles/\(id)/timeline?limit=x", 400, "limit"), ("/v1/profiles/\(id)/timeline?before=x", 400, "before"),
      ("/v1/profiles/\(id)/timeline?before=0.1000000_1.1000000_2.1000000_3.1000000", 400, "before"),
    ] {
      let answer = await instance.ask(path)
      #expect(answer.status == status && answer.json["field"] as? String == field, "\(path): \(answer)")
      #expect(answer.headers["content-type"] == "application/problem+json")
    }
    try await instance.stop()
  }

  @Test func nobodyReadsWithoutTheTokenAndInstancesOnlyWithTheSecret() async throws {
    let instance = try await Instance(log)
    let peer = PeerRoutes.path(Topics.profileState.name, "p0")
    func sealed(_ secret: String, atMs ms: Int64) -> [String: String] {
      [PeerSeal.header: PeerSeal(secret: secret) { ms }.sealed(Topics.profileState.name, "p0")]
    }
    for path in ["/v1/profiles?identifier=customer:1", "/v1/profiles/p0", "/v1/profiles/p0/timeline", peer] {
      #expect(await instance.ask(path, [:]).status == 401)
      #expect(await instance.ask(path, ["Authorization": "Bearer no"]).status == 401)
    }
    #expect(await instance.ask(peer).status == 401, "a token of staff is no instance's")
    #expect(await instance.ask(peer, sealed("another", atMs: wallClockMs())).status == 401)
    #expect(await instance.ask(peer, sealed(Instance.secret, atMs: wallClockMs() - 3_600_000)).status == 401)
    #expect(await instance.ask(peer, sealed(Instance.secret, atMs: wallClockMs())).status == 204)
    let other = PeerRoutes.path(Topics.profileState.name, "p1")
    #expect(await instance.ask(other, sealed(Instance.secret, atMs: wallClockMs())).status == 401)
    #expect(instance.accesses.isEmpty)
    try await instance.stop()
  }

  @Test func whereThereIsNoTokenThereIsNoPort() async throws {
    let instance = try await Instance(log, settings: Instance.settings(token: ""))
    #expect(instance.app.http.port == nil)
    try await instance.stop()
  }

  @Test func whoLookedAtWhomIsLogged() async throws {
    let instance = try await Instance(log)
    try channel.visit(1)
    let id = try #require(try await instance.knows(channel.number(1), events: 2, identifiers: 2).profile)
    let before = instance.accesses.count
    let bearer = ["Authorization": "Bearer \(Instance.token)"]
    _ = await instance.ask("/v1/profiles/\(id)", bearer.merging(["X-Trias-Staff": "ann"]) { $1 })
    _ = await instance.ask(
      "/v1/profiles?identifier=\(channel.cookie(1).key)",
      ["Cookie": "trias_staff=\(Instance.token); trias_staff_name=Bea%20B%0Awho=eve"])
    _ = await instance.ask("/v1/profiles/\(id)/timeline", bearer)
    _ = await instance.ask("/v1/profiles/p0", bearer)
    let lines = instance.accesses.dropFirst(before)
    #expect(lines.map { $0["who"] } == ["ann", "Bea Bwho=eve", "staff-token", "staff-token"])
    #expect(lines.map { $0["profile"] } == [id, id, id, "p0"])
    #expect(lines.map { $0["answered"] } == ["owner", "owner", "owner", "unknown"])
    #expect(
      lines.map { $0["route"] } == [
        "/v1/profiles/{id}", "/v1/profiles", "/v1/profiles/{id}/timeline", "/v1/profiles/{id}",
      ])
    #expect(lines.map { $0["by"] } == [nil, "cookie", nil, nil])
    #expect(!instance.accesses.contains { "\($0)".contains(channel.cookie(1).value) })
    let metrics = instance.metrics.exposition()
    #expect(metrics.contains(#"trias_profile_reads_total{answered="unknown",route="/v1/profiles/{id}"} 1"#))
    try await instance.stop()
  }

  @Test func theTimelineGoesBackPageByPageAndThroughTheLink() async throws {
    let instance = try await Instance(log)
    let (number, cookie) = (channel.number(1), channel.cookie(1))
    var ids: [String] = []
    for n in 0..<5 { ids.append(try channel.say(.pageViewed, [cookie], ["page": "/\(n)"])) }
    _ = try await instance.knows(cookie, events: 5)
    ids.append(try channel.say(.identityAsserted, [number, cookie]))
    let id = try #require(try await instance.knows(number, events: 6, identifiers: 2).profile)
    // Somebody else, between.
    try channel.visit(2)
    _ = try await instance.knows(channel.number(2), events: 2, identifiers: 2)
    ids.append(try channel.say(.pageViewed, [number], ["page": "/last"]))
    _ = try await instance.knows(number, events: 7, identifiers: 2)

    var told: [[String: Any]] = []
    var next: String? = ""
    while let before = next {
      let page = await instance.ask("/v1/profiles/\(id)/timeline?limit=2" + (before.isEmpty ? "" : "&before=\(before)"))
      #expect(page.status == 200 && page.events.count <= 2)
      told += page.events
      next = page.json["next"] as? String
      #expect((page.json["lookedBackToMs"] != nil) == (next != nil))
      #expect(page.json["lostBeforeMs"] == nil)
      guard told.count < 100 else { break }
    }
    #expect(told.compactMap { $0["id"] as? String }.filter { ids.contains($0) } == ids.reversed())
    #expect(Set(told.map { "\($0["id"] ?? "")" }).count == told.count)
    let arrival = try #require(told.first { $0["type"] as? String == EventType.facetReceived.rawValue })
    let home = IdMint(secret: Instance.secret).profile(cookie)
    #expect((arrival["data"] as? [String: Any])?["profile"] as? String == home)
    #expect((arrival["data"] as? [String: Any])?["body"] == nil)
    let first = try #require(told.first { $0["id"] as? String == ids[0] })
    #expect(first["recordedUnder"] as? String == home && first["facet"] as? String == "\(cookie.key)#0")
    #expect((first["data"] as? [String: Any])?["page"] as? String == "/0")
    try await instance.stop()
  }

  @Test func whatTheTopicHasLostAndWhatIsAnothersIsSaid() async throws {
    let instance = try await Instance(log)
    let (number, cookie) = (channel.number(1), channel.cookie(1))
    try channel.visit(1)
    let id = try #require(try await instance.knows(number, events: 2, identifiers: 2).profile)
    let shared = try channel.say(.pageViewed, [cookie], ["page": "/shared"])
    _ = try await instance.knows(number, events: 3, identifiers: 2)
    let command = StewardCommand(identifier: cookie, from: number, by: "bea", reason: "a shared tablet")
    let envelope = Envelope(
      id: "split", source: "test", type: StewardCommandType.split.rawValue, timeMs: wallClockMs())
    _ = try log.makeProducer(name: "steward").append(
      [
        OutgoingRecord(
          topic: Topics.stewardCommands.name, partition: 0, key: Array(StewardCommand.key.utf8), value: command.json,
          headers: envelope.headers)
      ], timeoutMs: 0)
    try await eventually("they are two") { await instance.ask("/v1/profiles/\(id)").identifiers == [number.key] }
    let timeline = await instance.ask("/v1/profiles/\(id)/timeline")
    let event = try #require(timeline.events.first { $0["id"] as? String == shared })
    #expect(event["isOfAnother"] as? Bool == true)
    let own = try #require(timeline.events.first { $0["facet"] as? String == "\(number.key)#0" })
    #expect(own["isOfAnother"] == nil)

    log.truncate(Topics.profileTimeline.name, before: 1)
    let cut = await instance.ask("/v1/profiles/\(id)/timeline")
    #expect(cut.json["next"] == nil && cut.json["lostBeforeMs"] as? Int != nil)
    try await instance.stop()
  }

  @Test func theDescriptionIsWhatIsServed() async throws {
    try channel.apply(ViewTests.catalog)
    let instance = try await Instance(log)
    try channel.visit(1)
    try channel.say(.customerRecorded, [channel.number(1)], ["attributes": ["age": 41]])
    let view = try await instance.knows(channel.number(1), events: 3, identifiers: 2)
    let id = try #require(view.profile)
    let timeline = await instance.ask("/v1/profiles/\(id)/timeline")
    let document = await instance.ask("/v1/profiles.json", [:]).json
    let paths = try #require(document["paths"] as? [String: Any])
    let router = HTTPRouter()
    let context = HostContext.bystander(log)
    try ProfileAggregator.shell.make(context).routes?(router)
    let served = router.routes.map { "/\($0.path)".replacing("//", with: "/") }.filter { !$0.hasPrefix("/peer/") }
    #expect(Set(served) == Set(paths.keys))
    let schemas = (document["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]] ?? [:]
    for (name, said) in [("Customer", view.json), ("Timeline", timeline.json), ("Event", timeline.events[0])] {
      holds(said, to: schemas[name] ?? [:], name)
    }
    try await instance.stop()
  }

  /// That an object has what its schema requires, and nothing that it doesn't know; the same of the objects in its lists.
  private func holds(_ said: [String: Any], to schema: [String: Any], _ place: String) {
    let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
    let required = Set(schema["required"] as? [String] ?? [])
    #expect(Set(said.keys).isSubset(of: properties.keys), "\(place): \(Set(said.keys).subtracting(properties.keys))")
    #expect(required.isSubset(of: said.keys), "\(place): \(required.subtracting(said.keys))")
    for (name, value) in said {
      guard let items = properties[name]?["items"] as? [String: Any], items["properties"] != nil else { continue }
      for one in value as? [[String: Any]] ?? [] { holds(one, to: items, "\(place).\(name)") }
    }
  }
}
