// Reads an interaction from outside and checks it against `EventType.fields` as it goes: nothing is built that is then
// thrown away, and what is wrong is named by its path.

extension Interaction {
  /// Longer data is refused unread.
  public static let bytesMax = 65_536
  /// Of ids and names that are kept and compared. Other texts take `textBytesMax`.
  public static let nameBytesMax = 128
  /// Of a list's id: contact, version, three characters an item, tag.
  public static let listBytesMax = nameBytesMax + 40 + IdMint.markCharacters * NbaList.itemsMax
  /// Of a named value's text.
  public static let namedTextBytesMax = 512
  static let depthMax = 16
  /// Of one amount: sums of thousands of them don't overflow, and JSON's readers take it exactly.
  public static let amountMinorRange: ClosedRange<Int64> = -1_000_000_000_000_000...1_000_000_000_000_000

  /// Reads the data of an event of that type. Fields that the type doesn't have are read over. Without namespaces any
  /// is taken: for those who read an event that its facet's owner has taken before.
  public static func decode(
    type: EventType, data: [UInt8], namespaces: Namespaces? = .standard
  ) throws(Refusal) -> Interaction {
    var value = blank
    try value.read(type, data, namespaces)
    return value
  }

  /// To begin with: copying it costs half of what making it does.
  private static let blank = Interaction(identifiers: [])

  /// Into the place where it is to be, since copying a read one means counting two dozen references.
  private mutating func read(_ type: EventType, _ data: [UInt8], _ namespaces: Namespaces?) throws(Refusal) {
    guard data.count <= Self.bytesMax else {
      throw Refusal(stage: "size", reason: "takes at most \(Self.bytesMax) bytes, has \(data.count)")
    }
    let rules = InteractionRules.of(type)
    var decoding = InteractionDecoding(rules: rules, isChecked: true, namespaces: namespaces)
    do {
      try JSONReader.read(data, maxDepth: Self.depthMax) { reader throws(JSONError) in
        try reader.object { reader, key throws(JSONError) in try decoding.member(key, &reader, &self) }
      }
    } catch {
      throw Refusal(
        stage: decoding.stage, field: error.path.isEmpty ? nil : error.path,
        reason: "\(error.reason) (at byte \(error.offset))")
    }
    let missing = rules.required.subtracting(decoding.seen)
    guard missing.isEmpty else {
      let name = InteractionMembers.names[missing.rawValue.trailingZeroBitCount]
      throw Refusal(stage: missing.contains(.identifiers) ? "identity" : "schema", field: name, reason: "is missing")
    }
    if let namespaces { try checkParties(type, namespaces) }
  }
}

extension FieldDeclaration {
  /// How many bytes of UTF-8 a string of that name takes at most.
  public var bytesMax: Int { InteractionMembers.bytesMax(name) }
}

/// The members of an interaction as a set of bits.
struct InteractionMembers: OptionSet {
  let rawValue: UInt64

  static let names = [
    "identifiers", "channel", "contact", "placement", "intent", "direction", "page", "product", "category", "query",
    "form", "conversion", "message", "text", "list", "proposition", "rank", "reason", "purpose", "task", "order",
    "amountMinor", "currency", "context", "attributes", "verified", "organisation", "person", "role", "since", "ended",
    "actor", "saidBy",
  ]

  static let identifiers = Self(rawValue: 1 << 0)
  static let channel = Self(rawValue: 1 << 1)
  static let contact = Self(rawValue: 1 << 2)
  static let placement = Self(rawValue: 1 << 3)
  static let intent = Self(rawValue: 1 << 4)
  static let direction = Self(rawValue: 1 << 5)
  static let page = Self(rawValue: 1 << 6)
  static let product = Self(rawValue: 1 << 7)
  static let category = Self(rawValue: 1 << 8)
  static let query = Self(rawValue: 1 << 9)
  static let form = Self(rawValue: 1 << 10)
  static let conversion = Self(rawValue: 1 << 11)
  static let message = Self(rawValue: 1 << 12)
  static let text = Self(rawValue: 1 << 13)
  static let list = Self(rawValue: 1 << 14)
  static let proposition = Self(rawValue: 1 << 15)
  static let rank = Self(rawValue: 1 << 16)
  static let reason = Self(rawValue: 1 << 17)
  static let purpose = Self(rawValue: 1 << 18)
  static let task = Self(rawValue: 1 << 19)
  static let order = Self(rawValue: 1 << 20)
  static let amountMinor = Self(rawValue: 1 << 21)
  static let currency = Self(rawValue: 1 << 22)
  static let context = Self(rawValue: 1 << 23)
  static let attributes = Self(rawValue: 1 << 24)
  static let verified = Self(rawValue: 1 << 25)
  static let organisation = Self(rawValue: 1 << 26)
  static let person = Self(rawValue: 1 << 27)
  static let role = Self(rawValue: 1 << 28)
  static let since = Self(rawValue: 1 << 29)
  static let ended = Self(rawValue: 1 << 30)
  static let actor = Self(rawValue: 1 << 31)
  static let saidBy = Self(rawValue: 1 << 32)

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(named name: String) {
    rawValue = Self.names.firstIndex(of: name).map { 1 << UInt64($0) } ?? 0
  }

  static func bytesMax(_ name: String) -> Int {
    switch name {
    case "page", "query", "text", "reason": Interaction.textBytesMax
    case "saidBy": Envelope.attributeBytesMax
    case "list": Interaction.listBytesMax
    default: Interaction.nameBytesMax
    }
  }
}

/// `EventType.fields`, made ready for checking.
struct InteractionRules {
  var allowed: InteractionMembers = []
  var required: InteractionMembers = []
  var directions: [String] = []
  var conversions: [String] = []

  /// Takes every member; requires none.
  static let anything = InteractionRules(allowed: InteractionMembers(rawValue: (1 << 33) - 1))

  private init(allowed: InteractionMembers) { self.allowed = allowed }

  private init(_ fields: [FieldDeclaration]) {
    for field in fields {
      let member = InteractionMembers(named: field.name)
      allowed.insert(member)
      if field.isRequired { required.insert(member) }
      if member == .direction { directions = field.values }
      if member == .conversion { conversions = field.values }
    }
  }

  private static let all: [InteractionRules] = {
    var all = [InteractionRules](repeating: .anything, count: 256)
    for type in EventType.allCases { all[type.byte] = InteractionRules(type.fields) }
    return all
  }()

  static func of(_ type: EventType) -> InteractionRules { all[type.byte] }
}

/// What there is to know of an interaction while it is being read.
struct InteractionDecoding {
  var seen: InteractionMembers = []
  /// The stage of a refusal, should the next step throw.
  var stage = "schema"
  let rules: InteractionRules
  /// False: the suite's own, taken as it is.
  let isChecked: Bool
  let namespaces: Namespaces?

  init(rules: InteractionRules, isChecked: Bool, namespaces: Namespaces?) {
    self.rules = rules
    self.isChecked = isChecked
    self.namespaces = namespaces
  }

  mutating func member(
    _ key: JSONKey, _ reader: inout JSONReader, _ value: inout Interaction
  ) throws(JSONError) {
    switch key {
    case "identifiers": if let read = try identifiers(&reader) { value.identifiers = read }
    case "channel": value.channel = try text(.channel, &reader)
    case "contact": value.contact = try text(.contact, &reader)
    case "placement": value.placement = try text(.placement, &reader)
    case "intent": value.intent = try text(.intent, &reader)
    case "direction": value.direction = try text(.direction, &reader, of: rules.directions)
    case "page": value.page = try text(.page, &reader, bytesMax: Interaction.textBytesMax)
    case "product": value.product = try text(.product, &reader)
    case "category": value.category = try text(.category, &reader)
    case "query": value.query = try text(.query, &reader, bytesMax: Interaction.textBytesMax)
    case "form": value.form = try text(.form, &reader)
    case "conversion": value.conversion = try text(.conversion, &reader, of: rules.conversions)
    case "message": value.message = try text(.message, &reader)
    case "text": value.text = try text(.text, &reader, bytesMax: Interaction.textBytesMax)
    case "list": value.list = try list(&reader)
    case "proposition": value.proposition = try text(.proposition, &reader)
    case "rank": value.rank = try integer(.rank, &reader)
    case "reason": value.reason = try text(.reason, &reader, bytesMax: Interaction.textBytesMax)
    case "purpose": value.purpose = try text(.purpose, &reader)
    case "task": value.task = try text(.task, &reader)
    case "order": value.order = try text(.order, &reader)
    case "amountMinor": value.amountMinor = try integer(.amountMinor, &reader)
    case "currency": value.currency = try currency(&reader)
    case "context": value.context = try named(.context, &reader)
    case "attributes": value.attributes = try named(.attributes, &reader)
    case "verified": value.verified = try truth(.verified, &reader)
    case "organisation": value.organisation = try party(.organisation, &reader)
    case "person": value.person = try party(.person, &reader)
    case "role": value.role = try text(.role, &reader)
    case "since": value.since = try text(.since, &reader)
    case "ended": value.ended = try truth(.ended, &reader)
    case "saidBy": value.saidBy = try text(.saidBy, &reader, bytesMax: Envelope.attributeBytesMax)
    case "actor": value.actor = try party(.actor, &reader)
    default: break
    }
  }

  /// True where the member is the type's and is there: null is as good as absent.
  private func takes(_ member: InteractionMembers, _ reader: inout JSONReader) throws(JSONError) -> Bool {
    guard rules.allowed.contains(member) else { return false }
    return try !reader.null()
  }

  private mutating func text(
    _ member: InteractionMembers, _ reader: inout JSONReader, bytesMax: Int = Interaction.nameBytesMax,
    of values: [String] = []
  ) throws(JSONError) -> String? {
    guard try takes(member, &reader) else { return nil }
    let text = try reader.string()
    guard isChecked else { return text }
    guard text.utf8.count <= bytesMax else {
      throw reader.fail("takes at most \(bytesMax) bytes, has \(text.utf8.count)")
    }
    if text.isEmpty {
      if rules.required.contains(member) { throw reader.fail("takes 1 to \(bytesMax) bytes, is empty") }
      return nil
    }
    guard values.isEmpty || values.contains(text) else {
      throw reader.fail("takes \(values.joined(separator: ", ")); is \(text)")
    }
    seen.insert(member)
    return text
  }

  private mutating func integer(
    _ member: InteractionMembers, _ reader: inout JSONReader
  ) throws(JSONError) -> Int64? {
    guard try takes(member, &reader) else { return nil }
    let number = try reader.int()
    if isChecked, member == .amountMinor, !Interaction.amountMinorRange.contains(number) {
      let range = Interaction.amountMinorRange
      throw reader.fail("takes \(range.lowerBound) to \(range.upperBound); is \(number)")
    }
    seen.insert(member)
    return number
  }

  private mutating func truth(_ member: InteractionMembers, _ reader: inout JSONReader) throws(JSONError) -> Bool? {
    guard try takes(member, &reader) else { return nil }
    let truth = try reader.bool()
    seen.insert(member)
    return truth
  }

  /// `contact.version.items.tag`: whether the tag is ours is for those to say who know the secret.
  private mutating func list(_ reader: inout JSONReader) throws(JSONError) -> String? {
    let list = try text(.list, &reader, bytesMax: Interaction.listBytesMax)
    guard isChecked, let text = list else { return list }
    var parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let hasTag = parts.popLast()?.utf8.count == 16
    if parts.last?.hasPrefix(IdMint.itemsMark) == true { parts.removeLast() }
    guard hasTag, parts.count >= 2, Int64(parts[parts.count - 1]) != nil else {
      throw reader.fail("is not a list's id, as it came on nba.lists")
    }
    return text
  }

  private mutating func currency(_ reader: inout JSONReader) throws(JSONError) -> String? {
    let currency = try text(.currency, &reader)
    guard isChecked, let text = currency else { return currency }
    guard text.utf8.count == 3, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) else {
      throw reader.fail("takes the three capital letters of ISO 4217; is \(text)")
    }
    guard Currencies.has(text) else { throw reader.fail("is no currency of ISO 4217: \(text)") }
    return text
  }

  private mutating func named(
    _ member: InteractionMembers, _ reader: inout JSONReader
  ) throws(JSONError) -> NamedValues? {
    guard try takes(member, &reader) else { return nil }
    guard isChecked else { return try NamedValues(from: &reader) }
    var values = NamedValues()
    try reader.object { reader, key throws(JSONError) in
      let name = key.string
      guard (1...Interaction.nameBytesMax).contains(name.utf8.count) else {
        throw reader.fail("a name takes 1 to \(Interaction.nameBytesMax) bytes")
      }
      let value = try AttributeValue(from: &reader)
      if case .string(let text) = value, text.utf8.count > Interaction.namedTextBytesMax {
        throw reader.fail("takes at most \(Interaction.namedTextBytesMax) bytes, has \(text.utf8.count)")
      }
      values[name] = value
      guard values.items.count <= Interaction.namedValuesMax else {
        throw reader.fail("takes at most \(Interaction.namedValuesMax) named values")
      }
    }
    seen.insert(member)
    return values
  }

  private mutating func party(
    _ member: InteractionMembers, _ reader: inout JSONReader
  ) throws(JSONError) -> Identifier? {
    guard try takes(member, &reader) else { return nil }
    seen.insert(member)
    return isChecked ? try identifier(&reader) : try Identifier(from: &reader)
  }

  /// nil: none are told. A member that comes twice counts as it came last.
  private mutating func identifiers(_ reader: inout JSONReader) throws(JSONError) -> [Identifier]? {
    guard try takes(.identifiers, &reader) else { return nil }
    seen.insert(.identifiers)
    guard isChecked else { return try reader.list() }
    var identifiers: [Identifier] = []
    var count = 0
    try reader.array { reader throws(JSONError) in
      count += 1
      guard count <= Interaction.identifiersMax else {
        throw reader.fail("takes at most \(Interaction.identifiersMax) identifiers")
      }
      let identifier = try identifier(&reader)
      if !identifiers.contains(identifier) { identifiers.append(identifier) }
    }
    guard !identifiers.isEmpty else {
      stage = "identity"
      throw reader.fail("takes 1 to \(Interaction.identifiersMax) identifiers, has none")
    }
    return identifiers
  }

  private mutating func identifier(_ reader: inout JSONReader) throws(JSONError) -> Identifier {
    var namespace: String?
    var text: String?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "namespace":
        let name = try reader.string()
        if let namespaces, namespaces[name] == nil {
          stage = "identity"
          throw reader.fail("no such namespace: \(name.prefix(64))")
        }
        namespace = name
      case "value":
        let value = try reader.string()
        guard (1...Identifier.valueBytesMax).contains(value.utf8.count) else {
          stage = "identity"
          throw reader.fail("takes 1 to \(Identifier.valueBytesMax) bytes, has \(value.utf8.count)")
        }
        text = value
      default: break
      }
    }
    return Identifier(try reader.required(namespace, "namespace"), try reader.required(text, "value"))
  }
}
