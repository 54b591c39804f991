import Contracts
import Streams

// The nba-scorer as an executable: its options and what they make of its processors.

extension NbaScorer: ProcessorService {
  package static let executable = Executable.nbaScorer

  private static let listLength = ServiceOption(
    "list-length", .integer(1...NbaList.itemsMax), default: "10", help: "how many items a list has at most")
  private static let sampling = ServiceOption(
    "sampling", .boolean, default: "true",
    help: "Thompson sampling: now and then something less sure is offered, so that more is learned")
  private static let learning = ServiceOption(
    "learning", .boolean, default: "true", help: "whether the models learn from responses")

  package static var options: [ServiceOption] { [listLength, sampling, learning] }

  package static func processors(_ options: ServiceOptions) -> [AnyProcessor] {
    var settings = ScoringSettings(listLength: options.integer(listLength), isSampling: options.boolean(sampling))
    // Said only where it differs: it is recorded with every decision.
    if options.namespaces != .standard { settings.knownNamespaces = options.namespaces.known }
    let scorer = AnyProcessor(scorer(secret: options.secret, settings: settings))
    let learner = options.boolean(learning) ? [AnyProcessor(trainer())] : []
    return [scorer, AnyProcessor(budgets(secret: options.secret))] + learner + [AnyProcessor(drafts())]
  }
}
