import AdapterSDK
import Contracts
import Foundation
import Synchronization
import Testing

/// Clients that come and go while lists are told.
struct LeavingTests {
  /// A page that is loaded anew again and again: those before it are gone, and nobody has noticed yet.
  @Test func theLatestToListenIsHeard() async throws {
    let world = try ChannelAdapterTests.World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    var streams: [AsyncStream<NbaList>] = []
    for _ in 0..<20 { streams.append(try #require(world.adapter.lists(of: "k1"))) }
    var first = streams[0].makeAsyncIterator()
    #expect(await first.next() == nil)
    try world.putList("k1", version: 1, replyTo: "web-1")
    for stream in streams.suffix(8) {
      var iterator = stream.makeAsyncIterator()
      #expect(await iterator.next()?.version == 1)
    }
    try await world.stop()
  }

  /// Not async: where they did, nobody else's would go on either.
  @Test func whoLeavesWhileListsComeHoldsNobodyUp() throws {
    let world = try ChannelAdapterTests.World()
    let isReady = Mutex(false)
    let left = Mutex(0)
    let isOver = Mutex(false)
    let visitors = 4_000
    Task {
      try await world.start()
      try await world.adapter.start(try world.event("contact.started", contact: "k1"))
      isReady.withLock { $0 = true }
      for _ in 0..<visitors {
        guard let lists = world.adapter.lists(of: "k1") else { continue }
        let visitor = Task { for await _ in lists {} }
        await Task.yield()
        visitor.cancel()
        await visitor.value
        left.withLock { $0 += 1 }
      }
    }
    Thread.detachNewThread {
      var version: Int64 = 0
      while !isOver.withLock({ $0 }) {
        version += 1
        if isReady.withLock({ $0 }) { try? world.putList("k1", version: version, replyTo: "web-1") }
      }
    }
    var (seen, since) = (0, Date())
    while seen < visitors, Date() < since.addingTimeInterval(30) {
      Thread.sleep(forTimeInterval: 0.02)
      let now = left.withLock { $0 }
      if now > seen { (seen, since) = (now, Date()) }
    }
    isOver.withLock { $0 = true }
    #expect(seen == visitors, "nobody has come or gone for half a minute")
    world.adapter.close()
  }
}
