// What the reader refuses, and with which words; and how it is used.
import Contracts
import JSONTrees
import Testing

@Suite struct JSONReaderTests {
  private static let malformed: [(document: String, error: String)] = [
    ("", "the document is empty (at byte 0)"),
    ("  ", "expected a value, found the end (at byte 2)"),
    ("{", "expected a member's name, found the end (at byte 1)"),
    ("[", "[0]: expected a value, found the end"),
    ("[1,]", "[1]: expected a value, found ']'"),
    ("[1 2]", "[0]: expected ',' or ']', found a number"),
    ("[1}", "[0]: expected ',' or ']', found '}'"),
    (#"{"a":1,}"#, "expected a member's name, found '}' (at byte 7)"),
    (#"{"a":1 "b":2}"#, "a: expected ',' or '}', found a string"),
    (#"{"a" 1}"#, "a: expected ':', found a number"),
    (#"{a:1}"#, "expected a member's name, found 'a' (at byte 1)"),
    (#"{"a":{"b":[0,{"c":nul}]}}"#, "a.b[1].c: expected null, found 'n'"),
    ("nullx", "expected the end, found 'x' (at byte 4)"),
    ("tru", "expected true or false, found 't' (at byte 0)"),
    ("1 2", "expected the end, found a number (at byte 2)"),
    ("[01]", "[0]: a number must not begin with a zero"),
    ("[-]", "[0]: expected a digit, found ']'"),
    ("[+1]", "[0]: expected a value, found '+'"),
    ("[.5]", "[0]: expected a value, found '.'"),
    ("[1.]", "[0]: expected a digit, found ']'"),
    ("[1.e3]", "[0]: expected a digit, found 'e'"),
    ("[1e]", "[0]: expected a digit, found ']'"),
    ("[1e+]", "[0]: expected a digit, found ']'"),
    ("[1e400]", "[0]: does not fit into a double"),
    ("[NaN]", "[0]: expected a value, found 'N'"),
    ("[Infinity]", "[0]: expected a value, found 'I'"),
    ("['a']", "[0]: expected a value, found '''"),
    (#"["a]"#, "[0]: the string does not end"),
    (#"["a\"#, "[0]: the string does not end"),
    (#"["\x"]"#, "[0]: no such escape"),
    (#"["\u12G4"]"#, #"[0]: \u needs four hexadecimal digits"#),
    (#"["\u12"]"#, #"[0]: \u needs four hexadecimal digits"#),
    (#"["\ud800"]"#, "[0]: a surrogate without its partner"),
    (#"["\ud800\u0041"]"#, "[0]: a surrogate without its partner"),
    (#"["\udc00\ud800"]"#, "[0]: a surrogate without its partner"),
    (#"["\udc00\udc00"]"#, "[0]: a surrogate without its partner"),
    ("[\"a\u{1}\"]", "[0]: a control character in a string must be escaped"),
    ("[\"12345678\n\"]", "[0]: a control character in a string must be escaped"),
    ("\u{feff}[]", "expected a value, found byte 0xef (at byte 0)"),
    ("[1] // one", "expected the end, found '/' (at byte 4)"),
    (#"{"a b":{"":[tru]}}"#, #"["a b"][""][0]: expected true or false, found 't'"#),
    (#"{"\u0061":x}"#, "a: expected a value, found 'x'"),
  ]

  @Test(arguments: malformed) func aMalformedDocumentIsRefusedWithPlaceAndReason(document: String, error: String) {
    #expect(Self.message(Array(document.utf8)) == error)
  }

  @Test(arguments: malformed) func skippingRefusesTheSameAsReading(document: String, error: String) {
    let isOutOfRange = error.hasSuffix("does not fit into a double")
    do throws(JSONError) {
      try JSONReader.read(Array(document.utf8)) { reader throws(JSONError) in try reader.skip() }
      #expect(isOutOfRange, "skipped \(document)")
    } catch {}
  }

  @Test(
    arguments: [
      [0x80], [0xc0, 0xaf], [0xc3], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80, 0xaf],
      [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xe2, 0x82], [0xe2, 0x28, 0xa1],
    ] as [[UInt8]])
  func whatIsNotUTF8IsRefused(bytes: [UInt8]) {
    for padding in ["", "1234567"] {
      let document = Array("[\"\(padding)".utf8) + bytes + Array("\"]".utf8)
      #expect(Self.message(document) == "[0]: the string is not valid UTF-8")
      let asName = Array("{\"\(padding)".utf8) + bytes + Array("\":1}".utf8)
      #expect(Self.message(asName).hasPrefix("the string is not valid UTF-8"))
    }
  }

  @Test func depthIsLimited() throws {
    let nested = { (depth: Int) in [UInt8](repeating: 0x5b, count: depth) + [UInt8](repeating: 0x5d, count: depth) }
    #expect(Self.message(nested(32)) == "read")
    #expect(Self.message(nested(33)).hasSuffix("nested deeper than 32"))
    #expect(Self.message(nested(1_000_000)).hasSuffix("nested deeper than 32"))
    // Siblings don't add up.
    #expect(Self.message(Array("[[],[],[[]],{}]".utf8), maxDepth: 3) == "read")
  }

  @Test func anErrorNamesTheFieldAndBothTypes() {
    let document = #"{"identifiers":[{"namespace":"a","value":"b"},{"namespace":"c","value":5}]}"#
    let error = #expect(throws: JSONError.self) { try Sample.read(document) }
    #expect(error?.description == "identifiers[1].value: expected a string, found a number")
    #expect(error?.offset == 71)
  }

  @Test func theCallersOwnErrorsCarryThePathToo() {
    let missing = #expect(throws: JSONError.self) { try Sample.read(#"{"identifiers":[{"namespace":"a"}]}"#) }
    #expect(missing?.description == "identifiers[0].value: is missing")
    let refused = #expect(throws: JSONError.self) { try Sample.read(#"{"count":-1}"#) }
    #expect(refused?.description == "count: must not be negative")
  }

  @Test func ofAMemberThatComesTwiceTheLastWins() throws {
    #expect(try Sample.read(#"{"count":1,"count":2}"#).count == 2)
  }

  @Test func unknownMembersAreSkippedWhole() throws {
    let sample = try Sample.read(#"{"x":[{"count":9},"count",{}],"count":3,"y":null}"#)
    #expect(sample.count == 3)
  }

  @Test func aNameWithEscapesIsTheSameName() throws {
    #expect(try Sample.read(#"{"c\u006funt":4}"#).count == 4)
  }

  @Test(arguments: [
    ("1.0", "expected a whole number, found a fraction"), ("1e3", "expected a whole number, found a fraction"),
    ("9223372036854775808", "does not fit into 64 bits"), ("-9223372036854775809", "does not fit into 64 bits"),
    ("99999999999999999999999", "does not fit into 64 bits"), ("18446744073709551617", "does not fit into 64 bits"),
    ("\"1\"", "expected a whole number, found a string"), ("null", "expected a whole number, found null"),
  ])
  func anIntegerIsWholeAndFits(text: String, reason: String) {
    let error = #expect(throws: JSONError.self) { try Sample.read("{\"count\":\(text)}") }
    #expect(error?.reason == reason)
    #expect(error?.path == "count")
  }

  @Test func aRawValueIsItsBytesChecked() throws {
    let document = Array(#" {"a": [1, {"b":"c"} ] , "d":2}"#.utf8)
    var raw = ""
    try JSONReader.read(document) { reader throws(JSONError) in
      try reader.object { reader, key throws(JSONError) in
        if key == "a" { raw = String(decoding: try reader.rawValue(), as: UTF8.self) }
      }
    }
    #expect(raw == #"[1, {"b":"c"} ]"#)
  }

  private static func message(_ document: [UInt8], maxDepth: Int = 32) -> String {
    do {
      _ = try JSONTree.read(document, maxDepth: maxDepth)
      return "read"
    } catch {
      return error.description
    }
  }
}

/// The way a contract type is read.
private struct Sample {
  var values: [String] = []
  var count: Int64 = 0

  static func read(_ document: String) throws(JSONError) -> Sample {
    try JSONReader.read(Array(document.utf8)) { reader throws(JSONError) in
      var sample = Sample()
      try reader.object { reader, key throws(JSONError) in
        switch key {
        case "identifiers":
          try reader.array { reader throws(JSONError) in sample.values.append(try identifier(&reader)) }
        case "count":
          sample.count = try reader.int()
          if sample.count < 0 { throw reader.fail("must not be negative") }
        default: break
        }
      }
      return sample
    }
  }

  private static func identifier(_ reader: inout JSONReader) throws(JSONError) -> String {
    var value: String?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "value": value = try reader.string()
      default: try reader.skip()
      }
    }
    guard let value else { throw reader.fail("is missing", member: "value") }
    return value
  }
}
