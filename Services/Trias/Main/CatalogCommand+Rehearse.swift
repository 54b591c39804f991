// `trias catalog rehearse`: what customers get, and what they would get by a draft.

import ArgumentParser
import CatalogAuthoring
import Contracts
import Foundation
import Host
import NbaScorerCore
import Operations
import Rehearsal
import Streams

extension CatalogCommand {
  struct Rehearse: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what customers would get by a draft, and what they get now; nothing is applied.",
      discussion: """
        Reads customers from profile.state and what the models have learned, and decides for each by the catalogue in \
        force and by the draft: in the contact that he is in, or else in one that begins now; without a draw and \
        without control groups. What the draft computes of customers anew is filled in as if it was applied now.
        """)

    @Argument(
      help: "The draft: a file, or a version to go back to. Without one: what is in force.", completion: .file())
    var draft: String?
    @Option(help: "Of how many customers, drawn evenly.") var customers = 10_000
    @Option(
      help: "Of this one alone, as customer:4711, with the lists side by side.",
      transform: IdentityCommand.identifier)
    var customer: Identifier?
    @Option(help: "The channel of who is in no contact.") var channel = "web"
    @Option(help: "Who begins that contact: inbound or outbound.") var direction = "inbound"
    @Option(help: "Its placement.") var placement: String?
    @Flag(help: "Also for who is in a contact, in a new one.") var newContact = false
    @Option(help: "How many items a list has at most; else as TRIAS_LIST_LENGTH or the settings say.")
    var listLength: Int?

    func validate() throws {
      guard customers > 0 else { throw ValidationError("--customers takes a number above 0") }
      guard ["inbound", "outbound"].contains(direction) else {
        throw ValidationError("--direction takes inbound or outbound")
      }
      guard (1...NbaList.itemsMax).contains(listLength ?? 1) else {
        throw ValidationError("--list-length takes a number from 1 to \(NbaList.itemsMax)")
      }
    }

    func run() throws {
      let connection = try Connection()
      let applied = try AppliedCatalogs(connection.log)
      guard let inForce = applied.inForce else { throw CatalogCommand.nothingApplied }
      let after = try draft.map { try catalog($0, applied) }
      try check(channel, in: [inForce] + (after.map { [$0] } ?? []))
      let learned = try LearnedState(connection.log)
      let listLength =
        listLength ?? SettingsArguments.resolve(declared: [.listLength]).integer(.listLength)
      let trial = CustomerTrial(
        inForce: try CompiledCatalog(inForce), draft: try after.map { try CompiledCatalog($0) },
        models: learned.models, groups: learned.groups, budgets: learned.budgets,
        newContact: CustomerTrial.newContact(channel: channel, direction: direction, placement: placement),
        isAlwaysNew: newContact, listLength: listLength, knownNamespaces: connection.settings.namespaces.known,
        nowMs: wallClockMs())
      print("by \(inForce.version), which is in force" + (draft.map { ", and by \($0)" } ?? "") + "\n")
      if let customer {
        print(RehearsalDisplay.text(trial.decide(try profile(of: customer, connection))))
      } else {
        print(RehearsalDisplay.text(try rehearsal(trial, connection), newContact: contactText))
      }
    }

    private var contactText: String { "\(channel), \(direction)" + (placement.map { ", at \($0)" } ?? "") }

    /// As it would be in force.
    private func catalog(_ draft: String, _ applied: AppliedCatalogs) throws -> Catalog {
      guard CatalogCommand.isFile(draft) else {
        let (version, catalog) = try CatalogCommand.version(draft, in: applied)
        do { return try applied.application(again: version, catalog).catalog } catch {
          throw CatalogCommand.failure(error, again: catalog)
        }
      }
      let text = try CatalogCommand.text(of: draft)
      let catalog = try CatalogCommand.read(text, draft)
      do { return try applied.application(catalog, text).catalog } catch { throw CatalogCommand.refusal(error, draft) }
    }

    /// In a channel that nothing is shown in, nobody would get anything: it is misspelt.
    private func check(_ channel: String, in catalogs: [Catalog]) throws {
      let channels = Set(catalogs.flatMap(\.propositions).flatMap(\.treatments).map(\.channel)).sorted()
      guard !channels.isEmpty, !channels.contains(channel) else { return }
      throw Failure(
        "nothing is shown in the channel \(channel)\(Suggestion.text(for: channel, among: channels)); there is "
          + channels.joined(separator: ", "))
    }

    private func rehearsal(_ trial: CustomerTrial, _ connection: Connection) throws -> Rehearsal {
      var sample = ProfileSample(count: customers)
      try TopicReader.forEach(Topics.profileState, in: connection.log) { record in
        sample.take(record)
        return true
      }
      return Rehearsal(of: sample.drawn().lazy.compactMap { try? ProfileState(json: $0) }, by: trial)
    }

    private func profile(of identifier: Identifier, _ connection: Connection) throws -> ProfileState {
      let id = try IdentityDesk(log: connection.log).profile(identifier, IdMint(secret: connection.secret))
      var filter = StateFilter()
      var state: [UInt8]?
      try TopicReader.forEach(Topics.profileState, in: connection.log) { record in
        if filter.admits(record), record.key == Array(id.utf8) { state = record.value }
        return true
      }
      guard let state else {
        throw Failure(
          "nothing is known of \(identifier)"
            + (IdentityCommand.unknownNamespace(identifier, connection) ?? ": there is no profile \(id)"))
      }
      return try ProfileState(json: state)
    }
  }
}
