import Contracts
import Seeds
import Synchronization
import Testing

/// Who begins to read the catalogue's topic comes to the version in force without reading the others.
@Suite struct CatalogShelfTests {
  private final class Counter: Sendable {
    private let times = Mutex(0)
    var count: Int { times.withLock { $0 } }
    func add() { times.withLock { $0 += 1 } }
  }

  /// What is in force for who puts all of the topic aside and settles, as often as it takes, and what he is told.
  private func settled(
    _ topic: [[UInt8]], _ shelf: inout CatalogShelf, by readings: CatalogReadings = CatalogReadings()
  ) -> (inForce: Catalog?, refused: [String], readings: Int) {
    var inForce: Catalog?
    var refused: [String] = []
    var times = 0
    while true {
      times += 1
      for (offset, bytes) in topic.enumerated() {
        do throws(Refusal) {
          try shelf.put(bytes, offset: Int64(offset), writtenMs: nil)
        } catch {
          refused.append(error.reason)
        }
      }
      let settled = shelf.settle(by: readings) { inForce = $0.catalog }
      refused += settled.refused.map(\.refusal.reason)
      if !settled.isToBeReadAgain { return (inForce, refused, times) }
    }
  }

  private static func version(_ name: String, isSound: Bool = true, note: String? = nil) -> [UInt8] {
    var catalog = CatalogCheckTests.sound
    (catalog.version, catalog.note) = (name, note)
    if !isSound { catalog.currency = "XXX" }
    return JSONCoding.encode(catalog)
  }

  @Test func `of a hundred versions the one in force is read, and none of the others`() {
    let counter = Counter()
    let readings = CatalogReadings(isDecoding: counter.add)
    let topic = (1...100).map { Self.version("\($0)-v") }
    var shelf = CatalogShelf()
    #expect(settled(topic, &shelf, by: readings).inForce?.version == "100-v")
    #expect(counter.count == 1)
    // Who begins anew in the same process reads nothing whole.
    var again = CatalogShelf()
    #expect(settled(topic, &again, by: readings).inForce?.version == "100-v")
    #expect(counter.count == 1)
    // Nor who has it already.
    #expect(settled(topic, &shelf, by: readings).inForce == nil)
    #expect(counter.count == 1)
  }

  @Test func `where the newest of a hundred doesn't hold, the one before is in force, and the reason is told`() {
    let counter = Counter()
    let topic = (1...100).map { Self.version("\($0)-v", isSound: $0 < 100) }
    var shelf = CatalogShelf()
    let result = settled(topic, &shelf, by: CatalogReadings(isDecoding: counter.add))
    #expect(result.inForce?.version == "99-v")
    #expect(result.refused.count == 1 && result.refused[0].hasPrefix("100-v is refused: currency: XXX"))
    #expect(counter.count == 2)
  }

  /// The shelf keeps the bytes of a few: for those below them the topic is read once more.
  @Test func `also where many of the newest don't hold the one in force is found`() {
    let counter = Counter()
    let topic = (1...100).map { Self.version("\($0)-v", isSound: $0 <= 92) }
    var shelf = CatalogShelf()
    let result = settled(topic, &shelf, by: CatalogReadings(isDecoding: counter.add))
    #expect(result.inForce?.version == "92-v")
    #expect(result.refused.count == 8 && result.readings == 3)
    #expect(counter.count == 9)
  }

  @Test func `what can't be read at all is told as who reads it whole tells it`() {
    let bytes = Array(#"{"version":"2-a","propositions":[{"id":7}]}"#.utf8)
    let topic = [Self.version("1-a"), Array("no JSON".utf8), bytes]
    let whole = topic.dropFirst().map { bytes in #expect(throws: Refusal.self) { try Catalog.read(bytes) }?.reason }
    var shelf = CatalogShelf()
    let result = settled(topic, &shelf)
    #expect(result.inForce?.version == "1-a")
    #expect(result.refused == whole)
  }

  @Test func `what isn't taken by who asks leaves the one before in force`() {
    var shelf = CatalogShelf()
    try? shelf.put(Self.version("1-a"), offset: 0, writtenMs: nil)
    try? shelf.put(Self.version("2-a"), offset: 1, writtenMs: nil)
    var inForce: String?
    let result = shelf.settle { checked throws(Refusal) in
      guard checked.catalog.version != "2-a" else { throw Refusal(stage: "test", reason: "not that one") }
      inForce = checked.catalog.version
    }
    #expect(inForce == "1-a")
    #expect(result.refused.map(\.refusal.reason) == ["not that one"])
  }

  /// With any versions in any order, wherever the reading begins: what is in force then, and with each that comes.
  @Test(arguments: 0..<20) func `it comes to what reading one after the other comes to`(seed: Int) {
    var random = Seeded(UInt64(seed))
    for _ in 0..<50 {
      let topic = (0..<random.below(14)).map { _ in
        let numbered = "\(random.below(9))-\(random.pick(["a", "b"]))"
        let name = random.chance(150) ? random.pick(["summer", "autumn"]) : numbered
        if random.chance(80) { return Array("{".utf8) }
        return Self.version(name, isSound: !random.chance(400), note: random.pick([nil, "other"]))
      }
      let start = random.below(topic.count + 1)
      var oneByOne: [Catalog?] = []
      var succession = CatalogSuccession()
      for bytes in topic {
        let taken = try? succession.read(bytes, writtenMs: nil)
        oneByOne.append(taken?.catalog ?? oneByOne.last ?? nil)
      }
      var shelf = CatalogShelf()
      var inForce = settled(Array(topic[..<start]), &shelf).inForce
      #expect(inForce == (start == 0 ? nil : oneByOne[start - 1]))
      for (index, bytes) in topic.enumerated().dropFirst(start) {
        try? shelf.read(bytes, writtenMs: nil) { inForce = $0.catalog }
        #expect(inForce == oneByOne[index])
      }
    }
  }
}

/// Of versions that follow each other only what is new is decoded: what comes of them is what comes of the whole.
@Suite struct CatalogDecoderTests {
  private func outcome(_ bytes: [UInt8], _ decoder: inout CatalogDecoder) -> Result<Catalog, Refusal> {
    Result { () throws(Refusal) in try decoder.decode(bytes).catalog }
  }

  @Test(arguments: 0..<10) func `versions that change are read as if each came alone`(seed: Int) {
    var random = Seeded(UInt64(seed))
    var decoder = CatalogDecoder()
    var catalog = CatalogCheckTests.sound
    for number in 1...60 {
      catalog.version = "\(number)-v"
      switch random.below(5) {
      case 0:
        var proposition = CatalogCheckTests.sound.propositions[0]
        proposition.id = "p\(number)"
        catalog.propositions.insert(proposition, at: random.below(catalog.propositions.count + 1))
      case 1: catalog.propositions.shuffle(using: &random)
      case 2 where !catalog.propositions.isEmpty: catalog.propositions.removeLast()
      case 3 where !catalog.propositions.isEmpty:
        catalog.propositions[random.below(catalog.propositions.count)].valueMinor += 1
      default: catalog.propositions += catalog.propositions.prefix(2)
      }
      var bytes = JSONCoding.encode(catalog)
      // Some of them damaged, anywhere.
      if random.chance(300) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
      let alone = Result { () throws(Refusal) in try JSONCoding.decode(Catalog.self, from: bytes) }
      #expect(outcome(bytes, &decoder) == alone)
    }
  }

  @Test(arguments: [
    #"{"version":"1","propositions":null}"#, #"{"propositions":[],"propositions":[{}]}"#, #"{"propositions":7}"#,
    #"{"propositions":[[[[[["#, #"[]"#, "", "{}", "\u{feff}{}",
  ])
  func `what is no catalogue is refused with the same reason`(text: String) {
    var decoder = CatalogDecoder()
    _ = outcome(JSONCoding.encode(CatalogCheckTests.sound), &decoder)
    let bytes = Array(text.utf8)
    let alone = Result { () throws(Refusal) in try JSONCoding.decode(Catalog.self, from: bytes) }
    #expect(outcome(bytes, &decoder) == alone)
  }
}
