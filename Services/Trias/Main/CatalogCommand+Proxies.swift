// `trias catalog proxies`: what may decide, and yet tells what may not.

import ArgumentParser
import CatalogAuthoring
import Contracts
import Foundation
import NbaScorerCore
import Operations

extension CatalogCommand {
  struct Proxies: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Looks for what goes together with attributes that may not decide.",
      discussion: """
        Reads customers from profile.state, and says of each attribute with mayDecide: false how strongly what \
        predicates and models see goes together with it: Cramér's V with a correction for chance, 0 for nothing in \
        common, 1 where one tells the other. Ends with 1 where there is any.
        """)

    @Argument(help: "A catalogue, YAML; without one the one in force.", completion: .file()) var file: String?
    @Option(help: "From which association on, 0…1.") var above = 0.3
    @Option(help: "Of how many customers, drawn evenly.") var customers = 20_000

    func validate() throws {
      guard (0...1).contains(above) else { throw ValidationError("--above takes a number from 0 to 1") }
      guard customers > 0 else { throw ValidationError("--customers takes a number above 0") }
    }

    func run() throws {
      let connection = try Connection()
      var check = ProxyCheck(
        try CompiledCatalog(catalog(connection)),
        knownNamespaces: connection.settings.namespaces.known)
      guard !check.attributes.isEmpty else {
        return print("every attribute may decide: none is declared with mayDecide: false")
      }
      var sample = ProfileSample(count: customers)
      try TopicReader.forEach(Topics.profileState, in: connection.log) { record in
        sample.take(record)
        return true
      }
      for value in sample.drawn() { if let profile = try? ProfileState(json: value) { check.add(profile) } }
      let proxies = check.proxies(strengthMin: above)
      let of = "\(check.attributes.joined(separator: ", ")), looking at \(check.customers) customers"
      guard !proxies.isEmpty else { return print("nothing goes together with \(of), as strongly as \(above)") }
      print("what goes together with \(of):\n")
      print(
        Output.table(
          [["MAY NOT DECIDE", "BUT THIS MAY", "ASSOCIATION", "CUSTOMERS"]]
            + proxies.map { [$0.attribute, $0.proxy, String(format: "%.2f", $0.strength), "\($0.customers)"] }))
      throw ExitCode(1)
    }

    private func catalog(_ connection: Connection) throws -> Catalog {
      if let file { return try CatalogCommand.read(try CatalogCommand.text(of: file), file) }
      guard let catalog = try AppliedCatalogs.inForce(in: connection.log) else {
        throw Failure("no catalogue was applied: `trias catalog apply <file>`")
      }
      return catalog
    }
  }
}
