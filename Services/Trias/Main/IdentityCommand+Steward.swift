// `trias identity list` and `decide`: what a data steward has to decide, and his word on it.

import ArgumentParser
import Contracts
import Operations

extension IdentityCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists whom claims would have joined and the rules have not, with the evidence.",
      discussion: "The latest evidence comes first. `trias identity decide` takes them off.")

    @Flag(help: "What has been decided instead, and by whom.")
    var decided = false
    @Option(help: "How many.")
    var limit = 50

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit takes 1 or more") }
    }

    func run() throws {
      let list = try IdentityDesk(log: Connection().log).list()
      if decided {
        tell(list.decisions)
      } else {
        tell(list.cases)
      }
      if list.forgotten > 0 { print("\n\(list.forgotten) earlier identifiers are not among these") }
    }

    private func tell(_ cases: [StewardList.Case]) {
      guard !cases.isEmpty else { return print("nothing is to be decided") }
      for one in cases.prefix(limit) {
        print("\(one.identifier) and \(one.conflict.with): \(IdentityCommand.evidence(one.conflict))")
        for claim in one.conflict.evidence {
          let named = claim.identifiers.map(\.key).joined(separator: ", ")
          print("  \(Timestamps.text(claim.atMs))  \(claim.claim) of \(claim.source) named \(named)")
        }
        if let left = one.conflict.left { print("  left before by \(left.by): \(left.reason)") }
      }
      if cases.count > limit { print("\nand \(cases.count - limit) more") }
    }

    private func tell(_ decisions: [StewardList.Decision]) {
      guard !decisions.isEmpty else { return print("nothing has been decided") }
      var rows = [["WHEN", "WHO", "WHAT", "IDENTIFIER", "WITH", "WHY"]]
      for one in decisions.prefix(limit) {
        rows.append([
          Timestamps.text(one.atMs), one.by, one.kind.word, one.identifier.key, one.with.key,
          one.reason,
        ])
      }
      print(Output.table(rows))
    }
  }

  enum Decision: String, CaseIterable, ExpressibleByArgument {
    case samePerson = "same-person"
    case notSamePerson = "not-same-person"
    case leave

    var type: StewardCommandType {
      switch self {
      case .samePerson: .samePerson
      case .notSamePerson: .notSamePerson
      case .leave: .leave
      }
    }
  }

  struct Decide: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says whether two identifiers are one person's, and waits for what becomes of it.",
      discussion: """
        same-person joins the two, whatever the rules say, two customer numbers among them. not-same-person parts them \
        and keeps them apart, whatever claims say; it can be said before anything has joined them. The last word on two \
        holds. leave takes them off the list until there is new evidence.
        """)

    @Argument(help: "The one, as cookie:c-7f3a90b2.", transform: IdentityCommand.identifier)
    var identifier: Identifier
    @Argument(help: "The other.", transform: IdentityCommand.identifier)
    var other: Identifier
    @Argument(help: "same-person, not-same-person or leave.")
    var decision: Decision
    @OptionGroup var word: Word

    func run() throws {
      let command = StewardCommand(identifier: identifier, with: other, by: word.by, reason: word.reason)
      _ = try IdentityCommand.tell(word.ask(decision.type, command))
    }
  }

  /// Why the two are on the list.
  static func evidence(_ conflict: PossibleConflict) -> String {
    guard let last = conflict.evidence.last else { return "" }
    return reason(last.reason) + (last.via.map { " \($0)" } ?? "")
  }
}
