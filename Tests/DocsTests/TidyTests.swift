// The rules of the house that no compiler knows: who may import what, what is public, how long a file gets.

import Testing

@Suite struct TidyTests {
  @Test func noFileIsLongerThan400Lines() throws {
    for path in Repository.sources {
      let lines = try Source(path).lines.count
      #expect(lines <= 401, "\(path) has \(lines - 1) lines")
    }
  }

  /// A test suite's own name says it already.
  @Test func everyFileSaysFirstWhatItIs() throws {
    for path in Repository.sources where !path.hasSuffix("Tests.swift") {
      let first = try Source(path).lines.first { line in
        let text = line.drop { $0 == " " }
        return !(text.isEmpty || text.hasPrefix("import ") || text.hasPrefix("@testable ") || text.hasPrefix("#"))
      }
      #expect(first?.hasPrefix("//") == true, "\(path) opens with: \(first ?? "nothing")")
    }
  }

  @Test func onlyContractsAndTheAdapterKitArePublic() throws {
    for path in Repository.sources where !path.hasPrefix("Shared/Contracts/") && !path.hasPrefix("Shared/AdapterSDK/") {
      for (number, text) in try Source(path).code {
        let isPublic = text.firstMatch(of: /^\s*(@\S+\s+)*(public|open\s+(class|func|var))\b/) != nil
        #expect(!isPublic, "\(path):\(number) is public")
      }
    }
  }

  @Test func topicsAreDeclaredInOneFile() throws {
    for path in Repository.sources(under: "Services") + Repository.sources(under: "Shared") {
      guard path != "Shared/Contracts/Topics.swift" else { continue }
      for (number, text) in try Source(path).code {
        #expect(text.firstMatch(of: /\bTopic\(\s*name:/) == nil, "\(path):\(number) declares a topic")
      }
    }
  }

  private let system: Set = ["FoundationEssentials", "Foundation", "Glibc", "Musl", "Darwin"]

  /// A decision that reads a clock or draws a number cannot be made again from the log.
  @Test func coresKnowNothingButTheirContracts() throws {
    let cores = Repository.sources(under: "Services").filter { $0.contains("/Core/") }
    #expect(!cores.isEmpty)
    for path in cores {
      let source = try Source(path)
      let foreign = source.imports.subtracting(system.union(["Contracts"]))
      #expect(foreign.isEmpty, "\(path) imports \(foreign)")
      for (number, text) in source.code {
        for word in [
          " async", "await ", "Date()", "Clock", ".random(", "RandomNumberGenerator", "FileManager", "FileHandle",
          "ProcessInfo", "print(", "Logger", "UUID()",
        ] {
          #expect(!text.contains(word), "\(path):\(number) uses \(word)")
        }
      }
    }
  }

  /// Services meet in Contracts. Only the command line and the workbench's editing of catalogues look further.
  @Test func noServiceImportsAnother() throws {
    let modules = [
      "ProfileAggregator": ["ProfileAggregator", "ProfileAggregatorCore", "ProfileReads"],
      "NbaScorer": ["NbaScorer", "NbaScorerCore", "CatalogAuthoring"],
      "LeadManager": ["LeadManager", "LeadManagerCore"], "WebAdapter": ["WebAdapter"], "Workbench": ["Workbench"],
    ]
    for (folder, own) in modules {
      let foreign = Set(modules.values.joined()).subtracting(
        own + (folder == "Workbench" ? ["CatalogAuthoring", "NbaScorerCore"] : []))
      for path in Repository.sources(under: "Services/\(folder)") {
        let imported = try Source(path).imports.intersection(foreign)
        #expect(imported.isEmpty, "\(path) imports \(imported)")
      }
    }
  }

  @Test func theSharedHalfImportsNoServiceAndTheLowerLayersNoHigherOnes() throws {
    let allowed: [String: Set<String>] = [
      "Contracts": [], "MessageLog": ["Contracts"], "MemoryLog": ["MessageLog", "Contracts"],
      "KafkaLog": ["MessageLog", "Contracts", "CRdKafka"], "Streams": ["Contracts", "MessageLog"],
      "AdapterSDK": ["Contracts", "MessageLog", "KafkaLog"],
      "Customer360": ["Contracts", "MessageLog", "Streams", "Host", "Hummingbird", "Logging"],
    ]
    for (module, others) in allowed {
      for path in Repository.sources(under: "Shared/\(module)") {
        let foreign = try Source(path).imports.subtracting(others).subtracting(
          system.union(["Synchronization", "Dispatch"]))
        #expect(foreign.isEmpty, "\(path) imports \(foreign)")
      }
    }
  }
}
