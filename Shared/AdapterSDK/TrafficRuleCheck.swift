import Contracts

/// Finds all that is wrong with rules before any of them filters: one that is misread would silently take customers for
/// somebody else, or somebody else for customers.
struct TrafficRuleCheck {
  let namespaces: Namespaces
  private(set) var mistakes: [TrafficRuleMistake] = []

  init(namespaces: Namespaces) { self.namespaces = namespaces }

  mutating func check(_ rules: [TrafficRule]) {
    if rules.count > TrafficFilter.rulesMax {
      note("rules", "has \(rules.count) entries, more than \(TrafficFilter.rulesMax)")
    }
    var names: Set<String> = []
    for (index, rule) in rules.enumerated() {
      let place = "rules[\(index)]"
      check(name: rule.name, at: "\(place).name")
      if !names.insert(rule.name).inserted { note("\(place).name", "\"\(rule.name)\" is there twice") }
      let counts = [
        ("userAgents", rule.userAgents.count), ("addresses", rule.addresses.count), ("headers", rule.headers.count),
        ("identifiers", rule.identifiers.count),
      ]
      for (field, count) in counts where count > TrafficRule.signsMax {
        note("\(place).\(field)", "has \(count) entries, more than \(TrafficRule.signsMax)")
      }
      if counts.allSatisfy({ $0.1 == 0 }) {
        note(place, "says no sign: it needs userAgents, addresses, headers or identifiers")
      }
      check(rule, at: place)
    }
  }

  private mutating func check(_ rule: TrafficRule, at place: String) {
    for (index, agent) in rule.userAgents.enumerated() {
      pattern(agent, at: "\(place).userAgents[\(index)]", isWhole: false)
    }
    for (index, address) in rule.addresses.enumerated() {
      do {
        _ = try AddressRange(address)
      } catch {
        note("\(place).addresses[\(index)]", error.description)
      }
    }
    for (name, value) in rule.headers.sorted(by: { $0.key < $1.key }) {
      let here = "\(place).headers.\(name)"
      if name.isEmpty || !name.utf8.allSatisfy(Self.isHeaderByte) { note(here, "is no name of a header") }
      if name.lowercased() == "user-agent" { note(here, "stands under userAgents") }
      pattern(value, at: here, isWhole: true)
    }
    for (index, text) in rule.identifiers.enumerated() { identifier(text, at: "\(place).identifiers[\(index)]") }
  }

  private mutating func identifier(_ text: String, at place: String) {
    guard let identifier = Identifier(key: text) else {
      note(place, "takes namespace:value, not \"\(text)\"")
      return
    }
    guard namespaces[identifier.namespace] != nil else {
      let hint = Suggestion.text(for: identifier.namespace, among: namespaces.all.map(\.name))
      note(place, "there is no namespace \(identifier.namespace)\(hint)")
      return
    }
    pattern(identifier.value, at: place, isWhole: false)
  }

  /// - Parameter isWhole: whether anything at all is a sign too, as a header may be by being there.
  private mutating func pattern(_ text: String, at place: String, isWhole: Bool) {
    if text.isEmpty {
      note(place, "is empty")
    } else if text.utf8.count > TextPattern.bytesMax {
      note(place, "has \(text.utf8.count) bytes, more than \(TextPattern.bytesMax)")
    } else if !isWhole, text.utf8.allSatisfy({ $0 == UInt8(ascii: "*") }) {
      note(place, "would be everybody's")
    }
  }

  private mutating func check(name: String, at place: String) {
    let isName =
      (1...TrafficRule.nameBytesMax).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-")
      }
    if !isName {
      note(place, "takes 1 to \(TrafficRule.nameBytesMax) small letters, digits and dashes, not \"\(name)\"")
    }
  }

  private static func isHeaderByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_")
  }

  private mutating func note(_ place: String, _ reason: String) {
    mistakes.append(TrafficRuleMistake(place, reason))
  }
}
