// `trias catalog history`, `show` and `rollback`: the versions that were applied, and one of them again.

import ArgumentParser
import CatalogAuthoring
import Contracts
import Foundation
import Host
import NbaScorerCore
import Operations

extension CatalogCommand {
  static var nothingApplied: Failure { Failure("no catalogue was applied: `trias catalog apply <file>`") }

  struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the versions that were applied, the latest first: when, by whom, and what they changed.")

    @Option(help: "How many.")
    var limit = 20

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit takes 1 or more") }
    }

    func run() throws {
      var before: Catalog?
      var rows: [[String]] = []
      try AppliedCatalogs.forEach(in: Connection().log) { applied in
        switch applied.read {
        case .success(let catalog):
          let what = before.map { CatalogDifference(from: $0, to: catalog).summary } ?? "the first"
          rows.append([
            catalog.version, Timestamps.text(catalog.appliedMs), catalog.appliedBy ?? "-",
            "\(catalog.propositions.count)", what + (catalog.note.map { " (\($0))" } ?? ""),
          ])
          before = catalog
        case .failure(let refusal):
          rows.append([applied.version, "-", "-", "-", "refused by all who read it: \(refusal.reason)"])
        }
        return true
      }
      guard !rows.isEmpty else { throw nothingApplied }
      let head = ["VERSION", "APPLIED", "BY", "PROPOSITIONS", "WHAT IT CHANGED"]
      print(Output.table([head] + rows.reversed().prefix(limit)))
      if rows.count > limit { print("\nand \(rows.count - limit) earlier") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a version of the catalogue, else the one that is in force.")

    @Argument(help: "The version, as 3 or 3-5b0f37cc.") var version: String?
    @Flag(help: "The text that it was made from, as it can be applied.")
    var text = false
    @Flag(help: "As those who read the topic have it.")
    var json = false

    func validate() throws {
      if text, json { throw ValidationError("--text and --json can't be meant together") }
    }

    func run() throws {
      let topic = try CatalogTopic(log: Connection().log).applied()
      guard let name = version ?? topic.inForce?.version else { throw nothingApplied }
      let (applied, catalog) = try CatalogCommand.version(name, in: topic)
      if json { return print(String(decoding: JSONCoding.encode(catalog), as: UTF8.self)) }
      if text {
        guard let text = applied.text else {
          throw Failure(
            "the text of \(catalog.version) was not kept by the build that applied it; there is --json"
          )
        }
        return FileHandle.standardOutput.write(Data(text.utf8))
      }
      table(catalog)
    }

    private func table(_ catalog: Catalog) {
      let by = catalog.appliedBy.map { " by \($0)" } ?? ""
      let note = catalog.note.map { ": \($0)" } ?? ""
      print(
        "\(catalog.name), version \(catalog.version), applied \(Timestamps.text(catalog.appliedMs))\(by)\(note)\n")
      let nowMs = wallClockMs()
      var rows = [
        ["PROPOSITION", "ISSUE/GROUP", "KIND", "VALUE", "COST", "MARGIN", "VALID", "CHANNELS", "STEPS", "NOW"]
      ]
      for proposition in catalog.propositions {
        var marks = Standing.all(of: proposition, in: catalog, nowMs: nowMs).map(\.text)
        if proposition.isMandatory { marks.append("mandatory") }
        rows.append([
          proposition.id, "\(proposition.issue)/\(proposition.group)", proposition.kind.rawValue,
          Currencies.text(proposition.valueMinor, catalog.currency),
          proposition.costMinor == 0 ? "-" : Currencies.text(proposition.costMinor, catalog.currency),
          proposition.marginPercent.map { "\(AttributeValue.number($0).description) %" } ?? "-",
          Self.validity(proposition),
          proposition.treatments.map(\.channel).joined(separator: ","),
          proposition.steps.map(\.name).joined(separator: " → "), marks.joined(separator: ", "),
        ])
      }
      print(Output.table(rows))
      let namespaces = SettingsArguments.resolve().namespaces
      for remark in CatalogFile.remarks(on: catalog, nowMs: nowMs, namespaces: namespaces) { print("note: \(remark)") }
    }

    private static func validity(_ proposition: Proposition) -> String {
      guard proposition.validFromMs != nil || proposition.validUntilMs != nil else { return "-" }
      return
        "\(proposition.validFromMs.map(Timestamps.text) ?? "")..\(proposition.validUntilMs.map(Timestamps.text) ?? "")"
    }
  }

  struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts in force again what an earlier version said, as a new version.",
      discussion: """
        Its tests are not run: it held when it was applied. What facets counted by it and nobody has seen an event of \
        since goes on where it was; all else begins anew, as with any change of what is computed.
        """)

    @Argument(help: "The version, as 3 or 3-5b0f37cc.") var version: String
    @OptionGroup var lifting: Lifting
    @OptionGroup var word: Word

    func run() throws {
      let topic = CatalogTopic(log: try Connection().log)
      let all = try topic.applied()
      let (applied, catalog) = try CatalogCommand.version(version, in: all)
      do {
        var word = word.word
        word.note = word.note ?? "again what \(catalog.version) said"
        CatalogCommand.tell(try topic.apply(again: applied, catalog, word, liftExclusions: lifting.liftExclusions))
      } catch let mistakes as CatalogMistakes { throw CatalogCommand.failure(mistakes, again: catalog) }
    }
  }

  static func failure(_ error: CatalogMistakes, again catalog: Catalog) -> Failure {
    let reasons = error.mistakes.map { "\($0.place): \($0.reason)" }.joined(separator: "\n")
    return Failure("\(catalog.version) can't be put in force again:\n\(reasons)")
  }

  /// A version by its name or its number alone. Throws which there are.
  static func version(_ name: String, in topic: AppliedCatalogs) throws -> (AppliedCatalogs.Applied, Catalog) {
    let all = topic.all
    guard !all.isEmpty else { throw nothingApplied }
    guard let entry = all.last(where: { $0.version == name || $0.version.hasPrefix("\(name)-") }),
      let applied = try topic.whole(entry)
    else {
      let some = "\(all.count > 20 ? "…, " : "")\(all.suffix(20).map(\.version).joined(separator: ", "))"
      throw Failure("there is no version \(name); there are \(some)")
    }
    switch applied.read {
    case .success(let catalog): return (applied, catalog)
    case .failure(let refusal): throw Failure("\(applied.version) is refused by all who read it: \(refusal.reason)")
    }
  }
}
