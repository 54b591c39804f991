import AdapterSDK
import Foundation
import Synchronization
import Testing

/// Clients that come and go while lists are told.
struct LeavingTests {
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
