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

  /// In a folder of its own, with the tests that lie beside the demonstration's, changed where `change` says.
  private func tested(_ change: (inout String) -> Void) throws -> (catalog: String, tests: String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let catalog = folder.appending(path: "catalog.yaml").path
    try FileManager.default.copyItem(atPath: Self.demo, toPath: catalog)
    var text = try String(
      contentsOfFile: Self.demo.replacing("catalog.yaml", with: "catalog.tests.yaml"), encoding: .utf8)
    change(&text)
    let tests = folder.appending(path: "catalog.tests.yaml").path
    try text.write(toFile: tests, atomically: true, encoding: .utf8)
    return (catalog, tests)
  }

  @Test func aCatalogueIsCheckedByTheTestsBesideItWithoutABroker() async throws {
    let held = try await Trias.run(["catalog", "check", Self.demo], [:])
    #expect(held.code == 0)
    #expect(held.output.contains("nothing wrong with it; all 19 cases of "), "\(held.output)")
    let wrong = try tested { $0.replace("list: [report-lost-card]", with: "list: [mortgage]") }
    defer { try? FileManager.default.removeItem(atPath: wrong.catalog) }
    let line = try #require(
      try String(contentsOfFile: wrong.tests, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        .firstIndex { $0.contains("list: [mortgage]") })
    for arguments in [[wrong.catalog], [Self.demo, "--tests", wrong.tests]] {
      let failed = try await Trias.run(["catalog", "check"] + arguments, [:])
      #expect(failed.code == 1)
      #expect(
        failed.output.contains(
          "\(wrong.tests):\(line + 1): who lost a card is helped first: expected mortgage at rank 1; it is at rank 2"),
        "\(failed.output)")
      #expect(failed.output.contains("1 of 19 cases does not hold"))
      #expect(!failed.output.contains("nothing wrong"))
    }
    let none = try await Trias.run(["catalog", "check", Self.demo, "--tests", "/nowhere.yaml"], [:])
    #expect(none.code == 2 && none.output.contains("/nowhere.yaml can't be read"))
  }

  @Test func whatItsTestsRefuseIsAppliedOnlyByWhoSaysSo() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let wrong = try tested { $0.replace("list: [report-lost-card]", with: "list: [report-lost-crad]") }
    defer { try? FileManager.default.removeItem(atPath: wrong.catalog) }
    let refused = try await deployment.trias("catalog", "apply", wrong.catalog)
    #expect(refused.code == 1)
    #expect(
      refused.output.contains("there is no proposition report-lost-crad; did you mean \"report-lost-card\"?"),
      "\(refused.output)")
    #expect(try await deployment.trias("catalog", "show").code == 2, "nothing was applied")
    let both = try await deployment.trias("catalog", "apply", wrong.catalog, "--untested", "--tests", wrong.tests)
    #expect(both.code == 1 && both.output.contains("can't be meant together"))
    let applied = try await deployment.trias("catalog", "apply", wrong.catalog, "--untested")
    #expect(applied.code == 0 && applied.output.contains("is in force as version 1"), "\(applied.output)")
  }
}
