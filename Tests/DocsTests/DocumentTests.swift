// The documents against what they speak of: paths that exist, topics as they are declared, settings that there are.

import Contracts
import Testing

@Suite struct DocumentTests {
  @Test(arguments: Repository.documents) func everyPathInADocumentExists(_ document: String) throws {
    let text = try Repository.text(document)
    let folder = document.split(separator: "/").dropLast().map { "\($0)/" }.joined()
    for link in text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) where !link.1.contains("://") {
      #expect(Repository.exists(folder + link.1), "\(document) links to \(link.1)")
    }
    for path in text.matches(of: /`((Services|Shared|Tests|deploy)\/[A-Za-z0-9_.\/+-]*)`/) {
      #expect(Repository.exists(String(path.1)), "\(document) names \(path.1)")
    }
  }

  @Test(arguments: ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
  func everyTopicInADocumentExists(_ document: String) throws {
    for name in try Repository.text(document).matches(of: /[a-z]+(\.[a-z-]+)+\.v\d+/).map({ String($0.0) }) {
      let isKnown = Topics.named(name) != nil || EventType.named(name) != nil
      #expect(isKnown, "\(document) names \(name), which is neither a topic nor a type of event")
    }
  }

  @Test func theTopicTableIsTheDeclaration() throws {
    let rows = Topics.declared.map { topic in
      let owner = topic.owner.map { "`\($0.rawValue)`" } ?? "channels, systems and staff"
      return "| `\(topic.name)` | \(owner) | \(key(of: topic)) | \(cleanup(of: topic)) | \(topic.summary) |"
    }
    let table = rows.joined(separator: "\n")
    #expect(try Repository.text("README.md").contains(table), "README.md lacks this table:\n\(table)")
  }

  @Test func theEventTableIsTheDeclaration() throws {
    let rows = EventType.allCases.compactMap { type in
      type.topic.map {
        "| `\(type.shortName)` | \($0 == Topics.sourceRecords ? "systems" : "channels") | \(fields(of: type)) | \(type.summary) |"
      }
    }
    let table = rows.joined(separator: "\n")
    #expect(try Repository.text("README.md").contains(table), "README.md lacks this table:\n\(table)")
  }

  /// Those that the type has beside what all have; in italics what may be left out.
  private func fields(of type: EventType) -> String {
    type.fields.filter { !["identifiers", "channel", "contact"].contains($0.name) }
      .map { $0.isRequired ? "`\($0.name)`" : "*\($0.name)*" }.joined(separator: ", ")
  }

  private func key(of topic: Topic) -> String {
    switch topic.keyDomain {
    case .identifier: "identifier"
    case .profile: "profile"
    case .single: "one partition"
    }
  }

  private func cleanup(of topic: Topic) -> String {
    switch topic.cleanup {
    case .delete(let days): "\(days) days"
    case .compact: "compacted"
    case .keep: "kept"
    }
  }

  @Test func everySettingIsInTheReadme() throws {
    let readme = try Repository.text("README.md")
    for path in Repository.sources(under: "Shared/Host") + Repository.sources(under: "Services") {
      for setting in try Repository.text(path).matches(of: /\b(Setting|ServiceOption)\(\s*"([a-z-]+)"/) {
        let isThere = readme.contains("`\(setting.2)`")
        #expect(isThere, "README.md lacks the setting \(setting.2) of \(path)")
      }
    }
  }

  @Test(arguments: ["README.md", "CONTRIBUTING.md"])
  func everyMakeTargetInADocumentExists(_ document: String) throws {
    let makefile = try Repository.text("Makefile")
    for command in try Repository.text(document).matches(of: /(\n|`)make ([a-z]+(-[a-z]+)*)/) {
      #expect(makefile.contains("\n\(command.2):"), "\(document) says make \(command.2)")
    }
  }

  @Test func theReadmeNamesEveryExecutable() throws {
    let readme = try Repository.text("README.md")
    for executable in Executable.allCases {
      let isThere = readme.contains("`\(executable.rawValue)`")
      #expect(isThere, "README.md does not name \(executable.rawValue)")
    }
  }
}
