import Foundation

/// As much of JSON Schema as the API's description uses.
struct SchemaCheck {
  let document: [String: Any]

  /// What is wrong, a line each; empty where the value conforms.
  func problems(_ value: Any, _ schema: [String: Any], at path: String = "$") -> [String] {
    if let reference = schema["$ref"] as? String { return problems(value, resolve(reference), at: path) }
    var found: [String] = []
    if let choices = schema["oneOf"] as? [[String: Any]] {
      let fitting = choices.filter { problems(value, $0, at: path).isEmpty }.count
      if fitting != 1 { found.append("\(path): fits \(fitting) of oneOf") }
    }
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
    if !types.isEmpty, !types.contains(where: { Self.isOf($0, value) }) { return ["\(path): is not \(types)"] }
    if let values = schema["enum"] as? [String], !values.contains(value as? String ?? "") {
      found.append("\(path): \(value) is not one of \(values)")
    }
    if let number = value as? Double, let least = schema["minimum"] as? Double, number < least {
      found.append("\(path): below \(least)")
    }
    if let object = value as? [String: Any] {
      let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
      for name in schema["required"] as? [String] ?? [] where object[name] == nil {
        found.append("\(path).\(name): is missing")
      }
      for (name, member) in object {
        if let property = properties[name] {
          found += problems(member, property, at: "\(path).\(name)")
        } else if schema["additionalProperties"] as? Bool == false {
          found.append("\(path).\(name): is not declared")
        }
      }
    }
    if let array = value as? [Any], let items = schema["items"] as? [String: Any] {
      for (index, element) in array.enumerated() { found += problems(element, items, at: "\(path)[\(index)]") }
    }
    return found
  }

  func resolve(_ reference: String) -> [String: Any] {
    var node: Any = document
    for part in reference.dropFirst(2).split(separator: "/") { node = (node as? [String: Any])?[String(part)] ?? [:] }
    return node as? [String: Any] ?? [:]
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "null": value is NSNull
    case "boolean": (value as? NSNumber).map(isBoolean) ?? false
    case "integer": (value as? NSNumber).map { !isBoolean($0) && $0.doubleValue.rounded() == $0.doubleValue } ?? false
    case "number": (value as? NSNumber).map { !isBoolean($0) } ?? false
    default: false
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
