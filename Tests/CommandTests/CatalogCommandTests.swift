import Foundation
import Testing

struct CatalogCommandTests {
  static let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "deploy/demo/catalog.yaml").path

  @Test func aCatalogueIsAppliedOnceAndShown() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let none = try await deployment.trias("catalog", "show")
    #expect(none.code == 2)
    #expect(none.output.contains("trias catalog apply"))
    let applied = try await deployment.trias("catalog", "apply", Self.demo)
    #expect(applied.code == 0)
    #expect(applied.output.contains("Lindenbank is in force as version 1"), "\(applied.output)")
    let again = try await deployment.trias("catalog", "apply", Self.demo)
    #expect(again.code == 0)
    #expect(again.output.contains("already in force"))
    let shown = try await deployment.trias("catalog", "show")
    #expect(shown.code == 0)
    #expect(shown.output.contains("PROPOSITION"))
    #expect(shown.output.split(separator: "\n").count >= 14)
  }

  @Test func aWrongCatalogueIsRefusedWholeWithItsLinesAndTheOldOneStays() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    _ = try await deployment.trias("catalog", "apply", Self.demo)
    let before = try await deployment.trias("catalog", "show").output
    let file = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let good = try String(contentsOfFile: Self.demo, encoding: .utf8)
    try good.replacing("currency: EUR", with: "currency: EUR\nsurprise: 1", maxReplacements: 1)
      .write(toFile: file, atomically: true, encoding: .utf8)
    for command in ["check", "apply"] {
      let refused = try await deployment.trias("catalog", command, file)
      #expect(refused.code == 1)
      let line = try #require(
        good.split(separator: "\n", omittingEmptySubsequences: false).firstIndex(of: "currency: EUR"))
      #expect(refused.output.contains("\(file):\(line + 2): "), "\(refused.output)")
      #expect(refused.output.contains("surprise"))
    }
    #expect(try await deployment.trias("catalog", "show").output == before)
    let unread = try await deployment.trias("catalog", "check", "/nowhere.yaml")
    #expect(unread.code == 2)
    #expect(unread.output.contains("/nowhere.yaml can't be read"))
  }
}
