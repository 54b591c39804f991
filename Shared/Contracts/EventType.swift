/// Every type of event that a channel, a system of record or the suite itself puts on a topic, by its CloudEvents
/// `type`.
public enum EventType: String, Sendable, CaseIterable {
  case contactStarted = "trias.contact.started.v1"
  case contactEnded = "trias.contact.ended.v1"
  case pageViewed = "trias.page.viewed.v1"
  case productViewed = "trias.product.viewed.v1"
  case searchPerformed = "trias.search.performed.v1"
  case cartChanged = "trias.cart.changed.v1"
  case formSubmitted = "trias.form.submitted.v1"
  case emailDelivered = "trias.email.delivered.v1"
  case emailOpened = "trias.email.opened.v1"
  case emailClicked = "trias.email.clicked.v1"
  case emailBounced = "trias.email.bounced.v1"
  case messageReceived = "trias.message.received.v1"
  case nbaPresented = "trias.nba.presented.v1"
  case nbaClicked = "trias.nba.clicked.v1"
  case nbaAccepted = "trias.nba.accepted.v1"
  case nbaRejected = "trias.nba.rejected.v1"
  case identityAsserted = "trias.identity.asserted.v1"
  case consentGiven = "trias.consent.given.v1"
  case consentWithdrawn = "trias.consent.withdrawn.v1"
  case questionAsked = "trias.question.asked.v1"
  case complaintFiled = "trias.complaint.filed.v1"
  case taskDone = "trias.task.done.v1"
  case taskFailed = "trias.task.failed.v1"

  case customerRecorded = "trias.customer.recorded.v1"
  case orderPlaced = "trias.order.placed.v1"
  case eventAttended = "trias.event.attended.v1"
  case relationRecorded = "trias.relation.recorded.v1"

  /// Only on the timeline: the facet now belongs to another profile.
  case facetLeft = "trias.facet.left.v1"
  /// Only on the timeline: the facet came from another profile, with what is known under it.
  case facetReceived = "trias.facet.received.v1"

  /// Only on the timeline: the customer came to be in a segment, or is in it no more.
  case segmentEntered = "trias.segment.entered.v1"
  case segmentLeft = "trias.segment.left.v1"

  /// The topic that it is published to from outside; nil for what only the suite writes.
  public var topic: Topic? {
    switch self {
    case .customerRecorded, .orderPlaced, .eventAttended, .relationRecorded: Topics.sourceRecords
    case .facetLeft, .facetReceived, .segmentEntered, .segmentLeft: nil
    default: Topics.channelInteractions
    }
  }

  private static let byName = [String: EventType](uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

  /// The type of that name. `init(rawValue:)` compares with one after the other; events are too many for that.
  public static func named(_ type: String) -> EventType? { byName[type] }

  /// What is said of a type that nobody may publish.
  public static func unknown(_ type: String) -> String {
    let known = allCases.filter { $0.topic != nil }.map(\.rawValue)
    return "no such event type: \(type)\(Suggestion.text(for: type, among: known))"
  }

  /// The name without prefix and version, as in counts and screens: `page.viewed`.
  public var shortName: String { Self.shortNames[byte] }

  private static let shortNames: [String] = {
    var names = [String](repeating: "", count: 256)
    for type in allCases { names[type.byte] = String(type.rawValue.dropFirst("trias.".count).dropLast(".v1".count)) }
    return names
  }()

  /// The byte that an enum of fewer than 256 plain cases is: an index into tables that are asked for every event, where
  /// hashing the name would cost more than the answer.
  var byte: Int { withUnsafeBytes(of: self) { Int($0[0]) } }

  /// Whether the customer looked for himself into what its `category` says: what merely reached him, or failed to, says
  /// nothing of him, and a complaint is no interest.
  package var showsInterest: Bool {
    switch self {
    case .emailDelivered, .emailBounced, .complaintFiled: false
    default: true
    }
  }

  /// What a response to a proposition says, for the four types that are one.
  public var outcome: Outcome? {
    switch self {
    case .nbaPresented: .presented
    case .nbaClicked: .clicked
    case .nbaAccepted: .accepted
    case .nbaRejected: .rejected
    default: nil
    }
  }
}

/// What the customer did with a proposition, in the order of their weight.
public enum Outcome: String, Codable, Sendable, CaseIterable {
  case presented, clicked, rejected, accepted
}

/// A field of an event's data: what the schemas, the validation and the documentation are made from.
public struct FieldDeclaration: Sendable, Equatable {
  public enum Kind: String, Sendable {
    case string, integer, boolean, object, identifier, identifiers
  }

  public let name: String
  public let kind: Kind
  public let isRequired: Bool
  public let summary: String
  /// For strings that take one of a few values.
  public let values: [String]
  /// For integers that have bounds.
  public let range: ClosedRange<Int64>?

  init(
    _ name: String, _ kind: Kind, required: Bool = false, _ summary: String, values: [String] = [],
    range: ClosedRange<Int64>? = nil
  ) {
    self.name = name
    self.kind = kind
    self.isRequired = required
    self.summary = summary
    self.values = values
    self.range = range
  }
}

extension EventType {
  /// The fields that its data may have. Others are ignored.
  public var fields: [FieldDeclaration] {
    let identifiers = FieldDeclaration(
      "identifiers", .identifiers, required: true, "What the customer was seen under, the strongest first.")
    let channel = FieldDeclaration(
      "channel", .string, required: topic == Topics.channelInteractions, "web, app, email, call-centre, social, …")
    let contact = { (required: Bool) in
      FieldDeclaration("contact", .string, required: required, "The contact (session, call) that it happened in.")
    }
    let text = FieldDeclaration("text", .string, "What the customer said or wrote.")
    let reason = FieldDeclaration("reason", .string, "Why, in the customer's or the agent's words.")
    let category = FieldDeclaration(
      "category", .string, "The subject, as in the catalogue's groups: mortgage, savings, …")
    let context = FieldDeclaration("context", .object, "Named strings, numbers and truth values about the contact.")
    func some(_ fields: [FieldDeclaration], contactRequired: Bool = false) -> [FieldDeclaration] {
      [identifiers, channel, contact(contactRequired)] + fields
    }
    switch self {
    case .contactStarted:
      return some(
        [
          FieldDeclaration("placement", .string, "Where the list will be shown: home, product, agent-desktop, …"),
          FieldDeclaration(
            "intent", .string, "Why the customer comes, where the channel knows: cancellation, question, …"),
          FieldDeclaration("direction", .string, "Who began.", values: ["inbound", "outbound"]),
          FieldDeclaration("actor", .identifier, "Of an organisation's contact: the person who acts for it."), context,
        ], contactRequired: true)
    case .contactEnded: return some([reason], contactRequired: true)
    case .pageViewed: return some([FieldDeclaration("page", .string, required: true, "The page."), category])
    case .productViewed:
      return some([FieldDeclaration("product", .string, required: true, "The product."), category])
    case .searchPerformed:
      return some([FieldDeclaration("query", .string, required: true, "What was searched for."), category])
    case .cartChanged:
      return some([
        FieldDeclaration("product", .string, "What was put in or taken out."), amountMinor(false), currency(false),
      ])
    case .formSubmitted:
      return some([
        FieldDeclaration("form", .string, required: true, "The form."),
        FieldDeclaration("conversion", .string, "How close to a sale.", values: ["soft", "hard"]), category,
        FieldDeclaration("proposition", .string, "The proposition that it is about."), context,
      ])
    case .emailDelivered, .emailOpened, .emailClicked, .emailBounced:
      return some([FieldDeclaration("message", .string, required: true, "The message's id."), reason, category])
    case .messageReceived: return some([text, category])
    case .nbaPresented, .nbaClicked, .nbaAccepted, .nbaRejected:
      return some(
        [
          FieldDeclaration("list", .string, required: true, "The list's id, as it came on nba.lists."),
          FieldDeclaration("proposition", .string, required: true, "The proposition's id."),
          FieldDeclaration("rank", .integer, "Its rank on the list."), reason,
          FieldDeclaration("placement", .string, "Where it was shown."),
        ], contactRequired: true)
    case .identityAsserted: return some([reason])
    case .consentGiven, .consentWithdrawn:
      return some([FieldDeclaration("purpose", .string, required: true, "What for: personal-offers, email, phone, …")])
    case .questionAsked, .complaintFiled: return some([text, category])
    case .taskDone, .taskFailed:
      return some([
        FieldDeclaration("task", .string, required: true, "The task's id, as it came on contact.tasks."), reason,
      ])
    case .customerRecorded:
      return [
        identifiers,
        FieldDeclaration(
          "attributes", .object, required: true, "Named strings, numbers and truth values about the customer."),
        FieldDeclaration(
          "verified", .boolean, "Whether they were verified (a document was seen, a link clicked), and not only said."),
      ]
    case .orderPlaced:
      return [
        identifiers, FieldDeclaration("order", .string, required: true, "The order's number."), amountMinor(true),
        currency(true), FieldDeclaration("product", .string, "What was ordered."), category,
        FieldDeclaration("proposition", .string, "The proposition that it fulfils, where the system knows."),
      ]
    case .eventAttended:
      return [identifiers, FieldDeclaration("product", .string, required: true, "The event."), category]
    case .relationRecorded:
      return [
        identifiers,
        FieldDeclaration(
          "organisation", .identifier,
          "The organisation or household that the person acts for; where the identifiers are a person's."),
        FieldDeclaration(
          "person", .identifier, "The person who acts for it; where the identifiers are an organisation's."),
        FieldDeclaration("role", .string, required: true, "As what: managing-director, buyer, parent, …"),
        FieldDeclaration("since", .string, "Since when, RFC 3339; where absent, as was known, or since the event."),
        FieldDeclaration("ended", .boolean, "Whether he does no longer, from the event on."),
        FieldDeclaration("saidBy", .string, "Only where the suite tells the other side: the source that said it."),
      ]
    case .facetLeft, .facetReceived, .segmentEntered, .segmentLeft: return []
    }
  }

  private func amountMinor(_ required: Bool) -> FieldDeclaration {
    FieldDeclaration(
      "amountMinor", .integer, required: required,
      "Money in the currency's minor unit; an order's below 0 is a refund.",
      range: Interaction.amountMinorRange)
  }

  private func currency(_ required: Bool) -> FieldDeclaration {
    FieldDeclaration("currency", .string, required: required, "A currency of ISO 4217; what is in none is refused.")
  }
}
