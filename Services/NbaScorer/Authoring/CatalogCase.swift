import Contracts

/// What a catalogue is to do for one customer, as the file of tests beside it says: who he is and what he did, the contact
/// that he is in, and what is to be on his list.
package struct CatalogCase: Sendable, Equatable {
  package var name: String
  package var line: Int
  /// The moment that is decided at.
  package var nowMs: Int64
  /// What happened, in its order; the start of the contact is among it.
  package var events: [Event] = []
  package var expected: [Expected] = []
  /// The line on which it says that nothing else is to be on the list; nil: more may follow.
  package var wholeLine: Int?
  package var dropped: [ExpectedDrop] = []

  /// One event, as a channel or a system of record would have said it.
  package struct Event: Sendable, Equatable {
    package var line: Int
    package var type: EventType
    package var atMs: Int64
    package var key: String
    /// JSON.
    package var data: [UInt8]
    /// It answers the last task that was asked for before it.
    package var answersLastTask = false
  }

  /// A proposition of which a rank is expected.
  package struct Expected: Sendable, Equatable {
    package var proposition: String
    package var line: Int
  }

  package struct ExpectedDrop: Sendable, Equatable {
    package var proposition: String
    package var stage: Stage
    /// nil: whichever of the stage.
    package var rule: String?
    package var line: Int
  }

  /// The id of the contact that a list is expected in.
  package static let contact = "contact"
  /// Under it lists are made that are answered in a case: no deployment knows of them.
  package static let secret = "the tests of a catalogue"
  package static let mint = IdMint(secret: secret)
  /// A Monday's noon: what is expected does not depend on the day on which it is looked at.
  package static let standardNowMs: Int64 = 1_781_524_800_000

  package static let casesMax = 1_000
  package static let eventsMax = 500
}
