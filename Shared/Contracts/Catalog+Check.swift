// What a catalogue must keep to, whoever wrote it: `trias catalog apply` asks before it is on the topic, and everybody
// who reads the topic asks again, since the topic is open to all. What is wrong is refused whole.

extension Catalog {
  /// Something that doesn't hold, and where.
  public struct Mistake: Sendable, Equatable, CustomStringConvertible {
    /// As a path in the catalogue: `propositions[2].eligibility[0].when`.
    public var place: String
    public var reason: String
    /// In a predicate: UTF-8 bytes from its start.
    public var offset: Int?
    /// What is there twice: where it is first.
    public var first: String?

    public init(_ place: String, _ reason: String, offset: Int? = nil, first: String? = nil) {
      self.place = place
      self.reason = reason
      self.offset = offset
      self.first = first
    }

    public var description: String {
      let character = offset.map { "at character \($0 + 1): " } ?? ""
      return "\(place): \(character)\(reason)\(first.map { ", first at \($0)" } ?? "")"
    }
  }

  /// All that is wrong with it; of very many the first.
  public var mistakes: [Mistake] {
    var check = CatalogCheck(self)
    check.run()
    return Array(check.mistakes.prefix(CatalogCheck.mistakesMax))
  }

  /// Reads a version from the topic. Throws what is wrong with it: then the version before stays in force.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> Catalog { try CheckedCatalog.read(bytes).catalog }

  /// Of its JSON, and of the text that it is made from: some thirteen thousand propositions as the demonstration has them.
  public static let bytesMax = 20_000_000
  /// A version is one record, so that nobody ever has a part of one: both of them, and what is said of the application.
  public static let recordBytesMax = 2 * bytesMax + 100_000
  public static let propositionsMax = 20_000
  /// Times lie from 1970 up to the year 9999, in milliseconds, so that no sum of them overflows.
  package static let timeMsRange: ClosedRange<Int64> = 0...253_402_300_799_999
  /// Clocks of those who apply and the broker's differ by that much at most: a version that says to be applied later than its
  /// record was written would have what it excludes accepted until then.
  package static let aheadMsMax: Int64 = 86_400_000

  /// Each is looked at for every customer, again with every event.
  public static let segmentsMax = 100
  public static let computedMax = 64

  /// Far more than anything is worth, and far from where sums would overflow.
  public static let moneyMax: Int64 = 1_000_000_000_000
  public static let limitMax: Int64 = 1_000_000_000

  /// Of names, titles and single lines; and of the body of a treatment. In UTF-8 bytes.
  public static let textBytesMax = 500
  public static let bodyBytesMax = 4_000
}

/// A version of the catalogue in which nothing is wrong, with what it says about customers: compiled once, by the check.
package struct CheckedCatalog: Sendable {
  package let catalog: Catalog
  package let definitions: CustomerDefinitions

  init(catalog: Catalog, definitions: CustomerDefinitions) { (self.catalog, self.definitions) = (catalog, definitions) }

  /// Throws the mistakes.
  package init(_ catalog: Catalog) throws(Refusal) {
    var check = CatalogCheck(catalog)
    check.run()
    guard let first = check.mistakes.first else {
      guard let definitions = check.definitions else { preconditionFailure("what holds can be compiled") }
      (self.catalog, self.definitions) = (catalog, definitions)
      return
    }
    let count = min(check.mistakes.count, CatalogCheck.mistakesMax)
    let more = count > 1 ? ", and \(count - 1) more" : ""
    throw Refusal(stage: "catalog", reason: "\(catalog.version) is refused: \(first)\(more)")
  }

  /// Reads a version from the topic. Throws what is wrong with it: then the version before stays in force.
  package static func read(_ bytes: [UInt8]) throws(Refusal) -> CheckedCatalog {
    try CheckedCatalog(try decoded(bytes))
  }

  static func decoded(_ bytes: [UInt8]) throws(Refusal) -> Catalog {
    try named(try JSONCoding.decode(Catalog.self, from: bytes))
  }

  /// One without a version is none.
  static func named(_ catalog: Catalog) throws(Refusal) -> Catalog {
    guard !catalog.version.isEmpty else { throw Refusal(stage: "catalog", field: "version", reason: "is empty") }
    return catalog
  }
}

/// How things may be called.
package enum CatalogNames {
  /// Ids stand in keys, addresses and the names of models.
  package static func mistake(inId id: String) -> String? {
    let isRight = id.utf8.count <= 64 && !id.hasPrefix("-") && id.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 45 }
    if id.isEmpty { return "is empty" }
    return isRight ? nil : "\"\(id)\" is no id: letters, digits and - between them, at most 64"
  }

  /// What predicates can name: letters, digits and _, with dots between them.
  static func mistake(inName name: String) -> String? {
    if name.isEmpty { return "is empty" }
    let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let isRight = parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { isLetterOrDigit($0) || $0 == 95 } }
    return isRight ? nil : "\"\(name)\" can't be named in a predicate: letters, digits and _, with dots between them"
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 0x20)
  }
}

/// One look over a catalogue.
struct CatalogCheck {
  static let mistakesMax = 1_000

  let catalog: Catalog
  let scope: PredicateScope
  private(set) var mistakes: [Catalog.Mistake] = []
  /// What the catalogue says about customers; nil where that can't be used.
  var definitions: CustomerDefinitions?

  /// The numbers of the propositions' texts; nil: all is looked at, and nothing is kept for the next version.
  let texts: [Int]?
  let before: SoundParts?
  /// Of how many propositions the predicates were compiled.
  var lookedAt = 0
  /// What is kept for the next version; nil where that can't be used.
  var sound: SoundParts?

  init(_ catalog: Catalog, texts: [Int]? = nil, before: SoundParts? = nil) {
    (self.catalog, self.texts, self.before) = (catalog, texts, before)
    scope = PredicateScope(catalog)
  }

  /// Whether the proposition was there before, word for word, and is sound as far as that follows from itself.
  func isRepeated(_ index: Int) -> Bool { repeatedSteps(index) != nil }

  /// What its predicates took then.
  func repeatedSteps(_ index: Int) -> Int? { texts.flatMap { before?.steps[$0[index]] } }

  mutating func run() {
    times()
    if !Currencies.has(catalog.currency) {
      fail("currency", "\(catalog.currency) is no currency: ISO 4217's three capitals, as EUR")
    }
    attributes()
    conditions()
    segments()
    propositions()
    business()
    contactPolicy()
    fallback()
    predicates()
  }

  mutating func fail(_ place: String, _ reason: String, first: String? = nil) {
    mistakes.append(Catalog.Mistake(place, reason, first: first))
  }

  mutating func fail(_ place: String, _ mistakes: [PredicateError]) {
    for mistake in mistakes where !mistake.isConsequence {
      self.mistakes.append(Catalog.Mistake(place, mistake.message, offset: mistake.offset))
    }
  }

  /// Names are there once. Empty ones are another mistake.
  mutating func once(_ name: String, _ place: String, _ known: inout [String: String], _ words: String? = nil) {
    guard !name.isEmpty else { return }
    if let first = known[name] {
      fail(place, words ?? "\(name) is there twice", first: words == nil ? first : nil)
    } else {
      known[name] = place
    }
  }

  mutating func id(_ id: String, _ place: String) {
    if let reason = CatalogNames.mistake(inId: id) { fail(place, reason) }
  }

  mutating func filled(_ text: String, _ place: String) {
    if text.allSatisfy(\.isWhitespace) { fail(place, "is empty") }
    bounded(text, place)
  }

  mutating func title(_ title: String?, _ titles: Translations?, _ place: String) {
    if let title { filled(title, "\(place).title") }
    translations(titles, "\(place).titles")
  }

  mutating func translations(_ texts: Translations?, _ place: String) {
    for language in Language.allCases {
      if let text = texts?[language] { filled(text, "\(place).\(language.rawValue)") }
    }
  }

  /// What is said to people; of a record of the log a whole list of it must take a part.
  mutating func bounded(_ text: String, _ place: String, bytesMax: Int = Catalog.textBytesMax) {
    let bytes = text.utf8.count
    if bytes > bytesMax { fail(place, "is too long: \(bytes) bytes, more than \(bytesMax)") }
    // Line breaks and tabs are how texts are laid out.
    if let byte = text.utf8.first(where: { $0 < 32 && $0 != 9 && $0 != 10 || $0 == 127 }) {
      fail(place, "has a control character, \(byte)")
    }
  }

  mutating func number(_ number: Double, _ place: String, _ range: ClosedRange<Double>) {
    guard !range.contains(number) else { return }
    let whole = Int64(exactly: number)
    let text = whole.map { "\($0)" } ?? "\(number)"
    if range.lowerBound == 0, number < 0 { return fail(place, "\(text) is negative") }
    fail(place, "\(text) is outside \(Int64(range.lowerBound))…\(Int64(range.upperBound))")
  }

  mutating func number(_ number: Int64, _ place: String, _ range: ClosedRange<Int64>) {
    guard !range.contains(number) else { return }
    if range.lowerBound == 0, number < 0 { return fail(place, "\(number) is negative") }
    fail(place, "\(number) is outside \(range.lowerBound)…\(range.upperBound)")
  }

  mutating func reference(_ name: String?, _ what: String, _ place: String, among names: Set<String>) {
    guard let name, !names.contains(name) else { return }
    fail(place, "there is no \(what) \(name)\(Suggestion.text(for: name, among: names))")
  }
}
