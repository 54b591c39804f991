import Contracts
import ProfileAggregatorCore
import Streams

// The profile-aggregator as an executable: its options and what they make of its processors.

extension ProfileAggregator: ProcessorService {
  package static let contactIdleMinutes = ServiceOption(
    "contact-idle-minutes", .integer(1...1_440), default: "30",
    help: "a contact without an event for so long is given up")

  package static let groupSizeMin = ServiceOption(
    "group-size-min", .integer(Int(GroupAggregate.step)...1_000_000), default: "\(Groups.sizeMin)",
    help: "of fewer customers, or after fewer of them have changed, nothing is said of a segment's group")

  package static var executable: Executable { .profileAggregator }
  package static var options: [ServiceOption] { [contactIdleMinutes, groupSizeMin] }

  package static func processors(_ options: ServiceOptions) -> [AnyProcessor] {
    let contactIdleMs = Int64(options.integer(contactIdleMinutes)) * 60_000
    return [
      AnyProcessor(
        facets(secret: options.secret, namespaces: options.namespaces, contactIdleMs: contactIdleMs)),
      AnyProcessor(linker(secret: options.secret, namespaces: options.namespaces)),
      AnyProcessor(profiles(namespaces: options.namespaces)),
      AnyProcessor(groups(sizeMin: options.integer(groupSizeMin))),
    ]
  }
}
