// A catalogue that somebody proposes and somebody else approves, as it stands on `marketing.drafts`, and what people ask of
// it on `marketing.draft.commands`. What may follow what is the nba-scorer's to say.

/// One draft, whole. Its record's key is its id.
public struct CatalogDraft: Codable, Sendable, Equatable {
  public enum Status: String, Codable, Sendable, CaseIterable {
    /// Being written.
    case draft
    /// Waits for a second person.
    case submitted
    /// Approved for a time that is still to come.
    case scheduled
    /// Approved, and on its way to the catalogue's topic.
    case applying
    /// It came into force as `version`.
    case applied
    /// Another version came into force than the one that was looked at; it has to be submitted again.
    case outOfDate = "out-of-date"
    /// Not approved; `reason` says why.
    case refused
    case withdrawn
  }

  public var id: String
  public var status: Status
  public var content: Content
  /// Of all that is approved: the content, and what it is held against.
  public var hash: String
  public var author: String
  public var createdMs: Int64
  /// Who changed the content last.
  public var changedBy: String
  public var changedMs: Int64
  /// All who ever changed it.
  public var writers: [String]
  /// Who asked for it to be approved as it is.
  public var submittedBy: String?
  public var approvedBy: String?
  /// When it is to come into force; nil: at once.
  public var applyMs: Int64?
  /// The catalogue's version that it was applied as, or is being applied as.
  public var version: String?
  /// Why it was refused, withdrawn, or put back.
  public var reason: String?
  /// Who did what, the earliest first.
  public var history: [Act]
  /// The id of the last command that changed it.
  public var command: String
  /// Its time.
  public var nowMs: Int64

  public init(id: String, content: Content, author: String, atMs: Int64, command: String) {
    self.id = id
    status = .draft
    self.content = content
    hash = content.hash
    self.author = author
    createdMs = atMs
    changedBy = author
    writers = [author]
    changedMs = atMs
    history = []
    self.command = command
    nowMs = atMs
  }

  /// What its author wrote, and what came of reading it.
  public struct Content: Codable, Sendable, Equatable {
    public var name: String
    /// The version that was in force when it was written or submitted; nil: none was.
    public var basedOn: String?
    /// YAML, as `trias catalog apply` takes it.
    public var text: String
    /// Its tests, YAML; nil: it has none.
    public var tests: String?
    /// What the text says; nil: it can't be read.
    public var catalog: Catalog?
    /// All that is wrong; it can't be submitted while there is anything.
    public var mistakes: [Mistake]
    /// How many of its tests' cases hold.
    public var cases: Int?

    public init(name: String, basedOn: String?, text: String, tests: String? = nil) {
      self.name = name
      self.basedOn = basedOn
      self.text = text
      self.tests = tests
      mistakes = []
    }
  }

  public struct Mistake: Codable, Sendable, Equatable {
    public enum File: String, Codable, Sendable, CaseIterable { case catalog, tests }

    public var file: File
    /// From 1.
    public var line: Int
    /// As a path in the text, or the name of the case; empty for the text as a whole.
    public var place: String
    public var reason: String

    public init(file: File, line: Int, place: String, reason: String) {
      self.file = file
      self.line = line
      self.place = place
      self.reason = reason
    }
  }

  /// Something that somebody, or the time, did with it.
  public struct Act: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
      case saved, submitted, approved, refused, withdrawn, applied
      case outOfDate = "out-of-date"
    }

    public var kind: Kind
    /// nil: nobody, it followed from something else.
    public var by: String?
    public var atMs: Int64
    public var reason: String?
    /// Of which content.
    public var hash: String
    /// Of an approval: for when.
    public var applyMs: Int64?

    public init(_ kind: Kind, by: String?, atMs: Int64, hash: String, reason: String? = nil, applyMs: Int64? = nil) {
      self.kind = kind
      self.by = by
      self.atMs = atMs
      self.hash = hash
      self.reason = reason
      self.applyMs = applyMs
    }
  }

  /// Together with the catalogue that they say they fit into one record, also while that is on its way.
  public static let textBytesMax = 120_000
  public static let testsBytesMax = 60_000
  public static let catalogBytesMax = 200_000
  public static let mistakesMax = 100
  public static let nameBytesMax = 200
  public static let writersMax = 50
  /// The earliest are forgotten but for the first.
  public static let historyMax = 200
  /// A draft that nobody has touched for so long is forgotten.
  public static let keptMs: Int64 = 400 * 86_400_000
}

extension CatalogDraft.Content {
  /// Whoever approves it has seen exactly this.
  public var hash: String {
    let parts = [basedOn ?? "", name, text, tests ?? ""].map { "\($0.utf8.count):\($0)" }.joined()
    let catalog = catalog.map { JSONCoding.encode($0) } ?? []
    return SHA256.hexadecimal(SHA256.hash(Array(parts.utf8) + catalog).prefix(16))
  }
}

/// The types on `marketing.draft.commands`.
public enum CatalogDraftCommandType: String, Sendable, CaseIterable {
  case save = "trias.catalog-draft.save.v1"
  case submit = "trias.catalog-draft.submit.v1"
  case approve = "trias.catalog-draft.approve.v1"
  case refuse = "trias.catalog-draft.refuse.v1"
  case withdraw = "trias.catalog-draft.withdraw.v1"
}

/// The data of a command. Its record's key is the draft's id.
public struct CatalogDraftCommand: Codable, Sendable, Equatable {
  /// Who asks: two people are two names.
  public var by: String
  /// The draft's `hash` as he saw it; nil: there is no such draft yet.
  public var hash: String?
  /// To save.
  public var content: CatalogDraft.Content?
  /// To submit: the version in force that it was compared with.
  public var basedOn: String?
  /// To approve: when it is to come into force; nil: at once.
  public var applyMs: Int64?
  /// To approve what lifts an emergency exclusion: that this is meant; nil: it isn't.
  public var liftExclusions: Bool?
  public var reason: String?

  public init(by: String, hash: String?) {
    self.by = by
    self.hash = hash
  }

  public static let byBytesMax = 256
  public static let reasonBytesMax = 1_024
}
