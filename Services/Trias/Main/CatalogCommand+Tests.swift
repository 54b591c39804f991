// The tests beside a catalogue, as `check` and `apply` run them.

import ArgumentParser
import CatalogAuthoring
import Contracts
import Foundation
import Host
import NbaScorerCore
import Rehearsal

extension CatalogCommand {
  struct Tests: ParsableArguments {
    @Option(
      help: "Its tests, YAML; else those beside it, which catalog.yaml has in catalog.tests.yaml.", completion: .file())
    var tests: String?

    /// nil: there are none. Every case that doesn't come out as expected is told, by line; then none of it counts.
    func run(_ catalog: Catalog, _ catalogFile: String, toApply isApplied: Bool = false) throws -> (
      file: String, count: Int
    )? {
      let file = tests ?? CatalogCaseFile.path(beside: catalogFile)
      if tests == nil, !FileManager.default.fileExists(atPath: file) { return nil }
      let namespaces = SettingsArguments.resolve().namespaces
      let text = try CatalogCommand.text(of: file)
      let (cases, failures): (Int, [CaseTrial.Failure])
      do {
        (cases, failures) = try CaseTrial.run(text: text, for: catalog, namespaces: namespaces)
      } catch let mistakes as CatalogMistakes { throw CatalogCommand.refusal(mistakes, file) }
      guard failures.isEmpty else {
        for failure in failures { Output.complain("\(file):\(failure.line): \(failure.name): \(failure.reason)") }
        let failed = Set(failures.map(\.name)).count
        Output.complain("\(file): \(failed) of \(cases) cases \(failed == 1 ? "does" : "do") not hold")
        if isApplied { Output.complain("nothing is applied; --untested applies it without its tests") }
        throw ExitCode(Host.Exit.badSettings.rawValue)
      }
      return (file, cases)
    }
  }
}
