/// The data of every event that comes from outside. One flat shape for all types: which fields a type takes is declared
/// in `EventType.fields`. JSON names are the property names; what is absent is left out.
public struct Interaction: Codable, Sendable, Equatable {
  public var identifiers: [Identifier]
  public var channel: String?
  public var contact: String?
  public var placement: String?
  public var intent: String?
  public var direction: String?
  public var page: String?
  public var product: String?
  public var category: String?
  public var query: String?
  public var form: String?
  public var conversion: String?
  public var message: String?
  public var text: String?
  public var list: String?
  public var proposition: String?
  public var rank: Int64?
  public var reason: String?
  public var purpose: String?
  public var task: String?
  public var order: String?
  public var amountMinor: Int64?
  public var currency: String?
  public var context: NamedValues?
  public var attributes: NamedValues?
  /// Whether the attributes were verified, and not only said.
  public var verified: Bool?
  /// Of a relation, the other side: the organisation that somebody acts for, or the person who acts for it.
  public var organisation: Identifier?
  public var person: Identifier?
  public var role: String?
  public var since: String?
  public var ended: Bool?
  /// Who said it, where the suite tells the other side.
  public var saidBy: String?
  /// Who speaks for the organisation whose contact it is.
  public var actor: Identifier?

  public init(identifiers: [Identifier], channel: String? = nil, contact: String? = nil) {
    self.identifiers = identifiers
    self.channel = channel
    self.contact = contact
  }

  /// Bounds that keep one event from filling a profile.
  public static let identifiersMax = 8
  public static let namedValuesMax = 64
  public static let textBytesMax = 4_096
}

/// A refusal that names the field: for a problem document over HTTP, or a dead letter on the topic.
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, for machines: `schema`, `identity`, `time`, `list`, `size`, …
  public var stage: String
  /// The field, as a path (`identifiers[0].namespace`), where there is one.
  public var field: String?
  public var reason: String

  public init(stage: String, field: String? = nil, reason: String) {
    self.stage = stage
    self.field = field
    self.reason = reason
  }

  public var description: String { "\(stage): \(words)" }

  /// For people, who needn't know at which stage it was.
  package var words: String { field.map { "\($0): \(reason)" } ?? reason }
}

extension Refusal {
  /// Of a document that can't be read.
  package init(_ error: JSONError) {
    self.init(stage: "schema", field: error.path.isEmpty ? nil : error.path, reason: error.reason)
  }
}

extension JSONConvertible {
  /// From a record's data.
  package init(data: [UInt8]) throws(Refusal) {
    do {
      self = try Self(json: data)
    } catch {
      throw Refusal(error)
    }
  }
}
