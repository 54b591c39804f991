// Finding a key's state from any instance: in the own table, at its owner, or where he can't be reached, as it was last
// written to the log.

import Contracts
import Customer360
import Foundation
import Host
import MessageLog
import Streams
import Synchronization

/// Who has answered.
enum AnsweredBy: String, Sendable, Encodable {
  /// This instance, which owns it.
  case owner
  /// Another one, which does.
  case forwarded
  /// Nobody who is sure to own it: what he doesn't know is what has happened since.
  case stale
}

/// A state's bytes, with who said so and until when they are true.
struct FoundState: Sendable {
  /// nil: nothing is known under the key.
  var value: [UInt8]?
  /// The reducer's that wrote it.
  var version: Int
  var by: AnsweredBy
  var asOfMs: Int64
}

struct TableReads: Sendable {
  let name: String
  /// The reducer's, of this build.
  let version: Int
  private let window: TableWindow
  private let lookup: TableLookup
  private let owners = OwnerBook()
  private let peers = PeerClient()
  private let desk: LogDesk
  private let seal: PeerSeal
  private let ownAddress: @Sendable () -> String?
  /// An owner who has heard nothing of his group for as long writes nothing any more either.
  private let unheardMsMax: Int64
  private let metrics: MetricsRegistry
  private let clock: @Sendable () -> Int64

  /// How long it may take to find what was last written: a partition is read from its end as far as needed.
  private static let searchMs: Int64 = 6_000
  /// How long it may take to find out who owns it: two questions to the broker.
  private static let ownerMs = 2_500

  init(
    _ processor: AnyProcessor, window: TableWindow, context: HostContext, desk: LogDesk, seal: PeerSeal,
    ownAddress: @escaping @Sendable () -> String?
  ) {
    name = processor.table.name
    version = processor.reducerVersion
    self.window = window
    lookup = TableLookup(processor, log: context.log, domainPartitions: context.partitions)
    self.desk = desk
    self.seal = seal
    self.ownAddress = ownAddress
    unheardMsMax = context.runtime.sessionTimeoutMs / 2
    metrics = context.metrics
    clock = context.clock
  }

  /// What this process's table says; nil where the partition isn't its.
  func look(_ key: String) -> TableWindow.Sight? { window.look(key, in: lookup.partition(of: key)) }

  func find(_ key: String) async throws(Problem) -> FoundState {
    let own = look(key)
    if let own, own.unheardMs <= unheardMsMax { return found(own, by: .owner) }
    if let answer = await ask(key, above: own?.epoch) { return answer }
    // His group doesn't know that he would do better without him, or nobody can say.
    if let own { return found(own, by: .owner) }
    let lookup = lookup
    let last = try await desk.run { try lookup.newest(key, timeoutMs: Self.searchMs) }
    return FoundState(value: last.value, version: last.version, by: .stale, asOfMs: last.asOfMs)
  }

  private func found(_ sight: TableWindow.Sight, by: AnsweredBy) -> FoundState {
    let isStale = sight.unheardMs > unheardMsMax
    return FoundState(
      value: sight.value, version: version, by: isStale ? .stale : by,
      asOfMs: clock() - (isStale ? sight.unheardMs : 0))
  }

  // MARK: The owner

  /// Asks whom the log names; once more where he is it no longer and the log names another by now. nil where nobody who
  /// owns the key could be asked.
  private func ask(_ key: String, above epoch: Int64?) async -> FoundState? {
    let partition = lookup.partition(of: key)
    var asked: TableOwner?
    for _ in 0..<2 {
      guard let owner = await owner(of: partition), owner != asked, let address = owner.address,
        owner.epoch > epoch ?? -1, address != ownAddress()
      else { return nil }
      let answer = await ask(key, at: address)
      metrics.count("trias_profile_hops_total", labels: [("table", name), ("outcome", answer.outcome)])
      if case .found(let state) = answer { return state }
      owners.forget(partition)
      asked = owner
    }
    return nil
  }

  private enum PeerOutcome {
    case found(FoundState)
    case notOwner
    case unreachable

    var outcome: String {
      switch self {
      case .found: "answered"
      case .notOwner: "not-owner"
      case .unreachable: "unreachable"
      }
    }
  }

  private func ask(_ key: String, at address: String) async -> PeerOutcome {
    let answer: PeerAnswer
    do {
      answer = try await peers.get(
        address, PeerRoutes.path(name, key), headers: [(PeerSeal.header, seal.sealed(name, key))])
    } catch {
      return .unreachable
    }
    // Only from who knows the route: another server at that address has nothing to say about our customers.
    let version = answer.header(PeerRoutes.versionHeader).flatMap { Int($0) }
    switch answer.status {
    case 200, 204:
      guard let version else { return .unreachable }
      let unheardMs = answer.header(PeerRoutes.unheardHeader).flatMap { Int64($0) } ?? 0
      let isStale = unheardMs > unheardMsMax
      return .found(
        FoundState(
          value: answer.status == 204 ? nil : answer.body, version: version, by: isStale ? .stale : .forwarded,
          asOfMs: clock() - (isStale ? unheardMs : 0)))
    case 421: return .notOwner
    default: return .unreachable
    }
  }

  private func owner(of partition: Int32) async -> TableOwner? {
    if let known = owners.owner(of: partition) { return known }
    let lookup = lookup
    guard let owner = try? await desk.run(waitMs: Self.ownerMs, { try lookup.owner(of: partition) }) else { return nil }
    owners.note(owner, of: partition)
    return owner
  }
}

/// Whom the log named lately. What has changed since shows when he is asked.
final class OwnerBook: Sendable {
  private static let keptMs: Int64 = 30_000

  private let known = Mutex<[Int32: (owner: TableOwner, atMs: Int64)]>([:])

  func owner(of partition: Int32) -> TableOwner? {
    known.withLock { $0[partition] }.flatMap { Uptime.nowMs - $0.atMs < Self.keptMs ? $0.owner : nil }
  }

  func note(_ owner: TableOwner, of partition: Int32) { known.withLock { $0[partition] = (owner, Uptime.nowMs) } }

  func forget(_ partition: Int32) { known.withLock { $0[partition] = nil } }
}
