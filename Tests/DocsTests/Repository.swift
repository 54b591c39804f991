// The repository as these tests see it: its files, by paths relative to its root.

import Foundation

enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The Swift files under a folder, however deep; what a build left behind is not among them.
  static func sources(under folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path) ?? .init()
    return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }.sorted()
  }

  static let sources = ["Services", "Shared", "Tests"].flatMap(sources(under:)) + ["Package.swift"]

  static let documents = [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "deploy/demo/ATTRIBUTION.md",
    "Tests/TriasTests/Snowplow/ATTRIBUTION.md",
  ]
}

/// A source file as lines, with what the rules ask of them.
struct Source {
  let path: String
  let lines: [Substring]

  init(_ path: String) throws {
    self.path = path
    lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
  }

  var imports: Set<String> {
    Set(
      lines.compactMap { line in
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword <= 2, words.count > keyword + 1,
          words[..<keyword].allSatisfy({ $0.hasPrefix("@") || $0 == "package" })
        else { return nil }
        return String(words[keyword + 1])
      })
  }

  /// Lines of code: without comments and without what stands in a comment at the end of a line.
  var code: [(number: Int, text: Substring)] {
    lines.enumerated().compactMap { index, line in
      let text = line.firstRange(of: /(^|\s)\/\//).map { line[..<$0.lowerBound] } ?? line
      return text.allSatisfy(\.isWhitespace) ? nil : (index + 1, text)
    }
  }
}
