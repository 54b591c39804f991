// Which version of the catalogue is in force for somebody who begins to read its topic, found without reading all of them.

/// The catalogue in force, for whoever goes by no other version. One that comes is read at once. Of those that lie on the
/// topic when the reading begins, the one with the highest number that holds is in force, whatever came before it: so they
/// are put aside, and read from the highest number down until one holds. That comes to what reading one after the other
/// comes to, but that what was refused before the one in force isn't told once more with every start.
package struct CatalogShelf: Sendable {
  /// So many of the highest are kept until it is known which one holds: all of them together may be gigabytes.
  package static let keptMax = 3

  private var succession = CatalogSuccession()
  /// The highest first.
  private var kept: [Kept] = []
  /// There were more, below those that are kept.
  private var hasMore = false
  /// From here on up they were tried, and none holds.
  private var ceiling: Rank?

  private struct Kept {
    var rank: Rank
    var version: String
    var bytes: [UInt8]
    var writtenMs: Int64?
  }

  /// The order in which they would hold: of one number the first on the topic; of those without one the last, while none has
  /// a number.
  private struct Rank: Comparable {
    var number: Int64?
    var offset: Int64

    static func < (one: Self, other: Self) -> Bool {
      switch (one.number, other.number) {
      case (nil, nil): one.offset < other.offset
      case (nil, _): true
      case (_, nil): false
      case (let own?, let others?): own == others ? one.offset > other.offset : own < others
      }
    }
  }

  package init() {}

  /// Reads one that comes. `take` is given what comes into force; where it throws, that doesn't. Throws what is wrong.
  /// `writtenMs` is when the broker took its record; nil where that isn't known.
  package mutating func read(
    _ bytes: [UInt8], writtenMs: Int64?, by readings: CatalogReadings = .shared,
    _ take: (CheckedCatalog) throws(Refusal) -> Void
  ) throws(Refusal) {
    var next = succession
    guard let checked = try next.read(bytes, writtenMs: writtenMs, by: readings) else { return }
    try take(checked)
    succession = next
  }

  /// Puts one aside that was there when the reading began. Throws what can be said against it without reading it whole.
  package mutating func put(_ bytes: [UInt8], offset: Int64, writtenMs: Int64?) throws(Refusal) {
    let version: String
    do throws(Refusal) {
      version = try CatalogHead.version(of: bytes)
      guard try succession.admitted(version) else { return }
    } catch {
      // Where all are read once more it has been told.
      if ceiling == nil { throw error }
      return
    }
    let rank = Rank(number: CatalogSuccession.number(version), offset: offset)
    if let ceiling, rank >= ceiling { return }
    // Of an earlier attempt that was interrupted.
    guard !kept.contains(where: { $0.rank == rank }) else { return }
    let one = Kept(rank: rank, version: version, bytes: bytes, writtenMs: writtenMs)
    kept.insert(one, at: kept.firstIndex { $0.rank < rank } ?? kept.count)
    guard kept.count > Self.keptMax else { return }
    kept.removeLast()
    hasMore = true
  }

  /// What came of those that were put aside.
  package struct Settled: Sendable {
    /// By their offsets: what is refused of those above the one in force, and of those that have its number.
    package var refused: [(offset: Int64, refusal: Refusal)] = []
    /// None of those that were kept holds, and there were more: all have to be put aside once more.
    package var isToBeReadAgain = false
  }

  /// All that was there has been put aside: finds what is in force. `take` as for `read`.
  package mutating func settle(
    by readings: CatalogReadings = .shared, _ take: (CheckedCatalog) throws(Refusal) -> Void
  ) -> Settled {
    var settled = Settled()
    var hasOne = false
    for one in kept {
      do throws(Refusal) {
        // Beside the one in force only one with its number has something to be told of.
        guard try succession.admitted(one.version) else { continue }
        if hasOne, one.rank.number == nil { continue }
        try read(one.bytes, writtenMs: one.writtenMs, by: readings) { checked throws(Refusal) in
          try take(checked)
          hasOne = true
        }
      } catch {
        settled.refused.append((one.rank.offset, error))
      }
    }
    settled.refused.sort { $0.offset < $1.offset }
    settled.isToBeReadAgain = !hasOne && hasMore
    ceiling = settled.isToBeReadAgain ? kept.last?.rank : nil
    kept = []
    hasMore = false
    return settled
  }
}

/// What a version says of itself, without the rest of it.
package enum CatalogHead {
  /// Throws what is wrong with what can't be read, as whoever reads it whole does.
  package static func version(of bytes: [UInt8]) throws(Refusal) -> String {
    if let version = found(in: bytes) { return version }
    return try CheckedCatalog.decoded(bytes).version
  }

  /// nil where Codable might come to something else: what isn't strictly JSON, or says it twice.
  private static func found(in bytes: [UInt8]) -> String? {
    var versions: [String] = []
    do {
      try JSONReader.read(bytes) { reader throws(JSONError) in
        try reader.object { reader, key throws(JSONError) in
          if key == "version" { versions.append(try reader.string()) }
        }
      }
    } catch {
      return nil
    }
    return versions.count == 1 && versions[0] != "" ? versions[0] : nil
  }
}
