import NbaScorerCore
import Yams

/// The YAML below the catalogue: from text to nodes with their lines, or the one reason why it is no YAML.
enum CatalogText {
  static func root(_ text: String) throws(CatalogMistakes) -> Node {
    do {
      guard let root = try compose(yaml: text) else { throw fault(1, "there is nothing in it") }
      return root
    } catch let error as YamlError {
      throw mistakes(error, text)
    } catch let error as CatalogMistakes {
      throw error
    } catch {
      throw fault(1, "can't be read as YAML: \(error)")
    }
  }

  private static func mistakes(_ error: YamlError, _ text: String) -> CatalogMistakes {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let setting = context.map { " \($0.text) from line \($0.mark.line)" } ?? ""
      return fault(mark.line, "can't be read as YAML:\(setting) \(problem)".withSingleSpaces)
    case .reader(let problem, let offset, _, _):
      let before = offset.map { text.utf8.prefix($0) } ?? text.utf8.prefix(0)
      return fault(before.count { $0 == UInt8(ascii: "\n") } + 1, "can't be read as text: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      return repeated(duplicates, from: context.mark, text)
    default: return fault(1, "can't be read as YAML: \(error)")
    }
  }

  /// The parser tells of one of the places where a field stands; people look for the second.
  private static func repeated(_ names: [String], from mark: Mark, _ text: String) -> CatalogMistakes {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let mistakes = names.map { name in
      let others = lines.indices.filter { index in
        index + 1 > mark.line && isField(name, in: lines[index], column: mark.column)
      }
      let line = others.first.map { $0 + 1 } ?? mark.line
      return CatalogMistake(line: line, place: "", reason: "\(name) is there twice")
    }
    return CatalogMistakes(mistakes)
  }

  private static func isField(_ name: String, in line: Substring, column: Int) -> Bool {
    let rest = line.unicodeScalars.dropFirst(column - 1)
    let isIndented = line.unicodeScalars.prefix(column - 1).allSatisfy { $0 == " " || $0 == "-" }
    return isIndented && rest.starts(with: "\(name):".unicodeScalars)
  }

  private static func fault(_ line: Int, _ reason: String) -> CatalogMistakes {
    CatalogMistakes([CatalogMistake(line: line, place: "", reason: reason)])
  }
}

extension String {
  fileprivate var withSingleSpaces: String { split(separator: " ").joined(separator: " ") }
}
