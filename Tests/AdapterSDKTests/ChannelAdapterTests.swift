import AdapterSDK
import Contracts
import Foundation
import MemoryLog
import MessageLog
import Synchronization
import TestKit
import Testing

/// The adapter over the log in memory. The scorer is played by the test: it writes lists.
struct ChannelAdapterTests {
  final class World: Sendable {
    let log: MemoryLog
    let adapter: ChannelAdapter
    let producer: any LogProducer
    let counts = Mutex<[String: Int]>([:])
    let ended = Mutex(false)
    /// How far the adapter's clock is ahead of the real one.
    let aheadMs: Ahead

    final class Ahead: Sendable { let ms = Mutex<Int64>(0) }

    init(
      _ change: (inout AdapterSettings) -> Void = { _ in },
      filtered: @escaping @Sendable (String, Int) -> Void = { _, _ in }
    ) throws {
      let ahead = Ahead()
      let clock: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) + ahead.ms.withLock { $0 } }
      aheadMs = ahead
      log = MemoryLog(clock: clock)
      let topics = [Topics.channelInteractions, Topics.nbaLists, Topics.marketingCatalog, Topics.sourceRecords]
      try log.createTopics(
        topics.map {
          TopicPlan($0, domainPartitions: 3)
        })
      producer = try log.makeProducer(name: "scorer")
      var settings = AdapterSettings(partitions: 3, instance: "web-1", secret: "test")
      change(&settings)
      let counts = Counts()
      adapter = ChannelAdapter(
        settings: settings, log: log,
        report: AdapterReport(count: { counts.add("\($0)", $1) }, filtered: filtered), clock: clock)
      self.tally = counts
    }

    let tally: Counts

    final class Counts: Sendable {
      let all = Mutex<[String: Int]>([:])
      func add(_ name: String, _ n: Int) { all.withLock { $0[name, default: 0] += n } }
      subscript(name: String) -> Int { all.withLock { $0[name, default: 0] } }
    }

    func start() async throws {
      let thread = Thread { [self] in
        adapter.run()
        ended.withLock { $0 = true }
      }
      thread.start()
      try await eventually { adapter.readiness.ready }
    }

    func stop() async throws {
      adapter.close()
      try await eventually { ended.withLock { $0 } }
    }

    func event(_ type: String, contact: String) throws -> ChannelEvent {
      var data = Interaction(identifiers: [Identifier("cookie", "c-\(contact)")], channel: "web", contact: contact)
      data.page = "/"
      return try adapter.checks.check(
        IncomingEvent(type: type, interaction: data), source: "test", replyTo: adapter.instance, nowMs: adapter.nowMs,
        newId: { ChannelAdapter.newId() })
    }

    func putList(
      _ contact: String, version: Int64, replyTo: String?, partition: Int32 = 0, _ propositions: [String] = [],
      catalogVersion: String = "1", atMs: Int64 = 0
    ) throws {
      let items = propositions.enumerated().map { index, id in
        NbaItem(
          rank: index + 1, proposition: id, name: id, issue: "grow", group: "savings", kind: .offer,
          treatment: Treatment(channel: "web", headline: "h", body: "b", callToAction: "c"), probability: 0.25,
          valueMinor: 1_000, expectedValueMinor: 250, currency: "EUR", priority: 2.5, reasons: [])
      }
      let list = NbaList(
        id: adapter.ids.list(contact: contact, version: version, items: propositions), contact: contact,
        version: version, channel: "web", placement: nil, atMs: atMs, catalogVersion: catalogVersion, items: items,
        considered: propositions.count, dropped: [])
      var headers = Headers([("ce_correlationid", contact)])
      if let replyTo { headers.append("ce_replyto", replyTo) }
      _ = try producer.append(
        [
          OutgoingRecord(
            topic: Topics.nbaLists.name, partition: partition, key: Array("p1".utf8),
            value: Array(try JSONEncoder().encode(list)), headers: headers)
        ], timeoutMs: 1_000)
    }

    func putCatalog(
      _ version: String, paused: Bool = false, id: String = "savings", startProbability: Double = 0.1,
      exclusions: [Exclusion] = []
    ) throws {
      var catalog = Catalog(version: version, appliedMs: 0, name: "bank", currency: "EUR")
      var proposition = Proposition(id: id, name: "Savings", issue: "grow", group: "savings", kind: .offer)
      proposition.isPaused = paused
      proposition.startProbability = startProbability
      proposition.treatments = [Treatment(channel: "web", headline: version, body: "b", callToAction: "c")]
      catalog.propositions = [proposition]
      catalog.exclusions = exclusions
      catalog.fallback = [FallbackList(channel: "web", propositions: [id])]
      try put(catalog)
    }

    func put(_ catalog: Catalog) throws {
      _ = try producer.append(
        [
          OutgoingRecord(
            topic: Topics.marketingCatalog.name, partition: 0, key: Array("catalog".utf8),
            value: Array(try JSONEncoder().encode(catalog)))
        ], timeoutMs: 1_000)
    }
  }

  @Test func anEventIsOnTheTopicWhenPublishReturns() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.publish(try world.event("page.viewed", contact: "k1"))
    let records = world.log.records(of: Topics.channelInteractions.name)
    #expect(records.count == 1)
    #expect(records[0].partition == Partitioner.partition(of: "cookie:c-k1", count: 3))
    #expect(records[0].headers.string("ce_type") == "trias.page.viewed.v1")
    #expect(records[0].headers.string("ce_replyto") == nil)
    try await world.stop()
  }

  @Test func contactsAreRefusedUntilTheListsPositionIsKnown() async throws {
    let world = try World()
    let event = try world.event("contact.started", contact: "k1")
    await #expect(throws: AdapterError.unavailable("not started")) { try await world.adapter.start(event) }
    try await world.start()
    try await world.adapter.start(event)
    let record = try #require(world.log.records(of: Topics.channelInteractions.name).first)
    #expect(record.headers.string("ce_replyto") == "web-1")
    try await world.stop()
  }

  @Test func whoWaitsGetsTheListAsSoonAsItComes() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    async let waiting = world.adapter.awaitList("k1", budgetMs: 15_000)
    try world.putList("k1", version: 1, replyTo: "web-1")
    #expect(await waiting?.version == 1)
    async let next = world.adapter.awaitList("k1", atLeast: 2, budgetMs: 15_000)
    try world.putList("k1", version: 2, replyTo: "web-1", partition: 2)
    #expect(await next?.version == 2)
    try await world.stop()
  }

  @Test func whenTheBudgetIsUsedUpOneGetsWhatThereIs() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    #expect(await world.adapter.awaitList("k1", budgetMs: 5) == nil)
    try world.putList("k1", version: 1, replyTo: "web-1")
    #expect(await world.adapter.awaitList("k1", atLeast: 1, budgetMs: 15_000)?.version == 1)
    #expect(await world.adapter.awaitList("k1", atLeast: 9, budgetMs: 5)?.version == 1)
    try await world.stop()
  }

  @Test(.timeLimit(.minutes(1)))
  func aBudgetThatIsUsedUpAtOnceLeavesNobodyWaiting() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    await withTaskGroup { group in
      for _ in 0..<2_000 { group.addTask { _ = await world.adapter.awaitList("k1", budgetMs: 0) } }
    }
    try await world.stop()
  }

  @Test func theHighestVersionWinsWhateverTheOrder() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 5, replyTo: "web-1")
    try world.putList("k1", version: 4, replyTo: "web-1")
    try await eventually { world.tally["trias_adapter_lists_total"] == 2 }
    #expect(world.adapter.list(of: "k1")?.version == 5)
    try await world.stop()
  }

  @Test func listsOfOthersContactsAreNotDecoded() async throws {
    let world = try World()
    try await world.start()
    _ = try world.producer.append(
      [
        OutgoingRecord(
          topic: Topics.nbaLists.name, partition: 0, key: [1], value: Array("not even JSON".utf8),
          headers: Headers([("ce_correlationid", "other"), ("ce_replyto", "web-2")]))
      ], timeoutMs: 1_000)
    try await eventually { world.tally["trias_adapter_lists_skipped_total"] == 1 }
    #expect(world.tally["trias_adapter_unreadable_total"] == 0)
    try await world.stop()
  }

  @Test func aWatchedContactOfAnotherInstanceIsFollowed() async throws {
    let world = try World()
    try await world.start()
    world.adapter.watch("k9")
    try world.putList("k9", version: 1, replyTo: "web-2")
    try await eventually { world.adapter.list(of: "k9")?.version == 1 }
    try await world.stop()
  }

  @Test func aContactThatMovesHereHasItsListAtOnce() async throws {
    let world = try World()
    for contact in ["old", "older"] {
      for version in Int64(1)...3 { try world.putList(contact, version: version, replyTo: "web-2") }
    }
    try await world.start()
    #expect(world.adapter.list(of: "old")?.version == 3, "it was there before this instance was")
    try world.putList("new", version: 1, replyTo: "web-2")
    try world.putList("old", version: 4, replyTo: "web-2")
    try await eventually { world.tally["trias_adapter_lists_total"] == 1 }
    #expect(world.adapter.list(of: "old")?.version == 4, "and is followed from there on")
    #expect(world.adapter.list(of: "new")?.version == 1)
    var iterator = try #require(world.adapter.lists(of: "older")).makeAsyncIterator()
    #expect(await iterator.next()?.version == 3)
    #expect(world.adapter.list(of: "nobody") == nil)
    try await world.stop()
  }

  @Test func aContactThatIsStartedAgainHereHasItsListAtOnce() async throws {
    let world = try World()
    try world.putList("k1", version: 3, replyTo: "web-2")
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    #expect(await world.adapter.awaitList("k1", budgetMs: 0)?.version == 3, "no new one comes of a repetition")
    try await world.stop()
  }

  @Test func ofOthersContactsOnlyTheLatestAreHeld() async throws {
    let world = try World {
      $0.recentListsBytesMax = 1_000
      $0.listsReadBackMax = 30
    }
    for i in 0..<40 { try world.putList("k\(i)", version: 1, replyTo: "web-2") }
    try await world.start()
    #expect(world.tally["trias_adapter_lists_skipped_total"] == 10, "a third of what may be read, of one partition")
    for _ in 0..<3_000 { try world.putList("again", version: 1, replyTo: "web-2") }
    try await eventually { world.tally["trias_adapter_lists_skipped_total"] == 3_010 }
    #expect(world.adapter.list(of: "k0") == nil)
    #expect(world.adapter.list(of: "k30") == nil, "there is no room for ten")
    #expect(world.adapter.list(of: "k39")?.version == 1)
    try await world.stop()
  }

  @Test func aStreamBeginsWithTheListThatIsHereAndSkipsForTheSlow() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 1, replyTo: "web-1")
    try await eventually { world.adapter.list(of: "k1") != nil }
    var iterator = try #require(world.adapter.lists(of: "k1")).makeAsyncIterator()
    #expect(await iterator.next()?.version == 1)
    for version in Int64(2)...4 { try world.putList("k1", version: version, replyTo: "web-1") }
    try await eventually { world.adapter.list(of: "k1")?.version == 4 }
    #expect(await iterator.next()?.version == 4)
    try await world.stop()
    #expect(await iterator.next() == nil)
  }

  @Test func beforeTheBrokerWasReachedNothingIsPublished() async throws {
    let world = try World()
    let event = try world.event("page.viewed", contact: "k1")
    await #expect(throws: AdapterError.unavailable("not started")) { try await world.adapter.publish([event]) }
    try await world.start()
    try await world.adapter.publish([event])
    try await world.stop()
  }

  @Test func theContactsTouchedLongestAgoAreForgotten() async throws {
    let world = try World { $0.contactsMax = 3 }
    try await world.start()
    let held = try #require(world.adapter.lists(of: "k0"))
    for i in 1...5 { try await world.adapter.start(try world.event("contact.started", contact: "k\(i)")) }
    #expect(world.adapter.identifiers(of: "k1").isEmpty)
    #expect(!world.adapter.identifiers(of: "k5").isEmpty)
    try world.putList("k0", version: 1, replyTo: "web-2")
    var iterator = held.makeAsyncIterator()
    #expect(await iterator.next()?.version == 1, "somebody listens, so it stays")
    try await world.stop()
  }

  @Test func theFallbackIsTheLatestCataloguesChoice() async throws {
    let world = try World()
    try world.putCatalog("1-a")
    try world.putCatalog("2-b")
    // One that doesn't hold is refused whole.
    try world.putCatalog("3-evil", startProbability: 7)
    try await world.start()
    let list = try #require(world.adapter.fallbackList(contact: "k1", channel: "web"))
    #expect(list.isFallback)
    #expect(list.version == 0)
    #expect(list.items.map(\.proposition) == ["savings"])
    #expect(list.items[0].treatment.headline == "2-b")
    #expect(world.adapter.ids.listing(list.id, contact: "k1")?.version == 0)
    #expect(world.adapter.fallbackList(contact: "k1", channel: "fax") == nil)
    try world.putCatalog("3-c", paused: true)
    try await eventually { world.adapter.catalogVersion == "3-c" }
    #expect(world.adapter.fallbackList(contact: "k1", channel: "web") == nil)
    try world.putCatalog("4-d", exclusions: [Exclusion(reason: "the rate is wrong", group: "savings")])
    try await eventually { world.adapter.catalogVersion == "4-d" }
    #expect(world.adapter.fallbackList(contact: "k1", channel: "web") == nil)
    try await world.stop()
  }

  @Test func backPressureAndAnAbsentBrokerAreTold() async throws {
    let world = try World { $0.publishTimeoutMs = 200 }
    try await world.start()
    let event = try world.event("page.viewed", contact: "k1")
    world.log.failNextAppend(taking: 0, with: .queueFull)
    await #expect(throws: AdapterError.busy) { try await world.adapter.publish(event) }
    world.log.setAway(true)
    do {
      try await world.adapter.publish(event)
      Issue.record("published without a broker")
    } catch .unavailable {
    }
    world.log.setAway(false)
    try await world.adapter.publish(event)
    #expect(world.log.records(of: Topics.channelInteractions.name).count == 1)
    try await world.stop()
  }

  @Test func whoCanNotPublishIsNotReadyUntilHeCan() async throws {
    let world = try World { $0.probeEveryMs = 3_600_000 }
    try await world.start()
    let event = try world.event("page.viewed", contact: "k1")
    func fails() async throws {
      world.log.failNextAppend(taking: 0, with: .unavailable("no acknowledgement"))
      await #expect(throws: AdapterError.unavailable("no acknowledgement")) { try await world.adapter.publish(event) }
      #expect(world.adapter.readiness == (false, "publishing fails: no acknowledgement"))
    }
    try await fails()
    try await world.adapter.publish(event)
    #expect(world.adapter.readiness.ready, "a success shows that it works")
    world.log.failNextAppend(taking: 0, with: .queueFull)
    await #expect(throws: AdapterError.busy) { try await world.adapter.publish(event) }
    #expect(world.adapter.readiness.ready, "too much at once is no outage")
    try await fails()
    try await world.stop()
  }

  @Test func nobodyNeedsToSendForItToBecomeReadyAgain() async throws {
    let world = try World { $0.probeEveryMs = 1 }
    try await world.start()
    world.log.failNextAppend(taking: 0, with: .unavailable("no acknowledgement"))
    let event = try world.event("page.viewed", contact: "k1")
    await #expect(throws: AdapterError.unavailable("no acknowledgement")) { try await world.adapter.publish(event) }
    try await eventually { world.adapter.readiness.ready }
    try await world.stop()
  }

  @Test func afterAnOutageItReadsOn() async throws {
    let world = try World()
    try await world.start()
    world.log.setAway(true)
    try await eventually { !world.adapter.readiness.ready }
    world.log.setAway(false)
    try await eventually { world.adapter.readiness.ready }
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 1, replyTo: "web-1")
    #expect(await world.adapter.awaitList("k1", budgetMs: 15_000)?.version == 1)
    try await world.stop()
  }
}
