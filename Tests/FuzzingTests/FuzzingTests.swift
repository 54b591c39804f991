import CatalogAuthoring
import Contracts
import Foundation
import FuzzTargets
import Testing

/// What fuzzing starts from, and what it has found: all of it holds.
@Suite("Bytes of all kinds") struct FuzzingTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  private static func files(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
    let url = root.appending(path: folder)
    guard FileManager.default.fileExists(atPath: url.path()) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: url.path()).sorted()
      .filter { !$0.hasPrefix(".") }
      .compactMap { name in
        let file = url.appending(path: name)
        return file.hasDirectoryPath ? nil : (name, [UInt8](try Data(contentsOf: file)))
      }
  }

  /// Each was once found by `make fuzz`.
  @Test(arguments: FuzzTarget.allCases) func whatWasFoundHolds(target: FuzzTarget) throws {
    for (name, bytes) in try Self.files("Fuzzing/Findings/\(target.rawValue)") {
      #expect(target.complaint(about: bytes) == nil, "\(target.rawValue)/\(name)")
    }
  }

  /// The samples hold, also cut off anywhere and with any one byte of a few changed.
  @Test(arguments: [FuzzTarget.envelope, .catalog, .version, .cases]) func damagedSeedsHold(target: FuzzTarget) throws {
    let seeds = try Self.files("Fuzzing/Seeds/\(target.rawValue)")
    #expect(!seeds.isEmpty)
    for (name, bytes) in seeds {
      #expect(target.complaint(about: bytes) == nil, "\(name)")
      for index in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
        var changed = bytes
        changed[index] = UInt8(truncatingIfNeeded: index &* 37)
        #expect(target.complaint(about: changed) == nil, "\(name) with byte \(index) changed")
        #expect(target.complaint(about: Array(bytes[..<index])) == nil, "\(name) cut off at \(index)")
      }
    }
  }

  /// A seed that is refused leads nowhere.
  @Test func theCatalogueToStartFromIsTaken() throws {
    for (name, bytes) in try Self.files("Fuzzing/Seeds/catalog") {
      #expect(throws: Never.self, "\(name)") { try CatalogFile.read(text: String(decoding: bytes, as: UTF8.self)) }
    }
    for (name, bytes) in try Self.files("Fuzzing/Seeds/version") {
      #expect(throws: Never.self, "\(name)") { try Catalog.read(bytes) }
    }
  }

}
