import Contracts
import MemoryLog
import MessageLog
import NbaScorer
import NbaScorerCore
import Streams
import TestKit
import Testing

/// Drafts of the catalogue on the runtime: what people do with them in, catalogues out.
final class DraftsTests {
  private let driver: TopologyDriver
  private var commands = 0

  init() throws {
    driver = try TopologyDriver(partitions: 1, startMs: Given.nowMs)
    try driver.add(NbaScorer.drafts())
    try apply("1-first")
  }

  /// Somebody applies a version at the command line.
  private func apply(_ version: String, _ change: (inout Catalog) -> Void = { _ in }) throws {
    var catalog = Given.catalog([Given.proposition("loan")])
    catalog.version = version
    change(&catalog)
    let envelope = Envelope(id: version, source: "test", type: Topics.marketingCatalog.stateType, timeMs: Given.nowMs)
    try driver.publish(Topics.marketingCatalog, key: version, envelope, JSONCoding.encode(catalog))
    try driver.settle()
  }

  private func content(_ text: String = "a text") -> CatalogDraft.Content {
    var content = CatalogDraft.Content(name: "Spring", basedOn: "1-first", text: text)
    content.catalog = Given.catalog([Given.proposition("loan"), Given.proposition("card")])
    content.catalog?.version = ""
    return content
  }

  private func draft(_ id: String = "d") throws -> CatalogDraft {
    try #require(driver.state(.drafts, id, as: CatalogDraft.self))
  }

  private func say(
    _ type: CatalogDraftCommandType, by name: String, _ id: String = "d", envelope: String? = nil,
    _ fill: (inout CatalogDraftCommand) -> Void = { _ in }
  ) throws {
    commands += 1
    let seen = driver.state(.drafts, id, as: CatalogDraft.self)
    var command = CatalogDraftCommand(by: name, hash: seen?.hash)
    if type == .save { command.content = content() }
    if type == .submit { command.basedOn = catalogs().last }
    fill(&command)
    let envelope = Envelope(
      id: envelope ?? "command-\(commands)", source: "test", type: type.rawValue, timeMs: driver.clock.nowMs)
    try driver.publish(Topics.draftCommands, key: id, envelope, JSONCoding.encode(command))
    try driver.settle()
  }

  /// The keys on the catalogue's topic.
  private func catalogs() -> [String] {
    driver.records(of: Topics.marketingCatalog).map { String(decoding: $0.key ?? [], as: UTF8.self) }
  }

  /// Why commands were put aside.
  private var refusals: [String] {
    driver.records(of: ConsumerGroup.drafts.deadLetter).map {
      [DeadLetterHeader.field, DeadLetterHeader.reason].compactMap($0.headers.string).joined(separator: " ")
    }
  }

  private func submitted(by name: String = "ann", _ id: String = "d") throws {
    try say(.save, by: name, id)
    try say(.submit, by: name, id)
    #expect(try draft(id).status == .submitted, "\(refusals)")
  }

  @Test func `what is taken out at once comes back only where who approves says so`() throws {
    try apply("2-recall") { $0.exclusions = [Exclusion(reason: "a recall", proposition: "loan")] }
    try submitted()
    try say(.approve, by: "ben")
    #expect(try draft().status == .submitted)
    #expect(
      refusals == [
        "liftExclusions it lifts what is taken out at once: loan (a recall). If that may be, say so"
      ])
    try say(.approve, by: "ben") { $0.liftExclusions = true }
    #expect(try draft().status == .applied)
  }

  @Test func `what one writes and another approves comes into force, once, with both names`() throws {
    try submitted()
    #expect(catalogs() == ["1-first"])
    try say(.approve, by: "ben")
    #expect(try draft().status == .applied)
    #expect(catalogs().count == 2)
    let record = try #require(driver.records(of: Topics.marketingCatalog).last)
    let catalog = try Catalog.read(try #require(record.value))
    #expect(catalog.version == (try draft().version) && catalog.version.hasPrefix("2-"))
    #expect(catalog.appliedBy == "ann, approved by ben" && catalog.note == "Spring")
    #expect(catalog.propositions.map(\.id) == ["loan", "card"])
    #expect(record.headers.string(CatalogHeader.text) == "a text")
    #expect(try draft().history.map(\.kind) == [.saved, .submitted, .approved, .applied])
    #expect(try draft().history.map(\.by) == ["ann", "ann", "ben", nil])
  }

  @Test(arguments: ["ann", "Ann", "carl", "dave", "erin"])
  func `nobody who wrote any of it or submitted it approves or refuses it`(name: String) throws {
    try say(.save, by: "ann")
    try say(.save, by: "carl") { $0.content = self.content("another text") }
    try say(.save, by: "dave") { $0.content = self.content("a third text") }
    try say(.submit, by: "erin")
    try say(.approve, by: name)
    try say(.refuse, by: name) { $0.reason = "no" }
    #expect(try draft().status == .submitted && catalogs() == ["1-first"])
    #expect(refusals.count == 2 && refusals.allSatisfy { $0.hasPrefix("by \(name) wrote some of it") }, "\(refusals)")
  }

  @Test func `a time that is over is no time to come into force at`() throws {
    try submitted()
    try say(.approve, by: "ben") { $0.applyMs = Given.nowMs - 1 }
    #expect(try draft().status == .submitted && catalogs() == ["1-first"])
    #expect(refusals.first?.hasPrefix("applyMs lies in the past") == true, "\(refusals)")
  }

  @Test func `what never arrives on the topic is put back`() throws {
    try submitted()
    var lost = try draft()
    (lost.status, lost.version) = (.applying, "2-lost")
    var catalogs = CatalogsSoFar()
    for record in driver.records(of: Topics.marketingCatalog) {
      try catalogs.take(key: record.key, value: record.value ?? [], writtenMs: nil)
    }
    let due = try #require(lost.nextDueMs)
    for (now, status) in [(due - 1, CatalogDraft.Status?.none), (due, .outOfDate)] {
      let decision = try Drafts.decide("d", lost, .tick, catalogs, now: now)
      if case .set(let draft) = decision.change { #expect(draft.status == status) } else { #expect(status == nil) }
    }
  }

  @Test func `what is changed after an approval asks for it again`() throws {
    try submitted()
    try say(.approve, by: "ben") { $0.applyMs = Given.nowMs + 60_000 }
    #expect(try draft().status == .scheduled)
    let approved = try draft().hash
    try say(.save, by: "ann") { $0.content = self.content("another text") }
    #expect(try draft().status == .draft && draft().approvedBy == nil && draft().hash != approved)
    try driver.advance(ms: 120_000)
    #expect(catalogs() == ["1-first"])
  }

  @Test func `an approval of another text than the one that is there does nothing`() throws {
    try submitted()
    let seen = try draft().hash
    try say(.save, by: "ann") { $0.content = self.content("another text") }
    try say(.submit, by: "ann")
    try say(.approve, by: "ben") { $0.hash = seen }
    #expect(try draft().status == .submitted && catalogs() == ["1-first"])
    #expect(refusals == ["hash ann has changed it meanwhile: look at it again"])
  }

  @Test func `who saves over what another has saved meanwhile is refused`() throws {
    try say(.save, by: "ann")
    let seen = try draft().hash
    try say(.save, by: "ben") { $0.content = self.content("ben's text") }
    try say(.save, by: "ann") {
      $0.hash = seen
      $0.content = self.content("ann's text")
    }
    #expect(try draft().content.text == "ben's text" && refusals.count == 1)
  }

  @Test func `what is approved for a time comes into force then, also after a restart`() throws {
    try submitted()
    try say(.approve, by: "ben") { $0.applyMs = Given.nowMs + 60_000 }
    try driver.advance(ms: 59_000)
    #expect(try draft().status == .scheduled && catalogs() == ["1-first"])
    let successor = try TopologyDriver(partitions: 1, log: driver.log, clock: driver.clock, instance: "successor")
    try successor.add(NbaScorer.drafts())
    try successor.settle()
    #expect(catalogs() == ["1-first"])
    try successor.advance(ms: 2_000)
    try successor.settle()
    #expect(catalogs().count == 2)
    #expect(successor.state(.drafts, "d", as: CatalogDraft.self)?.status == .applied)
    try successor.advance(ms: 86_400_000)
    #expect(catalogs().count == 2)
  }

  @Test(arguments: [true, false])
  func `another version that comes into force puts back what waits`(isApproved: Bool) throws {
    try submitted()
    if isApproved { try say(.approve, by: "ben") { $0.applyMs = Given.nowMs + 60_000 } }
    try apply("2-other")
    #expect(try draft().status == .outOfDate && draft().reason == "2-other came into force")
    try driver.advance(ms: 120_000)
    #expect(catalogs() == ["1-first", "2-other"], "it overwrites nothing")
    try say(.approve, by: "ben")
    #expect(refusals == ["status it can't be approved, because it is out of date"])
    try say(.submit, by: "ann")
    try say(.approve, by: "ben")
    #expect(try draft().status == .applied && catalogs().last?.hasPrefix("3-") == true)
  }

  @Test func `what was compared with another version is not submitted`() throws {
    try say(.save, by: "ann")
    try apply("2-other")
    try say(.submit, by: "ann") { $0.basedOn = "1-first" }
    #expect(try draft().status == .draft && refusals.first?.contains("2-other is in force") == true)
  }

  @Test func `of two that come due at once the first comes into force and the other is put back`() throws {
    for id in ["d", "e"] {
      try say(.save, by: "ann", id) { $0.content = self.content("text of \(id)") }
      try say(.submit, by: "ann", id)
      try say(.approve, by: "ben", id) { $0.applyMs = Given.nowMs + 60_000 }
    }
    try driver.advance(ms: 61_000)
    #expect(Set([try draft("d").status, try draft("e").status]) == [.applied, .outOfDate])
    let inForce = try #require([try draft("d"), try draft("e")].first { $0.status == .applied }?.version)
    var succession = CatalogSuccession()
    let taken = driver.records(of: Topics.marketingCatalog).compactMap {
      try? succession.read($0.value ?? [], writtenMs: nil)
    }
    #expect(taken.map(\.catalog.version) == ["1-first", inForce])
  }

  @Test func `who loses his number to somebody at the command line is put back, and overwrites nothing`() throws {
    try submitted()
    // It comes between the decision and the draft's own record: as if written there before.
    let processor = NbaScorer.drafts()
    let logic = processor.makeLogic()
    for record in driver.records(of: Topics.marketingCatalog) { try logic.observe(record) }
    var approval = CatalogDraftCommand(by: "ben", hash: try draft().hash)
    approval.applyMs = nil
    let envelope = Envelope(
      id: "a", source: "test", type: CatalogDraftCommandType.approve.rawValue, timeMs: Given.nowMs)
    let record = Record(
      topic: Topics.draftCommands.name, partition: 0, offset: 9, timestampMs: Given.nowMs, key: Array("d".utf8),
      value: JSONCoding.encode(approval), headers: envelope.headers)
    let step = try logic.step("d", try draft(), .event(record, envelope), now: Given.nowMs)
    guard case .held(let held) = step.change else { Issue.record("nothing came of it"); return }
    #expect(held.value.status == .applying && step.outputs.count == 1)
    #expect(!logic.isOutdated(held.value))
    try apply("2-other")
    try logic.observe(try #require(driver.records(of: Topics.marketingCatalog).last))
    #expect(logic.isOutdated(held.value))
    guard case .held(let after) = try logic.step("d", held.value, .tick, now: Given.nowMs).change else {
      Issue.record("it isn't put back")
      return
    }
    #expect(after.value.status == .outOfDate && after.value.version == nil)
  }

  @Test func `a catalogue that comes once more later doesn't come into force again`() throws {
    try submitted()
    try say(.approve, by: "ben")
    let record = try #require(driver.records(of: Topics.marketingCatalog).last)
    try apply("3-other")
    try driver.publish(
      OutgoingRecord(
        topic: record.topic, partition: 0, key: record.key, value: record.value, headers: record.headers))
    try say(.save, by: "ann", "e")
    try say(.submit, by: "ann", "e") { $0.basedOn = "3-other" }
    #expect(try draft("e").status == .submitted, "\(refusals)")
  }

  @Test func `a command that comes twice counts once`() throws {
    try submitted()
    let approval = CatalogDraftCommand(by: "ben", hash: try draft().hash)
    for _ in 0..<2 { try say(.approve, by: "ben", envelope: "same") { $0 = approval } }
    #expect(try draft().status == .applied && refusals == [] && catalogs().count == 2)
  }

  @Test func `in what is wrong nobody is asked`() throws {
    try say(.save, by: "ann") {
      $0.content?.catalog = nil
      $0.content?.mistakes = [CatalogDraft.Mistake(file: .catalog, line: 3, place: "", reason: "is wrong")]
    }
    #expect(try draft().status == .draft)
    try say(.submit, by: "ann")
    #expect(try draft().status == .draft && refusals == ["content something is wrong with it"])
  }

  @Test func `a draft that says it is sound is looked at all the same`() throws {
    try say(.save, by: "ann") { $0.content?.catalog?.currency = "gold" }
    try say(.submit, by: "ann")
    #expect(try draft().status == .draft && refusals.count == 1, "\(refusals)")
  }

  @Test func `what is refused says why, and can be changed and submitted again`() throws {
    try submitted()
    try say(.refuse, by: "ben")
    #expect(refusals == ["reason say why: its author will want to know"])
    try say(.refuse, by: "ben") { $0.reason = "too dear" }
    #expect(try draft().status == .refused && draft().reason == "too dear")
    try submitted()
    try say(.withdraw, by: "ann")
    try say(.approve, by: "ben")
    #expect(try draft().status == .withdrawn && catalogs() == ["1-first"])
  }

  @Test func `what nobody has touched for too long is forgotten`() throws {
    try say(.save, by: "ann")
    try driver.advance(ms: CatalogDraft.keptMs + 1)
    #expect(driver.state(.drafts, "d", as: CatalogDraft.self) == nil)
  }

  @Test func `what is too long for a draft is refused with where`() throws {
    try say(.save, by: "ann") { $0.content?.text = String(repeating: "x", count: CatalogDraft.textBytesMax + 1) }
    #expect(refusals.first?.hasPrefix("text is too long") == true)
  }

  /// So that the state, with the catalogue on its way in it, is never refused for its size.
  @Test func `the longest draft comes into force`() throws {
    try say(.save, by: "ann") {
      $0.content?.text = String(repeating: "x\n", count: CatalogDraft.textBytesMax / 2)
      $0.content?.tests = String(repeating: "y\n", count: CatalogDraft.testsBytesMax / 2)
      var index = 0
      while JSONCoding.encode($0.content!.catalog).count < CatalogDraft.catalogBytesMax - 2_000 {
        index += 1
        $0.content!.catalog!.propositions.append(Given.proposition("more-\(index)"))
      }
    }
    try say(.submit, by: "ann")
    try say(.approve, by: "ben")
    #expect(try draft().status == .applied, "\(refusals)")
  }
}
