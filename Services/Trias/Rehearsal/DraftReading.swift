import CatalogAuthoring
import Contracts
import NbaScorerCore

// A draft of the catalogue as its texts say it.

extension CatalogDraft.Content {
  /// Reads the texts of a draft and runs its tests, as `trias catalog check` does: what is wrong is told by line, and
  /// doesn't keep it from being kept.
  package init(
    name: String, basedOn: String?, text: String, tests: String?, readWith namespaces: Namespaces
  ) {
    self.init(name: name, basedOn: basedOn, text: text, tests: tests)
    let catalog: Catalog
    do throws(CatalogMistakes) {
      catalog = try CatalogFile.read(text: text)
    } catch {
      tell(error, in: .catalog)
      return
    }
    self.catalog = catalog
    guard let tests else { return }
    do {
      let (cases, failures) = try CaseTrial.run(text: tests, for: catalog, namespaces: namespaces)
      if failures.isEmpty { self.cases = cases }
      for failure in failures { tell(.tests, failure.line, failure.name, failure.reason) }
    } catch let mistakes as CatalogMistakes {
      tell(mistakes, in: .tests)
    } catch {
      tell(.tests, 1, "", "\(error)")
    }
  }

  private mutating func tell(_ mistakes: CatalogMistakes, in file: CatalogDraft.Mistake.File) {
    for mistake in mistakes.mistakes { tell(file, mistake.line, mistake.place, mistake.reason) }
  }

  private mutating func tell(_ file: CatalogDraft.Mistake.File, _ line: Int, _ place: String, _ reason: String) {
    guard mistakes.count < CatalogDraft.mistakesMax else { return }
    mistakes.append(CatalogDraft.Mistake(file: file, line: line, place: place, reason: reason))
  }
}
