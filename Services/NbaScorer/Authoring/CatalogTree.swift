import Contracts

/// A catalogue as a tree of what its author wrote: the names are those of its text, and what he didn't write isn't there.
indirect enum CatalogTree: Equatable {
  case object([(name: String, value: CatalogTree)])
  case array([CatalogTree])
  case scalar(String)

  init(_ catalog: Catalog) {
    do {
      let bytes = JSONCoding.encode(catalog)
      self = try JSONReader.read(bytes) { reader throws(JSONError) in try Self.read(&reader, "", isTop: true) }
    } catch {
      preconditionFailure("what was written as JSON can be read: \(error)")
    }
  }

  static func == (one: CatalogTree, other: CatalogTree) -> Bool {
    switch (one, other) {
    case (.object(let one), .object(let other)): one.elementsEqual(other) { $0.name == $1.name && $0.value == $1.value }
    case (.array(let one), .array(let other)): one == other
    case (.scalar(let one), .scalar(let other)): one == other
    default: false
    }
  }

  // MARK: Reading

  /// What an application says of itself is no part of what the catalogue says.
  private static let applications: Set = ["version", "appliedMs", "appliedBy", "note", "definedMs"]

  private static func read(
    _ reader: inout JSONReader, _ name: String, isTop: Bool = false, of list: String = ""
  ) throws(JSONError) -> CatalogTree {
    switch try reader.kind() {
    case .object:
      var members: [(name: String, value: CatalogTree)] = []
      try reader.object { reader, key throws(JSONError) in
        let name = key.string
        if (isTop && applications.contains(name)) || name == "definedMs" { return }
        let value = try read(&reader, name, of: list)
        // How an attribute is computed stands beside its name in the text.
        if name == "computation", case .object(let inner) = value {
          members += inner
        } else {
          members.append((written(name, in: list), value))
        }
      }
      return .object(members)
    case .array:
      var elements: [CatalogTree] = []
      try reader.array { reader throws(JSONError) in elements.append(try read(&reader, name, of: name)) }
      return .array(elements)
    case .string: return .scalar(try reader.string())
    case .number: return .scalar(number(try reader.double(), name))
    case .bool: return .scalar(try reader.bool() ? "true" : "false")
    case .null:
      _ = try reader.null()
      return .scalar("nothing")
    }
  }

  /// The field's name in the text.
  private static func written(_ name: String, in list: String) -> String {
    switch (list, name) {
    case ("attributes", "kind"): return "type"
    case (_, "windowMs"): return "over"
    case (_, "matching"): return "where"
    default: break
    }
    if name.hasPrefix("is"), let third = name.dropFirst(2).first, third.isUppercase {
      return third.lowercased() + name.dropFirst(3)
    }
    return name.hasSuffix("Ms") ? String(name.dropLast(2)) : name
  }

  private static func number(_ number: Double, _ name: String) -> String {
    guard name.hasSuffix("Ms"), let ms = Int64(exactly: number) else {
      return AttributeValue.number(number).description
    }
    if name.hasSuffix("FromMs") || name.hasSuffix("UntilMs") { return Timestamps.text(ms) }
    for (unit, length) in [("d", Computation.dayMs), ("h", Computation.hourMs), ("m", 60_000)] where ms % length == 0 {
      return "\(ms / length)\(unit)"
    }
    return "\(ms) ms"
  }

  // MARK: Telling apart

  /// Lists of objects whose order means nothing.
  static let unordered: Set = [
    "propositions", "attributes", "conditions", "contextWeights", "treatments", "fallback", "where", "levers",
    "contactCosts",
  ]

  /// What each object of a list is known by; nil: they are no objects, or not all known by something of their own.
  static func ids(_ elements: [CatalogTree]) -> [String]? {
    var ids: [String] = []
    for element in elements {
      guard let id = element.id else { return nil }
      ids.append(id)
    }
    return Set(ids).count == ids.count ? ids : nil
  }

  private var id: String? {
    guard case .object(let members) = self else { return nil }
    func text(_ name: String) -> String? {
      if case .scalar(let text)? = members.first(where: { $0.name == name })?.value { text } else { nil }
    }
    if let id = text("id") { return id }
    if let name = text("name") { return text("scope").map { "\($0).\(name)" } ?? name }
    if let channel = text("channel") { return text("placement").map { "\(channel) \($0)" } ?? channel }
    return text("field") ?? text("value")
  }

  // MARK: Telling

  /// As in the text, on one line.
  var text: String { inline }

  /// Of what is there or isn't as a whole: what is more to it than what it is known by.
  var summary: String? {
    guard case .object(let members) = self else { return text }
    func member(_ name: String) -> String? { members.first { $0.name == name }?.value.text }
    if member("id") != nil { return member("name") }
    if let when = member("when") { return when }
    guard let take = member("take") else { return nil }
    return ([take] + ["of", "event", "over"].compactMap { member($0) }).joined(separator: " ")
  }

  private var inline: String {
    switch self {
    case .scalar(let text): text
    case .array(let elements): "[\(elements.map(\.inline).joined(separator: ", "))]"
    case .object(let members): "{\(members.map { "\($0.name): \($0.value.inline)" }.joined(separator: ", "))}"
    }
  }
}
