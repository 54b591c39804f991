// What is wrong with a JSON document, and where. The path is found only once something has gone wrong, by walking the
// document again up to that place, so that reading good documents keeps no record of where it is.

public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// In bytes from the document's start.
  public var offset: Int
  /// The field, as `identifiers[0].value`; empty for the document itself.
  public var path: String
  public var reason: String

  public init(offset: Int, path: String, reason: String) {
    self.offset = offset
    self.path = path
    self.reason = reason
  }

  public var description: String {
    path.isEmpty ? "\(reason) (at byte \(offset))" : "\(path): \(reason)"
  }
}

/// The path of the value at, or just before, a place in a document that is well-formed up to there.
struct JSONPath {
  private enum Step {
    case member(String?)
    case element(Int)
  }

  private var steps: [Step] = []

  /// Longer keys are cut: a path is for people, and the document may come from anybody.
  static let keyCharactersMax = 64

  init(in document: UnsafeBufferPointer<UInt8>, before end: Int) {
    var index = 0
    var isKeyNext = false
    while index < end {
      switch document[index] {
      case UInt8(ascii: "{"):
        steps.append(.member(nil))
        isKeyNext = true
      case UInt8(ascii: "["):
        steps.append(.element(0))
        isKeyNext = false
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = steps.popLast()
        isKeyNext = false
      case UInt8(ascii: ","):
        if case .element(let number) = steps.last {
          steps[steps.count - 1] = .element(number + 1)
        } else if !steps.isEmpty {
          steps[steps.count - 1] = .member(nil)
          isKeyNext = true
        }
      case UInt8(ascii: "\""):
        let start = index + 1
        index = start
        while index < end, document[index] != UInt8(ascii: "\"") {
          index += document[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        if isKeyNext, index < end {
          let bytes = UnsafeBufferPointer(rebasing: document[start..<index])
          let plain = bytes.contains(UInt8(ascii: "\\")) ? JSONReader.unescape(bytes) : Array(bytes)
          steps[steps.count - 1] = .member(String(decoding: plain, as: UTF8.self))
          isKeyNext = false
        }
      default: break
      }
      index += 1
    }
  }

  var text: String {
    var text = ""
    for step in steps {
      switch step {
      case .element(let number): text += "[\(number)]"
      case .member(nil): break
      case .member(let key?): Self.append(key, to: &text)
      }
    }
    return text
  }

  static func append(_ key: String, to text: inout String) {
    let key = String(key.prefix(keyCharactersMax))
    let isName = !key.isEmpty && key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    if !isName {
      text += "[\"\(key)\"]"
    } else {
      text += text.isEmpty ? key : ".\(key)"
    }
  }
}
