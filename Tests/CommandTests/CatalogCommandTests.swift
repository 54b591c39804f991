import Contracts
import Foundation
import Host
import MessageLog
import Operations
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
    let applied = try await deployment.trias("catalog", "apply", "--first", Self.demo)
    #expect(applied.code == 0)
    #expect(applied.output.contains("Lindenbank is in force as version 1"), "\(applied.output)")
    let again = try await deployment.trias("catalog", "apply", Self.demo)
    #expect(again.code == 0)
    #expect(again.output.contains("already in force"))
    // What starts a deployment brings its catalogue once, and no more where another is in force since.
    let other = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: other) }
    try String(contentsOfFile: Self.demo, encoding: .utf8).replacing("name: Lindenbank", with: "name: Lindenbank East")
      .write(toFile: other, atomically: true, encoding: .utf8)
    let kept = try await deployment.trias("catalog", "apply", "--first", other)
    #expect(kept.code == 0 && kept.output.contains("is in force, and stays"), "\(kept.output)")
    let shown = try await deployment.trias("catalog", "show")
    #expect(shown.code == 0)
    #expect(shown.output.contains("PROPOSITION"))
    #expect(shown.output.split(separator: "\n").count >= 14 && !shown.output.contains("East"))
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

  /// The demonstration's catalogue, with a change, in a file of its own.
  private func changed(_ old: String, _ new: String) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString).yaml").path
    let text = try String(contentsOfFile: Self.demo, encoding: .utf8)
    try text.replacing(old, with: new, maxReplacements: 1).write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  @Test func versionsAreComparedListedShownAndPutInForceAgain() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    for command in [["history"], ["rollback", "1"], ["show", "1"], ["diff", Self.demo], ["diff", "1", "2"]] {
      let none = try await Trias.run(["catalog"] + command, deployment.environment)
      #expect(none.code == 2 && none.output.contains("no catalogue was applied"), "\(command): \(none.output)")
    }
    let dearer = try changed("valueMinor: 185000", "valueMinor: 190000")
    let raised = try changed(
      "{name: visits_30d, take: count, event: contact.started, over: 30d}",
      "{name: visits_30d, take: count, event: contact.started, over: 7d, version: 2}")
    let reused = try changed(
      "{name: visits_30d, take: count, event: contact.started, over: 30d}",
      "{name: visits_30d, take: count, event: contact.started, over: 90d}")
    defer { for file in [dearer, raised, reused] { try? FileManager.default.removeItem(atPath: file) } }
    func catalog(_ arguments: String...) async throws -> Deployment.Answer {
      try await Trias.run(["catalog"] + arguments, deployment.environment)
    }
    func line(_ file: String, _ words: String) throws -> Int {
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      return 1 + (try #require(lines.firstIndex { $0.contains(words) }))
    }

    #expect(try await catalog("apply", Self.demo, "--by", "ann", "--note", "to begin with").code == 0)
    // One is taken against what is in force.
    let same = try await catalog("diff", Self.demo)
    #expect(same.code == 0 && same.output.contains("says the same as 1-"), "\(same.output)")
    let differs = try await catalog("diff", dearer)
    #expect(differs.code == 1)
    #expect(
      differs.output
        == "\(dearer):\(try line(dearer, "valueMinor: 190000")): proposition mortgage: valueMinor: 185000 → 190000\n",
      "\(differs.output)")
    let files = try await Trias.run(["catalog", "diff", dearer, Self.demo], [:])
    #expect(files.code == 1 && files.output.contains("valueMinor: 190000 → 185000"), "no broker is asked")

    let second = try await catalog("apply", raised, "--by", "bob")
    #expect(second.output.contains("against 1-") && second.output.contains("attributes: ~customer.visits_30d"))
    // A name and a version stand for one computation, in all versions that there were.
    let refused = try await catalog("apply", reused)
    #expect(refused.code == 1)
    #expect(
      refused.output.contains("\(reused):\(try line(reused, "over: 90d")): attributes["), "\(refused.output)")
    #expect(refused.output.contains("is computed otherwise than in 1-") && refused.output.contains("make it version 3"))

    let unknown = try await catalog("rollback", "9")
    #expect(unknown.code == 2)
    #expect(unknown.output.contains("there is no version 9; there are 1-"), "\(unknown.output)")
    let back = try await catalog("rollback", "1", "--by", "cy")
    #expect(back.code == 0)
    #expect(back.output.contains("is in force as version 3-"), "\(back.output)")
    #expect(back.output.contains("against 2-") && back.output.contains("attributes: ~customer.visits_30d"))
    #expect(try await catalog("rollback", "3").output.contains("already in force as version 3-"))
    #expect(try await catalog("diff", "1", "3").code == 0)
    let apart = try await catalog("diff", "2", "3")
    #expect(apart.code == 1)
    let its = try line(Self.demo, "name: visits_30d")
    let shown = try await catalog("show", "3", "--text").output
    let version = try #require(apart.output.split(separator: ":").first)
    #expect(version.hasPrefix("3-") && shown.contains("visits_30d"))
    #expect(
      apart.output.contains("\(version):\(its): attribute customer.visits_30d: over: 7d → 30d"), "\(apart.output)")

    let history = try await catalog("history")
    let lines = history.output.split(separator: "\n")
    #expect(history.code == 0 && lines.count == 4)
    #expect(lines[1].hasPrefix("3-") && lines[1].contains(" cy ") && lines[1].contains("(again what 1-"))
    #expect(
      lines[2].hasPrefix("2-") && lines[2].contains(" bob ") && lines[2].contains("attributes: ~customer.visits_30d"))
    #expect(lines[3].hasPrefix("1-") && lines[3].contains(" ann ") && lines[3].contains("the first (to begin with)"))
    let last = try await catalog("history", "--limit", "1")
    #expect(last.output.contains("3-") && last.output.contains("and 2 earlier"))

    // What was applied comes back as it was written, comments and all, and can be applied again.
    let text = try String(contentsOfFile: Self.demo, encoding: .utf8)
    #expect(try await catalog("show", "--text").output == text)
    #expect(try await catalog("show", "2", "--text").output == (try String(contentsOfFile: raised, encoding: .utf8)))
    #expect(try await catalog("show", "2", "--json").output.contains("\"appliedBy\":\"bob\""))
    #expect(try await catalog("show", "1").output.contains("by ann: to begin with"))
    let wrong = try await catalog("diff", "/nowhere.yaml", "1")
    #expect(wrong.code == 2 && wrong.output.contains("/nowhere.yaml can't be read"))
    let long = try await catalog("apply", Self.demo, "--note", String(repeating: "x", count: 2_001))
    #expect(long.code == 1 && long.output.contains("--note takes 1 to 2000 bytes"))
  }

  @Test func whatCantBeReadIsNotCompared() async throws {
    let file = try changed("currency: EUR", "currency: EURO")
    defer { try? FileManager.default.removeItem(atPath: file) }
    let wrong = try await Trias.run(["catalog", "diff", file, Self.demo], [:])
    #expect(wrong.code == 2 && wrong.output.contains("\(file):"))
    #expect(wrong.output.contains("EURO is no currency"), "\(wrong.output)")
  }

  /// With the suite's processors running.
  @Test func whoIsOnTheSiteKeepsHavingAListWhileCataloguesComeAndGo() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    #expect(try await deployment.trias("catalog", "apply", Self.demo).code == 0)
    deployment.startServices()
    let visitors = (0..<4).map { Identifier("cookie", "open-\($0)") }
    var events = 0
    func say(_ type: EventType, _ visitor: Identifier, _ fill: (inout Interaction) -> Void = { _ in }) throws {
      events += 1
      var interaction = Interaction(identifiers: [visitor], channel: "web", contact: "contact-\(visitor.value)")
      fill(&interaction)
      let nowMs = wallClockMs()
      let envelope = Envelope(id: "open-\(events)", source: "test", type: type.rawValue, timeMs: nowMs)
      try deployment.publish(Topics.channelInteractions, key: visitor.key, envelope.headers, interaction.json)
    }
    func lists() throws -> [String: NbaList] {
      var lists: [String: NbaList] = [:]
      try TopicReader.forEach(Topics.nbaLists, in: deployment.log) { record in
        let list = try NbaList(json: record.value ?? [])
        if list.version > lists[list.contact]?.version ?? 0 { lists[list.contact] = list }
        return true
      }
      return lists
    }
    /// With their next event everybody has a list on which what is looked for is there, or is not.
    func everybody(has proposition: String, _ isThere: Bool, _ what: String) async throws {
      let deadline = ContinuousClock.now + .seconds(60)
      var missing = visitors.map { "contact-\($0.value)" }
      while !missing.isEmpty {
        for visitor in visitors where missing.contains("contact-\(visitor.value)") {
          try say(.pageViewed, visitor) { $0.page = "/" }
        }
        try await Task.sleep(for: .milliseconds(200))
        let known = try lists()
        missing.removeAll { known[$0]?.items.contains { $0.proposition == proposition } == isThere }
        guard ContinuousClock.now < deadline else { break }
      }
      #expect(missing == [], "\(what)")
    }
    for visitor in visitors { try say(.contactStarted, visitor) }
    try await everybody(has: "personal-loan", true, "the first")
    let paused = try changed("  - id: personal-loan\n", "  - id: personal-loan\n    paused: true\n")
    defer { try? FileManager.default.removeItem(atPath: paused) }
    #expect(try await deployment.trias("catalog", "apply", paused).code == 0)
    #expect(try lists().count == visitors.count, "nobody's list is taken away")
    try await everybody(has: "personal-loan", false, "without it")
    #expect(try await deployment.trias("catalog", "rollback", "1").code == 0)
    try await everybody(has: "personal-loan", true, "the first again")
    #expect(try lists().count == visitors.count)
  }
}
