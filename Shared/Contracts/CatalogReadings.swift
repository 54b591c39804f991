// What was read last of the catalogue's topic in this process.

import Synchronization

/// What comes of a version follows from its bytes alone. In one process several read the same versions, and whoever begins
/// anew after a fault reads them once more: so what came of the last few is kept, and who asks for one that another is just
/// reading waits for it.
package final class CatalogReadings: Sendable {
  package static let shared = CatalogReadings()

  /// The one in force, and one that is tried beside it.
  package static let keptMax = 2

  private let state = Mutex(State())
  /// Told of each that is decoded, and not of those that are known.
  private let isDecoding: @Sendable () -> Void
  /// Told of each that is checked, and how many of its propositions were looked at.
  private let isChecking: @Sendable (Int) -> Void

  private struct State {
    /// The one that was asked for last comes first.
    var kept: [Reading] = []
    var decoder = CatalogDecoder()
    /// Of the last that holds.
    var sound: SoundParts?
  }

  private struct Reading {
    /// Shared with the record, so that no copy is kept.
    var bytes: Bytes
    var decoded: Result<CatalogDecoder.Decoded, Refusal>
    var checked: Result<CheckedCatalog, Refusal>?
  }

  package init(
    isDecoding: @escaping @Sendable () -> Void = {}, isChecking: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    (self.isDecoding, self.isChecking) = (isDecoding, isChecking)
  }

  /// Throws why it can't be read.
  func decoded(_ bytes: [UInt8]) throws(Refusal) -> Catalog {
    try state.withLock { state in
      read(bytes, &state)
      return state.kept[0].decoded
    }.get().catalog
  }

  /// `catalog` is what the bytes say. Throws what is wrong with it.
  func checked(_ bytes: [UInt8], _ catalog: Catalog) throws(Refusal) -> CheckedCatalog {
    try state.withLock { state in
      read(bytes, &state)
      if let checked = state.kept[0].checked { return checked }
      let texts = (try? state.kept[0].decoded.get())?.texts
      let checked = Result { () throws(Refusal) in
        let (checked, lookedAt) = try CheckedCatalog.checked(catalog, texts: texts, &state.sound)
        isChecking(lookedAt)
        return checked
      }
      state.kept[0].checked = checked
      return checked
    }.get()
  }

  /// It comes first afterwards.
  private func read(_ bytes: [UInt8], _ state: inout State) {
    let text = Bytes(bytes[...])
    if let index = state.kept.firstIndex(where: { $0.bytes == text }) {
      return state.kept.insert(state.kept.remove(at: index), at: 0)
    }
    isDecoding()
    let decoded = Result { () throws(Refusal) in
      let decoded = try state.decoder.decode(bytes)
      _ = try CheckedCatalog.named(decoded.catalog)
      return decoded
    }
    state.kept.insert(Reading(bytes: text, decoded: decoded), at: 0)
    if state.kept.count > Self.keptMax { state.kept.removeLast() }
  }
}
