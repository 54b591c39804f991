// The committed schemas and AsyncAPI document are what the declarations say. After a change of these,
// `TRIAS_REGENERATE=1 swift test --filter GeneratedFilesTests` writes them anew.
import Contracts
import Foundation
import JSONTrees
import Seeds
import Testing

enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let contracts = root.appending(path: "Shared/Contracts")
  static let samples = root.appending(path: "Tests/ContractsTests/Samples")

  static func files(in directory: URL, withSuffix suffix: String = ".json") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.path()).filter { $0.hasSuffix(suffix) }.sorted()
  }

  static func read(_ file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }
}

@Suite(.serialized) struct GeneratedFilesTests {
  private let schemas = Repository.contracts.appending(path: "Schemas")
  private let isRegenerating = ProcessInfo.processInfo.environment["TRIAS_REGENERATE"] != nil

  @Test func everySchemaIsCurrent() throws {
    let files = SchemaFile.all
    if isRegenerating {
      for stale in try Repository.files(in: schemas) {
        try FileManager.default.removeItem(at: schemas.appending(path: stale))
      }
      for file in files {
        try indented(file.contents).write(to: schemas.appending(path: file.name), atomically: true, encoding: .utf8)
      }
    }
    #expect(try Repository.files(in: schemas) == files.map(\.name))
    for file in files {
      let committed = try String(contentsOf: schemas.appending(path: file.name), encoding: .utf8)
      #expect(committed == indented(file.contents), "\(file.name) is out of date: see the head of this file")
    }
  }

  @Test func theAsyncAPIDocumentIsCurrent() throws {
    let file = Repository.contracts.appending(path: "asyncapi.json")
    let document = indented(AsyncAPI.document())
    if isRegenerating { try document.write(to: file, atomically: true, encoding: .utf8) }
    let committed = try String(contentsOf: file, encoding: .utf8)
    #expect(committed == document, "asyncapi.json is out of date: see the head of this file")
  }

  @Test func everyReferenceOfTheAsyncAPIDocumentLeadsSomewhere() throws {
    let document = try JSONTree.read(AsyncAPI.document())
    let references = document.strings(named: "$ref")
    #expect(!references.isEmpty)
    for reference in references {
      if reference.hasPrefix("#/") {
        let steps = reference.dropFirst(2).split(separator: "/").map(String.init)
        #expect(document.value(at: steps) != nil, "\(reference)")
      } else {
        #expect(
          FileManager.default.fileExists(atPath: Repository.contracts.appending(path: reference).path()),
          "\(reference)")
      }
    }
  }

  @Test func everyPublicTopicSaysWhatIsOnIt() {
    let deadLetters = Set(ConsumerGroup.allCases.map(\.deadLetter.name))
    for topic in AsyncAPI.topics where !deadLetters.contains(topic.name) {
      #expect(!topic.messages.isEmpty, "\(topic.name)")
    }
  }

  @Test func indentingChangesNothingButTheLayout() throws {
    for seed in 0..<50 {
      var random = Seeded(UInt64(seed))
      var writer = JSONWriter()
      JSONTree.random(depth: 4, &random).write(to: &writer)
      #expect(try JSONTree.read(Array(indented(writer.bytes).utf8)) == JSONTree.read(writer.bytes))
    }
  }
}

extension JSONTree {
  /// Every text that is a member of that name, anywhere.
  func strings(named name: String) -> [String] {
    switch self {
    case .object(let members):
      members.flatMap { key, value in
        if key == name, case .string(let text) = value { return [text] }
        return value.strings(named: name)
      }
    case .array(let elements): elements.flatMap { $0.strings(named: name) }
    default: []
    }
  }

  func value(at steps: [String]) -> JSONTree? {
    guard let first = steps.first else { return self }
    guard case .object(let members) = self else { return nil }
    return members[first]?.value(at: Array(steps.dropFirst()))
  }
}
