/// The same document with two spaces per level, as it is committed: a change shows as the lines that changed. Short
/// lists of plain values stay on their line.
func indented(_ json: [UInt8]) -> String {
  var text: [UInt8] = []
  var depth = 0
  var inString = false
  var isEscaped = false
  func newLine() {
    text.append(UInt8(ascii: "\n"))
    text.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: depth * 2))
  }
  var flatUntil = -1
  for (index, byte) in json.enumerated() {
    if inString {
      text.append(byte)
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        inString = false
      }
      continue
    }
    switch byte {
    case UInt8(ascii: "\""):
      inString = true
      text.append(byte)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      text.append(byte)
      depth += 1
      if byte == UInt8(ascii: "["), index > flatUntil, let end = endOfFlatList(json, from: index) { flatUntil = end }
      let isEmpty = json[index + 1] == byte + 2
      if index > flatUntil, !isEmpty { newLine() }
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      let isEmpty = json[index - 1] == byte - 2
      if index > flatUntil, !isEmpty { newLine() }
      text.append(byte)
    case UInt8(ascii: ","):
      text.append(byte)
      if index > flatUntil { newLine() } else { text.append(UInt8(ascii: " ")) }
    case UInt8(ascii: ":"):
      text.append(byte)
      text.append(UInt8(ascii: " "))
    default: text.append(byte)
    }
  }
  text.append(UInt8(ascii: "\n"))
  return String(decoding: text, as: UTF8.self)
}

/// Where the list that begins there ends, if it is short and has neither lists nor objects in it.
private func endOfFlatList(_ json: [UInt8], from start: Int) -> Int? {
  let inner = json[(start + 1)...].prefix(90)
  guard let end = inner.firstIndex(of: UInt8(ascii: "]")) else { return nil }
  let hasMore = json[(start + 1)..<end].contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }
  return hasMore ? nil : end
}
