import ArgumentParser
import Contracts
import MessageLog
import Operations

struct CatalogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalog", abstract: "The marketing catalogue.", subcommands: [Show.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows the catalogue that is in force.")

    func run() throws {
      let connection = try Connection()
      guard let catalog = try CatalogCommand.current(connection.log) else {
        throw Failure("no catalogue was applied: `trias catalog apply <file>`")
      }
      print("\(catalog.name), version \(catalog.version), applied \(Timestamps.text(catalog.appliedMs))\n")
      var rows = [["PROPOSITION", "ISSUE/GROUP", "KIND", "VALUE", "CHANNELS", "STEPS", ""]]
      for proposition in catalog.propositions {
        let marks = [proposition.isPaused ? "paused" : "", proposition.isMandatory ? "mandatory" : ""]
        rows.append([
          proposition.id, "\(proposition.issue)/\(proposition.group)", proposition.kind.rawValue,
          "\(proposition.valueMinor / 100) \(catalog.currency)",
          proposition.treatments.map(\.channel).joined(separator: ","),
          proposition.steps.map(\.name).joined(separator: " → "), marks.filter { !$0.isEmpty }.joined(separator: ", "),
        ])
      }
      print(Output.table(rows))
    }
  }

  static func current(_ log: any MessageLog) throws -> Catalog? {
    guard let value = try TopicReader.last(Topics.marketingCatalog, in: log)?.value else { return nil }
    return try JSONCoding.decode(Catalog.self, from: value)
  }
}
