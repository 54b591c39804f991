// `trias identity`: whom an identifier belongs to and why, and what a data steward says of it.

import ArgumentParser
import Contracts
import Foundation
import Host
import Operations

struct IdentityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "identity", abstract: "Which identifiers are one person's: shows it, and takes a data steward's word.",
    subcommands: [Show.self, List.self, Decide.self, Split.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows an identifier's profile, who else is of it, on what word, and what was split.")

    @Argument(help: "The identifier, as cookie:c-7f3a90b2.", transform: IdentityCommand.identifier)
    var identifier: Identifier

    func run() throws {
      let connection = try Connection()
      guard let known = try IdentityDesk(log: connection.log).known(identifier) else {
        let profile = IdMint(secret: connection.secret).profile(identifier)
        throw Failure(
          "no claim has named \(identifier)"
            + (IdentityCommand.unknownNamespace(identifier, connection)
              ?? ": if there is anything under it, it is profile \(profile)"))
      }
      let entry = known.entry
      print("\(IdentityCommand.place(entry))\n")
      var rows = [["IDENTIFIER", "VERSION", "FIRST CLAIM", "LAST VERDICT"]]
      for member in known.members {
        rows.append([
          member.identifier.key, String(member.version), member.firstClaim.map(String.init) ?? "-",
          IdentityCommand.text(member.verdict),
        ])
      }
      print(Output.table(rows))
      if entry.generations != nil { print("\n" + IdentityCommand.generations(entry)) }
      for carrier in entry.carriers ?? [] {
        print("\nwas named with \(carrier.identifier), \(Timestamps.text(carrier.atMs))")
      }
      let claims = entry.claims ?? []
      print(claims.isEmpty ? "\nno claims are remembered" : "\nclaims that named it, as they are remembered:")
      for claim in claims {
        let word = claim.steward.map { ", one person on the word of \($0.by): \($0.reason)" } ?? ""
        print("  \(claim.number)  \(claim.identifiers.map(\.key).joined(separator: ", "))\(word)")
      }
      for parting in entry.partings ?? [] {
        let what = parting.apart == true ? "not one person with" : "split from"
        print(
          "\n\(what) \(parting.identifier) for good, \(Timestamps.text(parting.atMs)) by \(parting.by): \(parting.reason)"
        )
      }
      for conflict in (entry.conflicts ?? []).filter(\.isOpen) {
        print("\nto be decided: is it one person's with \(conflict.with)? \(IdentityCommand.evidence(conflict))")
      }
    }
  }

  struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Undoes a wrong link, as if it had never been made, and waits for what becomes of it.",
      discussion: """
        Everybody whom the link concerned is judged again without it: who was joined only through it parts too, and who \
        was refused because of it may now be joined. No claim will join the two again. What other claims join stays \
        joined; `trias identity show` has them.
        """)

    @Argument(help: "The identifier to part, as cookie:c-7f3a90b2.", transform: IdentityCommand.identifier)
    var identifier: Identifier
    @Option(
      help: "From which identifier; else from each with which a claim has joined it directly.",
      transform: IdentityCommand.identifier)
    var from: Identifier?
    @OptionGroup var word: Word

    func run() throws {
      let command = StewardCommand(identifier: identifier, from: from, by: word.by, reason: word.reason)
      try tell(word.ask(.split, command))
    }

    private func tell(_ entries: [IdentityMapEntry]) throws {
      let own = try IdentityCommand.tell(entries)
      if own.verdict.reason == "split-still-linked-by-others" {
        print("\nthe link is gone, and \(identifier) is still joined by other claims:")
        for claim in own.claims ?? [] {
          print("  \(claim.number)  \(claim.identifiers.map(\.key).joined(separator: ", "))")
        }
      }
    }
  }

  /// A data steward's word, and how long he waits for what becomes of it.
  struct Word: ParsableArguments {
    @Option(help: "Why; it is kept with the decision.")
    var reason: String
    @Option(help: "Who says so.")
    var by: String = NSUserName()
    @Option(help: "How many seconds to wait for the verdict.")
    var patience = 30

    func validate() throws {
      for (name, text, bytesMax) in [
        ("reason", reason, StewardCommand.reasonBytesMax), ("by", by, StewardCommand.byBytesMax),
      ] where text.isEmpty || text.utf8.count > bytesMax {
        throw ValidationError("--\(name) takes 1 to \(bytesMax) bytes")
      }
    }

    func ask(_ type: StewardCommandType, _ command: StewardCommand) throws -> [IdentityMapEntry] {
      let connection = try Connection()
      let deadline = ContinuousClock.now + .seconds(patience)
      let outcome = try IdentityDesk(log: connection.log).ask(
        type, command, id: "steward-\(UUID().uuidString.lowercased())",
        nowMs: Int64(Date().timeIntervalSince1970 * 1_000)
      ) { ContinuousClock.now < deadline }
      switch outcome {
      case .judged(let entries): return entries
      case .refused(let reason): throw Failure("refused: \(reason)")
      case .unanswered:
        throw Failure(
          "no verdict within \(patience) s: is profile-aggregator running? The command is on "
            + "\(Topics.stewardCommands.name) and will be carried out once it is")
      }
    }
  }

  /// Says where each is now; throws where nothing became of it.
  static func tell(_ entries: [IdentityMapEntry]) throws -> IdentityMapEntry {
    guard let own = entries.last, own.verdict.isAccepted else {
      throw Failure("refused: \(entries.last.map { reason($0.verdict.reason) } ?? "")")
    }
    for entry in entries { print(place(entry)) }
    return own
  }

  /// What to say of who isn't known where nobody can be by that name; nil: somebody can.
  static func unknownNamespace(_ identifier: Identifier, _ connection: Connection) -> String? {
    let names = connection.settings.namespaces.all.map(\.name)
    guard !names.contains(identifier.namespace) else { return nil }
    let hint = Suggestion.text(for: identifier.namespace, among: names)
    return ", and there is no namespace \(identifier.namespace)\(hint); there are \(names.joined(separator: ", ")) "
      + "(\(Setting.namespaces.variable), the same as the services')"
  }

  static func identifier(_ text: String) throws -> Identifier {
    guard let identifier = Identifier(key: text), !identifier.namespace.isEmpty, !identifier.value.isEmpty else {
      throw ValidationError("an identifier is <namespace>:<value>, not \(text)")
    }
    return identifier
  }

  private static func place(_ entry: IdentityMapEntry) -> String {
    guard entry.isShared else {
      return "\(entry.identifier) is of profile \(entry.profile), version \(entry.version)"
    }
    return
      "\(entry.identifier) is shared, and now of profile \(entry.current), generation \(entry.generation(atMs: .max))"
  }

  /// Whose a shared device was in turn, and since when it is whose.
  private static func generations(_ entry: IdentityMapEntry) -> String {
    var rows = [["GENERATION", "PROFILE", "VERSION", "BEGAN WITH"]]
    rows.append(["0", entry.profile, String(entry.version), "whoever was known on it first"])
    for generation in entry.generations ?? [] {
      let isNobodys = generation.number == DeviceGeneration.nobodys
      rows.append([
        String(generation.number), generation.profile, String(generation.version),
        isNobodys
          ? "nobody's: too many have logged in on it" : "a login of \(generation.by), claim \(generation.claim)",
      ])
    }
    let turns = (entry.switches ?? []).map {
      "  \($0.atMs == 0 ? "from the earliest that is known" : Timestamps.text($0.atMs))  generation \($0.generation)"
    }
    return ([Output.table(rows), "from when on it was whose, 0 before:"] + turns).joined(separator: "\n")
  }

  private static func text(_ verdict: Verdict) -> String {
    "\(verdict.isAccepted ? "" : "refused: ")\(reason(verdict.reason)), \(verdict.claim), \(Timestamps.text(verdict.atMs))"
  }

  /// The linker's reasons in words; what is not among them speaks for itself.
  static func reason(_ reason: String) -> String {
    switch reason {
    case "linked": "joined by a claim"
    case "already-linked": "was joined already"
    case "shared-device": "a device that several log in on, and each one's in turn"
    case "shared-by-too-many": "a device that too many have logged in on to be anybody's"
    case "two-persons": "two identifiers of which a person has one"
    case "belongs-to-another-person": "is another person's"
    case "contact-identifiers-never-merge": "a contact identifier joins nobody"
    case "only-one-has-it": "finds the only one who has it"
    case "several-have-it": "finds nobody: several have it"
    case "too-many-identifiers": "more identifiers than one person has"
    case "split": "split by a data steward"
    case "split-still-linked-by-others": "split by a data steward, and joined by other claims"
    case "split-by-steward": "a data steward has said that they are not one person's"
    case "already-split": "the two are split already"
    case "not-linked": "no claim has joined it with that"
    case "too-many-splits": "it was split from as many as can be remembered"
    case "shared-contact-identifier": "both have the same"
    case "same-person": "one person's on a data steward's word"
    case "not-same-person": "not one person's on a data steward's word"
    case "already-not-same-person": "that has been said already"
    case "kept-apart-by-steward": "a data steward has said of some of theirs that they are not one person's"
    case "left-by-steward": "left as it is by a data steward"
    case "not-on-the-list": "nothing is to be decided of the two"
    default: reason
    }
  }
}
