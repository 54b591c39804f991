// Decodes versions of the catalogue that follow each other.

/// A version says mostly what the one before it says. So of its propositions, which are nearly all of it, those alone are
/// decoded that the last version didn't have, byte for byte: that is what makes reading a hundred of them cheap, for those
/// who need all. What comes of it is what `JSONCoding` makes of the whole, its refusals too.
package struct CatalogDecoder: Sendable {
  private var propositions: [Proposition] = []
  /// Of each of them its text's number.
  private var numbers: [Int] = []
  private var numbersGiven = 0
  /// Into `propositions`. Their texts are parts of the last version's: so that one alone is kept.
  private var indices: [Bytes: Int] = [:]

  package struct Decoded: Sendable {
    package var catalog: Catalog
    /// Of each proposition a number that its text has, byte for byte, and has had in each version since it was first seen,
    /// and no other text ever has; nil where texts are not known.
    var texts: [Int]?
  }

  package init() {}

  package mutating func decode(_ bytes: [UInt8]) throws(Refusal) -> Decoded {
    guard let parts = CatalogParts(bytes), let decoded = assembled(parts) else {
      // Says what is wrong, and where in the whole it is.
      return Decoded(catalog: try JSONCoding.decode(Catalog.self, from: bytes), texts: nil)
    }
    return decoded
  }

  private mutating func assembled(_ parts: CatalogParts) -> Decoded? {
    let texts = parts.propositions.map { Bytes($0) }
    let known = texts.map { indices[$0] }
    let new = zip(texts, known).filter { $1 == nil }.map(\.0)
    guard var catalog = try? JSONCoding.decode(Catalog.self, from: parts.rest),
      let decoded = try? JSONCoding.decode([Proposition].self, from: Self.array(new))
    else { return nil }
    var next = decoded.makeIterator()
    catalog.propositions = known.compactMap { index in index.map { propositions[$0] } ?? next.next() }
    let numbers = known.map { index in index.map { self.numbers[$0] } ?? number() }
    (propositions, self.numbers) = (catalog.propositions, numbers)
    indices = Dictionary(zip(texts, texts.indices), uniquingKeysWith: { first, _ in first })
    return Decoded(catalog: catalog, texts: numbers)
  }

  private mutating func number() -> Int {
    numbersGiven += 1
    return numbersGiven
  }

  private static func array(_ texts: [Bytes]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 + texts.reduce(0) { $0 + $1.slice.count + 1 })
    bytes.append(UInt8(ascii: "["))
    for (index, text) in texts.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += text.slice
    }
    bytes.append(UInt8(ascii: "]"))
    return bytes
  }
}

/// Bytes that are equal where they are the same, and are hashed at once: as arrays they would be one by one.
struct Bytes: Hashable, Sendable {
  let slice: ArraySlice<UInt8>

  init(_ slice: ArraySlice<UInt8>) { self.slice = slice }

  func hash(into hasher: inout Hasher) { slice.withUnsafeBytes { hasher.combine(bytes: $0) } }

  static func == (one: Self, other: Self) -> Bool {
    one.slice.withUnsafeBytes { one in
      other.slice.withUnsafeBytes { other in
        one.count == other.count && (one.baseAddress == other.baseAddress || one.elementsEqual(other))
      }
    }
  }
}

/// A version's propositions, each as it is written, and the version without them.
private struct CatalogParts {
  var propositions: [ArraySlice<UInt8>] = []
  var rest: [UInt8] = []

  /// nil: it isn't strictly JSON, or hasn't them once.
  init?(_ bytes: [UInt8]) {
    var places: [Range<Int>] = []
    do throws(JSONError) {
      try JSONReader.read(bytes) { reader throws(JSONError) in
        try reader.object { reader, key throws(JSONError) in
          guard key == "propositions" else { return }
          let start = reader.position
          try reader.array { reader throws(JSONError) in propositions.append(try reader.rawValue()) }
          places.append(start..<reader.position)
        }
      }
    } catch {
      return nil
    }
    guard places.count == 1 else { return nil }
    rest = bytes[..<places[0].lowerBound] + [UInt8(ascii: "["), UInt8(ascii: "]")] + bytes[places[0].upperBound...]
  }
}
