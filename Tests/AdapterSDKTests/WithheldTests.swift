import AdapterSDK
import Contracts
import TestKit
import Testing

/// The catalogue in force has the last word on what is shown, on lists that are open too: nobody has to do anything for it.
@Suite(.timeLimit(.minutes(1)))
struct WithheldTests {
  typealias World = ChannelAdapterTests.World

  private static let all = ["saver", "card", "loan"]

  /// All three, as `change` leaves them; two are what is shown when the suite is away.
  private static func catalog(_ version: String, _ change: (inout Catalog) -> Void = { _ in }) -> Catalog {
    var catalog = Catalog(version: version, appliedMs: 0, name: "bank", currency: "EUR")
    catalog.propositions = all.map { id in
      var proposition = Proposition(id: id, name: id, issue: "grow", group: id, kind: .offer)
      proposition.treatments = [Treatment(channel: "web", headline: id, body: "b", callToAction: "c")]
      return proposition
    }
    catalog.fallback = [FallbackList(channel: "web", propositions: ["saver", "card"])]
    change(&catalog)
    return catalog
  }

  /// A contact that is open, with all three on its list.
  private func world() async throws -> World {
    let world = try World()
    try world.put(Self.catalog("1-a"))
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 7, replyTo: "web-1", Self.all)
    try await eventually { world.adapter.list(of: "k1") != nil }
    return world
  }

  private func items(_ list: NbaList?) -> [String]? { list?.items.map(\.proposition) }

  private static let later = Int64(4_102_444_800_000)

  static let ways: [(String, @Sendable (inout Catalog) -> Void)] = [
    ("excluded", { $0.exclusions = [Exclusion(reason: "the rate is wrong", group: "saver")] }),
    ("paused", { $0.propositions[0].isPaused = true }),
    ("out of stock", { $0.propositions[0].isInStock = false }),
    ("over", { $0.propositions[0].validUntilMs = 1 }),
    ("not yet", { $0.propositions[0].validFromMs = later }),
    ("gone", { $0.propositions.removeFirst() }),
  ]

  @Test(arguments: ways.indices)
  func whatTheCatalogueInForceLetsNobodyBeShownIsOnNoList(_ way: Int) async throws {
    let world = try await world()
    #expect(items(world.adapter.list(of: "k1")) == Self.all)
    try world.put(
      Self.catalog("2-b") {
        $0.fallback = []
        Self.ways[way].1(&$0)
      })
    try await eventually { world.adapter.catalogVersion == "2-b" }
    let list = try #require(world.adapter.list(of: "k1"))
    #expect(items(list) == ["card", "loan"])
    #expect(list.items.map(\.rank) == [1, 2], "the rest closes up")
    #expect(list.version == 7 && list.id == world.adapter.ids.list(contact: "k1", version: 7, items: Self.all))
    #expect(list.dropped == [StageCount(stage: .validity, count: 1)] && list.considered == 3)
    #expect(items(await world.adapter.awaitList("k1", budgetMs: 0)) == ["card", "loan"])
    var stream = try #require(world.adapter.lists(of: "k1")).makeAsyncIterator()
    #expect(items(await stream.next()) == ["card", "loan"])
    // A list that was under way when the catalogue came.
    try world.putList("k1", version: 8, replyTo: "web-1", ["loan", "saver"])
    #expect(items(await world.adapter.awaitList("k1", atLeast: 8, budgetMs: 15_000)) == ["loan"])
    #expect(items(await stream.next()) == ["loan"])
    try await world.stop()
  }

  @Test func whoAnswersWhatWasWithheldMeanwhileIsHeard() async throws {
    let world = try await world()
    try world.put(Self.catalog("2-b") { $0.propositions[0].isPaused = true })
    try await eventually { items(world.adapter.list(of: "k1")) == ["card", "loan"] }
    for proposition in Self.all {
      #expect(ResponseTests().refused(world, "k1", version: 7, proposition, on: Self.all) == nil)
    }
    let list = try #require(world.adapter.list(of: "k1"))
    #expect(world.adapter.listed(list.id, contact: "k1")?.rank(of: "saver") == 1, "as it was listed")
    try await world.stop()
  }

  @Test func whoListensIsToldAtOnceAndNobodyElse() async throws {
    let world = try await world()
    try await world.adapter.start(try world.event("contact.started", contact: "k2"))
    try world.putList("k2", version: 1, replyTo: "web-1", ["loan"])
    try await eventually { world.adapter.list(of: "k2") != nil }
    var concerned = try #require(world.adapter.lists(of: "k1")).makeAsyncIterator()
    var other = try #require(world.adapter.lists(of: "k2")).makeAsyncIterator()
    #expect(items(await concerned.next()) == Self.all)
    #expect(items(await other.next()) == ["loan"])
    try world.put(Self.catalog("2-b") { $0.exclusions = [Exclusion(reason: "a recall", proposition: "card")] })
    let told = await concerned.next()
    #expect(items(told) == ["saver", "loan"] && told?.version == 7)
    // What it would be told next comes first, unless it was told of the catalogue.
    try world.putList("k2", version: 2, replyTo: "web-1", ["loan"])
    #expect(await other.next()?.version == 2)
    try world.put(Self.catalog("3-c"))
    #expect(items(await concerned.next()) == Self.all, "and when it may be shown again")
    try await world.stop()
  }

  @Test func ofWhichNothingIsLeftIsAnEmptyList() async throws {
    let world = try await world()
    var stream = try #require(world.adapter.lists(of: "k1", fallbackChannel: "web")).makeAsyncIterator()
    #expect(items(await stream.next()) == Self.all)
    try world.put(Self.catalog("2-b") { $0.exclusions = [Exclusion(reason: "all of it", issue: "grow")] })
    let told = await stream.next()
    #expect(items(told) == [] && told?.version == 7 && told?.isFallback == false)
    #expect(items(world.adapter.list(of: "k1")) == [])
    try await world.stop()
  }

  @Test func whatEndsIsGoneFromThatMomentOnWithoutAnybodysDoing() async throws {
    let world = try await world()
    let ends = world.adapter.nowMs + 3_600_000
    try world.put(Self.catalog("2-b") { $0.propositions[0].validUntilMs = ends })
    try await eventually { world.adapter.catalogVersion == "2-b" }
    var stream = try #require(world.adapter.lists(of: "k1")).makeAsyncIterator()
    #expect(items(await stream.next()) == Self.all)
    world.aheadMs.ms.withLock { $0 = 3_600_000 }
    #expect(items(world.adapter.list(of: "k1")) == ["card", "loan"])
    #expect(items(await stream.next()) == ["card", "loan"])
    // A clock that is set back is no reason to withhold it.
    world.aheadMs.ms.withLock { $0 = 0 }
    #expect(items(await stream.next()) == Self.all)
    try await world.stop()
  }

  @Test func theScorersClockMayBeAhead() async throws {
    let world = try await world()
    let begins = world.adapter.nowMs + 60_000
    try world.put(Self.catalog("2-b") { $0.propositions[0].validFromMs = begins })
    try world.putList("k1", version: 8, replyTo: "web-1", Self.all, catalogVersion: "2-b", atMs: begins)
    #expect(items(await world.adapter.awaitList("k1", atLeast: 8, budgetMs: 15_000)) == Self.all)
    try await world.stop()
  }

  @Test func aListOfACatalogueThatIsNotHereYetIsShownAsItWasDecided() async throws {
    let world = try await world()
    try world.put(Self.catalog("2-b") { $0.propositions[0].isPaused = true })
    try await eventually { world.adapter.catalogVersion == "2-b" }
    var stream = try #require(world.adapter.lists(of: "k1")).makeAsyncIterator()
    #expect(items(await stream.next()) == ["card", "loan"])
    try world.putList("k1", version: 8, replyTo: "web-1", ["new", "saver"], catalogVersion: "3-c")
    #expect(items(await stream.next()) == ["new", "saver"])
    try world.put(Self.catalog("3-c"))
    #expect(items(await stream.next()) == ["saver"], "once it is here it says so itself")
    try await world.stop()
  }

  @Test func theFallbackOfAnOpenStreamChangesToo() async throws {
    let world = try World()
    try world.put(Self.catalog("1-a"))
    try await world.start()
    world.adapter.watch("k1")
    var stream = try #require(world.adapter.lists(of: "k1", fallbackChannel: "web")).makeAsyncIterator()
    let first = await stream.next()
    #expect(items(first) == ["saver", "card"] && first?.isFallback == true)
    try world.put(Self.catalog("2-b") { $0.propositions[0].isInStock = false })
    #expect(items(await stream.next()) == ["card"])
    try world.put(
      Self.catalog("3-c") { $0.exclusions = [Exclusion(reason: "all of it", issue: "grow")] })
    let none = await stream.next()
    #expect(items(none) == [] && none?.isFallback == true)
    #expect(world.adapter.fallbackList(contact: "k1", channel: "web") == nil)
    try world.putList("k1", version: 1, replyTo: "web-1", ["loan"], catalogVersion: "4-d")
    #expect(await stream.next()?.version == 1)
    try await world.stop()
  }

  @Test func allWhoListenAreToldHoweverManyTheyAre() async throws {
    let world = try await world()
    let contacts = (0..<600).map { "many-\($0)" }
    var streams: [AsyncStream<NbaList>.Iterator] = []
    for contact in contacts {
      world.adapter.watch(contact)
      streams.append(
        try #require(world.adapter.lists(of: contact, fallbackChannel: "web")).makeAsyncIterator())
    }
    for index in streams.indices { #expect(await streams[index].next()?.items.count == 2) }
    try world.put(Self.catalog("2-b") { $0.propositions[1].isPaused = true })
    for index in streams.indices { #expect(items(await streams[index].next()) == ["saver"]) }
    try await world.stop()
  }
}
