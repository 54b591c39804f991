// `trias catalog diff`: what one catalogue says otherwise than another.

import ArgumentParser
import CatalogAuthoring
import Contracts
import Foundation
import Host
import Operations

extension CatalogCommand {
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what one catalogue says otherwise than another.",
      discussion: """
        Each is a file or a version, as 3 or 3-5b0f37cc. With one, it is what applying it would change in what is in \
        force. Each change is said with its line in the file, or in the text that the version was made from
        (`trias catalog show --text`), else with its place. Like diff it ends with code 0 where they say the same, with 1 \
        where they don't, and with 2 where they can't be compared.
        """)

    @Argument(help: "The one: a file or a version.", completion: .file()) var first: String
    @Argument(help: "The other, which is the newer.", completion: .file()) var second: String?

    func run() throws {
      var sources = Sources()
      let (old, new): (Source, Source)
      if let second {
        (old, new) = (try sources.source(first), try sources.source(second))
      } else {
        (old, new) = (try sources.inForce(), try sources.source(first))
      }
      let difference = CatalogDifference(from: old.catalog, to: new.catalog)
      guard !difference.isEmpty else {
        return print("\(new.name) says the same as \(old.name)\(second == nil ? ", which is in force" : "")")
      }
      for change in difference.changes { print("\((change.isOfOlder ? old : new).prefix(change.place))\(change)") }
      throw ExitCode(1)
    }
  }

  /// Whether a file is meant, and no version.
  static func isFile(_ argument: String) -> Bool {
    argument.contains("/") || argument.contains(".") || FileManager.default.fileExists(atPath: argument)
  }

  /// One side of a comparison.
  struct Source {
    var name: String
    var catalog: Catalog
    /// nil: there is no text of it, or none that this build can read.
    var places: CatalogPlaces?

    init(name: String, _ catalog: Catalog, _ places: CatalogPlaces?) {
      (self.name, self.catalog, self.places) = (name, catalog, places)
    }

    init(_ applied: AppliedCatalogs.Applied, _ catalog: Catalog) {
      let places = applied.text.flatMap { try? CatalogFile.readPlaced(text: $0).places }
      self.init(name: catalog.version, catalog, places)
    }

    func prefix(_ place: String) -> String {
      places.map { "\(name):\($0.line(of: place)): " } ?? (place.isEmpty ? "" : "\(name): \(place): ")
    }
  }

  /// Files and versions; the topic is read where a version is asked for, and once.
  struct Sources {
    private var applied: AppliedCatalogs?

    mutating func source(_ argument: String) throws -> Source {
      if CatalogCommand.isFile(argument) {
        let text = try CatalogCommand.text(of: argument)
        do {
          let (catalog, places) = try CatalogFile.readPlaced(text: text)
          return Source(name: argument, catalog, places)
        } catch {
          _ = CatalogCommand.refusal(error, argument)
          throw ExitCode(Host.Exit.fatal.rawValue)
        }
      }
      let (applied, catalog) = try CatalogCommand.version(argument, in: try topic())
      return Source(applied, catalog)
    }

    mutating func inForce() throws -> Source {
      guard let version = try topic().inForce?.version else { throw CatalogCommand.nothingApplied }
      return try source(version)
    }

    private mutating func topic() throws -> AppliedCatalogs {
      if let applied { return applied }
      let read = try CatalogTopic(log: Connection().log).applied()
      applied = read
      return read
    }
  }
}
