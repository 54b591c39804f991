// The JSON reader beside Foundation's, and every type that is read from a topic.

import Contracts
import Foundation
import JSONTrees

func complaintAboutJSON(_ bytes: [UInt8]) -> String? {
  let foundation = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
  let tree: JSONTree
  do {
    tree = try JSONTree.read(bytes)
  } catch {
    if error.offset < 0 || error.offset > bytes.count { return "the mistake lies outside of the text: \(error)" }
    return foundation && !isLenience(error, bytes) ? "Foundation takes what is refused: \(error)" : nil
  }
  if !foundation { return "Foundation refuses what is taken" }
  var writer = JSONWriter()
  tree.write(to: &writer)
  guard let again = try? JSONTree.read(writer.bytes) else { return "what was written can't be read" }
  return again == tree ? nil : "what was written is something else"
}

/// Where Foundation takes more than RFC 8259 does, or than we want: a comma at the end, another encoding than UTF-8, a
/// byte order mark, and what is nested deeper than any of our documents.
private func isLenience(_ error: JSONError, _ bytes: [UInt8]) -> Bool {
  error.reason.hasSuffix("expected a value, found ']'")
    || error.reason.hasSuffix("expected a member's name, found '}'") || error.reason.hasPrefix("nested deeper")
    || bytes.contains(0) || bytes.starts(with: [0xef, 0xbb, 0xbf]) || bytes.starts(with: [0xfe, 0xff])
    || bytes.starts(with: [0xff, 0xfe])
}

/// The type on the first line, the document behind it.
func complaintAboutData(_ bytes: [UInt8]) -> String? {
  guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
  let name = String(decoding: bytes[..<end], as: UTF8.self)
  let document = Array(bytes[(end + 1)...])
  guard let message = DataTypes.byName[name] else { return nil }
  switch message {
  case .interaction(let type): return complaintAboutInteraction(type, document)
  case .value(let type):
    guard let type = type as? any (JSONConvertible & Codable).Type else { return complaintAboutCodable(type, document) }
    return complaintAboutValue(type, document)
  }
}

private enum DataTypes {
  static let byName: [String: MessageDeclaration.Data] = {
    var types: [String: MessageDeclaration.Data] = [:]
    for message in Topics.all.flatMap(\.messages) { types[message.type] = message.data }
    return types
  }()
}

private func complaintAboutInteraction(_ type: EventType, _ document: [UInt8]) -> String? {
  guard let interaction = try? Interaction.decode(type: type, data: document) else { return nil }
  guard let again = try? Interaction.decode(type: type, data: interaction.json) else {
    return "what was written is refused"
  }
  return again == interaction ? nil : "what was written is something else"
}

private func complaintAboutValue<Value: JSONConvertible & Codable>(
  _ type: Value.Type, _ document: [UInt8]
) -> String? {
  guard let value = try? Value(json: document) else { return nil }
  let written = value.json
  guard let again = try? Value(json: written) else { return "what was written is refused" }
  if again.json != written { return "what was written is something else" }
  guard let decoded = try? JSONDecoder().decode(type, from: Data(written)) else { return "Codable can't read it" }
  // Foundation forgets the order of an object's members; only there may the two differ.
  return (try? JSONTree.read(decoded.json)) == (try? JSONTree.read(written)) ? nil : "Codable reads something else"
}

private func complaintAboutCodable(_ type: any (Codable & Sendable).Type, _ document: [UInt8]) -> String? {
  guard let value = try? JSONDecoder().decode(type, from: Data(document)) else { return nil }
  let written = JSONCoding.encode(value)
  guard let again = try? JSONDecoder().decode(type, from: Data(written)) else { return "what was written is refused" }
  return JSONCoding.encode(again) == written ? nil : "what was written is something else"
}
