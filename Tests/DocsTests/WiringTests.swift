// The services as they are wired: every topic has the writer that owns it, and the documents' tables and picture of them
// are what the code says.

import Contracts
import LeadManager
import NbaScorer
import ProfileAggregator
import Streams
import Testing

@Suite struct WiringTests {
  private let services: [any ProcessorService.Type] = [ProfileAggregator.self, NbaScorer.self, LeadManager.self]

  private var processors: [AnyProcessor] {
    services.flatMap { $0.processors(ServiceOptions(secret: "test")) }
  }

  private func isRead(_ topic: Topic, by processor: AnyProcessor) -> Bool {
    (processor.inputs + processor.globals).contains(topic)
  }

  private func isWritten(_ topic: Topic, by processor: AnyProcessor) -> Bool {
    (processor.outputs + [processor.table]).contains(topic)
  }

  @Test func everyGroupIsOneProcessorOfItsExecutable() {
    #expect(processors.map(\.group.rawValue).sorted() == ConsumerGroup.allCases.map(\.rawValue).sorted())
    for service in services {
      for processor in service.processors(ServiceOptions(secret: "test")) {
        #expect(processor.group.executable == service.executable)
      }
    }
  }

  @Test func everyTopicHasItsOwnerForItsWriter() {
    for topic in Topics.declared {
      for processor in processors where isWritten(topic, by: processor) {
        let isAllowed = topic.owner == nil || topic.owner == processor.group.executable
        #expect(isAllowed, "\(processor.group.rawValue) writes \(topic.name), which it does not own")
      }
      guard topic.owner != nil else { continue }
      let writers = processors.filter { isWritten(topic, by: $0) }.map(\.group.rawValue)
      #expect(!writers.isEmpty, "\(topic.name) is written by nobody")
      // What holds the last word on a key has one that says it; an owner may say things in several parts of its own.
      if topic.cleanup == .compact { #expect(writers.count == 1, "\(topic.name) is written by \(writers)") }
    }
  }

  @Test func everyTableIsItsProcessorsAlone() {
    let tables = processors.map(\.table.name)
    #expect(Set(tables).count == tables.count)
    for processor in processors {
      #expect(processor.table.cleanup == .compact, "\(processor.table.name) is a table and not compacted")
    }
  }

  @Test func keyedInputsArePartitionedLikeTheTable() {
    for processor in processors {
      for input in processor.inputs {
        #expect(input.keyDomain == processor.table.keyDomain, "\(processor.group.rawValue) reads \(input.name)")
      }
    }
  }

  @Test func theReadmesTableOfProcessorsIsTheWiring() throws {
    func names(_ topics: [Topic]) -> String { topics.map { "`\($0.name)`" }.joined(separator: ", ") }
    let rows = processors.map { processor in
      let (executable, name) = (processor.group.executable.rawValue, shortName(processor))
      return "| `\(executable)` | `\(name)` | \(names(processor.inputs + processor.globals)) "
        + "| \(names(processor.outputs)) | `\(processor.table.name)` |"
    }
    let table = rows.joined(separator: "\n")
    #expect(try Repository.text("README.md").contains(table), "README.md lacks this table:\n\(table)")
  }

  @Test func thePictureInTheArchitectureIsTheWiring() throws {
    let picture = (["```mermaid", "flowchart LR"] + nodes + edges + ["```"]).joined(separator: "\n")
    #expect(try Repository.text("ARCHITECTURE.md").contains(picture), "ARCHITECTURE.md lacks this:\n\(picture)")
  }

  private var nodes: [String] {
    let groups = services.flatMap { service in
      ["  subgraph \(service.executable.rawValue)"]
        + service.processors(ServiceOptions(secret: "test")).map { "    \(shortName($0))" } + ["  end"]
    }
    return ["  outside([channels, systems and staff])"] + groups + [
      "  readers([adapters, workbench and your programs])"
    ]
  }

  private var edges: [String] {
    Topics.declared.flatMap { topic in
      let writers = topic.owner == nil ? ["outside"] : []
      let all = writers + processors.filter { isWritten(topic, by: $0) }.map(shortName)
      let readers = processors.filter { isRead(topic, by: $0) }.map(shortName)
      let isForOthers = topic.isPublic && readers.isEmpty
      return all.flatMap { writer in
        (readers.filter { $0 != writer } + (isForOthers ? ["readers"] : [])).map { reader in
          "  \(writer) -- \(topic.name) --> \(reader)"
        }
      }
    }
  }

  private func shortName(_ processor: AnyProcessor) -> String {
    String(processor.group.rawValue.drop { $0 != "." }.dropFirst())
  }
}
