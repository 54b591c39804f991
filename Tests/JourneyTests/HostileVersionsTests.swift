import Contracts
import LeadManager
import MessageLog
import NbaScorer
import ProfileAggregator
import Streams
import TestKit
import Testing

/// Every processor that reads the catalogue's topic survives whatever is written there, says what is wrong with it, and goes
/// on by the version before. What the adapter and the workbench do is tested beside them.
@Suite struct HostileVersionsTests {
  /// A processor's logic, with its state's type forgotten.
  private struct Reader {
    let name: String
    let observe: (Record) throws(Refusal) -> Void
    let catchUp: (Record) throws(Refusal) -> Void
    let caughtUp: () -> CaughtUp

    init(_ processor: Processor<some TableValue>) {
      let logic = processor.makeLogic()
      name = processor.group.rawValue
      observe = { record throws(Refusal) in try logic.observe(record) }
      catchUp = { record throws(Refusal) in try logic.catchUp(with: record) }
      caughtUp = { logic.caughtUp() }
    }

    /// What it says of one that it is given.
    func words(of record: Record, _ take: (Record) throws(Refusal) -> Void) -> String? {
      do throws(Refusal) { try take(record) } catch { return "\(error)" }
      return nil
    }

    /// One of the same number is refused because of the one in force, and named with it.
    func goesBy(_ version: String) -> Bool {
      var probe = HostileCatalog.good
      probe.version = "5-probe"
      let words = words(of: HostileVersionsTests.record(JSONCoding.encode(probe), 9), observe)
      return words?.contains("has the number of \(version)") == true
    }
  }

  private static func readers() -> [Reader] {
    [
      Reader(ProfileAggregator.facets(secret: "s")), Reader(ProfileAggregator.profiles()),
      Reader(NbaScorer.scorer(secret: "s")), Reader(NbaScorer.budgets(secret: "s")), Reader(NbaScorer.drafts()),
      Reader(LeadManager.leads(secret: "s")),
    ]
  }

  fileprivate static func record(_ value: [UInt8], _ offset: Int64) -> Record {
    Record(
      topic: Topics.marketingCatalog.name, partition: 0, offset: offset,
      timestampMs: HostileCatalog.good.appliedMs + 1_000, key: Array("any".utf8), value: value, headers: Headers())
  }

  private static let good = record(JSONCoding.encode(HostileCatalog.good), 0)

  @Test func theseAreAllThatReadTheCatalogue() {
    let all: [AnyProcessor] = [
      AnyProcessor(ProfileAggregator.facets(secret: "s")), AnyProcessor(ProfileAggregator.linker(secret: "s")),
      AnyProcessor(ProfileAggregator.profiles()), AnyProcessor(ProfileAggregator.groups()),
      AnyProcessor(NbaScorer.scorer(secret: "s")), AnyProcessor(NbaScorer.budgets(secret: "s")),
      AnyProcessor(NbaScorer.trainer()), AnyProcessor(NbaScorer.drafts()), AnyProcessor(LeadManager.leads(secret: "s")),
    ]
    let names = all.filter { $0.globals.contains(Topics.marketingCatalog) }.map(\.group.rawValue)
    #expect(names.sorted() == Self.readers().map(\.name).sorted())
  }

  @Test(arguments: HostileCatalog.all) func oneThatComesIsRefused(hostile: HostileCatalog) {
    for reader in Self.readers() {
      #expect(reader.words(of: Self.good, reader.observe) == nil)
      let words = reader.words(of: Self.record(hostile.bytes, 1), reader.observe)
      #expect(hostile.isToldOf(in: words), "\(reader.name): \(words ?? "nothing")")
      #expect(reader.goesBy("5-good"), "\(reader.name)")
    }
  }

  @Test(arguments: HostileCatalog.all) func oneThatWasThereBeforeIsRefused(hostile: HostileCatalog) {
    for reader in Self.readers() {
      let told = [Self.good, Self.record(hostile.bytes, 1)].compactMap { reader.words(of: $0, reader.catchUp) }
      let caughtUp = reader.caughtUp()
      let words = told + caughtUp.refused.map { "\($0.refusal)" }
      #expect(words.count <= 1 && !caughtUp.isToBeReadAgain)
      #expect(hostile.isToldOf(in: words.first), "\(reader.name): \(words)")
      #expect(reader.goesBy("5-good"), "\(reader.name)")
    }
  }
}
