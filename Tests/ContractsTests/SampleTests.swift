// The committed samples: what was published once must always decode, and what is wrong gets the words that it got. A
// new type of event is not complete without a sample; a changed one gets a second.
import Contracts
import Foundation
import JSONTrees
import Testing

@Suite struct SampleTests {
  private static let declared = AsyncAPI.topics.flatMap { topic in topic.messages.map { (topic, $0) } }

  @Test func everyKindOfDataHasASampleAndEverySampleAKind() throws {
    let kinds = Set(SchemaFile.all.map { $0.name.replacing(".schema.json", with: ".json") })
    #expect(try Set(Repository.files(in: Repository.samples)) == kinds)
  }

  @Test(arguments: EventType.allCases.filter { $0.topic != nil })
  func theSampleOfAnEventDecodesWholeAndComesBackTheSame(type: EventType) throws {
    let sample = try Repository.read(Repository.samples.appending(path: "\(type.rawValue).json"))
    let interaction = try Interaction.decode(type: type, data: sample)
    #expect(try JSONTree.read(interaction.json) == JSONTree.read(sample))
  }

  @Test(arguments: declared.indices) func theSampleOfAValueDecodesWholeAndComesBackTheSame(index: Int) throws {
    let (topic, message) = Self.declared[index]
    guard case .value(let type) = message.data else { return }
    let name = SchemaFile.name(of: message, on: topic).replacing(".schema.json", with: ".json")
    let sample = try Repository.read(Repository.samples.appending(path: name))
    let value = try JSONDecoder().decode(type, from: Data(sample))
    #expect(try JSONTree.read([UInt8](JSONEncoder().encode(value))) == JSONTree.read(sample), "\(name)")
    if let type = type as? any JSONConvertible.Type {
      #expect(try JSONTree.read(type.init(json: sample).json) == JSONTree.read(sample), "\(name)")
    }
  }

  @Test func aBadSampleGetsItsWords() throws {
    let directory = Repository.samples.appending(path: "Bad")
    let names = try Repository.files(in: directory)
    #expect(!names.isEmpty)
    for name in names {
      let bad = try BadSample(Repository.read(directory.appending(path: name)))
      let type = try #require(EventType(rawValue: bad.type))
      let refusal = #expect(throws: Refusal.self, "\(name)") { try Interaction.decode(type: type, data: bad.data) }
      #expect(refusal?.description == bad.error, "\(name)")
    }
  }
}

/// A file that says what is sent (`data` as JSON, `text` where it is none, `base64` where it is not even text) and what
/// is answered.
private struct BadSample {
  var type = ""
  var error = ""
  var data: [UInt8] = []

  init(_ file: [UInt8]) throws {
    try JSONReader.read(file) { reader throws(JSONError) in
      try reader.object { reader, key throws(JSONError) in
        switch key {
        case "type": type = try reader.string()
        case "error": error = try reader.string()
        case "data": data = Array(try reader.rawValue())
        case "text": data = Array(try reader.string().utf8)
        case "base64": data = Array(Data(base64Encoded: try reader.string())!)
        default: throw reader.fail("is not known")
        }
      }
    }
  }
}
