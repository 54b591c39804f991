/// W3C Trace Context's `traceparent`, version 00: the trace that an event belongs to.
public enum Traceparent {
  /// The text where it is one, else nil: the standard has receivers ignore what is invalid, and what is ignored is not
  /// copied on either.
  public static func valid(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.count == 55, bytes[..<3].elementsEqual("00-".utf8), bytes[35] == dash, bytes[52] == dash,
      isHex(bytes[3..<35]), isHex(bytes[36..<52]), isHex(bytes[53...]),
      // All zeros name no trace and no span.
      bytes[3..<35].contains(where: { $0 != zero }), bytes[36..<52].contains(where: { $0 != zero })
    else { return nil }
    return text
  }

  private static let dash = UInt8(ascii: "-")
  private static let zero = UInt8(ascii: "0")

  /// Lower case only, as the standard has it.
  private static func isHex(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { (zero...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
  }
}
