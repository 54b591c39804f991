/// The languages that reasons are said in.
public enum Language: String, Codable, Sendable, CaseIterable {
  case english = "en"
  case dutch = "nl"
}

/// A name or a title in the languages that it isn't written in; nil in each: it isn't said in that.
public struct Translations: Codable, Sendable, Equatable {
  public var en: String?
  public var nl: String?

  public init(en: String? = nil, nl: String? = nil) {
    self.en = en
    self.nl = nl
  }

  public subscript(language: Language) -> String? {
    get {
      switch language {
      case .english: en
      case .dutch: nl
      }
    }
    set {
      switch language {
      case .english: en = newValue
      case .dutch: nl = newValue
      }
    }
  }
}

extension Contact {
  /// What a channel calls it in a contact's context, where it knows what its agent or customer reads.
  public static let languageName = "language"

  /// Of whoever reads what is listed in it; nil: nobody has said.
  public var language: Language? { context.language }
}

extension NamedValues {
  /// In a contact's context, who reads what is listed in it reads this; nil: it isn't said.
  public var language: Language? {
    if case .string(let name)? = self[Contact.languageName] { Language(rawValue: name) } else { nil }
  }
}
