import Contracts
import Seeds
import Testing

@Suite struct JSONWriterTests {
  @Test func commasAreWhereTheyBelong() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("a", 1)
    writer.key("b")
    writer.beginArray()
    writer.beginObject()
    writer.endObject()
    writer.beginArray()
    writer.endArray()
    writer.string("x")
    writer.null()
    writer.endArray()
    writer.key("c")
    writer.raw(Array(#"{"d":true}"#.utf8))
    writer.field("e", false)
    writer.endObject()
    #expect(text(writer) == #"{"a":1,"b":[{},[],"x",null],"c":{"d":true},"e":false}"#)
  }

  @Test func aFieldThatIsNilIsLeftOut() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("a", nil as String?)
    writer.field("b", "x" as String?)
    writer.field("c", nil as Int64?)
    writer.field("d", nil as Double?)
    writer.field("e", nil as Bool?)
    writer.field("f", 2 as Int?)
    writer.endObject()
    #expect(text(writer) == #"{"b":"x","f":2}"#)
  }

  @Test func onlyWhatMustBeEscapedIs() {
    var writer = JSONWriter()
    writer.string("a\"b\\c/d\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é😀")
    #expect(text(writer) == #""a\"b\\c/d\b\f\n\r\t\u0000\u001f"# + "\u{7f}é😀\"")
  }

  @Test func aNameFromDataIsEscaped() {
    var writer = JSONWriter()
    let name = "a\"b"
    writer.beginObject()
    writer.key(name)
    writer.int(1)
    writer.endObject()
    #expect(text(writer) == #"{"a\"b":1}"#)
  }

  @Test(
    arguments: [
      (3.0, "3"), (-3, "-3"), (0, "0"), (-0.0, "-0"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e16, "1e+16"),
      (1.5e300, "1.5e+300"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
    ] as [(Double, String)])
  func aDoubleIsItsShortestText(number: Double, expected: String) {
    var writer = JSONWriter()
    writer.double(number)
    #expect(text(writer) == expected)
  }

  /// Those of up to nine decimals are written another way than all others.
  @Test func aDoubleThatComesCloseToNineDecimalsIsItsShortestTextToo() {
    var numbers = Seeded(11)
    for _ in 0..<20_000 {
      let scale = [1e-4, 1e-2, 1, 1e3, 1e6, 1e7][Int(numbers.next() % 6)]
      let any = Double(numbers.next() >> 11) / 0x1p53 * scale
      let digits = [1, 10, 1e3, 1e6, 1e9, 1e10][Int(numbers.next() % 6)]
      let short = (any * digits).rounded() / digits
      for number in [any, short, -short, short.nextUp, short.nextDown] where number != number.rounded() {
        var writer = JSONWriter()
        writer.double(number)
        #expect(text(writer) == number.description)
      }
    }
  }

  private func text(_ writer: borrowing JSONWriter) -> String { String(decoding: writer.bytes, as: UTF8.self) }
}
