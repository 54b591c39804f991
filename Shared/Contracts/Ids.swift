// Ids that any part of a deployment can derive or check, and nobody outside can guess: keyed hashes under the
// deployment's secret.

/// Makes and checks ids under the deployment's secret.
public struct IdMint: Sendable {
  private let key: SHA256.Key

  public init(secret: String) { key = SHA256.Key(Array(secret.utf8)) }

  /// The profile that an identifier has of its own, before any link. Opaque: it shows no address and no number.
  public func profile(_ identifier: Identifier, generation: Int = 0) -> String {
    "p" + tag("profile", Facet.id(identifier, generation: generation), bytes: 12)
  }

  /// The contact that a start opens. The same event sent again is the same contact, at whatever instance it arrives. The
  /// identifier's key is in it, so that an id which somebody else guesses or uses too gives him a contact of his own.
  public func contact(source: String, id: String, key: String) -> String {
    // The length keeps one part from being read as the beginning of the next.
    "c" + tag("contact-id", "\(source)\u{1f}\(id.utf8.count)\u{1f}\(id)\u{1f}\(key)", bytes: 16)
  }

  /// A list's id: contact, version, a fingerprint of each proposition on it, and a tag that shows that this deployment made
  /// it. So a response to a list that never was, or to what was not on it, is refused without asking anybody, wherever the
  /// customer's profile has gone meanwhile.
  public func list(contact: String, version: Int64, items: [String]) -> String {
    let marks = items.map { mark($0, contact, version) }.joined()
    return signed("\(contact).\(version).\(Self.itemsMark)\(marks)")
  }

  /// The id of what was offered before the suite was there: it doesn't say what was on it.
  public func importedList(contact: String) -> String { signed("\(contact).0") }

  /// What a list's id says; nil where the id is not one of ours, or not of that contact.
  public func listing(_ list: String, contact: String) -> Listing? {
    listing(list).flatMap { $0.contact == contact ? $0.listing : nil }
  }

  /// The same, and of which contact it is; nil where the id is not one of ours.
  public func listing(_ list: String) -> (contact: String, listing: Listing)? {
    let parts = list.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, signed(parts.dropLast().joined(separator: ".")) == list else { return nil }
    let marks = parts[parts.count - 2]
    let hasItems = marks.hasPrefix(Self.itemsMark)
    let rest = parts.dropLast(hasItems ? 2 : 1)
    guard rest.count >= 2, let version = Int64(rest[rest.count - 1]) else { return nil }
    let contact = rest.dropLast().joined(separator: ".")
    let listing = Listing(version: version, marks: hasItems ? Array(marks.utf8.dropFirst()) : nil) {
      Array(mark($0, contact, version).utf8)
    }
    return (contact, listing)
  }

  static let itemsMark = "i"
  /// Characters of a fingerprint, six bits each.
  static let markCharacters = 3

  private func mark(_ proposition: String, _ contact: String, _ version: Int64) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let digest = SHA256.authenticationCode(
      key, Array("item\u{1f}\(contact)\u{1f}\(version)\u{1f}\(proposition)".utf8))
    return String(decoding: digest.prefix(Self.markCharacters).map { alphabet[Int($0 & 63)] }, as: UTF8.self)
  }

  private func signed(_ text: String) -> String { "\(text).\(tag("list", text, bytes: 8))" }

  /// What the browser shows to read its own contact's list, and nobody else's.
  public func contactToken(_ contact: String) -> String { tag("contact", contact, bytes: 16) }

  /// One lead per contact, list's proposition and customer, however often the acceptance is said.
  public func lead(contact: String, proposition: String) -> String {
    "l" + tag("lead", "\(contact)\u{1f}\(proposition)", bytes: 10)
  }

  /// Who has a unit of a budget: a contact or a lead.
  package func holder(_ kind: String, _ id: String) -> String { tag("holder", "\(kind)\u{1f}\(id)", bytes: 8) }

  /// One refusal per event that is refused.
  public func refusal(of event: String) -> String { "r" + tag("refusal", event, bytes: 10) }

  private func tag(_ purpose: String, _ text: String, bytes: Int) -> String {
    let digest = SHA256.authenticationCode(key, Array("\(purpose)\u{1f}\(text)".utf8))
    return hex(digest.prefix(bytes))
  }
}

/// What a list's id says of the list.
public struct Listing: Sendable {
  public let version: Int64
  /// nil where the id doesn't say what was on the list.
  private let marks: [UInt8]?
  private let mark: @Sendable (String) -> [UInt8]

  init(version: Int64, marks: [UInt8]?, mark: @escaping @Sendable (String) -> [UInt8]) {
    self.version = version
    self.marks = marks
    self.mark = mark
  }

  /// What was offered before the suite was there.
  public var isImported: Bool { version == 0 && marks == nil }

  /// The catalogue's list for when the suite is away, which nobody decided on.
  public var isFallback: Bool { version == 0 && marks != nil }

  /// nil where the id doesn't say what was on the list.
  public var itemsCount: Int? { marks.map { $0.count / IdMint.markCharacters } }

  /// Whether the proposition was on the list, as far as its id says. One in a quarter of a million others per item passes
  /// for it; which, only who knows the secret can tell.
  public func has(_ proposition: String) -> Bool {
    guard let marks else { return true }
    let wanted = mark(proposition)
    return stride(from: 0, to: marks.count, by: IdMint.markCharacters).contains {
      marks[$0..<min($0 + IdMint.markCharacters, marks.count)].elementsEqual(wanted)
    }
  }
}

/// Lower-case hexadecimal.
func hex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
