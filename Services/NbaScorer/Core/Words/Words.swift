import Contracts

/// Numbers and names as one says them in a language. Names and titles are the catalogue's: in that language where it has
/// them in it, else in its own.
struct Words {
  let language: Language
  /// Attributes that have titles, by path.
  let attributes: [String: AttributeDeclaration]

  init(language: Language, attributes: [String: AttributeDeclaration] = [:]) {
    (self.language, self.attributes) = (language, attributes)
  }

  /// One text in each language, beside each other.
  func say(_ english: @autoclosure () -> String, _ dutch: @autoclosure () -> String) -> String {
    switch language {
    case .english: english()
    case .dutch: dutch()
    }
  }

  func times(_ count: Int64) -> String {
    switch (language, count) {
    case (.english, 1): "once"
    case (.english, 2): "twice"
    case (.english, _): "\(number(count)) times"
    case (.dutch, 1): "één keer"
    case (.dutch, _): "\(number(count)) keer"
    }
  }

  /// By whole days of 24 hours: which date it was there nobody here knows, and `yesterday` is one of the customer's.
  func ago(days: Int64) -> String {
    switch days {
    case ...0: say("less than a day ago", "minder dan een dag geleden")
    case 1: say("a day ago", "een dag geleden")
    case 2...13: say("\(days) days ago", "\(days) dagen geleden")
    case 14...60: say("\(days / 7) weeks ago", "\(days / 7) weken geleden")
    default: say("\(days / 30) months ago", "\(days / 30) maanden geleden")
    }
  }

  /// `one in twelve`; from two thirds on `nine in ten`.
  func rate(_ probability: Double) -> String {
    if Self.isMost(probability) {
      let ten = Int64(min(9, max(7, (probability * 10).rounded())))
      return say("\(number(ten)) in ten", "\(number(ten)) op de tien")
    }
    let n = 1 / max(probability, 1e-6)
    let step = n <= 12.5 ? 1.0 : n < 20 ? 1 : n < 100 ? 5 : n < 1_000 ? 50 : 500
    let whole = max(2, Int64((n / step).rounded() * step))
    return say("one in \(number(whole))", "één op de \(number(whole))")
  }

  /// In letters up to twelve.
  private func number(_ number: Int64) -> String {
    let names = language == .english ? Self.english : Self.dutch
    return names.indices.contains(Int(number)) ? names[Int(number)] : "\(number)"
  }

  private static let english = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
  ]
  private static let dutch = [
    "nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf",
  ]

  /// A feature as one says it: `customer.job=retired` is `job retired`. nil for what says nothing to an agent.
  func driver(_ feature: String, ofGroup: Bool = false) -> String? {
    var feature = feature
    return feature.withUTF8 { driver($0, ofGroup: ofGroup) }
  }

  private func driver(_ feature: UnsafeBufferPointer<UInt8>, ofGroup: Bool) -> String? {
    guard !feature.contains(UInt8(ascii: "~")), let equals = feature.firstIndex(of: UInt8(ascii: "=")) else {
      return nil
    }
    let path = feature[..<equals]
    let value = feature[(equals + 1)...]
    let start = Self.scopes.first { Self.matches(path.prefix($0.utf8CodeUnitCount), $0) }?.utf8CodeUnitCount ?? 0
    let name = path.dropFirst(start)
    // What has a scope is an attribute of the catalogue, whatever its name is.
    let isBuiltIn = start == 0
    if isBuiltIn, Self.matches(name, "identified") {
      return Self.matches(value, "true") ? say("is known by name", "is bij naam bekend") : nil
    }
    if isBuiltIn, Self.matches(name, "interest") {
      let interest = Self.plain(value)
      return ofGroup
        ? say("his group's interest in \(interest)", "de interesse van de groep in \(interest)")
        : say("interest in \(interest)", "interesse in \(interest)")
    }
    let text = String(decoding: value, as: UTF8.self)
    if isBuiltIn, let builtIn = Self.builtIn.first(where: { Self.matches(name, $0.feature) }) {
      return "\(say(builtIn.english, builtIn.dutch)) \(text)"
    }
    let title = attributes.isEmpty ? nil : attributes[String(decoding: path, as: UTF8.self)]?.title(in: language)
    return "\(title ?? Self.plain(name)) \(text)"
  }

  /// What the models see of every contact, and has no name in the catalogue.
  private static let builtIn: [(feature: StaticString, english: String, dutch: String)] = [
    ("placement", "placement", "plek"), ("intent", "intent", "reden van contact"), ("role", "role", "rol"),
  ]

  private static let scopes: [StaticString] = ["customer.", "contact."]

  private static func matches(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    for (index, byte) in bytes.enumerated() where byte != text.utf8Start[index] { return false }
    return true
  }

  /// From two thirds on it is said of most, which takes another verb than of one.
  static func isMost(_ probability: Double) -> Bool { probability >= 2.0 / 3 }

  /// `37.00 EUR`, of so many minor units.
  func money(_ minor: Double, _ currency: String) -> String {
    Currencies.text(minor, currency, point: say(".", ","))
  }

  func title(_ weight: ContextWeight) -> String {
    weight.titles?[language] ?? weight.title ?? Self.plain(weight.name)
  }

  func title(_ rule: Rule) -> String { rule.titles?[language] ?? rule.title ?? Self.plain(rule.name) }

  // Whatever the language

  // By bytes, since each item of each list is put into words: characters cost a tenth of a decision.

  static func plain(_ name: String) -> String {
    guard name.utf8.contains(where: separates) else { return name }
    return plain(name.utf8)
  }

  private static func plain(_ name: some Collection<UInt8>) -> String {
    String(unsafeUninitializedCapacity: name.count) { target in
      for (index, byte) in name.enumerated() { target[index] = separates(byte) ? UInt8(ascii: " ") : byte }
      return name.count
    }
  }

  private static func separates(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") }

  static func sentence(_ name: String) -> String {
    let plain = plain(name)
    guard let first = plain.utf8.first, !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return plain }
    guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
      return plain.prefix(1).uppercased() + plain.dropFirst()
    }
    var bytes = Array(plain.utf8)
    bytes[0] &-= UInt8(ascii: "a") - UInt8(ascii: "A")
    return String(decoding: bytes, as: UTF8.self)
  }
}
