import Yams

// Scalars as YAML 1.2 has them: `yes` and `no` are texts, only `true` and `false` are truth.

extension Node {
  /// What it is, in the words of a mistake.
  var word: String {
    switch self {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    case .scalar(let scalar):
      if isNothing { "nothing" } else { scalar.otherThanText ?? "the text \"\(scalar.string.prefix(40))\"" }
    }
  }

  var isNothing: Bool {
    guard case .scalar(let scalar) = self, scalar.isPlain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}

extension Node.Scalar {
  /// Not in quotes and no block.
  var isPlain: Bool { style == .plain || style == .any }

  var flag: Bool? {
    switch string {
    case "true", "True", "TRUE": true
    case "false", "False", "FALSE": false
    default: nil
    }
  }

  var number: Double? {
    guard let first = string.utf8.first, "+-.0123456789".utf8.contains(first), let number = Double(string) else {
      return nil
    }
    return number.isFinite ? number : nil
  }

  var otherThanText: String? {
    guard isPlain else { return nil }
    if flag != nil { return "the truth value \(string)" }
    return number != nil ? "the number \(string)" : nil
  }
}
