import Contracts
import MessageLog
import Streams

/// So many profiles out of all, each with the same chance: those whose names have the lowest hashes.
package struct ProfileSample {
  private let count: Int
  private var filter = StateFilter()
  private var values: [String: (rank: Int64, value: [UInt8])] = [:]

  package init(count: Int) { self.count = count }

  /// Takes a record of `profile.state`; of one profile the last counts.
  package mutating func take(_ record: Record) {
    guard filter.admits(record), let key = record.key.map({ String(decoding: $0, as: UTF8.self) }) else { return }
    guard let value = record.value else {
      values[key] = nil
      return
    }
    take(key, value)
  }

  /// Takes a profile's state; of one profile the last counts.
  package mutating func take(_ key: String, _ value: [UInt8]) {
    values[key] = (Self.rank(key), value)
    guard values.count / 2 >= count else { return }
    for (key, _) in values.sorted(by: { $0.value.rank < $1.value.rank }).dropFirst(count) { values[key] = nil }
  }

  private static func rank(_ key: String) -> Int64 {
    SHA256.hash(Array(key.utf8)).prefix(7).reduce(0) { $0 << 8 | Int64($1) }
  }
}

extension ProfileSample {
  /// In the order of their hashes.
  package func drawn() -> [[UInt8]] {
    values.values.sorted { $0.rank < $1.rank }.prefix(count).map(\.value)
  }
}
