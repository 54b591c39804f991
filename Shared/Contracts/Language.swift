/// The languages that reasons are said in.
public enum Language: String, Codable, Sendable, CaseIterable {
  case english = "en"
  case dutch = "nl"
}

extension Contact {
  /// What a channel calls it in a contact's context, where it knows what its agent or customer reads.
  public static let languageName = "language"

  /// Of whoever reads what is listed in it; nil: nobody has said.
  public var language: Language? {
    if case .string(let name)? = context[Self.languageName] { Language(rawValue: name) } else { nil }
  }
}
