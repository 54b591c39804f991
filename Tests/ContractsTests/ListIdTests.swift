import Contracts
import Testing

/// A list's id says what was on the list, and whether it is one of ours.
@Suite struct ListIdTests {
  private let mint = IdMint(secret: "test")

  @Test(arguments: ["c1", "a.b", "c.1.i", "i.2", String(repeating: "k", count: Interaction.nameBytesMax)])
  func itSaysItsVersionAndWhatWasOnIt(contact: String) throws {
    let items = (0..<NbaList.itemsMax).map { "p\($0)" }
    let id = mint.list(contact: contact, version: 1_000_003, items: items)
    let listing = try #require(mint.listing(id, contact: contact))
    #expect(listing.version == 1_000_003 && !listing.isImported)
    #expect(items.allSatisfy(listing.has))
    #expect(id.utf8.count <= Interaction.listBytesMax)
    #expect(mint.listing(id)?.contact == contact && !listing.isFallback)
    #expect(mint.listing(mint.importedList(contact: contact))?.contact == contact)
    #expect(mint.listing(id, contact: contact + "x") == nil)
    #expect(IdMint(secret: "other").listing(id, contact: contact) == nil)
    #expect(mint.listing(id.replacing(".1000003.", with: ".1000004."), contact: contact) == nil)
    var data = Interaction(identifiers: [Identifier("cookie", "a")], channel: "web", contact: contact)
    (data.list, data.proposition) = (id, "p1")
    #expect(try Interaction.decode(type: .nbaAccepted, data: data.json).list == id)
  }

  @Test func whatWasNotOnItIsTold() throws {
    let others = (0..<1_000).map { "q\($0)" }
    let listing = try #require(mint.listing(mint.list(contact: "c", version: 1, items: ["p", "o"]), contact: "c"))
    #expect(others.count(where: listing.has) <= 1)
    let empty = try #require(mint.listing(mint.list(contact: "c", version: 1, items: []), contact: "c"))
    #expect(!empty.has("p") && !empty.isImported)
    let fallback = try #require(mint.listing(mint.list(contact: "c", version: 0, items: ["p"]), contact: "c"))
    #expect(fallback.isFallback && !fallback.isImported && fallback.itemsCount == 1)
  }

  @Test func whatWasOfferedBeforeTheSuiteWasThereDoesNotSayWhat() throws {
    let listing = try #require(mint.listing(mint.importedList(contact: "c"), contact: "c"))
    #expect(listing.isImported && !listing.isFallback && listing.version == 0 && listing.has("anything"))
  }

  @Test func marksCannotBeAddedOrTakenAway() throws {
    let id = mint.list(contact: "c", version: 1, items: ["p"])
    let parts = id.split(separator: ".")
    #expect(mint.listing("c.1.\(parts[3])", contact: "c") == nil)
    #expect(mint.listing("c.1.\(parts[2])AAA.\(parts[3])", contact: "c") == nil)
  }
}
