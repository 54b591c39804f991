// `trias catalog`: check a catalogue, put it in force, show what is in force.

import ArgumentParser
import CatalogAuthoring
import Contracts
import Foundation
import Host
import MessageLog
import NbaScorerCore
import Operations

struct CatalogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalog", abstract: "The marketing catalogue.",
    subcommands: [
      Check.self, Diff.self, Rehearse.self, Apply.self, History.self, Proxies.self, Show.self, Rollback.self,
    ])

  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks a catalogue and puts it in force, whole or not at all.",
      discussion: "Where there is a file of tests beside it, they are run first, and all must hold.")

    @Argument(help: "The catalogue, YAML.", completion: .file()) var file: String
    @OptionGroup var tests: Tests
    @Flag(help: "Without its tests, whatever they say.")
    var untested = false
    @Flag(help: "Only where no catalogue is in force yet: for what starts a deployment again and again.")
    var first = false
    @OptionGroup var lifting: Lifting
    @OptionGroup var word: Word

    func validate() throws {
      if untested, tests.tests != nil { throw ValidationError("--untested and --tests can't be meant together") }
    }

    func run() throws {
      let text = try CatalogCommand.text(of: file)
      let read = try CatalogCommand.readPlaced(text, file)
      CatalogCommand.remark(on: read, file)
      if !untested { _ = try tests.run(read.catalog, file, toApply: true) }
      let topic = CatalogTopic(log: try Connection().log)
      if first, let inForce = try topic.current() {
        return print("\(inForce.version) is in force, and stays")
      }
      do {
        CatalogCommand.tell(try topic.apply(text, word.word, liftExclusions: lifting.liftExclusions))
      } catch let mistakes as CatalogMistakes { throw CatalogCommand.refusal(mistakes, file) }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says everything that is wrong with a catalogue, by line, and runs its tests.",
      discussion: "It needs no broker.")

    @Argument(help: "The catalogue, YAML.", completion: .file()) var file: String
    @OptionGroup var tests: Tests

    func run() throws {
      let read = try CatalogCommand.readPlaced(try CatalogCommand.text(of: file), file)
      let catalog = read.catalog
      CatalogCommand.remark(on: read, file)
      let tested = try tests.run(catalog, file)
      print(
        "\(file) is a catalogue of \(catalog.propositions.count) propositions, nothing wrong with it"
          + (tested.map { "; all \($0.count) cases of \($0.file) hold" } ?? "; it has no tests beside it"))
    }
  }

  struct Lifting: ParsableArguments {
    @Flag(help: "Also where that lifts what is taken out at once.") var liftExclusions = false
  }

  /// Who applies, and why.
  struct Word: ParsableArguments {
    @Option(help: "Why; it is kept with the version.")
    var note: String?
    @Option(help: "Who applies it; else the login's name, if it has one.")
    var by: String?

    func validate() throws {
      for (name, text) in [("note", note), ("by", by)] {
        guard let text, text.isEmpty || text.utf8.count > CatalogApplication.Word.bytesMax else { continue }
        throw ValidationError("--\(name) takes 1 to \(CatalogApplication.Word.bytesMax) bytes")
      }
    }

    /// In a container nobody need have a name.
    var word: CatalogApplication.Word {
      let login = NSUserName()
      return CatalogApplication.Word(by: by ?? (login.isEmpty ? nil : login), note: note)
    }
  }

  /// What is in force now, and what it changes.
  static func tell(_ outcome: CatalogTopic.Outcome) {
    let catalog = outcome.catalog
    guard outcome.isNew else { return print("\(catalog.name) is already in force as version \(catalog.version)") }
    print("\(catalog.name) is in force as version \(catalog.version), \(catalog.propositions.count) propositions")
    guard let before = outcome.before else { return }
    let difference = CatalogDifference(from: before, to: catalog)
    print(
      difference.isEmpty
        ? "it says nothing else than \(before.version)" : "against \(before.version): \(difference.summary)")
  }

  /// Every mistake on a line of its own, as compilers say them.
  static func read(_ text: String, _ file: String) throws -> Catalog { try readPlaced(text, file).catalog }

  static func readPlaced(_ text: String, _ file: String) throws -> (catalog: Catalog, places: CatalogPlaces) {
    do { return try CatalogFile.readPlaced(text: text) } catch { throw refusal(error, file) }
  }

  /// What is to be thrown after each mistake was told.
  static func refusal(_ error: CatalogMistakes, _ file: String) -> ExitCode {
    for mistake in error.mistakes {
      Output.complain("\(file):\(mistake.line): \(mistake.place.isEmpty ? "" : "\(mistake.place): ")\(mistake.reason)")
    }
    return ExitCode(Host.Exit.badSettings.rawValue)
  }

  private static func remark(on read: (catalog: Catalog, places: CatalogPlaces), _ file: String) {
    let namespaces = SettingsArguments.resolve().namespaces
    for remark in CatalogFile.remarks(on: read.catalog, nowMs: wallClockMs(), namespaces: namespaces) {
      Output.complain("\(file):\(read.places.line(of: remark.place)): note: \(remark)")
    }
  }

  static func text(of file: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
      throw Failure("\(file) can't be read: there is no such file")
    }
    if isFolder.boolValue { throw Failure("\(file) can't be read: it is a folder") }
    // By a handle, so that a pipe can be read too.
    guard let handle = FileHandle(forReadingAtPath: file), let bytes = try? handle.readToEnd() ?? Data() else {
      throw Failure("\(file) can't be read")
    }
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw Failure("\(file) can't be read as UTF-8 text")
    }
    return text
  }
}
