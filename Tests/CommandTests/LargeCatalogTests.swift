import Contracts
import Foundation
import Testing

/// A catalogue of a real portfolio's size: checked, applied, or refused with the bound.
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

  @Test func tenThousandPropositionsAreApplied() async throws {
    let file = try Self.file(try Self.text(10_000))
    let deployment = try Deployment()
    defer {
      deployment.stop()
      try? FileManager.default.removeItem(atPath: file)
    }
    let applied = try await deployment.trias("catalog", "apply", file, "--untested")
    #expect(applied.code == 0 && applied.output.contains("10000 propositions"), "\(applied.output.suffix(500))")
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
}
