// The books: bounded, and right in whatever order records are read.

import Contracts
import MessageLog
import Testing

@testable import Workbench

struct StoreTests {
  @Test func whatWasUnusedForLongestIsForgotten() {
    var table = LruTable<String, Int>(countMax: 3)
    for (value, key) in ["a", "b", "c"].enumerated() { table.put(key, value) }
    table.touch("a")
    #expect(table.put("d", 3).map(\.key) == ["b"])
    #expect(table.count == 3)
    #expect(table["b"] == nil)
    #expect(table.greatest(2) { $0 }.map(\.key) == ["d", "c"])
    table.remove("a")
    #expect(table.put("e", 4).isEmpty)
    #expect(table.put("f", 5).map(\.key) == ["c"])
  }

  @Test func whatCostsTooMuchPushesOthersOutButNeverItself() {
    var table = LruTable<Int, String>(countMax: 100, costMax: 10)
    table.put(1, "a", cost: 4)
    table.put(2, "b", cost: 4)
    #expect(table.put(3, "c", cost: 4).map(\.key) == [1])
    #expect(table.put(4, "huge", cost: 50).map(\.key) == [2, 3])
    #expect(table[4] == "huge")
    #expect(table.put(4, "small", cost: 1).isEmpty)
    #expect(table.cost == 1)
  }

  @Test func aTableThatIsUsedForLongStaysSmall() {
    var table = LruTable<Int, Int>(countMax: 10)
    for key in 0..<10_000 { table.put(key % 37, key) }
    #expect(table.count == 10)
    #expect(table.values.count == 10)
  }

  @Test(arguments: [false, true])
  func anIdentifierIsFoundUnderTheProfileItMovedTo(newestFirst: Bool) throws {
    let scene = try Scene()
    let old = scene.state(profile: "old", identifiers: [Scene.cookie], version: 0)
    let new = scene.state(profile: "new", identifiers: [Scene.customer, Scene.cookie], version: 1)
    var book = ProfileBook(countMax: 10, bytesMax: .max)
    for state in newestFirst ? [new, old] : [old, new] { try book.put(state.id, state.json, revision: 1) }
    #expect(book.profile(of: Scene.cookie) == "new")
    // The old profile's last word is that the facet has left.
    try book.put("old", scene.state(profile: "old", identifiers: []).json, revision: 2)
    #expect(book.profile(of: Scene.cookie) == "new")
    #expect(book.profile(of: Scene.customer) == "new")
  }

  @Test func aSharedDeviceIsHisWhoseFacetHasTheHighestVersion() throws {
    let scene = try Scene()
    var book = ProfileBook(countMax: 10, bytesMax: .max)
    var first = scene.state(profile: "first", version: 5)
    var second = scene.state(profile: "second", identifiers: [Scene.cookie], version: 6)
    second.facets[0].id = "\(Scene.cookie)#1"
    try book.put("second", second.json, revision: 1)
    try book.put("first", first.json, revision: 2)
    #expect(book.profile(of: Scene.cookie) == "second")
    for index in first.facets.indices { first.facets[index].version = 7 }
    try book.put("first", first.json, revision: 3)
    #expect(book.profile(of: Scene.cookie) == "first")
    try book.put("second", second.json, revision: 4)
    #expect(book.profile(of: Scene.cookie) == "first")
  }

  @Test func aForgottenProfileIsNotFoundByItsIdentifiers() throws {
    let scene = try Scene()
    var book = ProfileBook(countMax: 2, bytesMax: .max)
    for name in ["a", "b", "c"] {
      try book.put(name, scene.state(profile: name, identifiers: ["cookie:\(name)"]).json, revision: 1)
    }
    #expect(book.count == 2)
    #expect(book.identifierCount == 2)
    #expect(book.profile(of: "cookie:a") == nil)
    #expect(book.profile(of: "cookie:c") == "c")
    book.remove("c")
    #expect(book.profile(of: "cookie:c") == nil)
  }

  @Test func ofAContactsListsTheHighestVersionCounts() throws {
    let scene = try Scene()
    let books = Books()
    func take(_ list: NbaList) throws {
      let before = scene.records(Topics.nbaLists).count
      try scene.put(list)
      _ = books.apply(Array(scene.records(Topics.nbaLists).suffix(from: before)), nowMs: 0) { _ in true }
    }
    try take(scene.list(["day-money"], version: 2))
    try take(scene.list(["gold-card"], version: 1))
    #expect(books.read { $0.lists[Scene.contact]?.head.version } == 2)
    #expect(books.read { $0.lists[Scene.contact]?.previous } == nil)
    try take(scene.list(["gold-card"], version: 1_000_001))
    #expect(books.read { $0.lists[Scene.contact]?.head.version } == 1_000_001)
    #expect(books.read { $0.lists[Scene.contact]?.previous } != nil)
  }

  @Test(arguments: [false, true])
  func aLeadThatMovesWithItsCustomerIsThereOnce(newestFirst: Bool) throws {
    let scene = try Scene()
    var lead = scene.lead("l1", "day-money")
    var book = LeadBook(countMax: 10)
    if !newestFirst { book.put("old", [lead], revision: 1) }
    lead.step = 1
    lead.changedMs += 1
    book.put("new", [lead], revision: 2)
    if newestFirst { book.put("old", [scene.lead("l1", "day-money")], revision: 3) }
    #expect(book.lead("l1")?.profile == "new")
    #expect(book.all.count == 1)
    book.put("old", [], revision: 4)
    #expect(book.lead("l1")?.profile == "new")
    book.remove("new", revision: 5)
    #expect(book.lead("l1") == nil)
    #expect(book.all.isEmpty)
  }

  @Test func takeoversAndWhatAnOldOwnerWroteAreLeftOut() throws {
    let scene = try Scene()
    let books = Books()
    let current = scene.state(identifiers: [Scene.cookie])
    try scene.put(Topics.profileState, key: "trias-takeover", Array("{}".utf8), headers: [("trias_takeover", "a")])
    // Its offset is the new owner's epoch: what carries a lower one was written by an owner of before.
    let key = Scene.profile
    let takeover = OutgoingRecord(
      topic: Topics.profileState.name, partition: Partitioner.partition(of: key, count: Scene.partitions),
      key: Array("trias-takeover".utf8), value: Array("{}".utf8), headers: Headers([("trias_takeover", "b")]))
    let producer = try scene.log.makeProducer(name: "owner")
    let epoch = try producer.append([takeover, takeover], timeoutMs: 100)[1]
    try scene.put(Topics.profileState, key: key, current.json, headers: [("trias_epoch", "\(epoch)")])
    let stale = scene.state(identifiers: [Scene.cookie, "device:stale"])
    try scene.put(Topics.profileState, key: key, stale.json, headers: [("trias_epoch", "\(epoch - 1)")])
    let refused = books.apply(scene.records(Topics.profileState), nowMs: 0) { _ in true }
    #expect(refused.isEmpty)
    #expect(books.read { $0.profiles.profile(of: Scene.cookie) } == Scene.profile)
    #expect(books.read { $0.profiles.profile(of: "device:stale") } == nil)
    #expect(books.read { $0.profiles.count } == 1)
  }

  @Test func aRecordThatCannotBeReadIsReportedAndTheOthersAreShown() throws {
    let scene = try Scene()
    let books = Books()
    try scene.put(Topics.profileState, key: "broken", Array("{\"facets\":[{\"id\":4}]}".utf8))
    try scene.put(scene.state())
    let refused = books.apply(scene.records(Topics.profileState), nowMs: 0) { _ in true }
    #expect(refused.count == 1)
    #expect(books.read { $0.profiles.profile(of: Scene.cookie) } == Scene.profile)
  }

  @Test func latencyRunsFromTheEventToItsListInWhicheverOrderTheyAreRead() throws {
    let scene = try Scene()
    for listFirst in [false, true] {
      let books = Books()
      let list = scene.list(["day-money"], version: listFirst ? 2 : 1, cause: "click")
      try scene.put(
        Topics.channelInteractions, key: Scene.cookie, type: "trias.page.viewed.v1", id: "click", Array("{}".utf8),
        timeMs: scene.nowMs)
      try scene.put(
        Topics.nbaLists, key: Scene.profile, type: "trias.nba.listed.v1", Scene.json(list), timeMs: scene.nowMs + 7)
      let event = scene.records(Topics.channelInteractions).suffix(1)
      let lists = scene.records(Topics.nbaLists).suffix(1)
      _ = books.apply(Array(listFirst ? lists + event : event + lists), nowMs: scene.nowMs) { _ in true }
      #expect(books.read { $0.lists[Scene.contact]?.latencyMs } == 7)
      let soon = scene.nowMs + 30_000
      #expect(books.read { $0.flow.latency(nowMs: soon) } == Latency(p50Ms: 7, p99Ms: 7, samples: 1))
      // After a quiet minute a screen that shows it is told once that there is none.
      let late = scene.nowMs + 7 + Flow.latencyWindowMs + 1
      let flow = try #require(books.flow(after: 0, leads: 0, nowMs: soon))
      #expect(flow.latency != nil)
      #expect(books.flow(after: flow.seq, leads: flow.leads, hasLatency: true, nowMs: soon) == nil)
      let quiet = try #require(books.flow(after: flow.seq, leads: flow.leads, hasLatency: true, nowMs: late))
      #expect(quiet.latency == nil)
      #expect(books.flow(after: flow.seq, leads: flow.leads, hasLatency: false, nowMs: late) == nil)
    }
  }

  @Test func whoWasSeenLastComesFirstWhoeverChangedLast() throws {
    let scene = try Scene()
    var book = ProfileBook(countMax: 10, bytesMax: .max)
    for (index, name) in ["b", "d", "a", "c"].enumerated() {
      var state = scene.state(profile: name, identifiers: ["cookie:\(name)"])
      state.facets[0].body.lastSeenMs = scene.nowMs - [2, 0, 3, 1][index]
      try book.put(name, state.json, revision: Int64(index))
    }
    #expect(book.lastSeen(3).map(\.key) == ["d", "c", "b"])
    #expect(book.lastSeen(9).map(\.key) == ["d", "c", "b", "a"])
  }

  @Test func theStripIsBoundedAndCountsWhatItDoesNotShow() throws {
    let scene = try Scene()
    let books = Books()
    for n in 0..<500 {
      try scene.put(Topics.channelInteractions, key: "cookie:\(n)", type: "trias.page.viewed.v1", Array("{}".utf8))
    }
    _ = books.apply(scene.records(Topics.channelInteractions), nowMs: scene.nowMs) { _ in true }
    let flow = try #require(books.flow(after: 0, leads: 0, nowMs: scene.nowMs))
    #expect(flow.totals[Topics.channelInteractions.name] == 500)
    #expect(flow.records.count == 48)
    #expect(flow.records.last?.type == "page.viewed")
    #expect(books.flow(after: flow.seq, leads: flow.leads, nowMs: scene.nowMs) == nil)
  }
}
