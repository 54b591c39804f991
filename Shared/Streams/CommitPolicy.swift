/// Which of the mechanism's rules are left out. Empty wherever anything is meant to be right: the fault simulation breaks
/// one rule at a time and has to find that out, which shows that it would find such a fault in the code as well.
package struct CommitPolicy: OptionSet, Sendable, Hashable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// What could not be written is taken as written.
  package static let acksNotAwaited = CommitPolicy(rawValue: 1 << 0)
  package static let outputsBeforeState = CommitPolicy(rawValue: 1 << 1)
  package static let commitBeforeOutputs = CommitPolicy(rawValue: 1 << 2)
  /// A new owner goes on without what its predecessor may not have sent.
  package static let outboxNotResent = CommitPolicy(rawValue: 1 << 3)
  package static let watermarkTooHigh = CommitPolicy(rawValue: 1 << 4)
  package static let offsetTooFar = CommitPolicy(rawValue: 1 << 5)
  /// What was applied before a restart is applied again.
  package static let appliedIgnored = CommitPolicy(rawValue: 1 << 6)
  package static let originsIgnored = CommitPolicy(rawValue: 1 << 7)
  package static let sequencesIgnored = CommitPolicy(rawValue: 1 << 8)
  package static let recentIdsIgnored = CommitPolicy(rawValue: 1 << 9)
  /// Within a batch each record sees the state from before the batch.
  package static let overlayDropped = CommitPolicy(rawValue: 1 << 10)
  package static let ticksRepeated = CommitPolicy(rawValue: 1 << 11)
  package static let takeoverNotWritten = CommitPolicy(rawValue: 1 << 12)
  package static let epochsIgnoredByRestore = CommitPolicy(rawValue: 1 << 13)
  package static let epochsIgnoredByReaders = CommitPolicy(rawValue: 1 << 14)
  /// An owner that sees another's takeover goes on.
  package static let fencingIgnored = CommitPolicy(rawValue: 1 << 15)
  /// What a zombie wrote last stays the last record of its key.
  package static let repairOff = CommitPolicy(rawValue: 1 << 16)
  package static let deadLettersDropped = CommitPolicy(rawValue: 1 << 17)
  /// Another log under an input's name is taken for the one that was read.
  package static let recreationIgnored = CommitPolicy(rawValue: 1 << 18)

  /// A new owner doesn't know who is due.
  package static let ticksForgotten = CommitPolicy(rawValue: 1 << 19)
  /// A tick that could not be written is not written again.
  package static let ticksNotRetried = CommitPolicy(rawValue: 1 << 20)
  package static let ticksTooEarly = CommitPolicy(rawValue: 1 << 21)
  /// Whoever leaves says that everything is out, though a batch of his was not finished.
  package static let handoverUnfinished = CommitPolicy(rawValue: 1 << 22)
  /// What a zombie says on leaving is taken as said of what his successor has written.
  package static let zombieHandoversBelieved = CommitPolicy(rawValue: 1 << 23)
  /// A record in the wrong partition is passed over.
  package static let forwardingDropped = CommitPolicy(rawValue: 1 << 24)
  /// A record in the wrong partition is applied there.
  package static let misplacedApplied = CommitPolicy(rawValue: 1 << 25)
  /// States are written however long ago the group was last heard.
  package static let membershipNotRequired = CommitPolicy(rawValue: 1 << 26)

  package static let mutations: [(name: String, policy: CommitPolicy)] = [
    ("acks-not-awaited", .acksNotAwaited), ("outputs-before-state", .outputsBeforeState),
    ("commit-before-outputs", .commitBeforeOutputs), ("outbox-not-resent", .outboxNotResent),
    ("watermark-too-high", .watermarkTooHigh), ("offset-too-far", .offsetTooFar),
    ("applied-ignored", .appliedIgnored), ("origins-ignored", .originsIgnored),
    ("sequences-ignored", .sequencesIgnored), ("recent-ids-ignored", .recentIdsIgnored),
    ("overlay-dropped", .overlayDropped), ("ticks-repeated", .ticksRepeated),
    ("takeover-not-written", .takeoverNotWritten), ("epochs-ignored-by-restore", .epochsIgnoredByRestore),
    ("epochs-ignored-by-readers", .epochsIgnoredByReaders), ("fencing-ignored", .fencingIgnored),
    ("repair-off", .repairOff), ("dead-letters-dropped", .deadLettersDropped),
    ("recreation-ignored", .recreationIgnored), ("ticks-forgotten", .ticksForgotten),
    ("ticks-not-retried", .ticksNotRetried), ("ticks-too-early", .ticksTooEarly),
    ("handover-unfinished", .handoverUnfinished), ("zombie-handovers-believed", .zombieHandoversBelieved),
    ("forwarding-dropped", .forwardingDropped), ("misplaced-applied", .misplacedApplied),
    ("membership-not-required", .membershipNotRequired),
  ]
}
