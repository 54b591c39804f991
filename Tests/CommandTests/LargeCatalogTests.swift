import Contracts
import Foundation
import Host
import MessageLog
import Operations
import Testing

/// A catalogue of a real portfolio's size: checked, applied, and answered with lists.
struct LargeCatalogTests {
  /// The demonstration's propositions again and again, each time as others, `count` in all.
  private static func text(_ count: Int) throws -> String {
    let demo = try String(contentsOfFile: CatalogCommandTests.demo, encoding: .utf8)
    let begin = try #require(demo.range(of: "\npropositions:\n")).upperBound
    let end = try #require(demo.range(of: "\ncontextWeights:\n")).lowerBound
    let block = demo[begin..<end].split(separator: "\n", omittingEmptySubsequences: false)
    let each = block.count { $0.hasPrefix("  - id: ") }
    let copies = (1..<count / each).map { number in
      block.map { $0.hasPrefix("  - id: ") ? "\($0)-\(number)" : String($0) }.joined(separator: "\n")
    }
    return demo[..<end] + copies.map { "\n\($0)" }.joined() + demo[end...]
  }

  private static func file(_ text: String) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString).yaml").path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  @Test func tenThousandPropositionsAreAppliedAndListed() async throws {
    let file = try Self.file(try Self.text(10_000))
    let deployment = try Deployment()
    deployment.startServices()
    defer {
      deployment.stop()
      try? FileManager.default.removeItem(atPath: file)
    }
    let applied = try await deployment.trias("catalog", "apply", file, "--untested")
    #expect(applied.code == 0 && applied.output.contains("10000 propositions"), "\(applied.output.suffix(500))")
    let list = try await Self.list(deployment)
    #expect(list.considered == 10_000 && list.items.count == 10 && list.catalogVersion.hasPrefix("1-"))
    // The text that it was made from is kept, however long.
    let shown = try await deployment.trias("catalog", "show", "--text")
    #expect(shown.output == (try String(contentsOfFile: file, encoding: .utf8)))
  }

  @Test func oneThatIsTooLargeIsRefusedWithTheBound() async throws {
    let file = try Self.file(try Self.text(15_000))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let bytes = try String(contentsOfFile: file, encoding: .utf8).utf8.count
    #expect(bytes > Catalog.bytesMax)
    let checked = try await Trias.run(["catalog", "check", file], [:])
    #expect(checked.code == 1)
    #expect(checked.output == "\(file):1: is too large: the text has \(bytes) bytes, more than \(Catalog.bytesMax)\n")
  }

  /// The first list, of whoever goes on looking until the catalogue has come to all who read it.
  private static func list(_ deployment: Deployment) async throws -> NbaList {
    let consumer = try deployment.log.makeConsumer(name: "lists", group: nil)
    defer { consumer.close() }
    try consumer.assign(
      (0..<Int32(Deployment.partitions)).reduce(into: [:]) { $0[TopicPartition(Topics.nbaLists.name, $1)] = 0 })
    let deadline = ContinuousClock.now + .seconds(120)
    var (events, heard) = (0, ContinuousClock.now - .seconds(1))
    while ContinuousClock.now < deadline {
      if let value = try consumer.poll(maxRecords: 1, timeoutMs: 0).first?.value { return try NbaList(json: value) }
      if ContinuousClock.now - heard >= .seconds(1) {
        heard = .now
        events += 1
        try visit(deployment, events == 1 ? .contactStarted : .pageViewed, "event-\(events)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    let letters = try ConsumerGroup.allCases.flatMap { group in
      var reasons: [String] = []
      try TopicReader.forEach(group.deadLetter, in: deployment.log) { record in
        reasons.append("\(group.rawValue): \(record.headers.string(DeadLetterHeader.reason) ?? "")")
        return true
      }
      return reasons
    }
    throw NoList(deadLetters: letters)
  }

  private static func visit(_ deployment: Deployment, _ type: EventType, _ id: String) throws {
    let visitor = Identifier("cookie", "visitor")
    var interaction = Interaction(identifiers: [visitor], channel: "web", contact: "visit")
    if type == .pageViewed { interaction.page = "/" }
    let envelope = Envelope(id: id, source: "test", type: type.rawValue, timeMs: wallClockMs())
    try deployment.publish(Topics.channelInteractions, key: visitor.key, envelope.headers, interaction.json)
  }

  private struct NoList: Error {
    var deadLetters: [String]
  }
}
