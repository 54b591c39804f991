/// A text in which `*` stands for any characters. No more than that, so that a pattern can't cost more than the length of
/// what it is held against, whoever sends it.
struct TextPattern: Sendable, Equatable {
  static let bytesMax = 256
  /// What is looked at of a text; nothing that somebody means to be recognised by is longer.
  static let lookedAtMax = 1_024

  private let pieces: [[UInt8]]
  private let ignoresCase: Bool

  /// - Parameter isPart: whether it may stand anywhere in the text.
  init(_ text: String, ignoresCase: Bool, isPart: Bool = false) {
    let text = isPart ? "*\(text)*" : text
    pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map { piece in
      piece.map { ignoresCase ? Self.lowered($0) : $0 }
    }
    self.ignoresCase = ignoresCase
  }

  func matches(_ text: String) -> Bool {
    let bytes = text.utf8.prefix(Self.lookedAtMax).map { ignoresCase ? Self.lowered($0) : $0 }
    guard pieces.count > 1 else { return bytes == pieces[0] }
    let (head, tail) = (pieces[0], pieces[pieces.count - 1])
    guard bytes.count >= head.count + tail.count, bytes.starts(with: head), bytes.suffix(tail.count) == tail[...] else {
      return false
    }
    // The earliest place of each piece leaves the most room for those after it.
    var rest = bytes[head.count..<(bytes.count - tail.count)]
    for piece in pieces[1..<(pieces.count - 1)] where !piece.isEmpty {
      guard let end = Self.end(of: piece, in: rest) else { return false }
      rest = rest[end...]
    }
    return true
  }

  private static func end(of piece: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= piece.count else { return nil }
    for start in bytes.startIndex...(bytes.endIndex - piece.count)
    where bytes[start] == piece[0] && bytes[start..<(start + piece.count)] == piece[...] {
      return start + piece.count
    }
    return nil
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
