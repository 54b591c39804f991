import Contracts

/// What the models see of a customer and a contact, whatever is offered. Channel and direction are not among it: each
/// has models of its own.
///
/// Texts become one feature per value. Numbers of unknown scale become three: the number itself, compressed, for trends;
/// and its value to one and to two significant digits, so that a model can learn any shape without knowing the range.
///
/// Who has no interests of his own has those of his group, each for as much as the part of its customers who have it: a
/// model is linear, so what it says of him then is what it says of them on average.
enum ContactFeatures {
  static let textBytesMax = 48

  static func features(
    _ situation: Situation, _ attributes: [AttributeDeclaration], group: GroupAggregate?
  ) -> [Feature] {
    let (view, contact) = (situation.view, situation.contact)
    var features = [Feature(bias, 1)]
    func add(_ name: String, _ value: Double = 1) { features.append(Feature(name, value)) }

    if let placement = contact.placement { add("placement=\(cut(placement))") }
    if let intent = contact.intent { add("intent=\(cut(intent))") }
    if case .string(let role)? = situation.answer(.role) { add("role=\(cut(role))") }
    add("identified=\(situation.answer(.isIdentified) == .bool(true))")
    for attribute in attributes where attribute.mayDecide != false {
      let value = situation.answer(attribute.query)
      guard let value else { continue }
      addAttribute(attribute.path, value, attribute.kind, &features)
    }
    if let group {
      for interest in group.interests { add(self.interest(interest.category), group.share(interest)) }
    }
    for interest in view.interests.prefix(5) {
      add(self.interest(interest.category))
      add("interest=\(cut(interest.category))~\(Numerics.countBin(interest.count, max: 5))")
    }
    for event in countedEvents {
      let count = view.count(event)
      if count > 0 { add("count=\(event)~\(Numerics.countBin(count, max: 7))") }
    }
    let orders = view.orders.reduce(0) { $0 + $1.count }
    add("orders~\(Numerics.countBin(orders, max: 6))")
    if let last = view.orders.map(\.lastMs).max() { add("order-days~\(dayBin(situation.nowMs - last))") }
    add("seen-days~\(dayBin(contact.startedMs - view.firstSeenMs))")
    return features
  }

  static let bias = "bias"

  private static func interest(_ category: String) -> String { "interest=\(cut(category))" }

  /// Events that are not answers to propositions, nor follow from them.
  private static let countedEvents: [String] = [
    EventType.pageViewed, .productViewed, .searchPerformed, .emailOpened, .emailClicked, .messageReceived,
    .questionAsked, .complaintFiled, .eventAttended,
  ].map(\.shortName)

  private static func addAttribute(
    _ name: String, _ value: AttributeValue, _ kind: AttributeDeclaration.Kind, _ features: inout [Feature]
  ) {
    switch (kind, value) {
    case (.string, .string(let text)): features.append(Feature("\(name)=\(cut(text))", 1))
    case (.bool, .bool(let truth)): features.append(Feature("\(name)=\(truth)", 1))
    case (.number, .number(let number)) where number.isFinite:
      features.append(Feature(name, Numerics.compressed(number) / 4))
      for digits in 1...2 {
        let rounded = Numerics.rounded(number, digits: digits)
        features.append(Feature("\(name)~\(digits)~\(AttributeValue.number(rounded))", 1))
      }
    default: break
    }
  }

  static func dayBin(_ ms: Int64) -> Int { Numerics.countBin(max(0, ms) / 86_400_000, max: 10) }

  private static func cut(_ text: String) -> String {
    text.utf8.count <= textBytesMax ? text : String(decoding: text.utf8.prefix(textBytesMax), as: UTF8.self)
  }
}
