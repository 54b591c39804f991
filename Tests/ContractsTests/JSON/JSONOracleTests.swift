// The reader and the writer against Foundation's, on random trees and on randomly damaged documents.
import Contracts
import Foundation
import JSONTrees
import Seeds
import Testing

@Suite struct JSONOracleTests {
  @Test(arguments: 0..<400) func whatTheWriterWritesFoundationReadsAsTheSame(seed: Int) throws {
    var random = Seeded(UInt64(seed))
    let tree = JSONTree.random(depth: 5, &random)
    var writer = JSONWriter()
    tree.write(to: &writer)
    #expect(try JSONDecoder().decode(JSONTree.self, from: Data(writer.bytes)) == tree)
  }

  @Test(arguments: 0..<400) func whatFoundationWritesTheReaderReadsAsTheSame(seed: Int) throws {
    var random = Seeded(UInt64(seed) + 1_000)
    let tree = JSONTree.random(depth: 5, &random)
    let encoder = JSONEncoder()
    if seed.isMultiple(of: 2) { encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes] }
    let bytes = [UInt8](try encoder.encode(tree))
    let read = try JSONTree.read(bytes)
    #expect(read == tree.withoutExactIntegers)
  }

  @Test func integersOfAllSizesComeBackExactly() throws {
    var random = Seeded(7)
    var numbers: [Int64] = [0, 1, -1, 9, 10, .max, .min, .max - 1, .min + 1, 999_999_999_999_999_999]
    for shift in 0..<64 { numbers.append(Int64(truncatingIfNeeded: random.next()) >> Int64(shift)) }
    for number in numbers {
      var writer = JSONWriter()
      writer.int(number)
      #expect(String(decoding: writer.bytes, as: UTF8.self) == "\(number)")
      #expect(try JSONReader.read(writer.bytes) { reader throws(JSONError) in try reader.int() } == number)
    }
  }

  @Test func doublesComeBackBitForBitFromBothWriters() throws {
    var random = Seeded(8)
    var numbers: [Double] = [
      0, -0.0, 1e22, 1e23, 9_007_199_254_740_992, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      .leastNormalMagnitude, 0.1, 1e15,
      123_456_789_012_345_680, 1e-7, 3,
    ]
    for _ in 0..<20_000 {
      let wild = Double(bitPattern: random.next())
      numbers.append(wild.isFinite ? wild : 0)
      numbers.append(JSONTree.randomDouble(&random))
    }
    for number in numbers {
      var writer = JSONWriter()
      writer.double(number)
      let ours = try JSONReader.read(writer.bytes) { reader throws(JSONError) in try reader.double() }
      #expect(ours.bitPattern == number.bitPattern)
      #expect(try JSONDecoder().decode(Double.self, from: Data(writer.bytes)) == number)
      let theirs = [UInt8](try JSONEncoder().encode(number))
      #expect(try JSONReader.read(theirs) { reader throws(JSONError) in try reader.double() } == number)
    }
  }

  @Test(arguments: 0..<300) func aDamagedDocumentIsReadOrRefusedAsFoundationDoes(seed: Int) throws {
    var random = Seeded(UInt64(seed) + 2_000)
    var writer = JSONWriter()
    JSONTree.array([.random(depth: 3, &random), .random(depth: 3, &random)]).write(to: &writer)
    for _ in 0..<20 {
      var bytes = writer.bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] = Array("{}[]\",:\\u0d8 -+.eE19nt\n".utf8).randomElement(using: &random)!
        case 2 where bytes.count > 1: bytes.remove(at: index)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
        }
      }
      let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      var reason = "read"
      do { _ = try JSONTree.read(bytes) } catch { reason = "refused: \(error)" }
      // Foundation lets the comma after the last element or member pass, which RFC 8259 does not.
      let isTrailingComma =
        reason.hasSuffix("expected a value, found ']'") || reason.hasSuffix("expected a member's name, found '}'")
      #expect(
        (theirs != nil) == (reason == "read") || isTrailingComma,
        "\(reason): \(String(decoding: bytes, as: UTF8.self))")
    }
  }
}
