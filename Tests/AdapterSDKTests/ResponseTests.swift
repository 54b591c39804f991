import AdapterSDK
import Contracts
import TestKit
import Testing

/// Only what was shown can be answered.
struct ResponseTests {
  typealias World = ChannelAdapterTests.World

  /// The field that is to blame for the response; nil where it is taken.
  func refused(_ world: World, _ contact: String, version: Int64, _ proposition: String) -> String? {
    var response = IncomingEvent(
      type: "nba.accepted", interaction: Interaction(identifiers: [Identifier("cookie", "c1")], contact: contact))
    response.interaction.list = world.adapter.ids.list(contact: contact, version: version)
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
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 1, replyTo: "web-1", ["saver", "card"])
    try world.putList("k1", version: 2, replyTo: "web-1", ["card"])
    try await eventually { world.adapter.list(of: "k1")?.version == 2 }
    #expect(refused(world, "k1", version: 1, "saver") == nil, "he answers what he saw a moment ago")
    #expect(refused(world, "k1", version: 2, "card") == nil)
    #expect(refused(world, "k1", version: 2, "saver") == "data.proposition")
    #expect(refused(world, "k1", version: 1, "retention-bonus") == "data.proposition")
    #expect(
      world.adapter.listed(world.adapter.ids.list(contact: "k1", version: 1), contact: "k1")?.rank(of: "card") == 2)
    try await world.stop()
  }

  @Test func listsThatCameOutOfOrderAreKnownToo() async throws {
    let world = try World()
    try await world.start()
    try await world.adapter.start(try world.event("contact.started", contact: "k1"))
    try world.putList("k1", version: 5, replyTo: "web-1", ["card"])
    try world.putList("k1", version: 4, replyTo: "web-1", ["saver"])
    try await eventually { world.tally["trias_adapter_lists_total"] == 2 }
    #expect(refused(world, "k1", version: 4, "saver") == nil)
    #expect(refused(world, "k1", version: 4, "card") == "data.proposition")
    try await world.stop()
  }

  @Test func ofAListThatIsNotKnownHereTheCatalogueIsAsked() async throws {
    let world = try World()
    #expect(refused(world, "k9", version: 5, "nonsense") == nil, "no catalogue, no judgement")
    try world.putCatalog("1-a")
    try await world.start()
    #expect(refused(world, "k9", version: 5, "nonsense") == "data.proposition")
    #expect(refused(world, "k9", version: 5, "savings") == nil)
    #expect(refused(world, "k9", version: 0, "savings") == nil, "it is the catalogue's own choice")
    try world.putCatalog("2-b", id: "bonds")
    try await eventually { world.adapter.catalogVersion == "2-b" }
    #expect(refused(world, "k9", version: 5, "savings") == nil, "the list may be of the catalogue before")
    #expect(refused(world, "k9", version: 5, "bonds") == nil)
    #expect(refused(world, "k9", version: 0, "bonds") == "data.proposition", "no fallback has it")
    try await world.stop()
  }
}
