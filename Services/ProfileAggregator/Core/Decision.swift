import Contracts

/// What a core function leads to: a new state, and what is to be said about it, in this order.
package struct Decision<State: Sendable>: Sendable {
  package enum Change: Sendable {
    /// Nothing new: the state stays, and nothing is said.
    case none
    case set(State)
    case delete
  }

  package var change: Change
  package var emissions: [Emission]

  package init(_ change: Change, _ emissions: [Emission] = []) {
    self.change = change
    self.emissions = emissions
  }

  package static var nothing: Decision { Decision(.none) }
}

/// One record to be sent.
package struct Emission: Sendable, Equatable {
  package var topic: Topic
  package var key: String
  package var envelope: Envelope
  /// JSON; nil is a tombstone.
  package var data: [UInt8]?

  package init(_ topic: Topic, key: String, _ envelope: Envelope, _ data: [UInt8]?) {
    self.topic = topic
    self.key = key
    self.envelope = envelope
    self.data = data
  }
}

/// The `ce_source` of what this service says on its own account.
package let aggregatorSource = "trias/profile-aggregator"
