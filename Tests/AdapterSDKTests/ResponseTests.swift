import AdapterSDK
import Contracts
import TestKit
import Testing

/// Only what was shown can be answered.
struct ResponseTests {
  typealias World = ChannelAdapterTests.World

  /// The field that is to blame for the response; nil where it is taken.
  func refused(
    _ world: World, _ contact: String, version: Int64, _ proposition: String, on items: [String]
  ) -> String? {
    var response = IncomingEvent(
      type: "nba.accepted", interaction: Interaction(identifiers: [Identifier("cookie", "c1")], contact: contact))
    response.interaction.list = world.adapter.ids.list(contact: contact, version: version, items: items)
    response.interaction.proposition = proposition
    do {
      _ = try world.adapter.check(response, source: "test", channel: "web")
      return nil
    } catch {
      return error.field
    }
  }

  @Test func aResponseIsHeldAgainstTheListThatItNames() async throws {
    let world = try World()
    let both = ["saver", "card"]
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 1, replyTo: "web-1", both)
    try world.putList("k1", version: 2, replyTo: "web-1", ["card"])
    try await eventually { world.adapter.list(of: "k1")?.version == 2 }
    #expect(refused(world, "k1", version: 1, "saver", on: both) == nil, "he answers what he saw a moment ago")
    #expect(refused(world, "k1", version: 2, "card", on: ["card"]) == nil)
    #expect(refused(world, "k1", version: 2, "saver", on: ["card"]) == "data.proposition")
    #expect(refused(world, "k1", version: 1, "retention-bonus", on: both) == "data.proposition")
    #expect(
      world.adapter.listed(world.adapter.ids.list(contact: "k1", version: 1, items: both), contact: "k1")?.rank(
        of: "card") == 2)
    try await world.stop()
  }

  @Test func listsThatCameOutOfOrderAreKnownToo() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 5, replyTo: "web-1", ["card"])
    try world.putList("k1", version: 4, replyTo: "web-1", ["saver"])
    try await eventually { world.tally["trias_adapter_lists_total"] == 2 }
    #expect(refused(world, "k1", version: 4, "saver", on: ["saver"]) == nil)
    #expect(refused(world, "k1", version: 4, "card", on: ["saver"]) == "data.proposition")
    try await world.stop()
  }

  @Test func aListThatIsNotKnownHereSaysItselfWhatWasOnIt() async throws {
    let world = try World()
    #expect(refused(world, "k9", version: 5, "nonsense", on: ["savings"]) == "data.proposition")
    #expect(refused(world, "k9", version: 5, "savings", on: ["savings"]) == nil)
    #expect(refused(world, "k9", version: 0, "savings", on: []) == "data.proposition")
  }
}
