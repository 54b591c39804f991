import Contracts

/// How things may be called.
enum Names {
  /// Ids stand in keys, addresses and the names of models.
  static func mistake(inId id: String) -> String? {
    let isRight = id.utf8.count <= 64 && !id.hasPrefix("-") && id.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 45 }
    return id.isEmpty || isRight ? nil : "\"\(id)\" is no id: letters, digits and - between them, at most 64"
  }

  /// What predicates can name: letters, digits and _, with dots between them.
  static func mistake(inName name: String) -> String? {
    let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let isRight = parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { isLetterOrDigit($0) || $0 == 95 } }
    return name.isEmpty || isRight
      ? nil : "\"\(name)\" can't be named in a predicate: letters, digits and _, with dots between them"
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...122).contains(byte | 0x20)
  }
}

extension Section {
  func id(_ name: String) -> String {
    let id = text(name)
    if let reason = Names.mistake(inId: id) { fail(name, reason) }
    return id
  }

  func channel(_ name: String, among channels: [String]) -> String {
    let channel = text(name)
    if !channel.isEmpty, !channels.contains(channel) {
      fail(name, "there is no channel \(channel)\(Suggestion.text(for: channel, among: channels))")
    }
    return channel
  }

  func reference(_ name: String, _ what: String, among names: Set<String>) -> String? {
    guard let text = optionalText(name), !text.isEmpty else { return nil }
    if !names.contains(text) { fail(name, "there is no \(what) \(text)\(Suggestion.text(for: text, among: names))") }
    return text
  }

  /// A day, which begins at midnight UTC, or a time.
  func date(_ name: String) -> Int64? {
    guard let text = optionalText(name), !text.isEmpty else { return nil }
    let time = text.utf8.count == 10 ? "\(text)T00:00:00Z" : text
    guard let ms = Timestamps.milliseconds(time) else {
      fail(name, "\(text) is no date: 2026-03-31, or with its time 2026-03-31T09:00:00Z")
      return nil
    }
    return ms
  }
}
