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

  /// A list's id: contact, version and a tag that shows that this deployment made it. So a response to a list that never
  /// was is refused at the edge, without asking anybody.
  public func list(contact: String, version: Int64) -> String {
    "\(contact).\(version).\(tag("list", "\(contact).\(version)", bytes: 8))"
  }

  /// The version of a list of that contact; nil where the id is not one of ours, or not of that contact.
  public func listVersion(_ list: String, contact: String) -> Int64? {
    let parts = list.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, let version = Int64(parts[parts.count - 2]),
      self.list(contact: contact, version: version) == list
    else { return nil }
    return version
  }

  /// What the browser shows to read its own contact's list, and nobody else's.
  public func contactToken(_ contact: String) -> String { tag("contact", contact, bytes: 16) }

  /// One lead per contact, list's proposition and customer, however often the acceptance is said.
  public func lead(contact: String, proposition: String) -> String {
    "l" + tag("lead", "\(contact)\u{1f}\(proposition)", bytes: 10)
  }

  private func tag(_ purpose: String, _ text: String, bytes: Int) -> String {
    let digest = SHA256.authenticationCode(key, Array("\(purpose)\u{1f}\(text)".utf8))
    return hex(digest.prefix(bytes))
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
