import Contracts

/// What two versions of a catalogue say otherwise: what was added, removed and changed, by its place. It compares what is
/// published, so whatever a catalogue can say is compared.
package struct CatalogDifference: Sendable, Equatable {
  package enum Kind: String, Sendable { case added, removed, changed, reordered }

  package struct Change: Sendable, Equatable {
    package var kind: Kind
    /// As a path in the catalogue's text, in the newer one, or of what was removed in the older:
    /// `propositions[2].eligibility[0].when`.
    package var place: String
    /// The list of the catalogue that it is in, and what of it: `propositions` and `mortgage`; nil: the catalogue's own.
    package var section: String
    package var subject: String?
    /// What of the subject, as its author calls it: `eligibility of-age when`; empty: the whole of it.
    package var field: String
    package var old: String?
    package var new: String?

    package var isOfOlder: Bool { kind == .removed }
  }

  package let changes: [Change]

  /// Of each list what is removed comes last.
  package init(from old: Catalog, to new: Catalog) {
    var comparison = CatalogComparison()
    comparison.compare(CatalogTree(old), CatalogTree(new))
    changes = comparison.changes
  }

  package var isEmpty: Bool { changes.isEmpty }

  /// What was touched, in a line: `propositions: +solar-loan -gold-card ~mortgage, segments: order`.
  package var summary: String {
    var sections: [(name: String, marks: [String])] = []
    for change in changes {
      let mark: String
      switch (change.subject, change.field.isEmpty ? change.kind : .changed) {
      case (nil, _): mark = change.kind == .reordered ? "order" : ""
      case (let subject?, .added): mark = "+\(subject)"
      case (let subject?, .removed): mark = "-\(subject)"
      case (let subject?, .changed), (let subject?, .reordered): mark = "~\(subject)"
      }
      if let index = sections.firstIndex(where: { $0.name == change.section }) {
        if !sections[index].marks.contains(mark) { sections[index].marks.append(mark) }
      } else {
        sections.append((change.section, [mark]))
      }
    }
    let texts = sections.map { section in
      let marks = section.marks.filter { !$0.isEmpty }
      let more = marks.count > 8 ? " and \(marks.count - 8) more" : ""
      return marks.isEmpty ? section.name : "\(section.name): \(marks.prefix(8).joined(separator: " "))\(more)"
    }
    return texts.isEmpty ? "nothing" : texts.joined(separator: ", ")
  }
}

extension CatalogDifference.Change: CustomStringConvertible {
  package var description: String {
    let what = subject.map { "\(Self.singular[section] ?? section) \($0)" } ?? section
    let whole = field.isEmpty ? what : "\(what): \(field)"
    let (old, new) = Self.excerpts(old, new)
    switch kind {
    case .added: return "\(whole): added\(new.map { ", \($0)" } ?? "")"
    case .removed: return "\(whole): removed\(old.map { ", was \($0)" } ?? "")"
    case .changed: return "\(whole): \(old ?? "") → \(new ?? "")"
    case .reordered: return "\(whole): other order: \(old ?? "") → \(new ?? "")"
    }
  }

  /// A line has room for so much of each.
  private static let excerptMax = 160
  /// So much is shown of what both begin with.
  private static let excerptBefore = 40

  /// Of long texts as much as shows what is different about them.
  private static func excerpts(_ old: String?, _ new: String?) -> (String?, String?) {
    let (one, other) = (Array(old ?? ""), Array(new ?? ""))
    guard max(one.count, other.count) > excerptMax else { return (old, new) }
    let isPair = old != nil && new != nil
    let same = isPair ? zip(one, other).prefix { $0 == $1 }.count : 0
    let start = same + excerptBefore > excerptMax / 2 ? max(0, same - excerptBefore) : 0
    func excerpt(_ text: [Character]) -> String {
      let part = text.dropFirst(start)
      return (start > 0 ? "…" : "") + String(part.prefix(excerptMax)) + (part.count > excerptMax ? "…" : "")
    }
    return (old.map { _ in excerpt(one) }, new.map { _ in excerpt(other) })
  }

  private static let singular = [
    "propositions": "proposition", "attributes": "attribute", "conditions": "condition", "segments": "segment",
    "contextWeights": "context weight",
  ]
}

/// Goes through both at once.
private struct CatalogComparison {
  var changes: [CatalogDifference.Change] = []

  /// Where one is, in both texts.
  struct Place {
    var old = ""
    var new = ""
    var section: String?
    var subject: String?
    var field: [String] = []

    func member(_ name: String, of list: String? = nil) -> Place {
      var place = self
      place.old += place.old.isEmpty ? name : ".\(name)"
      place.new += place.new.isEmpty ? name : ".\(name)"
      if section == nil { place.section = name } else { place.field.append(name) }
      return place
    }

    /// An element of the list that this is; nil: it is not in that one.
    func element(_ id: String, old oldIndex: Int?, new newIndex: Int?) -> Place {
      var place = self
      if let oldIndex { place.old += "[\(oldIndex)]" }
      if let newIndex { place.new += "[\(newIndex)]" }
      if subject == nil, field.isEmpty { place.subject = id } else { place.field.append(id) }
      return place
    }
  }

  mutating func compare(_ old: CatalogTree, _ new: CatalogTree) { compare(old, new, Place()) }

  private mutating func tell(_ kind: CatalogDifference.Kind, _ place: Place, _ old: String?, _ new: String?) {
    changes.append(
      CatalogDifference.Change(
        kind: kind, place: kind == .removed ? place.old : place.new, section: place.section ?? "",
        subject: place.subject, field: place.field.joined(separator: " "), old: old, new: new))
  }

  private mutating func compare(_ old: CatalogTree, _ new: CatalogTree, _ place: Place) {
    guard old != new else { return }
    switch (old, new) {
    case (.object(let before), .object(let after)):
      for (name, value) in after { member(name, before.first { $0.name == name }?.value, value, place) }
      for (name, value) in before where !after.contains(where: { $0.name == name }) { member(name, value, nil, place) }
    case (.array(let before), .array(let after)):
      list(before, after, place)
    default: tell(.changed, place, old.text, new.text)
    }
  }

  private mutating func member(_ name: String, _ old: CatalogTree?, _ new: CatalogTree?, _ place: Place) {
    let place = place.member(name)
    switch (old, new) {
    case (let old?, let new?): compare(old, new, place)
    case (nil, .array(let after)?): list([], after, place)
    case (.array(let before)?, nil): list(before, [], place)
    case (nil, let new?): tell(.added, place, nil, new.text)
    case (let old?, nil): tell(.removed, place, old.text, nil)
    case (nil, nil): break
    }
  }

  private mutating func list(_ old: [CatalogTree], _ new: [CatalogTree], _ place: Place) {
    let name = place.field.last ?? place.section ?? ""
    guard let oldIds = CatalogTree.ids(old), let newIds = CatalogTree.ids(new) else {
      return texts(old, new, place, name)
    }
    let before = Dictionary(uniqueKeysWithValues: zip(oldIds, old.indices))
    let after = Set(newIds)
    for (index, id) in newIds.enumerated() {
      let element = place.element(id, old: before[id], new: index)
      if let known = before[id] {
        compare(old[known], new[index], element)
      } else {
        tell(.added, element, nil, new[index].summary)
      }
    }
    for (index, id) in oldIds.enumerated() where !after.contains(id) {
      tell(.removed, place.element(id, old: index, new: nil), old[index].summary, nil)
    }
    let (kept, now) = (oldIds.filter(after.contains), newIds.filter { before[$0] != nil })
    if kept != now, !CatalogTree.unordered.contains(name) {
      tell(.reordered, place, kept.joined(separator: ", "), now.joined(separator: ", "))
    }
  }

  /// Lists of texts, and those whose elements can't be told apart.
  private mutating func texts(_ old: [CatalogTree], _ new: [CatalogTree], _ place: Place, _ name: String) {
    let (before, after) = (old.map(\.text), new.map(\.text))
    guard name == "values" else {
      let isSame = before.sorted() == after.sorted()
      return tell(
        isSame ? .reordered : .changed, place, before.joined(separator: ", "), after.joined(separator: ", "))
    }
    for text in after where !before.contains(text) { tell(.added, place, nil, text) }
    for text in before where !after.contains(text) { tell(.removed, place, text, nil) }
  }
}
